"""Moments at which readers' pages change though nobody does anything, so that the press is told of them."""

from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Min
from wagtail.signals import page_published, page_unpublished

from tamizdat.newsroom.fronts.models import Ending, FrontVersion
from tamizdat.newsroom.pressroom.releasing import order
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import who_let_go

_FAR: Final = 3_600.0
_FRONT: Final = "front "
_BREAKING: Final = "breaking "


def listen() -> None:
    """Connect the signals of stories that are published or taken back."""
    page_published.connect(_published, sender=StoryPage, dispatch_uid="note the end of breaking news")
    page_unpublished.connect(_unpublished, sender=StoryPage, dispatch_uid="forget the end of breaking news")


def note_ending(what: str, at: datetime | None) -> None:
    """From now on ``what`` ends at ``at``; None: it does not end by itself."""
    if at is None:
        Ending.objects.filter(what=what).delete()
    else:
        Ending.objects.update_or_create(what=what, defaults={"at": at})


def order_what_ended(now: datetime) -> int:
    """Order an edition for everything that has ended, in the name of whoever chose its end; how much that was."""
    due = list(Ending.objects.filter(at__lte=now))
    for ending in due:
        order(f"ended: {ending.what}"[:200], _who_chose(ending.what))
        ending.delete()
        if ending.what.startswith(_FRONT):
            _note_next(ending.what, now)
    return len(due)


def _who_chose(what: str) -> Any:
    """Whoever saved the front page as it is, or let the story go; None if nobody knows, or the account is gone."""
    if what.startswith(_FRONT):
        version = _version(what)
        return version and version.by
    language, _slash, story_id = what.removeprefix(_BREAKING).partition("/")
    page = StoryPage.objects.filter(story_id=story_id, locale__language_code=language, live=True).first()
    return page and who_let_go(page)


def _version(what: str) -> FrontVersion | None:
    language, _slash, section = what.removeprefix(_FRONT).partition("/")
    return FrontVersion.objects.filter(language=language, section=section, current=True).select_related("by").first()


def _note_next(what: str, now: datetime) -> None:
    """Several pins of one front page may end, one after the other."""
    version = _version(what)
    note_ending(what, version.pins.filter(until__gt=now).aggregate(at=Min("until"))["at"] if version else None)


def seconds_to_ending(now: datetime) -> float:
    """Seconds until something ends, an hour at most."""
    at: datetime | None = Ending.objects.aggregate(at=Min("at"))["at"]
    return max(0.0, min(_FAR, (at - now).total_seconds())) if at else _FAR


def _published(instance: StoryPage, **_: Any) -> None:
    until = instance.breaking_until if instance.live else None
    note_ending(_breaking(instance), until if until and until > datetime.now(UTC) else None)


def _unpublished(instance: StoryPage, **_: Any) -> None:
    note_ending(_breaking(instance), None)


def _breaking(page: StoryPage) -> str:
    return f"{_BREAKING}{page.locale.language_code}/{page.story_id}"
