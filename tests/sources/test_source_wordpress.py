"""Exports of WordPress: posts, pictures, shortcodes, blocks, translations, statuses, and bytes that are none."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tamizdat.errors import SourceError
from tamizdat.sources.port import Author
from tamizdat.story import Embed, ListBlock, Paragraph, PictureBlock, plain, rich

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>The Far Shore</title><link>https://shore.example</link><language>en-US</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[maro]]></wp:author_login>
<wp:author_display_name><![CDATA[Maro Tesken]]></wp:author_display_name></wp:author>
"""
TAIL = "</channel></rss>\n"


def item(number=5, text="<p>It is 61 now.</p>", kind="post", status="publish", more="", title="Bread", excerpt=""):
    return f"""<item><title>{title}</title><link>https://shore.example/2026/bread-{number}/</link>
<pubDate>Mon, 23 Nov 2026 06:00:00 +0000</pubDate><dc:creator><![CDATA[maro]]></dc:creator>
<guid isPermaLink="false">https://shore.example/?p={number}</guid><description></description>
<content:encoded><![CDATA[{text}]]></content:encoded><excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date>2026-11-23 09:00:00</wp:post_date>
<wp:post_date_gmt>2026-11-23 06:00:00</wp:post_date_gmt>
<wp:post_modified_gmt>2026-11-23 07:00:00</wp:post_modified_gmt><wp:post_name>bread</wp:post_name>
<wp:status>{status}</wp:status><wp:post_parent>0</wp:post_parent><wp:post_type>{kind}</wp:post_type>
<wp:post_password></wp:post_password><wp:is_sticky>0</wp:is_sticky>{more}</item>
"""


def meta(key, value):
    return (
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
    )


def file_of(number, url, alt="", caption="", parent=0):
    made = item(number, "", "attachment", "inherit", f"<wp:attachment_url>{url}</wp:attachment_url>", excerpt=caption)
    return made.replace("</item>", meta("_wp_attachment_image_alt", alt) + "</item>").replace(
        "<wp:post_parent>0<", f"<wp:post_parent>{parent}<"
    )


SHELF = file_of(7, "https://shore.example/shelf.jpg", "A half-empty shelf", "Noon in Kaldra", 5)


def put(tmp_path, *items, name="wp.xml", head=HEAD):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(head + "".join(items) + TAIL, "utf-8")


def test_a_post(take, tmp_path):
    more = (
        '<category domain="category" nicename="economy">Economy</category>'
        '<category domain="post_tag" nicename="prices"><![CDATA[food & prices]]></category>'
    ) + meta("_thumbnail_id", "7")
    put(tmp_path, item(more=more, excerpt="A loaf was 40."), SHELF)
    taken = take("wordpress", path="wp.xml")
    (story,) = taken.stories
    assert (taken.errors, taken.notes) == ([], [])
    assert story.story_id.startswith("p-5-")
    assert (story.language, story.headline, story.lead) == ("en", "Bread", "A loaf was 40.")
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    assert story.updated.isoformat() == "2026-11-23T07:00:00+00:00"
    assert (story.byline, story.sections, story.topics) == (("Maro Tesken",), ("Economy",), ("food & prices",))
    assert (story.picture.alt, story.picture.caption) == ("A half-empty shelf", "Noon in Kaldra")
    assert story.picture.origin == "https://shore.example/shelf.jpg"
    origin = taken.gathered[0].origin
    assert (origin.link, origin.authors) == ("https://shore.example/2026/bread-5/", (Author("maro", "Maro Tesken"),))
    assert taken.gathered[0].where == "wp.xml:9"


def _by(*logins):
    return "".join(f'<category domain="author" nicename="cap-{each}">{each}</category>' for each in logins)


GUEST = item(9, "", "guest-author", more=meta("cap-user_login", "cyril") + meta("cap-display_name", "Cyril Lund"))


@pytest.mark.parametrize(
    ("logins", "authors"),
    [
        (["cyril", "maro"], ["Cyril Lund", "Maro Tesken"]),
        (["maro", "cyril"], ["Maro Tesken", "Cyril Lund"]),
        (["maro"], ["Maro Tesken"]),
        (["cyril"], ["Cyril Lund"]),
        ([], ["Maro Tesken"]),
    ],
)
def test_co_authors_are_those_that_the_plugin_names(take, tmp_path, logins, authors):
    put(tmp_path, item(more=_by(*logins)), GUEST)
    taken = take("wordpress", path="wp.xml")
    assert [author.name for author in taken.gathered[0].origin.authors] == authors
    assert taken.stories[0].byline == tuple(authors)
    assert "guest-author" not in "".join(taken.notes), "a name is no story that did not come in"


def test_a_feed_of_the_same_site_gives_the_same_id(take, tmp_path):
    put(tmp_path, item())
    feed = '<rss version="2.0"><channel><language>en</language><item><title>B</title><description>T</description>'
    (tmp_path / "f.xml").write_text(f"{feed}<guid>https://shore.example/?p=5</guid></item></channel></rss>")
    assert take("feed", path="f.xml").stories[0].story_id == take("wordpress", path="wp.xml").stories[0].story_id


def test_a_classic_text(take, tmp_path):
    text = """First.\nStill the first.

Second <b>one</b>.

<ul>
<li>a</li>

<li>b</li>
</ul>
[caption id="attachment_7" width="300"]<a href="x"><img class="wp-image-7"
src="https://shore.example/shelf-300x200.jpg" alt="" /></a> At noon[/caption]

https://video.example/watch?v=1

[embed]https://video.example/2[/embed]
[video mp4="https://shore.example/v.mp4"][/video]
[audio src="https://shore.example/a.mp3"]
He said [sic] it.

<pre>one

two</pre>"""
    put(tmp_path, item(text=text), SHELF)
    taken = take("wordpress", path="wp.xml")
    body = taken.stories[0].body
    assert [plain(block.text) for block in body if isinstance(block, Paragraph)] == [
        "First. Still the first.",
        "Second one.",
        "He said [sic] it.",
        "one",
        "two",
    ]
    assert [[plain(each) for each in block.items] for block in body if isinstance(block, ListBlock)] == [["a", "b"]]
    (picture,) = [block.picture for block in body if isinstance(block, PictureBlock)]
    assert (picture.alt, picture.caption) == ("A half-empty shelf", "At noon")
    assert picture.origin == "https://shore.example/shelf.jpg"
    assert [block.url for block in body if isinstance(block, Embed)] == [
        "https://video.example/watch?v=1",
        "https://video.example/2",
        "https://shore.example/v.mp4",
        "https://shore.example/a.mp3",
    ]
    assert (taken.errors, taken.notes) == ([], [])


def test_galleries(take, tmp_path):
    queue = file_of(8, "https://shore.example/queue.jpg", "A queue")
    for text, expected, lost in (
        ('[gallery ids="8,7"]', ["queue.jpg", "shelf.jpg"], False),
        ("[gallery]", ["shelf.jpg"], False),
        ('[gallery ids="7,99"]', ["shelf.jpg"], True),
    ):
        put(tmp_path, item(text=f"<p>Text</p>{text}"), SHELF, queue)
        taken = take("wordpress", path="wp.xml")
        shown = [block.picture.origin for block in taken.stories[0].body if isinstance(block, PictureBlock)]
        assert [address.rpartition("/")[2] for address in shown] == expected
        assert any("the export does not have" in note for note in taken.notes) == lost


def test_blocks(take, tmp_path):
    text = """<!-- wp:paragraph {"align":"left"} -->
<p>One.</p>
<!-- /wp:paragraph -->

<!-- wp:embed {"url":"https://video.example/1"} -->
<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">
https://video.example/1
</div></figure>
<!-- /wp:embed -->
<!-- wp:image {"id":7} -->
<figure class="wp-block-image"><img src="https://shore.example/shelf.jpg" alt="" class="wp-image-7"/></figure>
<!-- /wp:image -->
<!-- wp:latest-posts {"postsToShow":3} /-->"""
    put(tmp_path, item(text=text), SHELF)
    taken = take("wordpress", path="wp.xml")
    assert [type(block) for block in taken.stories[0].body] == [Paragraph, Embed, PictureBlock]
    (note,) = taken.notes
    assert "block latest-posts" in note


def test_shortcodes_that_nobody_knows_stand_as_text(take, tmp_path):
    put(tmp_path, item(text='<p>Before [poll id="3"] after.</p>'))
    taken = take("wordpress", path="wp.xml")
    assert plain(taken.stories[0].body[0].text) == 'Before [poll id="3"] after.'
    assert "[poll" in taken.notes[0]


@pytest.mark.parametrize(("status", "told"), [("draft", ""), ("pending", "waiting for review"), ("private", "private")])
def test_drafts_come_to_who_wants_them(take, tmp_path, status, told):
    never = item(6, status=status).replace("2026-11-23 06:00:00", "0000-00-00 00:00:00")
    put(tmp_path, item(5), item(7, status="trash"), never)
    taken = take("wordpress", path="wp.xml", drafts=True)
    published, draft = taken.gathered
    assert (published.origin.draft, draft.origin.draft) == (False, True)
    assert (published.dated, draft.dated) == (True, False)
    assert [told in note for note in taken.notes[:-1]] == [True] * bool(told)
    assert "1 items of status trash left out" in taken.notes[-1]


def test_what_has_a_password_or_no_time_is_a_draft(take, tmp_path):
    locked = item(5).replace("<wp:post_password>", "<wp:post_password>secret")
    put(
        tmp_path,
        locked,
        item(6, status="future")
        .replace("2026-11-23 06:00:00", "0000-00-00 00:00:00")
        .replace("<wp:post_date>2026-11-23 09:00:00", "<wp:post_date>0000-00-00 00:00:00")
        .replace("<pubDate>Mon, 23 Nov 2026 06:00:00 +0000", "<pubDate>"),
    )
    taken = take("wordpress", path="wp.xml", drafts=True, embargoed=True)
    assert [each.origin.draft for each in taken.gathered] == [True, True]
    assert ["password" in taken.notes[0], "nobody names" in taken.notes[1]] == [True, True]
    assert "secret" not in " ".join(taken.notes)


@pytest.mark.parametrize("status", ["draft", "pending", "private", "trash", "auto-draft"])
def test_only_what_was_published(take, tmp_path, status):
    put(tmp_path, item(5), item(6, status=status))
    taken = take("wordpress", path="wp.xml")
    assert len(taken.stories) == 1
    assert taken.notes == [f"wp.xml: 1 items of status {status} left out: 'Bread'"]


def test_what_is_scheduled_waits(take, tmp_path):
    later = item(status="future").replace("2026-11-23 06:00:00", "2026-11-24 06:00:00")
    put(tmp_path, later)
    taken = take("wordpress", path="wp.xml")
    assert taken.stories == []
    assert "under embargo until 2026-11-24 06:00 UTC" in taken.notes[0]
    taken = take("wordpress", path="wp.xml", embargoed=True)
    assert taken.gathered[0].origin.embargoed == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_passwords_pages_and_other_types(take, tmp_path):
    secret = item(6).replace("<wp:post_password>", "<wp:post_password>hush")
    put(tmp_path, secret, item(7, kind="page", title="Contacts"), item(8, kind="recipe"), item(9, kind="nav_menu_item"))
    taken = take("wordpress", path="wp.xml")
    assert (taken.stories, taken.errors) == ([], [])
    assert "password" in taken.notes[0]
    assert taken.notes[1:] == [
        "wp.xml: 1 items of type recipe left out: 'Bread'",
        "wp.xml: 1 pages left out: 'Contacts'",
    ]


def test_of_many_items_that_are_left_out_the_first_are_named_and_all_counted(take, tmp_path):
    put(tmp_path, *(item(number, kind="podcast", title=f"Talk {number}") for number in range(1, 24)))
    (note,) = take("wordpress", path="wp.xml").notes
    assert note.startswith("wp.xml: 23 items of type podcast left out: 'Talk 1', 'Talk 2',")
    assert note.endswith("'Talk 20' and 3 more")


@pytest.mark.parametrize(
    "shortcode",
    [
        "[youtube https://youtu.be/abc]",
        '[youtube url="https://youtu.be/abc" width="300"]',
        "[youtube]https://youtu.be/abc[/youtube]",
        "[Vimeo https://youtu.be/abc /]",
    ],
)
def test_shortcodes_of_networks_are_titled_links(take, tmp_path, shortcode):
    put(tmp_path, item(text=f"Before {shortcode} after, [tweet 12], [he means YouTube]."))
    taken = take("wordpress", path="wp.xml")
    before, shown, after = taken.stories[0].body
    assert shown == Embed("https://youtu.be/abc", "https://youtu.be/abc")
    assert (plain(before.text), plain(after.text)) == ("Before", "after, [tweet 12], [he means YouTube].")
    assert not taken.notes


def test_footnotes_stand_where_the_post_shows_them(take, tmp_path):
    kept = (
        r'[{"id":"a1","content":"Ministry, <a href=\"https://m.example/\">table 3<\/a>"},{"id":"b2","content":"Ibid."}]'
    )
    text = (
        '<!-- wp:paragraph --><p>It is 61<sup data-fn="a1" class="fn"><a href="#a1" id="a1-link">1</a></sup>.</p>'
        "<!-- /wp:paragraph --><!-- wp:footnotes /-->"
    )
    put(
        tmp_path,
        item(5, text=text, more=meta("footnotes", kept)),
        item(6, text="<p>No.</p>", more=meta("footnotes", kept)),
    )
    put(tmp_path, item(7, text=text, more=meta("footnotes", "{")), name="odd.xml")
    taken = take("wordpress", path="wp.xml")
    paragraph, notes = taken.stories[0].body
    assert paragraph == Paragraph(rich("It is 61[1].")), "no way to the old site, and no other number"
    assert [plain(each) for each in notes.items] == ["Ministry, table 3", "Ibid."]
    assert notes.items[0][1].href == "https://m.example/"
    assert taken.notes == ["wp.xml:18: custom fields left out: footnotes"]
    assert len(take("wordpress", path="odd.xml").notes) == 2


def test_a_post_whose_text_is_elsewhere_says_so(take, tmp_path):
    put(tmp_path, item(5, text=""), item(6, text="<p>Here.</p>"))
    assert [note for note in take("wordpress", path="wp.xml").notes if "has no text" in note] == [
        "wp.xml:9: has no text: what a page builder shows there is not in the post"
    ]


def test_translations_share_an_id(take, tmp_path):
    def language(tag):
        return (
            f'<category domain="language" nicename="{tag}">x</category>'
            '<category domain="post_translations" nicename="pll_1">pll_1</category>'
        )

    put(tmp_path, item(9, more=language("ru-ru")), item(5, more=language("en")), item(6))
    taken = take("wordpress", path="wp.xml")
    first, second, third = taken.stories
    assert (first.story_id, first.language, second.language) == (second.story_id, "ru", "en")
    assert first.story_id.startswith("p-5-")
    assert third.story_id != first.story_id
    assert [gathered.origin.group for gathered in taken.gathered] == ["pll_1", "pll_1", ""]
    own = [gathered.origin.own_id for gathered in taken.gathered]
    assert own[1:] == [second.story_id, third.story_id]
    assert [gathered.origin.sisters for gathered in taken.gathered] == [(own[1],), (own[0],), ()]
    put(tmp_path, item(4, more=language("ru")), item(9, more=language("ru")), item(8, more=language("ru")))
    taken = take("wordpress", path="wp.xml")
    assert (len({story.story_id for story in taken.stories}), taken.errors) == (3, [])
    assert [gathered.origin.group for gathered in taken.gathered] == ["pll_1", "", ""]
    put(tmp_path, item(4, more=language("ru")), item(8, more=language("en")), item(9, more=language("en")))
    taken = take("wordpress", path="wp.xml")
    assert [gathered.story.story_id == gathered.origin.own_id for gathered in taken.gathered] == [True, False, True]


def test_a_group_without_end_costs_no_more_than_a_large_one(take, tmp_path):
    more = '<category domain="post_translations" nicename="pll_1">x</category>'
    put(tmp_path, *(item(number, more=more) for number in range(1, 200)))
    taken = take("wordpress", path="wp.xml")
    assert len({story.story_id for story in taken.stories}) == 199, "all in one language"
    assert max(len(each.origin.sisters) for each in taken.gathered) <= 64


def test_translations_of_wpml(take, tmp_path):
    def fields(tag):
        return meta("_wpml_import_language_code", tag) + meta("_wpml_import_translation_group", "g7")

    put(tmp_path, item(5, more=fields("en")), item(6, more=fields("ka")))
    assert len({(story.story_id) for story in take("wordpress", path="wp.xml").stories}) == 1


def test_what_is_lost_is_named(take, tmp_path):
    more = (
        '<category domain="region" nicename="n">North</category>'
        + meta("subtitle", "A subtitle")
        + meta("_edit_lock", "1")
        + "<wp:comment><wp:comment_content>Hm</wp:comment_content></wp:comment><other>Words</other>"
    )
    put(tmp_path, item(more=more))
    notes = " ".join(take("wordpress", path="wp.xml").notes)
    for said in ("1 comments", "region 'North'", "custom fields left out: subtitle", "<other>", "'Words'"):
        assert said in notes


def test_several_files_of_one_export(take, tmp_path):
    put(tmp_path, item(5, more=meta("_thumbnail_id", "7")), name="x/a.xml")
    put(tmp_path, SHELF, item(6), name="x/b.xml")
    taken = take("wordpress", path="x")
    assert [bool(story.picture) for story in taken.stories] == [True, False]
    put(tmp_path, item(5), name="x/c.xml")
    assert "is already at x/a.xml" in take("wordpress", path="x").errors[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not well-formed"),
        (b"<rss><channel>", "not well-formed"),
        (b"<html></html>", "<html>, not <rss>"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>', "DOCTYPE"),
        (b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd"><rss/>', "DOCTYPE"),
        (b"<rss>" + b"<a>" * 1_000, "deep"),
        (b"<rss><item>" + b"<a/>" * 300_000 + b"</item></rss>", "elements"),
        (b"\xff\xfe<\x00r\x00", "not well-formed"),
        (b'<?xml version="1.0" encoding="ebcdic-x"?><rss/>', "cannot be read|not well-formed"),
    ],
)
def test_what_is_no_export(take, tmp_path, data, reason):
    (tmp_path / "wp.xml").write_bytes(data)
    with pytest.raises(SourceError, match=reason):
        take("wordpress", path="wp.xml")


def test_control_characters_do_no_harm(take, tmp_path):
    put(tmp_path, item(text="One\x0b two\x01 three"))
    assert plain(take("wordpress", path="wp.xml").stories[0].body[0].text) == "One two three"


_PIECES = st.sampled_from(
    ["[caption", "]", "[/caption]", '[gallery ids="7"]', "<img src=x>", "<!-- wp:x {", "/-->", "[embed]", "[/embed]",
     "\n\n", "https://a.example", "<pre>", "</pre>", '"', "a=b", "\u202e", "<ul><li>", "]]", "[video src=", "<p>"]
)  # fmt: skip


def _block(number, text, status="publish"):
    return item(number, text, "wp_block", status, title=f"Block {number}")


def test_blocks_that_posts_share_stand_in_their_places(take, tmp_path):
    text = '<!-- wp:paragraph --><p>One.</p><!-- /wp:paragraph --><!-- wp:block {"ref":20} /--><p>Two.</p>'
    inner = '<p>Help us.</p><!-- wp:block {"ref":21} /-->'
    put(tmp_path, item(text=text), _block(20, inner), _block(21, "<p>Write.</p>"))
    taken = take("wordpress", path="wp.xml")
    (story,) = taken.stories
    assert [plain(block.text) for block in story.body] == ["One.", "Help us.", "Write.", "Two."]
    assert (taken.errors, taken.notes) == ([], []), "and they are no items that were left out"


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ([], "reusable block 20 left out: the export does not have it"),
        ([(20, "x", "trash")], "reusable block 20 left out: the export does not have it"),
        (
            [(20, "<p>Again.</p>" + '<!-- wp:block {"ref":20} /-->' * 9)],
            "reusable block 20 left out: it stands in itself",
        ),
        ([(20, '<!-- wp:block {"ref":21} /-->' * 9), (21, "x" * 500_000)], "reusable block 21 left out"),
    ],
)
def test_shared_blocks_that_are_not_there_or_never_end_are_told(take, tmp_path, blocks, why):
    put(tmp_path, item(text='<p>One.</p><!-- wp:block {"ref":20} /-->'), *(_block(*each) for each in blocks))
    began = time.monotonic()
    taken = take("wordpress", path="wp.xml")
    words = [plain(block.text) for block in taken.stories[0].body]
    assert words[0] == "One."
    assert words.count("Again.") <= 1
    assert why in "\n".join(taken.notes)
    assert time.monotonic() - began < 20


def test_categories_below_others_are_told_once(take, tmp_path):
    parents = "".join(
        f"<wp:category><wp:category_nicename>{name.lower()}</wp:category_nicename>"
        f"<wp:category_parent>{parent}</wp:category_parent><wp:cat_name><![CDATA[{name}]]></wp:cat_name></wp:category>"
        for name, parent in [("News", ""), ("Ports", "news")]
    )
    put(tmp_path, item(5), item(6), head=HEAD + parents)
    taken = take("wordpress", path="wp.xml")
    assert [each.partition(": ")[2] for each in taken.notes] == [
        "1 categories stand beside their parents, as sections do: 'Ports' (below 'news')"
    ]


def test_pictures_behind_a_text_stand_before_it_and_files_are_named_once(take, tmp_path):
    cover = (
        '<!-- wp:cover {"id":7} --><div class="wp-block-cover" style="background-image:url(https://shore.example/shelf.jpg)">'
        "<p>Over it.</p></div><!-- /wp:cover -->"
    )
    file = (
        '<div class="wp-block-file"><a href="https://shore.example/d.pdf">Papers</a>'
        '<a href="https://shore.example/d.pdf" class="wp-block-file__button" download>Download</a></div>'
    )
    put(tmp_path, item(text=cover + file), SHELF)
    picture, over, papers = take("wordpress", path="wp.xml").stories[0].body
    assert (picture.picture.origin, picture.picture.alt) == ("https://shore.example/shelf.jpg", "A half-empty shelf")
    assert (plain(over.text), plain(papers.text)) == ("Over it.", "Papers")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(_PIECES | st.text(max_size=10), max_size=30).map("".join))
@example("https://a.example\x80")
def test_any_text_is_taken(take, tmp_path, text):
    text = text.replace("\r", "").encode("utf-8", "replace").decode().replace("]]>", "")
    text = "".join(sign for sign in text if sign >= " " or sign == "\n").replace("\ufffe", "").replace("\uffff", "")
    put(tmp_path, item(text=text), SHELF)
    assert len(take("wordpress", path="wp.xml").stories) == 1


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 3000), piece=st.binary(max_size=6), cut=st.integers(0, 20))
def test_damaged_bytes_raise_nothing_of_their_own(take, tmp_path, at, piece, cut):
    data = (HEAD + item() + SHELF + TAIL).encode()
    (tmp_path / "wp.xml").write_bytes(data[:at] + piece + data[at + cut :])
    try:
        take("wordpress", path="wp.xml")
    except SourceError:
        pass


@pytest.mark.parametrize(
    "piece",
    [
        "[caption ", "[caption]", "[a b=", "<!-- wp:a ", "\n \n", "<img src=", "https://a ", "[[", "-->", "[/x]",
        '<!-- wp:block {"ref":1', '"ref":1', "<a style='background-image:url(", "style='background-image:url(x",
        "<a wp-block-file__button", " wp-block-file__button",
    ],
)  # fmt: skip
def test_megabytes_of_the_worst_take_seconds(take, tmp_path, piece):
    put(tmp_path, item(text=piece * (1_500_000 // len(piece))))
    began = time.monotonic()
    take("wordpress", path="wp.xml")
    assert time.monotonic() - began < 20
