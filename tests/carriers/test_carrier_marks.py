"""Marks of files in a folder, and what happens when somebody ends a batch that is being put."""

import os
import sys

import pytest

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.errors import CarrierError


@pytest.fixture
def root(tmp_path):
    return tmp_path / "mirror"


@pytest.fixture
def out(root):
    return DirectoryOutbound(root)


def test_the_mark_of_a_put_is_the_mark_of_the_list(out):
    marks = {"en/a": out.put("en/a", b"one")}
    paths = [f"en/{number % 3}/{number}" for number in range(450)]
    marks |= dict(zip(paths, out.put_many((path, path.encode()) for path in paths), strict=True))
    assert dict(out.marks()) == marks
    assert [path for path, _ in out.marks()] == list(out.list())
    assert len(set(marks.values())) == len(marks)


def test_marks_stay_as_long_as_nobody_writes(out, root):
    out.put("en/a", b"one")
    before = dict(out.marks())
    assert out.holds("en/a", b"one")
    (root / "en" / "a").read_bytes()
    assert dict(out.marks()) == before


def write_over(file):
    with file.open("r+b") as content:
        content.write(b"two")


def write_over_and_set_the_time_back(file):
    status = file.stat()
    write_over(file)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def put_another_in_its_place(file):
    other = file.with_name("other")
    other.write_bytes(b"two")
    os.utime(other, ns=(0, file.stat().st_mtime_ns))
    other.replace(file)


def cut(file):
    os.truncate(file, 2)


@pytest.mark.parametrize("harm", [write_over, write_over_and_set_the_time_back, put_another_in_its_place, cut])
def test_whoever_writes_changes_the_mark(out, root, harm):
    """Once the tick is over in which the file was put: the system tells no two moments of it apart."""
    before = out.put("a", b"one")
    ticked = root / "ticked"
    while True:
        ticked.write_bytes(b"")
        if ticked.stat().st_ctime_ns > (root / "a").stat().st_ctime_ns:
            break
    harm(root / "a")
    assert dict(out.marks())["a"] != before


class LeftError(BaseException):
    """Somebody left."""


@pytest.mark.parametrize("at", [0, 1, 5])
def test_a_batch_that_somebody_ends_gives_no_file_its_name(out, root, at):
    """Also at its very end, when all are written."""
    out.put("0", b"old")

    def files():
        for number in range(5):
            if number == at:
                raise LeftError
            yield str(number), b"new"
        raise LeftError

    with pytest.raises(LeftError):
        out.put_many(files())
    assert [(path.name, path.read_bytes()) for path in root.iterdir()] == [("0", b"old")]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux waits for one file system alone")
def test_no_other_file_system_is_waited_for(out, monkeypatch):
    def sync():
        raise AssertionError

    monkeypatch.setattr(os, "sync", sync)
    assert len(out.put_many([("a", b"one"), ("b/c", b"two")])) == 2


def test_without_that_everything_is(out, monkeypatch):
    synced = []
    monkeypatch.setattr("tamizdat.carriers.directory._syncfs", lambda: None)
    monkeypatch.setattr(os, "sync", lambda: synced.append(True))
    out.put_many([("a", b"one")])
    assert synced


def test_a_disk_that_fails_when_it_is_waited_for_leaves_nothing(out, root, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    out.put("a", b"old")
    monkeypatch.setattr("tamizdat.carriers.directory._syncfs", lambda: full)
    with pytest.raises(CarrierError, match="No space left"):
        out.put_many([("a", b"new")])
    assert [(path.name, path.read_bytes()) for path in root.iterdir()] == [("a", b"old")]


def test_folders_and_files_that_no_path_can_name_have_no_marks(out, root):
    out.put("a", b"one")
    (root / "not a path").mkdir()
    (root / "not a path" / "b").write_bytes(b"")
    (root / ".tamizdat-folder").mkdir()
    (root / ".tamizdat-folder" / "c").write_bytes(b"")
    (root / "link").symlink_to("a")
    deep = root
    for _ in range(6):
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    (deep / "e").write_bytes(b"")
    assert [path for path, _ in out.marks()] == ["a"]


def test_a_folder_that_cannot_be_read_is_a_fault(out, root):
    root.write_bytes(b"a file")
    with pytest.raises(CarrierError, match="Not a directory"):
        list(out.marks())
