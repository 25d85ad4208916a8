"""All that readers see of a story, line by line, each with what it is: so that nothing of it can change unseen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from tamizdat.newsroom.corrections.differences import Token, Tokens, tokens_in, tokens_of
from tamizdat.newsroom.corrections.models import KINDS
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import (
    FOCUS_CENTRE,
    Block,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    SoundBlock,
    Story,
    Table,
)

_SHOWN_DIGITS: Final = 12
_CELL: Final = Token("|", " ")
_ISOLATED: Final = "\u2066", "\u2069"
"""Around what reads from left to right in a line that does not."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line, what it is, and the picture that it is, by its SHA-256 (hex)."""

    tokens: Tokens = ()
    label: str = ""
    picture: str = ""
    is_text: bool = True
    """Whether it is in the story's language; a time, a number or the newsroom's name of something is not."""

    @property
    def key(self) -> Tokens:
        """What lines are compared by: what they are, and then their words."""
        return (Token(f"\0{self.label}\0{self.picture}", ""), *self.tokens)


def lines_by_part(story: Story, sections: Mapping[str, str]) -> dict[str, list[Line]]:
    """Every part of ``story`` under the name that the story's form gives it. ``sections``: what they are called."""
    return {
        _("Headline"): _text(story.headline),
        name_of("lead"): _text(story.lead),
        name_of("body"): [line for block in story.body for line in _block(block)],
        name_of("picture"): list(_picture(story.picture)) if story.picture else [],
        name_of("byline"): _each(story.byline),
        name_of("dateline"): _text(story.dateline),
        name_of("agencies"): _each(story.agencies),
        name_of("sections"): _each((sections.get(key, key) for key in story.sections), is_text=False),
        name_of("topics"): _each(story.topics),
        name_of("related"): _each(story.related, is_text=False),
        _("What readers have been told"): [
            Line(tokens_in(each.text), f"{_kind(each.kind)} · {_ISOLATED[0]}{_time(each.at)}{_ISOLATED[1]}")
            for each in story.corrections
        ],
        name_of("translation"): _text(_translation(story.translation)),
        name_of("breaking_until"): _moment(story.breaking_until),
        name_of("published"): _moment(story.published),
        name_of("updated"): _moment(story.updated),
    }


def name_of(field: str) -> str:
    """What the story's form calls a field."""
    return capfirst(str(_field(field).verbose_name))


def _field(name: str) -> Any:
    return StoryPage._meta.get_field(name)  # noqa: SLF001 - how Django has a model asked for its fields


def _text(text: str, label: str = "", *, is_text: bool = True) -> list[Line]:
    return [Line(tokens_in(text), label, is_text=is_text)] if text else []


def _each(texts: Iterable[str], *, is_text: bool = True) -> list[Line]:
    return [Line(tokens_in(text), is_text=is_text) for text in texts]


def _moment(when: datetime | None) -> list[Line]:
    return _text(_time(when), is_text=False) if when else []


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def _kind(kind: str) -> str:
    return str(dict[str, Any](KINDS).get(kind, kind)).partition(":")[0]


def _translation(kind: str) -> str:
    return str(dict(_field("translation").choices).get(kind, kind)) if kind else ""


def _block(block: Block) -> Iterator[Line]:
    match block:
        case Paragraph(text):
            yield Line(tokens_of(text))
        case Heading(text, level):
            yield Line(tokens_of(text), f"H{level}")
        case ListBlock(items, ordered):
            yield from (Line(tokens_of(item), "#" if ordered else "•") for item in items)
        case Quote(paragraphs, attribution):
            yield from (Line(tokens_of(text), _("Quotation")) for text in paragraphs)
            yield from _text(attribution, _("Who said it"))
        case PictureBlock(picture):
            yield from _picture(picture)
        case Table():
            yield from _table(block)
        case Embed(url, title):
            tokens = tuple(token._replace(marks=(False, False, url)) for token in tokens_in(title))
            yield Line(tokens, _("Video, post or map elsewhere"))
        case SoundBlock():
            yield from _sound(block)


def _picture(picture: Picture) -> Iterator[Line]:
    yield Line(label=_("Picture"), picture=picture.file or picture.origin)
    yield from _text(picture.alt, name_of("picture_alt"))
    yield from _text(picture.caption, name_of("picture_caption"))
    yield from _text(picture.credit, name_of("picture_credit"))
    if picture.focus != FOCUS_CENTRE:
        x, y = picture.focus
        yield from _text(f"{x / 10:g}% × {y / 10:g}%", _("Point that stays in the picture"), is_text=False)


def _table(table: Table) -> Iterator[Line]:
    yield from _text(table.caption, _("Caption of the table"))
    for at, row in enumerate(table.rows):
        tokens = [token for cell in row for token in (_CELL, *_spaced(tokens_of(cell)))]
        is_header = table.header and not at
        yield Line(tuple(tokens[1:]), _("The first row names the columns") if is_header else _("Table"))


def _spaced(cell: Tokens) -> Tokens:
    """The cell with a space behind it, before the next one's line."""
    return (*cell[:-1], cell[-1]._replace(space=" ")) if cell else ()


def _sound(block: SoundBlock) -> Iterator[Line]:
    yield Line(tokens_in(block.title), _("Title of the recording"))
    if block.recording:
        yield Line(tokens_in(_recording(block.recording)), _("Recording"), is_text=False)
    yield from (Line(tokens_of(text), _("Transcript")) for text in block.transcript)


def _recording(recording: Recording) -> str:
    minutes, seconds = divmod(recording.seconds, 60)
    forms = (f"{each.kilobits} kbit/s {each.file[:_SHOWN_DIGITS]}" for each in recording.files)
    return f"{minutes}:{seconds:02} · {' · '.join(forms)}"
