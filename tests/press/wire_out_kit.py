"""Stories as partners get them, and what of a story cannot come back that way."""

import os
from dataclasses import replace
from pathlib import Path

from press_kit import paper

from tamizdat.markup import read_html
from tamizdat.markup.write import block_html
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.wire import Wire, closed
from tamizdat.press.xml import possible
from tamizdat.sources.fields import as_line
from tamizdat.sources.registry import open_source
from tamizdat.story import Picture, PictureBlock, Story

BASE = "https://shore.example/"
IPTC = Path(os.environ.get("TAMIZDAT_IPTC", "/nowhere"))


def wire(story: Story, base: str = BASE, others=()) -> Wire:
    """The story for a file beside the front page."""
    return Wire.of(Manuscript.of(story), paper(story.language, base_url=base), dict(others), "wire.x")


def back(kind: str, data: bytes, folder: Path, now):
    """What our own source makes of it, and what it says of losses."""
    name = "wire.json" if kind == "ninjs" else "wire.xml"
    (folder / name).write_bytes(data)
    faults = []
    found = list(open_source(kind, base_dir=folder, now=now, path=name).stories(faults.append))
    return found, [str(fault) for fault in faults]


def line(text: str) -> str:
    """A text of one line as it comes back: XML has no U+FFFE and U+FFFF, and white space collapses at last."""
    return as_line(possible(text))


def _names(names, *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (*map(line, names), *more))))


def expected(story: Story, kind: str) -> Story:
    """What comes back of a story that was not retracted. Every loss is here, and in docs/reference/wires-out.md.

    The body is what our HTML says: recordings become a heading, a player's link and paragraphs.
    """
    sent = wire(story)
    body = read_html(sent.body_html()).blocks
    lead, ours = line(story.lead), ("The Far Shore",)
    agencies = _names(story.agencies, *(ours if kind == "newsml" else ()))
    picture = _picture(story.picture, kind) if story.picture else None
    said = read_html(sent.body_html()).words
    if (picture and picture.caption == lead) or " ".join(said.split()).startswith(lead):
        lead = ""
    return replace(
        story,
        headline=line(story.headline),
        body=body,
        lead=lead,
        byline=_names(story.byline),
        dateline=line(story.dateline),
        sections=_names(story.sections),
        topics=_names(story.topics),
        updated=sent.changed if sent.changed > story.published else None,
        breaking_until=None,
        agencies=agencies or ours,
        translation="",
        picture=picture,
        corrections=(),
        related=(),
        recordings=(),
    )


def _picture(picture: Picture, kind: str) -> Picture:
    if kind == "newsml":
        (block,) = read_html(closed(block_html(PictureBlock(picture), lambda _: "https://a.example/"))).blocks
        return block.picture
    return Picture(line(picture.alt), caption=line(picture.caption), credit=line(picture.credit))
