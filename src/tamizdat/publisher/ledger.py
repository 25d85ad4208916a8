"""The publisher's ledger: one SQLite file that holds the log of every edition and all that was signed.

A log is what the editions of a language are made of: positions 0, 1, 2 ... each a story (put) or a removal. A newer
entry about the same story makes the older one dead; what is live is the edition. Positions are never reused, so a
reader's mark stays meaningful whatever was removed.
"""

import secrets
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.pack import Put, Record, Removal, record_text, removal_key
from tamizdat.errors import ConfigError
from tamizdat.pictures.variants import Shown
from tamizdat.publisher.ledger_format import FORMAT, bring_up_to_date, note_pictures
from tamizdat.publisher.memory import Memory
from tamizdat.publisher.page_memory import PageMemory, note_address
from tamizdat.publisher.sound_memory import SoundMemory, note_sounds
from tamizdat.story import RETRACTION, Story

_RETRACTED: Final = f"\nn{RETRACTION}\n".encode()
"""A line that no other story has."""
LEDGER_FILE: Final = "ledger.sqlite"
"""The ledger's name in a publication's folder."""


@dataclass(frozen=True, slots=True)
class Published:
    """One edition as the ledger knows it. ``context`` is a hash of everything else that its index said."""

    number: int
    time: datetime
    log_end: int
    count: int
    root: bytes
    context: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """One metadata file in force."""

    role: str
    version: int
    expires: datetime
    keyids: tuple[str, ...]
    data: bytes

    @property
    def file_name(self) -> str:
        """``timestamp.json`` or ``7.ru.json``, as consistent snapshots name it (TUF 1.0.31, section 6)."""
        return "timestamp.json" if self.role == "timestamp" else f"{self.version}.{self.role}.json"


class Ledger:
    """The ledger in ``path``, made if it is not there. One process at a time may hold it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.touched_pictures: set[str] = set()
        """Pictures that a story began or ceased to show since this was opened."""
        self.touched_sounds: set[str] = set()
        """Files that a story began or ceased to play, likewise."""
        self._db = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")  # a removed story's text is overwritten, not just unlinked
            self._db.execute("PRAGMA cache_size = -65536")  # KiB
            self._db.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._db.close()
            raise ConfigError(f"another publish is running ({error})", file=path.name, line=0, key="ledger") from error
        version = bring_up_to_date(self._db)
        self._db.execute("COMMIT")
        if version != FORMAT:
            self._db.close()
            raise ConfigError(f"format {version} needs a newer Tamizdat", file=path.name, line=0, key="ledger")

    @property
    def sounds(self) -> SoundMemory:
        """Which recordings were made, and which stories play them."""
        return SoundMemory(self._db)

    @property
    def memory(self) -> Memory:
        """What was learnt about sources; changes belong to the same transactions."""
        return Memory(self._db)

    @property
    def site(self) -> PageMemory:
        """What is known of the site; changes belong to the same transactions."""
        return PageMemory(self._db)

    def close(self) -> None:
        """Let others in."""
        self._db.close()

    @property
    def stamp(self) -> tuple[object, ...]:
        """Another one whenever anybody may have written to the ledger: its last transaction, and its file's mark."""
        status = self.path.stat()
        times = (status.st_mtime_ns, status.st_ctime_ns)
        return (self._db.execute("SELECT token FROM written").fetchone(), status.st_ino, status.st_size, times)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: the block's changes are committed at its end, or none of them is."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute("DELETE FROM written")
            self._db.execute("INSERT INTO written VALUES (?)", (secrets.token_bytes(16),))
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # --- the log ---

    def end(self, language: str) -> tuple[int, int]:
        """Position and raw offset where the next entry goes."""
        row = self._db.execute(
            "SELECT position + 1, offset + size FROM entry WHERE language = ? ORDER BY position DESC LIMIT 1",
            (language,),
        ).fetchone()
        return (0, 0) if row is None else (row[0], row[1])

    def put(self, story: Story) -> None:
        """Add a story; whatever stood for it is dead from now on."""
        self._append(story.language, Put(story.story_id, story_to_bytes(story)), story.story_id, story.revision)
        note_pictures(self._db, story)
        note_sounds(self._db, story)
        note_address(self._db, story)
        self.touched_pictures.update(picture.file for picture in story.pictures)
        self.touched_sounds |= self.sounds.paths_of(story.language, story.story_id)

    def remove(self, language: str, story_id: str) -> None:
        """Add the removal of a story."""
        self._append(language, Removal(removal_key(language, story_id)), story_id, self.revision(language, story_id))

    def _append(self, language: str, record: Record, story_id: str, revision: int) -> None:
        position, offset = self.end(language)
        self._db.execute(
            "DELETE FROM body WHERE language = ? AND position IN"
            " (SELECT position FROM entry WHERE language = ? AND story_id = ? AND live)",
            (language, language, story_id),
        )
        self._db.execute("UPDATE entry SET live = 0 WHERE language = ? AND story_id = ? AND live", (language, story_id))
        shown = self._db.execute(
            "SELECT DISTINCT file FROM picture_use WHERE language = ? AND story_id = ?", (language, story_id)
        )
        self.touched_pictures.update(row[0] for row in shown)
        self.touched_sounds |= self.sounds.paths_of(language, story_id)
        for table in ("picture_use", "sound_use", "address"):
            self._db.execute(
                f"DELETE FROM {table} WHERE language = ? AND story_id = ?",  # noqa: S608 - no input in it
                (language, story_id),
            )
        story = record.story if isinstance(record, Put) else None
        size = len(record_text(record).encode())
        self._db.execute(
            "INSERT INTO entry (language, position, story_id, removal, revision, offset, size)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (language, position, story_id, story is None, revision, offset, size),
        )
        if story is not None:
            self._db.execute("INSERT INTO body VALUES (?, ?, ?)", (language, position, story))

    def story(self, language: str, story_id: str) -> bytes | None:
        """The current canonical bytes of a story, or None."""
        row = self._db.execute(
            "SELECT story FROM entry JOIN body USING (language, position) WHERE language = ? AND story_id = ? AND live",
            (language, story_id),
        ).fetchone()
        return None if row is None else row[0]

    def revision(self, language: str, story_id: str) -> int:
        """The highest revision of a story that was ever published, removed or not; 0 for none."""
        row = self._db.execute(
            "SELECT max(revision) FROM entry WHERE language = ? AND story_id = ?", (language, story_id)
        ).fetchone()
        return row[0] or 0

    def shown_pictures(self, file: str | None = None) -> list[Shown]:
        """Every picture that current stories show, or this one, once for each way in which they do."""
        where, values = ("", ()) if file is None else (" WHERE file = ?", (file,))
        rows = self._db.execute(
            f"SELECT DISTINCT file, width, height, focus_x, focus_y, lead FROM picture_use{where}"  # noqa: S608 - no input in it
            " ORDER BY file, focus_x, focus_y, lead",
            values,
        )
        return [Shown(file, width, height, (x, y), bool(lead)) for file, width, height, x, y, lead in rows]

    def stories_with(self, files: Iterable[str]) -> set[tuple[str, str]]:
        """Language and id of every current story that shows one of these pictures."""
        found: set[tuple[str, str]] = set()
        for file in files:
            found.update(self._db.execute("SELECT language, story_id FROM picture_use WHERE file = ?", (file,)))
        return found

    def stories(self, language: str) -> dict[str, bytes]:
        """All current stories by id."""
        return dict(
            self._db.execute(
                "SELECT story_id, story FROM entry JOIN body USING (language, position) WHERE language = ?",
                (language,),
            )
        )

    def changed_since(self, language: str, position: int) -> list[str]:
        """Ids of the stories that the log speaks of from ``position`` on."""
        rows = self._db.execute(
            "SELECT DISTINCT story_id FROM entry WHERE language = ? AND position >= ? ORDER BY story_id",
            (language, position),
        )
        return [row[0] for row in rows]

    def records(self, language: str, start: int, stop: int) -> list[Record]:
        """What is live in a range of the log, in order."""
        rows = self._db.execute(
            "SELECT story_id, story FROM entry LEFT JOIN body USING (language, position)"
            " WHERE language = ? AND position >= ? AND position < ? AND live ORDER BY position",
            (language, start, stop),
        )
        return [Removal(removal_key(language, name)) if data is None else Put(name, data) for name, data in rows]

    def offset(self, language: str, position: int) -> int:
        """Raw bytes before ``position``."""
        row = self._db.execute(
            "SELECT offset FROM entry WHERE language = ? AND position = ?", (language, position)
        ).fetchone()
        return row[0] if row else self.end(language)[1]

    # --- editions ---

    def units(self, language: str) -> tuple[int, ...]:
        """Where the units of the log begin."""
        rows = self._db.execute("SELECT start FROM unit WHERE language = ? ORDER BY start", (language,))
        return tuple(row[0] for row in rows)

    def open_unit(self, language: str, start: int) -> None:
        """Note that a unit begins at ``start``."""
        self._db.execute("INSERT OR IGNORE INTO unit VALUES (?, ?)", (language, start))

    def cuts(self, language: str, start: int, stop: int) -> tuple[int, ...]:
        """The ends of publishes in the log between two positions, with ``start`` and ``stop`` themselves."""
        rows = self._db.execute(
            "SELECT DISTINCT log_end FROM publish WHERE language = ? AND log_end > ? AND log_end < ? ORDER BY log_end",
            (language, start, stop),
        )
        inside = tuple(row[0] for row in rows)
        return (start, *inside, stop) if stop > start else (start,)

    def languages_of(self, story_id: str) -> tuple[str, ...]:
        """Languages in which the story was ever published, removed or not."""
        rows = self._db.execute("SELECT DISTINCT language FROM entry WHERE story_id = ? ORDER BY language", (story_id,))
        return tuple(row[0] for row in rows)

    def ids_like(self, story_id: str) -> tuple[str, ...]:
        """Up to five ids of current stories that hold ``story_id``."""
        rows = self._db.execute(
            "SELECT DISTINCT story_id FROM entry WHERE live AND NOT removal AND instr(story_id, ?) ORDER BY 1 LIMIT 5",
            (story_id,),
        )
        return tuple(row[0] for row in rows)

    def latest(self, language: str) -> Published | None:
        """The newest edition."""
        row = self._db.execute(
            "SELECT number, time, log_end, count, root, context FROM publish WHERE language = ?"
            " ORDER BY number DESC LIMIT 1",
            (language,),
        ).fetchone()
        return None if row is None else Published(row[0], _time(row[1]), *row[2:])

    def live_since(self, language: str, ids: Iterable[str] | None = None) -> list[tuple[str, int, datetime]]:
        """For each current story, by id, number and time of the edition that brought it in its present form.

        Of all, or of those among ``ids``.
        """
        published = self._db.execute(
            "SELECT log_end, number, time FROM publish WHERE language = ? ORDER BY number", (language,)
        ).fetchall()
        ends = [row[0] for row in published]
        query = "SELECT story_id, position FROM entry WHERE language = ? AND live AND NOT removal"
        rows: Iterable[tuple[str, int]]
        if ids is None:
            rows = self._db.execute(f"{query} ORDER BY story_id", (language,))
        else:
            found = (self._db.execute(f"{query} AND story_id = ?", (language, name)).fetchone() for name in sorted(ids))
            rows = filter(None, found)
        return [
            (story_id, published[at][1], _time(published[at][2]))
            for story_id, position in rows
            if (at := bisect_right(ends, position)) < len(published)
        ]

    def add_edition(self, language: str, edition: Published) -> None:
        """Note a new edition."""
        self._db.execute(
            "INSERT INTO publish VALUES (?, ?, ?, ?, ?, ?, ?)",
            (language, edition.number, _text(edition.time), edition.log_end, edition.count, edition.root,
             edition.context),
        )  # fmt: skip

    def live_positions(self, language: str) -> list[int]:
        """Positions of all live entries, in order."""
        rows = self._db.execute("SELECT position FROM entry WHERE language = ? AND live ORDER BY position", (language,))
        return [row[0] for row in rows]

    def pack(self, language: str, start: int, stop: int, live: int) -> tuple[bytes, int] | None:
        """SHA-256 and size of the pack over a range with this many live entries, if it was made before."""
        row = self._db.execute(
            "SELECT digest, size FROM pack WHERE language = ? AND start = ? AND stop = ? AND live = ?",
            (language, start, stop, live),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def add_pack(self, language: str, start: int, stop: int, live: int, digest: bytes, size: int) -> None:
        """Note a pack."""
        self._db.execute(
            "INSERT OR REPLACE INTO pack VALUES (?, ?, ?, ?, ?, ?)", (language, start, stop, live, digest, size)
        )

    def forget_pack(self, digest: bytes) -> None:
        """This pack is no longer on disk."""
        self._db.execute("DELETE FROM pack WHERE digest = ?", (digest,))

    def languages_with_news(self) -> list[str]:
        """Languages of which the log went on since their last edition."""
        rows = self._db.execute(
            "SELECT language FROM entry GROUP BY language HAVING max(position) >="
            " coalesce((SELECT max(log_end) FROM publish WHERE publish.language = entry.language), 0) ORDER BY language"
        )
        return [row[0] for row in rows]

    def lost_stories(self, language: str) -> bool:
        """Whether a story was removed or retracted since the last edition of ``language``."""
        latest = self.latest(language)
        row = self._db.execute(
            "SELECT 1 FROM entry LEFT JOIN body USING (language, position)"
            " WHERE language = ? AND position >= ? AND (removal OR instr(story, ?)) LIMIT 1",
            (language, latest.log_end if latest else 0, _RETRACTED),
        ).fetchone()
        return row is not None

    # --- what waits for a signature ---

    def set_unsigned(self, language: str, data: bytes | None) -> None:
        """Note the unsigned index of ``language``, or with None that there is none. '' stands for pages."""
        self._db.execute("DELETE FROM unsigned WHERE language = ?", (language,))
        if data is not None:
            self._db.execute("INSERT INTO unsigned VALUES (?, ?)", (language, data))

    def unsigned(self, language: str) -> bytes | None:
        """The unsigned index of ``language``, if one waits."""
        row = self._db.execute("SELECT data FROM unsigned WHERE language = ?", (language,)).fetchone()
        return None if row is None else row[0]

    def unsigned_languages(self) -> list[str]:
        """Languages of which an edition waits for its signature; '' if pages do."""
        return [row[0] for row in self._db.execute("SELECT language FROM unsigned ORDER BY language")]

    # --- signed files ---

    def signed(self, role: str, version: int | None = None) -> Signed | None:
        """The newest metadata of a role, or this version of it."""
        row = self._db.execute(
            "SELECT role, version, expires, keyids, data FROM signed WHERE role = ?1 AND (?2 IS NULL OR version = ?2)"
            " ORDER BY version DESC LIMIT 1",
            (role, version),
        ).fetchone()
        return None if row is None else Signed(row[0], row[1], _time(row[2]), tuple(row[3].split()), row[4])

    def add_signed(self, signed: Signed) -> None:
        """Note a metadata file. A version that was signed once never changes: twice is an error."""
        self._db.execute(
            "INSERT INTO signed VALUES (?, ?, ?, ?, ?)",
            (signed.role, signed.version, _text(signed.expires), " ".join(signed.keyids), signed.data),
        )

    def all_signed(self) -> list[Signed]:
        """The newest metadata of each role, the timestamp last."""
        roles = [row[0] for row in self._db.execute("SELECT DISTINCT role FROM signed ORDER BY role")]
        found = [signed for role in roles if (signed := self.signed(role))]
        return sorted(found, key=lambda signed: (signed.role == "timestamp", signed.role == "snapshot", signed.role))

    # --- files of the web root ---

    def set_files(self, owner: str, paths: Iterable[str], now: datetime) -> None:
        """``owner`` (a language, or ``pictures``) now needs exactly these files."""
        wanted, needed = dict.fromkeys(paths), set(self.needed_files(owner))
        self.change_files(owner, [path for path in wanted if path not in needed], needed - wanted.keys(), now)

    def change_files(self, owner: str, new: Iterable[str], dropped: Iterable[str], now: datetime) -> None:
        """``owner`` needs ``new`` files besides those that it needed, and ``dropped`` ones no longer."""
        self._db.executemany(
            "UPDATE file SET dropped = ? WHERE path = ? AND owner = ? AND dropped IS NULL",
            [(_text(now), path, owner) for path in sorted(dropped)],
        )
        self._db.executemany(
            "INSERT INTO file VALUES (?, ?, NULL)"
            " ON CONFLICT (path) DO UPDATE SET dropped = NULL, owner = excluded.owner",
            [(path, owner) for path in new],
        )

    def add_file(self, owner: str, path: str) -> None:
        """``owner`` needs this file, too."""
        self._db.execute(
            "INSERT INTO file VALUES (?, ?, NULL)"
            " ON CONFLICT (path) DO UPDATE SET dropped = NULL, owner = excluded.owner",
            (path, owner),
        )

    def drop_at_once(self, owner: str) -> None:
        """What ``owner`` no longer needs has no grace: it may hold a removed story."""
        self._db.execute("UPDATE file SET dropped = '' WHERE owner = ? AND dropped IS NOT NULL", (owner,))

    def needed_files(self, owner: str | None = None) -> list[str]:
        """Every file that the current editions name, or those of one owner."""
        where, values = ("", ()) if owner is None else (" AND owner = ?", (owner,))
        rows = self._db.execute(f"SELECT path FROM file WHERE dropped IS NULL{where} ORDER BY path", values)  # noqa: S608 - no input in it
        return [row[0] for row in rows]

    def needed_pictures(self, file: str) -> list[str]:
        """Every file that is needed of one picture."""
        stem = f"pictures/{file}"
        rows = self._db.execute(
            "SELECT path FROM file WHERE path >= ? AND path < ? AND owner = 'pictures' AND dropped IS NULL",
            (stem, stem + "~"),
        )
        return [row[0] for row in rows]

    def needs(self, path: str) -> bool:
        """Whether a current edition names this file."""
        return self._db.execute("SELECT 1 FROM file WHERE path = ? AND dropped IS NULL", (path,)).fetchone() is not None

    def needed_from(self, path: str, most: int) -> list[str]:
        """Some of the needed files, in order of name: those that come after ``path``."""
        rows = self._db.execute(
            "SELECT path FROM file WHERE path > ? AND dropped IS NULL ORDER BY path LIMIT ?", (path, most)
        )
        return [row[0] for row in rows]

    def graced_files(self, after: datetime) -> list[str]:
        """Files that nothing names any more, but did later than ``after``: readers may still ask for them."""
        rows = self._db.execute("SELECT path FROM file WHERE dropped > ? ORDER BY path", (_text(after),))
        return [row[0] for row in rows]

    def gone_files(self, before: datetime) -> list[str]:
        """Files that nothing has named since ``before``, to be deleted everywhere."""
        rows = self._db.execute("SELECT path FROM file WHERE dropped <= ? ORDER BY path", (_text(before),))
        return [row[0] for row in rows]

    def forget_files(self, paths: Iterable[str]) -> None:
        """These files have been deleted everywhere."""
        rows = [(path,) for path in paths]
        self._db.executemany("DELETE FROM file WHERE path = ?", rows)
        self._db.executemany("DELETE FROM variant WHERE path = ?", rows)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
