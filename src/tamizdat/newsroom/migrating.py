"""Tables of this version, whatever kills the process that makes them.

Some of Wagtail's migrations are not transactions, and a database that was left in the middle of one cannot be opened
any more. So an SQLite database is copied before its tables change; whoever starts next and finds the sign that
somebody was at it begins from the copy. A new one is made in one transaction. On PostgreSQL a backup is for whoever
upgrades to make.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from tamizdat.newsroom.first_tables import make_first_tables
from tamizdat.newsroom.here import here
from tamizdat.trust.files import write_over

_SIGN: Final = b"a copy lies beside\n"
_log: Final = logging.getLogger(__name__)


def migrate() -> None:
    """Bring the database to this version's tables."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined] # SQLite's own
        call_command("migrate", interactive=False, verbosity=0)
        return
    database = Path(connection.settings_dict["NAME"])
    sign, copy = here().own / "database.changing", here().own / "database.before"
    if sign.exists():
        _begin_again(database, copy)
    if not connection.introspection.table_names():
        connection.close()
        make_first_tables(database, settings.LANGUAGE_CODE)
    if not _is_behind():
        _forget(sign, copy)
        return
    # SQLite looks through all rows after each change of a table: nobody should take that for a standstill.
    _log.warning("Bringing the newsroom's tables to this version: with 100,000 stories that takes some minutes.")
    if not sign.exists():
        _copy(database, copy)
        write_over(sign, _SIGN, mode=0o600)
    call_command("migrate", interactive=False, verbosity=0)
    _forget(sign, copy)


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _copy(database: Path, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)


def _begin_again(database: Path, copy: Path) -> None:
    """Put what was there before in the place of what was left half made."""
    connections.close_all()
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    if not copy.exists():  # older versions made a new database step by step, too, and had nothing to copy
        database.unlink(missing_ok=True)
        return
    beside = database.with_name(f"{database.name}.new")
    shutil.copyfile(copy, beside)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.chmod(0o600)
    beside.replace(database)


def _forget(sign: Path, copy: Path) -> None:
    """The sign goes first: without it the copy means nothing."""
    sign.unlink(missing_ok=True)
    copy.unlink(missing_ok=True)
