"""What holds for all tests: the fast majority runs first, and a slow machine is no failure."""

import os

import pytest
from hypothesis import HealthCheck, settings

# In CI the same examples every time: a red run must be one's own fault.
settings.register_profile(
    "house",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
