from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edition.hostile import damaged
from strategies import blocks, rich_texts, stories
from tamizdat.edition.canonical import (
    block_of,
    body_groups,
    split_story,
    story_from_bytes,
    story_to_bytes,
    time_from_text,
    time_to_text,
)
from tamizdat.edition.inline import decode_runs, encode_runs
from tamizdat.errors import Failure, FormatError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import Heading, ListBlock, Paragraph, Picture, Run, SoundBlock, Story, Table, plain, rich

HEADER = "ia\ngru\nhH\nd2026-11-23T18:02:00Z\n"
HASH = "ab" * 32


def story(**changes):
    """A short story, changed."""
    return Story(
        **{
            "story_id": "a",
            "language": "ru",
            "headline": "H",
            "published": datetime(2026, 11, 23, 18, 2, tzinfo=UTC),
            **changes,
        }
    )


def refusal_of(text: str | bytes) -> Failure:
    """The failure class of a story that must be refused."""
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(FormatError) as refusal:
        story_from_bytes(data)
    assert refusal.value.what == "story"
    return refusal.value.failure


# --- Round trips ---


@given(stories())
def test_a_story_comes_back_as_it_went_in(value):
    data = story_to_bytes(value)
    assert story_from_bytes(data) == value
    assert story_to_bytes(story_from_bytes(data)) == data


@given(st.lists(blocks(), max_size=12).map(tuple))
def test_blocks_that_stand_side_by_side_stay_apart(body):
    assert story_from_bytes(story_to_bytes(story(body=body))).body == body


@given(rich_texts())
def test_marked_text_comes_back(text):
    assert decode_runs(encode_runs(text)) == text


@given(st.lists(rich_texts(), min_size=2, max_size=6, unique=True))
def test_two_texts_never_share_a_spelling(texts):
    assert len({encode_runs(text) for text in texts}) == len(texts)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_a_time_comes_back(naive):
    when = naive.replace(microsecond=0, tzinfo=UTC)
    assert time_from_text(time_to_text(when)) == when


@given(stories())
def test_a_story_that_is_read_in_two_steps_is_the_same(value):
    head, lines = split_story(story_to_bytes(value))
    assert head == replace(value, body=())
    assert tuple(map(block_of, body_groups(lines))) == value.body


@pytest.mark.parametrize(
    "text", ["2026-11-23T24:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23 18:02:00Z", "20261123T180200Z"]
)
def test_what_is_no_time_is_refused(text):
    # Later versions of Python read some of these.
    with pytest.raises(FormatError) as refusal:
        time_from_text(text)
    assert refusal.value.failure is Failure.MALFORMED


def test_the_whole_form_of_a_story_written_out():
    data = story_to_bytes(
        story(
            revision=2,
            lead="L",
            byline=("B1", "B2"),
            body=(
                Paragraph(
                    (Run("a "), Run("b", emphasis=True), Run("c", strong=True, href="/x"), Run("d", strong=True))
                ),
                Heading(rich("E"), 3),
                ListBlock((rich("f"), rich("g")), ordered=True),
                Table(((rich("h"), ()), ((), rich("i"))), header=True, caption="K"),
            ),
        )
    )
    assert data == (
        b"ia\ngru\nr2\nhH\nlL\nbB1\nbB2\nd2026-11-23T18:02:00Z\n"
        b"Pa \x01b\x01\x02\x03/x\x04c\x05d\x02\n3E\nOf\nIg\nT1K\nWh\x1f\nW\x1fi\n"
    )


def test_what_is_too_long_or_not_pressed_is_not_written():
    long = Paragraph(rich("x" * 250_000))
    with pytest.raises(StoryError, match="limit 2000000"):
        story_to_bytes(story(body=(long,) * 9))
    with pytest.raises(StoryError, match="not been pressed"):
        story_to_bytes(story(picture=Picture(alt="A", origin="photo.jpg")))
    with pytest.raises(StoryError, match="have not been made"):
        story_to_bytes(story(body=(SoundBlock("The bridge", (rich("Every word."),), origin="bridge.ogg"),)))


# --- Hostile bytes ---


@given(st.binary(max_size=300))
@example(b"\xff")
def test_bytes_of_any_kind_give_our_own_refusal(data):
    with pytest.raises(FormatError):
        story_from_bytes(data)


@settings(max_examples=150)
@given(damaged(stories().map(story_to_bytes)))
def test_a_damaged_story_is_refused_or_is_another_story_in_its_one_spelling(data):
    try:
        value = story_from_bytes(data)
    except FormatError:
        return
    if story_to_bytes(value) != data:
        tags = {line[:1] for line in data.split(b"\n")}
        assert tags - {bytes([tag]) for tag in b"igrhlbwstdukvamcP234QRAUOIMTWE"}, "accepted a second spelling"


@given(st.text("\x01\x02\x03\x04\x05\x1fab/", max_size=12))
def test_marks_in_any_order_are_read_in_one_way_or_refused(line):
    data = f"{HEADER}P{line}\n".encode()
    try:
        value = story_from_bytes(data)
    except FormatError:
        return
    assert story_to_bytes(value) == data


@given(st.lists(st.sampled_from("igrhlbwstdukvamcP234QRAUOIMTWEXz"), max_size=10))
def test_lines_in_any_order_are_read_in_one_way_or_refused(tags):
    values = {"i": "a", "g": "ru", "r": "2", "m": f"{HASH}\x1fimage/png\x1f1\x1f2\x1f3\x1f4\x1fA\x1f\x1f"}
    values |= dict.fromkeys("duk", "2026-11-23T18:02:00Z") | {"c": "2026-11-23T18:02:00Z x"}
    values |= {"M": values["m"], "T": "0", "E": "/x\x1ft"}
    data = "".join(f"{tag}{values.get(tag, 'v')}\n" for tag in tags).encode()
    try:
        value = story_from_bytes(data)
    except FormatError:
        return
    assert story_to_bytes(value) == data or {"X", "z"} & set(tags)


@given(st.binary(max_size=300) | damaged(stories().map(story_to_bytes)))
@example(b"ia\ngru\nh\nd2026-11-23T18:02:00Z\nPx\n")
@example(f"{HEADER}P\x7f\n".encode())
def test_reading_in_two_steps_refuses_with_our_own_errors_too(data):
    try:
        _, lines = split_story(data)
        for group in body_groups(lines):
            block_of(group)
    except FormatError as refusal:
        assert refusal.what == "story"


# --- One spelling ---


@pytest.mark.parametrize(
    "text",
    [
        "gru\nia\nhH\nd2026-11-23T18:02:00Z\n",
        "ia\nia\ngru\nhH\nd2026-11-23T18:02:00Z\n",
        "ia\ngru\nhH\nhH\nd2026-11-23T18:02:00Z\n",
        "ia\ngru\nr1\nhH\nd2026-11-23T18:02:00Z\n",
        "ia\ngru\nr02\nhH\nd2026-11-23T18:02:00Z\n",
        "ia\ngru\nhH\nl\nd2026-11-23T18:02:00Z\n",
        f"{HEADER}Pa\x01\x01b\n",
        f"{HEADER}P\x02\x01a\x01\x02\n",
        f"{HEADER}P\x01a\x01\x01b\x01\n",
        f"{HEADER}P\x03/x\x04a\x05\x03/x\x04b\x05\n",
        f"{HEADER}P\x03/x\x04\x05a\n",
        f"{HEADER}P\x01\x03/x\x04a\x01\x05\n",
        f"{HEADER}P\x03/x\x04\x01a\x05\x01\n",
        f"{HEADER}M{HASH}\x1fimage/png\x1f01\x1f2\x1f3\x1f4\x1fA\x1f\x1f\n",
        f"{HEADER}T0\nW\x01\x01a\n",
        f"{HEADER}Pa\x01\x01b\nXlater\n",
        f"zlater\n{HEADER}Pa\x01\x01b\n",
    ],
)
def test_a_second_spelling_is_refused(text):
    assert refusal_of(text) is Failure.NONCANONICAL


# --- Later versions ---


def test_an_unknown_header_line_is_left_out():
    assert story_from_bytes(b"ia\nzlater\x01\ngru\nhH\nyx\nd2026-11-23T18:02:00Z\nqx\n") == story()


def test_an_unknown_body_line_becomes_a_paragraph_of_its_words():
    value = story_from_bytes(f"{HEADER}Pa\nX\x03/x\x04later\x05 \x1fwords\x01 \nX\x01\n9nine\nPb\n".encode())
    assert [plain(block.text) for block in value.body] == ["a", "/x later   words", "-", "nine", "b"]
    assert all(isinstance(block, Paragraph) for block in value.body)


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}Pa\nzlate header\n",
        f"{HEADER}Pa\nhH\n",
        f"{HEADER}éx\n",
        f"{HEADER}Éx\n",
        f"{HEADER} x\n",
        f"{HEADER}\x01x\n",
        f"é\n{HEADER}",
        f"{HEADER}X\x7f\n",
    ],
)
def test_a_tag_is_an_ascii_letter_or_digit_and_no_header_follows_the_body(text):
    assert refusal_of(text) is Failure.MALFORMED


# --- Limits ---


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "P" + "x" * LIMITS.max_story_bytes,
        HEADER + "Px\n" * (LIMITS.max_blocks + 1),
        "ia\ngru\nhH\n" + "bB\n" * (LIMITS.max_header_values + 1) + "d2026-11-23T18:02:00Z\n",
        HEADER + "T0\n" + ("W" + "\x1f" * 99 + "\n") * 82,
        HEADER + "T0\nW" + "\x1f" * 1_900_000 + "\n",
    ],
)
def test_what_is_over_a_limit_is_refused(text):
    assert refusal_of(text) is Failure.TOO_LARGE


def test_the_largest_story_is_read_and_written():
    value = story(
        body=(*[Paragraph(rich("x"))] * (LIMITS.max_blocks - 1), Table(((rich("x"),),) * LIMITS.max_table_cells)),
        byline=("B",) * LIMITS.max_header_values,
    )
    assert story_from_bytes(story_to_bytes(value)) == value
