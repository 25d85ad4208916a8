import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from tamizdat.carriers.directory import DirectoryInbound, DirectoryOutbound
from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError


@pytest.fixture
def root(tmp_path):
    return tmp_path / "mirror"


@pytest.fixture
def out(root):
    return DirectoryOutbound(root)


@pytest.fixture
def back(root):
    return DirectoryInbound(root)


def test_what_was_put_is_fetched(out, back, tmp_path):
    out.put("en/a.pack", b"one")
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    out.put("b", source)
    assert back.fetch("en/a.pack", 3) == b"one"
    assert back.fetch("b", 3_000_000) == source.read_bytes()
    assert list(out.list()) == ["b", "en/a.pack"]
    out.put("en/a.pack", b"two!")
    assert back.fetch("en/a.pack", 10) == b"two!"


def test_holds_compares_every_byte(out, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"one")
    assert not out.holds("en/a", b"one")
    out.put("en/a", b"one")
    assert out.holds("en/a", b"one")
    assert out.holds("en/a", source)
    for other in (b"on", b"one!", b"two"):
        source.write_bytes(other)
        assert not out.holds("en/a", other)
        assert not out.holds("en/a", source)
    assert not out.holds("en", b"")
    assert not out.holds("en/a/b", b"one")


def test_many_files_are_put_whole_and_in_order(out, back, monkeypatch):
    renamed = []
    real = os.rename
    monkeypatch.setattr(
        "tamizdat.carriers.directory.os.rename", lambda *a, **k: (renamed.append(a[1]), real(*a, **k))[1]
    )
    files = [(f"en/{at % 7}/{at}.html", b"%d" % at) for at in range(450)]
    out.put_many(files)
    assert renamed == [f"{at}.html" for at in range(450)]
    assert all(back.fetch(path, 10) == data for path, data in files)
    assert sorted(out.list()) == sorted(path for path, _ in files)


def test_a_fault_among_many_leaves_no_half_file(out, back, root):
    out.put("en/b/old", b"old")
    with pytest.raises(CarrierError) as caught:
        out.put_many([("en/a", b"new"), ("en/b", b"a folder is in the way"), ("en/c", b"new")])
    assert "en/b" in str(caught.value)
    assert back.fetch("en/b/old", 3) == b"old"
    assert not [path for path in root.rglob("*") if path.name.startswith(".tamizdat-")]


def test_delete_removes_the_file_and_folders_left_empty(out, root):
    out.put("en/stories/x/index.html", b"gone")
    out.put("en/keep", b"kept")
    out.delete("en/stories/x/index.html")
    out.delete("en/stories/x/index.html")
    out.delete("en/keep/below")
    assert sorted(path.name for path in root.rglob("*")) == ["en", "keep"]


def test_an_absent_place_lists_nothing(out):
    assert list(out.list()) == []
    out.delete("a")


def test_missing_and_broken_are_told_apart(out, back, root):
    with pytest.raises(CarrierError) as caught:
        back.fetch("a", 10)
    assert not isinstance(caught.value, MissingFileError)
    out.put("en/a", b"one")
    for path in ("b", "en", "en/a/b", "fr/a"):
        with pytest.raises(MissingFileError):
            back.fetch(path, 10)


def test_too_large_is_refused(out, back):
    out.put("a", b"12345")
    assert back.fetch("a", 5) == b"12345"
    with pytest.raises(FormatError) as caught:
        back.fetch("a", 4)
    assert caught.value.failure is Failure.TOO_LARGE


def test_a_file_that_grows_while_it_is_read_is_cut(out, back, monkeypatch):
    out.put("a", b"12345")
    real = os.fstat

    def small(file):
        status = real(file)
        return os.stat_result((*status[:6], 1, *status[7:10]))

    monkeypatch.setattr("tamizdat.carriers.directory.os.fstat", small)
    with pytest.raises(FormatError) as caught:
        back.fetch("a", 4)
    assert caught.value.failure is Failure.TOO_LARGE


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../secret", ""])
def test_paths_that_lead_out_are_refused(out, back, path):
    for act in (
        lambda: back.fetch(path, 10),
        lambda: out.put(path, b""),
        lambda: out.holds(path, b"x"),
        lambda: out.put_many([(path, b"")]),
        lambda: out.delete(path),
    ):
        with pytest.raises(FormatError):
            act()


def test_links_are_not_followed(out, back, root, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_bytes(b"secret")
    out.put("a", b"one")
    (root / "link").symlink_to(secret)
    (root / "file").symlink_to(secret / "file")
    for path in ("link/file", "file"):
        with pytest.raises(MissingFileError):
            back.fetch(path, 10)
        assert not out.holds(path, b"secret")
    with pytest.raises(CarrierError):
        out.put("link/new", b"planted")
    with pytest.raises(CarrierError):
        out.put("link/sub/new", b"planted")
    out.delete("link/file")
    out.put("file", b"replaced")
    assert list(out.list()) == ["a", "file"]
    assert [path.name for path in secret.iterdir()] == ["file"]
    assert (secret / "file").read_bytes() == b"secret"


def test_a_named_pipe_does_not_hang_the_reader(out, back, root):
    out.put("a", b"one")
    os.mkfifo(root / "pipe")
    with pytest.raises(MissingFileError):
        back.fetch("pipe", 10)
    assert list(out.list()) == ["a"]


def test_files_that_no_path_names_are_not_listed(out, root):
    out.put("a", b"one")
    (root / "Read me.txt").write_bytes(b"")
    assert list(out.list()) == ["a"]


def test_a_mirror_lists_all_that_a_web_server_would_serve(out, back, root):
    out.put("en/a", b"one")
    (root / "Read me.txt").write_bytes(b"")
    (root / "link").symlink_to(root / "en" / "a")
    (root / "elsewhere").symlink_to(root / "en")
    (root / os.fsdecode(b"b\xff")).write_bytes(b"")
    (root / ".tamizdat-unfinished").write_bytes(b"")
    assert list(back.list()) == [".tamizdat-unfinished", "Read me.txt", "b\\xff", "elsewhere", "link", "en/a"]
    assert (root / ".tamizdat-unfinished").exists()  # a reader removes nothing


def test_a_mirror_that_is_gone_cannot_be_listed(back):
    with pytest.raises(CarrierError, match="mirror"):
        list(back.list())


def test_files_are_readable_for_a_web_server(out, root):
    before = os.umask(0o022)
    try:
        out.put("en/a", b"one")
    finally:
        os.umask(before)
    assert (root / "en" / "a").stat().st_mode & 0o777 == 0o644
    assert (root / "en").stat().st_mode & 0o777 == 0o755


def test_a_place_that_cannot_be_written_is_named(root):
    root.write_bytes(b"a file")
    with pytest.raises(CarrierError, match="mirror"):
        DirectoryOutbound(root).put("a", b"one")


def test_a_source_that_is_gone_leaves_nothing(out, root, tmp_path):
    out.put("a", b"old")
    with pytest.raises(CarrierError):
        out.put("a", tmp_path / "nowhere")
    assert [path.name for path in root.iterdir()] == ["a"]
    assert (root / "a").read_bytes() == b"old"


def test_temporary_files_of_a_crashed_run_are_swept(out, root):
    (root / "en").mkdir(parents=True)
    stale = [root / ".tamizdat-0011", root / "en" / ".tamizdat-2233"]
    for path in stale:
        path.write_bytes(b"half")
    out.put("en/a", b"one")
    assert not stale[1].exists()
    assert list(out.list()) == ["en/a"]
    assert not stale[0].exists()


def test_temporary_files_of_a_living_run_are_not_swept(out, root):
    root.mkdir()
    with (root / ".tamizdat-0011").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        out.put("a", b"one")
        assert list(out.list()) == ["a"]
        assert (root / ".tamizdat-0011").exists()


def test_a_reader_never_sees_half(out, back):
    pages = [bytes([letter]) * 500_000 for letter in b"ab"]
    out.put("page", pages[0])
    done = threading.Event()

    def write():
        for number in range(40):
            out.put("page", pages[number % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert back.fetch("page", 500_000) in pages
    writer.join()


WRITER = """
import sys
from pathlib import Path
from tamizdat.carriers.directory import DirectoryOutbound
out = DirectoryOutbound(Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    number += 1
    out.put("page", bytes([number % 251]) * 400_000)
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_a_whole_file(out, back, root):
    for round_number in range(6):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"ready\n"
            for _ in range(1 + round_number):
                last = int(writer.stdout.readline())
            threading.Event().wait(0.0007 * round_number)  # another point of the next write
            writer.send_signal(signal.SIGKILL)
            last = int(([last, *writer.stdout.read().split()])[-1])
        page = back.fetch("page", 400_000)
        assert page in {bytes([number % 251]) * 400_000 for number in (last, last + 1)}
        assert list(DirectoryOutbound(root).list()) == ["page"]
        assert [path.name for path in root.iterdir()] == ["page"]
