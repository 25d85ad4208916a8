"""Real news in 27 languages goes in and comes out of a reader, every paragraph equal to what went in."""

import json
from pathlib import Path

import pytest

from publication_kit import NOW, Newsroom
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.shown import story_json
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ntrex"


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus/ntrex beside the checkout")
def test_every_paragraph_of_the_corpus_comes_out_as_it_went_in(tmp_path):
    files = sorted(CORPUS.glob("*.jsonl"))
    room = Newsroom(tmp_path / "room", [file.stem for file in files])
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    room.write(lines)
    assert not room.publish().gathering.faults
    visit = sync([open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), [], MemoryLibrary(), NOW)
    read = {
        (language, name): story_json(story_from_bytes(data))
        for language, edition in visit.editions.items()
        for name, data in edition.stories.items()
    }
    assert len(read) == len(lines) == 2700
    for line in lines:
        shown = read[line["lang"], line["id"]]
        assert shown["headline"] == line["headline"]
        assert [block["text"] for block in shown["blocks"]] == line["paragraphs"]
