"""JSON Lines: the corpus goes through unchanged, bad lines are named, nothing else stops."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, Take
from tamizdat.errors import ItemError, SourceError
from tamizdat.limits import Limits
from tamizdat.sources import jsonl
from tamizdat.sources.registry import open_source
from tamizdat.story import Paragraph, plain

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "ntrex"
GOOD = {"id": "a.1", "lang": "ru", "headline": "Заголовок", "paragraphs": ["Раз.", "Два."]}


def write(path, *lines):
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines), "utf-8")


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus (../shared/corpus/ntrex) is not on this machine")
def test_every_paragraph_of_the_corpus_comes_through_as_it_was():
    files = sorted(CORPUS.glob("*.jsonl"))
    expected = [json.loads(line) for file in files for line in file.read_bytes().splitlines()]
    taken = Take(open_source("jsonl", path=str(CORPUS), base_dir=Path("/"), now=NOW))
    assert (taken.errors, taken.notes) == ([], [])
    assert len(taken.stories) == len(expected) == 2700
    for story, item in zip(taken.stories, expected, strict=True):
        assert (story.story_id, story.language, story.headline) == (item["id"], item["lang"], item["headline"])
        assert [plain(block.text) for block in story.body] == item["paragraphs"]


def test_a_story_with_everything(take, tmp_path):
    item = GOOD | {
        "lead": "Lead", "byline": ["A", "B"], "dateline": "Kaldra", "sections": "society", "topics": ["x"],
        "agencies": ["RW"], "published": "2026-01-02T03:04:05+03:00", "updated": "2026-01-03",
        "breaking_until": "2026-01-04T00:00:00Z", "revision": 3,
    }  # fmt: skip
    write(tmp_path / "s.jsonl", item)
    (gathered,) = take("jsonl", path="s.jsonl").gathered
    story = gathered.story
    assert gathered.dated
    assert gathered.where == "s.jsonl:1"
    assert (story.byline, story.sections, story.agencies, story.revision) == (("A", "B"), ("society",), ("RW",), 3)
    assert story.published.isoformat() == "2026-01-02T00:04:05+00:00"
    assert story.updated.isoformat() == "2026-01-03T00:00:00+00:00"


def test_without_a_date_the_time_of_the_run_stands_in(take, tmp_path):
    write(tmp_path / "s.jsonl", GOOD)
    (gathered,) = take("jsonl", path="s.jsonl").gathered
    assert (gathered.dated, gathered.story.published) == (False, NOW)


def test_text_stays_but_for_controls_which_are_noted(take, tmp_path):
    exact = "  two  spaces \u200f\u202amarks\u202c \u0085 \u2028 nbsp\u00a0 "
    write(tmp_path / "s.jsonl", GOOD | {"paragraphs": [exact, "tab\there\r\nnow\x01x\ud800", "", " "]})
    taken = take("jsonl", path="s.jsonl")
    assert [plain(block.text) for block in taken.stories[0].body] == [exact, "tab here now x ", " "]
    assert len(taken.notes) == 2
    assert taken.notes[0].startswith("s.jsonl:1: paragraphs")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json}\n", "not JSON"),
        ("[1]\n", "object"),
        ("[" * 100_000 + "\n", "not JSON"),
        ('{"id": ' + "9" * 5_000 + "}\n", "not JSON"),
        (GOOD | {"id": None}, "id"),
        (GOOD | {"id": True}, "id"),
        (GOOD | {"headline": ""}, "headline"),
        (GOOD | {"headline": 5}, "headline"),
        (GOOD | {"lang": "russian!"}, "lang"),
        ({key: GOOD[key] for key in ("id", "headline", "paragraphs")}, "lang"),
        (GOOD | {"paragraphs": "text"}, "paragraphs"),
        (GOOD | {"paragraphs": [1]}, "paragraphs"),
        (GOOD | {"published": "yesterday"}, "published"),
        (GOOD | {"published": 5}, "published"),
        (GOOD | {"published": "0001-01-01T00:00:00+14:00"}, "published"),
        (GOOD | {"revision": 0}, "revision"),
        (GOOD | {"revision": "x"}, "revision"),
        (GOOD | {"topics": ["t"] * 100}, "topics"),
        (GOOD | {"paragraphs": ["x" * 300_000]}, "text"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(take, tmp_path, line, reason):
    write(tmp_path / "s.jsonl", GOOD | {"id": "first"}, "\n", line, GOOD | {"id": "last"})
    taken = take("jsonl", path="s.jsonl")
    assert [story.story_id for story in taken.stories] == ["first", "last"]
    (error,) = taken.errors
    assert error.startswith("s.jsonl:3: ")
    assert reason in error
    assert len(error) < 400


def test_twice_the_same_story_is_reported(take, tmp_path):
    write(tmp_path / "s.jsonl", GOOD, GOOD | {"lang": "en"}, GOOD)
    taken = take("jsonl", path="s.jsonl")
    assert len(taken.stories) == 2
    assert taken.errors == ["s.jsonl:3: a.1 (ru) was already at s.jsonl:1"]


def test_unknown_fields_are_noted(take, tmp_path):
    write(tmp_path / "s.jsonl", GOOD | {"colour": "red"})
    assert take("jsonl", path="s.jsonl").notes == ["s.jsonl:1: 'colour' is no field of a story: left out"]


def test_lines_that_are_too_long_are_passed_over(take, tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "LIMITS", Limits(max_item_bytes=200))
    write(tmp_path / "s.jsonl", GOOD | {"paragraphs": ["x" * 1000]}, GOOD, GOOD | {"id": "b", "lead": "y" * 1000})
    taken = take("jsonl", path="s.jsonl")
    assert [story.story_id for story in taken.stories] == ["a.1"]
    assert [error[:12] for error in taken.errors] == ["s.jsonl:1: l", "s.jsonl:3: l"]


def test_a_folder_is_read_file_by_file_and_filtered_by_language(take, tmp_path):
    write(tmp_path / "b.jsonl", GOOD | {"id": "2"}, GOOD | {"lang": "en"}, GOOD | {"lang": "ru-RU", "id": "3"})
    write(tmp_path / "a.jsonl", "\ufeff" + json.dumps(GOOD) + "\r\n", GOOD | {"lang": "fa"})
    write(tmp_path / "notes.txt", "x")
    taken = take("jsonl", path=".", language="ru")
    assert [gathered.where for gathered in taken.gathered] == ["./a.jsonl:1", "./b.jsonl:1", "./b.jsonl:3"]
    assert taken.notes == [".: 2 lines in other languages than ru left out: en, fa"]


def test_bytes_that_are_no_text(take, tmp_path):
    (tmp_path / "s.jsonl").write_bytes(b'{"id": "\xff"}\n' + json.dumps(GOOD).encode())
    taken = take("jsonl", path="s.jsonl")
    assert len(taken.stories) == 1
    assert taken.errors == ["s.jsonl:1: is not UTF-8 at byte 9"]


def test_nothing_there(take, tmp_path):
    (tmp_path / "empty").mkdir()
    for path in ("missing.jsonl", "empty"):
        with pytest.raises(SourceError):
            take("jsonl", path=path)


def test_there_are_no_pictures(tmp_path):
    source = open_source("jsonl", path="x", base_dir=tmp_path, now=NOW)
    assert source.complete
    with pytest.raises(ItemError):
        source.open_picture("x.jpg")


VALUE = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=6)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(),
        st.dictionaries(st.sampled_from(sorted(jsonl._KNOWN)), VALUE).map(
            lambda item: json.dumps(GOOD | item).encode()
        ),
    )
)
def test_nothing_raises(tmp_path, data):
    (tmp_path / "s.jsonl").write_bytes(data)
    for story in Take(open_source("jsonl", path="s.jsonl", base_dir=tmp_path, now=NOW)).stories:
        assert all(isinstance(block, Paragraph) for block in story.body)
