"""Markdown (CommonMark 0.31, tables, strikethrough) into blocks, through the same gate as any foreign HTML."""

import re
from typing import Final

from markdown_it import MarkdownIt

from tamizdat.markup.line import without_controls
from tamizdat.markup.read import Markup, plain_text, read_html

# Block quotations and lists nest by recursion in the library; what lies deeper it would leave out.
_MAX_NESTING: Final = 60
_TITLE: Final = re.compile(r"\s*<h1>(.*?)</h1>", re.DOTALL)


def read_markdown(text: str, *, base: str = "", title: bool = False) -> tuple[str, Markup]:
    """The title and the blocks of a Markdown text. Raw HTML in it is read like any other.

    With ``title`` a first-level heading that opens the text is taken out of it and returned in plain words; otherwise
    the first value is empty. Never raises.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    tokens = parser.parse(without_controls(text))
    html = parser.renderer.render(tokens, parser.options, {})
    headline = ""
    if title and (found := _TITLE.match(html)):
        headline, html = plain_text(found[1]), html[found.end() :]
    markup = read_html(html, base=base)
    if any(token.level >= _MAX_NESTING - 2 for token in tokens):
        note = f"what is nested more than {_MAX_NESTING // 2} deep was left out"
        markup = Markup(markup.blocks, (*markup.notes, note))
    return headline, markup
