"""Where a mirror keeps what: one folder, one process."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from tamizdat.errors import LibraryError, UsageError

_LOCK_SECONDS: Final = 0.5


class MirrorFolder:
    """The folder of one mirror. ``www`` may be served by any web server; the rest is ours.

    Entered, it is locked: a second process raises UsageError. Raises LibraryError for a place that cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.www = root / "www"
        """The web root: verified files, each at the path that readers ask for."""
        self.incoming = root / "incoming"
        """Verified files on their way into the web root, by the hash of their bytes."""
        self.register = root / "register.sqlite"
        self.trust = root / "trust"
        """Signed files as they were accepted last: the marks below which nothing is accepted."""
        self.status = root / "status.json"
        self.totals = root / "totals.json"
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.make()
            self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LibraryError(f"cannot be used ({error.strerror})", file=self.root) from error
        if not self._has_locked():
            os.close(self._lock)
            raise UsageError(f"{self.root}: another mirror is running on this folder")
        return self

    def _has_locked(self) -> bool:
        """Whether the folder is ours. Whoever asks how the mirror is holds the lock for a moment."""
        until = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= until:
                    return False
                time.sleep(_LOCK_SECONDS / 20)
            else:
                return True

    def make(self) -> None:
        """Make the folders, as far as they are not there. Raises OSError."""
        for folder in (self.root, self.www, self.incoming, self.trust):
            folder.mkdir(parents=True, exist_ok=True)

    def __exit__(self, *_: object) -> None:
        # The file stays: whoever removes it lets two processes lock two files of one name.
        with suppress(OSError):
            os.close(self._lock)
