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


TWICE = f"""
import shutil, sys
from pathlib import Path
sys.path.insert(0, {str(DEMO)!r})
import run
press, made = run.make_newsroom, []

def make_once(folder, **places):
    kept = folder.parent.with_name("kept")
    if made:
        shutil.copytree(kept, folder.parent, dirs_exist_ok=True)
    else:
        made.append(press(folder, **places))
        shutil.copytree(folder.parent, kept)
    return made[0]

run.make_newsroom = make_once
honest = run.main()
print("AGAIN", flush=True)
run.tamper = lambda mirror, stale: []
sys.exit(10 * honest + run.main())
"""
"""The demo, and once more with what it pressed and an honest mirror in the place of the liar."""


@pytest.mark.slow
def test_the_demo_shows_all_that_it_promises_and_its_check_notices_a_liar_that_does_not_lie(tmp_path):
    command = [sys.executable, "-c", TWICE, "--check", "--folder", str(tmp_path / "work")]
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )
    assert result.returncode == 1, result.stdout + result.stderr
    first, second = result.stdout.split("AGAIN\n")
    assert "things that should be seen were there" in first
    assert "LIES" in first
    assert "lags" in first
    assert "An audit asks every mirror" in second
    assert "tamizdat ended with 0 where 4 was due" in result.stderr, "nobody lied, so the audit was content"
    ports = set(re.findall(r"http://127\.0\.0\.1:(\d+)", first))
    assert len(ports) == 3
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in running if str(tmp_path).encode() in command]


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
