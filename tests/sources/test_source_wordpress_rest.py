"""WordPress over its REST interface, against a server on loopback."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamizdat.errors import ItemNote, SourceError
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.port import Author
from tamizdat.sources.registry import open_source
from tamizdat.sources.wordpress_rest import WordPressRestSource
from tamizdat.story import plain

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)


def post(number=5, **more):
    return {
        "id": number,
        "date_gmt": "2026-11-23T06:00:00",
        "modified_gmt": "2026-11-23T07:00:00",
        "guid": {"rendered": f"https://shore.example/?p={number}"},
        "link": f"https://shore.example/bread-{number}/",
        "status": "publish",
        "title": {"rendered": "Bread &amp; salt"},
        "content": {"rendered": "<p>It is 61 now, and dearer still.</p>", "protected": False},
        "excerpt": {"rendered": "<p>It is 61 now, [&hellip;]</p>"},
        "_embedded": {
            "author": [{"name": "Maro Tesken", "slug": "maro"}],
            "wp:featuredmedia": [
                {
                    "source_url": "https://shore.example/f.jpg",
                    "alt_text": "A shelf",
                    "caption": {"rendered": "<p>Noon</p>"},
                }
            ],
            "wp:term": [[{"taxonomy": "category", "name": "Economy"}], [{"taxonomy": "post_tag", "name": "prices"}]],
        },
        **more,
    }


class Site:
    """Serves pages of posts whatever else stands in the query."""

    def __init__(self, server, pages, *, counted=True):
        self.pages, self.counted, self.server = pages, counted, server
        server.routes = self

    def get(self, path, _):
        asked = parse_qs(urlsplit(path).query)
        if urlsplit(path).path != "/wp-json/wp/v2/posts" or asked.get("_embed") != ["1"]:
            return 404, {}, b""
        headers = {"X-WP-TotalPages": str(len(self.pages))} if self.counted else {}
        return 200, headers, json.dumps(self.pages[int(asked["page"][0]) - 1]).encode()


class Taken:
    """What the site at ``server`` gives."""

    def __init__(self, server, path=""):
        faults = []
        url = server.address + path
        source = open_source("wordpress", base_dir=Path("/"), now=NOW, url=url, language="en")
        self.gathered = list(source.stories(faults.append))
        self.stories = [gathered.story for gathered in self.gathered]
        self.notes = [str(fault) for fault in faults if isinstance(fault, ItemNote)]
        self.errors = [str(fault) for fault in faults if not isinstance(fault, ItemNote)]


take = Taken


@pytest.mark.parametrize("path", ["", "/", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/posts?per_page=2"])
def test_all_pages_are_read(server, path):
    Site(server, [[post(1), post(2)], [post(2), post(3)]])
    taken = take(server, path)
    assert [gathered.where[-6:] for gathered in taken.gathered] == ["post 1", "post 2", "post 3"]
    assert len(server.requests) == 2
    assert (taken.errors, taken.notes) == ([], [])


def test_a_post(server):
    Site(server, [[post()]])
    (gathered,) = take(server).gathered
    story = gathered.story
    assert (story.headline, story.lead, story.byline) == ("Bread & salt", "", ("Maro Tesken",))
    assert (story.sections, story.topics) == (("Economy",), ("prices",))
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    assert story.updated.isoformat() == "2026-11-23T07:00:00+00:00"
    assert (story.picture.alt, story.picture.caption) == ("A shelf", "Noon")
    assert gathered.origin.authors == (Author("maro", "Maro Tesken"),)
    assert gathered.origin.link == "https://shore.example/bread-5/"
    assert story.story_id.startswith("p-5-")


@pytest.mark.parametrize("title", [{"rendered": ""}, {"rendered": "<b> </b>"}, {}, None])
def test_a_post_without_a_title_has_its_first_words_for_one(server, title):
    Site(server, [[post(1, title=title), post(2, title=title, content={"rendered": ""})]])
    taken = take(server)
    assert [story.headline for story in taken.stories] == ["It is 61 now, and dearer still."]
    assert any("has no title: its first words are the headline" in note for note in taken.notes)
    assert "title: is missing, and there is no text to take one from" in taken.errors[0]


def test_the_language_of_polylang(server):
    Site(server, [[post(lang="ka")]])
    assert take(server).stories[0].language == "ka"


def test_the_translations_of_polylang(server):
    Site(server, [[post(9, lang="ka", translations={"en": 5, "ka": 9}), post(5, translations={"en": 5}), post(6)]])
    taken = take(server)
    assert [each.origin.group for each in taken.gathered] == ["polylang 5", "polylang 5", ""]
    assert [each.origin.own_id for each in taken.gathered] == [story.story_id for story in taken.stories]
    assert len({story.story_id for story in taken.stories}) == 3
    assert not taken.notes


def test_without_a_count_pages_are_asked_for_until_one_is_short(server):
    Site(server, [[post(at) for at in range(50)], [post(99)]], counted=False)
    assert len(take(server).stories) == 51


def again(server, state, **more):
    source = WordPressRestSource(server.address, name="wp", now=NOW, language="en", state=state)
    return source, source.stories([].append)


def test_the_next_run_asks_only_for_what_changed(server):
    Site(server, [[post(1), post(2, modified_gmt="2026-11-23T09:00:00"), post(3, modified_gmt="2099-01-01T00:00:00")]])
    source, stories = again(server, None)
    assert len(list(stories)) == 3
    assert "modified_after" not in server.requests[0][0]
    assert source.state.last_modified == "2026-11-23T09:00:00+00:00"
    following, stories = again(server, source.state)
    assert len(list(stories)) == 3
    assert "modified_after=2026-11-23T08%3A59%3A59Z" in server.requests[-1][0]
    assert "after=2026-11-22T09%3A00%3A00Z" in server.requests[-2][0], "what was scheduled came out since"
    assert following.state == source.state
    assert "order=desc" in server.requests[-1][0]


def test_what_was_scheduled_comes_out_though_nobody_saved_it_again(server):
    """A site that keeps to what it is asked; its clock lets the post out an hour late."""
    out = post(2, date_gmt="2026-11-23T08:30:00", modified_gmt="2026-11-20T06:00:00")

    def get(path, _):
        asked = parse_qs(urlsplit(path).query)
        found = [out] if asked.get("after", ["9"])[0] < out["date_gmt"] else []
        return 200, {"X-WP-TotalPages": "1"}, json.dumps(found).encode()

    server.routes = type("Any", (), {"get": staticmethod(get)})()
    source, stories = again(server, FeedState(server.address, "2026-11-23T09:00:00+00:00"))
    assert [gathered.where[-6:] for gathered in stories] == ["post 2"]
    assert source.state.last_modified == "2026-11-23T09:00:00+00:00"


def test_a_run_that_fails_does_not_count(server):
    Site(server, [[post(1)], []])
    server.routes.pages = [[post(1)], "no list"]
    source, stories = again(server, FeedState(server.address, "2026-11-01T00:00:00+00:00"))
    with pytest.raises(SourceError):
        list(stories)
    assert source.state.last_modified == "2026-11-01T00:00:00+00:00"


def test_who_stops_has_had_the_newest(server):
    Site(server, [[post(1), post(2)]])
    source, stories = again(server, None)
    next(stories)
    stories.close()
    assert source.state.last_modified == "2026-11-23T07:00:00+00:00"


@pytest.mark.parametrize("state", [FeedState("https://other.example", "2026-11-01T00:00:00+00:00"), FeedState("", "x")])
def test_a_state_of_something_else_is_none(server, state):
    Site(server, [[post(1)]])
    list(again(server, state)[1])
    list(again(server, FeedState(server.address, "yesterday"))[1])
    assert not [request for request in server.requests if "modified_after" in request[0]]


def test_what_came_along_and_has_no_place_is_named(server):
    embedded = post()["_embedded"]
    embedded["replies"] = [[{"content": {"rendered": "First!"}}, {"content": {"rendered": "Second"}}]]
    embedded["author"][0] |= {"description": "Writes on bread.", "link": "https://shore.example/a", "id": 4}
    embedded["wp:featuredmedia"][0] |= {"title": {"rendered": "DSC_0041"}, "description": {"rendered": "A long one"}}
    Site(server, [[post(_embedded=embedded)]])
    notes = " ".join(take(server).notes)
    assert "2 comments left out" in notes
    assert "'DSC_0041' left out" in notes
    assert "author[].description" in notes
    assert "wp:featuredmedia[].description.rendered" in notes
    assert "avatar" not in notes
    assert "First!" not in notes


def test_what_is_not_for_everybody(server):
    Site(server, [[post(1, status="private"), post(2, content={"rendered": "", "protected": True}), post(3)]])
    taken = take(server)
    assert len(taken.stories) == 1
    assert ["private" in taken.notes[0], "password" in taken.notes[1]] == [True, True]
    assert all("'Bread & salt' left out" in note for note in taken.notes)


def test_what_the_site_does_not_show_is_told(server):
    hidden = [{"code": "rest_user_cannot_view", "message": "No.", "data": {"status": 401}}]
    pages = [
        post(1, featured_media=7, _embedded={"author": hidden, "wp:featuredmedia": hidden}),
        post(2, featured_media=8, _embedded={}),
        post(3, featured_media=0, _embedded={}, content={"rendered": " ", "protected": False}),
    ]
    Site(server, [pages])
    assert [note.partition(", ")[2] for note in take(server).notes] == [
        "post 1: featured picture 7 left out: the site does not show it",
        "post 1: author left out: the site does not show who it is",
        "post 2: featured picture 8 left out: the site does not show it",
        "post 3: has no text: what a page builder shows there is not in the post",
    ]


def test_numbers_of_footnotes_are_no_part_of_other_numbers(server):
    text = (
        '<p>It is 61<sup data-fn="a" class="fn"><a id="a-link" href="#a">1</a></sup>, H<sub>2</sub>O.</p>'
        '<ol class="wp-block-footnotes"><li id="a">The ministry. '
        '<a href="#a-link" aria-label="Jump">\u21a9\ufe0e</a></li></ol>'
    )
    Site(server, [[post(content={"rendered": text, "protected": False}, meta={"footnotes": "[1]"})]])
    taken = take(server)
    assert not taken.notes
    assert [plain(block.text) for block in taken.stories[0].body[:1]] == ["It is 61[1], H2O."]
    assert [plain(each) for each in taken.stories[0].body[1].items] == ["The ministry."]


def test_what_is_lost_is_named(server):
    terms = [[{"taxonomy": "region", "name": "North"}]]
    Site(server, [[post(acf={"subtitle": "More"}, _embedded={"wp:term": terms})]])
    notes = " ".join(take(server).notes)
    assert "region left out" in notes
    assert "North" in notes
    assert "acf.subtitle" in notes


@pytest.mark.parametrize("body", [b"{", b'{"code": "rest_no_route"}', b"3", b""])
def test_what_is_no_answer(server, body):
    server.routes = type("Any", (), {"get": lambda *_: (200, {}, body)})()
    with pytest.raises(SourceError):
        take(server)


def test_a_server_that_fails_in_the_middle(server):
    Site(server, [[post()]]).pages.append("x")
    with pytest.raises(SourceError, match="no list"):
        take(server)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["rendered", "name", "x"]), inside),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from([*post(), "lang", "x"]), _JSON))
def test_any_json_is_taken_or_told(server, changes):
    Site(server, [[{**post(), **changes}]])
    taken = take(server)
    assert taken.stories or taken.errors or taken.notes
