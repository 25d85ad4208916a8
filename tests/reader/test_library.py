import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.errors import LibraryError, PassphraseError
from tamizdat.reader import library_folder as library_module
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.library_folder import EncryptedLibrary, _State, _worn_segments
from tamizdat.reader.library_seal import PassphraseCost, padded_size, seal, unseal

CHEAP = PassphraseCost(memory_kib=8, iterations=1, lanes=1)
WORDS = "correct horse"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept"


@pytest.fixture
def created(folder):
    with EncryptedLibrary.create(folder, WORDS, CHEAP) as library:
        yield library


def contents(library):
    return {name: library.get(name) for name in library.names()}


def reopened(folder):
    with EncryptedLibrary.open(folder, WORDS) as library:
        return contents(library)


@pytest.mark.parametrize("make", [lambda _: MemoryLibrary(), lambda path: EncryptedLibrary.create(path, WORDS, CHEAP)])
def test_values_are_set_replaced_and_removed(folder, make):
    with contextlib.ExitStack() as stack:
        library = make(folder)
        if isinstance(library, EncryptedLibrary):
            stack.enter_context(library)
        assert library.get("a") is None
        library.put_many({"a": b"1", "b": b"2", "c": b"", "never": None})
        assert contents(library) == {"a": b"1", "b": b"2", "c": b""}
        library.put_many({"a": b"one", "b": None})
        library.put_many({})
        assert contents(library) == {"a": b"one", "c": b""}
        assert library.get("b") is None


def test_a_kept_library_is_there_the_next_time(folder, created):
    values = {f"story/ru/{number}": os.urandom(number * 100) for number in range(50)}
    created.put_many(values)
    created.put_many({"state/ru": b"7", "story/ru/3": None})
    created.close()
    assert EncryptedLibrary.exists(folder)
    del values["story/ru/3"]
    assert reopened(folder) == values | {"state/ru": b"7"}


def test_the_disk_shows_no_name_no_text_and_no_count(folder, created):
    text = "Новости из-за границы".encode() * 40
    created.put_many({f"story/ru/{number}": text for number in range(30)})
    created.put_many({"state/ru": b"edition 12"})
    created.close()
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(files) <= 6
    for name, data in files.items():
        assert b"story" not in data
        assert b"edition" not in data
        assert text[:20] not in data
        assert "ru" not in name
        if name not in {"lock", "library.json"}:
            assert len(data) == padded_size(len(data))


def test_like_sized_libraries_look_alike(tmp_path):
    sizes = []
    for number, values in enumerate([{"a": bytes(5000), "b": bytes(100)}, {"x": bytes(5200)}]):
        with EncryptedLibrary.create(tmp_path / str(number), WORDS, CHEAP) as library:
            library.put_many(values)
        sizes.append(sorted(path.stat().st_size for path in (tmp_path / str(number)).iterdir()))
    assert sizes[0] == sizes[1]


def test_only_the_owner_can_read_it(folder, created):
    created.put_many({"a": b"1"})
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    created.close()
    folder.chmod(0o755)
    reopened(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_written_outside_the_folder(folder, created, tmp_path):
    created.put_many({"a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_wrong_passphrase_is_told(folder, created):
    created.put_many({"a": b"1"})
    created.close()
    for wrong in ("", "Correct horse", "x"):
        with pytest.raises(PassphraseError):
            EncryptedLibrary.open(folder, wrong)
    with pytest.raises(PassphraseError):
        EncryptedLibrary.create(folder.parent / "other", "", CHEAP)
    assert not (folder.parent / "other").exists()
    assert reopened(folder) == {"a": b"1"}


def test_accents_may_be_typed_either_way(folder):
    EncryptedLibrary.create(folder, "caf\u00e9", CHEAP).close()
    EncryptedLibrary.open(folder, "cafe\u0301").close()


def test_one_reader_at_a_time(folder, created):
    with pytest.raises(LibraryError, match="another reader"):
        EncryptedLibrary.open(folder, WORDS)
    created.close()
    reopened(folder)


def test_a_closed_library_says_so(created):
    created.close()
    created.close()
    with pytest.raises(LibraryError, match="closed"):
        created.get("a")
    with pytest.raises(LibraryError, match="closed"):
        created.put_many({"a": b""})


def test_a_library_is_not_made_over_something_else(folder, created, tmp_path):
    created.close()
    with pytest.raises(LibraryError, match="already"):
        EncryptedLibrary.create(folder, WORDS, CHEAP)
    with pytest.raises(LibraryError, match="no library"):
        EncryptedLibrary.open(tmp_path, WORDS)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(LibraryError, match="new or empty"):
        EncryptedLibrary.create(tmp_path, WORDS, CHEAP)
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_threads_may_share_it(folder, created):
    def work(number):
        for step in range(5):
            created.put_many({f"{number}": b"%d" % step, f"{number}/{step}": b"x"})
            assert created.get(f"{number}") == b"%d" % step

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created.close()
    assert len(reopened(folder)) == 24


def segments_of(folder):
    return [path for path in folder.iterdir() if len(path.name) == 32]


@pytest.mark.parametrize("name", ["manifest", "generation", "segment", "library.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "remove", "extend"])
def test_a_damaged_file_is_named_and_the_way_out_told(folder, created, name, harm):
    created.put_many({"a": b"1" * 5000})
    created.close()
    path = segments_of(folder)[0] if name == "segment" else folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    harmed = {"flip": bytes(data), "cut": bytes(data[:-1]), "empty": b"", "extend": bytes(data) + b"\0"}
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(harmed[harm])
    if (name, harm) == ("library.json", "extend"):
        path.write_bytes(path.read_bytes() + b"{")
    with pytest.raises((LibraryError, PassphraseError)) as caught:
        reopened(folder)
    if (name, harm) == ("library.json", "remove"):
        assert "holds no library" in str(caught.value)
    else:
        assert path.name in str(caught.value)
        assert "sync again" in str(caught.value)


def test_a_segment_of_another_library_is_noticed(folder, created, tmp_path):
    created.put_many({"a": bytes(20_000)})
    created.close()
    with EncryptedLibrary.create(tmp_path / "other", WORDS, CHEAP) as other:
        other.put_many({"a": bytes(20_000)})
    segments_of(folder)[0].write_bytes(segments_of(tmp_path / "other")[0].read_bytes())
    with pytest.raises(LibraryError, match="damaged"):
        reopened(folder)


@pytest.mark.parametrize("name", ["manifest", "generation"])
def test_one_file_put_back_from_before_is_noticed(folder, created, name):
    created.put_many({"a": bytes(50_000)})
    old = (folder / name).read_bytes()
    created.put_many({"b": b"2"})
    created.put_many({"c": b"3"})
    created.close()
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / name).write_bytes(old)
    with pytest.raises(LibraryError, match="older than the rest"):
        reopened(folder)
    # Refusing has changed nothing: with the right file back, all is there.
    (folder / name).write_bytes(kept[name])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept
    assert set(reopened(folder)) == {"a", "b", "c"}


@pytest.mark.parametrize(
    "edit",
    [
        {"format": "tamizdat-library-v9"},
        {"kdf": None},
        {"kdf": {"name": "argon2id", "memory_kib": 1 << 40, "iterations": 1, "lanes": 1, "salt": "00" * 32}},
        {"kdf": {"name": "argon2id", "memory_kib": 8, "iterations": 1 << 30, "lanes": 1, "salt": "00" * 32}},
        {"kdf": {"name": "argon2id", "memory_kib": 0, "iterations": 0, "lanes": 0, "salt": ""}},
        {"key": "zz"},
        {"key": ""},
        {"key": 5},
    ],
)
def test_an_edited_header_costs_nothing(folder, created, edit):
    created.close()
    fields = json.loads((folder / "library.json").read_text())
    (folder / "library.json").write_text(json.dumps(fields | edit))
    with pytest.raises(LibraryError, match=r"library\.json"):
        EncryptedLibrary.open(folder, WORDS)


@settings(max_examples=200, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode),
    )
)
def test_any_header_raises_only_our_errors(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    (folder / "library.json").write_bytes(data)
    with pytest.raises((LibraryError, PassphraseError)):
        EncryptedLibrary.open(folder, WORDS)


class CrashError(BaseException):
    """Stands for the power going out."""


STEPS = ("fsync", "open", "write", "replace", "unlink")


@contextlib.contextmanager
def crash_at(monkeypatch, step):
    """Let everything that touches the disk fail from call number ``step`` on; yields the count of calls."""
    calls = [0]

    def failing(real):
        def call(*args, **options):
            calls[0] += 1
            if calls[0] > step:
                raise CrashError
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(library_module.os, "fsync", failing(os.fsync))
        patch.setattr(library_module.os, "open", failing(os.open))
        patch.setattr(Path, "replace", failing(Path.replace))
        patch.setattr(Path, "unlink", failing(Path.unlink))
        yield calls


def test_a_crash_at_any_step_leaves_old_or_new(tmp_path, monkeypatch):
    before = {"a": b"old", "b": bytes(6000), "gone": b"x"}
    after = {"a": b"new", "b": bytes(6000), "c": b"more"}
    seen = []
    for step in range(100):
        folder = tmp_path / str(step)
        with EncryptedLibrary.create(folder, WORDS, CHEAP) as library:
            library.put_many(before)
            with crash_at(monkeypatch, step) as calls:
                try:
                    library.put_many({"a": b"new", "c": b"more", "gone": None})
                except CrashError:
                    pass
                else:
                    break
        found = reopened(folder)
        assert found in (before, after)
        seen.append(found == after)
        # Nothing is left over, and the library works on.
        assert len(segments_of(folder)) <= 2
        assert not list(folder.glob("*.new"))
        with EncryptedLibrary.open(folder, WORDS) as library:
            library.put_many({"d": b"on"})
        assert reopened(folder) == found | {"d": b"on"}
    assert calls[0] > 10
    assert seen == sorted(seen)
    assert True in seen
    assert False in seen


def test_a_crash_while_it_is_made_leaves_a_library_or_none(tmp_path, monkeypatch):
    for step in range(100):
        folder = tmp_path / str(step)
        with crash_at(monkeypatch, step):
            try:
                EncryptedLibrary.create(folder, WORDS, CHEAP).close()
            except CrashError:
                done = False
            else:
                done = True
        if not EncryptedLibrary.exists(folder):
            EncryptedLibrary.create(folder, WORDS, CHEAP).close()
        assert reopened(folder) == {}
        if done:
            break
    assert step > 8


WRITER = """
import os, sys
from pathlib import Path
from tamizdat.reader.library_folder import EncryptedLibrary
library = EncryptedLibrary.open(Path(sys.argv[1]), "correct horse")
number = int(library.get("one") or b"0")
print("ready", flush=True)
while True:
    number += 1
    value = b"%d" % number
    old = None if number % 2 else value
    library.put_many({"one": value, "two": value + b" " + bytes(number % 7 * 20000), "old": old})
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_at_random_moments_it_shows_old_or_new(folder, created):
    created.close()
    for round_number in range(8):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"ready\n"
            for _ in range(1 + round_number % 3):
                last = int(writer.stdout.readline())
            threading.Event().wait(int.from_bytes(os.urandom(1), "big") / 30_000)  # some point of the next write
            writer.send_signal(signal.SIGKILL)
            last = int(([last, *writer.stdout.read().split()])[-1])
        found = reopened(folder)
        number = int(found["one"])
        assert number in {last, last + 1}
        assert found["two"] == b"%d " % number + bytes(number % 7 * 20000)
        assert found.get("old") == (None if number % 2 else b"%d" % number)


@pytest.mark.parametrize("room", range(6))
def test_a_full_disk_leaves_old_or_new_and_nothing_else(folder, created, monkeypatch, room):
    created.put_many({"a": bytes(9000)})
    calls = []

    def full(file):
        calls.append(file)
        if len(calls) > room:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(library_module.os, "fsync", full)
        with pytest.raises(LibraryError, match="No space left"):
            created.put_many({"b": b"3"})
    found = contents(created)
    assert found.keys() in ({"a"}, {"a", "b"})
    assert {path.name for path in segments_of(folder)} == set(created._state.segments)
    assert not list(folder.glob("*.new"))
    created.put_many({"c": b"4"})
    created.close()
    assert reopened(folder) == found | {"c": b"4"}


@settings(max_examples=20, deadline=None)
@given(
    steps=st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.binary(max_size=9000), max_size=5), max_size=12
    )
)
def test_it_behaves_like_a_dictionary(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("model") / "kept"
    memory = MemoryLibrary()
    with EncryptedLibrary.create(folder, WORDS, CHEAP) as library:
        for step in steps:
            library.put_many(step)
            memory.put_many(step)
            assert contents(library) == contents(memory)
            assert {path.name for path in segments_of(folder)} == set(library._state.segments)
    assert reopened(folder) == contents(memory)


def test_files_stay_few_and_space_is_given_back(folder, created):
    most = 0
    for number in range(120):
        created.put_many({f"story/{number}": os.urandom(2000), "state": b"%d" % number})
        most = max(most, len(segments_of(folder)))
    assert most <= 12
    created.put_many({f"story/{number}": None for number in range(119)})
    assert sum(path.stat().st_size for path in segments_of(folder)) <= 8192


def test_a_removed_value_cannot_be_read_even_with_the_key(folder, created):
    created.put_many({"a": b"secret" * 100, "b": bytes(20_000)})
    record = created._state.records["a"]
    created.put_many({"a": None})
    # Its sealed bytes may remain in the segment, but no file holds their key any more.
    everything = unseal(created._master, "manifest", (folder / "manifest").read_bytes())
    assert record.key.hex().encode() not in everything


def test_worn_segments():
    assert _worn_segments({}, [], 100) == frozenset()
    assert _worn_segments({"dead": 4096}, [], 0) == {"dead"}
    state = _State(1, {"small": 4096, "large": 1 << 20}, {})
    assert _worn_segments(state.segments, [], 0) == {"small", "large"}


@given(st.integers(0, 1 << 40))
def test_padding_costs_at_most_an_eighth(size):
    padded = padded_size(size)
    assert size <= padded <= max(4096, size * 9 // 8)
    assert padded_size(padded) == padded


@given(st.binary(max_size=10_000))
def test_sealed_bytes_come_back(data):
    sealed = seal(bytes(32), "manifest", data)
    assert unseal(bytes(32), "manifest", sealed) == data
    assert len(sealed) == padded_size(len(sealed))
