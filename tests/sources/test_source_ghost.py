"""Exports of Ghost: posts, authors, tags, pictures of the content folder, and JSON that is none."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamizdat.errors import ItemError, SourceError
from tamizdat.sources.port import Author
from tamizdat.sources.registry import open_source
from tamizdat.story import PictureBlock, plain

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
POST = {
    "id": "1",
    "uuid": "0d5f0e6a-6f0e-4a1f-9a57-6a0f2d6b8a11",
    "title": "Bread costs half as much again",
    "slug": "bread",
    "html": '<p>It is <b>61</b>.</p><img src="__GHOST_URL__/content/images/q.jpg" alt="Queue">'
    '<p><a href="__GHOST_URL__/table/">table</a></p>',
    "lexical": "{}",
    "plaintext": "It is 61.",
    "type": "post",
    "status": "published",
    "custom_excerpt": "A loaf was 40.",
    "feature_image": "__GHOST_URL__/content/images/shelf.jpg",
    "published_at": "2026-11-23T06:00:00.000Z",
    "updated_at": "2026-11-23T07:00:00.000Z",
}
DATA = {
    "posts": [POST],
    "posts_meta": [{"id": "m", "post_id": "1", "feature_image_alt": "A shelf", "feature_image_caption": "<i>Noon</i>"}],
    "tags": [{"id": "t1", "name": "prices"}, {"id": "t2", "name": "Economy"}, {"id": "t3", "name": "#hidden"}],
    "posts_tags": [
        {"post_id": "1", "tag_id": "t1", "sort_order": 1},
        {"post_id": "1", "tag_id": "t2", "sort_order": 0},
        {"post_id": "1", "tag_id": "t3", "sort_order": 2},
    ],
    "users": [{"id": "u1", "name": "Maro Tesken", "slug": "maro", "email": "m@shore.example"}],
    "posts_authors": [{"post_id": "1", "author_id": "u1", "sort_order": 0}],
    "settings": [{"key": "locale", "value": "en"}],
}


def put(tmp_path, data=None, **post):
    held = {**DATA, "posts": [{**POST, **post}]} if data is None else data
    (tmp_path / "g.json").write_text(json.dumps({"db": [{"meta": {"version": "5.80"}, "data": held}]}), "utf-8")


def test_a_post(take, tmp_path):
    put(tmp_path)
    taken = take("ghost", path="g.json")
    (story,) = taken.stories
    assert story.story_id == POST["uuid"]
    assert (story.language, story.headline, story.lead) == ("en", POST["title"], "A loaf was 40.")
    assert (story.byline, story.sections, story.topics) == (("Maro Tesken",), ("Economy",), ("prices",))
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    assert story.updated.isoformat() == "2026-11-23T07:00:00+00:00"
    assert (story.picture.alt, story.picture.caption) == ("A shelf", "Noon")
    assert story.picture.origin == "/content/images/shelf.jpg"
    assert isinstance(story.body[1], PictureBlock)
    assert story.body[2].text[0].href == "/table/"
    origin = taken.gathered[0].origin
    assert (origin.link, origin.authors) == ("/bread/", (Author("maro", "Maro Tesken"),))
    assert taken.errors == []
    assert [note.partition("): ")[2] for note in taken.notes] == ["internal tags left out: #hidden"]
    assert "m@shore" not in repr(taken.gathered)


def test_pictures_are_beside_the_export(tmp_path):
    put(tmp_path)
    (tmp_path / "content" / "images").mkdir(parents=True)
    (tmp_path / "content" / "images" / "shelf.jpg").write_bytes(b"bytes")
    source = open_source("ghost", base_dir=tmp_path, now=NOW, path="g.json")
    assert source.open_picture("/content/images/shelf.jpg") == b"bytes"
    for origin in ("/content/images/no.jpg", "/../../etc/passwd", "/etc/passwd"):
        with pytest.raises(ItemError):
            source.open_picture(origin)


@pytest.mark.parametrize(
    "shape", [lambda data: {"data": data}, lambda data: {"db": [{"data": data}]}, lambda data: data]
)
def test_shapes_of_all_versions(take, tmp_path, shape):
    (tmp_path / "g.json").write_text(json.dumps(shape(DATA)))
    assert len(take("ghost", path="g.json").stories) == 1


def test_a_post_without_any_text_says_so(take, tmp_path):
    put(tmp_path, html=None, plaintext=None, lexical=None, mobiledoc=None)
    assert [note for note in take("ghost", path="g.json").notes if "has no text" in note]


def test_a_post_without_html(take, tmp_path):
    put(tmp_path, html=None, lexical="{1}", plaintext="One.\n\nTwo <b>.")
    taken = take("ghost", path="g.json")
    assert [plain(block.text) for block in taken.stories[0].body] == ["One.", "Two <b>."]
    assert any("only lexical" in note for note in taken.notes)


@pytest.mark.parametrize(
    ("post", "reason"),
    [
        ({"status": "draft"}, "1 posts of status draft left out: 'Bread costs half"),
        ({"type": "page"}, "1 pages left out: 'Bread costs half"),
        ({"visibility": "paid"}, "visibility is paid"),
        ({"status": "scheduled", "published_at": "2026-11-24T06:00:00Z"}, "under embargo until 2026-11-24 06:00 UTC"),
    ],
)
def test_what_is_not_published(take, tmp_path, post, reason):
    put(tmp_path, **post)
    taken = take("ghost", path="g.json")
    assert (taken.stories, taken.errors) == ([], [])
    assert reason in taken.notes[0]


@pytest.mark.parametrize(
    ("status", "email_only"), [("sent", 1), ("sent", None), ("scheduled", True), ("published", True)]
)
def test_what_went_out_by_e_mail_alone_is_for_no_reader(take, tmp_path, status, email_only):
    meta = [{"post_id": "1", "email_only": email_only}]
    put(tmp_path, {**DATA, "posts": [{**POST, "status": status}], "posts_meta": meta})
    taken = take("ghost", path="g.json")
    assert (taken.stories, taken.errors) == ([], [])
    assert "left out: it is for e-mail alone" in taken.notes[0]
    taken = take("ghost", path="g.json", embargoed=True, drafts=True)
    assert [each.origin.draft for each in taken.gathered] == [True]
    assert any("a draft here: there it is for e-mail alone" in note for note in taken.notes)


def test_what_a_public_post_shows_to_members_is_left_out(take, tmp_path):
    segment = 'memberSegment:"status:-free"'
    html = (
        f"<p>For all.</p><!--kg-gated-block:begin nonMember:false {segment} --><p>For who pays.</p>"
        "<!--kg-gated-block:end--><p>Between.</p>"
        f"<!--kg-gated-block:begin nonMember:true {segment} --><p>And guests.</p><!--kg-gated-block:end-->"
        f"<p>Then.</p><!--kg-gated-block:begin {segment} --><p>For who pays, too.</p>"
    )
    put(tmp_path, html=html)
    taken = take("ghost", path="g.json")
    assert [plain(block.text) for block in taken.stories[0].body] == ["For all.", "Between.", "And guests.", "Then."]
    assert any("2 pieces of the text left out: the site shows them to members alone" in note for note in taken.notes)
    put(tmp_path, html="<p>For all.</p><!--kg-card-begin: html--><p>Of a card.</p><!--kg-card-end: html-->")
    taken = take("ghost", path="g.json")
    assert len(taken.stories[0].body) == 2
    assert not any("members" in note for note in taken.notes)


def test_scheduled_posts_for_a_newsroom(take, tmp_path):
    put(tmp_path, status="scheduled", published_at="2026-11-24T06:00:00Z")
    (gathered,) = take("ghost", path="g.json", embargoed=True).gathered
    assert gathered.origin.embargoed == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_a_scheduled_post_without_its_time_stays_in(take, tmp_path):
    put(tmp_path, status="scheduled", published_at=None)
    taken = take("ghost", path="g.json")
    assert taken.stories == []
    assert "published_at" in taken.errors[0]


def test_what_is_lost_is_named(take, tmp_path):
    put(tmp_path, codeinjection_head="<script>x</script>", extra={"words": "many"})
    notes = " ".join(take("ghost", path="g.json").notes)
    assert "codeinjection_head" in notes
    assert "extra.words" in notes


@pytest.mark.parametrize("data", [b"{}", b"[]", b"1", b'{"db": 1}', b'{"db": [{"data": {"posts": 3}}]}', b'"posts"'])
def test_what_is_no_export(take, tmp_path, data):
    (tmp_path / "g.json").write_bytes(data)
    with pytest.raises(SourceError, match="no export of Ghost"):
        take("ghost", path="g.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from([*POST, *DATA, "name"]), inside),
    max_leaves=10,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    post=st.dictionaries(st.sampled_from(list(POST)), _JSON),
    tables=st.dictionaries(st.sampled_from([name for name in DATA if name != "posts"]), _JSON),
)
def test_any_json_is_taken_or_told(take, tmp_path, post, tables):
    put(tmp_path, {**DATA, **tables, "posts": [{**POST, **post}]})
    taken = take("ghost", path="g.json")
    assert taken.stories or taken.errors or taken.notes


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ({"status": "draft", "published_at": None}, None),
        ({"status": "scheduled", "published_at": None}, None),
        ({"visibility": "members"}, "its visibility is members"),
    ],
)
def test_drafts_come_to_who_wants_them(take, tmp_path, post, told):
    put(tmp_path, **post)
    taken = take("ghost", path="g.json", drafts=True, embargoed=True)
    (gathered,) = taken.gathered
    assert gathered.origin.draft
    assert gathered.dated == (told is not None)
    assert [told in note for note in taken.notes if "draft here" in note] == [True] * (told is not None)
