"""Editions as archives, and the export of one."""

import shutil
import zipfile
from datetime import timedelta

from mirror_kit import Mirror

from publication_kit import NOW, Newsroom, item
from tamizdat.mirror.archive_export import Export, export
from tamizdat.mirror.upstream import open_upstream
from tamizdat.trust.fingerprint import Anchor

SOON = NOW + timedelta(hours=1)


def make_room(folder, editions, stories=3):
    """A publication of which each edition lies whole in ``folder/<number>`` and as ``folder/<number>.zip``."""
    room = Newsroom(folder / "news", carriers=())
    for number in range(1, editions + 1):
        room.write(item(f"story-{number}-{n}", language) for language in ("en", "ru") for n in range(stories))
        room.publish(NOW + timedelta(minutes=number))
        with Mirror(folder / f"mirror {number}", room.fingerprint, NOW + timedelta(minutes=number)) as mirror:
            assert mirror.look(room.folder / "out").fault == ""
            shutil.copytree(mirror.www, folder / str(number))
        shutil.make_archive(str(folder / str(number)), "zip", folder / str(number))
    room.editions = folder
    return room


class Steps:
    """Listens to the progress; ``at`` is called with the name of each stage and the number of each step in it."""

    def __init__(self, at=lambda stage, step: None):
        self.at = at
        self.stages = {}

    def stage(self, name, total=None):
        self.stages[name] = 0
        self.at(name, 0)

    def step(self):
        name = list(self.stages)[-1]
        self.stages[name] += 1
        self.at(name, self.stages[name])


def carry(room, file, *addresses, now=SOON, at=lambda stage, step: None, **wishes):
    """Export what ``addresses`` have into ``file``."""
    anchor = Anchor.parse(room.fingerprint)
    upstreams = [open_upstream(str(address)) for address in addresses]
    return export(Export(file, anchor, upstreams, **wishes), now, Steps(at))


def changed(source, target, change):
    """The zip ``source`` as ``target``; ``change`` gives each file's bytes anew, or None to leave it out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if (data := change(info.filename, old.read(info))) is not None:
                new.writestr(info, data)
    return target
