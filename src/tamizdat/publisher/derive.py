"""Editions in another script: a story that nobody wrote in it is made, letter for letter, from the one that is written.

What a source brings in the derived language comes before what would be made, story by story.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemError, StoryError
from tamizdat.locales import DERIVED
from tamizdat.publisher.gather import Gathering, put_changed, remove_current
from tamizdat.publisher.ledger import Ledger
from tamizdat.story import (
    Block,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    RichText,
    Run,
    SoundBlock,
    Story,
    Table,
    rich,
)

Change = Callable[[str], str]


def derive(ledger: Ledger, languages: Iterable[str], result: Gathering) -> None:
    """Bring every edition that can be made from another one of ``languages`` up to date. Use inside one transaction."""
    published = frozenset(languages)
    for language, (other, change) in DERIVED.items():
        if {language, other} <= published:
            _derive(ledger, language, other, change, result)


def _derive(ledger: Ledger, language: str, other: str, change: Change, result: Gathering) -> None:
    memory = ledger.memory
    withdrawn = {story_id for of, story_id in memory.withdrawn() if of == language}
    for story_id in memory.orphans(language, other):
        if ledger.story(language, story_id) is not None and not memory.owner(language, story_id):
            remove_current(ledger, language, story_id, result)
        memory.set_derived(language, story_id, None)
    for story_id, position in memory.not_derived(language, other):
        if story_id in withdrawn or (memory.owner(language, story_id) and ledger.story(language, story_id) is not None):
            continue
        try:
            made = in_script(story_from_bytes(ledger.story(other, story_id) or b""), language, change)
            put_changed(ledger, made, result)
        except StoryError as error:
            result.faults.append(ItemError(f"has no form in {language}: {error}", where=other, what=story_id))
            continue
        memory.set_owner("", language, story_id)
        memory.set_derived(language, story_id, position)


def in_script(story: Story, language: str, change: Change) -> Story:
    """``story`` in ``language``, with ``change`` made to all that people read. Raises StoryError."""
    return replace(
        story,
        language=language,
        revision=1,
        headline=change(story.headline),
        lead=change(story.lead),
        dateline=change(story.dateline),
        byline=tuple(map(change, story.byline)),
        agencies=tuple(map(change, story.agencies)),
        topics=tuple(map(change, story.topics)),
        picture=_picture(story.picture, change) if story.picture else None,
        corrections=tuple(replace(each, text=change(each.text)) for each in story.corrections),
        body=tuple(_block(block, change) for block in story.body),
    )


def _block(block: Block, change: Change) -> Block:
    def text(runs: RichText) -> RichText:
        return rich(Run(change(run.text), run.emphasis, run.strong, run.href) for run in runs) if runs else ()

    match block:
        case Paragraph() | Heading():
            return replace(block, text=text(block.text))
        case Quote(paragraphs, attribution):
            return Quote(tuple(map(text, paragraphs)), change(attribution))
        case ListBlock(items):
            return replace(block, items=tuple(map(text, items)))
        case PictureBlock(picture):
            return PictureBlock(_picture(picture, change))
        case Table(rows, _, caption):
            return replace(block, rows=tuple(tuple(map(text, row)) for row in rows), caption=change(caption))
        case Embed(url, title):
            return Embed(url, change(title))
        case SoundBlock(title, transcript):
            return replace(block, title=change(title), transcript=tuple(map(text, transcript)))


def _picture(picture: Picture, change: Change) -> Picture:
    return replace(picture, alt=change(picture.alt), caption=change(picture.caption), credit=change(picture.credit))
