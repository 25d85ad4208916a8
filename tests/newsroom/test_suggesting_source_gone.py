"""What a machine wrote stays a machine's when the source of the translation is deleted."""

import os
import sqlite3
import subprocess
import sys

import pytest
from desk_kit import publish, text, write
from machine_kit import libre, served, upper
from newsroom_settings import ROOM
from translating_kit import sent

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.first_tables import make_first_tables
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.acting import AskMachine
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.marks import standing, unchecked
from tamizdat.newsroom.suggesting.models import FAILED, MachineDraft
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db


def by_machine(desk, source, language="ru", change=upper):
    """The task of a translation that a machine drafted."""
    task = sent(source, desk, language)
    with served(libre(change)):
        AskMachine([task], desk).execute()
        assert draft_waiting() == 1
    return task


@pytest.fixture
def page(desk, source):
    """A translation by a machine whose source is deleted."""
    task = by_machine(desk, source)
    StoryPage.objects.get(pk=source.pk).delete()
    assert not Task.objects.exists()
    return StoryPage.objects.get(pk=task.target_id)


def draft(page):
    return newest(StoryPage.objects.get(pk=page.pk))


def saved(page, **fields):
    """What readers are told of the draft that somebody saves with these fields."""
    now = draft(page)
    for name, value in fields.items():
        setattr(now, name, value)
    now.save_revision()
    return draft(page).translation


def test_a_machines_words_stay_marked(page):
    assert standing(draft(page), unchecked(page.pk)) == 4
    assert saved(page, title="Забастовка") == "machine"
    publish(draft(page))
    out = story_from_bytes(bytes(Release.objects.get(language="ru", current=True).story))
    assert out.translation == "machine"


def test_and_no_longer_once_people_have_written_them_all(page):
    said = {"title": "Забастовка", "lead": "Снова ходят.", "body": text("<p>В девять.</p>")}
    assert saved(page, **said) == ""
    assert saved(page, body=text("<p>IT IS FULL.</p>")) == "machine", "pasted out of an older version"
    assert saved(page, body=text("<p>Полон.</p>")) == ""


def test_whoever_says_in_the_form_that_people_checked_it_has_checked_it(page):
    assert saved(page, translation="") == ""
    assert saved(page, title="Забастовка") == ""
    assert standing(draft(page), unchecked(page.pk)) == 0


def test_pasted_where_the_form_says_that_people_wrote_it_a_machines_words_are_its_own(page):
    saved(page, title="Забастовка", lead="Снова ходят.", body=text("<p>В девять.</p>"))
    assert saved(page, body=text("<p>IT IS FULL.</p>"), translation="") == "machine"


def test_beside_its_source_no_form_takes_a_mark_away(desk, source):
    task = by_machine(desk, source)
    assert saved(task.target, translation="") == "machine"


def test_what_waits_for_a_machine_says_that_there_is_nothing_to_translate(desk, source):
    task = sent(source, desk, "ru")
    with served(libre()) as service:
        AskMachine([task], desk).execute()
        StoryPage.objects.get(pk=source.pk).delete()
        assert draft_waiting() == 0
        assert not service.requests
    made = MachineDraft.objects.get(page=task.target)
    assert (made.state, made.fault) == (FAILED, "It is no translation any more: its source was deleted.")


def test_other_letters_are_made_from_a_machines_words_as_such(desk):
    source = write("Harbour strike ends", body=text("<p>It is full.</p>"))
    task = by_machine(desk, source, "sr", lambda _said: "Пун је.")
    StoryPage.objects.get(pk=source.pk).delete()
    latin = sent(StoryPage.objects.get(pk=task.target_id), desk, "sr-Latn")
    assert standing(draft(latin.target), unchecked(latin.target_id)) == 2
    page = draft(task.target)
    page.translation = ""
    page.save_revision()
    assert draft(latin.target).translation == "machine", "nobody has looked at it in these letters"


def _row(db, table, **values):
    columns = db.execute(f"PRAGMA table_info({table})").fetchall()
    row = [values.get(name, 0 if needed else None) for _at, name, _type, needed, *_ in columns]
    db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


@pytest.mark.slow
@pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="about SQLite, which is made anew")
def test_what_was_noted_of_translations_is_noted_of_their_pages(tmp_path):
    database = tmp_path / "newsroom.sqlite"
    make_first_tables(database, "en")
    environment = {**os.environ, "TAMIZDAT_NEWSROOM": str(ROOM), "DJANGO_SETTINGS_MODULE": "tamizdat.newsroom.settings"}
    begin = (
        "import django; from django.conf import settings; "
        f"settings.DATABASES['default']['NAME'] = {str(database)!r}; django.setup(); "
        "from django.core.management import call_command; call_command('migrate', 'suggesting', {!r}, verbosity=0)"
    )

    def migrate(name):
        subprocess.run([sys.executable, "-c", begin.replace("{!r}", repr(name))], env=environment, check=True)

    migrate("0001_initial")
    with sqlite3.connect(database) as db:
        _row(db, "stories_storypage", page_ptr_id=1)
        _row(db, "translating_task", id=7, source_id=1, target_id=1)
        _row(db, "suggesting_machinepiece", task_id=7, digest="hash")
    migrate("0003_machines_words_of_no_task")
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT page_id, digest FROM suggesting_machinepiece").fetchall() == [(1, "hash")]
