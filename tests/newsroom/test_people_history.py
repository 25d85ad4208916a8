"""What the history tells of accounts: who changed which way in, whose door somebody tries. No address of any kind."""

import re

import pytest
from desk_kit import person
from django.core import mail
from django.urls import reverse
from people_kit import PASSWORD, ask, await_letters, behind_the_button, log_in, member, own_account
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.audit import MANY, note_failures
from tamizdat.newsroom.people.models import Attempts, Person, PersonSession, RoleGroup

pytestmark = pytest.mark.django_db
NEW = "quiet harbour lamp"


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.WAGTAIL_EMAIL_MANAGEMENT_ENABLED = settings.WAGTAIL_PASSWORD_RESET_ENABLED = True


def noted(who):
    """What stands in the history of an account beside log-ins: (what, by whom). Nothing of it is an address."""
    entries = ModelLogEntry.objects.filter(object_id=str(who.pk)).order_by("pk")
    for entry in entries:
        said = f"{entry.label} {entry.data} {entry.formatter.format_message(entry)}"
        assert not re.search(r"example|127\.0\.0\.1|\$", said), said
    return [(each.action, each.user and each.user.username) for each in entries if each.action != "people.log_in"]


def test_ones_own_password_and_address_are_noted(client):
    desk = person()
    log_in(client)
    own_account(client, **{"name_email-first_name": "O."})
    assert noted(desk) == [("wagtail.edit", "desk")]
    typed = {"name_email-email": "orla@far-shore.example", "name_email-old_password": PASSWORD}
    own_account(client, **typed)
    assert ("people.mail_changed", "desk") in noted(desk)
    assert ("people.password_changed", "desk") not in noted(desk)
    new = {"password-new_password1": NEW, "password-new_password2": NEW}
    own_account(client, **new, **{"password-old_password": PASSWORD})
    assert ("people.password_changed", "desk") in noted(desk)


def test_what_an_administrator_changes_is_noted_as_theirs(client):
    editor = member("editor", "editor:en")
    client.force_login(person("admin"))
    ask(client)
    typed = {"username": "editor", "first_name": "", "is_active": "on", "email": "e@far-shore.example"}
    address = reverse("wagtailusers_users:edit", args=[editor.pk])
    assert client.post(address, {**typed, "password1": NEW, "password2": NEW}).status_code == 302
    assert {("people.password_changed", "admin"), ("people.mail_changed", "admin")} <= set(noted(editor))


def test_a_password_that_was_reset_by_mail_is_noted_and_ends_sessions(client):
    from django.test import Client  # noqa: PLC0415 - needs settings

    desk, inside = person(), Client()
    Person.objects.filter(pk=desk.pk).update(email="orla@far-shore.example")
    log_in(inside)
    client.post(reverse("wagtailadmin_password_reset"), {"email": "orla@far-shore.example"})
    await_letters()
    (link,) = re.findall(r"/admin/password_reset/confirm/\S+", mail.outbox[0].body)
    address = behind_the_button(client.get(link))
    client.post(address, {"new_password1": NEW, "new_password2": "another"})
    assert noted(desk) == []
    client.post(address, {"new_password1": NEW, "new_password2": NEW})
    assert noted(desk) == [("people.password_reset", "desk")]
    assert not PersonSession.objects.filter(person=desk).exists()
    assert inside.get("/admin/").status_code == 302


@pytest.mark.parametrize("what", ["password", "code"])
def test_whose_door_is_tried_often_is_noted_once_a_day(what):
    desk = person()
    member("editor", "editor:en")
    name = "Desk" if what == "password" else str(desk.pk)
    throttle.begin(what, name)
    assert note_failures() == 0
    Attempts.objects.filter(key=throttle.key_of(what, name)).update(failures=MANY)
    for n in range(MANY * 2):
        throttle.begin("password", f"nobody {n}")
    assert [note_failures() for _each in range(3)] == [1, 0, 0]
    assert noted(desk) == [("people.tries_failed", None)]
    assert ModelLogEntry.objects.get().data == {"count": MANY}
    assert note_failures in {each.work for each in rounds()}


def in_bulk(client, act, *people, **fields):
    query = "&".join(f"id={each.pk}" for each in people)
    return client.post(f"{reverse('wagtail_bulk_action', args=['people', 'person', act])}?{query}", fields)


@pytest.fixture
def admin(client):
    client.force_login(person("admin"))
    ask(client)
    return client


def test_accounts_that_are_closed_together_are_out_at_once_and_it_is_noted(admin):
    from django.test import Client  # noqa: PLC0415 - needs settings

    one, two, inside = member("one", "editor:en"), member("two", "editor:en", is_active=False), Client()
    log_in(inside, "one")
    in_bulk(admin, "set_active_state", one, two, mark_as_active="False")
    assert not PersonSession.objects.filter(person=one).exists()
    assert noted(one) == [("people.closed", "admin")]
    assert noted(two) == [], "it was closed already"
    in_bulk(admin, "set_active_state", one, two, mark_as_active="True")
    assert noted(one)[1:] == noted(two) == [("people.opened", "admin")]
    assert inside.get("/admin/").status_code == 302, "and the old session does not come back"
    assert admin.get("/admin/").status_code == 200


def test_accounts_that_are_deleted_together_are_noted(admin):
    one, two = member("one", "editor:en"), member("two", "editor:en")
    in_bulk(admin, "delete", one, two)
    assert [noted(each) for each in (one, two)] == [[("wagtail.delete", "admin")]] * 2


def test_roles_are_given_to_nobody_in_bulk(admin):
    one = member("one", "moderator:en")
    group = RoleGroup.objects.get(role="desk_head", language="en").group
    in_bulk(admin, "assign_role", one, role=group.pk)
    assert group not in one.groups.all()
    page = admin.get(reverse("wagtailusers_users:index")).content.decode()
    assert "set_active_state" in page
    assert "assign_role" not in page


def test_closing_one_account_is_noted(admin):
    one = member("one", "editor:en")
    admin.post(reverse("wagtailusers_users:edit", args=[one.pk]), {"username": "one", "first_name": ""})
    assert ("people.closed", "admin") in noted(one)
