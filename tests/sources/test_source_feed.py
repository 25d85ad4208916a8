"""Feeds as found in the wild: RSS 2.0, RSS 1.0, Atom; texts, pictures, dates, languages, faults."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, Take
from tamizdat.errors import SourceError
from tamizdat.limits import Limits
from tamizdat.sources import feed as feed_module
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed, Paragraph, Picture, PictureBlock, Run, plain, rich

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)
DATE = "<pubDate>Mon, 23 Nov 2026 12:00:00 +0300</pubDate>"


def rss(*items, language="<language>ru-RU</language>", link="<link>https://e.org/</link>", head=""):
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'{head}<rss version="2.0" {NAMESPACES}><channel><title>F</title>{link}{language}{entries}</channel></rss>'


def cdata(text):
    return f"<![CDATA[{text}]]>"


@pytest.fixture
def feed(take, tmp_path):
    def run(content, **settings):
        (tmp_path / "feed.xml").write_bytes(content if isinstance(content, bytes) else content.encode())
        return take("feed", path="feed.xml", **settings)

    return run


FULL = (
    "<title>A &amp;amp; B</title><link>https://e.org/news/1</link><guid>https://e.org/?p=1</guid>"
    + DATE
    + "<dc:creator>Anna K</dc:creator><category>war</category><category>war</category><category>city</category>"
    "<description>Short.</description>"
    f"<content:encoded>{cdata('<p>One <a href=/x>link</a>.</p><p onclick=x>Two.</p><script>x</script>')}"
    "</content:encoded>"
)


def test_rss_with_full_text(feed):
    taken = feed(rss(FULL))
    assert (taken.errors, taken.notes) == ([], [])
    (gathered,) = taken.gathered
    story = gathered.story
    assert (gathered.dated, gathered.where) == (True, "feed.xml, entry 1 (https://e.org/?p=1)")
    assert (story.language, story.headline, story.lead) == ("ru", "A & B", "Short.")
    assert story.published == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert (story.byline, story.topics) == (("Anna K",), ("war", "city"))
    assert story.body == (
        Paragraph((Run("One "), Run("link", href="https://e.org/x"), Run("."))),
        Paragraph(rich("Two.")),
    )


def test_rss_with_summaries_only(feed):
    item = (
        f"<title>T</title><link>https://www.e.org/1</link>{DATE}<description>{cdata('Just <b>this</b>.')}</description>"
    )
    (story,) = feed(rss(item)).stories
    assert story.lead == "Just this."
    assert story.body == (Embed("https://www.e.org/1", "e.org"),)


def test_rss_whose_description_is_the_full_text(feed):
    item = f"<title>T</title><link>https://e.org/1</link>{DATE}<description>{cdata('<p>One.</p><p>Two.</p>')}</description>"
    (story,) = feed(rss(item)).stories
    assert (story.lead, [plain(block.text) for block in story.body]) == ("", ["One.", "Two."])


@pytest.mark.parametrize("summary", ["One two […]", "One two...", "One two &#8230;", "One two three."])
def test_a_summary_that_only_repeats_the_opening_is_no_lead(feed, summary):
    body = f"<content:encoded>{cdata('<p>One two three.</p><p>Four.</p>')}</content:encoded>"
    (story,) = feed(rss(f"<title>T</title>{DATE}<guid>1</guid><description>{summary}</description>{body}")).stories
    assert story.lead == ""
    assert len(story.body) == 2


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en_us"><title>F</title><id>urn:f</id>
<updated>2026-11-23T10:00:00Z</updated><link href="https://e.org/"/>
<entry xml:lang="fa-AF"><title type="html">A &lt;i&gt;b&lt;/i&gt;</title><id>tag:e.org,2026:post-5</id>
<link href="https://e.org/5"/><published>2026-11-20T10:00:00+03:30</published><updated>2026-11-21T10:00:00.25Z</updated>
<author><name>Reza</name><email>reza@e.org</email></author><author><name>safe@e.org</name></author>
<category term="t" label="Topic"/><summary>Lead</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><ul><li>x</li></ul></div></content></entry>
<entry><title type="text">1 &lt; 2 &amp; &lt;b&gt;</title><id>two</id><updated>2026-11-21T10:00:00Z</updated>
<content type="text">if a &lt;b&gt; c</content></entry>
<entry><title>Sum</title><id>3</id><updated>2026-11-21T10:00:00Z</updated><link href="/3"/>
<summary type="html">&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;</summary></entry></feed>"""


def test_atom(feed):
    taken = feed(ATOM)
    assert (taken.errors, taken.notes) == ([], [])
    first, second, third = taken.stories
    assert first.story_id.startswith("post-5-")
    assert (first.language, first.headline, first.lead, first.byline) == ("prs", "A b", "Lead", ("Reza",))
    assert (first.topics, len(first.body)) == (("Topic",), 2)
    assert first.published == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    assert first.updated == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert (second.story_id, second.language, second.headline) == ("two", "en", "1 < 2 & <b>")
    assert plain(second.body[0].text) == "if a <b> c"
    assert (second.published, second.updated) == (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), None)
    assert (third.lead, third.body) == ("a b", (Embed("https://e.org/3", "e.org"),))


def test_rss_1_0(feed):
    text = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://e.org/"><title>F</title>'
        "<link>https://e.org/</link><dc:language>uk</dc:language></channel>"
        '<item rdf:about="https://e.org/a"><title>T</title><link>https://e.org/a</link><description>D</description>'
        "<dc:date>2026-11-23T12:00:00+02:00</dc:date></item></rdf:RDF>"
    )
    (story,) = feed(text).stories
    assert (story.language, story.lead) == ("uk", "D")
    assert story.published == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_whichever_text_is_longer_is_the_body(feed):
    item = f"<title>T</title><guid>1</guid>{DATE}<description>{cdata('<p>Long text.</p><p>More.</p>')}</description>"
    (story,) = feed(rss(item + "<content:encoded>Short.</content:encoded>")).stories
    assert (story.lead, len(story.body)) == ("Short.", 2)


def test_a_third_text_is_noted(feed):
    texts = "".join(f"<content:encoded>{text}</content:encoded>" for text in ("aaaa", "bbb", "cc"))
    taken = feed(rss(f"<title>T</title><guid>1</guid>{DATE}<description>d</description>{texts}"))
    assert plain(taken.stories[0].body[0].text) == "aaaa"
    assert any("more than two texts" in note for note in taken.notes)


def test_pictures_of_a_summary_are_kept(feed):
    summary = cdata("<img src='/a.jpg' alt='A'>Just this.")
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru"><entry><title>T</title><id>1</id>'
        '<updated>2026-11-23T10:00:00Z</updated><link href="https://e.org/1"/>'
        f'<summary type="html">{summary}</summary></entry></feed>'
    )
    item = f"<title>T</title><link>https://e.org/1</link>{DATE}<description>{summary}</description>"
    for content in (atom, rss(item)):
        (story,) = feed(content).stories
        assert story.lead == "Just this."
        assert [type(block) for block in story.body] == [PictureBlock, Embed]


# --- encodings ---

RUSSIAN = rss("<title>Привет, редакция новостей</title><guid>1</guid>" + DATE, language="<language>ru</language>")


@pytest.mark.parametrize(
    ("declared", "actual", "noted"),
    [
        ("utf-8", "utf-8", False),
        ("windows-1251", "windows-1251", False),
        ("koi8-r", "koi8-r", False),
        ("utf-16", "utf-16", False),
        ("utf-16", "utf-16-le", False),
        ("utf-16", "utf-16-be", False),
        ("utf-8", "utf-8-sig", False),
        ("windows-1251", "utf-8", True),
        ("utf-8", "windows-1251", True),
        ("utf-8", "koi8-r", True),
        ("utf-8", "cp866", True),
        ("nonsense", "windows-1251", True),
        ("zip", "windows-1251", True),
        ("", "koi8-r", True),
        ("", "utf-8", False),
    ],
)
def test_encodings(feed, declared, actual, noted):
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    taken = feed((head + RUSSIAN).encode(actual))
    assert taken.stories[0].headline == "Привет, редакция новостей"
    assert bool(taken.notes) == noted, taken.notes


def test_damaged_utf_8_is_repaired_and_said(feed):
    taken = feed(RUSSIAN.replace("<title>П", "<title>П~", 1).encode().replace(b"~", b"\xd0"))
    assert taken.stories[0].headline == "П\ufffdривет, редакция новостей"
    assert "broken UTF-8" in taken.notes[0]


def test_western_text_in_an_undeclared_code_page(feed):
    taken = feed(rss("<title>Café à Genève, c'est ça</title><guid>1</guid>" + DATE).encode("latin-1"))
    assert taken.stories[0].headline == "Café à Genève, c'est ça"


# --- ids ---


def test_ids_survive_the_move_to_https_and_never_collide(feed):
    first = feed(
        rss(*(f"<title>T</title><guid>http://www.e.org/{path}</guid>{DATE}" for path in ("a/x.html", "b/x.html")))
    )
    then = feed(
        rss(*(f"<title>T</title><guid>https://e.org/{path}/</guid>{DATE}" for path in ("a/x.html", "b/x.html")))
    )
    ids = [story.story_id for story in first.stories]
    assert ids == [story.story_id for story in then.stories]
    assert ids[0].startswith("x-")
    assert len(set(ids)) == 2


def test_the_same_id_twice_is_reported(feed):
    taken = feed(rss(f"<title>A</title><guid>1</guid>{DATE}", f"<title>B</title><guid>1</guid>{DATE}"))
    assert [story.headline for story in taken.stories] == ["A"]
    assert taken.errors == ["feed.xml, entry 2 (1): has the same id as entry 1 (1)"]


def test_without_guid_the_link_is_the_id_and_without_link_the_headline(feed):
    taken = feed(rss(f"<title>A</title><link>https://e.org/a</link>{DATE}", f"<title>B</title>{DATE}"))
    assert taken.stories[0].story_id.startswith("a-")
    assert taken.stories[1].story_id.startswith("b-")
    assert "neither guid nor link" in taken.notes[0]


# --- dates, languages, names ---


@pytest.mark.parametrize(
    "date", ["", "<pubDate>yesterday</pubDate>", "<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate>"]
)
def test_without_a_date_the_story_goes_in_and_it_is_said(feed, date):
    taken = feed(rss(f"<title>T</title><guid>1</guid>{date}"))
    assert (taken.gathered[0].dated, taken.stories[0].published) == (False, NOW)
    assert any("no date" in note for note in taken.notes)


def test_settings_win_over_the_feed_and_no_language_is_an_error(feed):
    item = f"<title>T</title><guid>1</guid>{DATE}"
    assert feed(rss(item), language="tt").stories[0].language == "tt"
    taken = feed(rss(item, language=""))
    assert taken.stories == []
    assert "language" in taken.errors[0]


def test_no_title(feed):
    body = "word " * 60
    taken = feed(rss(f"<guid>1</guid>{DATE}<description>{body}</description>", f"<guid>2</guid>{DATE}"))
    assert taken.stories[0].headline.endswith(" word\u2026")
    assert len(taken.stories[0].headline) <= 100
    assert "no title" in taken.notes[0]
    assert "title" in taken.errors[0]


def test_addresses_of_authors_are_not_published(feed):
    (story,) = feed(rss(f"<title>T</title><guid>1</guid>{DATE}<author>a@e.org (Anna)</author>")).stories
    assert story.byline == ("Anna",)
    (story,) = feed(rss(f"<title>T</title><guid>1</guid>{DATE}<author>a@e.org</author>")).stories
    assert story.byline == ()


def test_too_many_categories(feed):
    topics = "".join(f"<category>t{n}</category>" for n in range(70))
    taken = feed(rss(f"<title>T</title><guid>1</guid>{DATE}{topics}"))
    assert len(taken.stories[0].topics) == 64
    assert "6 categories" in taken.notes[0]


# --- pictures ---

MEDIA = (
    '<media:content url="https://e.org/big.jpg" medium="image" width="1200">'
    "<media:description>A boat</media:description><media:credit>X</media:credit></media:content>"
)


def item(*parts):
    return f"<title>T</title><link>https://e.org/1</link><guid>1</guid>{DATE}{''.join(parts)}"


def test_media_rss_gives_the_lead_picture_and_not_the_text(feed):
    for parts in ((MEDIA, "<description>Sum</description>"), ("<description>Sum</description>", MEDIA)):
        (story,) = feed(rss(item(*parts))).stories
        assert story.picture == Picture("A boat", credit="X")
        assert story.picture.origin == "https://e.org/big.jpg"
        assert (story.headline, story.lead) == ("T", "Sum")


def test_media_description_beside_a_full_text(feed):
    full = f"<description>Sum</description><content:encoded>{cdata('<p>Full text.</p>')}</content:encoded>"
    for parts in ((MEDIA, full), (full, MEDIA)):
        (story,) = feed(rss(item(*parts))).stories
        assert (story.lead, story.body) == ("Sum", (Paragraph(rich("Full text.")),))


def test_the_largest_picture_leads(feed):
    small = '<media:content url="https://e.org/s.jpg" medium="image" width="80"><media:title>S</media:title>'
    small += "</media:content>"
    thumb = '<media:thumbnail url="https://e.org/t.jpg" width="60"/>'
    (story,) = feed(rss(item(thumb, small, MEDIA))).stories
    assert story.picture.origin == "https://e.org/big.jpg"


def test_a_lead_picture_that_the_body_shows_is_taken_from_there(feed):
    body = cdata('<figure><img src="/a.jpg" alt="Alt"><figcaption>Cap</figcaption></figure><p>Text.</p>')
    enclosure = '<enclosure url="https://e.org/a.jpg" type="image/jpeg" length="1"/>'
    (story,) = feed(rss(item(f"<content:encoded>{body}</content:encoded>", enclosure))).stories
    assert story.picture == Picture("Alt", caption="Cap")
    assert not any(isinstance(block, PictureBlock) for block in story.body)


def test_a_picture_without_words_is_left_out_and_said(feed):
    taken = feed(rss(item('<enclosure url="https://e.org/a.jpg" type="image/jpeg" length="1"/>')))
    assert taken.stories[0].picture is None
    assert "https://e.org/a.jpg" in taken.notes[0]


def test_a_recording_becomes_a_link(feed):
    (story,) = feed(rss(item('<enclosure url="https://e.org/pod/7.mp3" type="audio/mpeg" length="1"/>'))).stories
    assert Embed("https://e.org/pod/7.mp3", "7.mp3") in story.body


# --- faults and hostility ---


def test_a_bad_entry_is_named_and_the_rest_goes_on(feed):
    huge = f"<title>Huge</title><guid>2</guid>{DATE}<content:encoded>{cdata('<p>x</p>' * 9_000)}</content:encoded>"
    taken = feed(rss(f"<title>A</title><guid>1</guid>{DATE}", huge, f"<title>C</title><guid>3</guid>{DATE}"))
    assert [story.headline for story in taken.stories] == ["A", "C"]
    (error,) = taken.errors
    assert error.startswith("feed.xml, entry 2 (2): body")


def test_a_broken_feed_is_read_as_far_as_it_can_be(feed):
    broken = rss(item("<description>a & b</description>"))[:-20]
    taken = feed(broken)
    assert taken.stories[0].headline == "T"
    assert "not well-formed" in taken.notes[0]


@pytest.mark.parametrize("content", [b"", b"hello", b"<html><body>404</body></html>", b"\x00\xff" * 50, b"{}"])
def test_what_is_no_feed(feed, content):
    with pytest.raises(SourceError, match=r"feed\.xml"):
        feed(content)


def test_a_missing_file_and_one_too_long(take, feed, monkeypatch):
    with pytest.raises(SourceError):
        take("feed", path="missing.xml")
    monkeypatch.setattr(feed_module, "LIMITS", Limits(max_feed_bytes=100))
    with pytest.raises(SourceError, match="longer than 100"):
        feed(rss(FULL))


def test_entities_reach_neither_files_nor_memory(feed, tmp_path):
    (tmp_path / "secret.txt").write_text("SECRET")
    head = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt"><!ENTITY a "{"lol" * 10}">'
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        head += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    taken = feed(head + "]>" + rss(f"<title>T &x; &j;</title><guid>1</guid>{DATE}{MEDIA}"))
    for story in taken.stories:
        assert "SECRET" not in story.headline
        assert len(story.headline) < 1_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(),
        st.lists(
            st.sampled_from(
                [FULL, MEDIA, DATE, "<item>", "</item>", "<title>", "</title>", "<guid>", "]]>", "<![CDATA[", "&x;",
                 "<link>http://[</link>", "<language>\u0660</language>", "<pubDate>99</pubDate>", "<link/>", "\x00",
                 "<enclosure url='javascript:x' type='image/'/>", "<media:content/>", "<media:group>", "</channel>"]
            ),
            max_size=12,
        ).map(lambda parts: rss("".join(parts)).encode()),
    )
)  # fmt: skip
def test_nothing_raises(tmp_path, data):
    (tmp_path / "f.xml").write_bytes(data)
    source = open_source("feed", path="f.xml", base_dir=tmp_path, now=NOW)
    try:
        taken = Take(source)
    except SourceError:
        return
    assert all(story.headline for story in taken.stories)
