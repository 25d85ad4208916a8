import contextlib
import gzip
import io
import os
import stat
import tarfile
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.carriers.archive import ArchiveInbound
from tamizdat.carriers.archive_index import Room
from tamizdat.carriers.gunzip import GunzipFile
from tamizdat.carriers.port import is_safe_path
from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError, TamizdatError

KINDS = ["zip", "zip-stored", "tar", "tar.gz"]
FILES = {"metadata/1.root.json": b"{}" * 500, "en/a.pack": os.urandom(50_000), "en/empty": b"", "top": b"t"}


def make_archive(kind, files):
    out = io.BytesIO()
    if kind.startswith("zip"):
        method = zipfile.ZIP_STORED if kind == "zip-stored" else zipfile.ZIP_DEFLATED
        with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
            warnings.simplefilter("ignore")  # duplicate names are what a test wants
            for name, data in files:
                archive.writestr(zipfile.ZipInfo(name), data, method)
    else:
        with tarfile.open(fileobj=out, mode="w:gz" if kind == "tar.gz" else "w") as archive:
            for name, data in files:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def opened(tmp_path):
    def write(data, **options):
        file = tmp_path / "mirror"
        file.write_bytes(data)
        return ArchiveInbound(file, **options)

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_lists_its_files(opened, kind):
    assert list(opened(make_archive(kind, FILES.items())).list()) == sorted(FILES)
    foldered = {f"news/{name}": data for name, data in FILES.items()} | {"news/odd name": b""}
    carrier = opened(make_archive(kind, foldered.items()))
    assert list(carrier.list()) == sorted([*FILES, "odd name"])
    alone = opened(make_archive(kind, [("metadata/timestamp.json", b"{}")]))
    assert list(alone.list()) == ["metadata/timestamp.json"]
    with pytest.raises(CarrierError):
        list(opened(b"no archive").list())


@pytest.mark.parametrize("kind", KINDS)
def test_files_come_out_in_any_order(opened, kind):
    carrier = opened(make_archive(kind, FILES.items()))
    for name in [*FILES, *reversed(FILES)]:
        assert carrier.fetch(name, max(len(FILES[name]), 0)) == FILES[name]
    with pytest.raises(MissingFileError):
        carrier.fetch("en/b.pack", 10)
    with pytest.raises(FormatError) as caught:
        carrier.fetch("en/a.pack", 49_999)
    assert caught.value.failure is Failure.TOO_LARGE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prefix", ["./", "my-mirror/", "./my-mirror/"])
def test_a_packed_folder_is_a_mirror_too(opened, kind, prefix):
    carrier = opened(make_archive(kind, [(prefix + name, data) for name, data in FILES.items()]))
    for name, data in FILES.items():
        assert carrier.fetch(name, len(data)) == data


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_with_one_name_the_last_counts(opened, kind):
    assert opened(make_archive(kind, [("a", b"1"), ("b", b"x"), ("a", b"2")])).fetch("a", 9) == b"2"


@pytest.mark.parametrize("kind", KINDS)
def test_unsafe_names_do_not_exist(opened, kind):
    bad = ["../a", "/etc/passwd", "x/../../a", "a\\b", "a b", "..", "C:/x"]
    carrier = opened(make_archive(kind, [*((name, b"bad") for name in bad), ("good", b"ok"), ("d/good", b"ok")]))
    assert carrier.fetch("good", 9) == b"ok"
    assert carrier.entries == 2
    for name in bad:
        with pytest.raises(FormatError):
            carrier.fetch(name, 9)


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_entries_are_refused(opened, kind):
    data = make_archive(kind, [(f"f{number}", b"") for number in range(11)])
    assert opened(data, max_entries=11).fetch("f0", 1) == b""
    with pytest.raises(FormatError) as caught:
        opened(data, max_entries=10).fetch("f0", 1)
    assert caught.value.failure is Failure.TOO_LARGE


def test_entries_that_are_no_files_count_but_do_not_exist(opened):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number, kind in enumerate(
            [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
        ):
            info = tarfile.TarInfo(f"n{number}")
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("real")
        info.size = 2
        archive.addfile(info, io.BytesIO(b"ok"))
    carrier = opened(out.getvalue())
    assert carrier.fetch("real", 9) == b"ok"
    for number in range(5):
        with pytest.raises(MissingFileError):
            carrier.fetch(f"n{number}", 9)
    with pytest.raises(FormatError):
        opened(out.getvalue(), max_entries=3).fetch("real", 9)


def test_links_and_locked_files_in_a_zip_do_not_exist(opened):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked", b"x")
        archive.writestr("real", b"ok")
    data = bytearray(out.getvalue())
    data[data.index(b"locked", data.index(b"PK\x01\x02")) - 46 + 8] |= 1
    carrier = opened(bytes(data))
    assert carrier.fetch("real", 9) == b"ok"
    for name in ("link", "locked"):
        with pytest.raises(MissingFileError):
            carrier.fetch(name, 9)


def _lying_zip(true_size, announced):
    data = bytearray(make_archive("zip", [("bomb", bytes(true_size))]))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = announced.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("announced", [10, 999])
def test_a_zip_bomb_stops_at_the_limit(opened, announced):
    carrier = opened(_lying_zip(50_000_000, announced))
    tracemalloc.start()
    try:
        with pytest.raises(CarrierError, match="more than its directory says"):
            carrier.fetch("bomb", 1000)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_an_honest_zip_bomb_is_too_large(opened):
    with pytest.raises(FormatError) as caught:
        opened(make_archive("zip", [("bomb", bytes(5_000_000))])).fetch("bomb", 1000)
    assert caught.value.failure is Failure.TOO_LARGE


def test_a_gzip_bomb_is_refused_before_it_costs_much(opened, monkeypatch):
    monkeypatch.setattr("tamizdat.carriers.archive._SMALL_ARCHIVE_BYTES", 1_000_000)
    data = make_archive("tar.gz", [("bomb", bytes(30_000_000)), ("behind", b"x")])
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as caught:
            opened(data).fetch("behind", 1000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.failure is Failure.TOO_LARGE


def test_a_huge_extended_header_is_refused(opened):
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    info.size = 20_000_000
    data = gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + bytes(20_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError) as caught:
            opened(data).fetch("x", 1000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.failure is Failure.TOO_LARGE


def test_a_chain_of_long_names_does_not_crash(opened):
    info = tarfile.TarInfo("x")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 4
    block = info.tobuf(tarfile.GNU_FORMAT) + b"name".ljust(512, b"\0")
    with pytest.raises(TamizdatError):
        opened(block * 5000).fetch("x", 1000)


def test_a_changed_file_is_noticed(opened):
    data = bytearray(make_archive("zip-stored", [("a", b"hello world")]))
    data[data.index(b"hello")] ^= 1
    with pytest.raises(CarrierError, match="checksum"):
        opened(bytes(data)).fetch("a", 100)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_archive_is_the_carriers_fault(opened, kind):
    data = make_archive(kind, FILES.items())
    for size in (600, len(data) // 2, len(data) - 30):
        carrier = opened(data[:size])
        for name, content in FILES.items():
            with contextlib.suppress(CarrierError):
                assert carrier.fetch(name, 100_000) == content


def test_a_tar_without_its_end_has_what_comes_before_the_cut(opened):
    data = make_archive("tar", FILES.items())
    cut = data.index(FILES["en/a.pack"]) + 40_000
    carrier = opened(data[:cut])
    assert carrier.fetch("metadata/1.root.json", 1000) == FILES["metadata/1.root.json"]
    with pytest.raises(CarrierError, match="ends too early"):
        carrier.fetch("en/a.pack", 100_000)
    with pytest.raises(MissingFileError):
        carrier.fetch("top", 10)


def test_a_zip_behind_something_else_is_read(opened):
    carrier = opened(make_archive("zip", [("a", b"PK\5\6" + bytes(30))]) + b"")
    assert carrier.fetch("a", 100) == b"PK\5\6" + bytes(30)
    data = b"PK\3\4 and so on" + bytes(1000) + make_archive("zip", FILES.items())
    assert opened(data).fetch("en/a.pack", 60_000) == FILES["en/a.pack"]


def test_many_entries_take_little_memory(opened):
    count = 70_000  # more than the first zip could say
    data = make_archive("zip-stored", ((f"folder-with-a-name/{number}", b"") for number in range(count)))
    carrier = opened(data)
    tracemalloc.start()
    try:
        assert carrier.fetch("folder-with-a-name/69999", 1) == b""
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert carrier.entries == count
    assert held < 60 * count
    assert peak < 150 * count


def test_archives_share_room(tmp_path):
    files = [tmp_path / "one", tmp_path / "two"]
    for file in files:
        file.write_bytes(make_archive("zip", [(f"f{number}", b"") for number in range(1500)]))
    room = Room(3000)
    one, two = (ArchiveInbound(file, room=room) for file in files)
    assert one.fetch("f0", 1) == b""
    with pytest.raises(CarrierError, match="room in memory"):
        two.fetch("f0", 1)
    room.give_back(1000)
    assert two.fetch("f0", 1) == b""


def test_a_pipe_in_the_place_of_an_archive_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CarrierError, match="no file"):
        ArchiveInbound(tmp_path / "pipe").fetch("a", 1)


def test_a_file_that_is_gone_or_no_archive(tmp_path):
    with pytest.raises(CarrierError, match="gone"):
        ArchiveInbound(tmp_path / "nowhere").fetch("a", 1)
    (tmp_path / "text").write_bytes(b"hello")
    with pytest.raises(CarrierError, match="not a zip or tar"):
        ArchiveInbound(tmp_path / "text").fetch("a", 1)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30), st.binary(max_size=50)),
        max_size=6,
    ),
)
def test_any_names_are_safe(tmp_path_factory, kind, files):
    file = tmp_path_factory.mktemp("any") / "mirror"
    file.write_bytes(make_archive(kind, [("safe", b"1"), ("d/safe", b"2"), *files]))
    carrier = ArchiveInbound(file)
    carrier.fetch("d/safe", 100)
    found = set()
    for name in carrier.list():
        try:
            carrier.fetch(name, 100)
            found.add(name)
        except FormatError:
            assert not is_safe_path(name)
    assert {"safe", "d/safe"} <= found


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=8),
)
def test_garbled_archives_raise_only_our_errors(tmp_path_factory, kind, edits):
    data = bytearray(make_archive(kind, [("a", b"12" * 99), ("b/c", os.urandom(200)), ("b/d", b"")]))
    for place, piece in edits:
        start = place % len(data)
        data[start : start + len(piece)] = piece
    file = tmp_path_factory.mktemp("garbled") / "mirror"
    file.write_bytes(data)
    carrier = ArchiveInbound(file)
    for name in ("a", "b/c", "b/d"):
        with contextlib.suppress(CarrierError, FormatError):
            carrier.fetch(name, 1000)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b""]), st.binary(max_size=2000))
def test_any_bytes_raise_only_our_errors(tmp_path_factory, magic, data):
    file = tmp_path_factory.mktemp("bytes") / "mirror"
    file.write_bytes(magic + data)
    with pytest.raises((CarrierError, FormatError)):
        ArchiveInbound(file).fetch("a", 1000)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.integers(0, 9000), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 9000)), min_size=1, max_size=10),
    st.randoms(use_true_random=False),
)
def test_a_gzip_file_reads_alike_from_any_place(sizes, reads, random):
    members = [random.randbytes(size) for size in sizes]
    whole = b"".join(members)
    packed = b"".join(gzip.compress(member) for member in members) + bytes(20)
    checkpoints = []
    for place, size in reads:
        file = GunzipFile(io.BytesIO(packed), checkpoints, max_bytes=1 << 20, spacing_bytes=500)
        reader = io.BufferedReader(file, 64)
        reader.seek(place)
        assert reader.read(size) == whole[place : place + size]
        reader.seek(place // 2)
        assert reader.read(size) == whole[place // 2 : place // 2 + size]


def test_going_back_does_not_inflate_from_the_start():
    whole = os.urandom(1 << 20)
    packed = io.BytesIO(zlib.compress(whole, 1, 31))
    checkpoints = []
    GunzipFile(packed, checkpoints, max_bytes=1 << 21, spacing_bytes=1 << 16).readinto(bytearray(1))
    file = io.BufferedReader(GunzipFile(packed, checkpoints, max_bytes=1 << 21, spacing_bytes=1 << 16))
    file.seek(1_000_000)
    assert file.read(10) == whole[1_000_000:1_000_010]
    assert len(checkpoints) > 10
    starts = []

    class Watched(io.BytesIO):
        def seek(self, place, whence=0):
            starts.append(place)
            return super().seek(place, whence)

    again = io.BufferedReader(
        GunzipFile(Watched(packed.getvalue()), checkpoints, max_bytes=1 << 21, spacing_bytes=1 << 16)
    )
    again.seek(900_000)
    assert again.read(10) == whole[900_000:900_010]
    assert starts[-1] > 800_000
