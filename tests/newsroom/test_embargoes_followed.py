"""A translation shows the embargo that its source has now, not the one that it had when somebody sent or saved it."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, text, write
from lxml import html
from test_embargoes import EVENING, NOON, edit, embargo, fresh, goes_at
from test_writing_unfinished import _fields as fields_of
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether, is_ready
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(desk):
    """Never out, and under embargo until noon."""
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    page = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)
    embargo(page, NOON, desk)
    return fresh(page)


@pytest.fixture
def task(client, desk, source):
    return translate(client, sent(source, desk, "ru"), WORDS)


def shown(page):
    """What the story's form says."""
    return newest(fresh(page)).embargo


@pytest.mark.parametrize("at", [None, EVENING])
def test_what_the_source_lifts_or_moves_is_so_in_the_translation(client, desk, source, task, at):
    latin = sent(source, desk, "sr"), sent(fresh(source), desk, "sr-Latn")
    assert [shown(each.target_id) for each in (task, *latin)] == [NOON] * 3
    embargo(source, at, desk)
    assert [shown(each.target_id) for each in (task, *latin)] == [at] * 3
    assert "2031-05-01 12:00" not in client.get(edit(task.target_id)).content.decode()


def test_it_is_the_draft_that_was_called_ready(desk, source, task):
    Ready(task, True, desk).execute()
    embargo(source, None, desk)
    assert is_ready(Task.objects.get(pk=task.pk))
    held = Hold(fresh(source), (Task.objects.get(pk=task.pk),), desk).execute()
    assert len(ReleaseTogether(held, desk).execute()) == 2


def test_one_of_its_own_stays(desk, source, task):
    embargo(task.target_id, EVENING, desk)
    embargo(source, None, desk)
    assert shown(task.target_id) == EVENING


def test_of_a_source_that_is_out_it_is_what_readers_have(client, desk, source):
    past = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    embargo(source, past, desk).publish(user=desk)
    task = translate(client, sent(fresh(source), desk, "ru"), WORDS)
    draft = embargo(source, None, desk)
    assert shown(task.target_id) == past, "a draft of what is out says nothing to translators yet"
    draft.publish(user=desk)
    assert shown(task.target_id) is None


def test_what_goes_by_itself_waits_no_longer_than_its_source_once_let_out_anew(desk, source, task):
    newest(fresh(task.target_id)).save_revision(user=desk).publish(user=desk)
    assert goes_at(task.target_id) == [NOON]
    embargo(source, None, desk)
    assert fresh(task.target_id).get_scheduled_revision_as_object().embargo is None
    assert publish(newest(fresh(task.target_id)), desk).live


def opened(client, page):
    """The hidden fields of its form."""
    form = html.fromstring(client.get(edit(page)).content.decode()).get_element_by_id("page-edit-form")
    return {each.name: each.value or "" for each in form.xpath(".//input[@type='hidden']") if each.name}


def save(client, page, hidden, at):
    typed = fields_of(story_id="harbour", headline="Забастовка окончена", embargo=f"{at:%Y-%m-%d %H:%M}" if at else "")
    answer = client.post(edit(page), hidden | typed, follow=True)
    assert answer.status_code == 200


def test_a_form_that_was_open_does_not_make_it_the_translations_own(client, desk, source, task):
    hidden = opened(client, task.target_id)
    embargo(source, EVENING, desk)
    embargo(source, None, desk)
    save(client, task.target_id, hidden, NOON)
    assert newest(fresh(task.target_id)).title == "Забастовка окончена"
    assert shown(task.target_id) is None


def test_what_somebody_chooses_in_a_form_is_the_translations_own(client, desk, source, task):
    embargo(source, None, desk)
    save(client, task.target_id, opened(client, task.target_id), NOON)
    assert shown(task.target_id) == NOON


def test_what_somebody_takes_out_and_writes_again_is_no_sources(client, desk, source, task):
    embargo(task.target_id, EVENING, desk)
    hidden = opened(client, task.target_id)
    save(client, task.target_id, hidden, None)
    save(client, task.target_id, hidden, EVENING)
    assert shown(task.target_id) == EVENING
