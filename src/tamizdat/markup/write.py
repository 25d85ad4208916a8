"""Blocks of a story as clean HTML: no attribute but addresses and texts, everything escaped.

``read_html(to_html(blocks))`` gives the blocks back, as far as HTML can carry them: white space collapses, and what the
press added to a picture (file, size, focus) stays behind.
"""

from collections.abc import Callable, Iterable
from html import escape
from typing import assert_never

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
    SoundBlock,
    Table,
)

PictureAddress = Callable[[Picture], str]
"""Where the reader of the HTML finds a picture."""


def origin_address(picture: Picture) -> str:
    """Where the picture came from."""
    return picture.origin


def to_html(blocks: Iterable[Block], picture_address: PictureAddress = origin_address) -> str:
    """The blocks as HTML elements, one a line. ``picture_address`` gives the ``src`` of each picture."""
    return "\n".join(block_html(block, picture_address) for block in blocks)


def inline_html(text: RichText) -> str:
    """Rich text as ``<a>``, ``<strong>`` and ``<em>``."""
    return "".join(_run(run.text, emphasis=run.emphasis, strong=run.strong, href=run.href) for run in text)


def _run(text: str, *, emphasis: bool, strong: bool, href: str) -> str:
    html = escape(text)
    if emphasis:
        html = f"<em>{html}</em>"
    if strong:
        html = f"<strong>{html}</strong>"
    return f'<a href="{escape(href)}">{html}</a>' if href else html


def block_html(block: Block, picture_address: PictureAddress = origin_address) -> str:
    """One block as one HTML element."""
    match block:
        case Paragraph(text):
            return f"<p>{inline_html(text)}</p>"
        case Heading(text, level):
            return f"<h{level}>{inline_html(text)}</h{level}>"
        case Quote(paragraphs, attribution):
            inside = "".join(f"<p>{inline_html(text)}</p>" for text in paragraphs)
            who = f"<footer>{escape(attribution)}</footer>" if attribution else ""
            return f"<blockquote>{inside}{who}</blockquote>"
        case ListBlock(items, ordered):
            tag = "ol" if ordered else "ul"
            return f"<{tag}>{''.join(f'<li>{inline_html(item)}</li>' for item in items)}</{tag}>"
        case PictureBlock(picture):
            return _figure(picture, picture_address(picture))
        case Table():
            return _table(block)
        case Embed(url, title):
            return f'<figure><a href="{escape(url)}">{escape(title)}</a></figure>'
        case SoundBlock(title, transcript):
            words = "".join(f"<p>{inline_html(text)}</p>" for text in transcript)
            return f"<section><h4>{escape(title)}</h4>{words}</section>"
        case _:
            assert_never(block)


def _figure(picture: Picture, address: str) -> str:
    credit = f"<small>{escape(picture.credit)}</small>" if picture.credit else ""
    words = f"{escape(picture.caption)} {credit}" if picture.caption and credit else escape(picture.caption) + credit
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    size = f' width="{picture.width}" height="{picture.height}"' if picture.width and picture.height else ""
    return f'<figure><img src="{escape(address)}" alt="{escape(picture.alt)}"{size}>{caption}</figure>'


def _table(table: Table) -> str:
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    rows = [_row(row, "th" if table.header and not at else "td") for at, row in enumerate(table.rows)]
    head = f"<thead>{rows.pop(0)}</thead>" if table.header else ""
    return f"<table>{caption}{head}<tbody>{''.join(rows)}</tbody></table>"


def _row(row: tuple[RichText, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{inline_html(cell)}</{tag}>' for cell in row)}</tr>"
