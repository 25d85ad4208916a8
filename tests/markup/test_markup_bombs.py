"""Markdown and HTML that are made to cost time: the work grows with the text and not with its square.

Measured in processor time and only as a ratio, so that a slow or busy machine changes nothing.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.markup import read_html, read_markdown
from tamizdat.story import Paragraph

SIZE = 25_000
# Below this there is nothing worth measuring: a quadratic step that costs less here costs four seconds at 100 kB.
FLOOR_SECONDS = 0.25
SINGLES = [
    "&",
    "<",
    ">",
    "*",
    "_",
    "[",
    "]",
    "(",
    "!",
    "`",
    "~",
    "|",
    "#",
    "\n> ",
    "- ",
    ":",
    "\\",
    '"',
    "a",
    "\n",
    " ",
]


def cost(read, text):
    began = time.process_time()
    read(text)
    return time.process_time() - began


def assert_linear(read, make):
    """Four times the text may cost eight times the work; sixteen times would be quadratic."""
    first = cost(read, make(SIZE))
    if first > FLOOR_SECONDS:
        assert cost(read, make(4 * SIZE)) < 8 * first


def again(unit):
    return lambda size: unit * (size // len(unit))


def growing(before, step, after):
    """``before``, as many of ``step`` as fit, the last part as often."""
    return lambda size: before + step * (size // len(step + after)) + after * (size // len(step + after))


def nested_lists(size):
    lines = [f"{'  ' * depth}* a\n" for depth in range(int(size**0.5))]
    return "".join(lines)


def backtick_runs(size):
    return "".join(f"e{'`' * length}" for length in range(int((2 * size) ** 0.5)))


MARKDOWN = {
    **{repr(unit): again(unit) for unit in SINGLES},
    "image openers": again("!["),
    "image openers, closed": growing("", "![", "]"),
    "links in links": growing("", "[", "](b)"),
    "images in images": growing("", "![", "](b)"),
    "brackets, one closed": lambda size: "[" * size + "]",
    "links in images": again("[![a](b)](c)"),
    "image and link openers": again("[![]("),
    "label openers": again("[a]["),
    "destinations that nothing ends": again("[a](<b"),
    "titles that nothing ends": again('[a](b "'),
    "parentheses in a destination": lambda size: "[a](" + "(" * size,
    "links with emphasis": again("**x [a*b**c*](d)"),
    "emphasis in emphasis": growing("", "*a **a ", " a** a*"),
    "emphasis openers": again("_a "),
    "emphasis closers": again("a_ "),
    "emphasis that does not match": again("*a_ "),
    "rule of three": growing("", "a**b", "c* "),
    "struck out": again("~~a"),
    "long runs": lambda size: "*" * (size // 2) + "a" + "*" * (size // 2),
    "runs of backticks": backtick_runs,
    "code in brackets": again("[`a"),
    "comments": again("<!-- "),
    "instructions": again("<?a "),
    "declarations": again("<!A "),
    "sections": again("<![CDATA[ a"),
    "tags with attributes": again("<a a='"),
    "one tag, many attributes": growing("<a ", "a=b ", ""),
    "closing tags": again("</a "),
    "addresses": again("<http://a "),
    "an address of one letter": lambda size: "<" + "a" * size + "@",
    "quotations in quotations": growing("", "> ", ""),
    "lists in lists": nested_lists,
    "lists in lists, again and again": again("- " * 20 + "a\n"),
    "lists and quotations": again("> - " * 12 + "a\n"),
    "a deep list and empty lines": lambda size: "- " * 25 + "x\n" + "\n" * size + "a",
    "definitions": growing("", "[a]: u\n", "[a] "),
    "definitions that nothing ends": again("[a\n"),
    "a title over many lines": growing("[a]: b '", "\nx", ""),
    "tables": again("a|b\n-|-\n"),
    "a wide table": lambda size: "|a" * 300 + "\n" + "|-" * 300 + "\n" + "|\n" * size,
    "many rows": growing("|a|b|\n|-|-|\n", "|x|y|\n", ""),
    "fences": again("```\n"),
    "line ends": again("a  \n"),
    "white space": lambda size: "a" + " " * size + "b",
    "headings": again("a\n=\n"),
    "entities": again("&amp;"),
    "numbers": again("1. "),
}  # fmt: skip

HTML = {
    **{repr(unit): again(unit) for unit in ("&", "<", '"', "</", "<!", "<!--", "<?", "&lt", "&#1", "<a ", "<b", "/>")},
    **{f"<{tag}>": again(f"<{tag}>") for tag in ("p", "b", "div", "table", "td", "li", "q", "select", "svg", "pre")},
    **{f"nested {tag}": growing("", f"<{tag}>", f"</{tag}>") for tag in ("b", "div", "table", "ul", "blockquote", "a")},
    "text in pieces": again("a&amp;"),
    "marks": again("a<b>b</b>"),
    "mismatched": again("<b><p></b></p>"),
    "attributes": lambda size: "<p " + "".join(f"a{number}=b " for number in range(size // 9)) + ">x",
    "a long address": lambda size: "<a href='" + "/a" * (size // 2) + "'>x",
    "srcset": growing("<img alt=a srcset='", "a 1x, ", "'>"),
    "captions of a table": growing("<table>", "<caption>a</caption>", ""),
    "captions of figures": growing("<figure>" * 30, "<figcaption>a</figcaption>", ""),
    "pictures of a figure": lambda size: "<figure>" + "".join(f"<img alt=a src={n}>" for n in range(size // 20)),
    "cells": growing("<table>", "<tr><td>a", ""),
    "spans": growing("<table>", "<tr><td colspan=64 rowspan=64>a", ""),
    "lists in lists": growing("<ul>" * 31, "<li>a</li>", ""),
    "losses": lambda size: "".join(f"<a href='javascript:{number}'>x</a>" for number in range(size // 30)),
    "players": again("<iframe src=/a></iframe>"),
    "posts": again("<blockquote class=twitter-tweet><p>x"),
    "comments that end early": again("<!--a--"),
    "unseen": again("<script>a"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_takes_time_in_proportion(name):
    assert_linear(read_markdown, MARKDOWN[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", HTML)
def test_html_takes_time_in_proportion(name):
    assert_linear(read_html, HTML[name])


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(SINGLES), min_size=2, max_size=4).map("".join))
def test_no_few_characters_repeated_cost_more_than_their_length(unit):
    assert_linear(read_markdown, again(unit))
    assert_linear(read_html, again(unit))


@pytest.mark.parametrize("text", ["[" * 25_000, "![" * 12_000 + "a" + "](b)" * 5_000, "[![](" * 5_000])
def test_brackets_without_end_stay_text_and_it_is_said(text):
    _, markup = read_markdown(text)
    assert any("square brackets" in note for note in markup.notes)
    assert markup.words.startswith(text[:20])


def test_many_links_are_no_bomb():
    paragraph = "Word [one](https://e.org/1 'title') and ![a *picture*](https://e.org/2.jpg) and [a `b` [c]](d). " * 10
    _, markup = read_markdown(f"{paragraph}\n\n" * 100)
    assert markup.notes == ()
    links = [run.href for block in markup.blocks if isinstance(block, Paragraph) for run in block.text if run.href]
    assert links.count("https://e.org/1") == links.count("d") == 1_000
