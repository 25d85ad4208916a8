"""Stories as ninjs, judged by IPTC's schema. What comes back is in test_newsml_out.py, for both formats."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from wire_out_kit import IPTC, wire

from strategies import stories
from tamizdat.press.ninjs import ninjs_item, ninjs_items
from tamizdat.story import Recording, SoundBlock, SoundFile, Story, rich

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)
SCHEMA = IPTC / "newsinjson/specification/ninjs-schema_3.1.json"


def test_a_recording_has_all_its_forms():
    files = (SoundFile("cd" * 32, "audio/ogg", 12, 300), SoundFile("ce" * 32, "audio/mpeg", 64, 900))
    story = Story("a", "en", "H", NOW, (SoundBlock("Listen", (rich("One."),), Recording(12, files)),))
    (sound,) = json.loads(ninjs_item(wire(story)))["associations"]
    assert [each["sizeInBytes"] for each in sound["renditions"]] == [300, 900]
    assert {each["duration"] for each in sound["renditions"]} == {12}


def test_translations_are_named():
    item = json.loads(ninjs_item(wire(Story("a", "en", "H", NOW), others={"en": "en/x", "fa": "fa/x"})))
    assert [(each["rel"], each["language"]) for each in item["associations"]] == [("translation", "fa")]


def test_several_items_are_one_document():
    items = [ninjs_item(wire(Story(name, "en", "H", NOW))) for name in "ab"]
    assert [each["altIds"][0]["value"] for each in json.loads(ninjs_items(items))["items"]] == ["a", "b"]
    assert json.loads(ninjs_items([])) == {"items": []}


@pytest.mark.skipif(not SCHEMA.exists(), reason="TAMIZDAT_IPTC does not name a folder with IPTC's schemas")
@settings(max_examples=100, deadline=None)
@given(stories())
def test_it_is_valid(story):
    jsonschema = pytest.importorskip("jsonschema")
    item = json.loads(ninjs_item(wire(story, others={"fa": "fa/x"})))
    schema = json.loads(SCHEMA.read_text("utf-8"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(item)
    assert [error.message[:200] for error in errors] == []
