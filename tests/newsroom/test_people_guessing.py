"""How slowly one guesses, and that guessing keeps nobody out who knows."""

import re
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person
from django.contrib.auth.hashers import MD5PasswordHasher
from django.urls import reverse
from people_kit import codes, log_in, member, with_app

from tamizdat.newsroom import web
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.models import Attempts

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def failed_often(what, name):
    """So often that it waits for minutes, however slow this machine is."""
    for _attempt in range(throttle.ONE.free):
        throttle.begin(what, name)
    Attempts.objects.filter(key=throttle.key_of(what, name)).update(failures=12)


def test_guessing_becomes_slow_and_unknown_names_look_the_same(client):
    person()
    for name in ("desk", "nobody"):
        said = [log_in(client, name, "wrong wrong wrong").content.decode() for _attempt in range(throttle.ONE.free)]
        assert all("is wrong" in page for page in said)
        failed_often("password", name)
        assert "Too many attempts" in log_in(client, name, "wrong wrong wrong").content.decode()
        assert "Too many attempts" in log_in(client, name).content.decode(), "even the right password waits"
    assert not Attempts.objects.filter(key__contains="desk").exists()


class CountedHasher(MD5PasswordHasher):
    """What a password costs, counted."""

    algorithm = "counted"
    counted = 0

    def encode(self, password, salt):
        type(self).counted += 1
        return super().encode(password, salt)


def test_unknown_names_and_closed_accounts_cost_as_much_as_known_ones(client, settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]
    sys.modules[__name__].CountedHasher = CountedHasher
    person()
    member("closed", "editor:en", is_active=False)
    costs, pages = [], []
    for name in ("desk", "nobody", "closed"):
        before = CountedHasher.counted
        pages.append(log_in(client, name, "wrong wrong wrong").content.decode())
        costs.append(CountedHasher.counted - before)
    assert costs == [1, 1, 1]
    said = {tuple(re.findall(r'<li class="error">(.*?)</li>', page)) for page in pages}
    assert said == {("The log-in name or the password is wrong.",)}
    page = log_in(client, "closed").content.decode()
    assert "is wrong" in page, "that an account is closed is nobody's business"


def test_codes_are_guessed_slowly_too(client):
    desk = person()
    secret = with_app(desk)
    log_in(client)
    for _attempt in range(3):
        assert "Too many attempts" not in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert Attempts.objects.get(key=throttle.key_of("code", str(desk.pk))).failures == 3
    failed_often("code", str(desk.pk))
    page = client.post(reverse("mfa_authenticate"), {"code": codes(secret)})
    assert "Too many attempts" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_waits_grow_and_end():
    waits = []
    now = NOW
    for _attempt in range(20):
        while wait := throttle.begin("password", "orla", now):
            waits.append(wait)
            now += timedelta(seconds=wait)
    assert waits == [min(2**n, throttle.ONE.most_seconds) for n in range(20 - throttle.ONE.free)]
    assert throttle.begin("password", "ORLA", now) > 0, "another spelling is the same name"
    assert throttle.begin("password", "somebody else", now) == 0
    assert throttle.begin("password", "orla", now + throttle.ONE.forget) == 0


def alarm():
    """So many failures over all names that all names wait sooner."""
    for n in range(throttle.ALL.free + 3):
        assert throttle.begin("password", f"name {n}", NOW) == 0


def test_many_failures_over_all_names_slow_each_name_down_by_its_own_failures_alone():
    alarm()
    assert throttle.begin("password", "orla", NOW) == 0, "nobody has tried this name"
    assert throttle.begin("password", "orla", NOW) == throttle.ALL.most_seconds, "sooner than otherwise"
    soon = NOW + timedelta(seconds=throttle.ALL.most_seconds)
    for n in range(50):
        throttle.begin("password", f"another {n}", soon)
    assert throttle.begin("password", "orla", soon) == 0, "what others do makes the wait no longer"
    assert throttle.begin("password", "milan", soon) == 0
    assert throttle.begin("password", "milan", soon + throttle.ALL.forget) == 0


def test_outsiders_keep_nobody_out_whose_name_they_do_not_know(client):
    person()
    for n in range(throttle.ALL.free + 20):
        throttle.begin("password", f"name {n}")
    assert "is wrong" in log_in(client, "nobody", "wrong wrong wrong").content.decode()
    assert "Too many attempts" in log_in(client, "nobody", "wrong wrong wrong").content.decode()
    assert log_in(client).status_code == 302
    assert "_auth_user_id" in client.session


def test_only_some_passwords_are_looked_at_in_one_moment(client):
    person()
    with ExitStack() as others:
        assert all(others.enter_context(throttle.turn()) for _each in range(throttle.AT_ONCE))
        assert "Too many attempts" in log_in(client).content.decode()
        assert not Attempts.objects.exists(), "it was no attempt"
    assert log_in(client).status_code == 302
    assert throttle.AT_ONCE < web._THREADS


def test_names_without_end_are_not_kept_without_end(monkeypatch):
    monkeypatch.setattr(throttle, "MOST_NAMES", 20)
    for _attempt in range(3):
        throttle.begin("password", "orla", NOW)
    for n in range(100):
        throttle.begin("password", f"name {n}", NOW + timedelta(seconds=n))
    assert Attempts.objects.count() <= 22
    assert Attempts.objects.get(key=throttle.key_of("password", "orla")).failures == 3
    assert Attempts.objects.get(key=throttle.key_of("everybody", "")).failures == 103


def test_success_forgets():
    for _attempt in range(3):
        throttle.begin("password", "orla", NOW)
    throttle.begin("password", "orla", NOW)
    throttle.succeeded("password", "orla")
    assert list(Attempts.objects.values_list("failures", flat=True)) == [3], "of everybody's only the one is forgotten"


def test_old_attempts_are_not_kept():
    throttle.begin("password", "orla", NOW)
    throttle.begin("password", "milan", NOW + timedelta(days=2))
    assert Attempts.objects.count() == 2
