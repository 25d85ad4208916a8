"""What was taken back does not come back by itself: neither with what is held, nor by a time that is left over."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import ValidationError
from django.urls import reverse
from people_kit import member
from test_translating import WORDS, sent, translate
from wagtail.models import PageLogEntry

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.holding import failed_releases
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
SAID = "The source was taken back since they were held"


@pytest.fixture
def desk(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def source(desk):
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    page = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)
    return publish(page, desk)


@pytest.fixture
def task(client, desk, source):
    return translate(client, sent(source, desk, "ru"), WORDS)


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


def expire(page):
    now = datetime.now(UTC)
    StoryPage.objects.filter(pk=page.pk).update(expire_at=now)
    publish_due(now + timedelta(seconds=1))
    assert fresh(page).expired


def take_back(page):
    fresh(page).unpublish()


@pytest.mark.parametrize("end", [take_back, expire])
@pytest.mark.parametrize("when", ["at", "ready", "click"])
def test_a_source_that_was_taken_back_does_not_come_back_with_its_translations(client, desk, source, task, end, when):
    at = datetime.now(UTC) + timedelta(hours=1) if when == "at" else None
    held = Hold(source, (task,), desk, at=at, when_ready=when == "ready").execute()
    if when != "ready":
        Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    end(source)
    assert [each.pk for each in failed_releases()] == [held.pk]
    assert PageLogEntry.objects.filter(page=source.pk, action="translating.late").exists()
    if when == "at":
        publish_due(at)
    elif when == "ready":
        assert not Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    else:
        answer = client.post(reverse("translating_release", args=[held.pk]), follow=True)
        assert SAID in answer.content.decode()
    assert not StoryPage.objects.filter(live=True).exists()
    assert not Release.objects.filter(current=True, story__isnull=False).exists()
    assert Together.objects.get().why.startswith(SAID)


def test_it_comes_back_with_them_if_somebody_holds_them_again(client, desk, source, task):
    Hold(source, (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    take_back(source)
    screen = client.get(reverse("translating_together", args=[source.pk])).content.decode()
    assert "it goes out again with them" in screen
    assert "readers do not have it yet" not in screen
    held = Hold(source, (Task.objects.get(pk=task.pk),), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    assert len(ReleaseTogether(held, desk).execute()) == 2


def test_they_go_beside_a_source_that_is_out_again(desk, source, task):
    held = Hold(source, (task,), desk).execute()
    take_back(source)
    publish(fresh(source), desk)
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    assert [page.pk for page in ReleaseTogether(Together.objects.get(pk=held.pk), desk).execute()] == [task.target_id]


def ready(task, user):
    return Ready(Task.objects.get(pk=task.pk), True, user).execute()


@pytest.mark.parametrize("late", [False, True])
def test_once_the_source_is_out_again_they_go_at_their_time(desk, source, task, late):
    at = datetime.now(UTC) + timedelta(hours=1)
    Hold(source, (task,), desk, at=at).execute()
    ready(task, desk)
    take_back(source)
    if late:
        publish_due(at)
        assert not fresh(task.target_id).live
    publish(fresh(source), desk)
    assert failed_releases() == []
    publish_due(at)
    assert fresh(task.target_id).live


@pytest.mark.parametrize("all_ready", [False, True])
def test_once_the_source_is_out_again_they_go_if_all_are_ready(client, desk, source, task, all_ready):
    other = sent(fresh(source), desk, "fa")
    Hold(source, (task, other), desk, when_ready=True).execute()
    take_back(source)
    ready(task, desk)
    other = translate(client, other, WORDS)
    if all_ready:
        ready(other, desk)
    publish(fresh(source), desk)
    publish_due(datetime.now(UTC))
    assert fresh(task.target_id).live == fresh(other.target_id).live == all_ready
    assert failed_releases() == []


def test_a_source_that_is_to_be_out_later_lets_nothing_go_before(desk, source, task):
    at = datetime.now(UTC) + timedelta(hours=1)
    Hold(source, (task,), desk, at=at).execute()
    ready(task, desk)
    take_back(source)
    draft = fresh(source).get_latest_revision_as_object()
    draft.go_live_at = at + timedelta(hours=1)
    publish(draft, desk)
    publish_due(at)
    assert not StoryPage.objects.filter(live=True).exists()
    assert [each.why.startswith(SAID) for each in failed_releases()] == [True]


def test_an_update_of_a_source_that_is_out_tries_nothing_again(desk, source, task):
    held = Hold(source, (task,), desk, at=datetime.now(UTC)).execute()
    publish_due(datetime.now(UTC))
    assert "Not ready yet" in Together.objects.get(pk=held.pk).why
    publish(fresh(source), desk)
    assert "Not ready yet" in Together.objects.get(pk=held.pk).why


def test_a_translation_that_was_taken_back_is_not_ready(desk, source, task):
    publish(fresh(task.target_id), desk)
    held = Hold(source, (task,), desk).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    take_back(task.target_id)
    with pytest.raises(ValidationError, match="Not ready yet"):
        ReleaseTogether(Together.objects.get(pk=held.pk), desk).execute()


def held_draft(client, desk, at=None, owner=None):
    """A source that was never out, held with its translation, both ready; and the time at which they go."""
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    page = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body, owner=owner or desk)
    page.save_revision(user=owner or desk)
    task = translate(client, sent(fresh(page), desk, "ru"), WORDS)
    held = Hold(fresh(page), (task,), desk, at=at).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    return page, held


def change(page, user, **options):
    """What is counted nowhere as a changed piece."""
    draft = fresh(page).get_latest_revision_as_object()
    draft.picture_credit, draft.related = "Nobody saw this", ["other"]
    draft.save_revision(user=user, **options)


@pytest.mark.parametrize("over", [False, True])
def test_a_source_changed_by_who_may_not_publish_does_not_go_in_the_holders_name(client, desk, over):
    reporter, at = member("rep", "reporter:en"), datetime.now(UTC) + timedelta(hours=1)
    page, held = held_draft(client, desk, at, reporter)
    change(page, reporter, overwrite_revision=fresh(page).latest_revision if over else None)
    publish_due(at)
    assert not Release.objects.exists()
    assert Together.objects.get().why.startswith("The source was changed since it was held")
    answer = client.post(reverse("translating_release", args=[held.pk]), follow=True)
    assert "The source was changed since it was held" in answer.content.decode()
    assert not Release.objects.exists()
    held = Hold(fresh(page), tuple(Task.objects.all()), desk).execute()
    assert len(ReleaseTogether(held, desk).execute()) == 2


def test_what_somebody_saved_who_may_publish_goes(client, desk):
    page, held = held_draft(client, desk)
    change(page, member("ed", "editor:en"))
    assert len(ReleaseTogether(Together.objects.get(pk=held.pk), desk).execute()) == 2


def test_what_was_held_and_not_changed_goes_in_time(client, desk):
    at = datetime.now(UTC) + timedelta(hours=1)
    held_draft(client, desk, at, member("rep", "reporter:en"))
    assert publish_due(at) == 2
