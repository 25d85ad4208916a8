"""Stories as NewsML-G2, judged by IPTC's schema, and back through our own source."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from lxml import etree
from press_kit import paper
from wire_out_kit import IPTC, back, expected, line, wire

from strategies import stories
from tamizdat.limits import LIMITS
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.press.newsml import front_package, newsml_file, newsml_item, newsml_message
from tamizdat.press.ninjs import ninjs_item
from tamizdat.story import (
    CLARIFICATION,
    RETRACTION,
    UPDATE,
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    Run,
    SoundBlock,
    SoundFile,
    Story,
    Table,
    rich,
)

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
SCHEMA = IPTC / "newsml-g2/releases/2.35/specification/NewsML-G2_2.35-spec-All-Power.xsd"
judged = pytest.mark.skipif(not SCHEMA.exists(), reason="TAMIZDAT_IPTC does not name a folder with IPTC's schemas")
G2 = {"g": "http://iptc.org/std/nar/2006-10-01/", "h": "http://www.w3.org/1999/xhtml"}
OUT = {"newsml": lambda sent: newsml_file(newsml_item(sent)), "ninjs": ninjs_item}


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMA))


def faults(schema, data):
    schema.validate(etree.fromstring(data))
    return [error.message for error in schema.error_log]


@judged
@settings(max_examples=200, deadline=None)
@given(story=stories())
def test_it_is_valid(schema, story):
    assert faults(schema, OUT["newsml"](wire(story, others={"fa": "fa/2026/11/x.html"}))) == []


@judged
def test_messages_and_packages_are_valid(schema):
    story, front, issue = Story("a", "en", "H & <b>", NOW, related=("b",)), paper(), Issue(3, NOW)
    package = front_package(front, issue, [Card.of(story, issue)], ["wire/newsml/2026/11/a.xml"])
    assert faults(schema, newsml_file(package)) == []
    assert faults(schema, newsml_message(front, issue, [package, newsml_item(wire(story))])) == []
    assert faults(schema, newsml_file(package.replace(b"<title>", b"<tittle>").replace(b"</title>", b"</tittle>")))


@pytest.mark.parametrize("kind", OUT)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
def test_there_and_back(tmp_path, kind, story):
    """What comes back of any story is what :func:`wire_out_kit.expected` says."""
    assume(not story.retracted and line(story.headline) and (story.picture is None or line(story.picture.alt)))
    assume(
        all(each.width * each.height <= LIMITS.max_picture_pixels for each in story.pictures)
    )  # we press none so big
    # A lead picture that the text shows, too, comes back in the text alone.
    assume(kind == "newsml" or story.picture is None or story.pictures[0].file not in _files(story.pictures[1:]))
    wanted = expected(story, kind)
    assume(not wanted.body or not isinstance(wanted.body[0], Heading))  # one that repeats the headline goes
    found, notes = back(kind, OUT[kind](wire(story)), tmp_path, NOW)
    # Of related stories, and NewsML of recordings, an item has no more than names: its source says that it left these.
    assert bool(notes) == bool(story.related or (kind == "newsml" and story.recordings))
    assert [each for each in notes if "that it names left out" not in each] == []
    assert [each.story for each in found] == [wanted]


def _files(pictures):
    return {each.file for each in pictures}


def test_a_lead_picture_that_the_text_shows_comes_back_in_the_text_alone(tmp_path):
    lead, shown = Picture("A shelf", "ab" * 32, credit="Iven"), Picture("A shelf", "ab" * 32)
    story = Story("a", "en", "H", NOW, (PictureBlock(shown),), picture=lead)
    (found,), notes = back("ninjs", ninjs_item(wire(story)), tmp_path, NOW)
    assert (found.story.picture, notes) == (None, [])
    assert [block.picture.credit for block in found.story.body] == ["Iven"]


def test_a_recording_that_is_in_the_text_twice_is_not_added_once_more(tmp_path):
    recording = Recording(60, (SoundFile("ab" * 32, "audio/ogg", 12, 9_000),))
    twice = tuple(SoundBlock(title, (rich("Words."),), recording) for title in ("At dawn", "Again"))
    (found,), _notes = back("ninjs", ninjs_item(wire(Story("a", "en", "H", NOW, twice))), tmp_path, NOW)
    assert [type(block) for block in found.story.body] == [Heading, Embed, Paragraph, Heading, Paragraph]


@pytest.mark.parametrize("kind", OUT)
def test_what_survives_whole(tmp_path, kind):
    text = rich((Run("It is "), Run("61", strong=True), Run(" now", href="https://else.example/t"), Run("!")))
    shown = PictureBlock(Picture("A queue", "ab" * 32, caption="Noon", credit="M. Tesken"))
    body = (
        Paragraph(text),
        Heading(rich("Queues"), 3),
        Quote((rich("We buy half."),), "Nele Amrin"),
        ListBlock((rich("One"), rich("Two")), ordered=True),
        shown,
        Table(((rich("Year"), rich("Price")), (rich("2026"), ())), header=True, caption="Bread"),
        Embed("https://video.example/1", "A film"),
    )
    lead = Picture("A shelf", "cd" * 32, caption="Half-empty", credit="Iven")
    story = Story(
        "Bread~1", "ru", "Хлеб & <b>соль</b>\u00a0— 2", NOW, body, revision=7, lead="Вдвое: 1 < 2.",
        byline=("Maro Tesken", "Iven"), dateline="Kaldra", sections=("economy",), topics=("food", "prices"),
        updated=NOW.replace(hour=19), agencies=("Reed Quay", "The Far Shore"), picture=lead,
    )  # fmt: skip
    data = OUT[kind](wire(story))
    assert data == OUT[kind](wire(story))
    found, notes = back(kind, data, tmp_path, NOW)
    assert notes == []
    (gathered,) = found
    unpressed = (*body[:4], PictureBlock(replace(shown.picture, file="")), *body[5:])
    assert gathered.story == replace(story, body=unpressed, picture=replace(lead, file=""))
    addresses = [f"https://shore.example/pictures/{each.file}.jpg" for each in story.pictures]
    assert [each.origin for each in gathered.story.pictures] == addresses
    assert gathered.origin.link == f"https://shore.example/ru/{story_path(story)}"
    assert gathered.origin.rights == "The Far Shore"


def test_corrections_are_signalled_and_told_to_editors():
    said = (Correction(NOW, "It was 5 < 6.", CLARIFICATION), Correction(NOW.replace(hour=20), "More.", UPDATE))
    item = etree.fromstring(newsml_item(wire(Story("a", "en", "H", NOW, corrections=said))))
    assert item.xpath("g:itemMeta/g:signal/@qcode", namespaces=G2) == ["sig:correction", "sig:update"]
    note = item.findtext("g:itemMeta/g:edNote", namespaces=G2)
    assert note == "CLARIFICATION 2026-11-23T18:02:00Z: It was 5 < 6. UPDATE 2026-11-23T20:02:00Z: More."
    assert item.findtext("g:itemMeta/g:versionCreated", namespaces=G2) == "2026-11-23T20:02:00Z"


@pytest.mark.parametrize("kind", OUT)
def test_a_retracted_story_is_canceled_and_says_why(kind, tmp_path):
    why = Correction(NOW, "It was not so.", RETRACTION)
    data = OUT[kind](wire(Story("a", "en", "H", NOW, corrections=(why,))))
    assert b"It was not so." in data
    found, notes = back(kind, data, tmp_path, NOW)
    assert found == []
    assert "left out: its status is canceled" in notes[0]


@pytest.mark.parametrize("kind", OUT)
def test_a_machine_s_translation_is_told(kind, tmp_path):
    story = Story("a", "en", "H", NOW, translation="machine")
    (found,), _ = back(kind, OUT[kind](wire(story)), tmp_path, NOW)
    assert "Machine translation" in found.origin.note


def test_translations_and_recordings_are_linked():
    files = (SoundFile("cd" * 32, "audio/ogg", 12, 300), SoundFile("ce" * 32, "audio/mpeg", 64, 900))
    sound = SoundBlock("Listen", (rich("One."), rich("Two.")), Recording(12, files))
    sent = wire(Story("a", "fa", "H", NOW, (sound,), related=("b",)), others={"fa": "fa/x", "ru": "ru/x"})
    item = etree.fromstring(newsml_item(sent))
    named = item.xpath("g:itemMeta/g:link/@residref", namespaces=G2)
    fingerprint = "3f" * 16
    assert named == [f"urn:tamizdat:{fingerprint}:ru:a", f"urn:tamizdat:{fingerprint}:fa:b"]
    assert item.get("guid") == f"urn:tamizdat:{fingerprint}:fa:a"
    assert item.get("dir") == "rtl"
    heard = item.xpath("g:itemMeta/g:link[@size]/@href", namespaces=G2)
    assert heard == [f"https://shore.example/{each.path}" for each in files]
    assert item.xpath("//h:section/h:p/text()", namespaces=G2) == ["One.", "Two."]
    assert item.xpath("//h:audio/@src", namespaces=G2) == heard[-1:]


def test_an_xhtml_head_is_no_text(tmp_path):
    data = OUT["newsml"](wire(Story("a", "en", "H", NOW, (Paragraph(rich("Text.")),))))
    other = data.replace(b"<title>H</title>", b"<title>Other words</title>")
    (found,), notes = back("newsml", other, tmp_path, NOW)
    assert found.story.body == (Paragraph(rich("Text.")),)
    assert "its title left out" in notes[0]
