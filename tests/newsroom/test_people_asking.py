"""A session alone gives no account away: the password is asked for again first."""

import time
from datetime import UTC, datetime
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from desk_kit import person
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from lxml import html
from people_kit import PASSWORD, ask, codes, log_in, member, own_account, with_app

from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.actions import roles_of
from tamizdat.newsroom.people.asking import FIELD, ask_again
from tamizdat.newsroom.people.models import Attempts, Person

pytestmark = pytest.mark.django_db
NEW = "quiet harbour lamp"
AGAIN = reverse("account_reauthenticate")
TYPED = "application/x-www-form-urlencoded"


@pytest.fixture
def other():
    made = member("other", "editor:en")
    with_app(made)
    return made


@pytest.fixture
def thief(client, other):
    """Who has the session of an administrator, who just logged in, and nothing else."""
    person("admin")
    log_in(client, "admin")
    return client


def acts(other):
    """Everything by which an account is given away: where it is shown, where it is done, and what is sent there."""
    edit, roles = reverse("wagtailusers_users:edit", args=[other.pk]), reverse("people_roles", args=[other.pk])
    new = {"username": "mine", "password1": NEW, "password2": NEW}
    group = reverse("wagtailusers_groups:edit", args=[other.groups.get().pk])
    bulk = [reverse("wagtail_bulk_action", args=["people", "person", act]) for act in ("delete", "set_active_state")]
    return [
        (roles, roles, {"administrator": "on"}),
        (edit, edit, {**new, "is_active": "on"}),
        (edit, reverse("people_forget_factors", args=[other.pk]), {}),
        (reverse("wagtailusers_users:add"), reverse("wagtailusers_users:add"), new),
        *((reverse(f"wagtailusers_users:{act}", args=[other.pk]),) * 2 + ({},) for act in ("delete",)),
        (group, group, {"name": "Everybody"}),
        *((f"{address}?id={other.pk}",) * 2 + ({"mark_as_active": "False"},) for address in bulk),
    ]


def test_a_session_alone_changes_no_account(thief, other):
    for shown, done, sent in acts(other):
        for answer in (thief.get(shown), *([] if sent else [thief.post(done)])):
            assert answer.status_code == 302, shown
            assert answer["Location"].startswith(AGAIN), shown
        if sent:
            answer = thief.post(done, sent)
            assert (answer.status_code, answer["Cache-Control"]) == (403, "no-store"), done
            assert "Say your password again" in answer.content.decode(), done
        assert "request" not in str(dict(thief.session)), "what was typed is not kept"
    now = Person.objects.get(pk=other.pk)
    assert (now.username, now.is_active, now.is_superuser) == ("other", True, False)
    assert roles_of(now) == {("editor", "en")}
    assert now.check_password(PASSWORD)
    assert Authenticator.objects.filter(user=other).exists()
    assert Person.objects.count() == 2


def test_all_screens_of_accounts_ask_but_those_that_only_tell(thief, other):
    """Also one that another version of Wagtail brings."""
    groups = {"users": other.pk, "groups": other.groups.get().pk}
    freely = set()
    for kind, key in groups.items():
        (part,) = (each for each in get_resolver("wagtail.admin.urls").url_patterns if is_of(each, kind))
        for act in {each.name for each in part.url_patterns}:
            name = f"wagtailusers_{kind}:{act}"
            try:
                address = reverse(name)
            except NoReverseMatch:
                address = reverse(name, args=[key])
            if not thief.get(address).get("Location", "").startswith(AGAIN):
                freely.add(act)
    assert freely == {"index", "index_results", "history", "history_results", "usage"}


def is_of(part, kind):
    return getattr(part, "namespace", None) == f"wagtailusers_{kind}"


def test_a_screen_that_nobody_knew_of_asks_too(thief, rf):
    request = rf.post("/admin/users/lend/1/", {"to": "mine"})
    request.user, request.session = Person.objects.get(username="admin"), thief.session
    request.resolver_match = SimpleNamespace(view_name="wagtailusers_users:lend")
    assert ask_again(request, {"pk": 1}).status_code == 403
    request.resolver_match.view_name = "wagtailusers_users:history"
    assert ask_again(request, {"pk": 1}) is None


def test_whoever_says_the_password_is_led_back_and_not_asked_for_a_while(thief, other):
    address = reverse("people_roles", args=[other.pk])
    asked = thief.get(address)["Location"]
    assert "wrong" not in thief.get(asked).content.decode()
    assert thief.post(asked, {"password": "wrong wrong wrong"}).status_code == 200
    assert thief.get(address).status_code == 302
    assert thief.post(asked, {"password": PASSWORD})["Location"] == address
    for shown, _done, _sent in acts(other):
        assert thief.get(shown).status_code == 200, shown
    assert thief.post(address, {"role": "editor:fa"}).status_code == 302
    assert roles_of(other) == {("editor", "fa")}


def test_a_form_may_take_longer_than_its_screen(thief, other, monkeypatch):
    real, address = time.time, reverse("people_roles", args=[other.pk])
    ask(thief)
    assert thief.get(address).status_code == 200
    monkeypatch.setattr(time, "time", lambda: real() + 800)
    assert thief.get(address)["Location"].startswith(AGAIN)
    assert thief.post(address, {"role": "editor:fa"})["Location"] == reverse("wagtailusers_users:edit", args=[other.pk])
    monkeypatch.setattr(time, "time", lambda: real() + 1_000)
    assert thief.post(address, {"role": "editor:ru"}).status_code == 403
    assert roles_of(other) == {("editor", "fa")}


def form_of(answer):
    """Where the form leads that an answer shows, and what it sends as it is."""
    (found,) = html.fromstring(answer.content.decode()).xpath("//main//form")
    return found.get("action"), [(name, value) for name, value in found.form_values() if name != FIELD]


def resent(client, answer, password):
    """Send the form again as a browser would, with the password; the answer."""
    address, fields = form_of(answer)
    return client.post(address, urlencode([*fields, (FIELD, password)]), content_type=TYPED)


def test_what_was_typed_for_too_long_is_done_once_the_password_is_said(thief, other):
    address = reverse("people_roles", args=[other.pk])
    first = thief.post(address, {"role": ["editor:fa", "reporter:ru"], "note": 'a "b" <c>\nd'})
    assert form_of(first)[0] == address
    for role in ("editor:fa", "reporter:ru"):
        assert ("role", role) in form_of(first)[1]
    assert ("note", 'a "b" <c>\nd') in form_of(first)[1]
    again = resent(thief, first, "wrong wrong wrong")
    assert again.status_code == 403
    assert "entered incorrectly" in again.content.decode()
    assert "wrong wrong wrong" not in again.content.decode(), "the password is not what was typed"
    assert roles_of(other) == {("editor", "en")}
    assert Attempts.objects.get(key=throttle.key_of("password", "admin")).failures == 1
    assert form_of(again)[1][1:] == form_of(first)[1][1:], "all but the token"
    assert resent(thief, again, PASSWORD).status_code == 302
    assert roles_of(other) == {("editor", "fa"), ("reporter", "ru")}
    assert thief.get(address).status_code == 200, "and is not asked for again at once"


def test_the_form_shows_what_it_does_but_no_password(thief, other):
    edit = reverse("wagtailusers_users:edit", args=[other.pk])
    said = thief.post(edit, {"username": "mine", "password1": NEW, "password2": NEW}).content.decode()
    assert "<dd><bdi>mine</bdi></dd>" in said
    assert f"<bdi>{NEW}</bdi>" not in said
    assert "<c>" not in thief.post(edit, {"username": "<c>"}).content.decode()


def test_another_site_neither_sends_it_nor_sees_it(thief, other):
    address = reverse("people_roles", args=[other.pk])
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = thief.cookies
    for more in ({}, {FIELD: PASSWORD}):
        answer = stranger.post(address, {"role": "editor:fa", **more}, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
        assert "editor:fa" not in answer.content.decode()
    assert roles_of(other) == {("editor", "en")}


def test_too_many_guesses_end_there_too(thief, other):
    address = reverse("people_roles", args=[other.pk])
    Attempts.objects.create(key=throttle.key_of("password", "admin"), failures=12, last=datetime.now(UTC))
    answer = resent(thief, thief.post(address, {"role": "editor:fa"}), PASSWORD)
    assert "Too many attempts" in answer.content.decode()
    assert roles_of(other) == {("editor", "en")}


def test_files_are_not_kept(thief, other):
    address = reverse("people_roles", args=[other.pk])
    answer = thief.post(address, {"role": "editor:fa", "file": BytesIO(b"x")})
    assert answer["Location"].startswith(AGAIN)


def test_who_has_no_password_goes_another_way_and_keeps_what_was_typed(client, other):
    admin = person("admin")
    secret = with_app(admin)
    log_in(client, "admin")
    client.post(reverse("mfa_authenticate"), {"code": codes(secret)})
    Person.objects.filter(pk=admin.pk).update(password="!")
    admin.refresh_from_db()
    client.force_login(admin)
    address = reverse("people_roles", args=[other.pk])
    answer = client.post(address, {"role": "editor:fa"})
    assert reverse("mfa_reauthenticate") in answer.content.decode()
    assert 'type="password"' not in answer.content.decode()
    assert resent(client, answer, PASSWORD).status_code == 403
    throttle.succeeded("code", "admin")
    Attempts.objects.all().delete()
    cache.clear()
    client.post(reverse("mfa_reauthenticate"), {"code": codes(secret)})
    assert resent(client, answer, "").status_code == 302
    assert roles_of(other) == {("editor", "fa")}


def test_a_second_factor_will_do_too(client, other):
    secret = with_app(person("admin"))
    log_in(client, "admin")
    client.post(reverse("mfa_authenticate"), {"code": codes(secret)})
    address = reverse("people_roles", args=[other.pk])
    assert client.get(address).status_code == 302, "the log-in is not enough"
    throttle.succeeded("code", "admin")
    again = reverse("mfa_reauthenticate")
    assert again in client.get(client.get(address)["Location"]).content.decode()


def test_another_address_takes_the_password(client, settings):
    settings.WAGTAIL_EMAIL_MANAGEMENT_ENABLED = True
    desk = person()
    log_in(client)
    mine = {"name_email-email": "thief@example.com"}
    for typed in ("", "wrong wrong wrong"):
        answer = own_account(client, **mine, **{"name_email-old_password": typed})
        assert "entered incorrectly" in answer.content.decode()
        assert "thief@example.com" in answer.content.decode(), "what was typed is still there"
    assert not Person.objects.get(pk=desk.pk).email
    assert own_account(client, **{"name_email-first_name": "O."}).status_code == 302, "all else takes none"
    assert own_account(client, **mine, **{"name_email-old_password": PASSWORD}).status_code == 302
    now = Person.objects.get(pk=desk.pk)
    assert (now.email, str(now)) == ("thief@example.com", "O.")
    assert now.check_password(PASSWORD)


def test_ones_own_password_is_guessed_slowly(client):
    desk = person()
    log_in(client)
    new = {"password-new_password1": NEW, "password-new_password2": NEW}
    for n in range(throttle.ONE.free):
        answer = own_account(client, **new, **{"password-old_password": "wrong wrong wrong"})
        assert "entered incorrectly" in answer.content.decode()
        assert Attempts.objects.get(key=throttle.key_of("password", "desk")).failures == n + 1
    Attempts.objects.filter(key=throttle.key_of("password", "desk")).update(failures=12)
    assert "Too many attempts" in own_account(client, **new, **{"password-old_password": PASSWORD}).content.decode()
    Attempts.objects.all().delete()
    assert own_account(client, **new, **{"password-old_password": PASSWORD}).status_code == 302
    assert Person.objects.get(pk=desk.pk).check_password(NEW)
    assert client.get("/admin/").status_code == 200
