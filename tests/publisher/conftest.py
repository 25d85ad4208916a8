"""What the tests of pushes share: a folder to push, and a clock that goes on only while nobody works."""

import pytest
from push_kit import WorkClock, web_root


@pytest.fixture
def clock():
    return WorkClock()


@pytest.fixture
def root(tmp_path):
    return web_root(tmp_path)
