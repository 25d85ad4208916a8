"""Units of a file find the rows that a plain search finds, and find them without searching, whatever the file says."""

import io
import math
import zipfile
from operator import itemgetter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tamizdat.errors import SourceError
from tamizdat.newsroom.exchange.bounds import MAX_FIELD_UNITS, MAX_STORIES, MAX_UNITS
from tamizdat.newsroom.exchange.files import MAX_FILE_BYTES, read_upload
from tamizdat.newsroom.exchange.placing import placed

# --- By a search that looks at everything -------------------------------------------------------------------------


def sought(entries, wanted, sources, before):
    """The same as ``placed``, as one would write it for ten pieces."""
    if all(wanted[unit] == sources.get(number) for number, unit in entries):
        return {unit: (number, True) for number, unit in entries}
    found = {}
    for text in dict.fromkeys(wanted.values()):
        these = [(number, unit) for number, unit in entries if wanted[unit] == text]
        there = [number for number, source in sources.items() if source == text]
        if len(these) == len(there):
            found |= {unit: (number, True) for (_number, unit), number in zip(these, there, strict=True)}
            continue
        here = {unit: (number, len(these) == 1) for number, unit in these if number in there}
        rest = [number for number in there if number not in [at for at, _exact in here.values()]]
        others = [unit for _number, unit in these if unit not in here]
        found |= here | {unit: (number, False) for unit, number in zip(others, rest, strict=False)}
    free = [number for number in sources if number not in [at for at, _exact in found.values()]]
    for number, unit in entries:
        if unit in found:
            continue
        known = [place for place in free if place in before and before[place] == wanted[unit]]
        earlier = [(at, each) for at, each in entries if each in found and at < number]
        shift = found[earlier[-1][1]][0] - earlier[-1][0] if earlier else 0
        place = min(known, key=lambda place: abs(place - number), default=number + shift)
        if place in free:
            found[unit] = (place, False)
            free.remove(place)
    return found


TEXTS = st.sampled_from("abcd").map(lambda letter: (letter,))


@st.composite
def fields(draw):
    """What a file says of a field, and what stands there; numbers of units may repeat, as in ``a:1`` and ``a:01``."""
    rows = draw(st.lists(TEXTS, max_size=8))
    said = draw(
        st.one_of(
            st.lists(st.tuples(st.integers(0, 9), TEXTS), max_size=9),
            # As they were, with some gone and others changed.
            st.lists(st.sampled_from(list(enumerate(rows)) or [(0, ("a",))]), unique_by=itemgetter(0)),
        )
    )
    units = draw(st.permutations(range(len(said))))
    entries = sorted((number, unit) for (number, _text), unit in zip(said, units, strict=True))
    wanted = {unit: text for (_number, text), unit in zip(said, units, strict=True)}
    # The order of what is wanted is that of the entries, as in a file.
    wanted = {unit: wanted[unit] for _number, unit in entries}
    before = draw(st.dictionaries(st.sampled_from(range(len(rows) or 1)), TEXTS)) if rows else {}
    return entries, wanted, dict(enumerate(rows)), dict(sorted(before.items()))


@settings(max_examples=1_500)
@example(([(1, 0)], {0: ("z",)}, {0: ("a",), 1: ("b",), 2: ("c",)}, {0: ("z",), 2: ("z",)}))
@given(fields())
def test_units_go_where_a_search_of_everything_would_put_them(field):
    assert placed(*field) == sought(*field)


# --- What it costs ------------------------------------------------------------------------------------------------


class Steps:
    """How often numbers and texts were compared, or looked up."""

    count = 0


def _counting(kind):
    def counted(name):
        plain = getattr(kind, name)

        def does(self, *others):
            Steps.count += 1
            return plain(self, *others)

        return does

    names = ("__eq__", "__hash__", "__lt__", "__sub__", "__add__")
    return type(f"Counted{kind.__name__}", (kind,), {name: counted(name) for name in names if hasattr(kind, name)})


Number, Text = _counting(int), _counting(tuple)


def same(at):
    """One text for all."""
    del at
    return Text("x")


def own(at):
    """A text of its own for each."""
    return Text(str(at))


def old(at):
    """What none of them is now."""
    return Text(f"old {at}")


SHAPES = {
    "all are as they were": (own, own, None, 0),
    "all read the same, and one is gone": (same, same, None, -1),
    "all read the same, and there are half as many": (same, same, None, -2),
    "all read what all others were before": (lambda at: Text("old"), own, lambda at: Text("old"), 0),
    "all changed": (old, own, old, 0),
    "nothing fits": (lambda at: Text(f"of another story {at}"), own, old, 0),
    "all moved by one": (lambda at: own(at + 1), own, None, 0),
    "each second changed": (lambda at: own(at) if at % 2 else old(at), own, old, 0),
    "all are far from where they belong": (lambda at: old(-at), own, lambda at: old(at - 2_000), 0),
}


def steps(shape, size):
    """For so many units."""
    says, stands, was, rows = SHAPES[shape]
    rows = size // 2 if rows == -2 else size + rows
    entries = [(Number(at), Number(at)) for at in range(size)]
    wanted = {unit: says(int(unit)) for _number, unit in entries}
    sources = {Number(at): stands(at) for at in range(rows)}
    before = {Number(at): was(at) for at in range(rows)} if was else {}
    Steps.count = 0
    placed(entries, wanted, sources, before)
    return Steps.count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_as_many_units_cost_twice_as_much(shape):
    small, large = steps(shape, 1_000), steps(shape, 2_000)
    assert large < 2.4 * small
    assert large < 2_000 * 4 * math.log2(2_000)


# --- How many there may be ----------------------------------------------------------------------------------------


def po(*ids):
    entries = "".join(f'msgctxt "{name}"\nmsgid "a"\nmsgstr "b"\n\n' for name in ids)
    return f'msgid ""\nmsgstr "Language: ru\\n"\n\n{entries}'.encode()


def xliff(*stories):
    """Version 1.2; each story is the ids of its units."""
    files = "".join(
        "<file><body>"
        + "".join(f'<trans-unit id="{name}"><source>a</source></trans-unit>\n' for name in ids)
        + "</body></file>"
        for ids in stories
    )
    return f'<xliff version="1.2">{files}</xliff>'.encode()


def ids(field, count):
    return [f"{field}:{at}" for at in range(count)]


TOO_MANY = {
    "of one field": (lambda write: write(ids("block_", MAX_FIELD_UNITS + 1)), "pieces of the field 'block_' (line "),
    "of one file": (
        lambda write: write([name for field in "abc" for name in ids(field, MAX_UNITS // 3 + 1)]),
        "more than 20,000 pieces (line ",
    ),
}


@pytest.mark.parametrize("kind", ["po", "xliff"])
@pytest.mark.parametrize("case", TOO_MANY)
def test_more_pieces_than_any_story_has_are_refused_with_file_line_and_what_to_do(kind, case):
    make, says = TOO_MANY[case]
    data = make((lambda names: po(*names)) if kind == "po" else xliff)
    assert len(data) < MAX_FILE_BYTES
    (file,) = read_upload(data, "from the agency")
    assert not file.sheets
    assert file.fault.startswith("from the agency: has more than ")
    assert says in file.fault
    assert "bring it back as several files" in file.fault or "take the story out again" in file.fault


def test_as_many_as_a_story_can_have_come_in():
    (file,) = read_upload(po(*ids("block_", MAX_FIELD_UNITS)), "x")
    assert len(file.sheets[0].units) == MAX_FIELD_UNITS
    # Programs that number all units anew have no fields; and in several stories fields have the same names.
    (file,) = read_upload(po(*map(str, range(MAX_FIELD_UNITS + 1))), "x")
    assert len(file.sheets[0].units) == MAX_FIELD_UNITS + 1
    (file,) = read_upload(xliff(ids("a", 6_000), ids("a", 6_000)), "x")
    assert [len(sheet.units) for sheet in file.sheets] == [6_000, 6_000]


def test_more_stories_than_a_zip_has_files_are_refused():
    (file,) = read_upload(xliff(*[()] * (MAX_STORIES + 1)), "x")
    assert "has more than 1,000 stories (line " in file.fault
    (file,) = read_upload(xliff(*[()] * MAX_STORIES), "x")
    assert len(file.sheets) == MAX_STORIES


def test_a_zip_holds_no_more_stories_than_files():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for at in range(3):
            made.writestr(f"{at}.xlf", xliff(*[()] * 400))
    with pytest.raises(SourceError, match="holds more than 1,000 stories"):
        read_upload(out.getvalue(), "x.zip")
