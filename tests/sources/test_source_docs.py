"""The examples of docs/reference/sources.md do what the page says, without a single note."""

import re
from pathlib import Path

import pytest

from tamizdat.sources.folder_story import _PICTURE_KEYS
from tamizdat.sources.jsonl import _KNOWN
from tamizdat.story import Paragraph, Quote, Table

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sources.md").read_text("utf-8")


def example(language):
    return re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize(
    ("kind", "file", "language"),
    [("feed", "feed.xml", "xml"), ("folder", "stories/bread-prices/en.md", "markdown"), ("jsonl", "s.jsonl", "json")],
)
def test_the_examples_work(take, tmp_path, kind, file, language):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example(language), "utf-8")
    taken = take(kind, path=file.split("/")[0])
    assert (taken.errors, taken.notes) == ([], [])
    (story,) = taken.stories
    assert (story.story_id, story.language) == ("bread-prices", "en")
    assert story.headline == "Bread costs half as much again"
    assert story.published.isoformat() == "2026-11-23T06:00:00+00:00"
    if kind == "feed":
        assert (story.picture.alt, story.lead) == ("A half-empty shelf in a bakery", "A loaf was 40 last November.")
    if kind == "folder":
        assert [type(block) for block in story.body] == [Paragraph, Quote, Table]


def test_every_key_is_on_the_page():
    for key in _KNOWN | _PICTURE_KEYS - {"src"}:
        assert re.search(rf"[`{{, ]{key}[`}},: ]", PAGE), key
