"""The versions of a story in one language, page by page, each with what it changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import get_language
from wagtail.models import Locale

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.changes import Part, changed_parts
from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import Names, secret_names
from tamizdat.newsroom.pressroom.left_out import left_out_of
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.named import Word, as_others_see, words_gone
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of, may_read
from tamizdat.newsroom.stories.terms import Section
from tamizdat.story import Story

PER_PAGE: Final = 20
_READ_AT_ONCE: Final = 100


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
    """A page of versions, newest first, by its number as it was asked for, as ``user`` may see them.

    Who may not see real names sees none that went because somebody noted whose it is, and no version that is nothing
    but that.
    """
    every = Release.objects.filter(language=language, story_id=story_id).select_related("by").order_by("-id")
    hides = None if user.has_perm(SEES_REAL_NAMES) else _Hides.of(every)
    seen = every.exclude(pk__in=hides.versions) if hides else every
    page = Paginator(seen, PER_PAGE).get_page(number)
    shown, left_out = _with_images(_versions(list(page), every, hides)), left_out_of(page, user)
    return page, [replace(each, left_out=left_out.get(each.release.pk, "")) for each in shown]


@dataclass(frozen=True, slots=True)
class _Hides:
    """What of a story's versions is not shown to who may not see real names."""

    secret: Names
    gone: Mapping[int, Collection[Word]]
    """By version, the words without which it went out because they name somebody: no version before it has them."""
    versions: Collection[int] = ()
    """Those that differ from the version before them in nothing but such words."""

    @classmethod
    def of(cls, every: "QuerySet[Release]") -> "_Hides":
        """For ``every`` version; mostly two queries."""
        secret = secret_names()
        if not every.filter(left_out__isnull=False).exists():
            return cls(secret, {})
        pairs, before, is_back = {}, None, False
        for release in every.order_by("id").iterator(chunk_size=_READ_AT_ONCE):
            if before and release.story and release.left_out:
                pairs[release] = _read(before), _read(release), is_back
            before, is_back = release if release.story else before, not release.story
        gone = {each.pk: words_gone(was, now, each.left_out or ()) for each, (was, now, _back) in pairs.items()}
        found = cls(secret, gone)
        alone = (each.pk for each, (was, now, back) in pairs.items() if not back and found.is_same(was, now, each))
        return replace(found, versions=frozenset(alone))

    def pair(self, before: Story, after: Story, release: Release) -> tuple[Story, Story]:
        """A version and the one that ``release`` made of it, as they are shown."""
        gone = {word for key, words in self.gone.items() if key >= release.pk for word in words}
        return as_others_see(before, self.secret, gone), as_others_see(after, self.secret, gone)

    def is_same(self, before: Story, after: Story, release: Release) -> bool:
        """Whether nothing is shown of what changed."""
        was, now = self.pair(before, after, release)
        return was == now


def _versions(newest: list[Release], every: "QuerySet[Release]", hides: _Hides | None) -> list[Version]:
    """``newest`` of ``every``, each with what changed, but for what is hidden."""
    if not newest:
        return []
    shown = {release.pk for release in newest}
    earlier = every.filter(pk__lt=newest[-1].pk)
    previous = earlier.first()
    had = previous if previous is None or previous.story is not None else earlier.filter(story__isnull=False).first()
    before = _story(had)
    sections = {each.key: each.label_in(get_language() or "") for each in Section.objects.all()}
    made: list[Version] = []
    for release in every.filter(pk__range=(newest[-1].pk, newest[0].pk)).order_by("id"):
        after = _story(release)
        if release.pk in shown:
            pair = (before, after) if before and after else None
            if pair and hides:
                pair = hides.pair(*pair, release)
            parts = changed_parts(*pair, sections) if pair else []
            is_back = bool(after and previous and previous.story is None)
            made.append(Version(release, tuple(parts), is_first=before is None, is_back=is_back))
        before, previous = after or before, release
    return made[::-1]


def _story(release: Release | None) -> Story | None:
    return _read(release) if release and release.story is not None else None


def _read(release: Release) -> Story:
    return story_from_bytes(bytes(release.story or b""))


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
