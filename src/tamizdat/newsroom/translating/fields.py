"""The words of a story's page, field by field and piece by piece, and how they are typed; putting.py leads back."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bs4 import BeautifulSoup, Tag
from django.utils.translation import gettext_lazy as _

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.richtext import line_html, line_of, text_blocks, text_html
from tamizdat.story import check_text, clean_text

LINE: Final = "line"
RICH: Final = "rich"
CELL: Final = "cell"
PAGE: Final = {
    "title": _("Headline"),
    "lead": _("Lead"),
    "dateline": _("Dateline"),
    "picture_alt": _("What the picture shows"),
    "picture_caption": _("Caption"),
}
_BLOCKS: Final[dict[str, tuple[tuple[str, str, Any], ...]]] = {
    "text": (("", RICH, _("Text")),),
    "quote": (("text", RICH, _("Quotation")), ("attribution", LINE, _("Who said it"))),
    "picture": (("picture.alt_text", LINE, _("What the picture shows")), ("caption", LINE, _("Caption"))),
    "table": (("caption", LINE, _("Caption of the table")),),
    "embed": (("title", LINE, _("What is there")),),
    "sound": (("title", LINE, _("Title of the recording")), ("transcript", RICH, _("Transcript"))),
}
_SHORT: Final = {"picture.alt_text", "caption"}
_BETWEEN: Final = "/"
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_WORDS: Final = "[^<>&]*(?:&(?:amp|lt|gt|quot|#x27);[^<>&]*)*"
_PLAIN: Final = re.compile(rf"<(p|h[2-4])>{_WORDS}(?:<([bi])>{_WORDS}</\2>{_WORDS})*</\1>")
_BLANK: Final = re.compile(r">[ \t\r\n\f]+<")
_MARKS: Final = re.compile(r"<[a-z/][^>]*>")


@dataclass(frozen=True, slots=True)
class Field:
    """One field's words: HTML elements where it is RICH, HTML in a CELL, else plain text."""

    kind: str
    label: Any
    pieces: tuple[str, ...]


def fields_of(page: StoryPage) -> dict[str, Field]:
    """Every field that holds words or could, in the order in which people read them."""
    found = {name: Field(LINE, label, _line(getattr(page, name))) for name, label in PAGE.items()}
    for block in page.body.get_prep_value():
        for path, kind, label in paths(block):
            text = part_of(block, path) or ""
            pieces = elements(text) if kind == RICH else _line(text)
            found[key_of(block, path)] = Field(kind, label, pieces)
    return found


def longest(key: str) -> int:
    """How many characters the field ``key`` of a story may have, if it is one of one line."""
    name = key.rpartition(_BETWEEN)[2]
    if name in _SHORT:
        return LIMITS.max_caption_chars
    # By its whole key: what lies elsewhere has a title, too, which may be longer than a page's.
    most = StoryPage._meta.get_field(key).max_length if key in PAGE else None  # noqa: SLF001 - Django's public name
    return most or LIMITS.max_line_chars


def check_line(key: str, text: str) -> None:
    """Raises StoryError for words that the field ``key`` of a story cannot hold, if it is one of one line."""
    name, most = key.rpartition(_BETWEEN)[2], longest(key)
    if len(text) > most:
        raise StoryError(f"is longer than {most} characters", field=name)
    if text:
        check_text(clean_text(text), name)


def _line(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def paths(block: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Where words are in a stored block, of which kind, and what people call it."""
    yield from _BLOCKS.get(block["type"], ())
    if block["type"] == "table":
        for at, row in enumerate(block["value"]["rows"]):
            yield from ((f"rows.{at}.{nth}", CELL, _("Cell")) for nth in range(len(row)))


def steps(path: str) -> list[Any]:
    """A path's names and numbers."""
    return [int(step) if step.isdigit() else step for step in path.split(".")] if path else []


def part_of(block: Mapping[str, Any], path: str) -> Any:
    """What is at ``path`` in a stored block."""
    value = block["value"]
    for step in steps(path):
        value = value[step]
    return value


def elements(text: str) -> tuple[str, ...]:
    """The paragraphs, headings and lists of a text, each as HTML without the keys of Wagtail's editor."""
    return _simple(text) or _parsed(text)


def _simple(text: str) -> tuple[str, ...]:
    """The same of nothing but plain paragraphs and headings, as whole sites bring them; empty for other texts."""
    found, at = [], 0
    if _BLANK.search(text):  # which a parser writes otherwise
        return ()
    while at < len(text):
        if not (piece := _PLAIN.match(text, at)):
            return ()
        found.append(piece[0].replace("&quot;", '"').replace("&#x27;", "'"))
        at = piece.end()
    return tuple(found)


def _parsed(text: str) -> tuple[str, ...]:
    soup = BeautifulSoup(text, "html.parser")
    for tag in soup.find_all(None, {"data-block-key": True}):
        del tag["data-block-key"]
    return tuple(
        str(each) if isinstance(each, Tag) else f"<p>{html.escape(str(each), quote=False)}</p>"
        for each in soup.contents
        if str(each).strip()
    )


def key_of(block: Mapping[str, Any], path: str) -> str:
    """The key of a block's field."""
    return f"{block['id']}{_BETWEEN}{path}"


def block_of(key: str) -> str:
    """The id of the block that a field belongs to; empty for the page's own."""
    return key.partition(_BETWEEN)[0] if _BETWEEN in key else ""


def to_type(piece: str, kind: str) -> str:
    """A piece as a translator types it: plain text, or with the marks for bold, italic, links and lists."""
    inner = inside(piece) if kind == RICH else piece
    return inner if kind == LINE or has_marks(piece, kind) else html.unescape(inner)


def has_marks(piece: str, kind: str) -> bool:
    """Whether there is more to it than text."""
    return kind != LINE and bool(_MARKS.search(inside(piece) if kind == RICH else piece))


def inside(piece: str) -> str:
    """What stands in the element that a piece of rich text is."""
    found = re.fullmatch(r"<(\w+)[^>]*>(.*)</\1>", piece, re.DOTALL)
    return found[2] if found else piece


def typed(text: str, kind: str, like: str, marks: bool) -> str:
    """A piece out of what was typed, in an element like that of ``like``. Raises StoryError for what no story holds."""
    # A no-break space means something; str.split would make a plain one of it.
    text = _BLANKS.sub(" ", text).strip(" ") if kind != LINE else text.strip()
    if not text or kind == LINE:
        return text
    inner = text if marks else html.escape(text, quote=False)
    if kind == CELL:
        return line_html(line_of(inner))
    tag = (re.match(r"<(\w+)", like) or re.match(r"<(\w+)", "<p>"))[1]  # type: ignore[index] # one of them matches
    return text_html(text_blocks(f"<{tag}>{inner}</{tag}>"))  # type: ignore[arg-type] # blocks of text
