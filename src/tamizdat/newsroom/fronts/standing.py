"""How things stand with stories that are pinned: what readers will see of each, and what somebody should know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from wagtail.models import Locale

from tamizdat.edition.canonical import split_story
from tamizdat.errors import FormatError
from tamizdat.newsroom.fronts.curating import SHOWN_PINS, Pinned, Place, possible
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.by_time import EVER
from tamizdat.newsroom.stories.keys import naming
from tamizdat.newsroom.stories.models import StoryPage

_FOUND: Final = 10
_NEWEST: Final = 12
_FIELDS: Final = ("pk", "story_id", "title", "live", "published", "go_live_at", "expire_at", "expired", "sections")


@dataclass(frozen=True, slots=True)
class Standing:
    """A story beside its place. ``warnings`` say why readers will not see it there, or not for long."""

    story_id: str
    headline: str
    published: datetime | None = None
    until: datetime | None = None
    edit_url: str = ""
    warnings: tuple[str, ...] = ()
    shown: bool = True
    """Whether readers would see it in its place now."""


@dataclass(slots=True)
class _Known:
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    retracted: set[str] = field(default_factory=set)


def standings(place: Place, pins: Sequence[Pinned], now: datetime) -> list[Standing]:
    """How each of ``pins`` stands, in order. Two queries."""
    known = _known(place.language, [pin.story_id for pin in pins])
    return [_standing(place, pin, known, now) for pin in pins]


def troubles(places: dict[Place, Sequence[Pinned]], now: datetime) -> dict[Place, int]:
    """For many front pages, how many of their pins have a warning. Two queries for each language."""
    found: dict[Place, int] = {}
    for language in {place.language for place in places}:
        mine = {place: pins for place, pins in places.items() if place.language == language}
        known = _known(language, [pin.story_id for pins in mine.values() for pin in pins])
        for place, pins in mine.items():
            found[place] = sum(bool(_standing(place, pin, known, now).warnings) for pin in pins)
    return found


def _known(language: str, ids: Iterable[str]) -> _Known:
    wanted = possible(ids)
    if not wanted:
        return _Known()
    pages = StoryPage.objects.filter(locale__language_code=language, story_id__in=wanted).values(*_FIELDS)
    releases = Release.objects.filter(language=language, story_id__in=wanted, current=True, story__isnull=False)
    return _Known(
        {page["story_id"]: page for page in pages},
        {story_id for story_id, data in releases.values_list("story_id", "story") if _is_retracted(bytes(data or b""))},
    )


def _is_retracted(data: bytes) -> bool:
    try:
        return split_story(data)[0].retracted
    except FormatError:
        return False


def _standing(place: Place, pin: Pinned, known: _Known, now: datetime) -> Standing:
    page = known.pages.get(pin.story_id)
    if page is None:
        missing = _("There is no such story in this language.")
        return Standing(pin.story_id, pin.story_id, until=pin.until, warnings=(missing,), shown=False)
    hidden = list(_reasons(place, page, pin, known, now))
    soon = _ends_soon(page, pin)
    return Standing(
        pin.story_id,
        page["title"],
        page["published"],
        pin.until,
        reverse("wagtailadmin_pages:edit", args=[page["pk"]]),
        tuple(hidden + soon),
        not hidden,
    )


def _reasons(place: Place, page: dict[str, Any], pin: Pinned, known: _Known, now: datetime) -> Iterable[str]:
    """Why readers do not see it there."""
    if pin.story_id in known.retracted:
        yield _("It was retracted: readers do not see it on top.")
    if not page["live"]:
        if page["expired"]:
            yield _("It has expired and was taken back.")
        elif page["go_live_at"] and page["go_live_at"] > now:
            yield _("It goes out %(when)s. Until then the next one moves up.") % {"when": _when(page["go_live_at"])}
        else:
            yield _("It is not published yet. Until then the next one moves up.")
    if place.section and place.section not in page["sections"]:
        yield _("It is not in this section.")
    if not pin.holds(now):
        yield _("Its time on top is over.")


def _ends_soon(page: dict[str, Any], pin: Pinned) -> list[str]:
    ends = page["expire_at"]
    if page["live"] and ends and (pin.until is None or ends < pin.until):
        return [_("It is taken back %(when)s.") % {"when": _when(ends)}]
    return []


def _when(when: datetime) -> str:
    return date_format(localtime(when), "Y-m-d H:i T")


def suggestions(place: Place, pins: Sequence[Pinned]) -> list[Standing]:
    """The newest stories that readers have, in the order in which they follow the pins."""
    pinned = {pin.story_id for pin in pins}
    newest = live_by_date(place.language, place.section).values(*_FIELDS)[: _NEWEST + len(pinned)]
    return [_found(page) for page in newest if page["story_id"] not in pinned][:_NEWEST]


def live_by_date(language: str, section: str = "") -> Any:
    """Stories that readers have (a query), the newest first: by their own dates, which an import brings with it."""
    # Both so that SQLite can walk the index of dates.
    locales = list(Locale.objects.filter(language_code=language))
    live = StoryPage.objects.filter(locale__in=locales, live=True, published__gt=EVER)
    return (naming(live, "sections", section) if section else live).order_by("-published", "story_id")


def search(place: Place, words: str, pins: Sequence[Pinned]) -> list[Standing]:
    """Stories of the language whose headline or text begins like ``words``; drafts, too, can be pinned beforehand."""
    if not words.strip():
        return []
    locale = Locale.objects.get(language_code=place.language)
    pinned = {pin.story_id for pin in pins}
    pages = StoryPage.objects.filter(locale=locale).autocomplete(words, operator="and")[: _FOUND + len(pinned)]
    rows = [{name: getattr(page, name) for name in _FIELDS} for page in pages]
    # A draft that was never checked has no id yet, so nothing could name it.
    return [_found(page) for page in rows if page["story_id"] and page["story_id"] not in pinned][:_FOUND]


def _found(page: dict[str, Any]) -> Standing:
    warnings = () if page["live"] else (_("not published"),)
    return Standing(page["story_id"], page["title"], page["published"], warnings=warnings, shown=bool(page["live"]))


__all__ = ["SHOWN_PINS", "Standing", "live_by_date", "search", "standings", "suggestions", "troubles"]
