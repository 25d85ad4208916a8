"""Exports of WordPress: posts, authors, translations, statuses, files, and bytes that are none."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from wordpress_kit import HEAD, SHELF, TAIL, item, meta, put

from tamizdat.errors import SourceError
from tamizdat.sources.port import Author
from tamizdat.story import plain


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


@pytest.mark.parametrize("own", ["maro", "correspondent"])
@pytest.mark.parametrize("logins", [["maro"], []])
def test_nobody_is_named_for_whom_a_guest_stands(take, tmp_path, own, logins):
    """The guest is a pseudonym of an account: readers never saw that one's name."""
    said = {"cap-user_login": own, "cap-display_name": "Our correspondent", "cap-linked_account": "maro"}
    guest = item(9, "", "guest-author", more="".join(meta(key, value) for key, value in said.items()))
    put(tmp_path, item(more=_by(*logins)), item(6, more=_by("correspondent")), guest)
    taken = take("wordpress", path="wp.xml")
    assert taken.stories[0].byline == ("Our correspondent",)
    assert "Maro Tesken" not in str(taken.gathered)
    assert taken.stories[1].byline == (("Our correspondent",) if own == "correspondent" else ("correspondent",))


def test_a_feed_of_the_same_site_gives_the_same_id(take, tmp_path):
    put(tmp_path, item())
    feed = '<rss version="2.0"><channel><language>en</language><item><title>B</title><description>T</description>'
    (tmp_path / "f.xml").write_text(f"{feed}<guid>https://shore.example/?p=5</guid></item></channel></rss>")
    assert take("feed", path="f.xml").stories[0].story_id == take("wordpress", path="wp.xml").stories[0].story_id


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
