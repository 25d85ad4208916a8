"""What the newsroom promises of a story holds behind every door, whatever somebody presses there.

A story under embargo, one that is held, one that was taken down and one that somebody else locked: each button of each
screen is pressed by whoever may do most, and each act is asked for by hand.
"""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, text, write
from django.test import Client
from django.urls import reverse
from doors_kit import pressed
from people_kit import ask, member
from test_doors import DECIDED, address_of, typed_into
from test_trespass_everywhere import NUMBER, STORY
from translating_kit import sent
from wagtail.models import GroupApprovalTask, Revision, TaskState, Workflow, WorkflowTask

from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage, Topic
from tamizdat.newsroom.translating.acting import Hold
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LATER = datetime(2031, 5, 1, 12, tzinfo=UTC)
IN_BULK = [
    (reverse("wagtail_bulk_action", args=["wagtailcore", "page", act]) + f"?id={NUMBER}&next=/admin/", {})
    for act in ("publish", "unpublish", "delete")
]
DOORS = [pattern for pattern, decided in DECIDED.items() if decided in {"ours", "wrapped"}]
"""Those that are Wagtail's change no story, as ``test_doors.py`` shows."""


@pytest.fixture
def desk():
    return person()


def numbered(model, key):
    """The row has the number that stands in addresses."""
    model.objects.filter(pk=key).update(id=NUMBER)


def draft(user, **fields):
    """A story, whose first version (the one of that number) is older than what ``fields`` say."""
    page = write("Harbour closed", pk=NUMBER, story_id=STORY, topics=["harbour"])
    Topic.objects.create(pk=NUMBER, key="harbour", label="Harbour")
    first = page.save_revision(user=user)
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision(user=user)
    numbered(Revision, first.pk)
    return StoryPage.objects.get(pk=NUMBER)


def reviewed(page, user):
    """The story, in review."""
    workflow = Workflow.objects.create(pk=NUMBER, name="Look")
    task = GroupApprovalTask.objects.create(pk=NUMBER, name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    state = workflow.start(page, user)
    numbered(TaskState, state.current_task_state.pk)
    type(state).objects.filter(pk=state.pk).update(current_task_state=NUMBER)


def comes(user):
    client = Client()
    client.force_login(user)
    client.raise_request_exception = False
    ask(client)
    return client


def tried(client, seen, *but):
    """Doors behind which ``seen`` is another thing after something was pressed there."""
    before = seen()
    doors = [(address_of(pattern), typed_into(pattern)) for pattern in DOORS if pattern not in but]
    return [
        (address, answer.status_code)
        for address, typed in [*doors, *IN_BULK]
        for answer, after in pressed(client, address, typed, seen)
        if after != before
    ]


def words_out():
    """What readers have of the story, by its languages; a notice about it is none of its words."""
    rows = Release.objects.filter(story_id=STORY, current=True, story__isnull=False)
    return {each.language: bytes(each.story) for each in rows}


def test_an_embargo_is_kept(desk):
    reviewed(draft(desk, embargo=LATER), desk)
    assert tried(comes(desk), words_out) == []


def test_what_is_held_waits_for_its_other_languages(desk):
    page = draft(desk)
    task = sent(page, desk, "ru")
    held = Hold(page, (task,), desk, at=LATER).execute()
    numbered(Together, held.pk)
    Task.objects.filter(pk=task.pk).update(id=NUMBER, together=NUMBER, ready=True)
    assert Task.objects.get(pk=NUMBER).together_id == NUMBER
    assert tried(comes(desk), words_out, "admin/translating/release/<int:key>/") == []


def test_what_was_taken_down_stays_so(desk):
    publish(draft(desk), desk)
    Correct(STORY, "takedown", {}, desk, (), "A judge said so.").execute()
    numbered(Correction, Correction.objects.get().pk)
    assert words_out() == {}
    reviewed(StoryPage.objects.get(pk=NUMBER), desk)
    assert tried(comes(desk), words_out) == []


def test_what_somebody_locked_is_as_it_was(desk):
    page = draft(desk)
    publish(page, desk)
    Flash.objects.create(pk=NUMBER, story_id=STORY, by=desk)
    page = StoryPage.objects.get(pk=NUMBER)
    page.body = text("<p>What the lawyer wrote.</p>")
    page.save_revision(user=desk)
    StoryPage.objects.filter(pk=NUMBER).update(locked=True, locked_by=desk)
    Topic.objects.update(label="Port")
    editor = member("editor", "editor:en", "editor:ru")
    versions = Revision.objects.for_instance(page)

    def seen():
        rows = StoryPage.objects.filter(pk=NUMBER).values_list("title", "live", "locked", "expire_at", "embargo")
        said = versions.order_by("pk").values_list("pk", "content", "approved_go_live_at")
        return words_out(), list(rows), list(said)

    assert tried(comes(editor), seen) == []
