"""One SQLite file of one process: opened, written all or nothing, and begun anew when it is damaged."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import LibraryError

_PASSING: Final = frozenset(
    {
        *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH),
    }
)
"""What a database says when the disk is full or the like. It is as good as before as soon as that is over."""


def _is_damage(error: Exception) -> bool:
    """Whether an error means that the database will never be good again. What is none of SQLite's comes of its rows."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    unreadable = code in {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ}
    return unreadable or code & 0xFF not in _PASSING


class Database:
    """The database at ``file`` (``:memory:`` for one that is thrown away). Several threads may use it at once.

    ``tables`` makes them in an empty one; their version is ``version``, and a file with others counts as damaged.

    Raises LibraryError whenever it cannot be opened, read or written. One that is found damaged when it is opened is
    begun anew: all can be found out again. If that is found later, ``damaged`` is true, and :meth:`begin_anew` helps.
    """

    def __init__(self, file: Path | str, tables: str, version: int) -> None:
        self._tables = tables
        self._version = version
        self._lock = threading.RLock()
        self._file = file
        self._stuck = False
        self.damaged = False
        self.was_damaged = False
        """Whether it has been begun anew."""
        try:
            self._db = self._open()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise LibraryError(f"cannot be opened ({error})", file=self._file) from error
            self._make_anew()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None)
        try:
            return self._prepared(db)
        except BaseException:
            db.close()
            raise

    def _prepared(self, db: sqlite3.Connection) -> sqlite3.Connection:
        # One process has the folder. So there is no need of a file of shared memory, which a full disk would not take.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last change, never mix two: it is fetched again.
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -4000")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version not in {0, self._version}:
            raise sqlite3.DatabaseError("of another version")
        if version == 0:
            db.executescript(f"BEGIN; {self._tables} PRAGMA user_version = {self._version}; COMMIT")
        found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        return db

    def begin_anew(self) -> None:
        """Forget everything that a damaged database held."""
        with self._lock:
            self._db.close()
            self._make_anew()

    def _make_anew(self) -> None:
        try:
            for end in ("", "-wal", "-shm"):
                Path(f"{self._file}{end}").unlink(missing_ok=True)
            self._db = self._open()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(f"cannot be made ({error})", file=self._file) from error
        self.damaged, self.was_damaged = False, True

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, or none. Raises LibraryError when the disk does not take them."""
        with self._lock:
            if self._stuck:
                self._roll_back()
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException as error:
                self._roll_back()
                if isinstance(error, sqlite3.Error):
                    raise self._fault(error) from error
                raise

    def _roll_back(self) -> None:
        """Take back what was not finished. Some errors have done that already, and some keep it from being done now."""
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._stuck = self._db.in_transaction

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._lock, self._faults_noted():
            return self._db.execute(sql, values).fetchall()

    def _do(self, sql: str, *values: object) -> int:
        """How many rows it changed."""
        with self._lock, self._faults_noted():
            return self._db.execute(sql, values).rowcount

    @contextmanager
    def _faults_noted(self) -> Iterator[None]:
        """Errors of the database, and of rows that hold what no row of ours does, become ours."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> LibraryError:
        self.damaged = self.damaged or _is_damage(error)
        return LibraryError(f"cannot be used ({error})", file=self._file)
