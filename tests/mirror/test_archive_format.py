"""What stands around the files of an archive, and what can be told from it again."""

import io
import os
import tarfile
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.carriers.archive import ArchiveInbound
from tamizdat.mirror.archive_format import (
    DEFLATED,
    STORED,
    Packed,
    Stored,
    TarFormat,
    ZipFormat,
    filling,
    pack,
    ungzip,
    unpack,
)

KINDS = [ZipFormat(), TarFormat()]
NAMES = st.text("abcXYZ019._~-", min_size=1, max_size=120).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join).filter(lambda path: not path.startswith(".tamizdat-"))


def gzipped(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def archive_of(kind, contents):
    """An archive, and what it says of each file."""
    out, stored = bytearray(), []
    for path, packed in contents.items():
        head = kind.before(path, packed)
        found = kind.read_before(head, path)
        assert found is not None
        stored.append(found._replace(offset=len(out)))
        out += head + packed.body + filling(kind, len(packed.body))
    return bytes(out) + kind.end(stored, len(out)), stored


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.ending)
@given(files=st.dictionaries(PATHS, st.tuples(st.binary(max_size=2000), st.booleans()), max_size=8))
def test_any_files_are_read_by_others_and_by_us(tmp_path_factory, kind, files):
    packed = {}
    for path, (content, deflate) in files.items():
        packed[path] = pack(content, gzipped(content) if deflate and kind.deflates else None)
    data, stored = archive_of(kind, packed)
    if kind.ending == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            read = {info.filename: archive.read(info) for info in archive.infolist()}
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            read = {info.name: archive.extractfile(info).read() for info in archive}
    assert read == {path: content for path, (content, _) in files.items()}
    for found in stored:
        assert len(kind.before(found.path, packed[found.path])) == kind.head_bytes(found.path)
        body = packed[found.path].body
        assert unpack(body, found.method, found.size) == files[found.path][0]
    if files:
        file = tmp_path_factory.mktemp("any") / "archive"
        file.write_bytes(data)
        inbound = ArchiveInbound(file)
        for path, (content, _) in files.items():
            assert inbound.fetch(path, 2000) == content


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.ending)
@given(path=PATHS, other=PATHS, noise=st.binary(max_size=700))
def test_what_is_no_head_of_the_file_is_recognised(kind, path, other, noise):
    head = kind.before(path, pack(b"content", None))
    assert kind.read_before(head, path) is not None
    if other != path:
        assert kind.read_before(head, other) is None
    assert kind.read_before(head[:-1], path) is None
    found = kind.read_before(noise, path)
    assert found is None or noise[:4] == b"PK\3\4"


@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_a_page_is_kept_as_its_copy_only_if_that_is_the_page(data, other):
    packed = pack(data, gzipped(data))
    assert packed.method == DEFLATED
    assert unpack(packed.body, DEFLATED, len(data)) == data
    for wrong in (gzipped(other), gzipped(data) + b"x", gzipped(data)[:-9], other, b""):
        if other != data or wrong != gzipped(other):
            assert pack(data, wrong) == Packed(data, data, STORED)
    assert ungzip(gzipped(data), len(data) + 1) is None
    if data:
        assert ungzip(gzipped(data), len(data) - 1) is None


@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from([STORED, DEFLATED, 99]))
def test_any_bytes_unpack_to_nothing_or_to_that_many(body, size, method):
    data = unpack(body, method, size)
    assert data is None or len(data) == size


def test_a_bomb_unpacks_no_further_than_the_size_that_is_signed():
    bomb = gzipped(bytes(50_000_000))
    tracemalloc.start()
    try:
        assert ungzip(bomb, 1000) is None
        assert unpack(bomb[10:-8], DEFLATED, 1000) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_more_files_than_the_first_zip_could_say(tmp_path):
    kind = ZipFormat()
    count = 70_000
    data, stored = archive_of(kind, {f"f/{number}": pack(b"%d" % number, None) for number in range(count)})
    (tmp_path / "many.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        assert len(archive.namelist()) == len(stored) == count
        assert archive.read("f/69999") == b"69999"
    assert ArchiveInbound(tmp_path / "many.zip").fetch("f/69999", 10) == b"69999"


def test_files_beyond_four_gigabytes(tmp_path):
    kind = ZipFormat()
    content = os.urandom(1000)
    packed = pack(content, None)
    far = 5_000_000_000
    head = kind.before("far", packed)
    file = tmp_path / "far.zip"
    with file.open("wb") as out:  # sparse: it takes no room
        out.write(kind.before("near", packed) + content)
        out.seek(far)
        out.write(head + content)
        stored = [Stored(name, at, STORED, 1000, 1000, zlib.crc32(content)) for name, at in (("near", 0), ("far", far))]
        out.write(kind.end(stored, out.tell()))
    with zipfile.ZipFile(file) as archive:
        assert archive.read("near") == archive.read("far") == content
    inbound = ArchiveInbound(file)
    assert inbound.fetch("far", 1000) == inbound.fetch("near", 1000) == content
