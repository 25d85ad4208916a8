"""The body of a story as the page shows it, block by block, and blocks cut so that each fits on one page."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from typing import Final

from tamizdat.markup.write import block_html
from tamizdat.story import Block, Embed, ListBlock, Paragraph, Picture, PictureBlock, Quote, RichText, Table, rich

FigureHtml = Callable[[Picture], str]
"""How a picture in the body is shown."""

_MARKUP_BYTES: Final = 64
"""More than what the tags around one block take."""


def page_html(block: Block, figure: FigureHtml, leads_elsewhere: str) -> str:
    """One block as HTML. ``leads_elsewhere`` warns, in the page's language, of what an embed's link does."""
    match block:
        case PictureBlock(picture):
            return figure(picture)
        case Table(_, _, caption):
            # Wide tables scroll in themselves; a keyboard can only scroll what it can reach.
            label = f' role="region" aria-label="{escape(caption)}"' if caption else ""
            return f'<div class="scroll" tabindex="0"{label}>{block_html(block)}</div>'
        case Embed(url, title):
            return (
                f'<p class="embed"><a href="{escape(url)}" rel="noreferrer">{escape(title)}</a>'
                f" <small>{escape(leads_elsewhere)}</small></p>"
            )
        case _:
            return block_html(block)


def cut(block: Block, max_bytes: int) -> Iterator[Block]:
    """``block``, in as many pieces as it takes for each to stay under ``max_bytes`` of text (UTF-8), in order.

    Paragraphs are cut at spaces where there are any; lists, tables and quotations between their items. A table repeats
    its header.
    """
    match block:
        case Paragraph(text):
            yield from (Paragraph(piece) for piece in cut_text(text, max_bytes))
        case ListBlock(items):
            pieces = [piece for item in items for piece in cut_text(item, max_bytes)]
            yield from (replace(block, items=tuple(group)) for group in _groups(pieces, max_bytes))
        case Quote(paragraphs, attribution):
            pieces = [piece for paragraph in paragraphs for piece in cut_text(paragraph, max_bytes)]
            groups = list(_groups(pieces, max_bytes))
            for at, group in enumerate(groups, 1):
                yield Quote(tuple(group), attribution if at == len(groups) else "")
        case Table():
            yield from _cut_table(block, max_bytes)
        case _:
            yield block


def cut_text(text: RichText, max_bytes: int) -> Iterator[RichText]:
    """Rich text in pieces under ``max_bytes``, whose joined text is the whole text."""
    piece: list[RichText] = []
    room = max_bytes
    for run in text:
        rest = run.text
        while rest:
            head = _head(rest, room, whole_words=bool(piece) or room == max_bytes)
            if head:
                piece.append((replace(run, text=head),))
                room -= len(head.encode())
                rest = rest[len(head) :]
            if rest:
                yield rich(run for part in piece for run in part)
                piece, room = [], max_bytes
    yield rich(run for part in piece for run in part)


def _head(text: str, max_bytes: int, *, whole_words: bool) -> str:
    """As much of ``text`` as fits, up to and with its last space; may be empty where ``max_bytes`` is small."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    head = data[:max_bytes].decode(errors="ignore")
    space = head.rfind(" ") + 1
    return head[:space] if space and whole_words else head


def _size(text: RichText) -> int:
    return sum(len(run.text.encode()) + len(run.href) + _MARKUP_BYTES for run in text) + _MARKUP_BYTES


def _groups(items: list[RichText], max_bytes: int) -> Iterator[list[RichText]]:
    group: list[RichText] = []
    size = 0
    for item in items:
        if group and size + _size(item) > max_bytes:
            yield group
            group, size = [], 0
        group.append(item)
        size += _size(item)
    yield group


def _cut_table(table: Table, max_bytes: int) -> Iterator[Table]:
    head = table.rows[:1] if table.header else ()
    rows = table.rows[len(head) :]
    first = size = sum(map(_size, head[0])) if head else 0
    group: list[tuple[RichText, ...]] = []
    for row in rows:
        row_size = sum(map(_size, row))
        if group and size + row_size > max_bytes:
            yield replace(table, rows=(*head, *group))
            group, size = [], first
        group.append(row)
        size += row_size
    yield replace(table, rows=(*head, *group))
