"""When sessions end, and what is left of them then: nothing."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person
from django.test import Client
from django.urls import reverse
from people_kit import log_in

from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.people import sessions
from tamizdat.newsroom.people.models import PersonSession
from tamizdat.newsroom.people.sessions import BEGAN, SEEN, forget_ended, kept_as
from tamizdat.newsroom.people.templatetags import people_tags
from tamizdat.newsroom.pressroom.releasing import order

pytestmark = pytest.mark.django_db
DAY = 24 * 3_600


class Clock:
    """The time, which goes on when a test says so."""

    def __init__(self, monkeypatch):
        self.ahead = 0.0
        real = time.time

        class Later(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromtimestamp(real() + self.ahead, tz)

        monkeypatch.setattr(time, "time", lambda: real() + self.ahead)
        for each in (sessions, people_tags):
            monkeypatch.setattr(each, "datetime", Later)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def test_a_session_ends_two_weeks_after_the_log_in_however_often_it_is_used(client, clock):
    person()
    log_in(client)
    ends = PersonSession.objects.get(person__isnull=False).expire_date
    for _each in range(2 * 14 - 1):
        clock.ahead += DAY / 2 - 60
        assert client.get("/admin/").status_code == 200
        assert PersonSession.objects.get(person__isnull=False).expire_date <= ends + timedelta(seconds=2)
        assert int(client.cookies["newsroom"]["max-age"]) <= 14 * DAY - clock.ahead + 2
    clock.ahead = 14 * DAY + 1
    assert client.get("/admin/")["Location"].startswith(reverse("account_login"))


def test_a_session_that_never_began_is_over(client):
    client.force_login(person())
    session = client.session
    del session[BEGAN]
    session.save()
    assert client.get("/admin/").status_code == 302


def test_nothing_is_left_of_sessions_that_ended(client, clock):
    here = Client()
    person()
    for each in (client, Client()):
        log_in(each)
    Client().get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    assert PersonSession.objects.count() == 3
    assert forget_ended() == 0
    clock.ahead = 0.4 * DAY
    client.get("/admin/")
    assert forget_ended() == 1, "of whoever never logged in"
    clock.ahead = 0.6 * DAY
    log_in(here)
    page = here.get(reverse("mfa_index")).content.decode()
    assert page.count('name="session"') == 1, "one that ended is not shown"
    assert forget_ended() == 1
    assert set(PersonSession.objects.values_list("session_key", flat=True)) == {
        kept_as(each.session.session_key) for each in (client, here)
    }
    clock.ahead = 20 * DAY
    assert forget_ended() == 2
    assert forget_ended in {each.work for each in rounds()}


def test_strangers_leave_few_rows_and_put_nobody_out(client, monkeypatch):
    monkeypatch.setattr(sessions, "MOST_STRANGERS", 20)
    person()
    log_in(client)
    for _each in range(50):
        answer = Client().get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
        assert "request_options" in answer.json()
        assert int(answer.cookies["newsroom"]["max-age"]) <= 1_800
    ends = PersonSession.objects.filter(person=None).values_list("expire_date", flat=True)
    assert len(ends) <= 20
    assert max(ends) < datetime.now(UTC) + timedelta(hours=1)
    assert client.get("/admin/").status_code == 200
    assert client.session[SEEN]


def test_a_desk_that_comes_anew_by_itself_keeps_no_session_alive(client, clock):
    person()
    log_in(client)
    order("something")
    clock.ahead = DAY / 2 - 600
    seconds, _semicolon, anew = client.get(reverse("publication_desk")).headers["Refresh"].partition("; url=")
    assert int(seconds) < 10
    clock.ahead = DAY - 1_200
    assert client.get(anew).status_code == 200, "it was used in the meantime"
    assert client.get(anew).headers["Refresh"].endswith(anew)
    clock.ahead = DAY
    assert client.get(anew)["Location"].startswith(reverse("account_login"))
