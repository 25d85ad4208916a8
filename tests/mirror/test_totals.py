"""What a mirror counts, and how little of it can be told."""

import json
import re
import timeit
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.mirror.totals import KEPT_DAYS, Served, Totals, step, step_text

NOON = datetime(2026, 11, 28, 12, 34, 56, tzinfo=UTC).timestamp()
DAY = 86_400.0


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.mark.parametrize(
    ("count", "rounded", "text"),
    [
        (0, 0, "0"),
        (1, 1, "<10"),
        (9, 1, "<10"),
        (10, 10, "10"),
        (19, 10, "10"),
        (20, 20, "20"),
        (49, 20, "20"),
        (50, 50, "50"),
        (99, 50, "50"),
        (100, 100, "100"),
        (123_456, 100_000, "100,000"),
        (7_000_000, 5_000_000, "5,000,000"),
    ],
)
def test_steps(count, rounded, text):
    assert step(count) == rounded
    assert step_text(step(count)) == text


@given(st.integers(0, 10**20))
def test_a_step_is_below_and_near_and_a_step_itself(count):
    found = step(count)
    assert found <= count
    assert count < 10 or found * 2.5 >= count
    assert step(found) == found


def count(totals, language, answers, size):
    tally = totals.tally(language)
    tally[0] += answers
    tally[1] += size


def test_days_and_languages(clock):
    totals = Totals(None, clock)
    count(totals, "en", 123, 45_678)
    count(totals, "", 3, 9)
    totals.tally("ru")
    assert totals.days() == {"2026-11-28": {"en": Served(100, 20_000), "": Served(1, 1)}}
    tally = totals.tally("en")
    clock.now += DAY
    totals.turn()
    tally[0] += 50
    assert totals.days()["2026-11-29"] == {"en": Served(50, 0)}
    assert totals.days()["2026-11-28"]["en"] == Served(100, 20_000)


def test_days_are_kept_for_thirty_days(clock, tmp_path):
    file = tmp_path / "totals.json"
    totals = Totals(file, clock)
    for _ in range(40):
        count(totals, "en", 10, 10)
        clock.now += DAY
        totals.turn()
    assert len(Totals(file, clock).days()) <= KEPT_DAYS
    assert min(Totals(file, clock).days()) == (datetime(2026, 11, 28, tzinfo=UTC) + timedelta(11)).date().isoformat()


def test_the_file_holds_steps_and_no_time_of_day(clock, tmp_path):
    file = tmp_path / "totals.json"
    totals = Totals(file, clock)
    count(totals, "en", 123, 45_678)
    totals.save()
    text = file.read_text()
    assert json.loads(text) == {"days": {"2026-11-28": {"en": [100, 20_000]}}}
    assert not re.search(r"\d\d:\d\d", text)
    assert file.stat().st_mtime == NOON // DAY * DAY
    assert [one.name for one in tmp_path.iterdir()] == ["totals.json"]


def test_counting_goes_on_after_a_restart(clock, tmp_path):
    file = tmp_path / "totals.json"
    totals = Totals(file, clock)
    count(totals, "en", 123, 45_678)
    totals.save()
    again = Totals(file, clock)
    assert again.days() == totals.days()
    count(again, "en", 100, 0)
    assert again.days()["2026-11-28"]["en"].answers == 200


def test_the_file_is_written_now_and_then(clock, tmp_path):
    file = tmp_path / "totals.json"
    totals = Totals(file, clock)
    count(totals, "en", 50, 50)
    totals.turn()
    assert not file.exists()
    clock.now += 3_700
    totals.turn()
    first = file.stat().st_ino
    count(totals, "en", 1, 1)  # still the same steps: nothing to write
    clock.now += 3_700
    totals.turn()
    assert file.stat().st_ino == first


@given(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b'{"days": []}',
                b'{"days": {"2026-11-28": []}}',
                b'{"days": {"2026-11-28": {"en": [1]}}}',
                b'{"days": {"2026-11-28": {"en": [1e999, 1]}}}',
                b'{"days": {"2026-11-28": {"en": ["x", null]}}}',
                b'{"days": {"yesterday": {"en": [1, 1]}}}',
                b'{"days": {"2026-11-28": {"en": [-5, -10]}}}',
                b"[" * 100_000,
            ]
        ),
    )
)
def test_a_file_that_somebody_else_wrote_is_begun_anew(tmp_path_factory, data):
    file = tmp_path_factory.mktemp("totals") / "totals.json"
    file.write_bytes(data)
    totals = Totals(file, Clock())
    count(totals, "en", 10, 10)
    totals.save()
    assert json.loads(file.read_text())["days"]["2026-11-28"]["en"] == [10, 10]


def test_a_full_disk_is_no_error(clock, tmp_path):
    totals = Totals(tmp_path / "not-there" / "totals.json", clock)
    count(totals, "en", 10, 10)
    totals.save()
    assert totals.days()


def test_thousands_of_languages_do_not_fill_the_memory(clock):
    totals = Totals(None, clock)
    for number in range(2_000):
        count(totals, f"x-{number}", 1, 1)
    assert len(totals.days()["2026-11-28"]) <= 258


def test_counting_takes_nanoseconds():
    tally = Totals(None).tally("en")
    seconds = min(
        timeit.repeat("tally[0] += 1; tally[1] += 14_000", globals={"tally": tally}, number=100_000, repeat=5)
    )
    assert seconds / 100_000 < 1e-6
