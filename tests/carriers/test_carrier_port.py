import posixpath
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.carriers.port import check_path, is_safe_path
from tamizdat.errors import Failure, FormatError

SEGMENTS = st.text(alphabet="abcXYZ019._~-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "a/../../b",
        "a/./b",
        "a\\b",
        "a\0b",
        "a b",
        "a\n",
        "a%2e",
        "C:",
        "a:b",
        "a?b",
        "a#b",
        "ä",
        "a/.tamizdat-0",
        "x" * 256,
        "x/" * 600 + "x",
    ],
)
def test_unsafe_paths_are_refused(path):
    with pytest.raises(FormatError) as caught:
        check_path(path)
    assert caught.value.failure is Failure.MALFORMED


@pytest.mark.parametrize("path", ["a", "en/3f.pack", "1.root.json", "...", "..a", ".well-known/x", "a~b", "-"])
def test_safe_paths_pass(path):
    assert check_path(path) == path


@given(st.one_of(st.text(), st.lists(st.one_of(SEGMENTS, st.just(".."), st.text())).map("/".join)))
def test_whatever_passes_stays_inside(path):
    if is_safe_path(path):
        inside = posixpath.normpath(posixpath.join("/root", path))
        assert inside == "/root/" + path
        assert ".." not in PurePosixPath(path).parts
        assert path.isascii()
        assert path.isprintable()
