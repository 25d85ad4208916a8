"""Serbian in Latin letters follows Serbian in Cyrillic; close languages lend each other what they have."""

import pytest
from desk_kit import person, publish, text, write
from test_suggesting_memory import suggested
from translating_kit import sent, shown, translate, translator

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom import releasing
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting import sisters
from tamizdat.newsroom.suggesting.models import Remembered
from tamizdat.newsroom.translating.acting import Hold, Ready, ReleaseTogether
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task, Together

pytestmark = pytest.mark.django_db
BODY = '<p>Трајект <b>плови</b> у <a href="https://ферибот.срб/?а=1">девет</a>.</p><p>Пун је.</p>'
LATIN = '<p>Trajekt <b>plovi</b> u <a href="https://ферибот.срб/?а=1">devet</a>.</p><p>Pun je.</p>'


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def source():
    return write("Штрајк у луци", language="sr", story_id="luka", lead="Љубав и мир.", body=text(BODY))


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def body(page):
    return page.body.get_prep_value()[0]["value"]


def again(source, **fields):
    page = StoryPage.objects.get(pk=source.pk)
    if "body" in fields:
        fields["body"] = [{**page.body.get_prep_value()[0], "value": fields["body"]}]
    for name, value in fields.items():
        setattr(page, name, value)
    return publish(page)


def fresh(task):
    return Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)


def test_what_is_sent_into_the_other_script_is_there_at_once(desk, source):
    task = fresh(sent(publish(source), desk, "sr-Latn"))
    page = draft(task)
    assert (page.title, page.lead, page.translation) == ("Štrajk u luci", "Ljubav i mir.", "")
    assert body(page) == LATIN
    assert (task.todo, task.changed) == (0, 0)
    assert not Remembered.objects.exists()


def test_what_nobody_edited_is_renewed_and_goes_out_with_its_source(desk, source):
    task = sent(publish(source), desk, "sr-Latn")
    publish(draft(task))
    again(source, lead="Нема мира.", body=BODY.replace("Пун је.", "Празан је.") + "<p>Крај.</p>")
    task = fresh(task)
    page = StoryPage.objects.get(pk=task.target_id)
    assert (page.lead, page.translation, task.changed) == ("Nema mira.", "", 0)
    assert body(page) == LATIN.replace("Pun je.", "Prazan je.") + "<p>Kraj.</p>"
    out = story_from_bytes(bytes(Release.objects.get(language="sr-Latn", current=True).story))
    assert (out.lead, out.translation) == ("Nema mira.", "")


def test_what_a_person_edited_stays_and_is_flagged(client, desk, source):
    client.force_login(desk)
    task = sent(publish(source), desk, "sr-Latn")
    translate(client, task, {"Љубав и мир.": "Ljubav & mir po našem."})
    publish(draft(task))
    again(source, title="Крај штрајка", lead="Нема мира.")
    task = fresh(task)
    assert draft(task).title == "Kraj štrajka"
    assert draft(task).lead == "Ljubav & mir po našem."
    assert (task.todo, task.changed) == (0, 1)
    assert StoryPage.objects.get(pk=task.target_id).title == "Štrajk u luci", "what is to be looked at is not out"
    again(source, body=BODY.replace("Пун је.", "Празан је."))
    assert draft(task).lead == "Ljubav & mir po našem."


def test_a_draft_that_is_not_out_stays_in(client, desk, source):
    client.force_login(desk)
    task = sent(publish(source), desk, "sr-Latn")
    publish(draft(task))
    translate(client, task, {"Љубав и мир.": "Još ne za čitaoce."})
    again(source, title="Крај штрајка")
    assert StoryPage.objects.get(pk=task.target_id).title == "Štrajk u luci"
    assert (draft(task).title, draft(task).lead) == ("Kraj štrajka", "Još ne za čitaoce.")


def test_pieces_that_the_source_lost_go_unless_they_were_edited(client, desk, source):
    client.force_login(desk)
    task = sent(publish(source), desk, "sr-Latn")
    again(source, body="<p>Пун је.</p>")
    assert body(draft(task)) == "<p>Pun je.</p>"
    translate(client, task, {"Пун је.": "Krcat je."})
    again(source, body="<p>Сасвим друго.</p>")
    assert body(draft(task)) == "<p>Krcat je.</p>"
    assert fresh(task).changed == 1


def test_a_translation_that_was_taken_down_stops_nobody_from_publishing_the_source(desk, source, monkeypatch):
    task = sent(publish(source), desk, "sr-Latn")
    publish(draft(task))
    monkeypatch.setattr(releasing, "is_taken_down", lambda _story, language: language == "sr-Latn")
    again(source, title="Крај штрајка")
    assert Release.objects.get(language="sr", current=True).story
    assert story_from_bytes(bytes(Release.objects.get(language="sr", current=True).story)).headline == "Крај штрајка"
    assert draft(task).title == "Kraj štrajka"
    assert StoryPage.objects.get(pk=task.target_id).title == "Štrajk u luci"


def test_released_together_both_say_the_same(desk, source):
    task = sent(source, desk, "sr-Latn")
    Ready(task, True, desk).execute()
    page = newest(source)
    page.title = "Крај штрајка"
    page.save_revision(user=desk)
    source = StoryPage.objects.get(pk=source.pk)
    held = Hold(source, (task,), desk).execute()
    ReleaseTogether(Together.objects.get(pk=held.pk), desk).execute()
    out = {each.language: story_from_bytes(bytes(each.story)) for each in Release.objects.filter(current=True)}
    assert (out["sr"].headline, out["sr-Latn"].headline) == ("Крај штрајка", "Kraj štrajka")


def test_nothing_new_is_no_new_draft(desk, source):
    task = sent(publish(source), desk, "sr-Latn")
    before = StoryPage.objects.get(pk=task.target_id).latest_revision_id
    publish(StoryPage.objects.get(pk=source.pk))
    assert StoryPage.objects.get(pk=task.target_id).latest_revision_id == before


def test_a_close_language_lends_its_translation_to_whoever_may_see_it(client, desk, monkeypatch):
    monkeypatch.setattr(sisters, "GROUPS", (("ru", "fa"),))  # the tests' newsroom has no close pair
    client.force_login(desk)
    source = publish(write("Harbour", body=text("<p>It is <b>full</b>.</p>")))
    ru, fa = sent(source, desk, "ru", "fa")
    translate(client, ru, {"It is <b>full</b>.": "Он <b>полон</b>."})
    assert suggested(fresh(fa), desk, "full") == [(0, "Он <strong>полон</strong>.")]
    somebody = translator("fa")
    assert suggested(fresh(fa), somebody, "full") == [], "a draft in a language that one may not edit"
    publish(draft(ru))
    assert suggested(fresh(fa), somebody, "full") == [(0, "Он <strong>полон</strong>.")]
    assert "close language" in client.get(f"/admin/translating/{fa.pk}/").content.decode()
    assert shown(fa)


def test_serbian_is_lent_in_the_letters_of_its_sisters():
    assert sisters.sisters("hr")[0] == "sr-Latn"
    assert sisters.in_letters_of("hr", "sr", "<b>Љубав</b>") == "<b>Ljubav</b>"
    assert sisters.sisters("en") == ()
