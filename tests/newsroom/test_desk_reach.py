"""Whether the newest edition is anywhere that readers can get it: the desk says so only of what it knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person
from django.urls import reverse
from newsroom_settings import PASSPHRASE, ROOM
from people_kit import member

from tamizdat.config import CarrierSettings, MirrorSettings, load_config
from tamizdat.newsroom.desk import state, wagtail_hooks
from tamizdat.newsroom.desk.keys import expiries
from tamizdat.newsroom.desk.models import MirrorCheck
from tamizdat.newsroom.desk.state import state_now
from tamizdat.newsroom.pressroom.models import Run
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
ONE, TWO = "https://one.example/", "https://two.example/"


@pytest.fixture(autouse=True)
def _two_mirrors(monkeypatch):
    named = replace(load_config(ROOM), mirrors=(MirrorSettings(ONE), MirrorSettings(TWO)))
    monkeypatch.setattr(state, "publication_settings", lambda: named)


@pytest.fixture
def press(room):
    return Press(room, Keyring.open(room, lambda _file: PASSPHRASE))


def looked(one, two, at=NOW):
    for url, standing in ((ONE, one), (TWO, two)):
        MirrorCheck.objects.create(url=url, at=at, standing=standing)


@pytest.mark.parametrize("standings", [("unreachable", "unreachable"), ("lags", "lags"), ("incomplete", "unknown")])
def test_news_that_no_mirror_serves_is_not_out(standings):
    looked(*standings)
    found = state_now(NOW)
    assert (found.kind, found.text) == ("stuck", "No mirror serves the newest edition.")
    assert found.advice


def test_news_that_some_mirrors_serve_is_not_everywhere():
    looked("current", "lags")
    found = state_now(NOW)
    assert (found.kind, found.text) == ("waiting", "The newest edition is known to be at 1 of 2 mirrors.")
    looked("current", "slow")
    assert state_now(NOW) == state.State("well", "Everything that was published is out.")


def test_what_was_seen_hours_ago_is_known_no_more():
    assert state_now(NOW).text == "Nobody has looked at the mirrors yet."
    looked("current", "current", NOW - timedelta(hours=3))
    found = state_now(NOW)
    assert (found.kind, found.text) == ("stuck", "Nobody has looked at the mirrors for hours.")
    MirrorCheck.objects.create(url=ONE, at=NOW, standing="current")
    assert state_now(NOW).kind == "waiting"


def test_a_look_of_a_clock_that_was_ahead_is_known_no_more_either():
    looked("current", "current", NOW + timedelta(days=300))
    assert state_now(NOW).kind == "stuck"


def test_a_mirror_that_lies_comes_first():
    looked("lies", "unreachable")
    assert "did not sign" in state_now(NOW).text


def test_home_tells_of_mirrors_and_keys_those_who_see_to_them(client, monkeypatch):
    told = {}
    for about in ("mirrors", "keys", ""):
        said = state.State("stuck", "It stands there.", "Do it.", about)
        monkeypatch.setattr(wagtail_hooks, "state_now", lambda _now, said=said: said)
        for role in ("administrator", "desk_head", "editor"):
            name = f"{role}{about}"
            client.force_login(person(name) if role == "administrator" else member(name, f"{role}:en"))
            home = client.get(reverse("wagtailadmin_home")).content.decode()
            assert "desk-state--stuck" in home
            assert ("It stands there." in home) != ("needs somebody. <" in home)
            told[role, about] = "It stands there." in home
    assert {who for who, is_told in told.items() if not is_told} == {
        ("editor", "mirrors"),
        ("editor", "keys"),
        ("desk_head", "keys"),
    }


def test_what_is_said_of_mirrors_and_keys_is_marked_so(press):
    for standings in (("lies", "lags"), ("lags", "lags"), ("current", "lags")):
        looked(*standings)
        assert state_now(NOW).about == "mirrors"
    looked("current", "current")
    press.run()
    gone = expiries(ROOM, ROOM / "out")[0].expires
    looked("current", "current", gone)
    assert state_now(gone).about == "keys"


def _ended(*faults, **fields):
    places = [{"carrier": f"c{at}", "fault": fault} for at, fault in enumerate(faults)]
    Run.objects.create(upto=0, started=NOW, ended=NOW, report={"carriers": places}, **fields)


def test_news_that_no_carrier_took_is_not_out():
    looked("current", "current")
    _ended("Permission denied", "timed out")
    Run.objects.create(upto=0, started=NOW, report={})  # under way: it says nothing yet
    found = state_now(NOW)
    assert (found.kind, found.text) == ("stuck", "No carrier took the newest edition.")
    assert "may not write" in found.advice
    _ended("", "timed out")
    assert state_now(NOW).kind == "waiting"
    _ended("", "")
    assert state_now(NOW).kind == "well"


def test_news_that_goes_nowhere_lies_in_a_folder(monkeypatch):
    alone = replace(load_config(ROOM), mirrors=(), carriers=())
    monkeypatch.setattr(state, "publication_settings", lambda: alone)
    found = state_now(NOW)
    assert "lies in the folder “out”" in found.text
    assert found.advice
    carried = replace(alone, carriers=(CarrierSettings("directory", "/mnt"),))
    monkeypatch.setattr(state, "publication_settings", lambda: carried)
    assert state_now(NOW).text == "Everything that was published is out."
