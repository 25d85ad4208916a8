"""NewsML-G2: items, messages and packages, NITF and XHTML inside, and bytes that are none."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamizdat.errors import ItemError, SourceError
from tamizdat.sources.registry import open_source
from tamizdat.story import Heading, ListBlock, Paragraph, PictureBlock, Quote, Table, plain

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
NITF = """<inlineXML contenttype="application/nitf+xml"><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body>
<body.head><hedline><hl1>Bread costs half as much again</hl1></hedline><byline>By Maro Tesken</byline>
<dateline><location>Kaldra</location></dateline><abstract><p>A loaf was 40.</p></abstract></body.head>
<body.content><block><p>It is <em>61</em> now, says <person>Nele Amrin</person>.</p><hl2>Queues</hl2>
<bq><block><p>We buy half.</p></block><credit>Nele Amrin</credit></bq><ul><li>One</li></ul>
<table><tr><td>2025</td><td>40</td></tr></table>
<media media-type="image"><media-reference source="shelf.jpg" mime-type="image/jpeg" alternate-text="A shelf"/>
<media-caption>Noon</media-caption><media-producer>M. Tesken</media-producer></media></block></body.content>
<body.end><tagline>Reporting by Iven.</tagline></body.end></body></nitf></inlineXML>"""
XHTML = """<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>
<p>It is <b>61</b> &amp; more.</p></body></html></inlineXML>"""
PLAIN = '<inlineData contenttype="text/plain">It is 61.\n\nTwo.</inlineData>'


def item(content=NITF, meta="", more="", guid="urn:newsml:shore.example:bread", version="3", around="", kind="text"):
    return f"""<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="{guid}" version="{version}"
 standard="NewsML-G2" standardversion="2.35" conformance="power" xml:lang="en-GB">{around}
<catalogRef href="http://127.0.0.1:9/catalog.xml"/>
<rightsInfo><copyrightHolder><name>Reed Quay</name></copyrightHolder><usageTerms>Not for print</usageTerms></rightsInfo>
<itemMeta><itemClass qcode="ninat:{kind}"/><provider qcode="p:rq"><name>Reed Quay Wire</name></provider>
<versionCreated>2026-11-23T07:00:00Z</versionCreated><firstCreated>2026-11-23T09:00:00+03:00</firstCreated>
{meta}<edNote>Replaces version 2</edNote></itemMeta>
<contentMeta><urgency>4</urgency><genre qcode="g:e"><name>Economy</name></genre>
<subject qcode="s:1"><name xml:lang="de">Preise</name><name xml:lang="en">prices</name></subject>
<headline>Bread costs half as much again</headline>{more}</contentMeta>
<contentSet>{content}</contentSet></newsItem>"""


def put(tmp_path, data, name="n.xml"):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(data, "utf-8")


def test_an_item_with_nitf(take, tmp_path):
    put(tmp_path, item())
    taken = take("newsml", path="n.xml")
    (story,) = taken.stories
    assert (story.language, story.revision) == ("en", 3)
    assert story.story_id.startswith("bread-")
    assert (story.headline, story.lead) == ("Bread costs half as much again", "A loaf was 40.")
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    assert story.updated.isoformat() == "2026-11-23T07:00:00+00:00"
    assert (story.byline, story.dateline) == (("By Maro Tesken",), "Kaldra")
    assert (story.sections, story.topics, story.agencies) == (("Economy",), ("prices",), ("Reed Quay Wire",))
    kinds = [Paragraph, Heading, Quote, ListBlock, Table, PictureBlock, Paragraph]
    assert [type(block) for block in story.body] == kinds
    assert plain(story.body[0].text) == "It is 61 now, says Nele Amrin."
    assert story.body[2].attribution == "Nele Amrin"
    picture = story.body[5].picture
    assert (picture.alt, picture.caption, picture.credit) == ("A shelf", "Noon", "M. Tesken")
    origin = taken.gathered[0].origin
    assert (origin.provider, origin.rights, origin.usage_terms) == ("Reed Quay Wire", "Reed Quay", "Not for print")
    assert (origin.note, origin.urgency) == ("Replaces version 2", 4)
    assert taken.errors == []
    assert [note.partition("it: ")[2] for note in taken.notes] == ["contentMeta/subject/name (line 9)"]


@pytest.mark.parametrize(("content", "words"), [(XHTML, ["It is 61 & more."]), (PLAIN, ["It is 61.", "Two."])])
def test_other_texts(take, tmp_path, content, words):
    put(tmp_path, item(content))
    (story,) = take("newsml", path="n.xml").stories
    assert [plain(block.text) for block in story.body] == words


def test_of_several_texts_the_richest_is_taken(take, tmp_path):
    put(tmp_path, item(XHTML + '<inlineData contenttype="text/plain">Dearer bread</inlineData>'))
    taken = take("newsml", path="n.xml")
    assert plain(taken.stories[0].body[0].text) == "It is 61 & more."
    assert any("inlineData (line" in note and "other words" in note for note in taken.notes)


def test_a_picture(take, tmp_path):
    remote = (
        '<remoteContent rendition="r:web" href="s.jpg" contenttype="image/jpeg" width="10" height="10"/>'
        '<remoteContent rendition="r:full" href="./f.jpg" contenttype="image/jpeg" width="900" height="600"/>'
        '<remoteContent rendition="r:raw" href="f.tif" contenttype="image/tiff" width="9000" height="6000"/>'
    )
    words = '<creditline>M. Tesken</creditline><description role="drol:caption">A shelf at noon</description>'
    put(tmp_path, item(remote, more=words, kind="picture"), "w/n.xml")
    (tmp_path / "w" / "f.jpg").write_bytes(b"bytes")
    (story,) = take("newsml", path="w").stories
    assert (story.picture.origin, story.picture.alt, story.picture.credit) == ("f.jpg", "A shelf at noon", "M. Tesken")
    source = open_source("newsml", base_dir=tmp_path, now=NOW, path="w")
    assert source.open_picture("f.jpg") == b"bytes"
    with pytest.raises(ItemError):
        source.open_picture("../n.xml")


@pytest.mark.parametrize(
    "status",
    ['qcode="stat:canceled"', 'qcode="st:withheld"', 'uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"'],
)
def test_withheld_and_canceled_are_never_yielded(take, tmp_path, status):
    put(tmp_path, item(meta=f"<pubStatus {status}/>"))
    taken = take("newsml", path="n.xml", embargoed=True)
    assert (taken.stories, taken.errors) == ([], [])
    assert "its status is" in taken.notes[0]


def test_an_embargo_is_kept(take, tmp_path):
    put(tmp_path, item(meta="<embargoed>2026-11-24T06:00:00+02:00</embargoed>"))
    taken = take("newsml", path="n.xml")
    assert taken.stories == []
    assert "under embargo until 2026-11-24 04:00 UTC" in taken.notes[0]
    taken = take("newsml", path="n.xml", embargoed=True)
    assert taken.gathered[0].origin.embargoed == datetime(2026, 11, 24, 4, tzinfo=UTC)
    put(tmp_path, item(meta="<embargoed>soon</embargoed>"))
    taken = take("newsml", path="n.xml")
    assert taken.stories == []
    assert "soon" in taken.errors[0]


def test_a_message_in_the_order_of_its_package(take, tmp_path):
    package = (
        '<packageItem guid="p"><groupSet><group><itemRef residref="b"/><itemRef residref="a"/></group></groupSet>'
        "</packageItem>"
    )
    rest = (
        '<planningItem guid="pl"><x>Plan</x></planningItem><conceptItem guid="c"><concept>Word</concept></conceptItem>'
    )
    items = item(guid="a") + item(guid="other") + item(guid="b")
    put(tmp_path, f"<newsMessage><header/><itemSet>{package}{items}{rest}</itemSet></newsMessage>")
    taken = take("newsml", path="n.xml")
    assert [story.story_id for story in taken.stories] == ["b", "a", "other"]
    notes = " ".join(taken.notes)
    for named in ("packageItem p left out", "planningItem pl left out", "Plan", "conceptItem c left out", "Word"):
        assert named in notes


def shot(name, meta=""):
    """A picture as an item of its own."""
    remote = (
        f'<remoteContent href="https://shore.example/{name}.jpg" contenttype="image/jpeg" width="800" height="600"/>'
    )
    more = f'<description role="drol:caption">Caption of {name}</description>'
    return item(remote, meta, more, guid=name, kind="picture")


def message(groups, *items):
    named = "".join(
        f'<group id="g{at}">' + "".join(f'<itemRef residref="{name}"/>' for name in group) + "</group>"
        for at, group in enumerate(groups)
    )
    package = f'<packageItem guid="p"><groupSet root="g0">{named}</groupSet></packageItem>'
    return f"<newsMessage><header/><itemSet>{package}{''.join(items)}</itemSet></newsMessage>"


def test_pictures_of_a_package_land_in_its_text(take, tmp_path):
    put(tmp_path, message([["a"], ["one", "two"]], shot("one"), item(XHTML, guid="a"), shot("two")))
    taken = take("newsml", path="n.xml")
    (story,) = taken.stories
    assert (story.story_id, story.picture.caption) == ("a", "Caption of one")
    assert [block.picture.caption for block in story.body if isinstance(block, PictureBlock)] == ["Caption of two"]
    assert sum("the picture went to a" in note and "Not for print" in note for note in taken.notes) == 2


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ([["a", "one"], ["b", "two"]], {"a": "Caption of one", "b": "Caption of two"}),
        ([["a", "b", "one", "two"]], {"a": None, "b": None}),
        ([["a", "one"], ["b", "one"]], {"a": None, "b": None}),
        ([["one", "two"]], {"a": None, "b": None}),
    ],
    ids=["each group its text", "two texts", "shared", "no text"],
)
def test_a_picture_goes_where_it_belongs_or_nowhere(take, tmp_path, groups, shown):
    items = (item(XHTML, guid="a"), item(XHTML, guid="b"), shot("one"), shot("two"))
    put(tmp_path, message(groups, *items))
    found = {story.story_id: story for story in take("newsml", path="n.xml").stories}
    assert {name: getattr(found[name].picture, "caption", None) for name in ("a", "b")} == shown
    gone = {caption.rpartition(" ")[2] for caption in shown.values() if caption}
    assert found.keys() == {"a", "b", "one", "two"} - gone


def test_a_picture_under_an_embargo_of_its_own_waits(take, tmp_path):
    held = shot("one", "<embargoed>2026-11-24T06:00:00Z</embargoed>")
    put(tmp_path, message([["a", "one"]], item(XHTML, guid="a"), held))
    found = {story.story_id: story for story in take("newsml", path="n.xml", embargoed=True).stories}
    assert found["a"].picture is None
    assert "one" in found
    put(tmp_path, message([["a", "one"]], item(XHTML, guid="a"), held))
    assert [story.story_id for story in take("newsml", path="n.xml").stories] == ["a"]


def test_bytes_and_data_of_media_are_named(take, tmp_path):
    inside = '<media-metadata name="Rights" value="Print only"/><media-object encoding="base64">AAAA</media-object>'
    put(tmp_path, item(NITF.replace("<media-caption>", inside + "<media-caption>")))
    notes = " ".join(take("newsml", path="n.xml").notes)
    assert "media-metadata Rights (line" in notes
    assert "media-object (line" in notes
    assert "AAAA" not in notes


def test_the_newest_version_counts(take, tmp_path):
    for at, version in enumerate((2, 10, 9)):
        put(tmp_path, item(version=version), f"w/{at}.xml")
    assert [story.revision for story in take("newsml", path="w").stories] == [10]
    put(tmp_path, item(version=11, meta='<pubStatus qcode="stat:canceled"/>'), "w/0.xml")
    assert take("newsml", path="w").stories == []


def test_what_is_lost_is_named_with_its_line(take, tmp_path):
    sports = '<inlineXML contenttype="x/y"><sports-content>Score</sports-content></inlineXML>'
    put(tmp_path, item(NITF.replace("</body.head>", "<distributor>RQ</distributor></body.head>") + sports,
                       more="\n<slugline>bread</slugline>"))  # fmt: skip
    notes = " ".join(take("newsml", path="n.xml").notes)
    for named in (
        "contentMeta/slugline (line 11)",
        "nitf/body/body.head/distributor (line",
        "inlineXML <sports-content>",
    ):
        assert named in notes


def test_from_the_web(server):
    server.routes["/n"] = 200, {}, item().encode()
    source = open_source("newsml", base_dir=None, now=NOW, url=f"{server.address}/n")
    (gathered,) = source.stories([].append)
    assert gathered.story.body[5].picture.origin == f"{server.address}/shelf.jpg"
    assert not source.complete
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not well-formed"),
        (b"<newsItem>", "not well-formed"),
        (b"<contentSet/>", "holds no item of NewsML-G2: it is <contentSet>"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><newsItem>&b;</newsItem>', "DOCTYPE"),
        (b"<newsItem>&unknown;</newsItem>", "not well-formed"),
        (b"<newsItem>" * 1_000, "deep"),
    ],
)
def test_what_is_no_item(take, tmp_path, data, reason):
    (tmp_path / "n.xml").write_bytes(data)
    with pytest.raises(SourceError, match=reason):
        take("newsml", path="n.xml")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "a.xml").write_bytes(data)
    put(tmp_path, item(), "w/b.xml")
    taken = take("newsml", path="w")
    assert (len(taken.stories), len(taken.errors)) == (1, 1)
    assert taken.errors[0].startswith("w/a.xml: ")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 3000), piece=st.binary(max_size=8), cut=st.integers(0, 40))
def test_damaged_bytes_raise_nothing_of_their_own(take, tmp_path, at, piece, cut):
    data = item().encode()
    (tmp_path / "n.xml").write_bytes(data[:at] + piece + data[at + cut :])
    try:
        take("newsml", path="n.xml")
    except SourceError:
        pass


_TAGS = st.sampled_from(
    ["p", "block", "bq", "media", "media-reference", "media-caption", "table", "tr", "td", "ul", "li", "hl2", "em", "a",
     "credit", "br", "hr", "q", "x.y", "nitf", "body", "fn", "pre", "lang"]
)  # fmt: skip
_TREE = st.recursive(
    st.sampled_from(["", "words", "&lt;b&gt;", " "]),
    lambda inside: st.builds(
        lambda tag, parts: f"<{tag} source='x.jpg' href='y'>{''.join(parts)}</{tag}>",
        _TAGS,
        st.lists(inside, max_size=4),
    ),
    max_leaves=25,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_TREE)
def test_any_nitf_keeps_its_words(take, tmp_path, tree):
    put(tmp_path, item(f"<inlineXML><nitf><body><body.content>{tree}</body.content></body></nitf></inlineXML>"))
    (story,) = take("newsml", path="n.xml").stories
    assert repr(story.body).count("words") >= tree.count("words") or "words" in repr(story)


def test_megabytes_take_seconds(take, tmp_path):
    words = "<p>" + "word " * 180 + "</p>"
    put(tmp_path, item(f"<inlineXML><html><body>{words * 8_000}</body></html></inlineXML>"))
    began = time.monotonic()
    assert len(take("newsml", path="n.xml").stories) == 1
    assert time.monotonic() - began < 20
