"""Who sees real names by a group is told where roles are given, and in the history."""

import pytest
from desk_kit import person
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from lxml import html
from people_kit import ask, member
from wagtail.models import ModelLogEntry

from tamizdat.newsroom.people.actions import GiveRoles, roles_of
from tamizdat.newsroom.people.models import Person, RoleGroup
from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES, groups_that_show, real_names_permission
from tamizdat.newsroom.stories.terms import Byline

pytestmark = pytest.mark.django_db
HEADS = "Desk head: English (en)"


@pytest.fixture
def heads():
    """A group that was given it."""
    group = RoleGroup.objects.get(role="desk_head", language="en").group
    group.permissions.add(real_names_permission())
    return group


def said():
    """What the history says, oldest first."""
    entries = ModelLogEntry.objects.order_by("pk")
    return [str(entry.formatter.format_message(entry)) for entry in entries]


def test_it_is_the_permission_of_bylines():
    assert real_names_permission().content_type.model_class() is Byline
    assert Byline.panels[-1].children[0].permission == SEES_REAL_NAMES


@pytest.mark.usefixtures("heads")
def test_the_table_of_roles_shows_who_has_it_by_a_group(client):
    head, other = member("head", "desk_head:en"), member("other", "editor:en")
    client.force_login(person("admin"))
    ask(client)
    for somebody, is_told in ((head, True), (other, False)):
        page = html.fromstring(client.get(reverse("people_roles", args=[somebody.pk])).content)
        (tick,) = page.xpath("//input[@name='real_names']")
        assert not tick.checked
        assert (f"by a group, whatever is ticked here: {HEADS}." in page.text_content()) == is_told


@pytest.mark.usefixtures("heads")
def test_the_history_of_roles_says_it():
    admin, head = person("admin"), member("head", "desk_head:en")
    for ticked in (True, False):
        GiveRoles(head, roles_of(head), is_administrator=False, sees_real_names=ticked, by=admin).execute()
    GiveRoles(head, frozenset(), is_administrator=False, sees_real_names=False, by=admin).execute()
    by_group = f"; sees real names by a group: {HEADS}"
    kept = "Changed roles: given —; taken —"
    assert said()[-3:] == [
        f"{kept}; sees real names{by_group}",
        f"{kept}{by_group}",
        "Changed roles: given —; taken desk_head:en",
    ]


def test_the_history_says_which_group_was_given_it_and_by_whom(client):
    admin, group = person("admin"), Group.objects.create(name="Keepers of names")
    client.force_login(admin)
    ask(client)
    address = reverse("wagtailusers_groups:edit", args=[group.pk])
    shown = real_names_permission()
    forms = {f"{prefix}-{name}": "0" for prefix in PREFIXES for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for permissions in ([shown.pk], [shown.pk], []):
        answer = client.post(address, {"name": group.name, "permissions": permissions, **forms})
        assert answer.status_code == 302
    entries = ModelLogEntry.objects.filter(action__startswith="people.group_").order_by("pk")
    assert [(each.action, each.label, each.user) for each in entries] == [
        ("people.group_shows_names", group.name, admin),
        ("people.group_hides_names", group.name, admin),
    ]
    history = client.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    assert "Its people see real names behind bylines from now on" in history
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    assert entries.count() == 2


PREFIXES = ("page_permissions", "collection_permissions", "image_permissions", "document_permissions")


def test_groups_that_have_something_else_are_none():
    head = member("head", "desk_head:en")
    assert groups_that_show(head) == []
    assert Person.objects.get(pk=head.pk).has_perm("stories.change_byline")
