"""Lines that become HTML without a detour give byte for byte what blocks give."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strategies import stories
from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.markup.write import block_html
from tamizdat.press.body import RUN_BYTES, cut, page_html
from tamizdat.press.manuscript import Manuscript
from tamizdat.story import Heading, Paragraph, Run, Story, Table, plain, rich

HEADER = b"ia\ngen\nhH\nd2026-11-23T18:02:00Z\n"


def on_page(block):
    return page_html(block, lambda picture: f"<img {picture.file[:4]}>", "leads elsewhere")


def with_body(*blocks):
    return replace(story_from_bytes(HEADER), body=blocks)


@given(stories(), st.sampled_from([block_html, on_page]))
@example(with_body(Paragraph(rich("<a> & \"b\" 'c' \u2028 \u0085 \u200c"))), on_page)
@example(with_body(Paragraph((Run("a"), Run("b", strong=True)))), on_page)
def test_a_body_is_the_same_with_and_without_the_detour(story: Story, html_of):
    manuscript = Manuscript.of(story_to_bytes(story))
    assert manuscript.html(html_of) == [html_of(block) for block in story.body]
    assert manuscript == Manuscript.of(story)


@given(stories(), st.integers(4, 90) | st.just(24_000))
@example(with_body(Paragraph(rich("x" * 60))), 60 + RUN_BYTES)
@example(with_body(Paragraph(rich("x" * 61))), 60 + RUN_BYTES)
@example(with_body(Paragraph(rich("я " * 20))), 59 + RUN_BYTES)
@example(with_body(Paragraph(rich("я " * 20))), 60 + RUN_BYTES)
@example(with_body(Paragraph(rich("<" * 10))), 39 + RUN_BYTES)
@example(with_body(Paragraph(rich("<" * 10))), 40 + RUN_BYTES)
def test_a_body_is_cut_in_the_same_places(story: Story, most):
    pieces = [piece for block in story.body for piece in cut(block, most)]
    assert Manuscript.of(story).html(on_page, most) == [on_page(piece) for piece in pieces]


@given(stories())
def test_the_first_words_are_those_of_the_first_text(story: Story):
    texts = [plain(block.text) for block in story.body if isinstance(block, Paragraph | Heading)]
    assert Manuscript.of(story).first_words() == (texts or [""])[0]


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("XA line of & after\x01 our time", "<p>A line of &amp; after  our time</p>"),
        ("P\x01now\x01", "<p><em>now</em></p>"),
        ("2Head <b>", "<h2>Head &lt;b&gt;</h2>"),
    ],
)
def test_lines_that_are_no_plain_paragraph_take_the_detour(line, html):
    assert Manuscript.of(HEADER + f"{line}\nPx\n".encode()).html(on_page) == [html, "<p>x</p>"]


def test_a_block_of_many_lines_does_not_move_those_after_it():
    body = (Table(((rich("a"),), (rich("b"),))), Paragraph(rich("after")))
    assert Manuscript.of(with_body(*body)).html(block_html)[1:] == ["<p>after</p>"]
