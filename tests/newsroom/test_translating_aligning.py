"""No translation is lost, whatever becomes of the source and whoever edits the translation freely."""

from hypothesis import given, settings
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
    met,
    pairs_from,
    settled,
)
from tamizdat.newsroom.translating.fields import _parsed, elements

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


FEW = st.lists(st.sampled_from(["A", "B", "C"]), max_size=7)
FEW_PAIRS = st.lists(
    st.builds(
        Pair,
        st.one_of(st.none(), st.sampled_from(["A", "B", "C"])),
        st.sampled_from(["", "a", "b", "a"]),
        st.sampled_from([True, True, False]),
    ),
    max_size=7,
).map(lambda pairs: [Pair(pair.source, pair.target or "x") if pair.source is None else pair for pair in pairs])


@given(st.one_of(PAIRS, FEW_PAIRS), st.one_of(PIECES, FEW))
def test_what_was_not_confirmed_stays_to_be_looked_at(pairs, source):
    rows = aligned(source, pairs)
    saved = [pair for row in rows if (pair := settled(row, row.text, confirmed=False)) is not None]
    kept = [row for row in rows if row.state != OWN or row.text]
    assert aligned(source, saved) == kept


@given(st.one_of(PAIRS, FEW_PAIRS), st.one_of(PIECES, FEW))
def test_what_was_confirmed_is_done(pairs, source):
    rows = aligned(source, pairs)
    again = [pair for row in rows if (pair := settled(row, row.text, confirmed=True)) is not None]
    assert {row.state for row in aligned(source, again)} <= {SAME, OWN}


@given(FEW, FEW)
def test_as_many_as_can_be_meet_their_equals(old, new):
    steps = list(met(old, new))
    assert [a for a, _b in steps if a is not None] == list(range(len(old)))
    assert [b for _a, b in steps if b is not None] == list(range(len(new)))
    equals = sum(a is not None and b is not None and old[a] == new[b] for a, b in steps)
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for a in range(len(old)):
        for b in range(len(new)):
            same = table[a][b] + (old[a] == new[b])
            table[a + 1][b + 1] = max(same, table[a][b + 1], table[a + 1][b])
    assert equals == table[-1][-1]


@given(FEW, st.data())
def test_texts_of_paragraphs_that_repeat_keep_their_order_when_others_come(source, data):
    pairs = [Pair(piece, f"text {at}") for at, piece in enumerate(source)]
    now = list(source)
    for _ in range(data.draw(st.integers(0, 3))):
        now.insert(data.draw(st.integers(0, len(now))), "new")
    rows = aligned(now, pairs)
    assert [row.text for row in rows if row.source != "new"] == [pair.target for pair in pairs]
    assert {row.state for row in rows if row.source != "new"} <= {SAME}


def test_a_paragraph_taken_out_and_another_written_elsewhere_move_no_text():
    pairs = [Pair("One.", "Один."), Pair("Two.", "Два."), Pair("Three.", "Три.")]
    after = carried(pairs, ["Два.", "Три.", "Своё."])
    assert [(pair.source, pair.target) for pair in after] == [
        ("One.", ""), ("Two.", "Два."), ("Three.", "Три."), (None, "Своё."),
    ]  # fmt: skip


def test_a_very_long_text_is_paired_soon():
    source = [f"Paragraph {at}." for at in range(3_000)]
    pairs = [Pair(piece, piece.upper()) for piece in source]
    rows = aligned(["First.", *source[:1_500], "Between.", *source[1_502:]], pairs)
    assert sum(row.state == SAME for row in rows) >= 2_900
    assert sorted(row.text for row in rows if row.text) == sorted(pair.target for pair in pairs)


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


_SIGNS = st.sampled_from([
    "<p>", "</p>", "<h2>", "</h2>", "<b>", "</b>", "<i>", "</i>", "<ul>", "<li>", "<br/>", '<a href="x">', "</a>", " ",
    "\n", "a", "ё", "\u00a0", "&", "&amp;", "&lt;", "&quot;", "&#x27;", "&nbsp;", "<", ">",
    '"', '<p data-block-key="k">', "<h5>", "\r", "amp;",
])  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(_SIGNS, max_size=12).map("".join)
    | st.lists(st.lists(_SIGNS, max_size=4).map(lambda signs: f"<p>{''.join(signs)}</p>"), max_size=4).map("".join)
)
def test_plain_texts_are_taken_apart_as_a_parser_does(html):
    assert elements(html) == _parsed(html)


def test_plain_texts_need_no_parser(monkeypatch):
    monkeypatch.setattr("tamizdat.newsroom.translating.fields._parsed", None)
    assert elements("<p>One &amp; <b>two</b>.</p><h2>Three</h2>") == ("<p>One &amp; <b>two</b>.</p>", "<h2>Three</h2>")
