"""A draft goes out at the end of its review because somebody approved it, and for no other reason."""

import pytest
from desk_kit import person, write
from django.urls import reverse
from people_kit import member, saved
from wagtail.models import GroupApprovalTask, Task, WorkflowTask

from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(client):
    """A reporter's, in review."""
    reporter = member("reporter", "reporter:en")
    page = write("Not checked yet", owner=reporter)
    page.save_revision(user=reporter)
    client.force_login(reporter)
    saved(client, page, **{"action-submit": "1"})
    assert status(page) == "in_progress"
    return page


def status(page):
    return StoryPage.objects.get(pk=page.pk).workflow_states.get().status


def disabled(client, task):
    """What an administrator sees who disables it."""
    client.force_login(Person.objects.filter(is_superuser=True).first() or person("boss"))
    return client.post(reverse("wagtailadmin_workflows:disable_task", args=[task.pk]), follow=True).content.decode()


def test_disabling_the_task_in_which_a_draft_waits_publishes_nothing(client, draft):
    task = StoryPage.objects.get(pk=draft.pk).current_workflow_task
    assert "Nobody approved “Not checked yet” (en)" in disabled(client, task)
    assert not StoryPage.objects.get(pk=draft.pk).live
    assert not Release.objects.exists()
    assert status(draft) == "in_progress", "it waits as before"
    assert Task.objects.get(pk=task.pk).active
    StoryPage.objects.get(pk=draft.pk).current_workflow_state.cancel()
    disabled(client, task)
    assert not Task.objects.get(pk=task.pk).active, "once nothing waits there"


def test_of_two_tasks_one_may_be_left_out_and_somebody_approves_in_the_other(client, draft):
    first = StoryPage.objects.get(pk=draft.pk).current_workflow_task
    second = GroupApprovalTask.objects.create(name="Lawyer")
    WorkflowTask.objects.create(workflow=draft.get_workflow(), task=second, sort_order=1)
    disabled(client, first)
    page = StoryPage.objects.get(pk=draft.pk)
    assert not page.live
    arguments = [page.pk, "approve", page.current_workflow_task_state.pk]
    client.post(reverse("wagtailadmin_pages:workflow_action", args=arguments), {"comment": ""})
    assert StoryPage.objects.get(pk=draft.pk).live


def test_a_workflow_without_a_task_lets_nothing_go(client):
    for task in Task.objects.all():
        task.deactivate()
    editor = member("editor", "editor:en")
    page = write("Not checked yet")
    page.save_revision(user=editor)
    client.force_login(editor)
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    saved(client, page, **{"action-submit": "1"})
    assert "has no task in which somebody could approve it" in client.get(address).content.decode()
    assert not StoryPage.objects.get(pk=page.pk).live
    assert not Release.objects.exists()
