"""Odd items of ninjs and NewsML-G2, as wires send them: whole, or what is missing is said."""

import json

import pytest
from test_source_newsml import NOW, PLAIN
from test_source_newsml import item as newsml

from tamizdat.errors import ItemWithdrawn, SourceError
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed, Heading, plain

TEXT = {
    "uri": "urn:x:1", "type": "text", "language": "en", "headline": "Bread",
    "versioncreated": "2026-11-23T07:00:00Z", "body_text": "It is 61.",
}  # fmt: skip
_STATUS = '<pubStatus qcode="stat:canceled"/>'
NITF = """<nitf><body><body.head><hedline><hl1>Bread</hl1></hedline><byline>Maro</byline></body.head><body.content>
<p>It is 61.</p><media media-type="image"><media-reference source="https://x.example/a.jpg" alternate-text="A shelf"/>
<media-caption>Noon</media-caption></media></body.content></body></nitf>"""


def _ninjs(take, tmp_path, *items):
    (tmp_path / "n.json").write_text(json.dumps(list(items)), "utf-8")
    return take("ninjs", path="n.json")


def _newsml(take, tmp_path, *items):
    inside = "".join(items)
    (tmp_path / "n.xml").write_text(f"<newsMessage><itemSet>{inside}</itemSet></newsMessage>", "utf-8")
    return take("newsml", path="n.xml")


def _without(item, *names):
    return {name: value for name, value in item.items() if name not in names}


def _words(story):
    return " ".join(plain(block.text) for block in story.body if hasattr(block, "text"))


# --- taken back ---


def _withdrawn(kind, tmp_path, name):
    told = []
    source = open_source(kind, base_dir=tmp_path, now=NOW, path=name)
    stories = list(source.stories(told.append))
    taken_back = [each.fields for each in told if isinstance(each, ItemWithdrawn)]
    return stories, [(fields["language"], fields["status"]) for fields in taken_back]


@pytest.mark.parametrize("status", ["canceled", "stat:canceled", "http://cv.iptc.org/newscodes/pubstatusg2/Canceled/"])
def test_a_status_counts_with_its_scheme_too(tmp_path, status):
    (tmp_path / "n.json").write_text(json.dumps([{**TEXT, "pubstatus": status}]), "utf-8")
    assert _withdrawn("ninjs", tmp_path, "n.json") == ([], [("en", "canceled")])


def test_what_is_taken_back_without_a_word_is_taken_back_in_every_language(tmp_path):
    kill = {"uri": "urn:x:1", "version": "2", "pubstatus": "canceled"}
    items = [{**TEXT, "version": "1"}, {**TEXT, "version": "1", "language": "ru"}, kill]
    (tmp_path / "n.json").write_text(json.dumps(items), "utf-8")
    assert _withdrawn("ninjs", tmp_path, "n.json") == ([], [("", "canceled")])
    named = 'guid="urn:newsml:shore.example:bread" version="4" xml:lang="de"'
    bare = f"<newsItem {named}><itemMeta>{_STATUS}</itemMeta></newsItem>"
    (tmp_path / "n.xml").write_text(f"<newsMessage>{newsml(PLAIN)}{bare}</newsMessage>", "utf-8")
    assert _withdrawn("newsml", tmp_path, "n.xml") == ([], [("", "canceled")])


def test_what_came_again_after_it_was_taken_back_stands(tmp_path):
    kill = {"uri": "urn:x:1", "version": "2", "pubstatus": "canceled"}
    (tmp_path / "n.json").write_text(json.dumps([{**TEXT, "version": "3"}, kill]), "utf-8")
    stories, withdrawn = _withdrawn("ninjs", tmp_path, "n.json")
    assert (len(stories), withdrawn) == (1, [])


def test_what_is_taken_back_needs_no_dates(tmp_path):
    items = [{**TEXT, "version": "1"}, {**TEXT, "version": "2", "pubstatus": "withheld", "versioncreated": "today"}]
    (tmp_path / "n.json").write_text(json.dumps(items), "utf-8")
    assert _withdrawn("ninjs", tmp_path, "n.json") == ([], [("en", "withheld")])


def test_a_status_that_nobody_knows_is_told(take, tmp_path):
    assert (
        "its status 'killed' is none that we know" in _ninjs(take, tmp_path, {**TEXT, "pubstatus": "killed"}).notes[0]
    )
    taken = _newsml(take, tmp_path, newsml(PLAIN, meta='<pubStatus qcode="stat:killed"/>'))
    assert "its status 'killed' is none that we know" in "\n".join(taken.notes)


# --- embargoes ---


@pytest.mark.parametrize("value", [True, ["2099-01-01"], {"until": "2099"}, "soon", 7])
def test_an_embargo_that_is_no_time_is_not_overlooked(take, tmp_path, value):
    taken = _ninjs(take, tmp_path, {**TEXT, "embargoed": value})
    assert not taken.stories
    assert "embargoed" in taken.errors[0]


@pytest.mark.parametrize("embargo", ["<embargoed/>", "<embargoed> </embargoed>"])
def test_an_embargo_without_end_leaves_an_item_out(take, tmp_path, embargo):
    taken = _newsml(take, tmp_path, newsml(PLAIN, meta=embargo))
    assert not taken.stories
    assert "says no time: it must not be used" in taken.errors[0]


@pytest.mark.parametrize("number", ["1", "2"])
def test_what_came_before_an_embargo_that_nobody_can_read_is_not_shown(take, tmp_path, number):
    taken = _ninjs(take, tmp_path, {**TEXT, "version": "1"}, {**TEXT, "version": number, "embargoed": "soon"})
    assert (taken.stories, len(taken.errors)) == ([], 1)
    taken = _newsml(take, tmp_path, newsml(PLAIN), newsml(PLAIN, version=f"{number}0", meta="<embargoed/>"))
    assert (taken.stories, len(taken.errors)) == ([], 1)


def test_a_newer_version_that_cannot_be_read_is_told(take, tmp_path):
    taken = _ninjs(take, tmp_path, {**TEXT, "version": "1"}, {**TEXT, "version": "2", "versioncreated": "soon"})
    assert (len(taken.stories), len(taken.errors)) == (1, 1)


# --- texts ---


def test_the_main_text_is_taken_and_not_the_longest_beside_it(take, tmp_path):
    bodies = [
        {"contentType": "text/plain", "value": "It is 61."},
        {
            "contentType": "text/html",
            "role": "sidebar",
            "value": "<p>Much more beside it, and no main text.</p>",
        },
    ]
    taken = _ninjs(take, tmp_path, {**_without(TEXT, "body_text"), "bodies": bodies})
    assert _words(taken.stories[0]) == "It is 61."
    assert "bodies[1] (sidebar) left out" in taken.notes[0]


@pytest.mark.parametrize(
    "shape", [{"body_nitf": NITF}, {"bodies": [{"contentType": "application/nitf+xml", "value": NITF}]}]
)
def test_nitf_in_json_keeps_its_pictures(take, tmp_path, shape):
    taken = _ninjs(take, tmp_path, {**_without(TEXT, "body_text"), **shape})
    (story,) = taken.stories
    assert [picture.origin for picture in story.pictures] == ["https://x.example/a.jpg"]
    assert not any(isinstance(block, Heading) for block in story.body), "the headline stands above it"
    assert "byline and dateline left out: Maro" in "\n".join(taken.notes)


def test_nitf_that_is_none_keeps_its_words(take, tmp_path):
    taken = _ninjs(take, tmp_path, {**_without(TEXT, "body_text"), "body_nitf": "<nitf><p>It is 61."})
    assert _words(taken.stories[0]) == "It is 61."
    assert "read as if it were HTML" in taken.notes[0]


# --- what goes with an item ---


def test_what_a_system_has_not_does_not_hide_what_it_has(take, tmp_path):
    picture = {
        "type": "picture", "headline": "A shelf",
        "renditions": {"o": {"href": "https://x.example/p.jpg", "mimetype": "image/jpeg"}},
    }  # fmt: skip
    taken = _ninjs(take, tmp_path, {**TEXT, "associations": {"editor_0": None, "featuremedia": picture}})
    assert taken.stories[0].picture.origin == "https://x.example/p.jpg"


def test_stories_beside_an_item_are_named(take, tmp_path):
    beside = [
        {"name": "a", "rel": "seeAlso", "uri": "urn:x:8", "type": "text"},
        {"name": "b", "uri": "urn:x:9", "type": "text", "headline": "Other", "body_text": "Other words."},
    ]
    notes = "\n".join(_ninjs(take, tmp_path, {**TEXT, "associations": beside}).notes)
    assert "item that it names left out: urn:x:8" in notes
    assert "association urn:x:9 left out" in notes
    assert "associations[].body_text" in notes


def test_links_of_an_item_are_named_but_for_its_translations(take, tmp_path):
    links = '<link rel="irel:seeAlso" residref="urn:x:8"/><link rel="irel:isTranslationOf" residref="urn:x:9"/>'
    notes = "\n".join(_newsml(take, tmp_path, newsml(PLAIN, meta=links)).notes)
    assert "items that it names left out: seeAlso urn:x:8" in notes
    assert "urn:x:9" not in notes


def _remote(href, kind, more=""):
    return f'<remoteContent href="https://x.example/{href}" contenttype="{kind}" {more}/>'


def test_everything_beside_a_text_comes_in_or_is_named(take, tmp_path):
    content = PLAIN + "".join((
        _remote("1.jpg", "image/jpeg"), _remote("2.jpg", "image/jpeg"), _remote("s.mp3", "audio/mpeg"),
        _remote("v.mp4", "video/mp4"), _remote("d.pdf", "application/pdf"),
    ))  # fmt: skip
    taken = _newsml(take, tmp_path, newsml(content))
    (story,) = taken.stories
    assert [picture.origin[-5:] for picture in story.pictures] == ["1.jpg", "2.jpg"]
    assert [block.url[-5:] for block in story.body if isinstance(block, Embed)] == ["s.mp3", "v.mp4"]
    assert "application/pdf https://x.example/d.pdf" in "\n".join(taken.notes)


@pytest.mark.parametrize(
    ("kind", "more"), [("text", 'rendition="rnd:x"'), ("picture", ""), ("graphic", 'rendition="rnd:x"')]
)
def test_forms_of_one_picture_are_one(take, tmp_path, kind, more):
    content = _remote("s.jpg", "image/jpeg", f'width="90" height="60" {more}')
    content += _remote("l.jpg", "image/jpeg", f'width="900" height="600" {more}')
    (story,) = _newsml(take, tmp_path, newsml(content, kind=kind)).stories
    assert (story.picture.origin, story.body) == ("https://x.example/l.jpg", ())


def test_the_still_of_a_film_is_no_picture_of_its_own(take, tmp_path):
    content = _remote("still.jpg", "image/jpeg") + _remote("v.mp4", "video/mp4")
    (story,) = _newsml(take, tmp_path, newsml(content, kind="video")).stories
    assert story.picture is None
    assert [type(block) for block in story.body] == [Embed]


def test_all_that_a_source_says_of_rights_and_to_editors_is_kept(take, tmp_path):
    terms = "<rightsInfo><usageTerms>Not in DE</usageTerms></rightsInfo>"
    item = newsml(PLAIN, meta="<edNote>Second note</edNote>").replace("<itemMeta>", f"{terms}<itemMeta>")
    origin = _newsml(take, tmp_path, item).gathered[0].origin
    assert origin.usage_terms == "Not for print \u00b7 Not in DE"
    assert origin.note == "Second note \u00b7 Replaces version 2"


def test_what_a_package_names_and_no_file_has_is_told(take, tmp_path):
    package = """<packageItem guid="urn:p"><groupSet><group><itemRef residref="urn:newsml:shore.example:bread"/>
<itemRef residref="urn:gone"/></group></groupSet></packageItem>"""
    notes = "\n".join(_newsml(take, tmp_path, package, newsml(PLAIN)).notes)
    assert "names 1 items that are not in this file: urn:gone" in notes


# --- bytes ---


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("ninjs", b'{"uri": "a", "headline": "\xff\xfe"}', "UTF-8"),
        ("ninjs", '{"uri": "a"}'.encode("utf-16"), "UTF-8"),
        ("ninjs", b'{"uri": "a", "z": ' + b"[" * 5_000_000, "nested too deep"),
        ("newsml", b"<newsMessage>" + b"<a>" * 2_000_000, "200 deep"),
        ("newsml", b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><newsItem>&c;</newsItem>', "DOCTYPE"),
        ("newsml", b"<newsItem><itemMeta>&eacute;</itemMeta></newsItem>", "undefined entity"),
    ],
)
def test_bytes_that_are_none_are_refused_whole(take, tmp_path, kind, data, reason):
    (tmp_path / "n").write_bytes(data)
    with pytest.raises(SourceError, match=reason):
        take(kind, path="n")
