"""A clock was ahead once, and what it wrote down lies months ahead: nothing waits for that, or lets anybody in."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, write
from django.urls import reverse
from people_kit import ask, log_in, member
from wire_kit import subscription

from tamizdat.newsroom.desk.jobs import Claim, Round
from tamizdat.newsroom.desk.models import Job
from tamizdat.newsroom.desk.outlook import outlook
from tamizdat.newsroom.desk.state import is_background_alive, state_now
from tamizdat.newsroom.ingest.fetching import claim
from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.moving_in import uploads
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.models import PersonSession
from tamizdat.newsroom.suggesting import drafting
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
AHEAD = NOW + timedelta(days=300)
JOB = Round("wires", timedelta(minutes=30), timedelta(hours=2), lambda: None)


def test_a_job_that_began_in_the_future_is_due():
    Job.objects.create(name="wires", started=AHEAD, ended=AHEAD)
    assert Claim.take(JOB, NOW)
    assert not Claim.take(JOB, NOW), "and once"


def test_a_job_that_is_claimed_for_months_is_free():
    Job.objects.create(name="wires", started=AHEAD, claimed_until=AHEAD)
    assert Claim.take(JOB, NOW)


@pytest.mark.parametrize("written", [{"started": AHEAD}, {"claimed_until": AHEAD, "ended": NOW - timedelta(hours=3)}])
def test_the_desk_names_a_job_of_the_future_and_takes_it_for_no_sign_of_life(written):
    Job.objects.create(name="wires", **written)
    assert not is_background_alive(NOW)
    said = "The time of a job in the background lies in the future: Wires."
    assert state_now(NOW).text == said
    assert said in dict(outlook(NOW, None).faults)


def test_a_job_of_this_moment_is_none_of_the_future():
    Job.objects.create(name="wires", started=NOW, claimed_until=NOW + timedelta(seconds=60))
    assert state_now(NOW).kind == "well"


def test_nobody_waits_longer_than_the_limit():
    for _attempt in range(20):
        throttle.begin("password", "desk", AHEAD)
        throttle.Attempts.objects.update(failures=12)
    first = throttle.begin("password", "desk", NOW)
    assert 0 < first <= throttle.ONE.most_seconds
    assert throttle.begin("password", "desk", NOW + timedelta(seconds=first)) == 0, "and less with each second"
    assert throttle.begin("password", "other", NOW) == 0


def test_a_wire_that_should_wait_for_months_is_due():
    wire = subscription("https://wire.example/", name="A")
    Subscription.objects.filter(pk=wire.pk).update(next_at=AHEAD, claimed_until=AHEAD)
    assert claim(wire, NOW)
    Subscription.objects.filter(pk=wire.pk).update(next_at=NOW + timedelta(hours=1), claimed_until=None)
    assert not claim(wire, NOW), "one that failed waits for an hour"


def test_a_draft_by_machine_that_should_wait_for_months_is_due():
    (task,) = Send(write("Harbour strike ends"), ("ru",), person()).execute()
    draft = MachineDraft.objects.create(page=task.target, asked=NOW, due=AHEAD, claimed_until=AHEAD)
    assert MachineDraft.objects.filter(drafting._due(NOW)).exists()
    assert drafting.Claim.take(draft, NOW)
    MachineDraft.objects.update(due=NOW + timedelta(minutes=5), claimed_until=None)
    assert not drafting.Claim.take(draft, NOW), "one that failed waits for minutes"


def test_an_import_that_gave_a_sign_of_life_in_the_future_goes_on():
    move = Move.objects.create(source="x", kind="wordpress", state=Move.RUNNING, beat=AHEAD, file="moving/1.xml")
    assert uploads._claim(NOW) == move


def test_a_session_of_the_future_ends_as_any_other(client, settings):
    member("editor", "editor:en")
    log_in(client, "editor")
    session = client.session
    session["newsroom_seen"] = session["newsroom_began"] = AHEAD.timestamp()
    session.save()
    assert client.get("/admin/").status_code == 200
    kept = PersonSession.objects.get(person__username="editor")
    assert kept.began < kept.seen + timedelta(seconds=1) < NOW + timedelta(hours=1)


def test_a_password_that_was_said_in_the_future_is_asked_for_again(client):
    admin = person()
    log_in(client)
    ask(client)
    address = reverse("people_roles", args=[admin.pk])
    assert client.get(address).status_code == 200
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = AHEAD.timestamp()
    session.save()
    assert reverse("account_reauthenticate") in client.get(address)["Location"]
