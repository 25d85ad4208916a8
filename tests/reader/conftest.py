"""A publication with pages, made once for each file of tests and copied for each test."""

import shutil

import pytest

from reader.site_kit import SiteRoom


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    made = SiteRoom(tmp_path_factory.mktemp("prepared") / "room")
    made.edition(2)
    return made


@pytest.fixture
def room(prepared, tmp_path):
    """Edition 2 in Russian, 1 in English; what edition 1 had in Russian is still listed."""
    return prepared.copy(tmp_path / "room")


@pytest.fixture
def bad(room, tmp_path):
    """A copy of the mirror, to be spoilt."""
    return shutil.copytree(room.mirror, tmp_path / "bad")
