"""What the ledger knows of the site: which pages there should be, and what each carrier has of it."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tamizdat.edition.canonical import split_story
from tamizdat.edition.listing import Leaf
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.story import Story

PAGE_TABLES: Final = """
CREATE TABLE address (               -- where the page of each current story lies, below its language's folder
    story_id TEXT NOT NULL, language TEXT NOT NULL, path TEXT NOT NULL, breaking_until INTEGER,
    PRIMARY KEY (story_id, language)
) WITHOUT ROWID;
CREATE INDEX address_language ON address (language);
CREATE INDEX breaking_address ON address (language, breaking_until) WHERE breaking_until IS NOT NULL;
CREATE TABLE page (                  -- what should lie at each path of the site; owner: a language, or '' for the rest
    path TEXT PRIMARY KEY, owner TEXT NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX page_owner ON page (owner);
CREATE TABLE pressed (               -- a hash of all that the pages of an owner were made from; the pins of sections
    owner TEXT PRIMARY KEY, context BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE look (                  -- a hash of what all pages of a language share, and when they were pressed
    language TEXT PRIMARY KEY, digest BLOB NOT NULL, moment TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE shown (                 -- the stories as those pages show them; others: a hash of their translations
    language TEXT NOT NULL, story_id TEXT NOT NULL, header BLOB NOT NULL, edition INTEGER NOT NULL, time TEXT NOT NULL,
    others BLOB NOT NULL, PRIMARY KEY (language, story_id)
) WITHOUT ROWID;
CREATE TABLE carried (               -- what is known of each carrier's files (known.py); '' is the local web root
    carrier TEXT PRIMARY KEY, known BLOB NOT NULL
);
"""


def note_address(db: sqlite3.Connection, story: Story) -> None:
    """Note where the page of a current story lies."""
    until = int(story.breaking_until.timestamp()) if story.breaking_until else None
    db.execute(
        "INSERT OR REPLACE INTO address VALUES (?, ?, ?, ?)",
        (story.story_id, story.language, story_path(story), until),
    )


@dataclass(frozen=True, slots=True)
class ShownStory:
    """A story as pages show it: its canonical bytes without body, its edition, and a hash of its translations."""

    header: bytes
    issue: Issue
    others: bytes

    @property
    def card(self) -> Card:
        """The story as other pages see it."""
        return Card.of(split_story(self.header)[0], self.issue)


class PageMemory:
    """The ledger's tables about the site; changes belong to the ledger's transactions."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # --- stories ---

    def others_of(self, language: str, story_id: str) -> dict[str, str]:
        """Like :meth:`others`, of one story; empty if ``language`` does not have it."""
        rows = self._db.execute(
            "SELECT language, path FROM address WHERE story_id = ? ORDER BY language", (story_id,)
        ).fetchall()
        return {other: f"{other}/{path}" for other, path in rows} if any(row[0] == language for row in rows) else {}

    def others(self, language: str) -> dict[str, dict[str, str]]:
        """For each current story of ``language`` the path below the web root in every language that has it."""
        rows = self._db.execute(
            "SELECT story_id, other.language, other.path FROM address JOIN address AS other USING (story_id)"
            " WHERE address.language = ? ORDER BY story_id, other.language",
            (language,),
        )
        found: dict[str, dict[str, str]] = {}
        for story_id, other, path in rows:
            found.setdefault(story_id, {})[other] = f"{other}/{path}"
        return found

    def breaking(self, language: str, now: datetime) -> list[str]:
        """Ids of the stories that are breaking news at ``now``."""
        rows = self._db.execute(
            "SELECT story_id FROM address WHERE language = ? AND breaking_until > ? ORDER BY story_id",
            (language, now.astimezone(UTC).timestamp()),
        )
        return [row[0] for row in rows]

    # --- pages ---

    def owners(self) -> list[str]:
        """Languages that have pages, and '' if there are others."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT owner FROM page ORDER BY owner")]

    def pages(self, owner: str | None = None) -> dict[str, Leaf]:
        """Size and hash by path, of one owner's pages or all."""
        where, values = ("", ()) if owner is None else (" WHERE owner = ?", (owner,))
        rows = self._db.execute(f"SELECT path, size, digest FROM page{where} ORDER BY path", values)  # noqa: S608 - no input in it
        return {path: Leaf(size, digest) for path, size, digest in rows}

    def page(self, path: str) -> Leaf | None:
        """Size and hash of one page."""
        row = self._db.execute("SELECT size, digest FROM page WHERE path = ?", (path,)).fetchone()
        return Leaf(*row) if row else None

    def pages_from(self, path: str, most: int) -> list[str]:
        """Some of all pages, in order of path: those that come after ``path``."""
        rows = self._db.execute("SELECT path FROM page WHERE path > ? ORDER BY path LIMIT ?", (path, most))
        return [row[0] for row in rows]

    def set_pages(self, owner: str, pages: Mapping[str, Leaf]) -> dict[str, Leaf | None]:
        """These are now all the pages of ``owner``; the result is what :meth:`change_pages` was told."""
        known = self.pages(owner)
        gone = dict[str, Leaf | None].fromkeys(sorted(known.keys() - pages.keys()))
        changes = gone | {path: leaf for path, leaf in pages.items() if known.get(path) != leaf}
        self.change_pages(owner, changes)
        return changes

    def change_pages(self, owner: str, changes: Mapping[str, Leaf | None]) -> None:
        """These pages of ``owner`` are new or others; those that are None have to be deleted everywhere, at once."""
        gone = [(path,) for path, leaf in changes.items() if leaf is None]
        there = [(path, owner, *leaf) for path, leaf in changes.items() if leaf is not None]
        self._db.executemany("INSERT OR REPLACE INTO file VALUES (?, 'page', '')", gone)
        self._db.executemany("DELETE FROM file WHERE path = ? AND owner = 'page'", [row[:1] for row in there])
        self._db.executemany("DELETE FROM page WHERE path = ?", gone)
        self._db.executemany("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)", there)

    def context(self, owner: str) -> bytes:
        """The hash of what the pages of ``owner`` were made from; empty if there are none."""
        row = self._db.execute("SELECT context FROM pressed WHERE owner = ?", (owner,)).fetchone()
        return row[0] if row else b""

    def set_context(self, owner: str, context: bytes) -> None:
        """Note what the pages of ``owner`` were made from."""
        self._db.execute("INSERT OR REPLACE INTO pressed VALUES (?, ?)", (owner, context))

    def section_pins(self, language: str) -> dict[str, tuple[str, ...]]:
        """What stood on top of the first pages of sections when they were pressed, by section."""
        noted = json.loads(self.context(f"pins {language}") or b"{}")
        return {section: tuple(pins) for section, pins in noted.items()}

    def set_section_pins(self, language: str, pins: Mapping[str, Sequence[str]]) -> None:
        """See :meth:`section_pins`."""
        self.set_context(f"pins {language}", json.dumps(dict(pins)).encode())

    # --- what pages show ---

    def look(self, language: str) -> tuple[bytes, datetime] | None:
        """A hash of what all pages of ``language`` share, and the moment for which they were pressed."""
        row = self._db.execute("SELECT digest, moment FROM look WHERE language = ?", (language,)).fetchone()
        return (row[0], datetime.fromisoformat(row[1])) if row else None

    def set_look(self, language: str, digest: bytes, moment: datetime) -> None:
        """See :meth:`look`."""
        self._db.execute("INSERT OR REPLACE INTO look VALUES (?, ?, ?)", (language, digest, moment.isoformat()))

    def shown(self, language: str, ids: Iterable[str] | None = None) -> dict[str, "ShownStory"]:
        """Every story as the pages of ``language`` show it, by id; or those among ``ids``."""
        query = "SELECT story_id, header, edition, time, others FROM shown WHERE language = ?"
        if ids is None:
            rows = self._db.execute(query, (language,)).fetchall()
        else:
            found = (self._db.execute(f"{query} AND story_id = ?", (language, name)).fetchone() for name in ids)
            rows = [row for row in found if row]
        return {
            story_id: ShownStory(header, Issue(edition, datetime.fromisoformat(time)), others)
            for story_id, header, edition, time, others in rows
        }

    def note_shown(self, language: str, stories: Mapping[str, "ShownStory | None"]) -> None:
        """Note stories that pages show from now on, or, with None, no longer."""
        gone = [(language, story_id) for story_id, story in stories.items() if story is None]
        self._db.executemany("DELETE FROM shown WHERE language = ? AND story_id = ?", gone)
        self._db.executemany(
            "INSERT OR REPLACE INTO shown VALUES (?, ?, ?, ?, ?, ?)",
            [
                (language, story_id, story.header, story.issue.number, story.issue.time.isoformat(), story.others)
                for story_id, story in stories.items()
                if story
            ],
        )

    def forget_shown(self, language: str) -> None:
        """No page of ``language`` shows anything."""
        for table in ("look", "shown"):
            self._db.execute(f"DELETE FROM {table} WHERE language = ?", (language,))  # noqa: S608 - no input in it

    # --- carriers ---

    def carried(self, carrier: str) -> bytes:
        """What is known of the files of ``carrier``, for :class:`~tamizdat.publisher.known.Known`; maybe nothing."""
        row = self._db.execute("SELECT known FROM carried WHERE carrier = ?", (carrier,)).fetchone()
        return row[0] if row else b""

    def note_carried(self, known: Mapping[str, bytes]) -> None:
        """Note, by carrier, what is known now."""
        self._db.executemany("INSERT OR REPLACE INTO carried VALUES (?, ?)", list(known.items()))

    def forget_carriers(self, but: Iterable[str]) -> None:
        """Only these are still carriers."""
        kept = set(but)
        rows = [row for row in self._db.execute("SELECT carrier FROM carried").fetchall() if row[0] not in kept]
        self._db.executemany("DELETE FROM carried WHERE carrier = ?", rows)
