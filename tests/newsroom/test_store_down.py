"""A store of pictures and sound that cannot be had now: proofs say so, and are there as soon as it is."""

from types import SimpleNamespace

import pytest
from desk_kit import person, picture, write
from django.urls import reverse

from tamizdat.newsroom.here import here
from tamizdat.newsroom.pictures import proofs
from tamizdat.newsroom.pictures.proofs import press_original
from tamizdat.newsroom.pressroom import views
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.pictures.words import Words

pytestmark = pytest.mark.django_db


class EndpointError(Exception):
    """As a bucket raises one: of no family that Python knows."""


@pytest.fixture
def desk(client):
    client.force_login(person())
    return client


@pytest.fixture
def down(monkeypatch):
    proofs._pressed.cache_clear()

    def fail(*_arguments, **_options):
        raise EndpointError("could not connect to the endpoint")

    def act():
        for module in (proofs, views):
            monkeypatch.setattr(module, "default_storage", SimpleNamespace(open=fail, exists=fail))

    return act


def test_a_preview_says_that_the_picture_cannot_be_had(desk, down, monkeypatch):
    page = write("Ferry", picture=picture())
    page.save_revision()
    down()
    address = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
    answer = desk.get(address)
    assert answer.status_code == 200
    assert "could not connect to the endpoint" in answer.content.decode()
    monkeypatch.undo()
    assert "Ferry" in desk.get(address).content.decode()
    assert StoryPage.objects.filter(pk=page.pk).exists()


def test_sound_that_cannot_be_had_is_not_there(desk, down):
    down()
    assert desk.get(reverse("proof_file", args=[f"sound/{'a' * 64}.ogg"])).status_code == 404


def test_a_picture_that_was_missing_is_shown_once_it_is_there(desk):
    made = press_original(picture().digest, Words("", ""))
    address = reverse("proof_file", args=[f"pictures/{made.file}.jpg"])
    file = here().own / "proofs" / f"{made.file}.jpg"
    data = file.read_bytes()
    file.unlink()
    assert desk.get(address).status_code == 404
    file.write_bytes(data)
    assert desk.get(address).content == data
