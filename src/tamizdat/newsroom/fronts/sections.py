"""The sections of the newspaper: those of the newsroom in its order, then what only the settings know."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.config import MAX_SECTIONS, Config
from tamizdat.newsroom.pressroom.releasing import order
from tamizdat.newsroom.stories.terms import Section
from tamizdat.newsroom.stories.whose import in_name_of
from tamizdat.publication import SectionLabel, text_in

CHANGE = "stories.change_section"
ADD = "stories.add_section"


def listen() -> None:
    """Order an edition whenever a section changes: it stands on every page."""
    for signal in (models.signals.post_save, models.signals.post_delete):
        signal.connect(_changed, sender=Section, dispatch_uid="order sections")


def _changed(instance: Section, raw: bool = False, **_options: Any) -> None:
    if not raw:
        order(f"sections: {instance.key}"[:200])


def current_sections(config: Config) -> tuple[SectionLabel, ...]:
    """The newsroom's sections in its order; those that only the settings have follow, so that none is ever lost."""
    languages = config.publication.languages
    own = [_label(section, languages) for section in Section.objects.all()]
    known = {label.section for label in own}
    rest = [label for label in config.sections if label.section not in known]
    return tuple((*own, *rest)[:MAX_SECTIONS])


def _label(section: Section, languages: Iterable[str]) -> SectionLabel:
    return SectionLabel(section.key, {language: section.label_in(language) for language in languages})


def only_in_settings(config: Config) -> list[SectionLabel]:
    """Sections that the settings have and the newsroom has not."""
    known = set(Section.objects.values_list("key", flat=True))
    return [label for label in config.sections if label.section not in known]


class OrderSections:
    """Puts the newsroom's sections in the order of ``keys``."""

    def __init__(self, user: Any, keys: Sequence[str]) -> None:
        self._user = user
        self._keys = tuple(keys)

    def check(self) -> None:
        """Raises PermissionDenied; ValidationError if they are not all of the newsroom's sections, each once."""
        if not self._user.has_perm(CHANGE):
            raise PermissionDenied
        if sorted(self._keys) != sorted(Section.objects.values_list("key", flat=True)):
            raise ValidationError(_("The sections have changed since you opened this page. This is how they are now."))

    def execute(self) -> None:
        """Save the order, and order an edition if it is another one."""
        with transaction.atomic():
            self.check()
            places = {key: at for at, key in enumerate(self._keys, 1)}
            moved = [section for section in Section.objects.all() if section.position != places[section.key]]
            for section in moved:
                section.position = places[section.key]
                log(section, "wagtail.reorder", user=self._user, data={"position": section.position})
            if moved:
                Section.objects.bulk_update(moved, ["position"])
                order("sections: order", self._user)


class TakeOverSections:
    """Makes the newsroom's own what only the settings have, so that it can be edited here."""

    def __init__(self, user: Any, config: Config) -> None:
        self._user = user
        self._config = config

    def check(self) -> None:
        """Raises PermissionDenied."""
        if not self._user.has_perm(ADD):
            raise PermissionDenied

    def execute(self) -> int:
        """Take them over, after those that are here; how many."""
        self.check()
        with transaction.atomic(), in_name_of(self._user):
            last = Section.objects.aggregate(last=models.Max("position"))["last"] or 0
            found = only_in_settings(self._config)
            first = self._config.publication.languages[0]
            for at, label in enumerate(found, last + 1):
                named = text_in(label.labels, "en", first)
                made = Section.objects.create(
                    key=label.section, label=named.text if named else "", labels=dict(label.labels), position=at
                )
                log(made, "wagtail.create", user=self._user, data={"origin": "settings"})
        return len(found)
