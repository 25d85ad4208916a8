"""All tables of a new newsroom at once: ``tables.sql`` is what two hundred migrations come to on SQLite.

One after the other they take tens of seconds on a small machine, and whoever waits for a first page has nothing yet.
`make tables` writes the file; a test compares it with what the migrations make.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Final

_SCRIPT: Final = files(__package__) / "tables.sql"
_PATIENCE_SECONDS: Final = 60.0


def make_first_tables(database: Path, language: str) -> None:
    """Make them in an empty ``database``: all, or whatever happens none. ``language`` is the publication's first.

    If somebody else does so at the same moment, theirs are taken.
    """
    with closing(sqlite3.connect(database, timeout=_PATIENCE_SECONDS, isolation_level=None)) as made:
        # A transaction is written to the disk as one; SQLite takes it back if the machine goes off before its end.
        made.execute("BEGIN IMMEDIATE")
        if made.execute("SELECT 1 FROM sqlite_master").fetchone():
            return
        for statement in _statements():
            made.execute(statement)
        made.execute("UPDATE wagtailcore_locale SET language_code = ?", [language])
        made.execute("COMMIT")


def _statements() -> Iterator[str]:
    # Not executescript, which would end the transaction first.
    statement = ""
    for line in _SCRIPT.read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
