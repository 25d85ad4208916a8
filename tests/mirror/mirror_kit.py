"""A mirror in a folder, and what it holds compared with what the newsroom published."""

import sys
from contextlib import ExitStack
from pathlib import Path

from tamizdat.mirror.copying import Copier
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.plan import EVERYTHING
from tamizdat.mirror.upstream import Upstream, open_upstream
from tamizdat.trust.fingerprint import Anchor

sys.path.append(str(Path(__file__).parents[1] / "reader"))
from mirrors import MemoryMirror


def files(folder):
    """Bytes by path of all files of a web root."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Mirror:
    """A mirror's copying half. ``now`` is what its clock says."""

    def __init__(self, folder, fingerprint, now, selection=EVERYTHING, max_disk=None):
        self.now = now
        self.changes = 0
        self.tidy = True
        self.damages = 0
        self._stack = ExitStack()
        self.folder = self._stack.enter_context(MirrorFolder(folder))
        anchor = Anchor.parse(fingerprint)
        try:
            self.copier = Copier(
                self.folder, anchor, selection, max_disk, self._changed, self._damaged, clock=lambda: self.now
            )
        except BaseException:
            self._stack.close()
            raise
        self._stack.callback(self.copier.close)

    def _changed(self):
        self.changes += 1

    def _damaged(self):
        self.damages += 1

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stack.close()

    def look(self, *addresses):
        """One look at these: addresses, or upstreams."""
        known = [one if isinstance(one, Upstream) else open_upstream(str(one)) for one in addresses]
        return self.copier.look(known)

    @property
    def www(self):
        return self.folder.www

    def served(self):
        """Bytes by path of all that the mirror serves, as its server would get them."""
        holding = self.copier.holding
        return {file.path: holding.read(file) for file in self.copier.register.held()}


class Road(Upstream):
    """An upstream over any road of a test's own."""

    def __init__(self, inbound):
        super().__init__(inbound.name)
        self.inbound = inbound

    def roads(self):
        return [self.inbound]


def copy_of(folder, change=lambda _path, data: data, name="memory"):
    """An upstream that holds what lies in ``folder`` now; ``change`` may alter or withhold what it gives."""
    return Road(MemoryMirror.of(name, folder, change))
