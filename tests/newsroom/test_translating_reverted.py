"""An older version of a translation says what it said then: that it fits today's source, somebody looks at."""

import pytest
from desk_kit import jpeg, picture, publish, text, write
from django.core.exceptions import ValidationError
from test_translating_blocks import RUSSIAN, TEXT, begun, body, edit, shot
from test_translating_blocks import now as source_now
from test_writing_brought_back import OldVersion
from translating_kit import sent, shown, translate

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Ready
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db
WORDS = {"BBC": "BBC", "The ferry sails.": "Паром ходит.", "It is full.": "Он полон.", "It is empty.": "Он пуст."}


@pytest.fixture
def source():
    return publish(write("BBC", story_id="harbour", body=text("<p>The ferry sails.</p><p>It is full.</p>")))


@pytest.fixture
def task(client, desk, source):
    """Translated twice: once as the source was, and once as it is."""
    made = translate(client, sent(source, desk, "ru"), WORDS)
    page = StoryPage.objects.get(pk=source.pk)
    (block,) = page.body.get_prep_value()
    page.body = [{**block, "value": "<p>The ferry sails.</p><p>It is empty.</p>"}]
    publish(page)
    return translate(client, made, WORDS, confirm=["It is empty."])


def versions(task):
    return StoryPage.objects.get(pk=task.target_id).revisions.order_by("pk")


def bring_back(desk, revision):
    revision.as_object().save_revision(user=desk, log_action=True, previous_revision=revision)


def rows(task):
    return {row.source: (row.state, row.text) for field in shown(task) for row in field.rows}


def told(task):
    return Task.objects.values_list("todo", "changed").get(pk=task.pk)


def test_what_an_older_version_says_otherwise_is_to_be_looked_at(client, desk, task):
    assert (told(task), rows(task)["<p>It is empty.</p>"]) == ((0, 0), ("same", "<p>Он пуст.</p>"))
    bring_back(desk, list(versions(task))[-2])
    assert told(task) == (0, 1)
    assert rows(task) == {
        "BBC": ("same", "BBC"),
        "<p>The ferry sails.</p>": ("same", "<p>Паром ходит.</p>"),
        "<p>It is empty.</p>": ("changed", "<p>Он полон.</p>"),
    }
    with pytest.raises(ValidationError, match="1 changed"):
        Ready(Task.objects.get(pk=task.pk), True, desk).execute()
    translate(client, task, WORDS, confirm=["It is empty."])
    assert (told(task), rows(task)["<p>It is empty.</p>"]) == ((0, 0), ("same", "<p>Он пуст.</p>"))


def test_so_it_is_on_the_screen_of_the_older_version(client, desk, task):
    old = list(versions(task))[-1]
    translate(client, task, {"BBC": "Би-би-си"})
    assert rows(task)["BBC"] == ("same", "Би-би-си")
    assert OldVersion(client, desk, task.target, old).send().status_code == 302
    assert rows(task)["BBC"] == ("changed", "BBC")


def test_the_sources_own_words_are_not_taken_for_a_translation_and_nothing_is_emptied(desk, task):
    bring_back(desk, versions(task)[0])
    assert rows(task) == {
        "BBC": ("same", "BBC"),
        "<p>The ferry sails.</p>": ("changed", "<p>The ferry sails.</p>"),
        "<p>It is empty.</p>": ("changed", "<p>It is full.</p>"),
    }


def test_what_waited_to_be_translated_waits_still(client, desk, source):
    task = translate(client, sent(source, desk, "ru"), {"It is full.": "Он полон."})
    bring_back(desk, versions(task)[0])
    assert rows(task) == {
        "BBC": ("new", ""),
        "<p>The ferry sails.</p>": ("new", ""),
        "<p>It is full.</p>": ("changed", "<p>It is full.</p>"),
    }


def test_saved_again_by_itself_it_is_compared_with_what_was_before(desk, task):
    old = list(versions(task))[-2]
    bring_back(desk, old)
    page = old.as_object()
    page.latest_revision = StoryPage.objects.get(pk=task.target_id).latest_revision

    page.save_revision(user=desk, log_action=True, previous_revision=old, overwrite_revision=page.latest_revision)
    assert told(task) == (0, 1)


def test_what_stood_there_until_then_stays_wherever_it_was_written(client, desk, task):
    page = newest(StoryPage.objects.get(pk=task.target_id))
    (block,) = page.body.get_prep_value()
    page.body = [{**block, "value": block["value"].replace("ходит", "идёт")}]
    old = page.save_revision(user=desk)
    page.title = "Би-би-си"
    page.save_revision(user=desk)
    bring_back(desk, old)
    assert rows(task)["<p>The ferry sails.</p>"] == ("same", "<p>Паром идёт.</p>")
    assert rows(task)["BBC"] == ("changed", "BBC")


def test_the_source_itself_goes_back_as_ever(desk, source, task):
    bring_back(desk, StoryPage.objects.get(pk=source.pk).revisions.order_by("pk").first())
    assert told(task) == (0, 0)


def pictured(task):
    return body(task)[-1]["value"]["picture"]["image"]


@pytest.fixture
def exchanged(client, desk):
    """A picture, the one that the source has in its place, and the translation, where somebody looked at that."""
    one, two = picture("One"), picture("Two", jpeg(900, 700))
    source = begun(shot(one))
    made = translate(client, sent(source, desk, "ru"), RUSSIAN)
    source_now(source, TEXT, shot(two))
    made = translate(client, made, {}, confirm=["A face", "Ivan"])
    assert (told(made), pictured(made)) == ((0, 0), two.pk)
    return one, two, made


def test_a_picture_that_the_source_showed_once_is_to_be_looked_at(client, desk, exchanged):
    one, two, task = exchanged
    bring_back(desk, list(versions(task))[-2])
    assert (told(task), pictured(task)) == ((0, 2), one.pk)
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "the picture, recording or address here is another one" in screen
    translate(client, task, {}, confirm=["A face", "Ivan"])
    assert (told(task), pictured(task)) == ((0, 0), two.pk)


def test_one_of_the_translators_own_is_theirs_again(client, desk, exchanged):
    _one, two, task = exchanged
    own = picture("Three", jpeg(700, 700))
    edit(task, TEXT, shot(own, "Лицо", "Иван"))
    old = list(versions(task))[-1]
    edit(task, TEXT, shot(two, "Лицо", "Иван"))
    bring_back(desk, old)
    translate(client, task, {}, confirm=["A face", "Ivan"])
    assert pictured(task) == own.pk


def test_one_that_comes_in_the_place_of_their_own_is_to_be_looked_at_too(desk, exchanged):
    one, _two, task = exchanged
    old = list(versions(task))[-2]
    edit(task, body(task)[0], shot(picture("Three", jpeg(700, 700)), "Лицо", "Иван"))
    bring_back(desk, old)
    assert (told(task), pictured(task)) == ((0, 2), one.pk)


def test_one_that_they_put_there_themselves_is_not(desk, exchanged):
    one, _two, task = exchanged
    edit(task, TEXT, shot(one, "Лицо", "Иван"))
    old = list(versions(task))[-1]
    edit(task, TEXT, shot(one, "Лицо", "Иван"))
    bring_back(desk, old)
    assert told(task) == (0, 0)


def test_the_same_picture_as_before_is_told_of_by_nobody(client, desk, exchanged):
    *_pictures, task = exchanged
    edit(task, *body(task))
    bring_back(desk, list(versions(task))[-2])
    assert told(task) == (0, 0)
