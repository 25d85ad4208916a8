"""``python tables_kit.py``: what the migrations make of an empty SQLite database, as ``newsroom/tables.sql``.

Tables and rows in a fixed order, so that a change of a model changes the lines that it concerns.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from newsroom_settings import ROOM

SCRIPT = Path(__file__).parents[2] / "src" / "tamizdat" / "newsroom" / "tables.sql"
HEAD = """\
-- What the migrations of Django, Wagtail and the newsroom make of an empty SQLite database, all at once.
-- Written by `make tables`; do not edit.
"""
_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
_KEY = "lower(hex(randomblob(16)))"


def migrated(folder: Path) -> Path:
    """A database that all migrations made, in ``folder``."""
    database = folder / "migrated.sqlite"
    program = (
        "import django; from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {str(database)!r}; django.setup(); "
        "from django.core.management import call_command; call_command('migrate', interactive=False, verbosity=0)"
    )
    environment = {**os.environ, "TAMIZDAT_NEWSROOM": str(ROOM), "DJANGO_SETTINGS_MODULE": "tamizdat.newsroom.settings"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    return database


def script(database: Path) -> str:
    """Statements that make ``database`` anew, inside a transaction that somebody else begins."""
    with closing(sqlite3.connect(database)) as made:
        return HEAD + "".join(f"{line}\n" for line in _statements(made))


def _statements(made: sqlite3.Connection) -> Iterator[str]:
    shadows = {name for _schema, name, kind, *_ in made.execute("PRAGMA table_list") if kind == "shadow"}
    # Triggers last: they are for what people write.
    ranks = "CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 2 ELSE 3 END"
    own = "sql NOT NULL AND name NOT LIKE 'sqlite_%'"
    found = made.execute(f"SELECT type, name, sql FROM sqlite_master WHERE {own} ORDER BY {ranks}, name")
    for kind, name, sql in found.fetchall():
        if name in shadows:
            continue
        yield f"{sql};"
        if kind == "table" and not sql.startswith("CREATE VIRTUAL"):
            yield from _rows(made, name)


def _rows(made: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [name for _at, name, *_ in made.execute(f'PRAGMA table_info("{table}")')]
    quoted = ", ".join(f'quote("{name}")' for name in columns)
    for row in made.execute(f'SELECT {quoted} FROM "{table}" ORDER BY rowid'):
        values = ", ".join(_value(name, value) for name, value in zip(columns, row, strict=True))
        yield f'INSERT INTO "{table}" VALUES ({values});'


def _value(column: str, value: str) -> str:
    if column == "applied":
        return _NOW
    return _KEY if column == "translation_key" and value != "NULL" else value


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        SCRIPT.write_text(script(migrated(Path(name))), "utf-8")
