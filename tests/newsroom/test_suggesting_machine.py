"""Drafts by a machine: asked for by people, made in the background, marked until people have checked them."""

import pytest
from desk_kit import person, publish, text, write
from machine_kit import libre, served
from test_translating import typing

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.models import MachinePiece
from tamizdat.newsroom.translating.acting import Send
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def source():
    return write(
        "Harbour strike ends",
        story_id="harbour",
        lead="They sail again.",
        body=text(
            '<p>The ferry <b>sails</b> at <a href="https://ferry.example/?a=1&amp;b=2">nine</a>.</p><p>It is full.</p>'
        ),
    )


@pytest.fixture
def task(source, desk):
    (made,) = Send(source, ("ru",), desk).execute()
    return made


def asked(client, desk, task):
    client.force_login(desk)
    answer = client.post(f"/admin/suggesting/machine/{task.pk}/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def out(language="ru"):
    return story_from_bytes(bytes(Release.objects.get(current=True, language=language).story))


def test_a_draft_by_a_machine_reaches_readers_marked(client, desk, source, task):
    publish(source)
    with served(libre()) as service:
        assert "is drafting" in asked(client, desk, task)
        assert not service.requests, "no web request asks a machine"
        assert draft_waiting() == 1
        screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "href" not in "".join(service.texts()), "addresses stay here"
    assert screen.count("by a machine, not checked") == 4
    page = draft(task)
    assert (page.title, page.translation) == ("HARBOUR STRIKE ENDS", "machine")
    assert page.body.get_prep_value()[0]["value"] == (
        "<p>THE FERRY <strong>SAILS</strong> AT "
        '<a href="https://ferry.example/?a=1&amp;b=2">NINE</a>.</p><p>IT IS FULL.</p>'
    )
    publish(page)
    assert out().translation == "machine"
    assert "machine" in str(StoryPage.objects.get(pk=task.target_id).translation)


def test_it_is_marked_until_each_piece_is_edited_or_ticked(client, desk, source, task):
    with served(libre()):
        asked(client, desk, task)
        draft_waiting()
        marks = set(MachinePiece.objects.values_list("digest", flat=True))
        assert len(marks) == 4
        form = typing(task, {"Harbour strike ends": "Забастовка окончена"})
        form["checked"] = list(marks)[:0]
        assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302
        assert draft(task).translation == "machine"
        answer = client.post(f"/admin/translating/{task.pk}/ready/", {"ready": "1"}, follow=True)
        assert "3 pieces are by a machine" in answer.content.decode()
        assert not Task.objects.get(pk=task.pk).ready
        form = typing(task, {})
        form["checked"] = list(marks)
        assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302
        assert draft(task).translation == ""
        client.post(f"/admin/translating/{task.pk}/ready/", {"ready": "1"})
    assert Task.objects.get(pk=task.pk).ready
    publish(draft(task))
    assert out().translation == ""
