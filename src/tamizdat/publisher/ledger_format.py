"""What the ledger's tables are, and how those of an older format become these."""

import sqlite3
from typing import Final

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.publisher.page_memory import PAGE_TABLES, note_address
from tamizdat.publisher.sound_memory import SOUND_TABLES
from tamizdat.story import PictureBlock, Story

FORMAT: Final = 8
_SCHEMA: Final = """
CREATE TABLE entry (
    language TEXT NOT NULL, position INTEGER NOT NULL, story_id TEXT NOT NULL,
    removal INTEGER NOT NULL, revision INTEGER NOT NULL, live INTEGER NOT NULL DEFAULT 1,
    offset INTEGER NOT NULL,         -- raw bytes of all entries before this one, dead ones too
    size INTEGER NOT NULL,           -- raw bytes of this one
    PRIMARY KEY (language, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX live_entry ON entry (language, story_id) WHERE live;
CREATE INDEX story_entry ON entry (language, story_id, revision);
CREATE TABLE body (                  -- canonical bytes of live puts; what was replaced or removed is not kept
    language TEXT NOT NULL, position INTEGER NOT NULL, story BLOB NOT NULL, PRIMARY KEY (language, position)
);
CREATE TABLE publish (               -- one row for each edition
    language TEXT NOT NULL, number INTEGER NOT NULL, time TEXT NOT NULL, log_end INTEGER NOT NULL,
    count INTEGER NOT NULL, root BLOB NOT NULL, context BLOB NOT NULL,
    PRIMARY KEY (language, number)
) WITHOUT ROWID;
CREATE TABLE unit (language TEXT NOT NULL, start INTEGER NOT NULL, PRIMARY KEY (language, start)) WITHOUT ROWID;
CREATE TABLE pack (                  -- entries only ever die, so range and number of live ones say what is in a pack
    language TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, live INTEGER NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (language, start, stop, live)
) WITHOUT ROWID;
CREATE TABLE signed (                -- metadata files; the newest version of a role is in force
    role TEXT NOT NULL, version INTEGER NOT NULL, expires TEXT NOT NULL, keyids TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (role, version)
) WITHOUT ROWID;
CREATE TABLE unsigned (              -- what was pressed and waits for its signature; language '' stands for pages
    language TEXT PRIMARY KEY, data BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE file (                  -- files of the web root besides metadata; dropped: when nothing named it any more
    path TEXT PRIMARY KEY, owner TEXT NOT NULL, dropped TEXT
) WITHOUT ROWID;
CREATE INDEX needed_file ON file (owner) WHERE dropped IS NULL;
CREATE INDEX dropped_file ON file (dropped) WHERE dropped IS NOT NULL;
CREATE TABLE written (               -- one row: another token with every transaction
    token BLOB NOT NULL
);
CREATE TABLE picture_use (           -- which current story shows which picture, and how
    language TEXT NOT NULL, story_id TEXT NOT NULL, file TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    focus_x INTEGER NOT NULL, focus_y INTEGER NOT NULL, lead INTEGER NOT NULL,
    PRIMARY KEY (language, story_id, file, focus_x, focus_y, lead)
) WITHOUT ROWID;
CREATE INDEX use_of_picture ON picture_use (file);
CREATE TABLE listed (                -- which source listed which story in its last whole run
    source TEXT NOT NULL, language TEXT NOT NULL, story_id TEXT NOT NULL,
    PRIMARY KEY (source, language, story_id)
) WITHOUT ROWID;
CREATE TABLE owner (                 -- which source published a story first; removed stories too
    language TEXT NOT NULL, story_id TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (language, story_id)
) WITHOUT ROWID;
CREATE TABLE derived (               -- which entry of the other script's log a story of this language was made from
    language TEXT NOT NULL, story_id TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (language, story_id)
) WITHOUT ROWID;
CREATE TABLE original (              -- by hash: what originals say of themselves
    origin BLOB PRIMARY KEY, credit TEXT NOT NULL, caption TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE picture (               -- what was made of them, by what of their words was kept
    origin BLOB NOT NULL, credit TEXT NOT NULL, caption TEXT NOT NULL,
    file TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    PRIMARY KEY (origin, credit, caption)
) WITHOUT ROWID;
CREATE INDEX file_of_picture ON picture (file);
CREATE TABLE variant (path TEXT PRIMARY KEY, digest BLOB NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE feed (source TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source_mark (           -- where the changes of a source were left, and what else counted then
    source TEXT PRIMARY KEY, taker TEXT NOT NULL, mark TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE again (                 -- stories to ask such a source for, whether they changed or not
    source TEXT NOT NULL, language TEXT NOT NULL, story_id TEXT NOT NULL, PRIMARY KEY (source, language, story_id)
) WITHOUT ROWID;
CREATE TABLE withdrawn (language TEXT NOT NULL, story_id TEXT NOT NULL, PRIMARY KEY (language, story_id))
    WITHOUT ROWID;
"""
_FROM_1: Final = ("unsigned", "picture_use", "original", "picture", "variant")
_FROM_2: Final = ("owner",)
_FROM_3: Final = ("derived", "look", "shown")
_FROM_4: Final = ("carried",)
_FROM_5: Final = ("source_mark", "again")
_FROM_6: Final = ("sound", "sound_use")
_FROM_7: Final = ("written",)
_INDEXES_FROM_7: Final = (
    "use_of_picture", "needed_file", "dropped_file", "breaking_address", "file_of_picture", "use_of_sound",
)  # fmt: skip


def bring_up_to_date(db: sqlite3.Connection) -> int:
    """Make the tables of a new ledger, or turn those of an older one into these. The format in which they are now."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version not in range(FORMAT):
        return version
    if version == 0:
        _make_tables(db, _SCHEMA + PAGE_TABLES + SOUND_TABLES)
    if version == 1:
        _make_room_for_sizes(db)
    if version in {1, 2}:
        _make_again(db, _FROM_2)
        # Whichever source listed a story last is the best guess at whose it is.
        db.execute("INSERT OR REPLACE INTO owner SELECT language, story_id, source FROM listed")
    if version in {1, 2, 3}:
        _make_again(db, _FROM_3)
    if version in {1, 2, 3, 4}:
        # Hashes said what each carrier was given, and every file was read. Everything is compared once more.
        _make_again(db, _FROM_4)
    if version in {1, 2, 3, 4, 5}:
        _make_again(db, _FROM_5)
    if version in {1, 2, 3, 4, 5, 6}:
        _make_again(db, _FROM_6)
    if version in {1, 2, 3, 4, 5, 6, 7}:
        _make_again(db, _FROM_7)
        _make_indexes(db, _INDEXES_FROM_7)
    db.execute(f"PRAGMA user_version = {FORMAT}")
    return FORMAT


def _make_room_for_sizes(db: sqlite3.Connection) -> None:
    """Format 1 knew one file of each picture. Pictures keep their names, so that no story changes."""
    made = db.execute("SELECT origin, file, width, height FROM picture").fetchall()
    _make_again(db, _FROM_1)
    # What those originals said of themselves was dropped with the rest.
    db.executemany("INSERT INTO original VALUES (?, '', '')", [row[:1] for row in made])
    db.executemany("INSERT INTO picture VALUES (?, '', '', ?, ?, ?)", made)
    _make_tables(db, PAGE_TABLES)
    for (data,) in db.execute("SELECT story FROM body"):
        story = story_from_bytes(data)
        note_pictures(db, story)
        note_address(db, story)


def _make_again(db: sqlite3.Connection, tables: tuple[str, ...]) -> None:
    for table in tables:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in (_SCHEMA + PAGE_TABLES + SOUND_TABLES).split(";\n"):
        if statement.strip().startswith(tuple(f"CREATE TABLE {table} (" for table in tables)):
            db.execute(statement)


def _make_indexes(db: sqlite3.Connection, names: tuple[str, ...]) -> None:
    for statement in (_SCHEMA + PAGE_TABLES + SOUND_TABLES).split(";\n"):
        for name in names:
            if statement.strip().startswith(f"CREATE INDEX {name} "):
                db.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS", 1))


def _make_tables(db: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";\n"):
        db.execute(statement)


def note_pictures(db: sqlite3.Connection, story: Story) -> None:
    """Note which pictures a story shows and how."""
    lead = [(story.picture, True)] if story.picture else []
    body = [(block.picture, False) for block in story.body if isinstance(block, PictureBlock)]
    db.executemany(
        "INSERT OR IGNORE INTO picture_use VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (story.language, story.story_id, picture.file, picture.width, picture.height, *picture.focus, leads)
            for picture, leads in (*lead, *body)
        ],
    )
