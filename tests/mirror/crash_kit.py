"""Every operation by which a mirror's copying half changes anything is counted; at one it dies, or the disk fails.

Dead means dead: from that operation on no other one is carried out, and what a cleanup would do is not done either.
"""

import errno
import os
import shutil
import sqlite3
from functools import partial
from pathlib import Path

_OS = ("replace", "rename", "unlink", "remove", "mkdir", "rmdir", "fsync")
_READING = ("SELECT", "PRAGMA")


class Killed(BaseException):
    """The process is dead. No code of ours may catch this."""


def disk_full():
    """What the system says when the disk is full."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Steps:
    """Counts operations; the ``at``-th (from 1; 0: none) dies, or fails if ``dies`` is False, and so do the
    ``lasting`` - 1 after it. ``between`` is called before each."""

    def __init__(self, at=0, dies=True, lasting=1, between=lambda: None):
        self.count = 0
        self.at = at
        self.dies = dies
        self.lasting = lasting
        self.between = between
        self.calm = False

    @property
    def dead(self):
        return self.dies and self.at and self.count >= self.at

    def tick(self, fault=disk_full, half=lambda: None):
        """One operation is about to be carried out. ``half`` carries out half of it."""
        if self.calm:
            return
        if self.dead:
            raise Killed
        self.count += 1
        self.between()
        if self.at and self.at <= self.count < self.at + (1 if self.dies else self.lasting):
            half()
            raise Killed if self.dies else fault()

    def install(self, patch):
        """Put the counter into everything that writes."""
        for name in _OS:
            patch.setattr(os, name, partial(self._system, getattr(os, name)))
        patch.setattr(os, "open", partial(self._open, os.open))
        for name in ("write_bytes", "write_text"):
            patch.setattr(Path, name, self._writer(getattr(Path, name)))
        patch.setattr(shutil, "copyfile", partial(self._copy, shutil.copyfile))
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=self._connection()))

    def _system(self, call, *arguments, **more):
        self.tick()
        return call(*arguments, **more)

    def _open(self, call, path, flags, *arguments, **more):
        if flags & os.O_CREAT:
            self.tick()
        return call(path, flags, *arguments, **more)

    def _writer(self, call):
        def write(path, data, *arguments, **more):
            self.tick(half=lambda: call(path, data[: len(data) // 2], *arguments, **more))
            return call(path, data, *arguments, **more)

        return write

    def _copy(self, call, source, target, **more):
        self.tick(half=lambda: Path(target).touch())
        return call(source, target, **more)

    def _connection(steps):  # noqa: N805 - the class inside has a self of its own
        def full():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            return error

        class Counted(sqlite3.Connection):
            def execute(self, sql, *arguments):
                if not sql.startswith(_READING):
                    steps.tick(full)
                return super().execute(sql, *arguments)

            def executemany(self, sql, *arguments):
                steps.tick(full)
                return super().executemany(sql, *arguments)

            def executescript(self, sql):
                steps.tick(full)
                return super().executescript(sql)

        return Counted
