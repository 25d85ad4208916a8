"""Our files by the measure of others: what translate-toolkit (Weblate, Pootle, Virtaal) reads, changes and checks."""

import importlib.util
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_exchange_codecs import SHEETS as ANY_SHEETS

from tamizdat.newsroom.exchange.codes import normal
from tamizdat.newsroom.exchange.po import po, read_po
from tamizdat.newsroom.exchange.sheet import DONE, TODO
from tamizdat.newsroom.exchange.xliff_read import read_xliff
from tamizdat.newsroom.exchange.xliff_write import xliff_1, xliff_2

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("translate") is None, reason="needs translate-toolkit (pip)"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def _words(tokens):
    return "".join(each for each in normal(tokens) if isinstance(each, str))


# A piece without a word is nothing to translate, and no newsroom has one.
SHEETS = ANY_SHEETS.filter(lambda sheet: all(_words(unit.source).strip() for unit in sheet.units))


def _store(kind, data):
    if kind == "xliff12":
        from translate.storage.xliff import Xliff1File as Store  # noqa: PLC0415 - not always there
    elif kind == "xliff21":
        from translate.storage.xliff2 import Xliff2File as Store  # noqa: PLC0415 - not always there
    else:
        from translate.storage.pypo import pofile as Store  # noqa: N812, PLC0415 - their name; not always there
    return Store.parsestring(data)


@pytest.mark.parametrize(("kind", "write"), [("xliff12", xliff_1), ("xliff21", xliff_2), ("po", po)])
@settings(max_examples=25)
@given(sheet=SHEETS)
def test_weblates_library_finds_every_unit_and_writes_a_file_that_comes_in(kind, write, sheet):
    store = _store(kind, write(sheet).encode())
    units = [unit for unit in store.units if unit.source and not unit.isheader()]
    assert len(units) == len(sheet.units)
    again = bytes(store)
    back = (read_po if kind == "po" else read_xliff)(again, "x")[0]
    assert (back.story_id, back.task, back.language) == (sheet.story_id, sheet.task, sheet.language)
    for before, after in zip(sheet.units, back.units, strict=True):
        assert (after.id, normal(after.source)) == (before.id, normal(before.source))
        assert normal(after.target) == (() if before.state == TODO else normal(before.target))


@pytest.mark.parametrize(("kind", "write"), [("xliff12", xliff_1), ("xliff21", xliff_2), ("po", po)])
@settings(max_examples=25)
@given(sheet=SHEETS, word=st.sampled_from(["Паром", "کشتی", "a & b < c"]))
def test_what_is_translated_there_is_read_here(kind, write, sheet, word):
    # What has marks already it edits piece by piece; here it begins with nothing.
    sheet = replace(sheet, units=tuple(replace(unit, target=(), state=TODO) for unit in sheet.units))
    store = _store(kind, write(sheet).encode())
    for unit in store.units:
        if unit.source and not unit.isheader():
            unit.target = word
            unit.markfuzzy(False)
    back = (read_po if kind == "po" else read_xliff)(bytes(store), "x")[0]
    assert {_words(unit.target) for unit in back.units} <= {word}
    assert len(back.units) == len(sheet.units)
    assert {unit.state for unit in back.units} <= {DONE, ""}
