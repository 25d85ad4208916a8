"""A mirror that feeds on a folder where people drop archives: good ones are taken, whatever else lies there."""

import shutil
import zipfile
from datetime import timedelta

import pytest
from mirror_kit import Mirror, files

from publication_kit import NOW, Newsroom, item

EDITIONS = 3


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A publication of which each edition is an archive (``1.zip`` and so on), and all that it then served (``1``)."""
    folder = tmp_path_factory.mktemp("room")
    room = Newsroom(folder / "news", carriers=())
    for number in range(1, EDITIONS + 1):
        room.write(item(f"story-{number}-{n}", language) for language in ("en", "ru") for n in range(3))
        room.publish(NOW + timedelta(minutes=number))
        with Mirror(folder / f"mirror {number}", room.fingerprint, NOW + timedelta(minutes=number)) as mirror:
            assert mirror.look(room.folder / "out").fault == ""
            shutil.copytree(mirror.www, folder / str(number))
        shutil.make_archive(str(folder / str(number)), "zip", folder / str(number))
    room.editions = folder
    return room


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def mirror(room, tmp_path):
    with Mirror(tmp_path / "mirror", room.fingerprint, NOW + timedelta(hours=1)) as mirror:
        yield mirror


def edition(room, number):
    return files(room.editions / str(number))


def put(room, drop, number, name=None):
    """Drop the archive of an edition."""
    target = drop / (name or f"{number}.zip")
    shutil.copyfile(room.editions / f"{number}.zip", target)
    return target


def without(source, target, leave_out):
    """The archive ``source`` without some files."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if not leave_out(info.filename):
                new.writestr(info, old.read(info))
    return target


def test_the_newest_archive_is_taken(room, drop, mirror):
    for number in (2, 3, 1):
        put(room, drop, number)
    looked = mirror.look(drop)
    assert (looked.fault, looked.planned.editions) == ("", {"en": 3, "ru": 3})
    assert mirror.served() == edition(room, 3)


def test_the_newest_that_is_not_whole_keeps_no_older_one_out(room, drop, mirror):
    put(room, drop, 1)
    assert mirror.look(drop).fault == ""
    without(room.editions / "3.zip", drop / "3.zip", lambda name: name.endswith(".pack"))
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
