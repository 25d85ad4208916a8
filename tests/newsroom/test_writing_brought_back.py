"""An old version that is brought back goes out as any other: whole or not at all, and over nobody's words unasked."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.urls import reverse
from people_kit import member
from test_writing_meanwhile import Desk, fields, now_out
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import GroupApprovalTask, Workflow, WorkflowTask

from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)


class OldVersion(Desk):
    """Somebody at the screen of an old version."""

    def __init__(self, client, user, page, revision):
        self.client, self.user, self.page = client, user, page
        self.url = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, revision.pk])
        self.form = self.load()


def fresh(page):
    return StoryPage.objects.get(pk=page.pk)


def kept(page):
    return fresh(page).get_latest_revision_as_object()


@pytest.fixture
def desk():
    return person()


def old_of(page, user, **changes):
    """The version that was, after ``user`` saved another."""
    before = fresh(page).get_latest_revision() or fresh(page).save_revision(user=user)
    draft = kept(page)
    for name, value in {"title": "Newer", **changes}.items():
        setattr(draft, name, value)
    draft.save_revision(user=user)
    return before


def test_it_goes_out_from_its_screen(client, desk):
    page = publish(write("As it was", story_id="ferry"), desk)
    form = OldVersion(client, desk, page, old_of(page, desk))
    assert form.publish(dateline="Riga").status_code == 302
    assert (now_out(page).headline, now_out(page).dateline) == ("As it was", "Riga")


@pytest.mark.parametrize("button", ["send", "publish"])
def test_it_takes_the_place_of_no_newer_draft_unasked(client, desk, button):
    page = publish(write("As it was", story_id="ferry"), desk)
    form = OldVersion(client, desk, page, old_of(page, desk))
    old_of(page, person("colleague"), title="The colleague's")
    answer = getattr(form, button)(dateline="Riga")
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "colleague saved this story meanwhile" in said
    assert (fields(said)["title"], fields(said)["dateline"]) == ("As it was", "Riga")
    assert kept(page).title == "The colleague's"
    form.form = fields(said)
    assert getattr(form, button)().status_code == 302
    assert (kept(page).title, kept(page).dateline) == ("As it was", "Riga")


def test_it_waits_for_the_embargo_of_another_language(client, desk):
    page = write("As it was", story_id="ferry")
    other = write("Паром", language="ru", story_id="ferry", translation_key=page.translation_key, embargo=NOON)
    other.save_revision(user=desk)
    OldVersion(client, desk, page, old_of(page, desk)).publish()
    assert not fresh(page).live
    assert fresh(page).scheduled_revision.approved_go_live_at == NOON
    assert not Release.objects.exists()


def test_of_what_was_taken_down_it_is_refused_in_words_and_nothing_changes(client, desk):
    page = publish(write("As it was", story_id="ferry"), desk)
    before = old_of(page, desk)
    Correct("ferry", "takedown", {}, desk, reason="danger").execute()
    answer = OldVersion(client, desk, page, before).publish(dateline="Riga")
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "was taken down" in said
    assert fields(said)["dateline"] == "Riga"
    assert not fresh(page).live
    assert kept(page).title == "Newer"


def test_a_reviewer_who_approves_it_there_is_refused_in_words(client, desk):
    page = publish(write("As it was", story_id="ferry"), desk)
    before = old_of(page, desk)
    workflow = Workflow.objects.create(name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=GroupApprovalTask.objects.create(name="Look"), sort_order=0)
    workflow.start(fresh(page), desk)
    Correct("ferry", "takedown", {}, desk, reason="danger").execute()
    act = {"action-workflow-action": "on", "workflow-action-name": "approve"}
    answer = OldVersion(client, desk, page, before).send(**act)
    assert answer.status_code == 302
    assert "was taken down" in client.get(answer["Location"]).content.decode()
    assert not fresh(page).live


def test_at_a_time_it_ends_its_review_and_keeps_the_time(client, desk):
    page = write("As it was", story_id="ferry")
    before = old_of(page, desk)
    fresh(page).get_workflow().start(fresh(page), member("rep", "reporter:en"))
    answer = OldVersion(client, desk, page, before).publish(go_live_at="2031-05-01 12:00")
    assert answer.status_code == 302
    assert fresh(page).current_workflow_state is None
    assert fresh(page).scheduled_revision.approved_go_live_at == NOON


def test_no_screen_of_wagtails_publishes_past_the_story(desk):
    page = write("Secret report", story_id="secret", embargo=NOON)
    with pytest.raises(StoryError, match="nothing went out"):
        PublishPageRevisionAction(page.save_revision(user=desk), user=desk).execute()
    assert not Release.objects.exists()
