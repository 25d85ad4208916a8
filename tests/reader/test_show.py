"""What a terminal shows: wrapped, right to left where due, harmless."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tamizdat.locales import open_locale
from tamizdat.reader.show import Sheet, list_lines, story_lines
from tamizdat.reader.shown import story_json, summary_json
from tamizdat.roads.harmless import harmless
from tamizdat.story import (
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

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORY = Story(
    story_id="strike",
    language="en",
    headline="Dockers stop work",
    published=NOW,
    lead="Cranes stand still.",
    byline=("Ilka Dervane",),
    dateline="Port Imbel",
    agencies=("Harbour Wire", "Oshna Press Union"),
    translation="machine",
    breaking_until=datetime(2026, 11, 24, tzinfo=UTC),
    corrections=(Correction(NOW, "An earlier version said Tuesday."),),
    picture=Picture("A crane.", "0" * 64, caption="At dawn.", credit="Harbour Wire"),
    body=(
        Paragraph(
            (Run("They "), Run("stopped", emphasis=True), Run(" and said "), Run("why", href="https://far.example/"))
        ),
        Heading(rich("What next")),
        Quote((rich("We wait."),), "A docker"),
        ListBlock((rich("one"), rich("two")), ordered=True),
        ListBlock((rich("three"),)),
        Table(((rich("ship"), rich("days")), (rich("Mira"), ())), header=True, caption="Waiting"),
        Embed("https://video.example/1", "Video"),
        PictureBlock(Picture("A gate.", "1" * 64)),
    ),
)


def shown(story=STORY, language="en", width=78):
    return list(story_lines(story, Sheet(language, width)))


def test_everything_of_a_story_is_shown():
    text = "\n".join(shown())
    for part in (
        "Dockers stop work",
        "Cranes stand still.",
        "Ilka Dervane · Port Imbel · 23 November 2026, 12:00 UTC",
        "They stopped and said why <https://far.example/>",
        "## What next",
        "  > We wait.",
        "  — A docker",
        "  1. one",
        "  2. two",
        "  • three",
        "ship | days",
        "Waiting",
        "→ Video: https://video.example/1",
        "[A gate.]",
        "[A crane.] At dawn. Harbour Wire",
        "Corrected on 23 November 2026, 12:00 UTC\nAn earlier version said Tuesday.",
        "Translated by a machine. Nobody has checked it yet.",
        "With reporting by Harbour Wire and Oshna Press Union",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("language", "when"),
    [
        ("fa", "۲ آذر ۱۴۰۵، ۱۲:۰۰ UTC"),
        ("ru", "23 ноября 2026\u00a0г., 12:00 UTC"),
        ("sr-Latn", "23. novembar 2026. u 12:00 UTC"),
    ],
)
def test_labels_and_times_are_in_the_language_of_the_story(language, when):
    words = open_locale(language)
    story = replace(STORY, language=language)
    text = " ".join(line.strip("\u200f ") for line in shown(story, language))
    assert when in text
    for label in (
        words.say("machine_translation"),
        words.say("corrected_on", date=when),
        words.say("with_reporting_by", agencies=words.join(story.agencies)),
    ):
        assert label in text
    assert "Correct" not in text
    assert when in "".join(list_lines([story], Sheet(language), NOW))


def test_kinds_of_corrections_stand_where_they_are_needed():
    said = [Correction(NOW, f"A {kind}.", kind) for kind in ("correction", "clarification", "update", "second-thought")]
    text = "\n".join(shown(replace(STORY, corrections=tuple(said), related=("bread", "water"))))
    assert text.index("Clarified on 23 November 2026, 12:00 UTC\nA clarification.") < text.index("Cranes stand still.")
    assert "Corrected on 23 November 2026, 12:00 UTC\nA correction." in text
    assert "Updated on 23 November 2026, 12:00 UTC\nA update." in text
    assert "Corrected on 23 November 2026, 12:00 UTC\nA second-thought." in text
    assert text.endswith("Related stories: bread · water")


@pytest.mark.parametrize(("language", "mark"), [("en", "Retracted"), ("fa", "پس‌گرفته‌شده"), ("hy", "Հետ է կանչվել")])
def test_a_retracted_story_is_marked_and_says_why(language, mark):
    gone = Story("gone", language, "Closed", NOW, corrections=(Correction(NOW, "Forged.", "retraction"),))
    words = open_locale(language)
    lines = [line.strip("\u200f ") for line in shown(gone, language)]
    assert lines[0] == f"[{mark}] Closed"
    assert lines[2:4] == [words.say("retracted_on", date=words.date_time(NOW)), "Forged."]
    assert words.texts["retracted_text"] in " ".join(lines)
    (headline, _) = list_lines([gone], Sheet(language), NOW)
    assert headline.strip("\u200f ") == f"[{mark}] Closed"
    assert summary_json(gone)["retracted"] is True
    assert story_json(gone)["corrections"] == [{"kind": "retraction", "at": "2026-11-23T12:00:00Z", "text": "Forged."}]


@pytest.mark.parametrize(("language", "mark"), [("en", "Retracted"), ("fa", "پس‌گرفته‌شده")])
def test_the_notice_of_a_takedown_says_its_one_word_once(language, mark):
    gone = Story("gone", language, mark, NOW, corrections=(Correction(NOW, "Forged.", "retraction"),))
    (headline, _) = list_lines([gone], Sheet(language), NOW)
    assert headline.strip("\u200f ") == shown(gone, language)[0].strip("\u200f ") == mark


HEARD = SoundBlock(
    "On the quay",
    (rich("Ilka: Why?"), rich("A docker: Because.")),
    Recording(245, (SoundFile("1a" * 32, "audio/ogg", 12, 371_204),)),
)


def test_what_can_be_heard_is_read_and_its_files_are_named_with_what_they_weigh():
    lines = shown(replace(STORY, body=(HEARD,)))
    assert "  ♪ On the quay (4:05)" in lines
    text = " ".join(" ".join(lines).split())
    assert f"sound/{'1a' * 32}.ogg, 12 kbit/s, 372 kB" in text
    assert "| Ilka: Why? | A docker: Because." in text
    (block,) = story_json(replace(STORY, body=(HEARD,)))["blocks"]
    assert (block["type"], block["title"], block["seconds"]) == ("sound", "On the quay", 245)
    assert block["files"] == [
        {"file": f"sound/{'1a' * 32}.ogg", "media_type": "audio/ogg", "kilobits": 12, "bytes": 371_204}
    ]
    assert block["transcript"] == [{"text": "Ilka: Why?"}, {"text": "A docker: Because."}]


def test_a_translation_of_another_kind_is_named():
    assert "Translation: checked" in shown(replace(STORY, translation="checked"))


def test_labels_are_english_where_there_is_no_interface():
    assert "With reporting by Harbour Wire and Oshna Press Union" in shown(replace(STORY, language="pt-BR"))


def test_breaking_stories_are_marked_in_lists():
    lines = list(list_lines([STORY], Sheet("en"), NOW))
    assert lines[0] == "!! Dockers stop work"
    after = list(list_lines([STORY], Sheet("en"), datetime(2026, 11, 25, tzinfo=UTC)))
    assert after[0] == "Dockers stop work"


@pytest.mark.parametrize("language", ["fa", "prs", "ps", "ur", "uz-Arab"])
def test_right_to_left_lines_are_flush_right_and_marked(language):
    lines = list(Sheet(language, 40).lines("خبر تازه از بندر"))
    assert all("\u200f" in line for line in lines)
    assert all(cell_len(line.replace("\u200f", "")) == 40 for line in lines)
    piped = list(Sheet(language, 40, align=False).lines("خبر تازه از بندر"))
    assert piped[0].startswith("\u200fخبر")


def test_left_to_right_lines_have_no_marks():
    assert "\u200f" not in "".join(shown())


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x9b2J", "\x07", "\u202e", "\u2066", "\x85"])
def test_controls_and_overrides_never_reach_the_terminal(bad):
    text = "\n".join(Sheet("en").lines(f"safe{bad}text"))
    assert bad[0] not in text
    assert "safe" in text
    assert "text" in text


@given(st.text(max_size=300), st.integers(20, 78))
def test_words_survive_wrapping(text, width):
    joined = " ".join(line.strip() for line in Sheet("en", width).lines(text))
    assert joined.split() == harmless(text).split()


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=15), min_size=1, max_size=40), st.integers(20, 78))
def test_lines_fit(words, width):
    assert all(cell_len(line) <= width for line in Sheet("en", width).lines(" ".join(words)))
