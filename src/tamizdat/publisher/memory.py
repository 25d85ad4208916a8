"""What the publisher remembers about its sources between runs, in the ledger's own file and transactions."""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from tamizdat.edition.listing import Leaf
from tamizdat.pictures.words import Words


@dataclass(frozen=True, slots=True)
class Left:
    """Where a source that knows its changes was left: at a mark, with stories to ask for again (language and id)."""

    mark: str
    again: frozenset[tuple[str, str]]


class Memory:
    """Which source listed what, feeds' validators, pictures already made, stories withdrawn for good."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def listed(self, source: str) -> set[tuple[str, str]]:
        """(language, story id) of what ``source`` listed last time."""
        return set(self._db.execute("SELECT language, story_id FROM listed WHERE source = ?", (source,)))

    def owner(self, language: str, story_id: str) -> str:
        """The source that published the story first, whether or not it is still current; empty for none."""
        row = self._db.execute(
            "SELECT source FROM owner WHERE language = ? AND story_id = ?", (language, story_id)
        ).fetchone()
        return "" if row is None else row[0]

    def set_owner(self, source: str, language: str, story_id: str) -> None:
        """Note whose the story is from now on."""
        self._db.execute("INSERT OR REPLACE INTO owner VALUES (?, ?, ?)", (language, story_id, source))

    def set_listed(self, source: str, stories: Iterable[tuple[str, str]], *, whole: bool) -> None:
        """Note what ``source`` lists; unless ``whole``, what it listed before stays noted."""
        if whole:
            self._db.execute("DELETE FROM listed WHERE source = ?", (source,))
        self._db.executemany("INSERT OR IGNORE INTO listed VALUES (?, ?, ?)", [(source, *story) for story in stories])

    def lists(self, source: str, language: str, story_id: str) -> bool:
        """Whether ``source`` listed the story when it was last heard of."""
        row = self._db.execute(
            "SELECT 1 FROM listed WHERE source = ? AND language = ? AND story_id = ?", (source, language, story_id)
        ).fetchone()
        return row is not None

    def change_listed(self, source: str, listed: Iterable[tuple[str, str]], gone: Iterable[tuple[str, str]]) -> None:
        """Note what ``source`` lists besides what it listed before, and what it no longer does."""
        self._db.executemany(
            "DELETE FROM listed WHERE source = ? AND language = ? AND story_id = ?",
            [(source, *story) for story in gone],
        )
        self.set_listed(source, listed, whole=False)

    def mark(self, source: str, taker: str) -> Left | None:
        """Where ``source`` was left by this ``taker``; None if that is not known."""
        row = self._db.execute(
            "SELECT mark FROM source_mark WHERE source = ? AND taker = ?", (source, taker)
        ).fetchone()
        if row is None:
            return None
        again = self._db.execute("SELECT language, story_id FROM again WHERE source = ?", (source,))
        return Left(row[0], frozenset(again.fetchall()))

    def set_mark(self, source: str, taker: str, mark: str, again: Iterable[tuple[str, str]]) -> None:
        """Note that all up to ``mark`` was taken from ``source`` but for what is to be asked for ``again``."""
        self.forget_mark(source)
        self._db.execute("INSERT INTO source_mark VALUES (?, ?, ?)", (source, taker, mark))
        self.add_again(source, again)

    def add_again(self, source: str, again: Iterable[tuple[str, str]]) -> None:
        """Note more that is to be asked for again."""
        self._db.executemany("INSERT OR IGNORE INTO again VALUES (?, ?, ?)", [(source, *story) for story in again])

    def forget_mark(self, source: str) -> None:
        """Have ``source`` read whole next time."""
        for table in ("source_mark", "again"):
            self._db.execute(f"DELETE FROM {table} WHERE source = ?", (source,))  # noqa: S608 - no input in it

    def not_derived(self, language: str, other: str) -> list[tuple[str, int]]:
        """Ids of current stories of ``other`` that none of ``language`` was made from, and where they stand."""
        return self._db.execute(
            "SELECT story_id, position FROM entry WHERE language = ? AND live AND NOT removal AND NOT EXISTS"
            " (SELECT 1 FROM derived WHERE language = ? AND story_id = entry.story_id AND position = entry.position)"
            " ORDER BY position",
            (other, language),
        ).fetchall()

    def orphans(self, language: str, other: str) -> list[str]:
        """Ids of stories of ``language`` that were made from ones of ``other`` that are no longer current."""
        rows = self._db.execute(
            "SELECT story_id FROM derived WHERE language = ? AND NOT EXISTS (SELECT 1 FROM entry"
            " WHERE language = ? AND story_id = derived.story_id AND live AND NOT removal) ORDER BY story_id",
            (language, other),
        )
        return [row[0] for row in rows]

    def set_derived(self, language: str, story_id: str, position: int | None) -> None:
        """Note from which entry of the other script's log a story was made; None for none."""
        if position is None:
            self._db.execute("DELETE FROM derived WHERE language = ? AND story_id = ?", (language, story_id))
        else:
            self._db.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?)", (language, story_id, position))

    def original(self, origin: bytes) -> Words | None:
        """What the original with this hash says of itself, if it was ever opened."""
        row = self._db.execute("SELECT credit, caption FROM original WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Words(row[0], row[1])

    def picture(self, origin: bytes, kept: Words) -> tuple[str, int, int] | None:
        """File, width and height of the picture made from the original with this hash, with these words left in it."""
        row = self._db.execute(
            "SELECT file, width, height FROM picture WHERE origin = ? AND credit = ? AND caption = ?",
            (origin, kept.credit, kept.caption),
        ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def add_picture(self, origin: bytes, found: Words, kept: Words, made: tuple[str, int, int]) -> None:
        """Note what an original says of itself, and file, width and height of a picture that was made of it."""
        self._db.execute("INSERT OR REPLACE INTO original VALUES (?, ?, ?)", (origin, found.credit, found.caption))
        self._db.execute(
            "INSERT OR REPLACE INTO picture VALUES (?, ?, ?, ?, ?, ?)", (origin, kept.credit, kept.caption, *made)
        )

    def forget_unshown(self, files: Iterable[str] | None = None) -> None:
        """Forget pictures that no current story shows: their words may be what a withdrawal was about.

        All of those, or those among ``files``.
        """
        if files is not None:
            for file in sorted(files):
                self._forget_if_unshown(file)
            return
        self._db.execute("DELETE FROM picture WHERE file NOT IN (SELECT file FROM picture_use)")
        self._db.execute("DELETE FROM original WHERE origin NOT IN (SELECT origin FROM picture)")

    def _forget_if_unshown(self, file: str) -> None:
        if self._db.execute("SELECT 1 FROM picture_use WHERE file = ?", (file,)).fetchone():
            return
        origins = self._db.execute("SELECT DISTINCT origin FROM picture WHERE file = ?", (file,)).fetchall()
        self._db.execute("DELETE FROM picture WHERE file = ?", (file,))
        self._db.executemany(
            "DELETE FROM original WHERE origin = ?1 AND NOT EXISTS (SELECT 1 FROM picture WHERE origin = ?1)", origins
        )

    def variants(self, stem: str | None = None) -> dict[str, int]:
        """Size in bytes of every file that was made of a picture, by path; of those that begin with ``stem``."""
        if stem is None:
            return dict(self._db.execute("SELECT path, size FROM variant"))
        return dict(self._db.execute("SELECT path, size FROM variant WHERE path >= ? AND path < ?", (stem, stem + "~")))

    def variant_leaves(self) -> dict[str, Leaf]:
        """Size and hash of every file that was made of a picture, by path."""
        return {
            path: Leaf(size, digest)
            for path, size, digest in self._db.execute("SELECT path, size, digest FROM variant")
        }

    def variant(self, path: str) -> Leaf | None:
        """Size and hash of one file that was made of a picture."""
        row = self._db.execute("SELECT size, digest FROM variant WHERE path = ?", (path,)).fetchone()
        return None if row is None else Leaf(row[0], row[1])

    def add_variant(self, path: str, data: bytes) -> None:
        """Note a file that was made of a picture."""
        digest = hashlib.sha256(data).digest()
        self._db.execute("INSERT OR REPLACE INTO variant VALUES (?, ?, ?)", (path, digest, len(data)))

    def forget_variants(self, paths: Iterable[str]) -> None:
        """These files are lost."""
        self._db.executemany("DELETE FROM variant WHERE path = ?", [(path,) for path in paths])

    def feed_state(self, source: str) -> tuple[str, str]:
        """ETag and Last-Modified of a feed when it was last read."""
        row = self._db.execute("SELECT etag, last_modified FROM feed WHERE source = ?", (source,)).fetchone()
        return ("", "") if row is None else (row[0], row[1])

    def set_feed_state(self, source: str, etag: str, last_modified: str) -> None:
        """Note a feed's ETag and Last-Modified."""
        self._db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?)", (source, etag, last_modified))

    def withdraw(self, language: str, story_id: str) -> None:
        """Never publish this story again, whatever the sources say."""
        self._db.execute("INSERT OR IGNORE INTO withdrawn VALUES (?, ?)", (language, story_id))

    def withdrawn(self) -> set[tuple[str, str]]:
        """(language, story id) of every withdrawn story."""
        return set(self._db.execute("SELECT language, story_id FROM withdrawn"))
