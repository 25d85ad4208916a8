"""A newsroom for each test process (``newsroom_settings.py``); what a test publishes is gone after it."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_kit import refill
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from newsroom_settings import ROOM
from translating_kit import desk, source, task  # noqa: F401 - fixtures of all tests that have none of their own

from tamizdat.newsroom.first_tables import make_first_tables

_blockers: list[Any] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After a test with real transactions all tables are empty: fill them again, whatever test comes next."""
    yield
    marker = item.get_closest_marker("django_db")
    # After the last one PostgreSQL's database is gone.
    if nextitem is not None and marker and marker.kwargs.get("transaction") and _blockers:
        with _blockers[0].unblock():
            refill()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(ROOM, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The tables that are there already stay; the publication's folder takes them with it."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Tables as a newsroom makes them; on PostgreSQL the migrations do."""
    if connection.vendor == "sqlite":
        make_first_tables(Path(connection.creation._get_test_db_name()), settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """What every newsroom has, once for all tests."""
    from tamizdat.newsroom.set_up import set_up  # noqa: PLC0415 - its models are loaded only now

    _blockers.append(django_db_blocker)
    with django_db_blocker.unblock():
        set_up()


@pytest.fixture
def whole_newsroom(transactional_db: None) -> Iterator[None]:
    """For a test with real transactions: what every newsroom has; what its server left open is closed after it."""
    refill()
    yield
    gc.collect()


@pytest.fixture
def room() -> Iterator[Path]:
    """The publication's folder, in which a test may publish."""
    yield ROOM
    for path in ROOM.iterdir():
        if path.name not in {"tamizdat.toml", "keys", "trust", "newsroom"} and not path.name.startswith("test.sqlite"):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _clean_files() -> Iterator[None]:
    yield
    cache.clear()  # of pictures' sizes, whose files are gone now
    for name in ("pictures", "proofs", "moving"):
        shutil.rmtree(ROOM / "newsroom" / name, ignore_errors=True)
