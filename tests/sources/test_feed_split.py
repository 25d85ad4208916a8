"""A feed's text in pieces: what is an item, what only looks like one, what stands around it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.sources.feed_split import Item, Outside, TooLong, split

RSS = '<rss version="2.0"><channel>'
END = "</channel></rss>"


def pieces(text, max_chars=1_000_000, size=None):
    size = size or len(text) or 1
    return list(split(iter([text[at : at + size] for at in range(0, len(text), size)]), max_chars))


def items(text, **options):
    return [piece.text for piece in pieces(text, **options) if isinstance(piece, Item)]


@pytest.mark.parametrize(
    "inside",
    [
        "<![CDATA[</item><item>]]>", "<!-- </item><item> -->", "<?php </item><item> ?>", "<items/><itemlist/><x-item/>",
        "<![CDATA[<!-- ]]>", "<!-- <![CDATA[ -->", "<![CDATA[ ]] > ]>]]>", '<a b="/item>">x</a>', "<a>]]></a>",
        "&lt;/item>", "<media:item/><x:entry>y</x:entry>", "</items>", "< /item>", "<!--><!-- -->", "</channel>",
        "<item-x></item-x>",
    ],
)  # fmt: skip
def test_what_is_inside_an_item_does_not_end_it(inside):
    first, second = f"<item><t>A</t>{inside}<t>B</t></item>", "<item>C</item>"
    assert items(f"{RSS}{first}\n{second}{END}") == [first, second]


@pytest.mark.parametrize(
    ("item", "around"),
    [
        ("<item/>", RSS), ('<ITEM a="b>c">x</ITEM >', RSS), ("<item\n>x</item\n>", RSS), ("<entry>x</entry>", "<feed>"),
        ('<item a="/">x</item>', RSS), ('<a:entry>x<entry/></a:entry>', '<a:feed xmlns:a="http://www.w3.org/2005/Atom">'),
        ("<item rdf:about='x'>y</item>", '<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/">'),
    ],
)  # fmt: skip
def test_items_of_every_kind(item, around):
    found = [piece for piece in pieces(f"<?xml version='1.0'?>{around}{item}") if isinstance(piece, Item)]
    assert [piece.text for piece in found] == [item]
    assert found[0].opening == around


@pytest.mark.parametrize("other", ["<x:item>a</x:item>", '<x:entry xmlns:x="urn:other"/>', "<items>a</items>"])
def test_elements_of_other_vocabularies_are_no_items(other):
    assert items(f"{RSS}{other}{END}") == []


def test_an_item_stands_in_what_is_open_around_it():
    opening = '<rdf:RDF xmlns:rdf="r" xml:lang="ru">'
    closed = '<channel rdf:about="x"><title>T</title></channel>'
    text = f"{opening}{closed}<item>A</item><x><channel><item>B</item></channel></x>"
    first, second = (piece for piece in pieces(text) if isinstance(piece, Item))
    assert (first.opening, first.closing) == (opening, "</rdf:RDF>")
    assert (second.opening, second.closing) == (f"{opening}<channel>", "</channel></rdf:RDF>")


def test_what_stands_around_is_given_whole_without_doctype():
    inside = "<title>T</title><item>A</item>between<item>B</item><link>L</link>"
    text = f'<!DOCTYPE rss [<!ENTITY x "<item>]">\n] >{RSS}{inside}{END}'
    assert "".join(piece.text for piece in pieces(text) if isinstance(piece, Outside)) == (
        f"{RSS}<title>T</title>between<link>L</link>{END}"
    )


def test_an_item_without_end_ends_where_the_next_begins_or_the_text_does():
    assert items(f"{RSS}<item>A<item>B</item><item>C{END}") == ["<item>A", "<item>B</item>", f"<item>C{END}"]


@pytest.mark.parametrize("begin", ["<![CDATA[", "<!--", "<?"])
def test_what_nothing_closes_takes_the_rest_and_makes_no_items_of_it(begin):
    """The text may be a stranger's comment, cut off: nothing in it becomes an item."""
    text = f"<item>A</item><item>{begin} </item><item>forged</item>"
    assert items(RSS + text) == ["<item>A</item>", text.removeprefix("<item>A</item>")]


def test_an_item_that_is_too_long_is_passed_over_and_not_kept():
    long = f"<item><![CDATA[{'x' * 5_000}</item><item>]]></item>"
    found = pieces(f"{RSS}<item>A</item>{long}<item>B</item>{END}", max_chars=1_000, size=100)
    assert [piece for piece in found if isinstance(piece, TooLong)] == [TooLong(outside=False)]
    assert [piece.text for piece in found if isinstance(piece, Item)] == ["<item>A</item>", "<item>B</item>"]


def test_text_between_items_that_is_too_long_is_not_kept_either():
    found = pieces(f"{RSS}{'x' * 5_000}<item>A</item>{END}", max_chars=1_000, size=100)
    assert TooLong(outside=True) in found
    assert items(f"{RSS}{'x' * 5_000}<item>A</item>{END}", max_chars=1_000) == ["<item>A</item>"]


def test_tags_around_items_are_bounded():
    declarations = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(300))
    text = f"<rss {declarations}>" * 60 + "<channel>" * 200 + "<item>A</item>"
    (item,) = (piece for piece in pieces(text) if isinstance(piece, Item))
    assert len(item.opening) <= 16_384
    assert item.opening.count("<") == item.closing.count("</")


SOUP = st.lists(
    st.sampled_from(
        ["<item>", "</item>", "<item", "<entry>", "</entry>", "<item/>", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>",
         "<", ">", '"', "'", "<a b='", "</a>", "<rss>", "</rss>", "<channel>", "</channel>", "x", " ", "\n", "</",
         "<x:item>", "<r:item xmlns:r='http://purl.org/rss/1.0/'>", "</r:item>", "<" + "a" * 140, "é"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(SOUP, st.integers(1, 50))
def test_it_does_not_matter_how_the_text_comes_in(text, size):
    assert pieces(text, size=size) == pieces(text)


@settings(max_examples=300, deadline=None)
@given(SOUP, st.integers(1, 50))
def test_nothing_is_lost(text, size):
    assert "".join(piece.text for piece in pieces(text, size=size)) == text


@settings(max_examples=100, deadline=None)
@given(SOUP, st.integers(1, 50))
def test_nothing_over_the_limit_is_given(text, size):
    assert all(isinstance(piece, TooLong) or len(piece.text) <= 20 for piece in pieces(text, max_chars=20, size=size))
