"""What was to go out together at a time, and an embargo puts off, goes at that time after all if the embargo goes."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, write
from django.urls import reverse
from test_embargoes import embargo, fresh
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.pressroom.scheduling import publish_due, seconds_to_next
from tamizdat.newsroom.translating.acting import Hold, Ready
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)
CHOSEN = NOW - timedelta(hours=1)
LATER = NOW + timedelta(minutes=20)
LATEST = NOW + timedelta(minutes=40)


def held(source, task, desk, **when):
    """Ready, and held until it is put off."""
    Hold(fresh(source), (Task.objects.get(pk=task.pk),), desk, **when).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    assert publish_due(NOW) == 0
    return Together.objects.get()


def is_out(*pages):
    return [fresh(page).live for page in pages]


@pytest.fixture
def other(client, desk, source):
    """A language of the story that is not held."""
    return sent(source, desk, "fa").target


@pytest.mark.parametrize("when", [{"at": CHOSEN}, {"when_ready": True}])
@pytest.mark.parametrize("whose", ["source", "target", "other"])
def test_what_was_put_off_goes_when_the_embargo_is_lifted(client, desk, source, task, other, when, whose):
    page = {"source": source, "target": task.target, "other": other}[whose]
    embargo(page, LATER, desk)
    found = held(source, task, desk, **when)
    assert (found.goes_at, found.failed) == (LATER, "")
    assert 0 < seconds_to_next(NOW) <= 20 * 60
    screen = client.get(reverse("translating_together", args=[source.pk])).content.decode()
    assert f"Held until {LATER:%Y-%m-%d %H:%M} UTC." in screen
    assert publish_due(NOW) == 0
    embargo(page, None, desk)
    if whose == "target":
        Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    publish_due(datetime.now(UTC))
    assert is_out(source, task.target_id) == [True, True]


def test_it_waits_for_the_time_that_was_chosen(client, desk, source, task):
    embargo(source, LATEST, desk)
    Hold(fresh(source), (task,), desk, at=LATER).execute()
    Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    Together.objects.update(at=CHOSEN)
    assert publish_due(NOW) == 0
    Together.objects.update(at=LATER)
    assert Together.objects.get().goes_at == LATEST
    assert f'value="{LATER:%Y-%m-%dT%H:%M}"' in client.get(f"/admin/translating/together/{source.pk}/").content.decode()
    embargo(source, None, desk)
    assert Together.objects.get().goes_at == LATER
    assert publish_due(NOW) == 0


def test_an_embargo_that_moves_moves_what_it_puts_off(desk, source, task):
    embargo(source, LATEST, desk)
    held(source, task, desk, at=CHOSEN)
    embargo(source, LATER, desk)
    assert Together.objects.get().goes_at == LATER


def test_what_is_not_ready_any_more_waits_until_it_is(client, desk, source, task):
    embargo(source, LATER, desk)
    held(source, task, desk, when_ready=True)
    draft = newest(fresh(task.target_id))
    draft.lead = "Ещё раз."
    draft.save_revision(user=desk)
    assert Together.objects.get().goes_at == LATER
    embargo(source, None, desk)
    found = Together.objects.get()
    assert (found.goes_at, publish_due(NOW), found.failed) == (None, 0, "")
    assert Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    assert is_out(source, task.target_id) == [True, True]


@pytest.mark.parametrize("how", ["unscheduled", "deleted", "replaced"])
def test_an_embargo_that_goes_with_what_it_stands_in_is_one_that_is_lifted(client, desk, source, task, other, how):
    embargo(other, LATER, desk).publish(user=desk)
    if how != "deleted":
        draft = newest(fresh(other))
        draft.embargo = None
        draft.save_revision(user=desk)
    held(source, task, desk, at=CHOSEN)
    if how == "deleted":
        client.post(reverse("wagtailadmin_pages:delete", args=[other.pk]))
    elif how == "unscheduled":
        revision = fresh(other).scheduled_revision.pk
        client.post(reverse("wagtailadmin_pages:revisions_unschedule", args=[other.pk, revision]))
    else:
        publish(newest(fresh(other)), desk)
    publish_due(datetime.now(UTC))
    assert is_out(source, task.target_id) == [True, True]


def test_another_story_changes_nothing(desk, source, task):
    embargo(source, LATER, desk)
    held(source, task, desk, at=CHOSEN)
    Together.objects.update(not_before=LATEST)
    embargo(write("Ferry", story_id="ferry"), None, desk)
    assert Together.objects.get().goes_at == LATEST


def test_words_that_are_saved_meanwhile_let_nothing_go(client, desk, source, task):
    embargo(source, LATER, desk)
    held(source, task, desk, at=CHOSEN)
    translate(client, task, {**WORDS, "It is full.": "Он совсем полон."})
    assert Together.objects.get().goes_at == LATER
    assert publish_due(NOW) == 0
    assert Together.objects.get().failed == ""
