"""Whoever publishes a story locks its translations before the gate of releases: nobody waits in a circle."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from translating_kit import sent
from two_kit import both, needs_several_writers
from wagtail.models import Page

from tamizdat.newsroom.pressroom.models import Gate
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)


def fresh(page):
    return StoryPage.objects.get(pk=getattr(page, "pk", page))


@pytest.fixture
def user(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def story(user):
    """In English, in Serbian, and in the letters that are made of that; all are out."""
    source = write("Harbour strike ends", story_id="harbour", body=text("<p>It is full.</p>"))
    tasks = [sent(publish(source, user), user, "sr"), sent(fresh(source), user, "sr-Latn")]
    return [fresh(source), *(publish(newest(fresh(task.target_id)), user) for task in tasks)]


def locked_before_the_gate(asked):
    """The pages, by what was asked of the database until somebody was at the gate."""
    gate = next(at for at, each in enumerate(asked) if "pressroom_gate" in each["sql"])
    locks = [each["sql"] for each in asked[:gate] if 'SELECT "wagtailcore_page"."id" AS' in each["sql"]]
    return {int(key) for sql in locks for key in sql.partition(" IN (")[2].partition(")")[0].split(", ") if key}


@pytest.mark.django_db
def test_a_source_is_published_with_its_translations_locked(user, story):
    with CaptureQueriesContext(connection) as asked:
        publish(fresh(story[0]), user)
    assert locked_before_the_gate(asked.captured_queries) >= {page.pk for page in story}


@pytest.mark.django_db
def test_what_goes_together_is_released_with_what_is_made_of_it_locked(user):
    source = write("Harbour strike ends", story_id="harbour", body=text("<p>It is full.</p>"))
    serbian, latin = sent(source, user, "sr"), sent(fresh(source), user, "sr-Latn")
    held = Hold(fresh(source), (serbian,), user).execute()
    with CaptureQueriesContext(connection) as asked, pytest.raises(ValidationError, match="Not ready"):
        ReleaseTogether(held, user).execute()
    assert locked_before_the_gate(asked.captured_queries) >= {source.pk, serbian.target_id, latin.target_id}


@pytest.fixture
def task(user):
    """A translation that is done, is not called ready, and is not held."""
    task = sent(write("Harbour strike ends", story_id="harbour", body=text("<p>It is full.</p>")), user, "ru")
    Task.objects.filter(pk=task.pk).update(pairs={}, todo=0)
    draft = newest(fresh(task.target_id))
    draft.title, draft.body = "Забастовка", text("<p>Он полон.</p>")
    draft.save_revision(user=user)
    return Task.objects.get(pk=task.pk)


@pytest.mark.django_db
def test_whoever_calls_ready_what_is_not_held_locks_its_page_first_and_needs_no_gate(monkeypatch, user, task):
    monkeypatch.setattr(Ready, "check", lambda _self: None)
    with CaptureQueriesContext(connection) as asked:
        Ready(task, True, user).execute()
    first = [each["sql"] for each in asked.captured_queries if not each["sql"].startswith("SAVEPOINT")]
    assert not any("pressroom_gate" in sql for sql in first)
    page = next(at for at, sql in enumerate(first) if 'SELECT "wagtailcore_page"."id" AS' in sql)
    assert str(task.target_id) in first[page].partition(" IN (")[2]
    assert page < next(at for at, sql in enumerate(first) if sql.startswith('UPDATE "translating_task"'))


@pytest.mark.django_db
def test_a_draft_that_is_saved_locks_its_page_before_it_is_not_ready_any_more(user, task):
    Task.objects.filter(pk=task.pk).update(ready=True)
    with CaptureQueriesContext(connection) as asked:
        newest(fresh(task.target_id)).save_revision(user=user)
    sqls = [each["sql"] for each in asked.captured_queries]
    page = next(at for at, sql in enumerate(sqls) if 'SELECT "wagtailcore_page"."id" AS' in sql)
    assert page < next(at for at, sql in enumerate(sqls) if sql.startswith('UPDATE "translating_task"'))


@pytest.mark.django_db(transaction=True)
def test_whoever_calls_ready_and_whoever_publishes_do_not_wait_for_each_other(monkeypatch, user, task):
    needs_several_writers()
    monkeypatch.setattr(Ready, "check", lambda _self: None)

    def saves():
        list(Page.objects.select_for_update().filter(pk=task.target_id).values_list("pk"))
        Task.objects.filter(pk=task.pk).update(ready=False)

    assert both(saves, Gate.enter, Ready(task, True, user).execute) == []
    assert Task.objects.get(pk=task.pk).ready


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_source_and_translation_do_not_wait_for_each_other(user, story):
    needs_several_writers()

    def translation():
        draft = newest(fresh(story[1]))
        draft.title = "Ново"
        publish(draft, user)

    def source():
        draft = newest(fresh(story[0]))
        draft.expire_at = SOON
        publish(draft, user)

    held = Page.objects.select_for_update().filter(pk=story[1].pk).values_list("pk")
    assert both(lambda: list(held), translation, source) == []
    assert [fresh(page).expire_at for page in story] == [SOON] * 3
    assert fresh(story[1]).title == "Ново"
