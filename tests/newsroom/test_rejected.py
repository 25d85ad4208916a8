"""What reviewers refuse goes out by no time that somebody chose before. Publishing ends a review, too."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from people_kit import member
from test_writing_unfinished import _fields as fields_of
from wagtail.models import PageLogEntry

from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
SOON = datetime(2031, 5, 1, 12, tzinfo=UTC)


def fresh(page):
    return StoryPage.objects.get(pk=page.pk)


@pytest.fixture
def page(client):
    """A story that is out, whose next draft is in review and scheduled."""
    desk = person()
    client.force_login(desk)
    page = publish(write("A ferry", story_id="ferry"), desk)
    in_review(page)
    schedule(page, member("ed", "editor:en"))
    assert fresh(page).current_workflow_state.status == "in_progress"
    return page


def in_review(page):
    draft = fresh(page).get_latest_revision_as_object()
    draft.title = "Not for readers"
    draft.save_revision()
    page = fresh(page)
    page.get_workflow().start(page, member("rep", "reporter:en"))


def schedule(page, user):
    draft = fresh(page).get_latest_revision_as_object()
    draft.go_live_at = SOON
    draft.save_revision(user=user).publish(user=user)


@pytest.mark.parametrize("end", ["reject", "cancel"])
def test_what_was_refused_goes_out_no_more(client, page, end):
    state = fresh(page).current_workflow_state
    if end == "reject":
        arguments = [page.pk, "reject", state.current_task_state.pk]
        client.post(reverse("wagtailadmin_pages:workflow_action", args=arguments), {"comment": "No."})
    else:
        state.cancel()
    assert not fresh(page).approved_schedule
    assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.schedule.cancel").count() == 1
    history = client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()
    assert "unscheduled from publishing at May 1, 2031" in history


@pytest.mark.parametrize("way", ["form", "code"])
def test_publishing_at_a_time_ends_the_review_and_keeps_the_time(client, way):
    desk = person()
    client.force_login(desk)
    page = write("A ferry", story_id="ferry")
    in_review(page)
    if way == "form":
        more = {"story_id": "ferry", "go_live_at": "2031-05-01 12:00", "action-publish": "on"}
        client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), fields_of(**more))
    else:
        schedule(page, desk)
    assert fresh(page).current_workflow_state is None
    assert fresh(page).scheduled_revision.approved_go_live_at == SOON
