"""One mapping between the blocks that editors see and those that readers get, both ways.

A stored body is a list of ``{"type": ..., "value": ...}`` (Wagtail's raw form of a stream). Neighbouring paragraphs,
headings and lists are one block of text there, since people write in texts and not in paragraphs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid5

from tamizdat.errors import StoryError
from tamizdat.newsroom.stories.richtext import (
    LinkOf,
    TextBlock,
    kept_link,
    line_html,
    line_of,
    paragraphs_of,
    quote_html,
    text_blocks,
    text_html,
)
from tamizdat.story import Block, Embed, Picture, PictureBlock, Quote, Recording, SoundBlock, Table, clean_text

Raw = dict[str, Any]
KeyOf = Callable[[Picture], int]
"""Which picture of the library a story's picture is."""
SoundKeyOf = Callable[[SoundBlock], int]
"""Which recording of the library a story's sound is."""
RecordingOf = Callable[[int], Recording | None]
"""A recording of the library; None while it is not ready."""
PictureOf = Callable[[int], Picture]
"""A picture of the library without any story's words: file or origin, size, focus, the library's credit."""

_BLOCKS: Final = UUID("b0a4f6a2-6f0e-5c0e-9f53-0d6f6a3f0c55")
_TEXTS: Final = TextBlock.__args__


def no_sound(block: SoundBlock) -> int:
    """For bodies that cannot hold any. Raises StoryError."""
    raise StoryError("there is no library of recordings here", field=f"sound: {block.title}")


def no_recording(key: int) -> None:
    """For libraries without any."""
    del key


def raw_body(blocks: Iterable[Block], key_of: KeyOf, sound_key_of: SoundKeyOf = no_sound) -> list[Raw]:
    """The stored form of a story's body. Raises what ``key_of`` and ``sound_key_of`` raise."""
    raw: list[Raw] = []
    for is_text, group in groupby(blocks, lambda block: isinstance(block, _TEXTS)):
        if is_text:
            raw.append({"type": "text", "value": text_html(group)})  # type: ignore[arg-type] # groupby forgets
        else:
            raw += (_raw_block(block, key_of, sound_key_of) for block in group)
    return raw


def with_ids(raw: Iterable[Raw], like: Iterable[Mapping[str, Any]] = ()) -> list[Raw]:
    """The blocks with ids: the third text has that of the third text of ``like``, or the same one in every story.

    So blocks of a story that came in several languages are known as one another's.
    """
    named = {place: block["id"] for place, block in _placed(like) if block.get("id")}
    return [{**block, "id": named.get(place) or str(uuid5(_BLOCKS, place))} for place, block in _placed(raw)]


def _placed(raw: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    seen = Counter[str]()
    for block in raw:
        seen[block["type"]] += 1
        yield f"{block['type']} {seen[block['type']]}", block


def _raw_block(block: Block, key_of: KeyOf, sound_key_of: SoundKeyOf) -> Raw:
    match block:
        case Quote(paragraphs, attribution):
            return {"type": "quote", "value": {"text": quote_html(paragraphs), "attribution": attribution}}
        case PictureBlock(picture):
            shown = {"image": key_of(picture), "decorative": False, "alt_text": picture.alt}
            return {
                "type": "picture",
                "value": {"picture": shown, "caption": picture.caption, "credit": picture.credit},
            }
        case Table(rows, header, caption):
            cells = [[line_html(cell) for cell in row] for row in rows]
            return {"type": "table", "value": {"caption": caption, "header": header, "rows": cells}}
        case SoundBlock(title, transcript):
            words = {"title": title, "transcript": quote_html(transcript)}
            return {"type": "sound", "value": {"recording": sound_key_of(block), **words}}
        case Embed(url, title):
            return {"type": "embed", "value": {"url": url, "title": title}}
        case _:  # pragma: no cover - text went another way
            raise StoryError("is of a kind that the newsroom does not know", field="body")


def story_body(
    raw: Iterable[Mapping[str, Any]],
    picture_of: PictureOf,
    link: LinkOf = kept_link,
    recording_of: RecordingOf = no_recording,
) -> tuple[Block, ...]:
    """The blocks of a stored body. Raises StoryError for what no story may carry, naming the block."""
    blocks: list[Block] = []
    for at, item in enumerate(raw, 1):
        try:
            blocks += _blocks(item["type"], item["value"], picture_of, link, recording_of)
        except StoryError as error:
            raise StoryError(error.detail, field=f"block {at}: {error.fields.get('field', '')}") from error
    return tuple(blocks)


def _blocks(kind: str, value: Any, picture_of: PictureOf, link: LinkOf, recording_of: RecordingOf) -> Iterator[Block]:
    match kind:
        case "text":
            yield from text_blocks(value, link)
        case "quote":
            if paragraphs := paragraphs_of(value["text"], link):
                yield Quote(paragraphs, _line(value["attribution"]))
        case "picture":
            yield PictureBlock(_picture(value, picture_of))
        case "table":
            yield _table(value, link)
        case "sound":
            yield _sound(value, link, recording_of)
        case "embed":
            yield Embed(value["url"].strip(), _line(value["title"]))
        case _:
            raise StoryError(f"{kind!r} is a kind of block that this version does not know", field="body")


def _picture(value: Mapping[str, Any], picture_of: PictureOf) -> Picture:
    shown = value["picture"]
    found = picture_of(shown["image"])
    return worded(found, shown["alt_text"] or "", value["caption"], value["credit"])


def worded(found: Picture, alt: str, caption: str, credit: str) -> Picture:
    """A library picture with a story's words. What it shows and its credit are the library's where the story has none.

    A caption is of a story, in its language: the library's is for those who look for a picture.
    """
    return replace(
        found,
        alt=_line(alt) or found.alt,
        caption=_line(caption),
        credit=_line(credit) or found.credit,
    )


def _sound(value: Mapping[str, Any], link: LinkOf, recording_of: RecordingOf) -> SoundBlock:
    recording = recording_of(value["recording"])
    if recording is None:
        raise StoryError("the recording is not ready, or no longer in the library", field="sound")
    return SoundBlock(_line(value["title"]), paragraphs_of(value["transcript"], link), recording)


def _table(value: Mapping[str, Any], link: LinkOf) -> Table:
    rows: Sequence[Sequence[str]] = value["rows"]
    cells = tuple(tuple(line_of(cell, link) if cell else () for cell in row) for row in rows)
    return Table(cells, bool(value["header"]), _line(value["caption"]))


def _line(text: str) -> str:
    """Text of one line: as it is, unless it holds what a line cannot."""
    cleaned = clean_text(text)
    return text if cleaned == text.strip(" ") else cleaned
