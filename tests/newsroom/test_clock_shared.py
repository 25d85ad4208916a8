"""Workers on several machines compare with the database's clock, however wrong their own is."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from desk_kit import person, write
from django.db import connection
from django.urls import reverse
from wire_kit import serving, subscription

from tamizdat.newsroom import clock
from tamizdat.newsroom.clock import shared_now
from tamizdat.newsroom.desk import jobs
from tamizdat.newsroom.desk.models import Job
from tamizdat.newsroom.ingest import fetching
from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.moving_in import uploads
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.models import Attempts
from tamizdat.newsroom.suggesting import drafting
from tamizdat.newsroom.suggesting.models import MachineDraft
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
THEN = datetime(2031, 5, 1, 12, 0, tzinfo=UTC)
"""What the database's clock says here; this machine's own says something else."""
MINUTE = timedelta(minutes=1)


@pytest.fixture
def _then(monkeypatch):
    for module in (jobs, uploads, drafting, fetching, throttle):
        monkeypatch.setattr(module, "shared_now", lambda: THEN)


def test_postgresql_is_asked(monkeypatch):
    asked = []
    said = THEN.astimezone(timezone(timedelta(hours=4)))
    cursor = SimpleNamespace(execute=asked.append, fetchone=lambda: (said,))
    server = SimpleNamespace(vendor="postgresql", cursor=lambda: nullcontext(cursor))
    monkeypatch.setattr(clock, "connection", server)
    assert (shared_now(), shared_now().tzinfo) == (THEN, UTC)
    assert "clock_timestamp" in asked[0]


def test_what_time_it_is_says_the_server(monkeypatch):
    if connection.vendor == "postgresql":
        monkeypatch.delattr(clock, "datetime")  # it is not this machine's that is read
    assert abs(shared_now() - datetime.now(UTC)) < MINUTE


@pytest.mark.usefixtures("_then")
def test_jobs_are_claimed_renewed_and_ended_by_it():
    def last():
        claim.renew()
        seen.append(Job.objects.get().claimed_until)

    seen = []
    claim = jobs.Claim.take(jobs.Round("x", MINUTE, timedelta(hours=1), last), THEN)
    jobs.run(claim)
    assert seen == [THEN + MINUTE]
    assert Job.objects.get().ended == THEN


@pytest.mark.usefixtures("_then")
def test_a_worker_looks_by_it():
    class Once:
        waits = iter((False, True))

        def wait(self, _seconds):
            return next(self.waits)

    Job.objects.create(name="x", started=THEN, claimed_until=THEN + MINUTE)
    jobs.work([jobs.Round("x", MINUTE, MINUTE, lambda: None)], Once())
    assert Job.objects.get().started == THEN, "it is somebody's, who lives"


@pytest.mark.usefixtures("_then")
def test_an_import_that_lives_is_nobody_elses():
    move = Move.objects.create(source="x", kind="wordpress", state=Move.RUNNING, beat=THEN, file="moving/1.xml")
    uploads.move_waiting()
    move.refresh_from_db()
    assert (move.state, move.beat) == (Move.RUNNING, THEN)
    Move.objects.update(beat=THEN - timedelta(hours=2))  # so long ago that its file lies on no other machine either
    uploads.move_waiting()
    move.refresh_from_db()
    assert (move.state, move.ended) == (Move.FAILED, THEN)


@pytest.mark.usefixtures("_then")
def test_wires_are_due_by_it():
    with serving() as server:
        wire = subscription(f"{server.url}/none", name="A")
        Subscription.objects.filter(pk=wire.pk).update(next_at=THEN)
        fetching.fetch_due()
    wire.refresh_from_db()
    assert wire.next_at == THEN + timedelta(minutes=wire.every_minutes) * 2


@pytest.mark.usefixtures("_then")
def test_drafts_by_machine_are_due_by_it():
    (task,) = Send(write("Harbour strike ends"), ("ru",), person()).execute()
    draft = MachineDraft.objects.create(page=task.target, asked=THEN, due=THEN + MINUTE)
    assert drafting.draft_waiting() == 0
    draft.refresh_from_db()
    assert not draft.tries
    MachineDraft.objects.update(due=THEN)
    drafting.draft_waiting()
    draft.refresh_from_db()
    assert draft.fault, "it was tried"


@pytest.mark.usefixtures("_then")
def test_guesses_wait_by_it(client):
    client.post("/admin/login/", {"login": "desk", "password": "wrong wrong wrong"})
    assert set(Attempts.objects.values_list("last", flat=True)) == {THEN}


def test_the_desk_asks_the_same_clock(client, monkeypatch):
    from tamizdat.newsroom.desk import views, wagtail_hooks  # noqa: PLC0415 - the modules themselves are changed

    for module in (views, wagtail_hooks):
        monkeypatch.setattr(module, "shared_now", lambda: THEN)
    Job.objects.create(name="wires", started=THEN, ended=THEN)
    client.force_login(person())
    for name in ("publication_desk", "wagtailadmin_home"):
        assert "lies in the future" not in client.get(reverse(name)).content.decode()
