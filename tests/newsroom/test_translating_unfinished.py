"""Drafts that are not whole yet: they stop neither who translates nor what is published beside them."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import publish, write
from django.core.exceptions import ValidationError
from people_kit import member
from translating_kit import WORDS, sent, shown, translate, typing
from wagtail.log_actions import registry
from wagtail.models import PageLogEntry

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom import releasing
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.acting import SayReady
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db
UNFINISHED = {"type": "embed", "value": {"url": "", "title": ""}}
TEXT = {"type": "text", "id": "22222222-1111-4111-8111-111111111111", "value": "<p>Пун је.</p>"}
VIDEO = {
    "type": "embed",
    "id": "33333333-1111-4111-8111-111111111111",
    "value": {"url": "https://video.example/", "title": "Видео"},
}


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def out(language):
    return story_from_bytes(bytes(Release.objects.get(language=language, current=True).story)).headline


def leave_unfinished(page, by):
    """Save a draft as the form does when somebody goes away in the middle of a block."""
    page.body = [*page.body.get_prep_value(), UNFINISHED]
    page.is_unfinished = True
    page.save_revision(user=by)


@pytest.fixture
def cyrillic():
    return publish(write("Штрајк у луци", language="sr", story_id="luka", lead="Љубав и мир.", body=[TEXT, VIDEO]))


@pytest.fixture
def latin(desk, cyrillic):
    """In Latin letters, out."""
    task = sent(cyrillic, desk, "sr-Latn")
    publish(draft(task))
    return Task.objects.get(pk=task.pk)


def test_an_unfinished_draft_in_other_letters_stops_nobody_from_publishing(desk, cyrillic, latin):
    leave_unfinished(draft(latin), desk)
    cyrillic.title = "Крај штрајка"
    publish(cyrillic, desk)
    assert (out("sr"), out("sr-Latn")) == ("Крај штрајка", "Štrajk u luci")
    assert draft(latin).title == "Kraj štrajka", "the draft follows, for whoever finishes it"
    assert draft(latin).body.get_prep_value()[-1]["value"] == UNFINISHED["value"]


def test_nor_what_goes_out_at_its_time(desk, cyrillic, latin):
    leave_unfinished(draft(latin), desk)
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    page = newest(cyrillic)
    page.title, page.go_live_at = "Крај штрајка", at
    revision = page.save_revision(user=desk)
    revision.publish(user=desk)
    revision.approved_go_live_at = at - timedelta(hours=2)  # an hour passes
    revision.content = {**revision.content, "go_live_at": None}
    revision.save()
    publish_due(datetime.now(UTC))
    assert out("sr") == "Крај штрајка"


def test_nor_who_translates_what_it_is_made_from(client, desk, source):
    serbian, latin = sent(source, desk, "sr", "sr-Latn")
    leave_unfinished(draft(latin), desk)
    translate(client, serbian, {"Harbour strike ends": "Крај штрајка"})
    assert draft(latin).title == "Kraj štrajka"


def test_who_publishes_the_source_needs_no_right_in_the_other_letters(cyrillic, latin):
    cyrillic.title = "Крај штрајка"
    publish(cyrillic, member("ana", "editor:sr"))
    assert (out("sr"), out("sr-Latn")) == ("Крај штрајка", "Kraj štrajka")
    assert not StoryPage.objects.get(pk=latin.target_id).has_unpublished_changes


def test_what_did_not_go_out_says_why_in_its_history(desk, cyrillic, latin, monkeypatch):
    monkeypatch.setattr(releasing, "is_taken_down", lambda _story, language: language == "sr-Latn")
    cyrillic.title = "Крај штрајка"
    publish(cyrillic, desk)
    entry = PageLogEntry.objects.get(page=latin.target_id, action="suggesting.late")
    assert entry.data["reason"]
    said = registry.get_formatter(entry).format_message(entry)
    assert said == f"Not published with its source: {entry.data['reason']}"
    assert not PageLogEntry.objects.filter(page=latin.target_id, action="suggesting.follow").exists()


def test_a_headline_too_long_in_other_letters_waits_for_a_person(desk, cyrillic, latin):
    cyrillic.title = "Љ" * 200
    publish(cyrillic, desk)
    assert out("sr") == cyrillic.title
    task = Task.objects.get(pk=latin.pk)
    assert (task.changed, draft(task).title, out("sr-Latn")) == (1, "Štrajk u luci", "Štrajk u luci")


def test_an_unfinished_block_of_the_source_stops_no_translator(client, desk, source):
    task = sent(source, desk, "ru")
    leave_unfinished(newest(source), desk)
    task = translate(client, task, WORDS)
    assert draft(task).title == WORDS["Harbour strike ends"]
    with pytest.raises(ValidationError, match="block"):
        SayReady(task, True, desk).execute()
    assert not Task.objects.get(pk=task.pk).ready


def test_a_line_that_is_too_long_is_refused_in_a_draft_too(client, desk, source):
    task = sent(source, desk, "ru")
    answer = client.post(f"/admin/translating/{task.pk}/", typing(task, {"Harbour strike ends": "ж" * 256}))
    assert "is longer than 255 characters" in answer.content.decode()
    assert shown(task)[0].rows[0].state == "new"


def test_the_title_of_a_video_may_be_longer_than_a_headline(client, desk, cyrillic):
    cyrillic.body = [TEXT, {**VIDEO, "value": {**VIDEO["value"], "title": "љ" * 200}}]
    task = sent(publish(cyrillic, desk), desk, "sr-Latn")
    task = Task.objects.get(pk=task.pk)
    assert (task.todo, draft(task).body.get_prep_value()[-1]["value"]["title"]) == (0, "lj" * 200)
