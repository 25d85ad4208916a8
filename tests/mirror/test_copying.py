"""A mirror copies all of a publication, by difference, and is never at anything but a whole edition."""

from datetime import timedelta

import pytest
from mirror_kit import Mirror, files
from publication_kit import NOW, Newsroom, item

LATER = NOW + timedelta(hours=1)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("room") / "news", carriers=())
    room.write(item(f"story-{number}", language) for language in ("en", "ru") for number in range(4))
    room.publish()
    return room


def current(room):
    """The files that the newsroom's web root holds, but for older metadata and what stays for a while only."""
    return files(room.folder / "out")


def test_a_first_look_copies_everything(published, tmp_path):
    with Mirror(tmp_path / "mirror", published.fingerprint, NOW) as mirror:
        looked = mirror.look(published.folder / "out")
        assert looked.fault == ""
        assert mirror.served() == files(mirror.www) == current(published)
        assert looked.planned.editions == {"en": 1, "ru": 1}
        assert looked.planned.faults == []
        assert list(mirror.folder.incoming.iterdir()) == []


def test_nothing_new_changes_nothing(published, tmp_path):
    with Mirror(tmp_path / "mirror", published.fingerprint, NOW) as mirror:
        mirror.look(published.folder / "out")
        before, changes = files(mirror.www), mirror.changes
        looked = mirror.look(published.folder / "out")
        assert (looked.fault, looked.files) == ("", 1)  # the timestamp alone was asked for
        assert files(mirror.www) == before
        assert mirror.changes == changes
