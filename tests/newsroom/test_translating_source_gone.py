"""Whoever translates learns what became of the source before they say that the translation may go out."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, text, write
from django.urls import reverse
from people_kit import member
from test_translating import WORDS, sent, translate

from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.corrections.models import TAKEDOWN
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
SAID = "Readers have the source of this translation no more"
ALARM = "has TAKEN BACK the item"


@pytest.fixture
def desk(client):
    somebody = person()
    client.force_login(somebody)
    return somebody


@pytest.fixture
def source(desk):
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    return write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)


@pytest.fixture
def task(client, desk, source):
    task = translate(client, sent(source, desk, "ru"), WORDS)
    client.force_login(member("ru", "editor:ru"))
    return task


def screens(client, task):
    addresses = (
        reverse("wagtailadmin_pages:edit", args=[task.target_id]),
        reverse("translating_beside", args=[task.pk]),
        reverse("translating_board"),
    )
    return [client.get(each).content.decode() for each in addresses]


@pytest.mark.parametrize("end", ["back", "down"])
def test_a_source_that_is_out_no_more_is_told(client, desk, source, task, end):
    assert not any(SAID in each or "no more" in each for each in screens(client, task)), "it was never out"
    publish(StoryPage.objects.get(pk=source.pk), desk)
    assert not any(SAID in each or "no more" in each for each in screens(client, task))
    if end == "back":
        StoryPage.objects.get(pk=source.pk).unpublish()
    else:
        Correct("harbour", TAKEDOWN, {}, desk, ("en",), "because").execute()
    form, beside, board = screens(client, task)
    assert SAID in form
    assert SAID in beside
    assert "readers have it no more" in board


def test_an_item_that_its_source_took_back_is_told_to_translators(client, desk, source, task):
    item = WireItem.objects.create(
        subscription=Subscription.objects.create(name="Agency", kind="rss", address="http://127.0.0.1/"),
        story_id="wire", language="en", headline="x", story=b"", mark="m", version=1, received=NOW, changed=NOW,
        published=NOW, rights="Not for print",
    )  # fmt: skip
    taken = Taken.objects.create(item=item, page=source, source="Agency", story=b"", mark="m")
    form, beside, board = screens(client, task)
    assert ALARM not in form + beside
    assert "Not for print" in form
    assert "Not for print" in beside
    assert "taken back by its source" not in board
    WireItem.objects.update(withdrawn=NOW)
    form, beside, board = screens(client, task)
    look = reverse("wires_changes", args=[taken.pk])
    for screen in (form, beside):
        assert f"Agency {ALARM}" in screen
        assert look not in screen, "no way that they may not go"
    assert "taken back by its source" in board
    client.force_login(desk)
    assert look in screens(client, task)[1]
    Taken.objects.update(answered=NOW)
    assert not any(ALARM in each or "taken back by its source" in each for each in screens(client, task))


def test_a_translation_of_a_translation_is_told_too(client, desk, source, task):
    item = WireItem.objects.create(
        subscription=Subscription.objects.create(name="Agency", kind="rss", address="http://127.0.0.1/"),
        story_id="wire", language="en", headline="x", story=b"", mark="m", version=1, received=NOW, changed=NOW,
        published=NOW, withdrawn=NOW,
    )  # fmt: skip
    Taken.objects.create(item=item, page=source, source="Agency", story=b"", mark="m")
    second = Task.objects.create(source=task.target, target=write("Third", language="fa"))
    client.force_login(desk)
    assert ALARM in client.get(reverse("translating_beside", args=[second.pk])).content.decode()
