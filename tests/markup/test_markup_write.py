"""Blocks into HTML and back; Markdown through the same gate."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.markup import read_html, read_markdown, to_html
from tamizdat.story import (
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Table,
    rich,
)

# Text as HTML can carry it: single spaces, none at the ends.
TEXT = st.lists(
    st.text(st.sampled_from("abз漢ن<>&\"'`;\u00a0\u200f\u0085\ufeff\U0001f600"), min_size=1, max_size=6).map(
        lambda text: f"x{text}"
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
HREF = st.sampled_from(["", "", "https://e.org/?a=1&b='2'", "mailto:a@b.c", "/rel", "../up", "#x", "http://é.org/%20"])
RUN = st.builds(Run, TEXT, st.booleans(), st.booleans(), HREF)
RICH = st.lists(RUN, min_size=1, max_size=4).map(rich)
PICTURE = st.builds(
    Picture, TEXT, caption=st.just("") | TEXT, credit=st.just("") | TEXT, origin=st.just("https://e.org/p.jpg")
)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 3))
    rows = draw(st.lists(st.tuples(*[RICH | st.just(())] * width), min_size=1, max_size=3))
    rows[0] = (draw(RICH), *rows[0][1:])
    return Table(tuple(rows), draw(st.booleans()), draw(st.just("") | TEXT))


BLOCK = st.one_of(
    st.builds(Paragraph, RICH),
    st.builds(Heading, RICH, st.sampled_from([2, 3, 4])),
    st.builds(Quote, st.lists(RICH, min_size=1, max_size=3).map(tuple), st.just("") | TEXT),
    st.builds(ListBlock, st.lists(RICH, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(PictureBlock, PICTURE),
    tables(),
    st.builds(Embed, HREF.filter(bool), TEXT),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(BLOCK, max_size=6).map(tuple))
def test_blocks_to_html_and_back(blocks):
    found = read_html(to_html(blocks))
    assert found.blocks == blocks
    assert found.notes == ()


def test_everything_is_escaped():
    hostile = "<script>alert('1')</script>\"&"
    picture = Picture(hostile, caption=hostile, credit=hostile, origin="https://e.org/?a=1&b=2")
    html = to_html(
        (
            Paragraph(rich(hostile)),
            Heading(rich(hostile)),
            Quote((rich(hostile),), hostile),
            ListBlock((rich(hostile),)),
            PictureBlock(picture),
            Table(((rich(hostile),),), caption=hostile),
            Embed("https://e.org/?a=1&b=2", hostile),
        )
    )
    assert "<script" not in html
    assert '"&"' not in html
    assert "a=1&amp;b=2" in html


def test_the_press_says_where_pictures_are():
    block = PictureBlock(Picture("A", width=640, height=480))
    assert to_html([block], lambda picture: "pictures/x.jpg") == (
        '<figure><img src="pictures/x.jpg" alt="A" width="640" height="480"></figure>'
    )


# --- Markdown ---


def test_markdown_blocks():
    text = (
        "# Title *here*\n\nA **b** [c](d.html).\n\n> Said.\n>\n> <cite>Nele</cite>\n\n1. a\n   - b\n\n"
        "| x | y |\n| - | - |\n| 1 | 2 |\n\n![Boat](b.jpg)\n\n"
        "<figure><img src=c.jpg><figcaption>Cap</figcaption></figure>\n"
    )
    title, found = read_markdown(text, title=True)
    assert title == "Title here"
    kinds = [type(block) for block in found.blocks]
    assert kinds == [Paragraph, Quote, ListBlock, Table, PictureBlock, PictureBlock]
    assert found.blocks[1] == Quote((rich("Said."),), "Nele")
    assert found.blocks[3].header


def test_markdown_keeps_its_first_heading_unless_asked():
    assert read_markdown("# T\n\nx")[1].blocks[0] == Heading(rich("T"))
    assert read_markdown("x\n\n# T", title=True)[0] == ""


def test_markdown_says_what_it_lost():
    assert "struck-out" in read_markdown("~~gone~~")[1].notes[0]
    assert "javascript" in read_markdown('<a href="javascript:x">a</a>')[1].notes[0]
    assert "nested" in read_markdown(">" * 500 + "deep")[1].notes[0]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.text("#*_>-`[]()!|<&~\\ \n\t0a.\x00\ud800")))
def test_no_markdown_raises(text):
    read_markdown(text, title=True)
