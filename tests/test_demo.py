"""``make demo CHECK=1`` as a test, and a check that notices when the demo shows something else."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tamizdat.config import load_config

DEMO = Path(__file__).parents[1] / "demo"
SAMPLE = DEMO / "publication"
ALL = {"sq", "hy", "az", "ba", "be", "bs", "bg", "ce", "crh", "prs", "en", "ka", "hu", "kk", "ky", "mk", "cnr", "ps"}
ALL |= {"fa", "ro", "ru", "sr", "tg", "tt", "tk", "uk", "uz"}


def demo(*arguments, folder):
    command = [sys.executable, str(DEMO / "run.py"), "--folder", str(folder), *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )


@pytest.mark.slow
def test_the_demo_shows_all_that_it_promises_and_leaves_no_server(tmp_path):
    result = demo("--check", folder=tmp_path / "work")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "LIES" in result.stdout
    assert "lags" in result.stdout
    ports = set(re.findall(r"http://127\.0\.0\.1:(\d+)", result.stdout))
    assert len(ports) == 3
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in running if str(tmp_path).encode() in command]


@pytest.mark.slow
def test_an_honest_mirror_in_the_place_of_the_liar_fails_the_check(tmp_path):
    program = (
        "import sys\n"
        f"sys.path.insert(0, {str(DEMO)!r})\n"
        f"sys.argv = ['run.py', '--check', '--folder', {str(tmp_path)!r}]\n"
        "import run\n"
        "run.tamper = lambda mirror, stale: []\n"
        "sys.exit(run.main())"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )
    assert result.returncode == 1, result.stdout + result.stderr


@pytest.fixture
def came_out(monkeypatch):
    monkeypatch.syspath_prepend(str(DEMO))
    return importlib.import_module("came_out")


STORY = """---
title: A headline
lead: A lead.
date: 2026-11-20T08:00:00Z
byline: [Somebody]
dateline: Kaldra
sections: [culture]
picture: { file: boat.jpg, alt: A boat, caption: At dawn, credit: Nobody }
---
First *words* with a [link](https://far-shore.example/).

- one
- two
"""


def story_of(text="First words with a link."):
    runs = [{"text": text.removesuffix("link.")}, {"text": "link", "href": "https://far-shore.example/"}, {"text": "."}]
    return {
        "headline": "A headline",
        "lead": "A lead.",
        "byline": ["Somebody"],
        "dateline": "Kaldra",
        "sections": ["culture"],
        "with_reporting_by": [],
        "published": "2026-11-20T08:00:00Z",
        "corrections": [],
        "picture": {"alt": "A boat", "caption": "At dawn", "credit": "Nobody"},
        "blocks": [
            {"type": "paragraph", "text": text, "runs": runs},
            {"type": "list", "items": [{"text": "one"}, {"text": "two"}]},
        ],
    }


def test_a_story_that_came_through_is_equal(came_out, tmp_path):
    file = tmp_path / "en.md"
    file.write_text(STORY, "utf-8")
    assert came_out.differences(file, story_of()) == []


@pytest.mark.parametrize("field", ["headline", "lead", "dateline", "published"])
def test_a_changed_field_is_noticed(came_out, tmp_path, field):
    file = tmp_path / "en.md"
    file.write_text(STORY, "utf-8")
    assert came_out.differences(file, story_of() | {field: "another"})


@pytest.mark.parametrize("words", ["alt", "caption", "credit"])
def test_changed_words_of_a_picture_are_noticed(came_out, tmp_path, words):
    file = tmp_path / "en.md"
    file.write_text(STORY, "utf-8")
    story = story_of()
    assert came_out.differences(file, story | {"picture": story["picture"] | {words: "another"}})
    assert came_out.differences(file, story | {"picture": None})


def test_a_lost_word_and_a_lost_link_are_noticed(came_out, tmp_path):
    file = tmp_path / "en.md"
    file.write_text(STORY, "utf-8")
    assert came_out.differences(file, story_of("First words with link."))
    without_link = json.loads(json.dumps(story_of()).replace('"href"', '"other"'))
    assert came_out.differences(file, without_link)


def test_the_sample_has_what_was_agreed():
    languages = load_config(SAMPLE).publication.languages
    assert set(languages) == ALL
    assert len(languages) == 27
    held = {language: sorted(SAMPLE.glob(f"stories/*/{language}.md")) for language in languages}
    assert min(len(files) for files in held.values()) >= 3
    assert len(held["ru"]) >= 6
    assert len(held["fa"]) >= 6
    assert len(held["en"]) >= 12
    for key in ("breaking_until", "corrections", "with_reporting_by"):
        assert any(f"\n{key}:" in file.read_text("utf-8") for file in held["en"]), key
