"""What every newsroom has: tables, and a newspaper for each language. Run at every start; does nothing twice."""

import logging
from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page, Site
from wagtail.users.models import UserProfile

from tamizdat.errors import TamizdatError
from tamizdat.newsroom.corrections.models import said_of_withdrawn
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.migrating import migrate
from tamizdat.newsroom.people.set_up import set_up_people
from tamizdat.newsroom.planning import look_at_tables_first
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import release, take_back
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.stories.terms import forget_keys
from tamizdat.publication import Publication

_log: Final = logging.getLogger(__name__)
_NEWSPAPERS = UUID("5f0e7f0a-53b4-5b0e-9a53-6d1f1d7b6a55")


def set_up() -> None:
    """Bring the database to this version's tables, and to the publication's languages."""
    migrate()
    with transaction.atomic():
        _newspapers(settings.CONTENT_LANGUAGES, publication_settings().publication)
        set_up_people()
        _one_clock()
        forget_keys()  # older versions did not
    look_at_tables_first()


def _newspapers(languages: Iterable[str], publication: Publication) -> None:
    """A newspaper for each language. One whose language left the settings stays: its stories are not thrown away."""
    root = Page.get_first_root_node()
    _forget_welcome(root)
    # All newspapers are translations of one another, and will be in whatever order languages come.
    key = uuid5(_NEWSPAPERS, "newspaper")
    for language in languages:
        locale, _made = Locale.objects.get_or_create(language_code=language)
        name = publication.name_in(language)
        if not Newspaper.objects.filter(locale=locale).exists():
            root.refresh_from_db()
            root.add_child(
                instance=Newspaper(title=name, slug=language.lower(), locale=locale, translation_key=key, live=True)
            )
    # Older versions let administrators make another one of the same language.
    first = Newspaper.objects.filter(locale__language_code=settings.LANGUAGE_CODE).earliest("path")
    if not Site.objects.exists():
        Site.objects.create(hostname="localhost", root_page=first, is_default_site=True, site_name=first.title)


def _one_clock() -> None:
    """Forget time zones that people chose when they could: screens would follow them, and say UTC."""
    UserProfile.objects.exclude(current_time_zone="").update(current_time_zone="")


def _forget_welcome(root: Page) -> None:
    """Wagtail begins with a page that welcomes developers."""
    for page in root.get_children().filter(slug="home", depth=2):
        if page.specific_class is Page:
            page.delete()
            root.refresh_from_db()


def reconcile() -> int:
    """Release what is live and was never released, take back what is gone: after a crash, or a restored database.

    How many stories that were. Acts of editors release in their own transaction, so this finds nothing as a rule.
    """
    released = set(Release.objects.filter(current=True, story__isnull=False).values_list("language", "story_id"))
    live = {
        (language, story_id): pk
        for pk, language, story_id in StoryPage.objects.filter(live=True).values_list(
            "pk", "locale__language_code", "story_id"
        )
    }
    for key in live.keys() - released:
        try:
            _release(key[1], live[key])
        except TamizdatError as error:
            # Its picture may be gone, or it was taken down: no reason for all others to wait.
            _log.error("%s (%s) stands as published and cannot be released: %s", key[1], key[0], error)
    # That a story was retracted, or taken down with a notice, is told of one that is not out, too.
    gone = {key for key in released - live.keys() if not said_of_withdrawn(key[1], key[0])}
    for language, story_id in gone:
        _take_back(story_id, language)
    return len(live.keys() - released) + len(gone)


def _release(story_id: str, key: int) -> None:
    """Editors are at work meanwhile: what one of them has taken back since it was looked stays away."""
    with transaction.atomic():
        hold_story(story_id)
        for page in StoryPage.objects.filter(pk=key, live=True):
            release(page)


def _take_back(story_id: str, language: str) -> None:
    """And what one of them has let out since then stays out."""
    with transaction.atomic():
        hold_story(story_id)
        if not StoryPage.objects.filter(story_id=story_id, locale__language_code=language, live=True).exists():
            take_back(story_id, language)
