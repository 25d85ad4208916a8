"""Translators find what is theirs: what they saved first, or took over."""

import pytest
from desk_kit import person, text, write
from people_kit import member
from translating_kit import WORDS, sent, translate

from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def task():
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    page = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)
    return sent(page, person(), "ru")


def is_theirs(client, somebody):
    client.force_login(somebody)
    return "Harbour strike ends" in client.get("/admin/translating/?mine=1").content.decode()


def test_whoever_saves_first_has_it_until_somebody_takes_it_over(client, task):
    first, second = (member(name, "translator:ru") for name in ("first", "second"))
    other = member("other", "translator:fa")
    assert not is_theirs(client, first)
    translate(client, task, WORDS)
    assert is_theirs(client, first)
    assert "I translate this" not in client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert not is_theirs(client, second)
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "Translator: first" in screen
    assert "I translate this" in screen
    translate(client, task, {"They sail again.": "Снова."})
    assert is_theirs(client, first)
    client.force_login(other)
    client.post(f"/admin/translating/{task.pk}/take/")
    assert Task.objects.get(pk=task.pk).translator == first
    client.force_login(second)
    assert client.get(f"/admin/translating/{task.pk}/take/").status_code == 405
    client.post(f"/admin/translating/{task.pk}/take/")
    assert is_theirs(client, second)
    assert not is_theirs(client, first)
