"""A mirror in a folder, and what it holds compared with what the newsroom published."""

from contextlib import ExitStack

from tamizdat.mirror.copying import Copier
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.plan import EVERYTHING
from tamizdat.mirror.upstream import open_upstream
from tamizdat.trust.fingerprint import Anchor

OURS = {"ledger.sqlite", "register.sqlite"}


def files(folder):
    """Bytes by path of all files of a web root."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Mirror:
    """A mirror's copying half. ``now`` is what its clock says."""

    def __init__(self, folder, fingerprint, now, selection=EVERYTHING, max_disk=None):
        self.now = now
        self.changes = 0
        self.damages = 0
        self._stack = ExitStack()
        self.folder = self._stack.enter_context(MirrorFolder(folder))
        anchor = Anchor.parse(fingerprint)
        self.copier = Copier(
            self.folder, anchor, selection, max_disk, self._changed, self._damaged, clock=lambda: self.now
        )
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
        return self.copier.look([open_upstream(str(address)) for address in addresses])

    @property
    def www(self):
        return self.folder.www

    def served(self):
        """Bytes by path of all that the mirror serves, as its server would get them."""
        holding = self.copier.holding
        return {file.path: holding.read(file) for file in self.copier.register.held()}
