"""A mirror that feeds on a folder where people drop archives: good ones are taken, whatever else lies there."""

import codecs
import gzip
import io
import os
import random
import shutil
import stat
import tarfile
import tempfile
import warnings
import zipfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from carry_kit import SOON, carry, changed, make_room
from mirror_kit import Mirror, files

from publication_kit import Newsroom, item
from tamizdat.carriers.archive import ArchiveInbound
from tamizdat.errors import CarrierError, Failure
from tamizdat.mirror import drop_folder
from tamizdat.mirror.drop_folder import DropFolder
from tamizdat.mirror.plan import Selection
from tamizdat.mirror.upstream import PlaceUpstream, open_upstream, web_root
from tamizdat.roads.trail import MirrorTrail, Refusal, Standing


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    return make_room(tmp_path_factory.mktemp("room"), 3)


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """An archive of another publication."""
    other = Newsroom(tmp_path_factory.mktemp("other") / "news", carriers=())
    other.write([item("lie")])
    other.publish(SOON)
    return shutil.make_archive(str(tmp_path_factory.mktemp("foreign") / "foreign"), "zip", other.folder / "out")


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def mirror(room, tmp_path):
    with Mirror(tmp_path / "mirror", room.fingerprint, SOON) as mirror:
        yield mirror


def edition(room, number):
    return files(room.editions / str(number))


def put(room, drop, number, name=None):
    """Drop the archive of an edition."""
    target = drop / (name or f"{number}.zip")
    shutil.copyfile(room.editions / f"{number}.zip", target)
    return target


def aged(file, seconds):
    """Make a file look older, or newer if negative."""
    moment = file.stat().st_mtime_ns - int(seconds * 1e9)
    os.utime(file, ns=(moment, moment))


def looked(mirror, upstream, times=1):
    """Some looks at the same upstream; what came of the last."""
    for _ in range(times):
        result = mirror.copier.look([upstream])
    return result


# --- Which archive is taken ---


def test_the_newest_archive_is_taken(room, drop, mirror):
    for number in (2, 3, 1):
        put(room, drop, number)
    looked = mirror.look(drop)
    assert (looked.fault, looked.planned.editions) == ("", {"en": 3, "ru": 3})
    assert mirror.served() == edition(room, 3)


def test_the_newest_that_is_not_whole_keeps_no_older_one_out(room, drop, mirror):
    put(room, drop, 1)
    assert mirror.look(drop).fault == ""
    changed(room.editions / "3.zip", drop / "3.zip", lambda name, data: None if name.endswith(".pack") else data)
    put(room, drop, 2)
    looked = mirror.look(drop)
    assert "no mirror gave a good copy" in looked.fault
    assert looked.planned.editions == {"en": 2, "ru": 2}
    served = mirror.served()
    assert edition(room, 2).items() <= served.items()
    # What the half one said is forgotten, what is held is not.
    put(room, drop, 1, "4.zip")
    (drop / "2.zip").unlink()
    looked = mirror.look(drop)
    assert looked.fault
    assert mirror.served() == served
    put(room, drop, 3)
    looked = mirror.look(drop)
    assert looked.planned.editions == {"en": 3, "ru": 3}
    assert edition(room, 3).items() <= mirror.served().items()


def test_an_older_archive_than_what_is_held_changes_nothing(room, drop, mirror):
    put(room, drop, 2)
    mirror.look(drop)
    served = mirror.served()
    (drop / "2.zip").unlink()
    put(room, drop, 1)
    assert mirror.look(drop).fault
    assert mirror.served() == served == edition(room, 2)


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_a_half_copied_archive_is_taken_once_it_is_whole(room, drop, mirror, ending):
    put(room, drop, 2)
    mirror.look(drop)
    whole = drop.parent / f"3.{ending}"
    carry(room, whole, room.editions / "3")
    data = whole.read_bytes()
    draw = random.Random(ending)
    for size in sorted(draw.randrange(len(data)) for _ in range(12)):
        (drop / f"3.{ending}").write_bytes(data[:size])
        mirror.look(drop)
        assert mirror.served() == edition(room, 2)
        (drop / f"3.{ending}").write_bytes(data[:size] + bytes(len(data) - size))  # room was made beforehand
        mirror.look(drop)
        assert mirror.served() == edition(room, 2)
    (drop / f"3.{ending}").write_bytes(data)
    assert mirror.look(drop).planned.editions == {"en": 3, "ru": 3}
    assert edition(room, 3).items() <= mirror.served().items()


def test_an_archive_that_is_replaced_is_looked_at_again(room, drop, mirror, foreign):
    upstream = open_upstream(str(drop))
    file = put(room, drop, 1, "news.zip")
    assert looked(mirror, upstream).planned.editions["en"] == 1
    shutil.copyfile(foreign, drop / "new")
    (drop / "new").replace(file)
    assert looked(mirror, upstream).fault
    assert mirror.served() == edition(room, 1)
    put(room, drop, 3, "new")
    (drop / "new").replace(file)
    assert looked(mirror, upstream).planned.editions["en"] == 3


# --- What else lies there ---


def test_among_a_thousand_other_files_the_archive_is_found(room, drop, mirror):
    for number in range(1000):
        (drop / f"holiday-{number}.jpg").write_bytes(b"\xff\xd8 and so on")
    aged(put(room, drop, 3), 1000)  # the oldest of all
    (drop / "folder.zip").mkdir()
    looked = mirror.look(drop)
    assert (looked.fault, looked.planned.editions) == ("", {"en": 3, "ru": 3})
    assert mirror.served() == edition(room, 3)


def test_among_many_archives_of_others_ours_is_found(room, drop, mirror, foreign):
    for number in range(40):
        shutil.copyfile(foreign, drop / f"theirs-{number}.zip")
    aged(put(room, drop, 3), 1000)
    upstream = open_upstream(str(drop))
    asked = []
    while not mirror.served():
        assert len(asked) < 10
        result = looked(mirror, upstream)
        asked.append([trail.name for trail in result.trails])
        assert upstream.wait(0) == (True, False) or mirror.served()
    assert max(map(len, asked)) <= 12
    assert mirror.served() == edition(room, 3)
    # From now on those of others cost nothing.
    assert [trail.name for trail in looked(mirror, upstream).trails] == [str(drop / "3.zip")]


def _tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.size = len(data)
            info.linkname = "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _zip(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _huge_sizes(data):
    """A zip whose directory announces 4 GB for every file."""
    data = bytearray(data)
    at = data.find(b"PK\1\2")
    while at >= 0:
        data[at + 20 : at + 28] = b"\xfe\xff\xff\xff" * 2
        at = data.find(b"PK\1\2", at + 46)
    return bytes(data)


FILE, LINK = stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777
INSIDE = _zip(("metadata/timestamp.json", b"{}" * 4000, FILE))
HOSTILE = {
    "a zip of zips": _zip(*((f"{n}/metadata/timestamp.json", INSIDE, FILE) for n in range(9)), ("a.zip", INSIDE, FILE)),
    "zeros": _zip(("metadata/timestamp.json", bytes(60_000_000), FILE)),
    "huge announced sizes": _huge_sizes(INSIDE),
    "links": _zip(("metadata/timestamp.json", b"/etc/passwd", LINK), ("metadata/1.root.json", b"/etc/passwd", LINK)),
    "links in a tar": _tar(("metadata/timestamp.json", tarfile.SYMTYPE, b""), ("metadata", tarfile.LNKTYPE, b"")),
    "devices": _tar(("metadata/timestamp.json", tarfile.CHRTYPE, b""), ("en", tarfile.FIFOTYPE, b"")),
    "absolute names": _zip(("/metadata/timestamp.json", b"{}", FILE), ("/etc/passwd", b"x", FILE)),
    "names that climb": _zip(("../../www/en/index.html", b"lies", FILE), ("metadata/../timestamp.json", b"{}", FILE)),
    "deep gzip": gzip.compress(_tar(("metadata/timestamp.json", tarfile.REGTYPE, bytes(40_000_000)))),
    "gzip without end": gzip.compress(bytes(30_000_000)),
    "deep JSON": _zip(("metadata/timestamp.json", b"[" * 16_000, FILE)),
    "no signatures": _zip(("metadata/timestamp.json", b'{"signatures": [], "signed": {"version": 99999}}', FILE)),
    "empty": _zip(),
    "only a head": b"PK\3\4",
    "noise": b"PK\5\6" + random.Random(1).randbytes(5000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_an_archive_made_to_harm_harms_nothing(room, drop, mirror, what):
    (drop / "harm").write_bytes(HOSTILE[what])
    put(room, drop, 2)
    looked = mirror.look(drop)
    assert (looked.fault, looked.planned.editions) == ("", {"en": 2, "ru": 2})
    assert mirror.served() == edition(room, 2) == files(mirror.www)
    (drop / "2.zip").unlink()
    mirror.look(drop)
    assert mirror.served() == edition(room, 2)
    assert {path.name for path in mirror.folder.root.parent.iterdir()} == {"drop", "mirror"}


def test_a_second_file_of_the_same_name_deceives_nobody(room, drop, mirror):
    with (
        zipfile.ZipFile(room.editions / "3.zip") as old,
        zipfile.ZipFile(drop / "twice.zip", "w") as new,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # two of one name are what this is about
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
            if info.filename.endswith((".html", ".pack")):
                new.writestr(info.filename, b"lies")
    assert mirror.look(drop).fault
    assert mirror.served() == {}
    put(room, drop, 2)
    mirror.look(drop)
    assert mirror.served() == edition(room, 2)


def test_many_hostile_archives_take_bounded_memory(room, drop, mirror, monkeypatch):
    monkeypatch.setattr(drop_folder, "_MAX_ENTRIES", 20_000)
    big = _tar(*((f"en/{number}", tarfile.REGTYPE, b"") for number in range(15_000)))
    for number in range(6):
        (drop / f"big-{number}.tar").write_bytes(big)
    put(room, drop, 3)
    archives = DropFolder(drop).archives()
    assert len(archives) == 7
    for archive in archives:
        with suppress(CarrierError):
            archive.fetch("metadata/timestamp.json", 16_000)
    assert 15_000 <= sum(archive.entries for archive in archives) <= 20_000
    upstream = open_upstream(str(drop))
    looked(mirror, upstream, 3)
    assert mirror.served() == edition(room, 3)


def test_a_pipe_a_link_and_a_locked_file_are_passed_over(room, drop, mirror):
    os.mkfifo(drop / "pipe.zip")
    (drop / "link.zip").symlink_to(room.editions / "3.zip")
    (drop / "loop.zip").symlink_to(drop / "loop.zip")
    (drop / ".hidden.zip").write_bytes(b"")
    (drop / "3.zip.part").write_bytes((room.editions / "3.zip").read_bytes())
    put(room, drop, 2)
    looked = mirror.look(drop)
    assert (looked.fault, looked.planned.editions) == ("", {"en": 2, "ru": 2})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_a_file_that_may_not_be_read_keeps_no_other_one_out(room, tmp_path):
    codecs.lookup("cp437")  # of names in zip files: somebody else may not read where Python is
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work = tmp_path.parent / "somebody"
            (work / "drop").mkdir(parents=True)
            locked = put(room, work / "drop", 3)
            locked.chmod(0)
            put(room, work / "drop", 2)
            for path in (work, work / "drop", work / "drop" / "2.zip"):
                os.chown(path, 65534, 65534)
            for folder in (work, *work.parents):
                if Path(tempfile.gettempdir()) in folder.parents:
                    folder.chmod(0o755)
            os.setgid(65534)
            os.setuid(65534)
            with Mirror(work / "mirror", room.fingerprint, SOON) as mirror:
                looked = mirror.look(work / "drop")
                assert (looked.fault, looked.planned.editions) == ("", {"en": 2, "ru": 2})
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_archive_past_its_time_lags_and_does_not_lie(room, drop, mirror):
    put(room, drop, 3)
    mirror.now = SOON + timedelta(days=20)
    upstream = open_upstream(str(drop))
    result = looked(mirror, upstream)
    assert "expired" in result.fault
    assert [trail.standing(result.newest) for trail in result.trails] == [Standing.LAGS]
    assert mirror.served() == {}
    assert upstream._drop.archives() == []  # it does not get younger


# --- Sticks that are pulled out ---


@pytest.mark.parametrize("at", [1, 3, 10, 30, 60])
def test_a_stick_pulled_out_in_the_middle_leaves_what_was_held(room, drop, mirror, at, monkeypatch):
    put(room, drop, 1)
    mirror.look(drop)
    served = mirror.served()
    put(room, drop, 3)
    fetch, calls = ArchiveInbound.fetch, []

    def pulled(self, path, size):
        calls.append(path)
        if len(calls) == at:
            for file in drop.iterdir():
                file.unlink()
            drop.rmdir()
        return fetch(self, path, size)

    monkeypatch.setattr(ArchiveInbound, "fetch", pulled)
    upstream = open_upstream(str(drop))
    looked(mirror, upstream)
    assert len(calls) >= at
    assert mirror.served() == served
    assert looked(mirror, upstream).fault  # nothing is there now
    monkeypatch.undo()
    drop.mkdir()
    put(room, drop, 3)
    assert upstream.wait(0) == (True, False)
    assert looked(mirror, upstream).fault == ""
    assert edition(room, 3).items() <= mirror.served().items()


def test_a_stick_that_gives_errors_is_asked_again_later(room, drop, mirror):
    """A file that ends in the middle of a read gives what a bad sector gives: an error, at the same place each time."""
    moment = [0.0]
    file = put(room, drop, 3)
    whole = file.read_bytes()
    status = file.stat()
    upstream = PlaceUpstream(drop)
    upstream._drop = DropFolder(drop, clock=lambda: moment[0])

    def write(data):
        with file.open("r+b") as stream:
            stream.write(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    bad = bytearray(whole)
    bad[len(whole) // 3 : len(whole) // 3 + 5000] = bytes(5000)
    write(bad)
    assert upstream.wait(0) == (True, False)
    assert looked(mirror, upstream).fault
    assert mirror.served() == {}
    write(whole)  # and nobody can see that it is better now
    assert upstream.wait(0) == (False, True)
    with pytest.raises(CarrierError, match="no archive with news"):
        upstream.roads()
    moment[0] += 61
    assert upstream.wait(0) == (True, False)
    assert looked(mirror, upstream).fault == ""
    assert mirror.served() == edition(room, 3)


def test_what_fails_again_and_again_is_asked_ever_more_seldom(room, drop):
    moment = [0.0]
    folder = DropFolder(put(room, drop, 3), clock=lambda: moment[0])
    waits = []
    for _ in range(9):
        assert len(folder.archives()) == 1
        folder.told([MirrorTrail("3.zip", faults=["read error"])], held=0)
        assert folder.archives() == []
        began = moment[0]
        while not folder.archives():
            moment[0] += 30
        waits.append(moment[0] - began)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


@pytest.mark.parametrize(
    ("trail", "asked_again"),
    [
        (MirrorTrail("a", refusals=[Refusal("metadata/timestamp.json", Failure.WRONG_SIGNATURE, "")]), False),
        (MirrorTrail("a", refusals=[Refusal("metadata/timestamp.json", Failure.EXPIRED, "")]), False),
        (MirrorTrail("a", timestamp_version=6), False),
        (MirrorTrail("a", timestamp_version=7, missing=["en/1.pack"]), True),
        (MirrorTrail("a", timestamp_version=8, refusals=[Refusal("en/1.pack", Failure.WRONG_HASH, "")]), True),
        (MirrorTrail("a"), True),
    ],
)
def test_what_cannot_get_better_is_not_asked_again(room, drop, trail, asked_again):
    moment = [0.0]
    folder = DropFolder(put(room, drop, 3), clock=lambda: moment[0])
    assert folder.archives()
    folder.told([trail], held=7)
    moment[0] += 10_000
    assert bool(folder.archives()) is asked_again


# --- Waiting ---


def test_a_file_counts_when_it_has_stopped_growing(room, drop):
    put(room, drop, 1)
    folder = DropFolder(drop)
    assert folder.has_news()  # what is there at first counts at once
    assert not folder.has_news()
    with (drop / "2.zip").open("wb") as growing:
        for _ in range(3):
            growing.write(bytes(1000))
            growing.flush()
            assert not folder.has_news()
    assert folder.has_news()
    assert not folder.has_news()
    (drop / "2.zip").unlink()
    assert not folder.has_news()
    put(room, drop, 3)
    assert not folder.has_news()
    assert folder.has_news()


def test_a_folder_that_is_not_there_yet_is_waited_for(room, drop, mirror):
    later = drop / "stick"
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            later.mkdir()
            put(room, later, 3)

    upstream = PlaceUpstream(later, pause)
    assert upstream.wait(60) == (True, False)
    assert 2 <= len(pauses) <= 3
    assert looked(mirror, upstream).fault == ""


# --- Other places ---


def test_a_folder_may_be_a_mirrors_or_a_publications(room, tmp_path):
    assert web_root(room.folder) == room.folder / "out"
    assert web_root(room.editions / "mirror 2") == room.editions / "mirror 2" / "www"
    assert web_root(room.editions / "2") == room.editions / "2"
    assert web_root(room.editions) is None
    assert web_root(room.editions / "2.zip") is None
    for place in (room.folder, room.editions / "mirror 3"):
        with Mirror(tmp_path / place.name, room.fingerprint, SOON) as mirror:
            assert mirror.look(place).fault == ""
            assert mirror.served() == edition(room, 3)


def test_a_mirror_of_one_language_feeds_on_archives_of_it(room, drop, tmp_path):
    russian = Selection(frozenset({"ru"}), pages=False)
    carry(room, drop / "ru.zip", room.editions / "3", selection=russian)
    with Mirror(tmp_path / "ru", room.fingerprint, SOON, russian) as mirror:
        assert mirror.look(drop).fault == ""
        assert mirror.served().keys() == {f.filename for f in zipfile.ZipFile(drop / "ru.zip").infolist()}
