"""In which order items of wires are read and stand in the list."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person
from django.contrib.auth import get_user_model
from wire_kit import fetched, subscription, watched_folder

from tamizdat.newsroom.ingest.lists import Asked
from tamizdat.newsroom.ingest.models import WireItem

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)


def _listed():
    return [row.headline for row in Asked().items(get_user_model().objects.first() or person())]


@pytest.fixture
def folder(room):
    with watched_folder() as place:
        yield place


def _deliver(folder, name, ago_hours, head=""):
    file = folder / f"{name}.en.md"
    file.write_text(f"---\ntitle: {name}\n{head}---\nText of {name}.\n", "utf-8")
    at = (NOW - timedelta(hours=ago_hours)).timestamp()
    os.utime(file, (at, at))


def test_a_watched_folder_is_read_and_listed_newest_first(folder, monkeypatch):
    for name, ago in (("b", 1), ("c", 9), ("a", 5), ("d", 5)):
        _deliver(folder, name, ago)
    agency = subscription("agency", kind="folder")
    monkeypatch.setattr("tamizdat.newsroom.ingest.fetching.MAX_ITEMS", 3)
    assert fetched(agency) == 3
    assert _listed() == ["b", "d", "a"], "the oldest waits for the next round"
    assert fetched(agency) == 1
    assert WireItem.objects.count() == 4


def test_what_came_in_one_round_is_listed_by_its_date(folder):
    for name, ago, day in (("a", 1, 5), ("b", 2, 1), ("c", 3, 3)):
        _deliver(folder, name, ago, f"date: {(NOW - timedelta(days=day)).isoformat()}\n")
    fetched(subscription("agency", kind="folder"))
    assert _listed() == ["b", "c", "a"]
