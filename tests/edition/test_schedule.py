"""The publisher's schedule over years: how much is listed, stored and fetched."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edition.desk import CORPUS, Desk, applied, corpus_stories
from edition.test_index import HEAD
from tamizdat.edition.catchup import plan
from tamizdat.edition.index import Index, Segment, ShelfRef, index_to_bytes, read_index, read_shelf, shelf_to_bytes
from tamizdat.edition.pack import Put
from tamizdat.edition.schedule import MAX_BLOCK, Log, ranges, shelf_below
from tamizdat.errors import FormatError
from tamizdat.limits import LIMITS
from tamizdat.publisher.packing import squeeze


def log_of(units: int, raw_unit: int, open_cuts: tuple[int, ...] = (), fine_cuts: tuple[int, ...] = ()) -> Log:
    """A log whose units are one entry each, of ``raw_unit`` bytes."""
    return Log(tuple(range(units + 1)), open_cuts or (units,), fine_cuts or (units,), lambda place: place * raw_unit)


@given(st.integers(0, 300), st.sampled_from([300, 4_000, 60_000, 1_500_000, 4_000_000]))
def test_segments_cover_every_mark_whatever_the_size_of_units(units, raw_unit):
    segments = [Segment(start, stop, 1) for start, stop in ranges(log_of(units, raw_unit))]
    for mark in range(units):
        plan(mark, units, segments)


@given(st.integers(1, 300), st.sampled_from([300, 4_000, 60_000, 1_500_000]))
def test_no_pack_grows_beyond_the_largest_block(units, raw_unit):
    assert all((stop - start) * raw_unit <= MAX_BLOCK for start, stop in ranges(log_of(units, raw_unit)))


@given(st.integers(1, 300), st.sampled_from([300, 4_000, 60_000]))
def test_the_index_alone_leads_every_reader_on_who_needs_no_shelf(units, raw_unit):
    log = log_of(units, raw_unit)
    index = [Segment(start, stop, 1) for start, stop in ranges(log) if start >= shelf_below(log)]
    for mark in range(shelf_below(log), units):
        plan(mark, units, index)


def test_a_breaking_story_is_a_pack_of_its_own_at_once():
    log = Log((0, 10), (10, 12, 13, 20, 21), (0, 4, 10), lambda place: place * 4000)
    assert {(20, 21), (13, 20), (12, 13), (10, 12), (10, 13), (10, 21)} <= set(ranges(log))
    assert {(0, 4), (4, 10), (0, 10)} <= set(ranges(log))


def test_a_block_is_never_made_anew_without_a_death():
    """What is merged once stays the same range, so yesterday's packs are today's."""
    before, after = set(ranges(log_of(64, 60_000))), set(ranges(log_of(65, 60_000)))
    assert len(after - before) <= 2 * math.log2(64)


@dataclass
class ModelDesk(Desk):
    """A desk whose packs have only a size: as deflate packs Russian stories, measured on the corpus."""

    def segment(self, start: int, stop: int, live: int) -> Segment:
        size = int(934 * live + 395 + 1618 * min(1, math.log(live) / math.log(20)))
        return Segment(start, stop, size, start.to_bytes(16, "big") + stop.to_bytes(16, "big"))


@pytest.fixture(
    scope="module", params=[(1, 1), (4, 4), (12, 3)], ids=lambda shape: f"{shape[0]} stories, {shape[1]} times"
)
def years(request):
    """Three years: stories a day, publishes a day."""
    stories, publishes = request.param
    desk = ModelDesk("ru")
    for day in range(3 * 365 + 1):
        for time in range(publishes):
            names = [f"{day}-{time}-{n}" for n in range(stories // publishes)]
            desk.publish(day, {name: b"i%s\n" % name.encode() + b"x" * 4200 for name in names})
    return desk


def test_years_of_segments_are_listed_in_a_few_kilobytes(years):
    below, segments = shelf_below(years.log()), years.segments()
    shelf = shelf_to_bytes([segment for segment in segments if segment.start < below])
    listed = tuple(segment for segment in segments if segment.start >= below)
    index = index_to_bytes(Index(HEAD, years.end, listed, ShelfRef(below, len(shelf), bytes(32))))
    assert read_index(index).segments == listed
    assert len(read_shelf(shelf)) + len(listed) == len(segments) < LIMITS.max_segments // 50
    assert len(index) < 2_000
    assert len(shelf) < 12_000


def test_years_of_packs_take_a_small_multiple_of_one(years):
    one = years.segment(0, years.end, years.end).size
    assert sum(segment.size for segment in years.segments()) < 8 * one


def test_after_years_nobody_fetches_many_packs_or_much_too_much(years):
    finished, end = years.units[-1], years.end
    days = len(years.units) - 1
    marks = [*years.units[-120:-1], *years.units[:-120:7], 0]
    for mark, chain in years.chains({*marks, *years.cuts[-24:]}).items():
        large = (years.offsets[end] - years.offsets[mark]) // (MAX_BLOCK // 2)
        tail = len([segment for segment in chain if segment.start >= finished])
        assert len(chain) - tail <= 2 * math.log2(days) + large
        assert tail <= 2 * math.log2(12)
        if mark < finished:
            fetched = sum(segment.size for segment in chain if segment.stop <= finished)
            if mark in marks:
                assert fetched <= 1.15 * years.segment(mark, finished, finished - mark).size


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus/ntrex beside the checkout")
def test_the_bound_holds_with_the_encoder_that_publishers_use():
    """zopfli on both sides; a month of three stories a day, read to the end from every day."""
    stories = list(corpus_stories("ru").items())
    desk = Desk("ru", squeeze)
    desk.publish(0, {})
    for day in range(33):
        desk.publish(day, dict(stories[day * 3 : day * 3 + 3]))
    desk.units.append(desk.end)
    held = dict(stories[:99])
    for mark, chain in desk.chains(desk.units[:-1]).items():
        ideal = len(squeeze(desk.records(mark, desk.end)))
        assert sum(segment.size for segment in chain) <= 1.15 * ideal
    assert applied({}, [Put(*item) for item in stories[:99]], "ru") == desk.stories() == held


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(1, 4), st.integers(0, 900)),
        max_size=9,
        unique_by=lambda part: part[:2],
    ),
    st.integers(0, 9),
)
def test_the_plan_is_the_cheapest_of_all_chains(parts, mark):
    """Against trying every chain; and however the segments are listed."""
    segments = [Segment(start, start + length, size) for start, length, size in parts]
    best = min(chains(mark, 8, segments), default=None)
    for listing in (segments, segments[::-1], sorted(segments, key=lambda s: s.size)):
        try:
            found = plan(mark, 8, listing)
        except FormatError:
            assert best is None
            continue
        assert best is not None
        assert found == best[-1]


def chains(mark: int, end: int, segments: list[Segment]) -> list[tuple]:
    """Every chain from ``mark`` to ``end``, with what it is compared by (spec/edition.md, "Catching up")."""
    if mark == end:
        return [(0, 0, (), ())]
    found = []
    for first in segments:
        if first.start <= mark < first.stop <= end:
            for cost, length, order, rest in chains(first.stop, end, segments):
                weight = first.size + 160 if first.size else 0
                found.append((cost + weight, length + 1, ((-first.stop, first.start), *order), (first, *rest)))
    return found
