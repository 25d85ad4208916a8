"""Breaking news that went out in several languages is sent for translation once its full story is there."""

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from people_kit import member
from test_breaking import page_in, put_out, released

from tamizdat.newsroom.breaking.acting import SayMore, Words
from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Save
from tamizdat.newsroom.translating.aligning import CHANGED, NEW, OWN, SAME
from tamizdat.newsroom.translating.beside import draft_mark, newest, rows_of, source_now
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return person()


@pytest.fixture
def english(user):
    """News in three languages, with a line in two of them and another in one; in English its full story is out."""
    flash = put_out(user)
    SayMore(user, flash, {"en": "Trains still run.", "ru": "Поезда ходят."}).execute()
    SayMore(user, flash, {"ru": "И автобусы."}).execute()
    page = page_in("en").get_latest_revision_as_object()
    page.title, page.dateline = "Why the harbour is closed", "Riga"
    page.sections = ["ports"]
    page.body = [*page.body.get_prep_value(), *text("<p>It began at night.</p>")]
    return publish(page, user)


def states(task):
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    return {(row.state, row.source, row.text) for field in fields for row in field.rows}


def test_what_was_said_in_both_is_translated_and_the_rest_is_not(user, english):
    before = page_in("ru")
    (task,) = Send(english, ("ru",), user).execute()
    assert task.target_id == before.pk
    rows = {(state, text) for state, _source, text in states(task)}
    assert (CHANGED, "Порт закрыт") in rows
    assert (SAME, "Так сообщили <в порту>.") in rows
    lines = {state: text for state, _source, text in states(task) if "UTC" in text}
    assert "Поезда ходят." in lines[SAME]
    assert "И автобусы." in lines[OWN]
    assert {source for state, source, _text in states(task) if state == NEW} == {"Riga", "<p>It began at night.</p>"}
    assert (task.todo, task.changed) == (2, 1)


def test_readers_keep_what_they_have_and_the_draft_follows(user, english):
    before = released("ru")
    (task,) = Send(english, ("ru",), user, urgent=True).execute()
    assert released("ru") == before
    assert StoryPage.objects.filter(story_id=english.story_id).count() == 3
    draft = newest(StoryPage.objects.get(pk=task.target_id))
    assert draft.sections == ["ports"]
    assert draft.title == "Порт закрыт"
    assert str(draft.body.get_prep_value()).count("<p>") == 2
    assert task.urgent


def test_what_somebody_chose_for_the_language_stays(user, english):
    page = page_in("ru").get_latest_revision_as_object()
    page.sections = ["sea"]
    page.save_revision(user=user)
    (task,) = Send(english, ("ru",), user).execute()
    assert newest(StoryPage.objects.get(pk=task.target_id)).sections == ["sea"]


def test_it_is_translated_side_by_side_from_then_on(client, user, english):
    client.force_login(user)
    screen = client.get(reverse("translating_send", args=[english.pk])).content.decode()
    assert 'value="ru"' in screen
    assert 'value="fa"' in screen
    client.post(reverse("translating_send", args=[english.pk]), {"language": ["ru"]})
    task = Task.objects.get()
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    texts = {}
    for field in fields:
        for at, row in enumerate(field.rows):
            texts[field.key, at] = ("Началось ночью.", True) if "at night" in row.source else (row.text, True)
    Save(task, texts, user, draft_mark(task.target), fields).execute()
    body = str(newest(StoryPage.objects.get(pk=task.target_id)).body.get_prep_value())
    for said in ("Началось ночью.", "Поезда ходят.", "И автобусы."):
        assert body.count(said) == 1
    assert 'value="ru"' not in client.get(reverse("translating_send", args=[english.pk])).content.decode()


def test_it_is_sent_once_and_to_nobody_elses_language(user, english):
    for roles in (("editor:en",), ("editor:en", "reporter:ru")):
        with pytest.raises(PermissionDenied):
            Send(english, ("ru",), member(roles[-1], *roles)).execute()
    Send(english, ("ru",), user).execute()
    with pytest.raises(ValidationError, match="already"):
        Send(english, ("ru",), user).execute()
    Send(english, ("fa", "sr"), user).execute()
    assert Task.objects.count() == 3


def test_a_page_that_somebody_locked_stays_as_it_is(user, english):
    StoryPage.objects.filter(pk=page_in("ru").pk).update(locked=True, locked_by=user)
    with pytest.raises(ValidationError, match="locked"):
        Send(english, ("ru",), person("other")).execute()
    assert not Task.objects.exists()


def test_another_story_that_is_there_is_nobodys_translation(user):
    source = publish(write("Ferry", story_id="ferry"), user)
    write("Паром", language="ru", story_id="ferry", translation_key=source.translation_key)
    with pytest.raises(ValidationError, match="already"):
        Send(source, ("ru",), user).execute()


@pytest.fixture
def tied(user, english):
    """The same, sent for translation; all that was said until then is translated."""
    flash = Flash.objects.get()
    (task,) = Send(english, ("ru",), user).execute()
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    texts = {(field.key, at): (row.text, True) for field in fields for at, row in enumerate(field.rows)}
    Save(task, texts, user, draft_mark(task.target), fields).execute()
    return flash, Task.objects.get(pk=task.pk)


def told(task):
    task = Task.objects.get(pk=task.pk)
    return {text: state for state, _source, text in states(task) if "UTC" in text or not text}, task.todo, task.changed


def test_a_line_that_is_said_in_both_once_they_are_tied_is_translated(user, tied):
    flash, task = tied
    SayMore(user, flash, {"en": "All is over.", "ru": "Всё кончено."}).execute()
    lines, todo, changed = told(task)
    (said,) = (text for text in lines if "Всё кончено." in text)
    assert (lines[said], todo, changed) == (SAME, 0, 0)
    assert [str(released(tag).body[0]).count(words) for tag, words in (("en", "All is"), ("ru", "Всё"))] == [1, 1]
    page = newest(page_in("en"))
    page.body = [{**each, "value": each["value"].replace("All", "Nearly all")} for each in page.body.get_prep_value()]
    publish(page, user)
    assert told(task)[0][said] == CHANGED


def test_one_that_is_said_in_one_of_them_is_not(user, tied):
    flash, task = tied
    SayMore(user, flash, {"ru": "Только здесь."}).execute()
    assert {state for text, state in told(task)[0].items() if "Только" in text} == {OWN}
    SayMore(user, flash, {"en": "Only there.", "fa": "ایضاً"}).execute()
    assert told(task)[1] == 1


@pytest.mark.parametrize("order", [("sr", "sr-Latn"), ("sr-Latn", "sr")])
@pytest.mark.parametrize("source", ["sr", "sr-Latn"])
def test_a_line_said_in_both_letters_stands_there_once(source, order):
    user, lines = person(), {"sr": "Возови иду.", "sr-Latn": "Vozovi idu."}
    flash = put_out(user, {"sr": Words("Лука затворена"), "sr-Latn": Words("Luka zatvorena")})
    (other,) = {*order} - {source}
    Send(page_in(source), (other,), user).execute()
    SayMore(user, flash, {language: lines[language] for language in order}).execute()
    for language in order:
        assert str(newest(page_in(language)).body.get_prep_value()).count(lines[language]) == 1
        assert str(newest(page_in(language)).body.get_prep_value()).count("UTC") == 1
