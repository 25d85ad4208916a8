"""What a source takes back is told, however short its notice is, until somebody answers for what they saw."""

import json
from datetime import UTC, datetime

import pytest
from desk_kit import person
from wire_kit import LATELY, subscription

from tamizdat.newsroom.here import here
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.lists import alarms
from tamizdat.newsroom.ingest.models import WireItem
from tamizdat.newsroom.ingest.taking import TakeAsDraft

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
KILL = {"uri": "urn:x:1", "pubstatus": "canceled"}


@pytest.fixture
def folder(room):
    place = here().own / "wires" / "agency"
    place.mkdir(parents=True)
    yield place
    for file in place.iterdir():
        file.unlink()
    place.rmdir()


def _item(**fields):
    said = {"uri": "urn:x:1", "type": "text", "headline": "Strike", "language": "en", "version": "3"}
    return {**said, "body_xhtml": "<p>Text.</p>", "versioncreated": LATELY.isoformat(), **fields}


def _put(place, item, name="item"):
    (place / f"{name}.json").write_text(json.dumps(item), "utf-8")


def _fetch(source):
    source.refresh_from_db()
    return fetch(source)


def _taken_back():
    return set(WireItem.objects.exclude(withdrawn=None).values_list("language", flat=True))


@pytest.mark.parametrize("name", ["item", "kill"])
@pytest.mark.parametrize(
    "notice", [{"language": "ru"}, {"version": "4"}, {}, {"version": "4", "versioncreated": "soon"}], ids=str
)
def test_a_notice_shorter_than_the_item_is_heard(folder, name, notice):
    """Be it beside the item, or instead of it."""
    _put(folder, _item(language="ru"))
    agency = subscription("agency", kind="ninjs", language="en")
    _fetch(agency)
    editor = person()
    TakeAsDraft(WireItem.objects.get(), editor, "en").execute()
    _put(folder, {**KILL, **notice}, name)
    assert _fetch(agency) == 1
    assert _taken_back() == {"ru"}
    assert alarms(editor).count() == 1
    assert _fetch(agency) == 0, "once"


def test_a_notice_that_names_no_language_is_about_all_of_them(folder):
    _put(folder, _item(), "en")
    _put(folder, _item(language="ru"), "ru")
    _put(folder, _item(uri="urn:x:2"), "other")
    agency = subscription("agency", kind="ninjs")
    _fetch(agency)
    _put(folder, {**KILL, "language": "ru"}, "kill")
    assert _fetch(agency) == 1
    assert _taken_back() == {"ru"}
    _put(folder, {**KILL, "version": "9"}, "kill-all")
    assert _fetch(agency) == 1
    assert _taken_back() == {"en", "ru"}
    assert WireItem.objects.filter(withdrawn=None).count() == 1
