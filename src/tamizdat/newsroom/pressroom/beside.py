"""What stands beside a story on its page, for its proof: out of what the newsroom has let go to readers.

Only what the page can show is looked up: of a hundred thousand stories these are some seventy.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from wagtail.models import Locale

from tamizdat.edition.canonical import split_story
from tamizdat.errors import FormatError
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.notices import notices
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.newsroom.stories.by_time import EVER
from tamizdat.newsroom.stories.keys import naming
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.press.site import RECENT
from tamizdat.press.stack import EARLIER, LATER
from tamizdat.story import Story

_MORE: Final = 4
"""So many times the neighbours are asked for: the press puts stories of one second in an order of its own."""


def cards_beside(story: Story, topics: Sequence[str], issue: Issue, now: datetime) -> list[Card]:
    """All stories that readers have and the page of ``story`` may name, in no order. ``topics``: keys of its topics."""
    # In an order, and by ranges, that indexes have: SQLite would begin with all stories of the language.
    locales = list(Locale.objects.filter(language_code=story.language))
    live = StoryPage.objects.filter(locale__in=locales, live=True).exclude(story_id=story.story_id).order_by()
    breaking = live.filter(breaking_until__gt=now)
    live = live.filter(published__gt=EVER)
    names = {*story.related, *_ids(live.order_by("-published"), RECENT), *_ids(breaking)}
    for tie in _ties(live, story, topics):
        later = tie.filter(published__gte=story.published).order_by("published")
        earlier = tie.filter(published__lt=story.published + timedelta(seconds=1)).order_by("-published")
        names.update(_ids(later, LATER * _MORE), _ids(earlier, EARLIER * _MORE))
    names.update({*notices(story.language)} - {story.story_id})
    out = Release.objects.filter(language=story.language, story_id__in=names, current=True, story__isnull=False)
    return [Card.of(each, issue) for each in map(_header, out.values_list("story", flat=True)) if each]


def paths_elsewhere(story: Story, also: Iterable[str] = ()) -> dict[str, str]:
    """Paths of ``story`` below the web root: here, where readers have it, and in the languages ``also``."""
    out = Release.objects.filter(story_id=story.story_id, current=True, story__isnull=False)
    found = {each.language: each for each in map(_header, out.values_list("story", flat=True)) if each}
    paths = {language: f"{language}/{story_path(each)}" for language, each in found.items()}
    return paths | {language: f"{language}/{story_path(story)}" for language in (story.language, *also)}


def _ids(pages: "QuerySet[StoryPage]", most: int | None = None) -> list[str]:
    return list(pages.values_list("story_id", flat=True)[:most])


def _ties(live: "QuerySet[StoryPage]", story: Story, topics: Sequence[str]) -> list["QuerySet[StoryPage]"]:
    """What the story is related through: its topics, else its sections, else nothing but time."""
    if story.topics:
        return [naming(live, "topics", key) for key in topics]
    return [naming(live, "sections", key) for key in story.sections] or [live]


def _header(data: Any) -> Story | None:
    try:
        return unnamed(split_story(bytes(data))[0])
    except FormatError:
        return None
