"""An archive that people carry: whole, the same wherever it is made, and continued where it was cut off."""

import errno
import gzip
import hashlib
import os
import random
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import zipfile
from datetime import timedelta

import pytest
from carry_kit import SOON, carry, changed, make_room
from mirror_kit import files

from publication_kit import NOW, Newsroom, item
from tamizdat.carriers.archive import ArchiveInbound
from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import Failure, LibraryError, NoMirrorError, TrustError, UsageError
from tamizdat.mirror.archive_contents import Bodies, Contents, Gathered
from tamizdat.mirror.archive_format import Packed, TarFormat, ZipFormat
from tamizdat.mirror.change import Coming, Place
from tamizdat.mirror.plan import Planned, Selection
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.roads.roads import Roads
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.verify import ExpiryPolicy

ENDINGS = ["zip", "tar"]
POINTS = int(os.environ.get("TAMIZDAT_KILL_POINTS", "60"))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return make_room(tmp_path_factory.mktemp("room"), 2)


@pytest.fixture(scope="module")
def whole(room, tmp_path_factory):
    """Undisturbed exports, by ending."""
    folder = tmp_path_factory.mktemp("whole")
    for ending in ENDINGS:
        carry(room, folder / f"news.{ending}", room.editions / "2")
    return folder


def unpacked(file):
    """Bytes by path, as the standard library reads an archive."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(file) as archive:
        return {info.name: archive.extractfile(info).read() for info in archive}


def read(room, file, language="en", now=SOON):
    """What a reader finds in an archive."""
    return sync([open_inbound(str(file))], Anchor.parse(room.fingerprint), [language], MemoryLibrary(), now)


# --- What is in it ---


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_holds_everything_and_is_a_mirror(room, whole, ending):
    file = whole / f"news.{ending}"
    assert unpacked(file) == files(room.editions / "2")
    assert read(room, file).editions["en"].head.number == 2
    audit = audit_mirrors([open_inbound(str(file))], Anchor.parse(room.fingerprint), SOON)
    assert not audit.lies
    assert not audit.failed


@pytest.mark.parametrize("command", [["unzip", "-tq", "news.zip"], ["tar", "-tf", "news.tar"]], ids=["unzip", "tar"])
def test_other_programs_read_it(whole, command):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    ran = subprocess.run(command, cwd=whole, capture_output=True, text=True, check=True)
    assert not ran.stderr


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_files_make_the_same_archive(room, whole, tmp_path, ending):
    reference = (whole / f"news.{ending}").read_bytes()
    for number, source in enumerate((room.folder, room.editions / "mirror 2", whole / "news.tar")):
        file = tmp_path / f"{number}.{ending}"
        carry(room, file, source, now=SOON + timedelta(hours=number))
        assert file.read_bytes() == reference


def test_nothing_in_it_says_who_made_it_when_and_where(whole, tmp_path):
    with zipfile.ZipFile(whole / "news.zip") as archive:
        assert not archive.comment
        for info in archive.infolist():
            assert (info.date_time, info.extra, info.comment) == ((1980, 1, 1, 0, 0, 0), b"", b"")
            assert info.external_attr >> 16 == stat.S_IFREG | 0o644
    with tarfile.open(whole / "news.tar") as archive:
        for info in archive:
            assert (info.mtime, info.uid, info.gid, info.uname, info.gname, info.mode) == (0, 0, 0, "", "", 0o644)
            assert not set(info.pax_headers) - {"path"}
    for ending in ENDINGS:
        data = (whole / f"news.{ending}").read_bytes()
        if len(socket.gethostname()) > 5:  # shorter ones occur by chance
            assert socket.gethostname().encode() not in data
        assert str(whole).encode() not in data


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_readers_need_comes_first_and_front_pages_last(whole, ending):
    names = list(unpacked(whole / f"news.{ending}"))
    signed = [name for name in names if name.startswith("metadata/")]
    assert names[: len(signed)] == signed
    assert signed[-1] == "metadata/timestamp.json"
    editions = [name for name in names if name.endswith((".index", ".pack", ".shelf"))]
    assert names[len(signed) : len(signed) + len(editions)] == editions
    pages = [name for name in names if name.endswith(".html")]
    assert pages[-1] == "index.html"
    assert names.index("en/index.html") > max(names.index(name) for name in pages if name.count("/") > 1)


def test_a_tar_that_lost_its_end_is_read(room, whole, tmp_path):
    data = (whole / "news.tar").read_bytes()
    cut = tmp_path / "cut.tar"
    first_list = min(data.index(name.encode()) for name in unpacked(whole / "news.tar") if name.endswith(".list"))
    for size in (first_list + 5, len(data) // 2, len(data) - 10_000):
        cut.write_bytes(data[:size])
        assert read(room, cut).editions["en"].head.number == 2


def test_pages_and_languages_are_left_out(room, tmp_path):
    file = tmp_path / "ru.zip"
    done = carry(room, file, room.editions / "2", selection=Selection(frozenset({"ru"}), pages=False))
    names = set(unpacked(file))
    assert {name.partition("/")[0] for name in names} == {"metadata", "ru"}
    assert not [name for name in names if name.endswith((".html", ".list"))]
    assert done.contents.planned.editions == {"ru": 2}
    assert read(room, file, "ru").editions["ru"].head.number == 2
    with pytest.raises(UsageError, match="xx is not among this publication's languages: en, ru"):
        carry(room, tmp_path / "xx.zip", room.editions / "2", selection=Selection(frozenset({"xx"})))


def test_a_page_in_a_zip_is_deflated_as_its_gzip_copy(whole):
    with zipfile.ZipFile(whole / "news.zip") as archive:
        page, copy = archive.getinfo("en/index.html"), archive.getinfo("en/index.html.gz")
    assert (page.compress_type, copy.compress_type) == (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
    assert page.compress_size == copy.file_size - 18


# --- Size ---


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_size_is_known_before_anything_is_written(room, whole, tmp_path, ending):
    size = (whole / f"news.{ending}").stat().st_size
    file = tmp_path / f"news.{ending}"
    with pytest.raises(UsageError, match=rf"would have {size} bytes, 1 more than .*--no-pages.*--language") as caught:
        carry(room, file, room.editions / "2", max_bytes=size - 1)
    assert "ru " in str(caught.value)
    assert not list(tmp_path.iterdir())
    assert carry(room, file, room.editions / "2", max_bytes=size).bytes == size


# --- Interrupted ---


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_written_is_kept_and_not_fetched_again(room, whole, tmp_path, ending, monkeypatch):
    asked = []
    fetch = ArchiveInbound.fetch
    monkeypatch.setattr(ArchiveInbound, "fetch", lambda self, path, size: asked.append(path) or fetch(self, path, size))
    reference = (whole / f"news.{ending}").read_bytes()
    names = list(unpacked(whole / f"news.{ending}"))
    for part in (0.3, 0.6, 0.9, 1.0):
        file = tmp_path / f"{part}.{ending}"
        (tmp_path / f"{part}.{ending}.part").write_bytes(reference[: int(len(reference) * part)])
        asked.clear()
        done = carry(room, file, room.editions / "2.zip")
        assert file.read_bytes() == reference
        assert done.kept > 0
        packs = {name for name in names[: done.kept - 1] if name.endswith((".pack", ".avif", ".css"))}
        from_source = asked[: len(asked) - len(names)]  # the rest is the reading back
        assert not packs & set(from_source)
    assert done.kept == len(names)


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_the_unfinished_file_holds_the_archive_is_whole(room, whole, tmp_path, ending):
    reference = (whole / f"news.{ending}").read_bytes()
    draw = random.Random(ending)
    file = tmp_path / f"news.{ending}"
    part = tmp_path / f"news.{ending}.part"
    for _ in range(25):
        data = bytearray(reference[: draw.randrange(len(reference) + 1)])
        for _ in range(draw.randrange(3)):
            if data:
                at = draw.randrange(len(data))
                data[at : at + draw.randrange(1, 2000)] = draw.randbytes(draw.randrange(1, 2000))
        part.write_bytes(data)
        carry(room, file, room.editions / "2")
        assert file.read_bytes() == reference
        assert not part.exists()
        file.unlink()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unfinished_file_that_is_too_long_or_says_something_else_is_put_right(room, whole, tmp_path, ending):
    reference = (whole / f"news.{ending}").read_bytes()
    file, part = tmp_path / f"news.{ending}", tmp_path / f"news.{ending}.part"
    part.write_bytes(reference + os.urandom(5000))
    carry(room, file, room.editions / "2")
    assert file.read_bytes() == reference
    file.unlink()
    redated = bytearray(reference)  # the day in a zip's second head, the time in a tar's: the files are as signed
    at = reference.index(b"PK\3\4", 4) + 12 if ending == "zip" else 140
    redated[at] ^= 1
    part.write_bytes(redated)
    carry(room, file, room.editions / "2")
    assert file.read_bytes() == reference


def test_an_unfinished_file_of_an_older_edition_is_written_anew(room, whole, tmp_path):
    carry(room, tmp_path / "old.zip", room.editions / "1", now=NOW + timedelta(minutes=1))
    (tmp_path / "old.zip").rename(tmp_path / "news.zip.part")
    carry(room, tmp_path / "news.zip", room.editions / "2")
    assert (tmp_path / "news.zip").read_bytes() == (whole / "news.zip").read_bytes()


def test_an_archive_that_is_there_is_not_written_again(room, whole, tmp_path):
    file = tmp_path / "news.zip"
    shutil.copyfile(whole / "news.zip", file)
    before = file.stat()
    done = carry(room, file, room.editions / "2")
    assert done.kept == len(done.contents.files)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list(tmp_path.iterdir()) == [file]
    data = bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    carry(room, file, room.editions / "2")
    assert file.read_bytes() == (whole / "news.zip").read_bytes()


def export_in_child(room, file, kill_at):
    """Export in a forked child; kill it at its ``kill_at``-th C call. The number of C calls if it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        calls = 0

        def count(_frame, event, _function):
            nonlocal calls
            if event == "c_call":
                calls += 1
                if calls == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            sys.setprofile(count)
            carry(room, file, room.editions / "2.zip")
            sys.setprofile(None)
            os.write(writing, str(calls).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return int(answer) if answer else None


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDINGS)
def test_killed_anywhere_it_goes_on(room, whole, tmp_path, ending):
    reference = (whole / f"news.{ending}").read_bytes()
    file = tmp_path / f"news.{ending}"
    total = export_in_child(room, file, kill_at=0)
    assert file.read_bytes() == reference
    draw = random.Random(20261123)
    outcomes = {"nothing": 0, "part": 0, "whole": 0}
    for point in sorted(draw.sample(range(1, total + 1), POINTS // 2)):
        file.unlink(missing_ok=True)
        # Killed twice, the second time on the way on.
        export_in_child(room, file, kill_at=point)
        if not file.exists():
            export_in_child(room, file, kill_at=draw.randrange(1, total))
        # Under its own name it is whole or not there.
        outcomes[
            "whole" if file.exists() else "part" if file.with_name(file.name + ".part").exists() else "nothing"
        ] += 1
        assert not file.exists() or file.read_bytes() == reference
        carry(room, file, room.editions / "2.zip")
        assert file.read_bytes() == reference
        assert list(tmp_path.iterdir()) == [file]
    assert outcomes["part"] > POINTS // 8, outcomes


def test_ctrl_c_leaves_what_was_written(room, whole, tmp_path):
    def interrupt(stage, step):
        if (stage, step) == ("writing", 40):
            raise KeyboardInterrupt

    file = tmp_path / "news.zip"
    with pytest.raises(KeyboardInterrupt):
        carry(room, file, room.editions / "2", at=interrupt)
    assert (tmp_path / "news.zip.part").stat().st_size > 1000
    assert carry(room, file, room.editions / "2").kept >= 39
    assert file.read_bytes() == (whole / "news.zip").read_bytes()


# --- Bad sticks ---


@pytest.fixture
def stick(tmp_path):
    """A file system of a given size."""
    mounted = []

    def make(size):
        place = tmp_path / f"stick {len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system may be mounted here")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


def test_too_little_room_is_said_before_anything_is_written(room, whole, stick):
    place = stick("64k")
    size = (whole / "news.zip").stat().st_size
    with pytest.raises(LibraryError, match=rf"too little room: {size - 65536} bytes are missing of {size}"):
        carry(room, place / "news.zip", room.editions / "2")
    (place / "news.zip.part").unlink()


def test_a_stick_that_fills_up_says_how_much_is_missing(room, whole, stick):
    size = (whole / "news.zip").stat().st_size
    place = stick(f"{(size // 4096 + 20) * 4096}")

    def fill(stage, step):
        if (stage, step) == ("writing", 40):  # somebody else writes to the stick meanwhile
            free = shutil.disk_usage(place).free
            with (place / "other").open("wb") as other:
                os.posix_fallocate(other.fileno(), 0, free)

    file = place / "news.zip"
    with pytest.raises(LibraryError, match=r"news.zip.part: the disk is full; [0-9]+ bytes more are needed") as caught:
        carry(room, file, room.editions / "2", at=fill)
    assert "goes on where it ended" in str(caught.value)
    (place / "other").unlink()
    assert carry(room, file, room.editions / "2").kept >= 38
    assert file.read_bytes() == (whole / "news.zip").read_bytes()


def test_a_file_system_that_takes_no_large_file_is_named(room, tmp_path):
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(LibraryError, match="takes no file that large") as caught:
            carry(room, tmp_path / "news.zip", room.editions / "2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert caught.value.__cause__.errno == errno.EFBIG


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("at", [0.1, 0.5, 0.99])
def test_a_stick_that_gives_back_other_bytes_is_found_out(room, whole, tmp_path, ending, at):
    size = (whole / f"news.{ending}").stat().st_size

    def damage(stage, step):
        if (stage, step) == ("reading it back", 0):
            with (tmp_path / f"news.{ending}.part").open("r+b") as part:
                part.seek(int(size * at))
                old = part.read(600)
                part.seek(int(size * at))
                part.write(bytes(255 - byte for byte in old))

    file = tmp_path / f"news.{ending}"
    with pytest.raises(LibraryError, match="does not read back"):
        carry(room, file, room.editions / "2", at=damage)
    assert not file.exists()
    carry(room, file, room.editions / "2")
    assert file.read_bytes() == (whole / f"news.{ending}").read_bytes()


def test_a_file_that_is_no_archive_is_not_overwritten(room, tmp_path):
    precious = tmp_path / "thesis.zip"
    precious.write_text("years of work")
    for place in (precious, tmp_path):
        with pytest.raises(UsageError, match="not overwritten"):
            carry(room, place, room.editions / "2")
    assert precious.read_text() == "years of work"
    with pytest.raises(UsageError, match=r"take \.zip or \.tar"):
        carry(room, tmp_path / "news.tar.gz", room.editions / "2")


def test_two_exports_into_one_file_do_not_mix(room, tmp_path):
    def again(stage, step):
        if (stage, step) == ("writing", 1):
            with pytest.raises(UsageError, match="another export is writing it"):
                carry(room, tmp_path / "news.zip", room.editions / "2")

    carry(room, tmp_path / "news.zip", room.editions / "2", at=again)


# --- Bad upstreams ---


def test_an_altered_file_is_refused_and_another_copy_taken(room, whole, tmp_path):
    for broken in (".pack", ".html", ".list"):
        bad = changed(
            room.editions / "2.zip",
            tmp_path / "bad.zip",
            lambda name, data, end=broken: data[:-1] + b"\xff" if name.endswith((end, end + ".gz")) else data,
        )
        with pytest.raises(NoMirrorError, match="no mirror gave a good copy"):
            carry(room, tmp_path / "alone.zip", bad)
        assert not (tmp_path / "alone.zip").exists()
        done = carry(room, tmp_path / "both.zip", bad, room.editions / "1", room.editions / "2")
        assert (tmp_path / "both.zip").read_bytes() == (whole / "news.zip").read_bytes()
        assert done.trails[0].refusals
        (tmp_path / "both.zip").unlink()


def test_a_page_whose_gzip_copy_is_altered_is_fetched_itself(room, whole, tmp_path):
    without = changed(
        room.editions / "2.zip", tmp_path / "no pages.zip", lambda name, data: None if name.endswith(".html") else data
    )
    carry(room, tmp_path / "news.zip", without)  # all pages come out of their copies
    assert (tmp_path / "news.zip").read_bytes() == (whole / "news.zip").read_bytes()


def test_a_copy_that_is_of_another_page_is_not_taken_for_the_page(tmp_path):
    """Only the publication can sign such a copy; then the page itself is fetched."""
    page, other = b"<p>true" * 99, b"<p>else" * 99
    copy = gzip.compress(other)
    for name, data in (("a.html", page), ("a.html.gz", copy)):
        (tmp_path / name).write_bytes(data)
    files = tuple(
        Coming(name, "", "tree:", len(data), hashlib.sha256(data).digest(), Place.PAGES)
        for name, data in (("a.html.gz", copy), ("a.html", page))
    )
    contents = Contents(files, Planned(), None, None, (), Gathered())
    for kind in (ZipFormat(), TarFormat()):
        bodies = {file.path: packed for file, packed in Bodies(contents, 0, Roads([DirectoryInbound(tmp_path)]), kind)}
        assert bodies["a.html"] == Packed(page, page)
        assert bodies["a.html.gz"] == Packed(copy, copy)


def test_another_publication_is_refused(room, tmp_path):
    other = Newsroom(tmp_path / "other", carriers=())
    other.write([item("lie")])
    other.publish()
    with pytest.raises(NoMirrorError, match="another publication"):
        carry(room, tmp_path / "news.zip", other.folder)
    assert not (tmp_path / "news.zip").exists()


def test_what_is_past_its_time_is_carried_only_on_request(room, tmp_path):
    later = NOW + timedelta(days=20)
    with pytest.raises(TrustError, match="--expired takes it all the same") as caught:
        carry(room, tmp_path / "news.zip", room.editions / "2", now=later)
    assert caught.value.failure is Failure.EXPIRED
    done = carry(room, tmp_path / "news.zip", room.editions / "2", now=later, policy=ExpiryPolicy.REPORT)
    assert [role for role, _ in done.contents.expired] == ["timestamp"]
    visit = read(room, tmp_path / "news.zip", now=later)
    assert visit.editions["en"].head.number == 2


def test_nothing_there_is_said(room, tmp_path):
    with pytest.raises(NoMirrorError, match="no edition and no archive"):
        carry(room, tmp_path / "news.zip", tmp_path / "nowhere")
