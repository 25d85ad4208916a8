"""What people may do, role by role and language by language. Administrators may do everything and stand apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tamizdat.locales import endonym

_TERMS: Final = ("section", "topic", "agency", "byline")


@dataclass(frozen=True, slots=True)
class Role:
    """A role in one language. ``pages`` are permissions on that newspaper; ``others`` are ``app.codename``."""

    name: str
    label: Any
    says: Any
    pages: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ("add_image", "choose_image")


def _terms(*verbs: str, of: Iterable[str] = _TERMS) -> tuple[str, ...]:
    return tuple(f"stories.{verb}_{term}" for term in of for verb in verbs)


_SOUND: Final = ("recordings.view_libraryrecording", "recordings.add_libraryrecording")

ROLES: Final = (
    Role(
        "reporter",
        _("Reporter"),
        _("writes stories and submits them"),
        ("add_page",),
        (*_SOUND, *_terms("view")),
    ),
    Role(
        "translator",
        _("Translator"),
        _("translates stories into this language and submits them"),
        ("add_page", "change_page"),
        ("wagtail_localize.submit_translation", *_terms("view")),
    ),
    Role(
        "editor",
        _("Editor"),
        _("edits, approves and publishes"),
        ("add_page", "change_page", "publish_page", "lock_page"),
        (
            "wagtail_localize.submit_translation",
            *_SOUND,
            "recordings.change_libraryrecording",
            *_terms("view", "add", "change"),
            "notices.view_legalnotice",
            "notices.add_legalnotice",
            "notices.change_legalnotice",
        ),
        ("add_image", "change_image", "choose_image"),
    ),
    Role(
        "desk_head",
        _("Head of desk"),
        _("everything in this language, also takedowns, locks of others and deleting"),
        ("add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page"),
        (
            "wagtail_localize.submit_translation",
            "corrections.take_down",
            "moving_in.move_in",
            "notices.review_notices",
            *_SOUND,
            "recordings.change_libraryrecording",
            "recordings.delete_libraryrecording",
            *_terms("view", "add", "change", "delete"),
            "notices.view_legalnotice",
            "notices.add_legalnotice",
            "notices.change_legalnotice",
            "notices.delete_legalnotice",
        ),
        ("add_image", "change_image", "delete_image", "choose_image"),
    ),
    Role("moderator", _("Moderator"), _("answers for what readers write"), (), (), ("choose_image",)),
)
BY_NAME: Final = {role.name: role for role in ROLES}
APPROVE: Final = ("editor", "desk_head")
"""Roles that approve what others submit."""


def group_name(role: Role, language: str) -> str:
    """What lists of groups call it: the role in English, whoever looks, and the language's own name."""
    return f"{role.name.replace('_', ' ').capitalize()}: {endonym(language)} ({language})"
