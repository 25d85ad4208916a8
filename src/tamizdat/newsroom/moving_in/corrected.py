"""What a source tells its readers of its own stories: it stands in their records here, in its language, at its time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from wagtail.log_actions import log

from tamizdat.newsroom.corrections.models import TAKEDOWN, Correction, CorrectionText, texts_of
from tamizdat.newsroom.moving_in.knowing import Item
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.pressroom.releasing import release, release_notice
from tamizdat.newsroom.stories.finding import find_anew
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import CLARIFICATION, CORRECTION, RETRACTION, UPDATE, Story, withheld
from tamizdat.story import Correction as StoryCorrection

_KINDS: Final = frozenset({CORRECTION, CLARIFICATION, UPDATE, RETRACTION})
"""That a source can tell of; any other is read as a correction."""


def lacks(item: Item, before: MovedItem) -> bool:
    """Whether its source tells readers something that the record here does not say: it came in without that."""
    said = bool(item.gathered.story.corrections)
    return said and before.page is not None and bool(untold(item, before.page.story_id))


def untold(item: Item, story_id: str) -> list[StoryCorrection]:
    """What its source tells readers of an item, and the record of the story here has not, revoked or not.

    What the source only words otherwise is there: readers were told, and are not told twice.
    """
    said, language = item.gathered.story.corrections, item.story.language
    if not said:
        return []
    here: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    rows = Correction.objects.filter(story_id=story_id).exclude(kind=TAKEDOWN).prefetch_related("texts")
    for row in rows:
        if row.is_about(language):
            here[row.kind, row.at.astimezone(UTC).replace(microsecond=0)].append(texts_of(row).get(language, ""))
    there: dict[tuple[str, datetime], list[StoryCorrection]] = defaultdict(list)
    for each in said:
        known = each if each.kind in _KINDS else replace(each, kind=CORRECTION)
        there[known.kind, known.at].append(known)
    new: list[StoryCorrection] = []
    for key, corrections in there.items():
        missing = [each for each in corrections if each.text not in here[key]]
        otherwise = len(here[key]) - (len(corrections) - len(missing))
        new += missing[max(otherwise, 0) :]
    return new


def told_in(story: Story, new: Sequence[StoryCorrection]) -> Story:
    """The story as readers get it once ``new`` stands in its record. Raises StoryError if that is too much."""
    if not new:
        return story
    corrections = tuple(sorted((*story.corrections, *new), key=lambda each: each.at))
    return replace(story, **withheld({"corrections": corrections}))


def record(item: Item, page: StoryPage, new: Sequence[StoryCorrection], source: str, by: Any) -> list[Correction]:
    """Write ``new`` into the story's record. In a transaction; what readers get is released elsewhere."""
    made, language = [], item.story.language
    for each in new:
        row = Correction.objects.create(
            story_id=page.story_id,
            kind=each.kind,
            languages=[language],
            reason=f"came in with {source}",
            at=each.at,
            by=by,
        )
        CorrectionText.objects.create(correction=row, language=language, text=each.text)
        made.append(row)
    return made


def note_in_history(page: StoryPage, made: Sequence[Correction], by: Any) -> None:
    """Say in the page's history what was written into its record."""
    for each in made:
        data = {"correction": each.pk, "reason": each.reason}
        log(instance=page, action=f"corrections.{each.kind}", user=by, data=data)


def tell(item: Item, page: StoryPage, source: str, by: Any) -> None:
    """The same with all that the record of a page has not yet. In a transaction.

    Readers of what is retracted there are told now; its text here stays for editors. Raises StoryError.
    """
    new = untold(item, page.story_id)
    note_in_history(page, record(item, page, new, source, by), by)
    if new:
        find_anew([page])
    if item.gathered.story.retracted:
        if page.live:
            release(page, by)
        else:
            release_notice(page.story_id, page.locale.language_code, by)
