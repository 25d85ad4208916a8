"""What is known of files without reading them: when a mark is enough, and when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.publisher.known import Known

DIGEST = bytes(range(32))
OTHER = bytes(32)
FILES = st.lists(
    st.tuples(st.text("abc/", min_size=1), st.binary(min_size=32, max_size=32), st.text("0f.", min_size=1))
)


SURE, TOLD, UNKNOWN = "sure", "told", "unknown"


def again(known):
    return Known(known.to_bytes())


def what(known, path="a", digest=DIGEST, mark="m"):
    """What a mark says: enough, or to be compared, and whether that will then be enough."""
    asked = again(known) if known.count == 0 else Known(known.to_bytes(whole=False))
    said = asked.look(path, digest, mark)
    if said is None:
        return SURE
    asked.compared(said)
    return TOLD if again(asked).look(path, digest, mark) is None else UNKNOWN


def test_a_mark_is_enough_once_the_bytes_were_compared_after_it_was_noted():
    known = Known()
    known.put("a", DIGEST, "m")
    assert known.look("a", DIGEST, "m") is not None  # not in the push that put it there
    known = again(known)
    said = known.look("a", DIGEST, "m")
    assert said
    known.compared(said)
    known = again(known)
    assert known.look("a", DIGEST, "m") is None
    assert not known.changed
    assert what(again(known)) is SURE


def test_bytes_that_were_right_under_another_mark_are_compared_twice():
    known = sure()
    known.compared(known.look("a", DIGEST, "new"))
    known = again(known)
    assert what(known, mark="new") is TOLD
    assert what(known, mark="m") is UNKNOWN


def sure():
    known = Known()
    known.put("a", DIGEST, "m")
    known = again(known)
    known.compared(known.look("a", DIGEST, "m"))
    return again(known)


@pytest.mark.parametrize(
    ("path", "digest", "mark"), [("b", DIGEST, "m"), ("a", OTHER, "m"), ("a", DIGEST, "n"), ("a", DIGEST, "")]
)
def test_another_path_or_hash_or_mark_is_not_known(path, digest, mark):
    assert what(sure(), path, digest, mark) is UNKNOWN


def test_what_is_to_be_compared_again_is_not_taken_as_known():
    known = sure()
    said = known.look("a", DIGEST, "m", again=True)
    assert said
    assert what(again(known)) is UNKNOWN  # if its bytes were not right
    known.compared(said)
    assert not known.changed
    assert what(again(known)) is SURE


def test_what_was_not_looked_at_is_kept_only_if_not_all_was():
    known = sure()
    known.put("b", DIGEST, "m")
    assert what(Known(known.to_bytes(whole=False))) is SURE
    assert what(Known(known.to_bytes(whole=True))) is UNKNOWN


def test_no_two_places_keep_the_same_hashes():
    """Whoever could foresee them could search for times that give an altered file the mark of another."""
    first, second = Known(), Known()
    for known in (first, second):
        known.put("a", DIGEST, "m")
    assert first.to_bytes()[16:] != second.to_bytes()[16:]


def test_no_mark_is_never_noted():
    known = Known()
    known.put("a", DIGEST, "")
    known.compared(known.look("a", DIGEST, ""))
    assert len(known.to_bytes()) == 16
    assert not known.changed


@given(FILES, st.integers(0, 40))
def test_all_that_was_noted_is_found_and_a_cut_end_does_no_harm(files, cut):
    known = Known()
    for path, digest, mark in files:
        known.put(path, digest, mark)
    data = known.to_bytes()
    found = Known(data)
    assert all(what(found, *file) is TOLD for file in files)
    shorter = Known(data[: len(data) - cut])
    assert all(what(shorter, *file) in {TOLD, UNKNOWN} for file in files)
