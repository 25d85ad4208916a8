"""Taking a story back on its screen and from lists: from readers as well, or not at all."""

import pytest
from desk_kit import person, publish, write
from django.db import OperationalError
from django.urls import reverse

from tamizdat.newsroom.pressroom.models import Gate, Release
from tamizdat.newsroom.stories.models import StoryPage


def readers_have(page):
    return Release.objects.filter(story_id=page.story_id, current=True, story__isnull=False).exists()


def on_its_screen(client, page):
    return client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]), follow=True)


def from_the_list(client, page):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    return client.post(f"{address}?id={page.pk}&next=/admin/", follow=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [on_its_screen, from_the_list])
def test_what_fails_leaves_the_story_out_here_as_well(client, monkeypatch, way):
    desk = person()
    client.force_login(desk)
    page = publish(write("Ferry", story_id="ferry"), desk)

    def busy(_cls):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Gate, "enter", classmethod(busy))
    client.raise_request_exception = False
    assert way(client, page).status_code == 500
    assert StoryPage.objects.get(pk=page.pk).live
    assert readers_have(page)
