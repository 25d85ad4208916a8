"""What is known of files without reading them: when a mark is enough, and when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.publisher.known import Known, Look

DIGEST = bytes(range(32))
OTHER = bytes(32)
FILES = st.lists(
    st.tuples(st.text("abc/", min_size=1), st.binary(min_size=32, max_size=32), st.text("0f.", min_size=1))
)


def again(known):
    return Known(known.to_bytes())


def test_a_mark_is_enough_once_the_bytes_were_compared_after_it_was_noted():
    known = Known()
    known.put("a", DIGEST, "m")
    assert known.look("a", DIGEST, "m") is Look.UNKNOWN  # not in the push that put it there
    known = again(known)
    assert known.look("a", DIGEST, "m") is Look.TOLD
    known.compared("a", DIGEST, "m", Look.TOLD)
    known = again(known)
    assert known.look("a", DIGEST, "m") is Look.SURE
    assert not known.changed
    assert again(known).look("a", DIGEST, "m") is Look.SURE


def test_bytes_that_were_right_under_another_mark_are_compared_twice():
    known = again(Known())
    known.compared("a", DIGEST, "new", Look.UNKNOWN)
    assert again(known).look("a", DIGEST, "new") is Look.TOLD


def sure():
    known = Known()
    known.compared("a", DIGEST, "m", Look.TOLD)
    return again(known)


@pytest.mark.parametrize(
    ("path", "digest", "mark"), [("b", DIGEST, "m"), ("a", OTHER, "m"), ("a", DIGEST, "n"), ("a", DIGEST, "")]
)
def test_another_path_or_hash_or_mark_is_not_known(path, digest, mark):
    assert sure().look(path, digest, mark) is Look.UNKNOWN


def test_what_is_to_be_compared_again_is_not_taken_as_known():
    known = sure()
    assert known.look("a", DIGEST, "m", again=True) is Look.TOLD
    assert again(known).look("a", DIGEST, "m") is Look.UNKNOWN


def test_what_was_not_looked_at_is_kept_only_if_not_all_was():
    known = sure()
    known.put("b", DIGEST, "m")
    assert Known(known.to_bytes(whole=False)).look("a", DIGEST, "m") is Look.SURE
    assert Known(known.to_bytes(whole=True)).look("a", DIGEST, "m") is Look.UNKNOWN


def test_no_two_places_keep_the_same_hashes():
    """Whoever could foresee them could search for times that give an altered file the mark of another."""
    first, second = Known(), Known()
    for known in (first, second):
        known.put("a", DIGEST, "m")
    assert first.to_bytes()[16:] != second.to_bytes()[16:]


def test_no_mark_is_never_noted():
    known = Known()
    known.put("a", DIGEST, "")
    known.compared("a", DIGEST, "", Look.TOLD)
    assert len(known.to_bytes()) == 16
    assert not known.changed


@given(FILES, st.integers(0, 40))
def test_all_that_was_noted_is_found_and_a_cut_end_does_no_harm(files, cut):
    known = Known()
    for path, digest, mark in files:
        known.put(path, digest, mark)
    data = known.to_bytes()
    found = Known(data)
    assert all(found.look(*file) is Look.TOLD for file in files)
    shorter = Known(data[: len(data) - cut])
    assert all(shorter.look(*file) in {Look.TOLD, Look.UNKNOWN} for file in files)
