"""What of a story's header is too long for its place on the page stands in the body instead, which can be cut.

Nearly every story comes out as it went in. The others keep every word: a headline of a thousand lines is shortened
where headlines stand, and whole below it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from tamizdat.locales import Locale
from tamizdat.press.shown import ShownCorrection, clip, first_and_last, shown_corrections
from tamizdat.story import Block, Heading, ListBlock, Paragraph, Run, Story, rich

_TOPICS_BYTES: Final = 1_500
"""Topics that are longer are left out of what is said to machines."""


@dataclass(frozen=True, slots=True)
class Room:
    """The longest that a part of the header may be in its place, in bytes."""

    headline: int
    lead: int
    names: int
    dateline: int
    caption: int
    corrections: int
    links: int
    """How many topics are linked."""
    headlines: int
    """Those of breaking news and related stories, in characters."""


WIDE: Final = Room(
    headline=1_200,
    lead=2_000,
    names=1_500,
    dateline=300,
    caption=2_000,
    corrections=4_000,
    links=8,
    headlines=240,
)
"""Wordy news in Georgian, at three bytes a letter, has room for all of it."""
TIGHT: Final = Room(
    headline=600,
    lead=0,
    names=0,
    dateline=0,
    caption=200,
    corrections=0,
    links=0,
    headlines=48,
)
"""For stories of which so much is long that little would be left of a page."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A story's header as a page has room for it, and blocks for the beginning and the end of the body."""

    head: Story
    before: tuple[Block, ...] = ()
    after: tuple[Block, ...] = ()


def fit(story: Story, room: Room, locale: Locale) -> Fitted:
    """The header of ``story``, fitted into ``room``."""
    changes: dict[str, Any] = {}
    before: list[Block] = []
    after: list[Block] = []
    if _over(room.headline, story.headline):
        changes["headline"] = clip(story.headline, room.headline // 4)
        before.append(Paragraph(rich(story.headline)))
    for name, most in (("dateline", room.dateline), ("lead", room.lead)):
        if _over(most, text := getattr(story, name)):
            changes[name] = ""
            before.append(Paragraph(rich(text)))
    if (picture := story.picture) and _over(room.caption, picture.alt, picture.caption, picture.credit):
        texts = (picture.caption, picture.credit, picture.alt)
        before += [Paragraph(rich(text)) for text in texts if text]
        changes["picture"] = replace(picture, alt=clip(picture.alt, room.caption // 4), caption="", credit="")
    if _over(room.corrections, *(each.text for each in story.corrections)):
        changes["corrections"] = ()
        first, last = first_and_last(shown_corrections(story.corrections, locale))
        before += _corrections(first)
        after += [Heading(rich(locale.texts["corrections"])), *_corrections(last)] if last else []
    for name, heading in (
        ("byline", locale.texts["author"]),
        ("agencies", locale.say("with_reporting_by", agencies="…")),
    ):
        if _over(room.names, *(names := getattr(story, name))):
            changes[name] = ()
            after += [Heading(rich(heading)), ListBlock(tuple(map(rich, names)))]
    if _over(_TOPICS_BYTES, *story.topics):
        changes["topics"] = ()
    return Fitted(replace(story, **changes) if changes else story, tuple(before), tuple(after))


def _corrections(shown: Iterable[ShownCorrection]) -> list[Block]:
    return [Paragraph(rich([Run(f"{each.when}: ", strong=True), Run(each.text)])) for each in shown]


def _over(most: int, *texts: str) -> bool:
    """Whether texts take more than ``most`` bytes."""
    return 4 * sum(map(len, texts)) > most and sum(len(text.encode()) for text in texts) > most
