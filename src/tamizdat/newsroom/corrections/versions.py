"""The versions of a story in one language, page by page, each with what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import get_language
from wagtail.models import Locale

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.changes import Part, changed_parts
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.left_out import left_out_of
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of, may_read
from tamizdat.newsroom.stories.terms import Section
from tamizdat.story import Story

PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Version:
    """What readers got, and how it differs from what they had before."""

    release: Release
    parts: tuple[Part, ...] = ()
    is_first: bool = False
    is_back: bool = False
    """Whether readers had it before, and then did not."""
    left_out: str = ""
    """Which kinds of words were left out because they name somebody; for who may see real names alone."""


def languages_seen(user: Any, story_id: str) -> list[str]:
    """Languages in which there are versions that ``user`` may see: those of which drafts are no secret, either.

    What a version said that is no longer out may be what a correction took out of it.
    """
    mine = set(Locale.objects.filter(pk__in=locales_of(user)).values_list("language_code", flat=True))
    pages = StoryPage.objects.filter(may_read(user), story_id=story_id)
    mine.update(pages.values_list("locale__language_code", flat=True))
    # By language and id, which is how releases are looked up.
    of_story = Release.objects.filter(language__in=mine, story_id=story_id)
    return sorted(of_story.order_by().values_list("language", flat=True).distinct())


def versions(story_id: str, language: str, number: str | None, user: Any) -> "tuple[Page[Release], list[Version]]":
    """A page of versions, newest first, by its number as it was asked for, as ``user`` may see them."""
    every = Release.objects.filter(language=language, story_id=story_id).select_related("by").order_by("-id")
    page = Paginator(every, PER_PAGE).get_page(number)
    shown, left_out = _with_images(_versions(list(page), every)), left_out_of(page, user)
    return page, [replace(each, left_out=left_out.get(each.release.pk, "")) for each in shown]


def _versions(newest: list[Release], every: "QuerySet[Release]") -> list[Version]:
    if not newest:
        return []
    earlier = every.filter(pk__lt=newest[-1].pk)
    previous = earlier.first()
    had = previous if previous is None or previous.story is not None else earlier.filter(story__isnull=False).first()
    before = _story(had)
    sections = {each.key: each.label_in(get_language() or "") for each in Section.objects.all()}
    made: list[Version] = []
    for release in reversed(newest):
        after = _story(release)
        parts = changed_parts(before, after, sections) if before and after else []
        is_back = bool(after and previous and previous.story is None)
        made.append(Version(release, tuple(parts), is_first=before is None, is_back=is_back))
        before, previous = after or before, release
    return made[::-1]


def _story(release: Release | None) -> Story | None:
    return story_from_bytes(bytes(release.story)) if release and release.story is not None else None


def _with_images(made: Sequence[Version]) -> list[Version]:
    """The same, with the pictures that they show; one query, or two."""
    rows = (row for version in made for part in version.parts for row in part.rows)
    digests = {digest for row in rows for digest in (row.picture, row.gone_picture) if digest}
    found = LibraryPicture.objects.filter(digest__in=digests).prefetch_related("renditions") if digests else ()
    images = {each.digest: each for each in found}

    def shown(part: Part) -> Part:
        return replace(part, rows=tuple(
            replace(row, image=images.get(row.picture), gone_image=images.get(row.gone_picture)) for row in part.rows
        ))  # fmt: skip

    return [replace(version, parts=tuple(map(shown, version.parts))) for version in made] if images else list(made)
