"""Markdown (CommonMark 0.31, tables, strikethrough) into blocks, through the same gate as any foreign HTML."""

import re
from types import SimpleNamespace
from typing import Final

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline

from tamizdat.markup.line import without_controls
from tamizdat.markup.read import Markup, plain_text, read_html

# Block quotations and lists nest by recursion in the library; what lies deeper it would leave out.
_MAX_NESTING: Final = 60
_TITLE: Final = re.compile(r"\s*<h1>(.*?)</h1>", re.DOTALL)
# For each bracket the library looks for its partner through all that follows, up to the nesting bound again for each
# bracket on the way. Texts that people write take a small part of this.
_STEPS_PER_CHAR: Final = 2
_FREE_STEPS: Final = 10_000
_STEPS: Final = "steps left"


def read_markdown(text: str, *, base: str = "", title: bool = False) -> tuple[str, Markup]:
    """The title and the blocks of a Markdown text. Raw HTML in it is read like any other.

    With ``title`` a first-level heading that opens the text is taken out of it and returned in plain words; otherwise
    the first value is empty. Never raises. Time grows with the number of characters.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    helping = {name: getattr(helpers, name) for name in helpers.__all__} | {"parseLinkLabel": _label_end}
    parser.helpers = SimpleNamespace(**helping)  # type: ignore[assignment] # a module by default, but only asked for names
    clean = without_controls(text)
    environment = {_STEPS: _STEPS_PER_CHAR * len(clean) + _FREE_STEPS}
    tokens = parser.parse(clean, environment)
    html = parser.renderer.render(tokens, parser.options, environment)
    headline = ""
    if title and (found := _TITLE.match(html)):
        headline, html = plain_text(found[1]), html[found.end() :]
    markup = read_html(html, base=base)
    notes = list(markup.notes)
    if any(token.level >= _MAX_NESTING - 2 for token in tokens):
        notes.append(f"what is nested more than {_MAX_NESTING // 2} deep was left out")
    if environment[_STEPS] < 0:
        notes.append("has far more square brackets than links: some links were left as they are written")
    return headline, Markup(markup.blocks, tuple(notes))


def _label_end(state: StateInline, start: int, disable_nested: bool = False) -> int:
    """Where the label that opens at ``start`` ends, or -1: the library's own search, within the steps left."""
    before, level, end = state.pos, 1, -1
    state.pos = start + 1
    while state.pos < state.posMax and state.env[_STEPS] >= 0:
        state.env[_STEPS] -= 1
        marker, at = state.src[state.pos], state.pos
        if marker == "]":
            level -= 1
            if not level:
                end = state.pos
                break
        state.md.inline.skipToken(state)
        if marker == "[":
            if at == state.pos - 1:
                level += 1
            elif disable_nested:
                break
    state.pos = before
    return end
