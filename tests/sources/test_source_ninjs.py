"""ninjs of every version: what becomes of it, what is left out and said so, and bytes that are none."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamizdat.errors import ItemError, SourceError
from tamizdat.sources.port import Author
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed, PictureBlock, plain

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
FIRST = {
    "uri": "urn:example:bread",
    "type": "text",
    "version": "3",
    "firstcreated": "2026-11-23T09:00:00+03:00",
    "versioncreated": "2026-11-23T07:00:00Z",
    "pubstatus": "usable",
    "urgency": 4,
    "language": "en-GB",
    "headline": "Bread costs half as much again",
    "byline": "Maro Tesken",
    "located": "Kaldra",
    "description_text": "A loaf was 40 last November.",
    "body_text": "It is 61 now.",
    "body_xhtml": "<p>It is <b>61</b> now.</p>",
    "subject": [{"name": "prices", "code": "04000000", "rel": "about"}],
    "genre": [{"name": "Economy"}],
    "infosource": [{"name": "Reed Quay Wire"}],
    "copyrightholder": "Reed Quay",
    "usageterms": "Not for print",
    "ednote": "Replaces version 2",
    "associations": {
        "mainpic": {
            "type": "picture",
            "headline": "A shelf",
            "description_text": "A half-empty shelf in a bakery",
            "byline": "M. Tesken",
            "renditions": {
                "small": {"href": "https://example.org/s.jpg", "mimetype": "image/jpeg", "width": 100, "height": 80},
                "full": {"href": "https://example.org/f.jpg", "mimetype": "image/jpeg", "width": 4000, "height": 3000},
                "huge": {
                    "href": "https://example.org/h.jpg",
                    "mimetype": "image/jpeg",
                    "sizeinbytes": 90_000_000,
                    "width": 5000,
                    "height": 5000,
                },
                "wide": {"href": "https://example.org/w.jpg", "mimetype": "image/jpeg", "width": 9999, "height": 9999},
                "raw": {"href": "https://example.org/f.tif", "mimetype": "image/tiff", "width": 9000, "height": 9000},
            },
        }
    },
}
SECOND = {
    "uri": "urn:example:bread",
    "type": "text",
    "version": "3",
    "firstcreated": "2026-11-23T06:00:00Z",
    "versioncreated": "2026-11-23T07:00:00Z",
    "pubstatus": "usable",
    "urgency": 4,
    "language": "en",
    "headlines": [{"role": "main", "value": "Bread costs half as much again"}],
    "by": "Maro Tesken",
    "located": "Kaldra",
    "descriptions": [{"role": "summary", "value": "A loaf was 40 last November."}],
    "bodies": [
        {"role": "plain", "contenttype": "text/plain", "value": "It is 61 now."},
        {"role": "web", "contenttype": "text/html", "value": "<p>It is <b>61</b> now.</p>"},
    ],
    "subjects": [{"name": "prices", "uri": "urn:x:04000000", "rel": "about"}],
    "genres": [{"name": "Economy"}],
    "infosources": [{"name": "Reed Quay Wire"}],
    "copyrightholder": "Reed Quay",
    "usageterms": "Not for print",
    "ednote": "Replaces version 2",
    "associations": [
        {
            "name": "mainpic",
            "type": "picture",
            "headlines": [{"value": "A shelf"}],
            "descriptions": [{"value": "A half-empty shelf in a bakery"}],
            "by": "M. Tesken",
            "renditions": [
                {
                    "name": "s",
                    "href": "https://example.org/s.jpg",
                    "contenttype": "image/jpeg",
                    "width": 1,
                    "height": 1,
                },
                {
                    "name": "f",
                    "href": "https://example.org/f.jpg",
                    "contenttype": "image/jpeg",
                    "width": 9,
                    "height": 9,
                },
            ],
        }
    ],
}
_CAMEL = {
    "firstcreated": "firstCreated",
    "versioncreated": "versionCreated",
    "pubstatus": "pubStatus",
    "contenttype": "contentType",
    "copyrightholder": "copyrightHolder",
    "usageterms": "usageTerms",
    "ednote": "edNote",
    "infosources": "infoSources",
}


def camel(value):
    if isinstance(value, dict):
        return {_CAMEL.get(key, key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, list) else value


def put(tmp_path, value, name="n.json"):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(value), "utf-8")


@pytest.mark.parametrize("item", [FIRST, SECOND, camel(SECOND)], ids=["1", "2", "3"])
def test_every_version_says_the_same(take, tmp_path, item):
    put(tmp_path, item)
    taken = take("ninjs", path="n.json")
    (story,) = taken.stories
    assert (story.story_id, story.language, story.revision) == ("bread-907d87b162b3", "en", 3)
    assert (story.headline, story.lead) == ("Bread costs half as much again", "A loaf was 40 last November.")
    assert [plain(block.text) for block in story.body] == ["It is 61 now."]
    assert story.body[0].text[1].strong
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    assert story.updated.isoformat() == "2026-11-23T07:00:00+00:00"
    assert (story.byline, story.dateline) == (("Maro Tesken",), "Kaldra")
    assert (story.sections, story.topics, story.agencies) == (("Economy",), ("prices",), ("Reed Quay Wire",))
    assert (story.picture.alt, story.picture.credit) == ("A half-empty shelf in a bakery", "M. Tesken")
    assert story.picture.origin == "https://example.org/f.jpg"
    origin = taken.gathered[0].origin
    assert (origin.provider, origin.rights, origin.usage_terms) == ("Reed Quay Wire", "Reed Quay", "Not for print")
    assert (origin.note, origin.urgency, taken.gathered[0].dated) == ("Replaces version 2", 4, True)
    assert taken.errors == []
    (note,) = taken.notes
    assert "n.json (urn:example:bread): left out, a story has no place for it: subject" in note


def test_what_a_story_has_no_place_for_is_named_once(take, tmp_path):
    put(tmp_path, {**FIRST, "person": [{"name": "Nele Amrin"}, {"name": "Iven"}], "slugline": "bread", "x": {"y": [1]}})
    (note,) = take("ninjs", path="n.json").notes
    assert all(name in note for name in ("person[].name", "slugline", "x.y[]", "subject[].code"))
    assert note.count("person[].name") == 1


@pytest.mark.parametrize("shape", [lambda item: [item], lambda item: {"items": [item]}, lambda item: item])
def test_one_item_many_and_wrapped(take, tmp_path, shape):
    put(tmp_path, shape(FIRST))
    assert len(take("ninjs", path="n.json").stories) == 1


def test_the_newest_version_in_a_folder_counts(take, tmp_path):
    for at, version in enumerate((2, 10, 9)):
        put(tmp_path, {**FIRST, "version": str(version)}, f"w/{at}.json")
    taken = take("ninjs", path="w")
    assert [story.revision for story in taken.stories] == [10]
    assert taken.errors == []
    put(tmp_path, {**FIRST, "version": "11", "pubstatus": "canceled"}, "w/0.json")
    taken = take("ninjs", path="w")
    assert taken.stories == []
    assert "canceled" in taken.notes[0]


@pytest.mark.parametrize("status", ["withheld", "canceled", "Canceled"])
def test_withheld_and_canceled_are_never_yielded(take, tmp_path, status):
    put(tmp_path, [{**FIRST, "pubstatus": status}, {**FIRST, "uri": "b"}])
    taken = take("ninjs", path="n.json")
    assert [story.story_id for story in taken.stories] == ["b"]
    assert any(status.lower() in note for note in taken.notes)
    assert taken.errors == []
    put(tmp_path, {**FIRST, "pubstatus": status})
    assert take("ninjs", path="n.json", embargoed=True).stories == []


@pytest.mark.parametrize("name", ["embargoed", "embargoedUntil"])
def test_an_embargo_is_kept(take, tmp_path, name):
    put(tmp_path, {**FIRST, name: "2026-11-24T06:00:00+02:00"})
    taken = take("ninjs", path="n.json")
    assert taken.stories == []
    assert "under embargo until 2026-11-24 04:00 UTC" in taken.notes[0]
    taken = take("ninjs", path="n.json", embargoed=True)
    assert taken.gathered[0].origin.embargoed == datetime(2026, 11, 24, 4, tzinfo=UTC)
    put(tmp_path, {**FIRST, name: "2026-11-23T18:02:00Z"})
    assert len(take("ninjs", path="n.json").stories) == 1
    put(tmp_path, {**FIRST, name: "tomorrow at nine"})
    taken = take("ninjs", path="n.json")
    assert taken.stories == []
    assert "tomorrow at nine" in taken.errors[0]


def test_pictures_stand_where_the_text_has_them(take, tmp_path):
    html = '<p>One.</p><figure><img src="https://example.org/s.jpg" alt="Shelf"></figure><p>Two.</p>'
    second = {"type": "picture", "headline": "Queue", "renditions": {"a": {"href": "https://example.org/q.png"}}}
    film = {"type": "video", "headline": "Film", "renditions": {"a": {"href": "https://example.org/v.mp4"}}}
    nothing = {"type": "picture", "uri": "urn:x", "renditions": {"a": {"href": "https://example.org/z.png"}}}
    more = {**FIRST["associations"], "b": second, "c": film, "d": nothing, "e": {"type": "text", "headline": "Other"}}
    put(tmp_path, {**FIRST, "body_xhtml": html, "associations": more})
    taken = take("ninjs", path="n.json")
    (story,) = taken.stories
    assert story.picture.origin == "https://example.org/q.png"
    assert isinstance(story.body[1], PictureBlock)
    shown = story.body[1].picture
    assert (shown.origin, shown.alt, shown.credit) == ("https://example.org/f.jpg", "Shelf", "M. Tesken")
    assert story.body[-1] == Embed("https://example.org/v.mp4", "Film")
    assert any("urn:x left out: it has no text for the blind" in note for note in taken.notes)
    assert any("association e left out" in note for note in taken.notes)
    assert any("associations.e.headline" in note for note in taken.notes)


def test_pictures_of_a_folder_stay_in_it(take, tmp_path):
    put(tmp_path, FIRST, "w/n.json")
    (tmp_path / "w" / "p.jpg").write_bytes(b"bytes")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    for href, origin in (("p.jpg", "p.jpg"), ("../secret.jpg", None), ("file:///etc/passwd", None)):
        picture = {"type": "picture", "headline": "P", "renditions": {"a": {"href": href, "mimetype": "image/jpeg"}}}
        put(tmp_path, {**FIRST, "associations": {"a": picture}}, "w/n.json")
        (story,) = take("ninjs", path="w").stories
        assert (story.picture.origin if story.picture else None) == origin
    source = open_source("ninjs", base_dir=tmp_path, now=NOW, path="w")
    assert source.open_picture("p.jpg") == b"bytes"
    with pytest.raises(ItemError):
        source.open_picture("../secret.jpg")


def test_a_text_that_says_other_words_is_named(take, tmp_path):
    bodies = [*SECOND["bodies"], {"role": "short", "contenttype": "text/plain", "value": "Dearer bread."}]
    put(tmp_path, {**SECOND, "bodies": bodies})
    assert any("bodies[2] (short) left out" in note for note in take("ninjs", path="n.json").notes)


def test_authors_of_newsroom_systems(take, tmp_path):
    item = {key: value for key, value in FIRST.items() if key not in {"byline", "infosource"}}
    more = {"authors": [{"name": "Nele Amrin", "code": "na"}], "source": "RQ", "service": [{"name": "World"}]}
    put(tmp_path, {**item, **more, "body_html": "<p>It is 61 now, and more.</p>"})
    taken = take("ninjs", path="n.json")
    (story,) = taken.stories
    assert (story.byline, story.agencies, story.sections) == (("Nele Amrin",), ("RQ",), ("Economy", "World"))
    assert taken.gathered[0].origin.authors == (Author("na", "Nele Amrin"),)


def test_an_event_is_no_story(take, tmp_path):
    put(tmp_path, {"uri": "urn:e", "type": "event", "headlines": [{"value": "A match"}]})
    taken = take("ninjs", path="n.json")
    assert (taken.stories, taken.errors) == ([], [])
    assert "its type is event" in taken.notes[0]
    assert "headlines[].value" in taken.notes[0]


def test_from_the_web(take, server):
    picture = {"type": "picture", "headline": "P", "renditions": {"a": {"href": "p.jpg", "mimetype": "image/jpeg"}}}
    item = {**FIRST, "associations": {"a": picture}}
    server.routes["/wire/1"] = 200, {}, json.dumps({"items": [item]}).encode()
    server.routes["/wire/p.jpg"] = 200, {}, b"bytes"
    source = open_source("ninjs", base_dir=None, now=NOW, url=f"{server.address}/wire/1")
    (gathered,) = source.stories([].append)
    assert not source.complete
    assert source.open_picture(gathered.story.picture.origin) == b"bytes"


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"{", b"[" * 200_000, b'{"a":' * 100_000, b"1" * 10_000, b'"text"', b"[1, null]", b"null"]
)
def test_what_is_no_ninjs(take, tmp_path, data):
    (tmp_path / "n.json").write_bytes(data)
    try:
        taken = take("ninjs", path="n.json")
    except SourceError:
        return
    assert taken.stories == []
    assert taken.errors


def test_one_broken_file_does_not_hold_up_a_folder(take, tmp_path):
    put(tmp_path, FIRST, "w/b.json")
    (tmp_path / "w" / "a.json").write_bytes(b"{")
    (tmp_path / "w" / "c.json").symlink_to("/etc/hostname")
    taken = take("ninjs", path="w")
    assert len(taken.stories) == 1
    assert [error.partition(":")[0] for error in taken.errors] == ["w/a.json", "w/c.json"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from([*FIRST, *SECOND, "x"]), inside),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(base=st.sampled_from([FIRST, SECOND]), changes=st.dictionaries(st.sampled_from([*FIRST, *SECOND]), _JSON))
def test_any_json_becomes_a_story_or_a_reason(take, tmp_path, base, changes):
    put(tmp_path, {**base, **changes})
    taken = take("ninjs", path="n.json")
    assert taken.stories or taken.errors or taken.notes


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 3000), piece=st.binary(max_size=6), cut=st.integers(0, 20))
def test_damaged_bytes_raise_nothing_of_their_own(take, tmp_path, at, piece, cut):
    data = json.dumps(FIRST).encode()
    (tmp_path / "n.json").write_bytes(data[:at] + piece + data[at + cut :])
    try:
        take("ninjs", path="n.json")
    except SourceError:
        pass


def test_ten_megabytes_take_seconds(take, tmp_path):
    html = "<p>" + "word " * 400
    item = {**FIRST, "body_xhtml": html * 4_000, "person": [{"name": str(at)} for at in range(200_000)]}
    put(tmp_path, item)
    began = time.monotonic()
    assert len(take("ninjs", path="n.json").stories) == 1
    assert time.monotonic() - began < 20
