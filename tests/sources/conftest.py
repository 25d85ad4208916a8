from datetime import UTC, datetime

import pytest
from newsroom_server import NewsroomServer

from tamizdat.errors import ItemError, ItemNote
from tamizdat.sources.registry import open_source

NOW = datetime(2026, 11, 23, 18, 2, tzinfo=UTC)


class Take:
    """All that a source gives: stories, where they were, what was left out and what was lost."""

    def __init__(self, source):
        faults = []
        self.gathered = list(source.stories(faults.append))
        self.stories = [gathered.story for gathered in self.gathered]
        assert all(isinstance(fault, ItemError) for fault in faults)
        self.notes = [str(fault) for fault in faults if isinstance(fault, ItemNote)]
        self.errors = [str(fault) for fault in faults if not isinstance(fault, ItemNote)]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """Tests say themselves which proxy there is."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def take(tmp_path):
    def run(kind, **settings):
        return Take(open_source(kind, base_dir=tmp_path, now=NOW, **settings))

    return run


@pytest.fixture
def server():
    with NewsroomServer() as running:
        yield running
