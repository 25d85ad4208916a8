"""Stories as ninjs, and back through our own source."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from strategies import stories
from tamizdat.press.ninjs import story_to_ninjs
from tamizdat.publication import Publication
from tamizdat.sources.registry import open_source
from tamizdat.story import (
    RETRACTION,
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Story,
    Table,
    rich,
)

PUBLICATION = Publication("The Far Shore", ("en",), base_url="https://shore.example")
NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
SCHEMA = Path(os.environ.get("TAMIZDAT_IPTC", "/nowhere")) / "newsinjson/specification/ninjs-schema_3.1.json"


def address(picture):
    return f"https://shore.example/p/{picture.file}.jpg"


def test_there_and_back(tmp_path):
    table = Table(((rich("2025"), rich("40")), (rich("2026"), ())))
    shown = PictureBlock(Picture("A queue", caption="Noon", credit="M. Tesken", origin="https://shore.example/q.jpg"))
    body = (
        Paragraph(rich((Run("It is "), Run("61", strong=True), Run(" now", href="https://shore.example/table")))),
        Heading(rich("Queues"), 3),
        Quote((rich("We buy half."),), "Nele Amrin"),
        ListBlock((rich("One"), rich("Two")), ordered=True),
        shown,
        table,
        Embed("https://video.example/1", "A film"),
    )
    lead = Picture("A shelf", caption="Half-empty", credit="Iven", origin="https://shore.example/f.jpg")
    story = Story(
        "bread", "ru", "Хлеб", NOW, body, revision=7, lead="Вдвое.", byline=("Maro Tesken", "Iven"), dateline="Kaldra",
        sections=("economy",), topics=("food", "prices"), updated=NOW.replace(hour=19), agencies=("Reed Quay",),
        picture=lead,
    )  # fmt: skip
    data = story_to_ninjs(story, PUBLICATION, lambda picture: picture.origin)
    assert data == story_to_ninjs(story, PUBLICATION, lambda picture: picture.origin)
    (tmp_path / "n.json").write_bytes(data)
    faults = []
    (gathered,) = open_source("ninjs", base_dir=tmp_path, now=NOW, path="n.json").stories(faults.append)
    assert gathered.story == story
    assert [picture.origin for picture in gathered.story.pictures] == [picture.origin for picture in story.pictures]
    assert [str(fault) for fault in faults] == []


def test_a_retracted_story_is_canceled():
    why = Correction(NOW, "It was not so.", RETRACTION)
    story = Story("a", "en", "H", NOW, corrections=(why,))
    assert json.loads(story_to_ninjs(story, PUBLICATION, address))["pubStatus"] == "canceled"


@pytest.mark.skipif(not SCHEMA.exists(), reason="TAMIZDAT_IPTC does not name a folder with IPTC's schemas")
@settings(max_examples=100, deadline=None)
@given(stories())
def test_it_is_valid(story):
    jsonschema = pytest.importorskip("jsonschema")
    item = json.loads(story_to_ninjs(story, PUBLICATION, address))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(item)
    assert [error.message[:200] for error in errors] == []
