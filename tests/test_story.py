"""What may stand in a story, and what may not."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import LANGUAGES, rich_texts, stories, story_ids, times, urls
from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
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
    check_language,
    check_story_id,
    check_text,
    check_time,
    clean_text,
    is_safe_url,
    plain,
    reading_order,
    rich,
    withheld,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


RECORDING = Recording(61, (SoundFile("0f" * 32, "audio/ogg", 12, 9),))


def story(**changes):
    return Story(**{"story_id": "a", "language": "ru", "headline": "H", "published": NOON, **changes})


# --- Values that may stand ---


@given(stories())
def test_a_story_is_frozen_and_equal_to_its_copy(value):
    assert value == Story(**{name: getattr(value, name) for name in value.__slots__})
    with pytest.raises(FrozenInstanceError):
        value.headline = "other"


@pytest.mark.parametrize("language", [*LANGUAGES, "pt-BR", "es-419", "be-tarask", "zh-Hant-TW"])
def test_languages_are_tags_of_bcp_47(language):
    assert check_language(language) == language


@given(story_ids())
def test_an_id_can_name_a_file(value):
    assert check_story_id(value) == value
    assert "/" not in value
    assert value not in {".", ".."}


@given(times())
def test_times_are_utc_whole_seconds(when):
    assert check_time(when, "published") == when


@given(urls())
def test_addresses_that_a_story_links_to_are_safe(address):
    assert is_safe_url(address)


@given(rich_texts())
def test_rich_text_has_one_form(text):
    assert rich(text) == text
    assert plain(rich([part for run in text for part in cut(run)])) == plain(text)
    assert rich([part for run in text for part in cut(run)]) == text


def cut(run: Run) -> list[Run]:
    """The same stretch as two, where it is long enough."""
    pieces = [piece for piece in (run.text[:1], run.text[1:]) if piece]
    return [Run(piece, run.emphasis, run.strong, run.href) for piece in pieces]


@given(st.text())
def test_foreign_text_becomes_fit_or_empty(value):
    cleaned = clean_text(value)
    assert not cleaned or check_text(cleaned, "text") == cleaned
    assert clean_text(cleaned) == cleaned


def test_foreign_line_breaks_become_one_space():
    assert clean_text(" a\r\n\tb\x00c\x7fd ") == "a bcd"


def test_where_a_picture_came_from_is_no_part_of_it():
    assert Picture("A", origin="one.jpg") == Picture("A", origin="two.jpg")


def test_pictures_of_a_story_begin_with_the_lead_picture():
    lead, inside = Picture("lead"), Picture("inside")
    assert story(picture=lead, body=(Paragraph(rich("a")), PictureBlock(inside))).pictures == (lead, inside)
    assert story(body=(PictureBlock(inside),)).pictures == (inside,)


def test_breaking_news_ends():
    breaking = story(breaking_until=NOON)
    assert breaking.is_breaking(NOON - timedelta(seconds=1))
    assert not breaking.is_breaking(NOON)
    assert not story().is_breaking(NOON)


def test_lists_are_newest_first_then_by_id():
    newest = story(story_id="z", published=NOON + timedelta(hours=1))
    assert sorted([story(story_id="b"), newest, story(story_id="a")], key=reading_order) == [
        newest,
        story(story_id="a"),
        story(story_id="b"),
    ]


# --- Values that may not ---


@pytest.mark.parametrize(
    "make",
    [
        lambda: check_text("", "x"),
        lambda: check_text("a\nb", "x"),
        lambda: check_text("a\x1fb", "x"),
        lambda: check_text("a\x7f", "x"),
        lambda: check_text("\ud800", "x"),
        lambda: check_text("x" * (LIMITS.max_line_chars + 1), "x"),
        lambda: check_language("RU"),
        lambda: check_language("ru-ru"),
        lambda: check_language("ru_RU"),
        lambda: check_language("ru\n"),
        lambda: check_language("ru" + "-abcdefgh" * 4),
        lambda: check_story_id(""),
        lambda: check_story_id(".hidden"),
        lambda: check_story_id("a/b"),
        lambda: check_story_id("a\n"),
        lambda: check_story_id("a" * 201),
        lambda: check_time(datetime(2026, 11, 23), "x"),  # noqa: DTZ001 - a naive time is what must be refused
        lambda: check_time(datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=4))), "x"),
        lambda: check_time(NOON.replace(microsecond=1), "x"),
        lambda: check_time(NOON.replace(year=1969), "x"),
        lambda: Run(""),
        lambda: Run("a", href="javascript:alert(1)"),
        lambda: rich([]),
        lambda: rich(""),
        lambda: Picture(""),
        lambda: Picture("a", caption="b\x00"),
        lambda: Picture("a", credit="\n"),
        lambda: Picture("a", file="0F" * 32),
        lambda: Picture("a", file="0f" * 31),
        lambda: Picture("a", media_type="image/svg+xml"),
        lambda: Picture("a", focus=(0, 1001)),
        lambda: Picture("a", focus=(-1, 0)),
        lambda: Picture("a", width=65_536),
        lambda: Picture("a", height=-1),
        lambda: Heading(rich("a"), 1),
        lambda: Heading(rich("a"), 5),
        lambda: Quote(()),
        lambda: Quote((rich("a"),), "\x01"),
        lambda: ListBlock(()),
        lambda: Table(()),
        lambda: Table(((),)),
        lambda: Table(((rich("a"),), (rich("a"), rich("b")))),
        lambda: Table(((rich("a"),),) * (LIMITS.max_table_cells + 1)),
        lambda: Table(((rich("a"),),), caption="\n"),
        lambda: Embed("/a", ""),
        lambda: Embed("data:text/html,x", "a"),
        lambda: Embed("", "a"),
        lambda: Correction(NOON, ""),
        lambda: Correction(NOON.replace(tzinfo=None), "a"),
        lambda: Correction(NOON, "a", ""),
        lambda: Correction(NOON, "a", "Retraction"),
        lambda: SoundFile("0F" * 32, "audio/ogg", 12, 9),
        lambda: SoundFile("0f" * 32, "video/ogg", 12, 9),
        lambda: SoundFile("0f" * 32, "audio/ogg", 513, 9),
        lambda: SoundFile("0f" * 32, "audio/ogg", 12, 64_000_001),
        lambda: Recording(0, RECORDING.files),
        lambda: Recording(1, ()),
        lambda: Recording(1, RECORDING.files * 2),
        lambda: SoundBlock("T", ()),
        lambda: SoundBlock("", (rich("a"),)),
        lambda: story(related=("a b",)),
        lambda: story(related=("b", "c", "b")),
        lambda: story(related=("a",)),
        lambda: story(related=tuple(f"b{at}" for at in range(LIMITS.max_header_values + 1))),
        *(
            lambda more=more: story(corrections=(Correction(NOON, "a"), Correction(NOON, "b", "retraction")), **more)
            for more in (
                {"body": (Paragraph(rich("a")),)},
                {"lead": "a"},
                {"picture": Picture("a")},
                {"breaking_until": NOON},
                {"recordings": (RECORDING,)},
            )
        ),
        lambda: story(story_id="a b"),
        lambda: story(language=""),
        lambda: story(headline=""),
        lambda: story(published=NOON.replace(tzinfo=None)),
        lambda: story(revision=0),
        lambda: story(revision=2**32),
        lambda: story(lead="a\nb"),
        lambda: story(dateline="\t"),
        lambda: story(updated=NOON.replace(tzinfo=None)),
        lambda: story(breaking_until=NOON.replace(microsecond=1)),
        lambda: story(translation="Machine"),
        lambda: story(translation="a" * 33),
        lambda: story(byline=("",)),
        lambda: story(sections=("a\x05",)),
        lambda: story(topics=("a",) * (LIMITS.max_header_values + 1)),
        lambda: story(corrections=(Correction(NOON, "a"),) * (LIMITS.max_header_values + 1)),
        lambda: story(body=(Paragraph(rich("a")),) * (LIMITS.max_blocks + 1)),
    ],
)
def test_what_a_story_could_not_carry_is_refused(make):
    with pytest.raises(StoryError) as refusal:
        make()
    assert refusal.value.fields["field"]


def test_a_retraction_withholds_what_it_withdraws_and_keeps_the_rest():
    fields = {
        "story_id": "a", "language": "en", "headline": "Forged", "published": NOON, "lead": "It says.",
        "byline": ("I. D.",),
        "body": (Paragraph(rich("It says.")), SoundBlock("T", (rich("It says."),), RECORDING)),
        "picture": Picture("a"), "breaking_until": NOON, "topics": ("letters",),
    }  # fmt: skip
    said = Story(**withheld({**fields, "corrections": (Correction(NOON, "It is forged.", "clarification"),)}))
    assert said == Story(**fields, corrections=said.corrections)
    assert said.recordings == (RECORDING,)
    assert replace(said, body=()).recordings == (RECORDING,)
    assert replace(said, body=said.body[:1]).recordings == ()
    assert not said.retracted
    heard = {**fields, "recordings": said.recordings}
    gone = Story(**withheld({**heard, "corrections": (Correction(NOON, "It is forged.", "retraction"),)}))
    assert gone.retracted
    assert gone == Story(
        "a", "en", "Forged", NOON, byline=("I. D.",), topics=("letters",), corrections=gone.corrections
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "\ufeffjavascript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "https://a.example/a b",
        "https://a.example/\u00a0",
        "https://a.example/\u3000",
        "https://a.example/\ud800",
        'https://a.example/"onclick=',
        "https://a.example/<b>",
        "\\\\a.example\\b",
        "",
        "?a=b",
        "tel:*%2306%23",
        "Tel:*21*",
        "tel:",
    ],
)
def test_addresses_that_run_or_break_out_are_refused(address):
    assert not is_safe_url(address)


@pytest.mark.parametrize("address", ["tel:+37410", "TEL:010(555)0199", "tel:1.2"])
def test_telephones_can_be_called(address):
    assert is_safe_url(address)


def test_what_may_be_left_out():
    assert Quote((rich("a"),)).attribution == Table(((rich("a"), ()),)).caption == Picture("a").credit == ""
