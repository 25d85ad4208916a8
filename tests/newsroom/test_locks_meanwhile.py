"""What somebody locks after a form or a list of another was let in is locked for that, too."""

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from lxml import html
from people_kit import member
from wagtail import hooks
from wagtail.admin.views.pages.bulk_actions import DeleteBulkAction, PublishBulkAction, UnpublishBulkAction
from wagtail.models import Page
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.deleting import StoryPermissions
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
SAID = "is locked by Lawyer"


@pytest.fixture
def editor(client):
    client.force_login(member("editor", "editor:en"))
    return client


@pytest.fixture
def lawyer():
    return person("lawyer", first_name="Lawyer")


def lock(page, lawyer):
    Page.objects.filter(pk=page.pk).update(locked=True, locked_by=lawyer)


def test_it_is_not_published(editor, lawyer):
    story = write("Harbour closed")
    story.save_revision()
    address = reverse("wagtailadmin_pages:edit", args=[story.pk])
    form = html.fromstring(editor.get(address).content).get_element_by_id("page-edit-form")
    typed = {name: value or "" for name, value in form.form_values()}
    typed |= nested_form_data({"body": streamfield([("text", rich_text("<p>What happened.</p>"))])})

    def locks_it(request, page):
        lock(page, lawyer)

    with hooks.register_temporarily("before_edit_page", locks_it):
        shown = editor.post(address, {**typed, "action-publish": "on"}, follow=True).content.decode()
    assert SAID in shown
    assert not StoryPage.objects.get(pk=story.pk).live
    assert not Release.objects.exists()


def test_it_is_not_taken_back(editor, lawyer, monkeypatch):
    story = publish(write("Harbour closed"))
    may = StoryPage.permissions_for_user

    def permissions(self, user):
        found = may(self, user)
        lock(story, lawyer)
        return found

    monkeypatch.setattr(StoryPage, "permissions_for_user", permissions)
    address = reverse("wagtailadmin_pages:unpublish", args=[story.pk])
    assert SAID in editor.post(address, follow=True).content.decode()
    assert StoryPage.objects.get(pk=story.pk).live


@pytest.mark.parametrize("action", [UnpublishBulkAction, PublishBulkAction, DeleteBulkAction])
def test_of_many_nothing_is_done_if_one_is_locked(client, lawyer, monkeypatch, action):
    client.force_login(member("head", "desk_head:en"))
    stories = [publish(write(name), lawyer) for name in ("One", "Two")]
    for page in stories:
        page.title += " and more"
        page.save_revision()
    may = action.check_perm

    def check(self, page):
        allowed = may(self, page)
        lock(stories[1], lawyer)
        return allowed

    monkeypatch.setattr(action, "check_perm", check)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action.action_type])
    asked = f"{address}?id={stories[0].pk}&id={stories[1].pk}&next=/admin/"
    assert SAID in client.post(asked, follow=True).content.decode()
    assert list(StoryPage.objects.filter(live=True).order_by("pk").values_list("title", flat=True)) == ["One", "Two"]


@pytest.mark.parametrize(("act", "is_back"), [("unpublish", False), ("delete", True)])
def test_of_one_that_is_gone_it_is_said_that_it_is(client, lawyer, monkeypatch, act, is_back):
    """It leads to its form no more. Here one is deleted in the transaction in which it was to be, and is back."""
    client.force_login(member("head", "desk_head:en"))
    story = publish(write("Two"), lawyer)
    may = getattr(StoryPermissions, f"can_{act}")

    def allowed(self, *arguments):
        found = may(self, *arguments)
        StoryPage.objects.filter(pk=story.pk).delete()
        return found

    monkeypatch.setattr(StoryPermissions, f"can_{act}", allowed)
    shown = client.post(reverse(f"wagtailadmin_pages:{act}", args=[story.pk]), follow=True)
    form = reverse("wagtailadmin_pages:edit", args=[story.pk])
    assert (shown.status_code, shown.redirect_chain) == (200, [(form if is_back else "/admin/", 302)])
    assert "“Two” was deleted meanwhile." in shown.content.decode()
