"""Addresses of Wagtail that would tell, or do, more than somebody may: asked by hand, as by a thief of an account."""

import pytest
from desk_kit import person, publish, text, write
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse
from people_kit import await_letters, member
from wagtail.models import Comment, GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.newsroom.pressroom.wagtail_hooks import tell_of_links
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest

pytestmark = pytest.mark.django_db
SECRET = "Secret inquiry"


@pytest.fixture
def secret():
    return write(SECRET, language="en")


def seen(client, address, **query):
    """All that a browser would show of it, also after it was led elsewhere."""
    answer = client.get(address, query, follow=True)
    return answer.content.decode() + str(answer.headers)


def ways(page):
    """Addresses that name the page, each with its query."""
    return [
        (reverse("wagtailadmin_choose_page_chosen_multiple"), {"id": [page.pk]}),
        (reverse("wagtailadmin_choose_page_child", args=[page.pk]), {}),
        *(
            (reverse("wagtail_bulk_action", args=["wagtailcore", "page", act]), {"id": each, "next": "/admin/"})
            for act in ("publish", "unpublish", "delete", "move")
            for each in (page.pk, "all")
        ),
        (reverse("wagtailadmin_pages:workflow_preview", args=[page.pk, 1]), {}),
        (reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", 1]), {}),
        (reverse("wagtailadmin_pages:collect_workflow_action_data", args=[page.pk, "approve", 1]), {}),
        (reverse("wagtailadmin_pages:confirm_workflow_cancellation", args=[page.pk]), {}),
        (reverse("wagtailadmin_reports:page_types_usage"), {"page_locale": "en"}),
        (reverse("wagtailadmin_reports:page_types_usage_results"), {}),
    ]


@pytest.mark.parametrize("role", ["reporter:fa", "translator:fa", "editor:ru", "moderator:ru"])
def test_no_address_tells_of_a_draft_of_another_language(client, secret, role):
    workflow = Workflow.objects.create(name="Look")
    task = GroupApprovalTask.objects.create(pk=1, name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    secret.save_revision()
    workflow.start(secret, person("head"))
    client.force_login(member("thief", role))
    for address, query in ways(secret):
        assert SECRET not in seen(client, address, **query), (address, query)


def test_the_same_addresses_serve_those_whom_they_are_for(client, secret):
    client.force_login(member("editor", "editor:en"))
    many = seen(client, reverse("wagtailadmin_choose_page_chosen_multiple"), id=[secret.pk])
    assert SECRET in many
    assert SECRET in seen(client, reverse("wagtailadmin_choose_page_child", args=[secret.pk]))
    publishing = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    assert SECRET in seen(client, publishing, id=secret.pk, next="/admin/")
    assert SECRET not in seen(client, publishing, id="all", next="/admin/")
    client.force_login(person())
    assert SECRET in seen(client, publishing, id="all", next="/admin/")
    assert client.get(reverse("wagtailadmin_reports:page_types_usage")).status_code == 200
    assert client.get(reverse("wagtailadmin_reports:site_history")).status_code == 200


def test_what_editors_say_to_each_other_is_in_no_report_for_reporters(client, secret):
    said = Comment.objects.create(page=secret, user=person("head"), text="Our source is Anna", contentpath="title")
    said.log_create(page_revision=newest(secret).latest_revision, user=said.user)
    report = reverse("wagtailadmin_reports:site_history")
    client.force_login(member("reporter", "reporter:en"))
    assert "Anna" not in seen(client, report)
    assert "Anna" not in seen(client, reverse("wagtailadmin_reports:site_history_results"))
    client.force_login(member("editor", "editor:en"))
    assert "Anna" in seen(client, report)


def test_nor_for_somebody_who_edits_in_another_language(client, secret):
    said = Comment.objects.create(page=secret, user=person("head"), text="Our source is Anna", contentpath="title")
    said.log_create(page_revision=newest(secret).latest_revision, user=said.user)
    for roles, is_shown in (
        (("reporter:en", "translator:ru"), False),
        (("reporter:en", "editor:fa", "moderator:ru"), False),
        (("translator:en", "editor:fa"), True),
    ):
        client.force_login(member("-".join(roles).replace(":", ""), *roles))
        for name in ("site_history", "site_history_results"):
            assert ("Anna" in seen(client, reverse(f"wagtailadmin_reports:{name}"))) is is_shown, (roles, name)
        assert (reverse("wagtailadmin_reports:site_history") in seen(client, "/admin/")) is is_shown, roles


@pytest.mark.parametrize("act", ["copy", "create_alias", "copy_for_translation", "publish", "unpublish", "delete"])
def test_nothing_is_done_to_a_story_past_its_screens(client, act):
    out = publish(write("Harbour closed"))
    client.force_login(person())
    address = reverse("wagtailadmin_api:pages:action", args=[out.pk, act])
    client.post(address, {"slug": "x", "keep_live": False}, content_type="application/json")
    assert StoryPage.objects.count() == 1
    assert StoryPage.objects.get().live


def test_a_link_to_a_draft_of_others_tells_no_headline(client, secret):
    link = f'<p><a linktype="page" id="{secret.pk}">x</a></p>'
    story = write("بندر", language="fa", body=text(link))
    client.force_login(member("editor", "editor:fa"))
    story.save_revision()
    edit = reverse("wagtailadmin_pages:edit", args=[story.pk])
    assert SECRET not in seen(client, edit)
    publish(story)
    assert story.own_links.get().headline == SECRET
    assert SECRET not in _told(story, member("other", "editor:fa"))
    assert SECRET in _told(story, person())


def _told(story, user):
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    request._messages = FallbackStorage(request)
    tell_of_links(request, story)
    return " ".join(str(each) for each in request._messages)


def test_letters_for_a_new_password_are_few(client, settings):
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    anna = member("anna", "reporter:en")
    anna.email = "anna@far-shore.example"
    anna.save()
    for _ in range(12):
        client.post(reverse("wagtailadmin_password_reset"), {"email": "anna@far-shore.example"})
        await_letters()
    assert 1 <= len(mail.outbox) <= 5
    client.post(reverse("wagtailadmin_password_reset"), {"email": "somebody@far-shore.example"})
    await_letters()
    assert client.get(reverse("wagtailadmin_password_reset")).status_code == 200
