"""Deleting is for heads of desk, and never past a lock; a newspaper is deleted by nobody."""

from datetime import UTC, datetime

import pytest
from desk_kit import newspaper, person, publish, write
from django.urls import reverse
from people_kit import member

from tamizdat.newsroom.stories.models import Newspaper, StoryPage

pytestmark = pytest.mark.django_db
ROLES = {
    "translator": "translator:en",
    "editor": "editor:en",
    "head": "desk_head:en",
    "reporter": "reporter:en",
    "foreign": "desk_head:ru",
}


def one_by_one(client, page):
    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))


def at_once(client, page):
    client.post(f"{reverse('wagtail_bulk_action', args=['wagtailcore', 'page', 'delete'])}?id={page.pk}")


@pytest.fixture(params=[one_by_one, at_once])
def delete(request, client, settings):
    """Delete a page as somebody; whether it is gone."""

    def act(page, who):
        client.force_login(who)
        # Wagtail asks for the site's name before it deletes ten pages; whoever wants to, types it.
        settings.WAGTAILADMIN_UNSAFE_PAGE_DELETION_LIMIT = 1_000
        request.param(client, page)
        return not type(page).objects.filter(pk=page.pk).exists()

    return act


@pytest.mark.parametrize(("role", "gone"), [(role, role == "head") for role in ROLES])
@pytest.mark.parametrize("out", [True, False])
def test_stories_are_deleted_by_heads_of_desk_alone(delete, role, gone, out):
    page = write("Ferry sails", owner=person("writer"))
    if out:
        publish(page)
    assert delete(page, member(role, ROLES[role])) == gone


@pytest.mark.parametrize("role", ["reporter", "translator", "editor"])
def test_ones_own_is_deleted_as_long_as_it_was_never_out(delete, role):
    who = member(role, ROLES[role])
    page = publish(write("Ferry sails", owner=who))
    page.unpublish()
    assert not delete(page, who)
    assert delete(write("Ferry sinks", owner=who), who)


def test_nobody_deletes_past_anothers_lock(delete):
    lawyer, head, admin = member("lawyer", "desk_head:en"), member("head", "desk_head:en"), person()
    page = write("Ferry sails")
    StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=lawyer, locked_at=datetime.now(UTC))
    assert not delete(page, head)
    assert not delete(page, admin)
    assert delete(page, lawyer)


@pytest.mark.parametrize("role", ["desk_head:en", ""])
def test_a_newspaper_is_deleted_by_nobody(delete, role):
    page = publish(write("Ferry sails"))
    assert not delete(newspaper("en"), member("head", role) if role else person())
    assert StoryPage.objects.filter(pk=page.pk).exists()
    assert Newspaper.objects.filter(locale__language_code="en").exists()


@pytest.mark.parametrize(("role", "shown"), [("editor:en", False), ("desk_head:en", True)])
def test_the_button_is_there_for_those_who_may(client, role, shown):
    page = write("Ferry sails")
    client.force_login(member("somebody", role))
    screen = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert (reverse("wagtailadmin_pages:delete", args=[page.pk]) in screen) == shown
