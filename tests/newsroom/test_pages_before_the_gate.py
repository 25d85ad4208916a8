"""Whoever publishes a story locks its translations before the gate of releases: nobody waits in a circle."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from translating_kit import sent
from wagtail.models import Page

from tamizdat.newsroom.pressroom.models import Gate
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


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
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    monkeypatch.setattr(Ready, "check", lambda _self: None)
    has_page, waits, faults = threading.Event(), threading.Event(), []

    def publishes():
        try:
            with transaction.atomic():
                list(Page.objects.select_for_update().filter(pk=task.target_id).values_list("pk"))
                Task.objects.filter(pk=task.pk).update(ready=False)  # saved, and not yet published
                has_page.set()
                waits.wait(60)
                Gate.enter()
        except DatabaseError as error:
            faults.append(error)
        finally:
            connections.close_all()

    publisher = threading.Thread(target=publishes)
    watcher = threading.Thread(target=until_somebody_waits, args=(publisher, waits))
    publisher.start()
    has_page.wait(60)
    watcher.start()
    Ready(task, True, user).execute()
    for thread in (publisher, watcher):
        thread.join()
    assert faults == []
    assert Task.objects.get(pk=task.pk).ready


def until_somebody_waits(publisher, waits):
    with connection.cursor() as cursor:
        found = 0
        while not found and publisher.is_alive() and not waits.wait(0.05):
            cursor.execute(_WAITING)
            (found,) = cursor.fetchone()
    waits.set()
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_source_and_translation_do_not_wait_for_each_other(user, story):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")
    has_page, waits, faults = threading.Event(), threading.Event(), []

    def translation():
        try:
            with transaction.atomic():
                list(Page.objects.select_for_update().filter(pk=story[1].pk).values_list("pk"))
                has_page.set()
                waits.wait(60)
                draft = newest(fresh(story[1]))
                draft.title = "Ново"
                publish(draft, user)
        except DatabaseError as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=translation)]
    threads.append(threading.Thread(target=until_somebody_waits, args=(threads[0], waits)))
    threads[0].start()
    has_page.wait(60)
    threads[1].start()
    draft = newest(fresh(story[0]))
    draft.expire_at = SOON
    publish(draft, user)
    for thread in threads:
        thread.join()
    assert faults == []
    assert [fresh(page).expire_at for page in story] == [SOON] * 3
    assert fresh(story[1]).title == "Ново"
