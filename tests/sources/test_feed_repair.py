"""What is nearly XML becomes XML; no word is lost, and nothing inside closes what is around."""

import re
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.sources.feed_repair import repair

AROUND = "<rss><channel>"


def content(text):
    """What ``text`` becomes, without the tags around it and the declarations that were added."""
    found = re.fullmatch(r"<rss[^>]*><channel>(.*)</channel></rss>", repair(AROUND, text), re.DOTALL)
    return found[1]


def check(document):
    expat.ParserCreate(namespace_separator=" ").Parse(document, True)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("<t>a & b &nbsp;c &foo; &amp; &#65; 1 < 2</t>", "<t>a &amp; b \u00a0c &amp;foo; &amp; &#65; 1 &lt; 2</t>"),
        ("<t>&#0;a&#x1F;b&#xFFFE;c&#x1F600;</t>", "<t>abc&#128512;</t>"),
        ("<t>a", "<t>a</t>"),
        ("<t>a</x></item></t>", "<t>a</t>"),
        ("<t><b>a<i>b</b>c</i></t>", "<t><b>a<i>b</i></b>c</t>"),
        ("<a href=x>b</a>", '<a href="x">b</a>'),
        ("<a b='1' b='2' c>d</a>", '<a b="1" c="">d</a>'),
        ("<a b='x & \"y\"'/>", '<a b="x &amp; &quot;y&quot;"/>'),
        ("a<br>b<img src='c'>d", 'a<br/>b<img src="c"/>d'),
        ("a ]]> b", "a ]]&gt; b"),
        ("<![CDATA[a & <b> ]]>c", "<![CDATA[a & <b> ]]>c"),
        ("<![CDATA[a & b", "&lt;![CDATA[a &amp; b"),
        ("<!-- a --><!DOCTYPE x><?php ?>b", "b"),
        ("</channel></rss><t>a</t>", "<t>a</t>"),
        ("<1>a</1><x:y:z>b", "&lt;1&gt;a&lt;/1&gt;&lt;x:y:z&gt;b"),
        ("<t xmlns:x='' xmlns:xml='u' xmlns:xmlns='u' xmlns:y='u'>a</t>", '<t xmlns:y="u">a</t>'),
    ],
)
def test_repairs(broken, whole):
    assert content(broken) == whole


def test_prefixes_that_nothing_declares_mean_what_authors_mean():
    document = repair('<rss xmlns:media="urn:mine"><channel>', "<dc:creator>A</dc:creator><media:x/><odd:y z:z='1'/>")
    assert document.startswith(
        '<rss xmlns:media="urn:mine" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:z="urn:undeclared:z" '
        'xmlns:odd="urn:undeclared:odd"><channel>'
    )
    check(document)


def test_what_follows_the_root_is_kept_inside_it_and_what_precedes_it_goes():
    assert repair("", "junk<rss><a>b</a></rss>tail") == "<rss><a>b</a>tail</rss>"
    assert repair("", "only text <") == ""


SOUP = st.lists(
    st.sampled_from(
        ["<item>", "</item>", "<a>", "</a>", "<b ", "<b x=1>", "<b x='", '"', "'", ">", "<", "&", "&amp;", "&nbsp;",
         "&#0;", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "<!", "</", "/>", "word", "<m:c/>", "<m:c n:a='1'>",
         "<br>", "=", "<d xmlns:m='u'>", "</d>", " xmlns=''", " xmlns:x=''", "]]", "</channel>", "<!DOCTYPE x [", "]>",
         "<x:y:z>", "<xmlns:b>", "<xml:a>", "<item", "<rss>", "\u00e9", "<a b='1' b='2'>"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(SOUP)
def test_whatever_it_is_it_becomes_well_formed(text):
    check(repair(AROUND, text))
    document = repair("", text)
    if document:
        check(document)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["<a>", "</a>", "<b x='1'>", "</b>", "<br>", " & ", " < ", "</x>", "]]>", "<"])))
def test_no_word_is_lost(tags):
    parts = [part for number, tag in enumerate(tags) for part in (f" word{number} ", tag)]
    text = content("".join(parts))
    assert re.findall(r"word\d+", text) == [f"word{number}" for number in range(len(tags))]
