"""What a mirror holds and what it is about to hold, in one small database.

A change goes through three states, each of which a crash leaves as it is: *planned* (``coming`` and ``leaving`` say
what will differ), *decided* (all that comes lies in ``incoming``; from here on the change is finished whatever
happens), and done. Nothing here is about readers.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from tamizdat.carriers.port import check_path
from tamizdat.edition.merkle import HASH_BYTES
from tamizdat.mirror.change import Coming, Place, listing_owner, tree_owner
from tamizdat.mirror.database import Database
from tamizdat.mirror.port import ServedFile

FORMAT: Final = 1
_FIND: Final = "SELECT size, digest, mark FROM file WHERE path = ? AND mark != 'lost'"
_TABLES: Final = """
CREATE TABLE file (                  -- what is served; mark: what the file system said of it when its hash was right
    path TEXT PRIMARY KEY, folder TEXT NOT NULL, owner TEXT NOT NULL,
    size INTEGER NOT NULL, digest BLOB NOT NULL, mark TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX file_folder ON file (owner, folder);
CREATE TABLE directory (             -- the listing of each directory (and of each part of one) of the trees held
    tree TEXT NOT NULL, inside TEXT NOT NULL, digits TEXT NOT NULL, digest BLOB NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (tree, inside, digits)
) WITHOUT ROWID;
CREATE INDEX directory_path ON directory (path);
CREATE TABLE coming (                -- what the next edition puts where
    path TEXT PRIMARY KEY, folder TEXT NOT NULL, owner TEXT NOT NULL,
    size INTEGER NOT NULL, digest BLOB NOT NULL, place INTEGER NOT NULL, turn INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX coming_digest ON coming (digest);
CREATE TABLE leaving (path TEXT PRIMARY KEY, gone_by REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE coming_directory (
    tree TEXT NOT NULL, inside TEXT NOT NULL, digits TEXT NOT NULL, digest BLOB, path TEXT,
    PRIMARY KEY (tree, inside, digits)
) WITHOUT ROWID;
CREATE TABLE parting (               -- what nothing names any more: served until then, and then to be deleted
    path TEXT PRIMARY KEY, gone_by REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE shown (pack BLOB PRIMARY KEY, pictures BLOB NOT NULL) WITHOUT ROWID;  -- hashes, one after the other
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Register(Database):
    """What is held and what is about to be. See :class:`~tamizdat.mirror.database.Database`."""

    def __init__(self, file: Path | str) -> None:
        super().__init__(file, _TABLES, FORMAT)
        self._doubted = False
        if self.was_damaged:
            self.set_fact("unswept", "yes")

    def begin_anew(self) -> None:
        """See Database. What lies in the web root is unknown from then on."""
        super().begin_anew()
        self.set_fact("unswept", "yes")

    @property
    def unswept(self) -> bool:
        """Whether files may lie in the web root that a register knew which is lost."""
        return bool(self.fact("unswept"))

    def swept(self) -> None:
        """They have been removed."""
        self.set_fact("unswept", "")

    def _hash(self, value: object) -> bytes:
        """A hash out of a row; a row without one is damaged."""
        if not isinstance(value, bytes) or len(value) != HASH_BYTES:
            raise self._fault(ValueError("a row without a hash"))
        return value

    # --- facts ---

    def fact(self, name: str) -> str:
        """Something remembered, or empty."""
        rows = self._all("SELECT value FROM fact WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def set_fact(self, name: str, value: str) -> None:
        """Remember it."""
        self._do("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    # --- what is held ---

    def find(self, path: str) -> tuple[ServedFile, str] | None:
        """The file at ``path`` and its mark; None if it is not held, or lost."""
        with self._lock:
            try:
                row = self._db.execute(_FIND, (path,)).fetchone()
                return None if row is None else (ServedFile(path, int(row[0]), self._hash(row[1])), str(row[2]))
            except UnicodeError:  # a path that is no text
                return None
            except (sqlite3.Error, ValueError, TypeError) as error:
                raise self._fault(error) from error

    def has(self, path: str) -> bool:
        """Whether a file belongs at ``path``, lost or not."""
        return bool(self._all("SELECT 1 FROM file WHERE path = ?", path))

    def lose(self, file: ServedFile) -> bool:
        """Note that a file is gone from the disk or altered. It is not found any more; the next plan brings it back.

        Whether nobody had noted that before.
        """
        sql = "UPDATE file SET mark = 'lost' WHERE path = ? AND digest = ? AND mark != 'lost'"
        return self._do(sql, file.path, file.digest) > 0

    @property
    def lost(self) -> int:
        """How many files are lost."""
        return int(self._all("SELECT count(*) FROM file WHERE mark = 'lost'")[0][0])

    def mark(self, path: str, digest: bytes, mark: str) -> None:
        """Note what the file system says of a file that was found to be right."""
        self._do("UPDATE file SET mark = ? WHERE path = ? AND digest = ?", mark, path, digest)

    def mark_many(self, found: Iterable[tuple[Coming, str]]) -> None:
        """:meth:`mark` for many files."""
        with self.transaction():
            for file, mark in found:
                self.mark(file.path, file.digest, mark)

    def held(self, after: str = "") -> Iterator[ServedFile]:
        """Every file that is held and not lost, in order of path; those that come ``after`` a path."""
        while rows := self._all(
            "SELECT path, size, digest FROM file WHERE path > ? AND mark != 'lost' ORDER BY path LIMIT 1000", after
        ):
            with self._faults_noted():
                found = [ServedFile(str(path), int(str(size)), self._hash(digest)) for path, size, digest in rows]
            yield from found
            after = found[-1].path

    def files_of(self, owner: str) -> dict[str, bytes]:
        """Digest by path of all that ``owner`` names."""
        return {
            str(path): self._hash(digest)
            for path, digest in self._all("SELECT path, digest FROM file WHERE owner = ?", owner)
        }

    def files_in(self, owner: str, folder: str) -> dict[str, bytes]:
        """Digest by path of what ``owner`` names right in ``folder``."""
        rows = self._all("SELECT path, digest FROM file WHERE owner = ? AND folder = ?", owner, folder)
        return {str(path): self._hash(digest) for path, digest in rows}

    def owners(self) -> set[str]:
        """Everything that names files."""
        return {str(owner) for (owner,) in self._all("SELECT DISTINCT owner FROM file")}

    @property
    def total_bytes(self) -> int:
        """Length of all files together."""
        return int(self._all("SELECT coalesce(sum(size), 0) FROM file")[0][0])

    @property
    def count(self) -> int:
        """How many files there are."""
        return int(self._all("SELECT count(*) FROM file")[0][0])

    # --- trees ---

    def directory(self, tree: str, inside: str, digits: str) -> bytes | None:
        """The digest of the listing that is held for a directory or a part of one."""
        rows = self._all(
            "SELECT digest FROM directory WHERE tree = ? AND inside = ? AND digits = ?", tree, inside, digits
        )
        return self._hash(rows[0][0]) if rows else None

    def directories_below(self, tree: str, inside: str) -> list[tuple[str, str]]:
        """Every directory, and part of one, below ``inside`` (itself not): its path and its digits."""
        low, high = _range(inside)
        rows = self._all(
            "SELECT inside, digits FROM directory WHERE tree = ? AND inside > ? AND inside < ?", tree, low, high
        )
        return [(str(path), str(digits)) for path, digits in rows]

    def parts_of(self, tree: str, inside: str) -> list[str]:
        """The digits under which listings of one directory are held."""
        rows = self._all("SELECT digits FROM directory WHERE tree = ? AND inside = ?", tree, inside)
        return [str(digits) for (digits,) in rows]

    def trees(self) -> set[str]:
        """The trees of which anything is held."""
        return {str(tree) for (tree,) in self._all("SELECT DISTINCT tree FROM directory")}

    # --- pictures ---

    def pictures_of(self, pack: bytes) -> tuple[bytes, ...] | None:
        """Hashes of the pictures that the stories of a pack show; None if nobody looked yet."""
        rows = self._all("SELECT pictures FROM shown WHERE pack = ?", pack)
        if not rows:
            return None
        return tuple(rows[0][0][at : at + HASH_BYTES] for at in range(0, len(rows[0][0]), HASH_BYTES))

    def note_pictures(self, pack: bytes, pictures: Iterable[bytes]) -> None:
        """Remember what a pack shows."""
        self._do("INSERT OR REPLACE INTO shown VALUES (?, ?)", pack, b"".join(pictures))

    def forget_pictures(self, kept: Collection[bytes]) -> None:
        """Forget what packs show that are not ``kept``."""
        for (pack,) in self._all("SELECT pack FROM shown"):
            if pack not in kept:
                self._do("DELETE FROM shown WHERE pack = ?", pack)

    # --- the plan ---

    def begin_plan(self) -> None:
        """Forget what was planned. If a file is lost, nothing is believed of what the rest of the register says.

        Whatever altered a file may have altered a row here: then all listings are looked at again, and all that is not
        named by what is signed goes.
        """
        self.drop_plan()
        self._doubted = self.lost > 0
        if self._doubted:
            self._do("CREATE TEMP TABLE IF NOT EXISTS named (path TEXT PRIMARY KEY) WITHOUT ROWID")
            self._do("DELETE FROM named")

    @property
    def doubted(self) -> bool:
        """Whether what is held has to be looked at as if nothing were known of it."""
        return self._doubted

    def drop_plan(self) -> None:
        """Forget what was planned."""
        for table in ("coming", "leaving", "coming_directory"):
            self._do(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def drop_plan_of(self, tree: str) -> None:
        """Forget what was planned for one tree: it stays as it is."""
        owners = (tree_owner(tree), listing_owner(tree))
        self._do("DELETE FROM coming WHERE owner IN (?, ?)", *owners)
        self._do("DELETE FROM leaving WHERE path IN (SELECT path FROM file WHERE owner IN (?, ?))", *owners)
        self._do("DELETE FROM coming_directory WHERE tree = ?", tree)

    def add_coming(self, files: Iterable[Coming]) -> None:
        """Plan files. One that is held already, byte for byte and for the same owner, is none.

        Raises FormatError for a path that no carrier takes.
        """
        for file in files:
            check_path(file.path)
            if self._doubted:
                self._do("INSERT OR IGNORE INTO named VALUES (?)", file.path)
            held = self._all(
                "SELECT 1 FROM file WHERE path = ? AND digest = ? AND owner = ? AND mark != 'lost'",
                *(file.path, file.digest, file.owner),
            )
            if not held:
                self._do(
                    "INSERT OR REPLACE INTO coming VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(file.path, file.folder, file.owner, file.size, file.digest, int(file.place), file.turn),
                )

    def add_unnamed(self, left_alone: Collection[str] = ()) -> None:
        """Where the register is doubted, plan that all goes that nothing names but what is ``left_alone`` (owners)."""
        if not self._doubted:
            return
        rows = self._all(
            "SELECT path, owner FROM file WHERE path NOT IN (SELECT path FROM named)"
            " AND path NOT IN (SELECT path FROM leaving) AND (owner != '' OR mark = 'lost')"
        )
        self.add_leaving(str(path) for path, owner in rows if owner not in left_alone)

    def add_leaving(self, paths: Iterable[str], gone_by: float = 0.0) -> None:
        """Plan that files go: at once, or at a moment (Unix seconds) after the switch."""
        for path in paths:
            self._do("INSERT OR REPLACE INTO leaving VALUES (?, ?)", path, gone_by)

    def add_directory(self, tree: str, inside: str, digits: str, digest: bytes | None, path: str | None) -> None:
        """Plan that a directory has another listing, which lies at ``path``; None: that there is none any more."""
        self._do("INSERT OR REPLACE INTO coming_directory VALUES (?, ?, ?, ?, ?)", tree, inside, digits, digest, path)

    def listings_left(self, tree: str) -> set[str]:
        """Paths of listings that the planned tree names no more."""
        rows = self._all(
            "SELECT DISTINCT old.path FROM coming_directory AS new JOIN directory AS old USING (tree, inside, digits)"
            " WHERE tree = ? AND old.path IS NOT new.path",
            tree,
        )
        return {str(path) for (path,) in rows if not self._is_named(tree, path)}

    def _is_named(self, tree: str, path: str) -> bool:
        """Whether the planned tree has a listing there, for whichever directory."""
        if self._all("SELECT 1 FROM coming_directory WHERE tree = ? AND path = ? LIMIT 1", tree, path):
            return True
        return bool(
            self._all(
                "SELECT 1 FROM directory AS old LEFT JOIN coming_directory AS new USING (tree, inside, digits)"
                " WHERE tree = ? AND old.path = ? AND new.tree IS NULL LIMIT 1",
                *(tree, path),
            )
        )

    def coming(self, place: Place | None = None) -> Iterator[Coming]:
        """What is planned, in the order in which it goes into the web root."""
        after: tuple[int, int, str] = (0, -(1 << 62), "")
        while rows := self._all(
            "SELECT path, folder, owner, size, digest, place, turn FROM coming"
            " WHERE (place, turn, path) > (?, ?, ?) ORDER BY place, turn, path LIMIT 500",
            *after,
        ):
            with self._faults_noted():
                files = [
                    Coming(
                        str(path),
                        str(folder),
                        str(owner),
                        int(str(size)),
                        self._hash(digest),
                        Place(at),
                        int(str(turn)),
                    )
                    for path, folder, owner, size, digest, at, turn in rows
                ]
            yield from (file for file in files if place in {None, file.place})
            after = (int(files[-1].place), files[-1].turn, files[-1].path)

    def planned(self, path: str) -> ServedFile | None:
        """The file that is planned at ``path``."""
        rows = self._all("SELECT size, digest FROM coming WHERE path = ?", path)
        return ServedFile(path, rows[0][0], rows[0][1]) if rows else None

    def coming_with_copies(self) -> set[str]:
        """Planned files of which a gzip copy is planned too."""
        rows = self._all("SELECT a.path FROM coming AS a JOIN coming AS b ON b.path = a.path || '.gz'")
        return {str(path) for (path,) in rows}

    def coming_twice(self) -> set[bytes]:
        """Digests of bytes that are planned for several paths."""
        return {
            self._hash(digest)
            for (digest,) in self._all("SELECT digest FROM coming GROUP BY digest HAVING count(*) > 1")
        }

    @property
    def has_plan(self) -> bool:
        """Whether the plan would change anything."""
        tables = ("coming", "leaving", "coming_directory")
        return any(self._all(f"SELECT 1 FROM {table} LIMIT 1") for table in tables)  # noqa: S608 - our own names

    @property
    def coming_bytes(self) -> tuple[int, int]:
        """How many files are planned, and their length together."""
        count, size = self._all("SELECT count(*), coalesce(sum(size), 0) FROM coming")[0]
        return int(str(count)), int(str(size))

    # --- the change ---

    @property
    def decided(self) -> bool:
        """Whether a change was begun that has to be finished."""
        return bool(self.fact("decided"))

    def decide(self) -> None:
        """From here on the plan is carried out, whatever happens."""
        with self.transaction():
            self.set_fact("decided", "yes")

    def enter(self, files: Iterable[Coming]) -> None:
        """These are what is served from now on."""
        with self.transaction():
            for file in files:
                self._do(
                    "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, '')",
                    *(file.path, file.folder, file.owner, file.size, file.digest),
                )
                # A file that an older edition named too has come back.
                self._do("DELETE FROM parting WHERE path = ?", file.path)

    def finish(self, now: float) -> list[str]:
        """Take the plan for done, and say which files are served no more."""
        with self.transaction():
            self._do(
                "INSERT OR REPLACE INTO parting SELECT path, gone_by FROM leaving JOIN file USING (path)"
                " WHERE path NOT IN (SELECT path FROM coming)"
            )
            self._do("UPDATE file SET owner = '' WHERE path IN (SELECT path FROM parting)")
            self._do(
                "INSERT OR REPLACE INTO directory SELECT tree, inside, digits, digest, path"
                " FROM coming_directory WHERE digest IS NOT NULL"
            )
            self._do(
                "DELETE FROM directory WHERE (tree, inside, digits) IN"
                " (SELECT tree, inside, digits FROM coming_directory WHERE digest IS NULL)"
            )
            self.drop_plan()
            self.set_fact("decided", "")
            return self._part(now)

    def part(self, now: float, longest: float) -> list[str]:
        """The files whose time has come, and which are served no more from now on. None stays ``longest`` seconds more.

        *(A clock that was wrong for a while.)*
        """
        if not self._all("SELECT 1 FROM parting WHERE gone_by <= ? OR gone_by > ? LIMIT 1", now, now + longest):
            return []
        with self.transaction():
            self._do("UPDATE parting SET gone_by = ? WHERE gone_by > ?", now + longest, now + longest)
            return self._part(now)

    def _part(self, now: float) -> list[str]:
        rows = self._all("SELECT path FROM parting JOIN file USING (path) WHERE gone_by <= ? AND owner = ''", now)
        paths = [str(path) for (path,) in rows]
        self._db.executemany("DELETE FROM file WHERE path = ?", ((path,) for path in paths))
        return paths

    def departed(self) -> list[str]:
        """Paths of files that are served no more, and may still lie on the disk."""
        return [
            str(path) for (path,) in self._all("SELECT path FROM parting WHERE path NOT IN (SELECT path FROM file)")
        ]

    def forget_departed(self, paths: Iterable[str]) -> None:
        """These are gone from the disk, too."""
        with self.transaction():
            self._db.executemany("DELETE FROM parting WHERE path = ?", ((path,) for path in paths))

    def next_parting(self) -> float | None:
        """When the next file's time comes."""
        value = self._all("SELECT min(gone_by) FROM parting JOIN file USING (path)")[0][0]
        return None if value is None else float(str(value))


def _range(inside: str) -> tuple[str, str]:
    """What sorts around all paths that begin with a directory's path (empty, or ending with a slash)."""
    return inside, (inside[:-1] + "0") if inside else "\x7f"
