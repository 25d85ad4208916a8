"""Stories as ninjs and NewsML-G2, held against rules of our own; these against IPTC's schemas where they are there."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from lxml import etree
from press_kit import paper
from wire_out_kit import IPTC, wire
from wire_rules_kit import newsml_faults, ninjs_faults

from strategies import stories
from tamizdat.press.card import Card, Issue
from tamizdat.press.newsml import front_package, newsml_file, newsml_item, newsml_message
from tamizdat.press.ninjs import ninjs_item, ninjs_items
from tamizdat.story import CLARIFICATION, Correction, Picture, Recording, SoundBlock, SoundFile, Story, rich

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
OTHERS = {"fa": "fa/2026/11/x.html"}
NINJS = IPTC / "newsinjson/specification/ninjs-schema_3.1.json"
NEWSML = IPTC / "newsml-g2/releases/2.35/specification/NewsML-G2_2.35-spec-All-Power.xsd"
WHY = "TAMIZDAT_IPTC does not name a folder with IPTC's schemas"


@settings(max_examples=150, deadline=None)
@given(stories())
def test_every_story_keeps_the_rules_of_both(story):
    sent = wire(story, others=OTHERS)
    assert ninjs_faults(json.loads(ninjs_item(sent))) == []
    assert newsml_faults(newsml_file(newsml_item(sent))) == []


def test_so_do_many_together():
    story, front, issue = Story("a", "en", "H & <b>", NOW, related=("b",)), paper(), Issue(3, NOW)
    package = front_package(front, issue, [Card.of(story, issue)], ["wire/newsml/2026/11/a.xml"])
    assert newsml_faults(newsml_file(package)) == []
    assert newsml_faults(newsml_message(front, issue, [package, newsml_item(wire(story))])) == []
    (item,) = json.loads(ninjs_items([ninjs_item(wire(story))]))["items"]
    assert ninjs_faults(item) == []


def full():
    """A story with something of everything."""
    files = (SoundFile("cd" * 32, "audio/ogg", 12, 300), SoundFile("ce" * 32, "audio/mpeg", 64, 900))
    sound = SoundBlock("Listen", (rich("One."),), Recording(12, files))
    return wire(
        Story(
            "a", "en", "H", NOW, (sound,), revision=2, lead="Lead", byline=("Maro",), dateline="Kaldra",
            sections=("economy",), topics=("food",), agencies=("Reed Quay",), picture=Picture("A shelf", "ab" * 32),
            corrections=(Correction(NOW, "It was 5.", CLARIFICATION),), related=("b",),
        ),
        others=OTHERS,
    )  # fmt: skip


# --- what breaks a rule is seen ---


def _set(*path_and_value):
    *path, last, value = path_and_value

    def change(item):
        for step in path:
            item = item[step]
        if value is None:
            del item[last]
        else:
            item[last] = value

    return change


BROKEN_NINJS = [
    _set("uri", None),
    _set("uri", 7),
    _set("version", 2),
    _set("type", "story"),
    _set("pubStatus", "retracted"),
    _set("representationType", "complete"),
    _set("headlines", "H"),
    _set("headlines", 0, "value", None),
    _set("headlines", 0, "text", "H"),
    _set("people", 0, "email", "m@a.example"),
    _set("located", ["Kaldra"]),
    _set("revision", 2),
    _set("renditions", 0, "name", None),
    _set("associations", 0, "uri", None),
    _set("associations", 0, "name", None),
    _set("associations", 0, "kind", "main"),
    _set("associations", 1, "renditions", 0, "sizeInBytes", "300"),
]


@pytest.mark.parametrize("change", BROKEN_NINJS)
def test_a_ninjs_item_that_breaks_a_rule_is_seen(change):
    item = json.loads(ninjs_item(full()))
    assert ninjs_faults(item) == []
    change(item)
    assert ninjs_faults(item)
    if NINJS.exists():
        jsonschema = pytest.importorskip("jsonschema")
        schema = jsonschema.Draft202012Validator(json.loads(NINJS.read_text("utf-8")))
        assert list(schema.iter_errors(item)), "IPTC allows it: the rule is ours alone"


@pytest.mark.parametrize("when", ["2026-11-23", "2026-11-23T18:02:00", "soon"])
def test_a_time_without_its_zone_is_seen(when):
    """IPTC's schema of ninjs says ``date-time``, which no validator must look at."""
    item = json.loads(ninjs_item(full()))
    assert ninjs_faults({**item, "versionCreated": when})
    data = newsml_file(newsml_item(full()))
    assert newsml_faults(data.replace(b"<versionCreated>2026-11-23T18:02:00Z", b"<versionCreated>" + when.encode()))


def _swapped(first, second):
    def change(root):
        one, other = (root.find(f".//{{*}}{name}") for name in (first, second))
        place = etree.Comment("here")
        one.addprevious(place)
        other.addprevious(one)
        place.getparent().replace(place, other)

    return change


def _gone(name):
    return lambda root: (found := root.find(f".//{{*}}{name}")).getparent().remove(found)


def _twice(name):
    return lambda root: (found := root.find(f".//{{*}}{name}")).addnext(copy.deepcopy(found))


def _called(name, other):
    def change(root):
        root.find(f".//{{*}}{name}").tag = f"{{http://iptc.org/std/nar/2006-10-01/}}{other}"

    return change


def _with(name, attribute, value):
    def change(root):
        found = root if name == root.tag.rpartition("}")[2] else root.find(f".//{{*}}{name}")
        if value is None:
            del found.attrib[attribute]
        else:
            found.set(attribute, value)

    return change


BROKEN_NEWSML = [
    _swapped("versionCreated", "firstCreated"),
    _swapped("edNote", "signal"),
    _swapped("creator", "headline"),
    _swapped("itemMeta", "contentMeta"),
    _swapped("rightsInfo", "itemMeta"),
    _gone("itemMeta"),
    _gone("itemClass"),
    _gone("provider"),
    _gone("versionCreated"),
    _twice("pubStatus"),
    _twice("firstCreated"),
    _twice("contentMeta"),
    _called("headline", "headlin"),
    _with("newsItem", "guid", None),
    _with("newsItem", "standard", None),
    _with("newsItem", "version", "two"),
    _with("newsItem", "dir", "down"),
    _with("newsItem", "revision", "2"),
    _with("catalogRef", "href", None),
    _with("signal", "qcode", "no code"),
    _with("language", "tag", None),
]


OURS_ALONE = [_gone("catalogRef"), _gone("inlineXML")]
"""Codes that no catalogue explains, and an item that is whole and has no text: IPTC's schema lets them be."""


@pytest.mark.parametrize("change", BROKEN_NEWSML + OURS_ALONE)
def test_a_newsml_item_that_breaks_a_rule_is_seen(change):
    root = etree.fromstring(newsml_file(newsml_item(full())))
    assert newsml_faults(etree.tostring(root)) == []
    change(root)
    assert newsml_faults(etree.tostring(root))
    if NEWSML.exists() and change not in OURS_ALONE:
        assert not etree.XMLSchema(etree.parse(NEWSML)).validate(root), "IPTC allows it: the rule is ours alone"


@pytest.mark.skipif(not (NINJS.exists() and NEWSML.exists()), reason=WHY)
def test_what_keeps_our_rules_is_valid():
    jsonschema = pytest.importorskip("jsonschema")
    item = json.loads(ninjs_item(full()))
    assert list(jsonschema.Draft202012Validator(json.loads(NINJS.read_text("utf-8"))).iter_errors(item)) == []
    root = etree.fromstring(newsml_file(newsml_item(full())))
    assert etree.XMLSchema(etree.parse(NEWSML)).validate(root)
