"""No translation is lost, whatever becomes of the source and whoever edits the translation freely."""

from hypothesis import assume, given
from hypothesis import strategies as st

from tamizdat.newsroom.translating.aligning import (
    CHANGED,
    GONE,
    NEW,
    OWN,
    SAME,
    Pair,
    aligned,
    carried,
    pairs_from,
    settled,
)

PIECES = st.lists(st.sampled_from([f"piece {letter}" for letter in "abcdefgh"]), max_size=8)
PAIRS = st.lists(
    st.builds(
        Pair,
        st.one_of(st.none(), st.sampled_from([f"piece {letter}" for letter in "abcdefgh"])),
        st.sampled_from(["", *(f"translated {letter}" for letter in "abcdefgh")]),
    ),
    max_size=8,
)


@given(PIECES, PAIRS)
def test_every_text_is_in_one_row_in_its_order(source, pairs):
    rows = aligned(source, pairs)
    assert [row.text for row in rows if row.text] == [pair.target for pair in pairs if pair.target]
    assert [row.source for row in rows if row.source] == source


@given(PAIRS, st.lists(st.sampled_from([f"translated {letter}" for letter in "abcdefghij"]), max_size=8))
def test_a_free_edit_is_taken_over_piece_by_piece(pairs, now):
    after = carried(pairs, now)
    assert [pair.target for pair in after if pair.target] == now
    assert [pair.source for pair in after if pair.source] == [pair.source for pair in pairs if pair.source]


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("source"), PIECES),
        st.tuples(st.just("free"), st.lists(st.integers(0, 10_000), max_size=6)),
        st.tuples(st.just("save"), st.sets(st.integers(0, 8))),
    ),
    max_size=8,
)


@given(PIECES, EDITS)
def test_a_text_goes_only_when_somebody_says_so(source, edits):
    pairs = [Pair(piece, piece, done=False) for piece in source]
    written: list[str] = []  # what people wrote and nobody took out
    for at, (kind, value) in enumerate(edits):
        if kind == "source":
            source = value
        elif kind == "free":
            written = [f"free {at} {number} {nth}" for nth, number in enumerate(value)]
            pairs = carried(pairs, written)
        else:
            rows = aligned(source, pairs)
            texts = [row.text or (f"typed {at} {nth}" if nth in value else "") for nth, row in enumerate(rows)]
            made = [settled(row, text, confirmed=False) for row, text in zip(rows, texts, strict=True)]
            pairs = pairs_from(pair.stored() for pair in made if pair is not None)
            written = [text for text in texts if text]
        assert [pair.target for pair in pairs if pair.done and pair.target] == written


def _assume_each_once(pairs, source):
    """Where a paragraph stands several times, texts may change places and lose or win a flag: a known gap."""
    assume(len(set(source)) == len(source))
    named = [pair.source for pair in pairs if pair.source is not None]
    assume(len(set(named)) == len(named))


@given(PAIRS, PIECES)
def test_what_was_not_confirmed_stays_to_be_looked_at(pairs, source):
    _assume_each_once(pairs, source)
    rows = aligned(source, pairs)
    again = aligned(source, [pair for row in rows if (pair := settled(row, row.text, confirmed=False)) is not None])
    assert _to_look_at(again) == _to_look_at(rows)


def _to_look_at(rows):
    """Texts in their order; beside a paragraph that is there twice they may stand at the one or the other."""
    return [row.text for row in rows if row.state in {CHANGED, GONE} and row.text]


@given(PAIRS, PIECES)
def test_what_was_confirmed_is_done(pairs, source):
    _assume_each_once(pairs, source)
    rows = aligned(source, pairs)
    again = [pair for row in rows if (pair := settled(row, row.text, confirmed=True)) is not None]
    assert {row.state for row in aligned(source, again)} <= {SAME, OWN}


def test_a_changed_paragraph_shows_what_it_was():
    pairs = [Pair("One.", "Один."), Pair("Two.", "Два."), Pair("Three.", "Три.")]
    rows = aligned(["One.", "Two and a half.", "Three.", "Four."], pairs)
    assert [(row.state, row.before, row.text) for row in rows] == [
        (SAME, "One.", "Один."),
        (CHANGED, "Two.", "Два."),
        (SAME, "Three.", "Три."),
        (NEW, "", ""),
    ]


def test_a_paragraph_that_is_gone_keeps_its_translation_until_somebody_takes_it_out():
    row = aligned(["One."], [Pair("One.", "Один."), Pair("Two.", "Два.")])[1]
    assert (row.state, row.before, row.text) == (GONE, "Two.", "Два.")
    assert settled(row, row.text, confirmed=False) == Pair("Two.", "Два.")
    assert settled(row, row.text, confirmed=True) is None
