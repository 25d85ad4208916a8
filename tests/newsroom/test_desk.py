"""The publication desk: does the news get out, and if not, what is to be done?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from desk_kit import person, publish, write
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from newsroom_settings import PASSPHRASE, ROOM
from people_kit import member
from wagtail.log_actions import log

from tamizdat.config import MirrorSettings, load_config
from tamizdat.newsroom.desk.advice import advice, job_advice
from tamizdat.newsroom.desk.jobs import Claim, Round, run
from tamizdat.newsroom.desk.keys import expiries
from tamizdat.newsroom.desk.mirrors import check_mirrors
from tamizdat.newsroom.desk.models import Job, MirrorCheck, MirrorReach
from tamizdat.newsroom.desk.naming import job_name
from tamizdat.newsroom.desk.outlook import outlook, worst
from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.desk.state import state_now
from tamizdat.newsroom.pressroom.models import Run
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.scheduling import FAILED
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def press(room):
    return Press(room, Keyring.open(room, lambda _file: PASSPHRASE))


def test_all_is_well_when_everything_is_out(press, now):
    publish(write("Ferry"))
    assert state_now(now).kind == "waiting"
    press.run()
    assert state_now(now).kind == "well"


def test_what_waits_for_long_is_stuck(press, now):
    publish(write("Ferry"))
    state = state_now(now + timedelta(minutes=2))
    assert state.kind == "stuck"
    assert state.advice


def test_a_failure_says_what_to_do(press, now):
    Run.objects.create(upto=1, started=now, ended=now, failed=True, report={"error": "No space left on device"})
    state = state_now(now)
    assert state.kind == "stuck"
    assert "Make room" in state.advice


def test_a_carrier_that_failed_is_told_apart_from_all_is_well(now):
    places = [("m1", "Permission denied: m1"), ("m2", "")]
    report = {"carriers": [{"carrier": name, "files": 0, "bytes": 0, "fault": fault} for name, fault in places]}
    Run.objects.create(upto=0, started=now, ended=now, report=report)
    shown = outlook(now, None)
    assert shown.state.kind == "waiting"
    assert "may not write" in shown.carriers[0].advice


def test_editions_and_keys_are_listed(press, now):
    publish(write("Ferry"))
    press.run()
    shown = outlook(now, None)
    english = next(row for row in shown.editions if row.language == "en")
    assert (english.number, english.stories) == (1, 1)
    roles = {row.expiry.role for row in shown.keys}
    assert {"root", "targets", "timestamp", "snapshot", "en", "ru", "fa"} <= roles
    assert sum(bar.value for bar in shown.editions_a_day) == len(shown.editions)
    assert shown.editions_a_day[-1].label == f"{now:%m-%d}"


def test_a_language_without_an_edition_is_named(client, now):
    report = {"editions": {"en": {"edition": 1, "stories": 0, "new": True}}}
    Run.objects.create(upto=0, started=now, ended=now, report=report)
    rows = {row.language: row.number for row in outlook(now, None).editions}
    assert rows == {"en": 1, "ru": 0, "fa": 0, "sr": 0, "sr-Latn": 0}
    client.force_login(person())
    assert client.get(reverse("publication_desk")).content.decode().count("None yet") == 4


def test_an_edition_is_as_old_as_it_is_however_often_the_press_ran_since(now):
    made = now - timedelta(days=40)
    for hours in range(500):
        editions = {"en": {"edition": 7, "stories": 3, "new": hours == 0}}
        at = made + timedelta(hours=hours)
        Run.objects.create(upto=0, started=at, ended=at, report={"editions": editions})
    (row,) = (row for row in outlook(now, None).editions if row.language == "en")
    assert (row.number, row.since) == (7, made)


def test_signatures_that_ran_out_are_no_good_news(press, now):
    press.run()
    assert state_now(now).kind == "well"
    first = expiries(ROOM, ROOM / "out")[0].expires
    assert state_now(first - timedelta(hours=1)).kind == "waiting"
    gone = state_now(first + timedelta(hours=1))
    assert gone.kind == "stuck"
    assert f"{first:%Y-%m-%d}" in gone.text


def test_a_dead_background_is_told_and_nobody_promises_to_look(client, now):
    Job.objects.create(name="mirrors", started=now - timedelta(hours=3), ended=now - timedelta(hours=3))
    assert "The background does not work" in state_now(now).text
    client.force_login(person())
    answer = client.post(reverse("desk_look_now"), follow=True).content.decode()
    assert "are looked at now" not in answer
    assert answer.count("The background does not work") == 3, "in the message, in the state, in what to see to"
    Job.objects.create(name="recordings", started=now)
    assert state_now(now).kind == "well"
    assert "are looked at now" in client.post(reverse("desk_look_now"), follow=True).content.decode()


@pytest.mark.parametrize(
    "lately", [{"started": 1}, {"started": 90, "ended": 1}, {"started": 90, "claimed_until": -0.5, "ended": 200}]
)
def test_nobody_has_mirrors_looked_at_again_and_again(client, now, lately):
    times = {name: now - timedelta(minutes=minutes) for name, minutes in lately.items()}
    Job.objects.create(name="mirrors", **times)
    client.force_login(member("reporter", "reporter:en"))
    answer = client.post(reverse("desk_look_now"), follow=True).content.decode()
    assert "looked at a moment ago" in answer
    assert Job.objects.get().started == times["started"]
    Job.objects.update(**{name: now - timedelta(minutes=10) for name in lately})
    client.post(reverse("desk_look_now"))
    assert Job.objects.get().started is None


def test_a_job_that_fails_is_no_good_news(now):
    Job.objects.create(name="wires", started=now, fault="OSError: timed out")
    state = state_now(now)
    assert (state.kind, state.text) == ("waiting", "The news is out, but a job in the background fails: Wires")
    assert "does not answer" in state.advice
    assert ("Wires: OSError: timed out", job_advice("timed out")) in outlook(now, None).faults


def test_what_waits_is_told_without_headlines(client, now):
    page = write("Secret plan", go_live_at=now + timedelta(hours=1))
    page.save_revision().publish()
    client.force_login(member("reporter", "reporter:fa"))
    shown = client.get(reverse("publication_desk")).content.decode()
    assert "Stories with a time of their own" in shown
    assert f"the first at {now + timedelta(hours=1):%Y-%m-%d %H:%M} UTC" in shown
    assert "Secret plan" not in shown


def test_headlines_of_drafts_are_for_those_who_may_know(client, now):
    page = write("Secret plan", language="ru")
    log(instance=page, action=FAILED, data={"reason": "was taken down"})
    told = {}
    for role in ("reporter:fa", "editor:ru"):
        client.force_login(member(role, role))
        told[role] = "Secret plan" in client.get(reverse("publication_desk")).content.decode()
    assert told == {"reporter:fa": False, "editor:ru": True}


def test_an_offline_key_that_runs_out_soon_is_urgent(press, now):
    press.run()
    root = next(each for each in expiries(ROOM, ROOM / "out") if each.role == "root")
    assert not root.is_urgent(now)
    assert root.is_urgent(root.expires - timedelta(days=30))


@pytest.fixture
def mirror(press, settings, monkeypatch):
    """A real server of the web root, named in the settings."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(ROOM / "out"))

        def log_message(self, *_):
            pass

    publish(write("Ferry"))
    press.run()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    from tamizdat.newsroom.desk import mirrors, outlook, state  # noqa: PLC0415 - the modules themselves are changed

    def named():
        return replace(load_config(ROOM), mirrors=(MirrorSettings(url),))

    # A mirror on this machine is no way in for readers, so settings would not take it.
    monkeypatch.setattr(mirrors, "publication_settings", named)
    monkeypatch.setattr(outlook, "publication_settings", named)
    monkeypatch.setattr(state, "publication_settings", named)
    yield url
    server.shutdown()
    server.server_close()


def test_an_honest_mirror_is_current(mirror, now):
    check_mirrors()
    check = MirrorCheck.objects.get()
    assert (check.url, check.standing, check.editions["en"]) == (mirror, "current", 1)
    (row,) = outlook(now, None).mirrors
    assert row.strip[-1][1] == "good"
    assert not row.advice


def test_the_only_mirror_is_behind_when_it_lacks_what_the_press_made_hours_ago(mirror, now):
    made = {"en": {"edition": 2, "stories": 2, "new": True}}
    hours_ago, run = now - timedelta(hours=3), {"upto": 0, "report": {"editions": made}}
    lately = Run.objects.create(**run, started=now, ended=now)
    check_mirrors()
    assert MirrorCheck.objects.first().standing == "current", "it may still copy what was made a moment ago"
    Run.objects.filter(pk=lately.pk).update(started=hours_ago, ended=hours_ago)
    check_mirrors()
    assert MirrorCheck.objects.first().standing == "lags"
    (row,) = outlook(datetime.now(UTC), None).mirrors
    assert (row.standing, row.strip[-1][1]) == ("is behind", "poor")
    assert "whether its copying still works" in row.advice


def test_a_mirror_is_behind_when_it_lacks_a_whole_language_that_was_out_hours_ago(mirror, now):
    made = {tag: {"edition": 1, "stories": 1, "new": True} for tag in ("en", "tk")}
    at = now - timedelta(hours=3)
    Run.objects.create(upto=0, started=at, ended=at, report={"editions": made})
    check_mirrors()
    check = MirrorCheck.objects.first()
    assert check.editions["en"] == 1
    assert (check.standing, state_now(now).text) == ("lags", "No mirror serves the newest edition.")


def test_a_mirror_that_lies_is_loud(mirror, now):
    for pack in (ROOM / "out" / "en").glob("*.pack"):
        pack.write_bytes(b"lies" + pack.read_bytes()[4:])
    check_mirrors()
    (row,) = outlook(now, None).mirrors
    assert row.check.standing == "lies"
    assert row.strip[-1][1] == "bad"
    assert "Take it out of the settings" in row.advice


def test_home_says_that_a_mirror_lies(client, mirror, now):
    MirrorCheck.objects.create(url=mirror, at=now, standing="lies")
    client.force_login(person())
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert f"A mirror serves what we did not sign: {mirror}" in home
    assert "desk-state--stuck" in home
    MirrorCheck.objects.create(url=mirror, at=now, standing="current")
    assert state_now(now).kind == "well"


def test_how_long_ago_somebody_looked_is_told(client, mirror, now):
    MirrorCheck.objects.create(url=mirror, at=now - timedelta(hours=5), standing="current")
    (row,) = outlook(now, None).mirrors
    assert row.old
    assert not row.advice
    client.force_login(person())
    page = client.get(reverse("publication_desk")).content.decode()
    assert f'<time datetime="{row.check.at:%Y-%m-%dT%H:%M:%S}' in page
    assert "5\xa0hours" in page
    assert "The last 30 days: 1 good, 0 poor, 0 bad, 29 without a look" in page
    check_mirrors()
    assert not outlook(datetime.now(UTC), None).mirrors[0].old


def test_looks_of_long_ago_are_forgotten(mirror, now):
    old = MirrorCheck.objects.create(url=mirror, at=now - timedelta(days=500), standing="current")
    check_mirrors()
    assert not MirrorCheck.objects.filter(pk=old.pk).exists()


def test_totals_of_a_mirror_are_taken_in(client, now):
    client.force_login(person())
    day = f"{now:%Y-%m-%d}"
    status = {"healthy": True, "totals": {"days": {day: {"en": [2_000, 5_000_000], "fa": [500, 9]}}}}
    upload = SimpleUploadedFile("status.json", json.dumps(status).encode())
    client.post(reverse("desk_take_totals"), {"mirror": "school", "status": upload})
    assert dict(MirrorReach.objects.values_list("language", "answers")) == {"en": 2_000, "fa": 500}
    assert [bar.value for bar in outlook(now, None).reach] == [2_000, 500]


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"totals": {"days": {"x": {"en": [1]}}}}', b"[" * 100_000])
def test_what_is_no_status_is_refused_in_words(client, data):
    client.force_login(person())
    answer = client.post(
        reverse("desk_take_totals"), {"mirror": "x", "status": SimpleUploadedFile("s.json", data or b" ")}, follow=True
    )
    assert "This is not what" in answer.content.decode()
    assert not MirrorReach.objects.exists()


def test_the_desk_costs_few_queries(client, press, django_assert_max_num_queries):
    publish(write("Ferry"))
    press.run()
    client.force_login(person())
    with django_assert_max_num_queries(40):
        page = client.get(reverse("publication_desk")).content.decode()
    assert "Everything that was published lies in the folder “out”" in page


def test_of_two_workers_one_gets_a_job(now):
    job = Round("x", timedelta(minutes=5), timedelta(minutes=1), lambda: None)
    claim = Claim.take(job, now)
    assert claim
    assert not Claim.take(job, now)
    run(claim)
    assert not Claim.take(job, now + timedelta(minutes=1))
    assert Claim.take(job, now + timedelta(minutes=6))


def test_the_claim_of_a_killed_worker_runs_out_in_a_minute(now):
    job = Round("x", timedelta(seconds=10), timedelta(hours=12), lambda: None)
    assert Claim.take(job, now)
    assert not Claim.take(job, now + timedelta(seconds=59))
    assert Claim.take(job, now + timedelta(seconds=61))


def test_whoever_lost_a_claim_frees_it_for_nobody(now):
    job = Round("x", timedelta(seconds=10), timedelta(hours=12), lambda: None)
    slow = Claim.take(job, now)
    other = Claim.take(job, now + timedelta(seconds=61))
    slow.renew()
    slow.end("too late")
    assert not Claim.take(job, now + timedelta(seconds=100))
    assert Job.objects.get().fault == ""
    other.end("")
    assert Claim.take(job, now + timedelta(seconds=100))


def test_a_job_that_hangs_is_once_somebody_elses(now):
    job = Round("x", timedelta(seconds=10), timedelta(seconds=90), lambda: None)
    hangs = Claim.take(job, now - timedelta(minutes=2))
    hangs.renew()
    assert Claim.take(job, now)


@pytest.mark.django_db(transaction=True)
def test_as_long_as_a_worker_lives_nobody_takes_what_it_has(settings):
    settings.JOB_SILENCE_SECONDS = 0.4
    taken = []

    def last():
        first = Job.objects.get().claimed_until
        while Job.objects.get().claimed_until <= first + timedelta(seconds=0.4):
            taken.append(Claim.take(job, datetime.now(UTC)))

    job = Round("x", timedelta(0), timedelta(hours=1), last)
    run(Claim.take(job, datetime.now(UTC)))
    assert set(taken) == {None}
    assert Job.objects.get().fault == ""
    assert Claim.take(job, datetime.now(UTC)), "and then it is free"


def test_a_job_that_fails_is_told_on_the_desk(now, caplog):
    def fail():
        raise OSError("no way")

    job = Round("x", timedelta(seconds=10), timedelta(minutes=5), fail)
    run(Claim.take(job, now))
    assert Job.objects.get().fault == "OSError: no way"
    assert ("x: OSError: no way", job_advice("no way")) in outlook(now, None).faults


def test_every_job_has_a_name_for_people():
    assert [each.name for each in rounds() if job_name(each.name) == each.name] == []


def test_the_worst_of_a_day_counts():
    assert worst("", "good", "bad", "poor") == "bad"
    assert worst("", "") == ""


def test_every_failure_has_advice():
    assert "tries again" in advice("something that nobody thought of")


@pytest.mark.parametrize(
    "fault", ["no way", "No space left on device", "[Errno 13] Permission denied", "timed out", "bad picture"]
)
def test_nobody_is_told_of_the_press_when_a_job_in_the_background_fails(now, fault):
    Job.objects.create(name="wires", started=now, fault=fault)
    (hint,) = (hint for text, hint in outlook(now, None).faults if text.startswith("Wires"))
    assert hint == state_now(now).advice == job_advice(fault)
    assert "press" not in hint
    assert "It is tried again by itself" in job_advice("no way")
