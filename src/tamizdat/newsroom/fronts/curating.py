"""The one act that changes a front page, and what front pages say now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tamizdat.errors import StoryError
from tamizdat.newsroom.fronts.endings import note_ending
from tamizdat.newsroom.fronts.models import FrontVersion, Pin
from tamizdat.newsroom.fronts.permits import languages_of
from tamizdat.newsroom.pressroom.releasing import order
from tamizdat.publication import FrontPage
from tamizdat.story import check_story_id

MAX_PINS: Final = 12
"""Five are shown on top; the others move up when one before them ends or is taken back."""
SHOWN_PINS: Final = 5


class Overtaken(Exception):  # noqa: N818 - nobody's fault
    """Somebody else saved this front page after it was opened. ``newest`` is what they saved."""

    def __init__(self, newest: FrontVersion) -> None:
        self.newest = newest
        super().__init__(str(newest))


@dataclass(frozen=True, slots=True)
class Place:
    """Which front page: of a language, or of one of its sections."""

    language: str
    section: str = ""

    def __str__(self) -> str:
        return f"{self.language} {self.section}".strip()


@dataclass(frozen=True, slots=True)
class Pinned:
    """A story that an editor put in a place. ``until`` is aware, or None for no end."""

    story_id: str
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it still counts."""
        return self.until is None or now < self.until


def possible(ids: Iterable[str]) -> set[str]:
    """Those that a story can have. Of others databases are not even asked: one of them fails on some signs."""
    return {story_id for story_id in ids if _is_possible(story_id)}


def _is_possible(story_id: str) -> bool:
    try:
        check_story_id(story_id)
    except StoryError:
        return False
    return True


def newest(place: Place) -> FrontVersion | None:
    """What was saved last; None where nobody ever arranged this front page."""
    found = FrontVersion.objects.filter(language=place.language, section=place.section, current=True)
    return found.prefetch_related("pins").select_related("by").first()


def pins_of(version: FrontVersion | None) -> tuple[Pinned, ...]:
    """The pins of a version, in order."""
    return tuple(Pinned(pin.story_id, pin.until) for pin in version.pins.all()) if version else ()


class SaveFront:
    """Puts ``pins`` on top of the front page at ``place``, if nobody did so since version ``base`` (0: none)."""

    def __init__(self, user: Any, place: Place, pins: Sequence[Pinned], base: int) -> None:
        self._user = user
        self._place = place
        self._pins = tuple(pins)
        self._base = base

    def check(self) -> None:
        """Raises PermissionDenied, or ValidationError for what no front page can be."""
        if self._place.language not in languages_of(self._user):
            raise PermissionDenied
        ids = [pin.story_id for pin in self._pins]
        if len(ids) > MAX_PINS:
            raise ValidationError(_("At most %(most)d stories can be pinned."), params={"most": MAX_PINS})
        if len(set(ids)) < len(ids):
            raise ValidationError(_("A story can be pinned only once."))
        for story_id in ids:
            try:
                check_story_id(story_id)
            except StoryError as error:
                raise ValidationError(error.detail) from error

    def execute(self) -> FrontVersion:
        """Save, and order an edition. Raises Overtaken, and what :meth:`check` raises."""
        self.check()
        try:
            with transaction.atomic():
                return self._save()
        except IntegrityError:
            # Two began with none: the other one was first.
            raise Overtaken(self._newest()) from None

    def _save(self) -> FrontVersion:
        mine = {"language": self._place.language, "section": self._place.section}
        before = FrontVersion.objects.filter(**mine, current=True)
        if self._base:
            if not before.filter(number=self._base).update(current=False):
                raise Overtaken(self._newest())
        elif before.exists():
            raise Overtaken(self._newest())
        version = FrontVersion.objects.create(**mine, number=self._base + 1, by=self._user)
        Pin.objects.bulk_create(
            Pin(version=version, position=at, story_id=pin.story_id, until=pin.until)
            for at, pin in enumerate(self._pins)
        )
        note_front(self._place, self._pins, datetime.now(UTC))
        order(_("Front page: %(place)s") % {"place": self._place}, self._user)
        return version

    def _newest(self) -> FrontVersion:
        found = newest(self._place)
        if found is None:
            raise LookupError(str(self._place))
        return found


def note_front(place: Place, pins: Iterable[Pinned], now: datetime) -> None:
    """Note when the front page changes next by itself."""
    ends = [pin.until for pin in pins if pin.until and pin.until > now]
    note_ending(f"front {place.language}/{place.section}", min(ends, default=None))


def current_fronts(now: datetime) -> list[FrontPage]:
    """Every front page that somebody arranged, without the pins that have ended. Two queries."""
    versions = FrontVersion.objects.filter(current=True).prefetch_related("pins").order_by("language", "section")
    return [
        FrontPage(
            version.language,
            tuple(pin.story_id for pin in pins_of(version) if pin.holds(now)),
            version.section,
        )
        for version in versions
    ]
