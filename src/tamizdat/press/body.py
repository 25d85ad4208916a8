"""The body of a story as the page shows it, block by block, and blocks cut so that each fits on one page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Final, TypeVar

from tamizdat.markup.write import block_html
from tamizdat.press.shown import balanced, clip
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
    Table,
    plain,
    rich,
)

T = TypeVar("T")

FigureHtml = Callable[[Picture], str]
"""How a picture in the body is shown."""
SoundHtml = Callable[[SoundBlock], str]
"""How something to listen to is shown."""

LEAST_PIECE_BYTES: Final = 3_000
"""Blocks that are cut smaller than this may come out heavier."""
RUN_BYTES: Final = 16
"""What one run, item or cell weighs besides its text: more than its tags take when they are compressed."""
_SOUND_FILE_BYTES: Final = 300
"""A file of a recording: its address twice, and what it is."""
_ADDRESS_BYTES: Final = 2_000
"""A link whose address is longer is only text where its block has to be cut; feeds and editions have it whole."""
_ALT_BYTES: Final = 1_000
"""Where a picture has to be cut, what describes it is shortened to this, and follows whole as a paragraph."""
_NAME_BYTES: Final = 400
"""A table's caption stands in each of its pieces, and a quotation's attribution below it, if no longer than this."""


@dataclass(frozen=True, slots=True)
class ListPart(ListBlock):
    """A piece of a list; ``first`` is the number of its first item."""

    first: int = 1


@dataclass(frozen=True, slots=True)
class SoundPart(SoundBlock):
    """A later part of the transcript of a recording that has its player before it."""


def page_html(
    block: Block, figure: FigureHtml, leads_elsewhere: str, words_lang: str = "", sound: SoundHtml = block_html
) -> str:
    """One block as HTML. ``leads_elsewhere`` warns of what an embed's link does; ``words_lang`` says its language."""
    match block:
        case SoundBlock():
            return sound(block)
        case PictureBlock(picture):
            return figure(picture)
        case Table(_, _, caption):
            # Wide tables scroll in themselves; a keyboard can only scroll what it can reach.
            label = f' role="region" aria-label="{escape(caption)}"' if caption else ""
            return f'<div class="scroll" tabindex="0"{label}>{block_html(block)}</div>'
        case Embed(url, title):
            return (
                f'<p class="embed"><a href="{escape(url)}" rel="noreferrer">{escape(balanced(title))}</a>'
                f" <small{words_lang}>{escape(leads_elsewhere)}</small></p>"
            )
        case ListPart(_, True, first):
            return block_html(block).replace("<ol>", f'<ol start="{first}">', 1)
        case _:
            return block_html(block)


def cut(block: Block, max_bytes: int) -> Iterator[Block]:
    """``block``, in as many pieces as it takes for each to weigh at most ``max_bytes``, in order.

    The weight of a piece is what it adds to a page if nothing of it can be compressed; ``max_bytes`` should be
    ``LEAST_PIECE_BYTES`` or more. Paragraphs are cut at spaces where there are any; lists, tables and quotations
    between their items. A table repeats a header that leaves room for rows. What of a list, table, picture or embed is
    too long for its place follows as paragraphs.
    """
    if _weight(block) <= max_bytes:
        yield block
        return
    match block:
        case Paragraph(text):
            yield from map(Paragraph, cut_text(text, max_bytes))
        case Heading(text, level):
            yield from (Heading(piece, level) for piece in cut_text(text, max_bytes))
        case ListBlock():
            yield from _cut_list(block, max_bytes)
        case Quote():
            yield from _cut_quote(block, max_bytes)
        case Table():
            yield from _cut_table(block, max_bytes)
        case PictureBlock(picture):
            described = _size(picture.alt) <= _ALT_BYTES
            alt = picture.alt if described else clip(picture.alt, _ALT_BYTES // 4)
            yield PictureBlock(replace(picture, alt=alt, caption="", credit=""))
            for words in (picture.caption, picture.credit, "" if described else picture.alt):
                yield from _paragraphs(words, max_bytes)
        case SoundBlock():
            yield from _cut_sound(block, max_bytes)
        case Embed(url, title):
            linked = len(url.encode()) <= _ADDRESS_BYTES
            for piece in cut_text(rich(title), max_bytes - _ADDRESS_BYTES):
                yield Embed(url, plain(piece)) if linked else Paragraph(piece)
                linked = False


def cut_text(text: RichText, max_bytes: int) -> Iterator[RichText]:
    """Rich text in pieces that weigh at most ``max_bytes``, whose joined text is the whole text. None is empty."""
    piece: list[Run] = []
    room = max_bytes
    for whole in text:
        run = whole if len(whole.href.encode()) <= _ADDRESS_BYTES else replace(whole, href="")
        around, rest = RUN_BYTES + _size(run.href), run.text
        while rest:
            head = _head(rest, room - around, needed=not piece)
            if head:
                piece.append(replace(run, text=head))
                room -= around + _size(head)
                rest = rest[len(head) :]
            if rest:
                yield rich(piece)
                piece, room = [], max_bytes
    if piece:
        yield rich(piece)


def _head(text: str, max_bytes: int, *, needed: bool) -> str:
    """As much of ``text`` as fits, up to and with its last space; empty only if it is not ``needed``."""
    room = max(0, max_bytes)
    head = text[:room]
    while (size := _size(head)) > room:
        head = head[: len(head) * room // size]
    if len(head) == len(text):
        return text
    space = head.rfind(" ") + 1
    if needed:
        # A word that begins early and never ends is cut; a piece of two letters would be no better.
        return head[:space] if 2 * space > len(head) else head or text[:1]
    return head[:space]


def _size(text: str) -> int:
    """Bytes of a text in a page."""
    return len(escape(text).encode())


def _text_weight(text: RichText) -> int:
    return sum(_size(run.text) + _size(run.href) + RUN_BYTES for run in text)


def _weight(block: Block) -> int:
    match block:
        case Paragraph(text) | Heading(text):
            return _text_weight(text)
        case ListBlock(items):
            return sum(map(_text_weight, items))
        case Quote(paragraphs, attribution):
            return sum(map(_text_weight, paragraphs)) + _size(attribution)
        case Table(rows, _, caption):
            return sum(map(_row_weight, rows)) + 2 * _size(caption)
        case PictureBlock(picture):
            return _size(picture.alt) + _size(picture.caption) + _size(picture.credit)
        case Embed(url, title):
            return _size(url) + _size(title)
        case SoundBlock(title, transcript):
            return _sound_frame(block) + 2 * _size(title) + sum(map(_text_weight, transcript))


def _row_weight(row: tuple[RichText, ...]) -> int:
    return sum(map(_text_weight, row))


def _groups(weighed: Iterable[tuple[int, T]], max_bytes: int) -> Iterator[list[T]]:
    """Things in groups of at most ``max_bytes`` (or one thing)."""
    group: list[T] = []
    room = max_bytes
    for weight, thing in weighed:
        if group and weight > room:
            yield group
            group, room = [], max_bytes
        group.append(thing)
        room -= weight
    if group:
        yield group


def _paragraphs(text: str, max_bytes: int) -> Iterator[Paragraph]:
    return map(Paragraph, cut_text(rich(text) if text else (), max_bytes))


def _cut_list(block: ListBlock, max_bytes: int) -> Iterator[Block]:
    """Pieces of a list that go on counting. An item that is too long itself goes on as paragraphs."""
    group: list[RichText] = []
    room, first = max_bytes, 1
    for number, item in enumerate(block.items, 1):
        head, *more = list(cut_text(item, max_bytes)) or [item]
        if group and _text_weight(head) > room:
            yield ListPart(tuple(group), block.ordered, first)
            group, room, first = [], max_bytes, number
        group.append(head)
        room -= _text_weight(head)
        if more:
            yield ListPart(tuple(group), block.ordered, first)
            yield from map(Paragraph, more)
            group, room, first = [], max_bytes, number + 1
    if group:
        yield ListPart(tuple(group), block.ordered, first)


def _cut_quote(quote: Quote, max_bytes: int) -> Iterator[Block]:
    """Quotations of whole paragraphs, the last with the attribution, or before it where it has no room there."""
    fits = _size(quote.attribution) <= _NAME_BYTES
    room = max_bytes - (_size(quote.attribution) if fits else 0)
    pieces = [piece for paragraph in quote.paragraphs for piece in cut_text(paragraph, room)]
    groups = list(_groups(((_text_weight(piece), piece) for piece in pieces), room))
    for at, group in enumerate(groups, 1):
        yield Quote(tuple(group), quote.attribution if fits and at == len(groups) else "")
    if not fits:
        yield from _paragraphs(quote.attribution, max_bytes)


def _cut_sound(block: SoundBlock, max_bytes: int) -> Iterator[Block]:
    """The recording with the beginning of its transcript, then the rest of that."""
    title = block.title
    if _size(title) > _NAME_BYTES:
        yield from _paragraphs(title, max_bytes)
        title = clip(title, _NAME_BYTES // 4)
    room = max(max_bytes - _sound_frame(block) - 2 * _size(title), RUN_BYTES)
    pieces = [piece for paragraph in block.transcript for piece in cut_text(paragraph, room)]
    first, *more = _groups(((_text_weight(piece), piece) for piece in pieces), room)
    yield replace(block, title=title, transcript=tuple(first))
    for group in more:
        yield SoundPart(title, tuple(group))


def _sound_frame(block: SoundBlock) -> int:
    """What a recording weighs besides its words."""
    return _SOUND_FILE_BYTES * len(block.recording.files) if block.recording else 0


def _cut_table(table: Table, max_bytes: int) -> Iterator[Block]:
    caption = table.caption
    if _size(caption) > _NAME_BYTES:
        yield from _paragraphs(caption, max_bytes)
        caption = ""
    head = table.rows[:1] if table.header and _row_weight(table.rows[0]) <= max_bytes // 4 else ()
    room = max_bytes - sum(map(_row_weight, head)) - 2 * _size(caption)
    rows = (piece for row in table.rows[len(head) :] for piece in _cut_row(row, room))
    for group in list(_groups(((_row_weight(row), row) for row in rows), room)) or [[]]:
        yield Table((*head, *group), bool(head), caption)


def _cut_row(row: tuple[RichText, ...], max_bytes: int) -> Iterator[tuple[RichText, ...]]:
    """A row in as many rows as it takes, each cell's text in its own column."""
    if _row_weight(row) <= max_bytes:
        yield row
        return
    cells: list[RichText] = [()] * len(row)
    room = max_bytes
    for column, cell in enumerate(row):
        for piece in cut_text(cell, max_bytes):
            if _text_weight(piece) > room or cells[column]:
                yield tuple(cells)
                cells, room = [()] * len(row), max_bytes
            cells[column] = piece
            room -= _text_weight(piece)
    yield tuple(cells)
