"""Foreign HTML or plain text into blocks of a story. Unknown markup loses its tags, never its text."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Final, cast

from lxml import etree

from tamizdat.limits import LIMITS
from tamizdat.markup.build import Builder, Result
from tamizdat.markup.found import texts_of
from tamizdat.markup.line import without_controls
from tamizdat.markup.tags import BLOCKS
from tamizdat.story import Block, Embed, PictureBlock, Table, plain

# libxml2 looks for the element that an end tag closes through all that are open: without a bound, quadratic.
MAX_TAGS: Final = 40_000
_BOLD: Final = re.compile(r"<(/?)b(?=[\s/>])", re.IGNORECASE)
_UNSEEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG: Final = re.compile(r"</?([A-Za-z!?][^\s<>/]*)[^<>]*>?")
_ENDING_TEXT: Final = BLOCKS | {"br"}
_BLANK_LINES: Final = re.compile(r"\n[ \t\r]*\n\s*")


@dataclass(frozen=True, slots=True)
class Markup:
    """Blocks of a story, and one sentence for everything that was lost or changed on the way."""

    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """All text, in one line."""
        return " ".join(_block_words(self.blocks)).strip(" ")


def read_html(html: str, *, base: str = "") -> Markup:
    """Blocks of an HTML fragment or page (WHATWG HTML syntax). Relative addresses are resolved against ``base``.

    Never raises, whatever the markup. Time grows with the number of bytes; past :data:`MAX_TAGS` tags the structure is
    given up and the text kept.
    """
    clean = without_controls(html)
    builder = Builder(base)
    if clean.count("<") > MAX_TAGS:
        builder.note(f"more than {MAX_TAGS} tags: only the text was kept")
        return _text_of(clean, builder)
    parser = etree.HTMLParser(
        target=builder,  # type: ignore[arg-type]  # the stubs know only targets that build trees
        huge_tree=True,
        recover=True,
        no_network=True,
    )
    try:
        # libxml2 ends <b> where a paragraph begins, and not <strong>; browsers end neither.
        parser.feed(_BOLD.sub(r"<\1strong", clean))
        return Markup(*cast(Result, parser.close()))
    except etree.LxmlError as error:
        builder = Builder(base)
        builder.note(f"markup that cannot be read ({str(error)[:100]}): only the text was kept")
        return _text_of(clean, builder)


def _text_of(html: str, builder: Builder) -> Markup:
    """The text of markup whose structure is not worth keeping: tags of blocks end paragraphs, others are nothing."""
    text, at = _UNSEEN.sub(" ", html), 0
    words: list[str] = []
    for tag in _TAG.finditer(text):
        if tag.start() > at:
            words.append(unescape(text[at : tag.start()]))
        at = tag.end()
        if words and tag[1].lower() in _ENDING_TEXT:
            builder.paragraph("".join(words))
            words = []
    builder.paragraph("".join((*words, unescape(text[at:]))))
    return Markup(*builder.close())


def read_text(text: str) -> Markup:
    """Paragraphs of plain text; empty lines part them."""
    builder = Builder()
    for paragraph in _BLANK_LINES.split(text.replace("\r\n", "\n")):
        builder.paragraph(paragraph)
    return Markup(*builder.close())


def plain_text(html: str) -> str:
    """All words of an HTML fragment in one line of at most ``max_line_chars``: for titles and summaries."""
    return read_html(html).words[: LIMITS.max_line_chars].strip(" ")


def _block_words(blocks: tuple[Block, ...]) -> list[str]:
    words: list[str] = []
    for block in blocks:
        match block:
            case PictureBlock(picture):
                words += (picture.alt if picture.alt != picture.caption else "", picture.caption, picture.credit)
            case Table(rows, _, caption):
                words += (caption, *(plain(cell) for row in rows for cell in row))
            case Embed(_, title):
                words.append(title)
            case _:
                words += (plain(text).strip(" ") for text in texts_of(block))
    return [word for word in words if word]
