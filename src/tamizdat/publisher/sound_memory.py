"""Which recordings were made of which originals, and which stories play them, in the ledger's own file."""

import sqlite3
from collections.abc import Iterable
from typing import Final

from tamizdat.edition.listing import Leaf
from tamizdat.story import Recording, SoundFile, Story

SOUND_TABLES: Final = """
CREATE TABLE sound (                 -- files made of an original, which is known by its hash, the smallest first
    origin BLOB NOT NULL, place INTEGER NOT NULL, seconds INTEGER NOT NULL,
    file TEXT NOT NULL, media_type TEXT NOT NULL, kilobits INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (origin, place)
) WITHOUT ROWID;
CREATE TABLE sound_use (             -- which current story plays which file
    language TEXT NOT NULL, story_id TEXT NOT NULL, path TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (language, story_id, path)
) WITHOUT ROWID;
CREATE INDEX use_of_sound ON sound_use (path);
"""


class SoundMemory:
    """Use inside the ledger's transactions."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def recording(self, origin: bytes) -> Recording | None:
        """What was made of the original with this hash."""
        rows = self._db.execute(
            "SELECT seconds, file, media_type, kilobits, size FROM sound WHERE origin = ? ORDER BY place", (origin,)
        ).fetchall()
        return Recording(rows[0][0], tuple(SoundFile(*row[1:]) for row in rows)) if rows else None

    def add(self, origin: bytes, recording: Recording) -> None:
        """Note what was made of an original."""
        self._db.execute("DELETE FROM sound WHERE origin = ?", (origin,))
        self._db.executemany(
            "INSERT INTO sound VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (origin, place, recording.seconds, each.file, each.media_type, each.kilobits, each.size)
                for place, each in enumerate(recording.files)
            ],
        )

    def forget_unplayed(self) -> None:
        """Forget originals of which no current story plays anything."""
        self._db.execute(
            "DELETE FROM sound WHERE origin NOT IN"
            " (SELECT origin FROM sound JOIN sound_use ON sound_use.file = sound.file)"
        )

    def leaves(self) -> dict[str, Leaf]:
        """Size and hash of every file that current stories play, by path."""
        rows = self._db.execute("SELECT DISTINCT path, file, size FROM sound_use ORDER BY path")
        return {path: Leaf(size, bytes.fromhex(file)) for path, file, size in rows}

    def paths_of(self, language: str, story_id: str) -> set[str]:
        """Every file that a story plays."""
        rows = self._db.execute("SELECT path FROM sound_use WHERE language = ? AND story_id = ?", (language, story_id))
        return {row[0] for row in rows}

    def leaf(self, path: str) -> Leaf | None:
        """Size and hash of a file, if a current story plays it."""
        row = self._db.execute("SELECT file, size FROM sound_use WHERE path = ?", (path,)).fetchone()
        return Leaf(row[1], bytes.fromhex(row[0])) if row else None

    def stories_with(self, paths: Iterable[str]) -> set[tuple[str, str]]:
        """Language and id of every current story that plays one of these files."""
        found: set[tuple[str, str]] = set()
        for path in paths:
            found.update(self._db.execute("SELECT language, story_id FROM sound_use WHERE path = ?", (path,)))
        return found


def note_sounds(db: sqlite3.Connection, story: Story) -> None:
    """Note which files a story plays."""
    db.executemany(
        "INSERT OR IGNORE INTO sound_use VALUES (?, ?, ?, ?, ?)",
        [
            (story.language, story.story_id, each.path, each.file, each.size)
            for recording in story.recordings
            for each in recording.files
        ],
    )
