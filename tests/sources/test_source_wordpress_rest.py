"""WordPress over its REST interface, against a server on loopback."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamizdat.errors import ItemNote, SourceError
from tamizdat.sources.port import Author
from tamizdat.sources.registry import open_source
from tamizdat.sources.wordpress_rest import WordPressRestSource

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


def test_the_language_of_polylang(server):
    Site(server, [[post(lang="ka")]])
    assert take(server).stories[0].language == "ka"


def test_without_a_count_pages_are_asked_for_until_one_is_short(server):
    Site(server, [[post(at) for at in range(50)], [post(99)]], counted=False)
    assert len(take(server).stories) == 51


def test_only_what_changed(server):
    Site(server, [[post()]])
    source = WordPressRestSource(server.address, name="wp", now=NOW, language="en", since=NOW)
    assert len(list(source.stories([].append))) == 1
    assert "modified_after=2026-11-23T18%3A02%3A00Z" in server.requests[0][0]


def test_what_is_not_for_everybody(server):
    Site(server, [[post(1, status="private"), post(2, content={"rendered": "", "protected": True}), post(3)]])
    taken = take(server)
    assert len(taken.stories) == 1
    assert ["private" in taken.notes[0], "password" in taken.notes[1]] == [True, True]


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
