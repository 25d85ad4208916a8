"""Files that come back after somebody worked on the source or on the translation here."""

import re

import pytest
from desk_kit import publish, text, write
from exchange_kit import WORDS, back, chosen, counts, fresh, shown, taken, texts, translate
from translating_kit import sent

from tamizdat.newsroom.exchange.files import FORMATS
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    body = text("<p>The ferry <b>sails</b> at <a href='https://a.example/?x=1&amp;y=2'>nine</a>.</p><p>It is full.</p>")
    return write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)


def edited_here(task, lead):
    draft = newest(task.target)
    draft.lead = lead
    draft.save_revision()


@pytest.mark.parametrize("kind", FORMATS)
def test_words_written_here_meanwhile_are_not_overwritten(client, desk, source, kind):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, kind), {**WORDS, "It is full.": "Он полон."}, kind)
    edited_here(fresh(task), "Мы написали сами.")
    report = back(client, data, task)
    assert counts(report) == {"taken": 2, "conflict": 1, "empty": 1}
    assert newest(fresh(task).target).lead == "Мы написали сами."
    page = client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    assert "Они снова ходят." in page
    assert "написали" in page


def test_a_person_takes_the_files_words_or_better_ones(client, desk, source):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    edited_here(fresh(task), "Мы написали сами.")
    report = back(client, data, task)
    chosen(client, report, "Они <b>снова</b> ходят.", do="")
    assert report.files.get().units
    chosen(client, report, "Они снова ходят, мы знаем.")
    assert newest(fresh(task).target).lead == "Они снова ходят, мы знаем."
    assert not report.files.get().units


def test_a_person_keeps_what_is_here(client, desk, source):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    edited_here(fresh(task), "Мы написали сами.")
    report = back(client, data, task)
    chosen(client, report, "", do="drop")
    assert not report.files.get().units
    assert newest(fresh(task).target).lead == "Мы написали сами."


def test_a_choice_that_was_made_of_older_words_is_not_taken(client, desk, source):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12")
    edited_here(fresh(task), "Мы написали сами.")
    report = back(client, data, task)
    seen = re.search(
        'name="seen:0" value="([^"]+)"', client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    )[1]
    edited_here(fresh(task), "И ещё раз.")
    chosen(client, report, "Они снова ходят.", seen=seen)
    assert newest(fresh(task).target).lead == "И ещё раз."
    assert report.files.get().units


@pytest.mark.parametrize("kind", FORMATS)
def test_a_text_of_an_older_source_comes_in_marked_as_changed(client, desk, source, kind):
    source = publish(source)
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, kind), {"It is full.": "Он полон."}, kind)
    page = StoryPage.objects.get(pk=source.pk)
    block = page.body.get_prep_value()[0]
    page.body = [{**block, "value": block["value"].replace("It is full.", "It is not full.")}]
    publish(page)
    assert counts(back(client, data, task)) == {"flagged": 1, "empty": 3}
    row = [row for field in shown(task).values() for row in field][-1]
    assert row == ("changed", "<p>It is not full.</p>", "<p>Он полон.</p>")
    assert fresh(task).changed == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_confirmed_elsewhere_a_changed_text_is_no_longer_flagged(client, desk, source, kind):
    source = publish(source)
    task = sent(source, desk, "ru")
    back(client, translate(taken(client, task, kind), {"It is full.": "Он полон."}, kind), task)
    page = StoryPage.objects.get(pk=source.pk)
    block = page.body.get_prep_value()[0]
    page.body = [{**block, "value": block["value"].replace("It is full.", "It is quite full.")}]
    publish(page)
    assert fresh(task).changed == 1
    data = taken(client, task, kind)
    assert "It is full." in data.decode()  # what it was before, for the translator
    assert counts(back(client, data, task)) == {"empty": 3, "unchanged": 1}
    assert fresh(task).changed == 1
    done = data.replace(b"#, fuzzy\n", b"").replace(b"needs-review-translation", b"translated")
    done = done.replace(b'state="initial" subState="newsroom:changed"', b'state="final"')
    assert counts(back(client, done, task)) == {"empty": 3, "taken": 1}
    assert fresh(task).changed == 0


def test_paragraphs_that_repeat_keep_their_places(client, desk):
    stars = "<p>* * *</p>"
    page = publish(write("Stars", body=text(f"{stars}<p>One.</p>{stars}<p>Two.</p>{stars}")))
    task = sent(page, desk, "ru")
    data = taken(client, task, "xliff12").decode()
    for at, word in enumerate(("первые", "вторые", "третьи")):
        before, source, after = data.rpartition("<source>* * *</source>")
        del at
        data = (
            before
            + "<source>@@@</source>"
            + after.replace(
                '<target state="needs-translation"></target>', f'<target state="translated">{word}</target>', 1
            )
        )
        del source
    data = data.replace("@@@", "* * *")
    block = page.body.get_prep_value()[0]
    page = StoryPage.objects.get(pk=page.pk)
    page.body = [{**block, "value": "<p>New.</p>" + block["value"]}]
    publish(page)
    back(client, data.encode(), task)
    assert [text for text in texts(task) if "е" in text or "ь" in text] == [
        "<p>третьи</p>",
        "<p>вторые</p>",
        "<p>первые</p>",
    ]
    assert fresh(task).changed == 0
