"""Who may do what, and who comes in."""

import time
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from desk_kit import newspaper, person, write
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from people_kit import LOGIN, PASSWORD, ask, behind_the_button, codes, log_in, member, with_app
from wagtail.models import GroupPagePermission, ModelLogEntry, WorkflowPage

from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.accounts import account_from, arrival_of, let_in, make_first_account
from tamizdat.newsroom.first_run.answers import Account
from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.actions import GiveRoles, roles_of
from tamizdat.newsroom.people.models import Person, PersonSession, RoleGroup
from tamizdat.newsroom.people.roles import ROLES
from tamizdat.newsroom.people.sessions import kept_as
from tamizdat.newsroom.people.set_up import set_up_people

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


# --- Roles --------------------------------------------------------------------------------------------------------


def test_every_newspaper_has_every_role_and_a_review():
    for language in ("en", "ru", "fa", "sr", "sr-Latn"):
        assert RoleGroup.objects.filter(language=language).count() == len(ROLES)
        assert WorkflowPage.objects.filter(page=newspaper(language)).exists()


def test_setting_up_again_gives_nothing_back():
    entry = RoleGroup.objects.get(role="editor", language="ru")
    entry.group.permissions.clear()
    GroupPagePermission.objects.filter(group=entry.group, permission__codename="publish_page").delete()
    before = Group.objects.count()
    set_up_people()
    assert Group.objects.count() == before
    assert not entry.group.permissions.exists()
    assert not GroupPagePermission.objects.filter(group=entry.group, permission__codename="publish_page").exists()


def test_a_review_that_was_taken_away_stays_away():
    WorkflowPage.objects.filter(page=newspaper("ru")).delete()
    set_up_people()
    assert not WorkflowPage.objects.filter(page=newspaper("ru")).exists()


@pytest.mark.parametrize(
    ("role", "add", "edit_others", "publish", "unlock"),
    [
        ("reporter", True, False, False, False),
        ("translator", True, True, False, False),
        ("editor", True, True, True, False),
        ("desk_head", True, True, True, True),
        ("moderator", False, False, False, False),
    ],
)
def test_a_role_counts_in_its_language_alone(role, add, edit_others, publish, unlock):
    somebody = member("somebody", f"{role}:en")
    for language, here in (("en", True), ("ru", False)):
        page = write("Harbour", language=language)
        may = page.permissions_for_user(somebody)
        assert newspaper(language).permissions_for_user(somebody).can_add_subpage() == (add and here)
        assert may.can_edit() == (edit_others and here)
        assert may.can_publish() == (publish and here)
        page.locked = True
        assert may.page_locked() is not None
        assert may.can_unlock() == (unlock and here)


def test_a_reporter_writes_submits_and_does_not_publish(client):
    reporter, editor = member("reporter", "reporter:en"), member("editor", "editor:en")
    client.force_login(reporter)
    page = write("Mine", language="en", owner=reporter)
    may = page.permissions_for_user(reporter)
    assert may.can_edit()
    assert not may.can_publish()
    page.save_revision(user=reporter)
    workflow = page.get_workflow()
    workflow.start(page, reporter)
    task = page.current_workflow_task
    assert task.user_can_access_editor(page, editor)
    assert [action[0] for action in task.get_actions(page, editor)]
    assert not task.get_actions(page, reporter)
    assert not task.get_actions(page, member("stranger", "editor:ru"))


def test_nobody_but_an_administrator_gives_roles(client):
    head, other = member("head", "desk_head:en"), member("other")
    client.force_login(head)
    assert client.get(reverse("people_roles", args=[other.pk])).status_code == 302
    wish = {"administrator": "on"}
    assert client.post(reverse("people_roles", args=[other.pk]), wish).status_code == 403
    ask(client)
    assert client.post(reverse("people_roles", args=[other.pk]), wish).status_code == 302
    assert not Person.objects.get(pk=other.pk).is_superuser
    with pytest.raises(PermissionDenied):
        GiveRoles(other, frozenset(), is_administrator=True, sees_real_names=False, by=head).execute()
    assert client.get(reverse("wagtailusers_users:edit", args=[other.pk])).status_code == 302


def test_the_matrix_gives_and_takes(client):
    admin, other = person("admin"), member("other", "reporter:en")
    own = Group.objects.create(name="Chess club")
    other.groups.add(own)
    client.force_login(admin)
    ask(client)
    page = client.get(reverse("people_roles", args=[other.pk])).content.decode()
    assert 'value="reporter:en" checked' in page
    assert 'value="editor:fa">' in page
    answer = client.post(reverse("people_roles", args=[other.pk]), {"role": ["editor:fa", "translator:en"]})
    assert answer.status_code == 302
    assert roles_of(other) == {("editor", "fa"), ("translator", "en")}
    assert own in other.groups.all()
    entry = ModelLogEntry.objects.get(action="people.roles")
    assert entry.user == admin
    assert entry.data["given"] == ["editor:fa", "translator:en"]
    assert entry.data["taken"] == ["reporter:en"]
    assert "editor:fa" in str(entry.formatter.format_message(entry))


def test_somebody_is_always_administrator():
    Person.objects.filter(is_superuser=True).delete()
    admin = person("admin")
    with pytest.raises(ValidationError, match="Somebody must be administrator"):
        GiveRoles(admin, frozenset(), is_administrator=False, sees_real_names=False, by=admin).execute()
    assert Person.objects.get(pk=admin.pk).is_superuser


def test_real_names_are_for_heads_of_desk_who_are_given_them():
    admin, head = person("admin"), member("head", "desk_head:en")
    assert not head.has_perm("stories.see_real_name")
    for role in ROLES:
        assert not member(role.name, f"{role.name}:en").has_perm("stories.see_real_name")
    with pytest.raises(ValidationError, match="Only heads of desk"):
        GiveRoles(head, frozenset({("editor", "en")}), is_administrator=False, sees_real_names=True, by=admin).execute()
    GiveRoles(head, frozenset({("desk_head", "en")}), is_administrator=False, sees_real_names=True, by=admin).execute()
    assert Person.objects.get(pk=head.pk).has_perm("stories.see_real_name")


def test_screens_of_accounts_ask_for_no_name_and_no_address(client):
    client.force_login(person("admin"))
    ask(client)
    page = client.get(reverse("wagtailusers_users:add")).content.decode()
    assert 'name="username"' in page
    assert 'name="last_name"' not in page
    assert 'name="email"' not in page
    answer = client.post(
        reverse("wagtailusers_users:add"),
        {
            "username": "newcomer",
            "first_name": "",
            "password1": "quiet harbour lamp",
            "password2": "quiet harbour lamp",
        },
    )
    assert answer.status_code == 302
    newcomer = Person.objects.get(username="newcomer")
    answer = client.post(
        reverse("wagtailusers_users:edit", args=[newcomer.pk]),
        {"username": "newcomer", "first_name": "N.", "is_active": "on", "password1": "", "password2": ""},
    )
    assert answer.status_code == 302
    assert str(Person.objects.get(pk=newcomer.pk)) == "N."
    assert client.get(reverse("wagtailadmin_account")).status_code == 200


def edited(client, who, **fields):
    """Save somebody's account as the screen shows it, with ``fields`` changed; the answer."""
    address = reverse("wagtailusers_users:edit", args=[who.pk])
    shown = client.get(address).context["form"]
    typed = {"username": who.username, "first_name": who.first_name, "password1": "", "password2": ""}
    return client.post(address, {**typed, **({"is_active": "on"} if "is_active" in shown.fields else {}), **fields})


def test_saving_an_account_leaves_roles_and_administrators_as_they_are(client):
    admin, second, editor = person("admin"), person("second"), member("editor", "editor:en", "translator:fa")
    club = Group.objects.create(name="Chess club")
    for each in (admin, second, editor):
        each.groups.add(club)
    client.force_login(admin)
    ask(client)
    for each in (admin, second, editor):
        answer = edited(client, each, first_name="N.", password1="quiet harbour lamp", password2="quiet harbour lamp")
        assert answer.status_code == 302, answer.context["form"].errors
    assert roles_of(editor) == {("editor", "en"), ("translator", "fa")}
    assert set(club.user_set.all()) == {admin, second, editor}
    for each, is_administrator in ((admin, True), (second, True), (editor, False)):
        now = Person.objects.get(pk=each.pk)
        assert (str(now), now.is_superuser) == ("N.", is_administrator)
        assert now.check_password("quiet harbour lamp")


def test_the_screens_of_accounts_give_no_roles_however_they_are_asked(client):
    """Roles are given where the log says so, and by nothing that was slipped into another form."""
    client.force_login(person("admin"))
    ask(client)
    editor, head = member("editor", "editor:en"), RoleGroup.objects.get(role="desk_head", language="en").group
    slipped = {"is_superuser": "on", "groups": [head.pk]}
    assert edited(client, editor, **slipped).status_code == 302
    assert roles_of(editor) == {("editor", "en")}
    new = {"username": "newcomer", "password1": "quiet harbour lamp", "password2": "quiet harbour lamp"}
    assert client.post(reverse("wagtailusers_users:add"), {**new, **slipped}).status_code == 302
    assert not roles_of(Person.objects.get(username="newcomer"))
    assert not Person.objects.filter(is_superuser=True).exclude(username="admin").exists()


# --- Log-in -------------------------------------------------------------------------------------------------------


def test_a_log_in_turns_the_session_key_and_is_logged(client):
    person()
    client.get(LOGIN)
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    answer = log_in(client)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("wagtailadmin_home")
    assert client.session.session_key != before
    entry = ModelLogEntry.objects.get(action="people.log_in")
    assert "127.0.0.1" not in str(entry.data)
    assert client.get("/admin/").status_code == 200


def test_wagtails_own_log_in_is_no_way_around(client):
    """Its address is ours; its view, which knows no second factor, is reached by none."""
    secret = with_app(person())
    answer = client.post(reverse("wagtailadmin_login"), {"username": "desk", "password": PASSWORD})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    answer = log_in(client)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/security/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": codes(secret)})
    assert client.get("/admin/").status_code == 200


def test_a_code_works_once(client):
    secret = with_app(person())
    code = codes(secret)
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get("/admin/").status_code == 200
    client.post(reverse("account_logout"))
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get("/admin/").status_code == 302


def test_a_password_that_was_reset_by_e_mail_logs_nobody_in(client, settings):
    from django.contrib.auth.tokens import default_token_generator  # noqa: PLC0415 - needs settings
    from django.utils.http import urlsafe_base64_encode  # noqa: PLC0415 - as above

    desk = person()
    uid, token = urlsafe_base64_encode(str(desk.pk).encode()), default_token_generator.make_token(desk)
    address = reverse("wagtailadmin_password_reset_confirm", args=[uid, token])
    assert client.get(address).status_code == 404, "no mail, no reset"
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    with_app(desk)
    page = client.get(address)
    assert "no-store" in page["Cache-Control"]
    fields = {"new_password1": "another quiet lamp", "new_password2": "another quiet lamp"}
    client.post(behind_the_button(page), fields)
    assert "_auth_user_id" not in client.session
    assert log_in(client, password="another quiet lamp")["Location"] == reverse("mfa_authenticate")


def test_secrets_of_apps_are_sealed_in_the_database():
    secret = with_app(person())
    stored = Authenticator.objects.get().data["secret"]
    assert secret not in stored
    assert TOTP(Authenticator.objects.get()).validate_code(codes(secret))


def test_what_is_left_of_allauths_own_pages_can_be_seen(client):
    assert client.get(reverse("account_inactive")).status_code == 200
    assert client.get(reverse("account_logout")).status_code == 302
    person()
    log_in(client)
    assert client.get(reverse("account_logout")).status_code == 200


# --- Sessions -----------------------------------------------------------------------------------------------------


def test_one_sees_and_ends_ones_own_sessions(client, django_user_model):
    from django.test import Client  # noqa: PLC0415 - needs settings

    desk = person()
    elsewhere = Client()
    for each in (client, elsewhere):
        log_in(each)
        assert each.get("/admin/").status_code == 200
    page = client.get(reverse("mfa_index")).content.decode()
    keys = list(PersonSession.objects.filter(person=desk).values_list("session_key", flat=True))
    assert len(keys) == 2
    assert client.session.session_key not in keys, "a backup would open the session"
    assert client.session.session_key not in page
    other = PersonSession.objects.get(session_key=kept_as(elsewhere.session.session_key))
    client.post(reverse("people_end_own_sessions"), {"session": other.digest})
    assert elsewhere.get("/admin/").status_code == 302
    assert client.get("/admin/").status_code == 200


def test_nobody_ends_sessions_of_others(client):
    from django.test import Client  # noqa: PLC0415 - needs settings

    person("admin")
    member("editor", "editor:en")
    admins = Client()
    log_in(admins, "admin")
    log_in(client, "editor")
    theirs = PersonSession.objects.get(session_key=kept_as(admins.session.session_key))
    client.post(reverse("people_end_own_sessions"), {"session": theirs.digest})
    client.post(reverse("people_end_sessions", args=[Person.objects.get(username="admin").pk]))
    assert admins.get("/admin/").status_code == 200


def test_closing_an_account_ends_its_sessions_at_once(client):
    from django.test import Client  # noqa: PLC0415 - needs settings

    editor = member("editor", "editor:en")
    theirs = Client()
    log_in(theirs, "editor")
    person("admin")
    log_in(client, "admin")
    ask(client)
    client.post(reverse("wagtailusers_users:edit", args=[editor.pk]), {"username": "editor", "first_name": ""})
    assert not PersonSession.objects.filter(person=editor).exists()
    assert theirs.get("/admin/").status_code == 302


def test_an_idle_session_ends(client, settings):
    person()
    log_in(client)
    settings.SESSION_IDLE_SECONDS = -1
    assert client.get("/admin/").status_code == 302
    settings.SESSION_IDLE_SECONDS = 1_000
    assert client.get("/admin/").status_code == 302


def test_an_open_editor_alone_does_not_keep_a_session(client):
    person()
    log_in(client)
    session = client.session
    session["newsroom_seen"] = time.time() - 1_000
    session.save()
    client.post("/admin/editing-sessions/ping/wagtailcore/page/1/1/")
    assert client.session["newsroom_seen"] < time.time() - 900
    client.get("/admin/")
    assert client.session["newsroom_seen"] > time.time() - 100


def test_administrators_get_a_second_factor_before_anything_else(client, settings):
    settings.SECOND_FACTOR_FOR = "administrators"
    admin = person("admin")
    member("editor", "editor:en")
    log_in(client, "admin")
    for address in ("/admin/", "/admin/pages/", reverse("wagtailadmin_account"), "/pictures/x"):
        assert client.get(address)["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    with_app(admin)
    assert client.get("/admin/").status_code == 200
    client.logout()
    log_in(client, "editor")
    assert client.get("/admin/").status_code == 200
    settings.SECOND_FACTOR_FOR = "everybody"
    assert client.get("/admin/").status_code == 302


def test_an_administrator_helps_who_lost_a_factor(client):
    editor = member("editor", "editor:en")
    with_app(editor)
    admin = person("admin")
    with_app(admin)
    client.force_login(admin)
    ask(client)
    client.post(reverse("people_forget_factors", args=[editor.pk]))
    assert not Authenticator.objects.filter(user=editor).exists()
    assert ModelLogEntry.objects.filter(action="people.factors_forgotten", user=admin).exists()
    assert client.post(reverse("people_forget_factors", args=[admin.pk])).status_code == 302
    assert Authenticator.objects.filter(user=admin).exists(), "one's own takes a factor"


def test_whoever_has_the_machine_can_be_let_in_again(client):
    from django.test import Client  # noqa: PLC0415 - needs settings

    editor = member("editor", "editor:en")
    thief = Client()
    log_in(thief, "editor")
    with_app(editor)
    Person.objects.filter(pk=editor.pk).update(is_active=False)
    for _attempt in range(throttle.ONE.free + 1):
        log_in(client, "editor", "wrong wrong wrong")
    password = let_in("editor", administrator=True)["password"]
    assert log_in(client, "editor", password)["Location"] == reverse("wagtailadmin_home")
    assert Person.objects.get(pk=editor.pk).is_superuser
    assert thief.get("/admin/").status_code == 302
    assert ModelLogEntry.objects.filter(action="people.let_in").exists()
    with pytest.raises(UsageError, match="nobody here"):
        let_in("nobody", administrator=False)


def test_a_ticket_arrives_once_and_not_late(client, settings):
    """The address at which the wizard's browser is logged in."""
    from django.core import signing  # noqa: PLC0415 - needs settings
    from django.test import Client  # noqa: PLC0415 - as above

    Person.objects.all().delete()
    made = make_first_account(Account("orla", "Orla V.", "quiet harbour lamp", "fa"))
    ticket = arrival_of(made)
    assert client.get("/arrival/made-up/").status_code == 302
    assert "_auth_user_id" not in client.session
    client.get(ticket)
    assert client.get("/admin/").status_code == 200
    other = Client()
    other.get(ticket)
    assert "_auth_user_id" not in other.session
    Person.objects.update(last_login=None)
    old = signing.dumps(made.pk, salt="another salt")
    other.get(f"/arrival/{old}/")
    assert "_auth_user_id" not in other.session
    with pytest.raises(UsageError, match="has accounts"):
        make_first_account(Account("milan", "", "quiet harbour lamp", "en"))
    assert "fault" in account_from({"login": "x", "shown": "", "password": "password1234", "language": "en"})


def test_setting_up_an_app_takes_the_password_again_and_gives_recovery_codes(
    client, django_capture_on_commit_callbacks
):
    desk = person()
    log_in(client)
    address = reverse("mfa_activate_totp")
    assert client.get(address)["Location"].startswith(reverse("account_reauthenticate"))
    client.post(f"{reverse('account_reauthenticate')}?next={address}", {"password": PASSWORD})
    page = client.get(address).content.decode()
    assert "data:image/svg+xml;base64" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"code": codes(client.session["mfa.totp.secret"])})
    kinds = set(Authenticator.objects.filter(user=desk).values_list("type", flat=True))
    assert kinds == {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    said = set(ModelLogEntry.objects.filter(user=desk).values_list("action", flat=True))
    assert {"people.log_in", "people.factor_added"} <= said
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    recovery = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert recovery[0] in page
    assert recovery[0] not in client.get(reverse("mfa_view_recovery_codes")).content.decode(), "shown once"
    client.post(reverse("account_logout"))
    log_in(client)
    client.post(reverse("mfa_authenticate"), {"code": recovery[0]})
    assert client.get("/admin/").status_code == 200


def test_nobody_signs_up(client):
    for address in ("/admin/signup/", "/accounts/signup/", "/admin/password/reset/", "/admin/email/"):
        assert client.get(address, follow=False).status_code in {302, 404}
    client.post("/admin/signup/", {"username": "x", "password1": PASSWORD, "password2": PASSWORD})
    assert not Person.objects.filter(username="x").exists()


def test_log_entries_are_in_the_report(client):
    person("admin")
    log_in(client, "admin")
    page = client.get(reverse("wagtailadmin_reports:site_history"))
    assert "Logged in" in page.content.decode()


def test_screens_of_people_ask_the_database_little(client, django_assert_max_num_queries):
    admin = person("admin")
    member("other", "editor:en")
    log_in(client, "admin")
    ask(client)
    roles, edit = (reverse(name, args=[admin.pk]) for name in ("people_roles", "wagtailusers_users:edit"))
    for address in (reverse("mfa_index"), roles, edit):
        client.get(address)
        with django_assert_max_num_queries(40):
            assert client.get(address).status_code == 200
