"""Messages for elsewhere: what they say, and that the ways in are in them."""

from dataclasses import replace
from datetime import UTC, datetime
from random import SystemRandom

import pytest
from desk_kit import person, picture, publish, write
from django.urls import reverse
from newsroom_settings import ROOM

from tamizdat.config import MirrorSettings, load_config
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.sharing.messages import SHORT_CHARS, message_of
from tamizdat.story import Story

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MIRRORS = tuple(f"https://mirror-{at}.example/" for at in range(5))


@pytest.fixture
def config():
    return replace(load_config(ROOM), mirrors=tuple(map(MirrorSettings, MIRRORS)))


def _story(**fields):
    return Story(**{
        "story_id": "ferry", "language": "fa", "headline": "کشتی می‌رود", "published": NOW, "lead": "هر روز.", **fields,
    })  # fmt: skip


def test_a_message_leads_home_and_to_mirrors(config):
    message = message_of(_story(), config)
    lines = message.text.split("\n")
    assert lines[0] == "کشتی می‌رود"
    assert "https://far-shore.example/fa/2026/11/ferry.html" in lines
    ways = [line for line in lines if line.startswith("https://mirror-")]
    assert len(ways) == 3
    assert all(line.endswith("/fa/2026/11/ferry.html") for line in ways)
    assert message.direction == "rtl"


def test_mirrors_are_drawn_by_lot(config):
    drawn = {
        way for _ in range(60) for way in message_of(_story(), config, SystemRandom()).text.split() if "mirror" in way
    }
    assert len(drawn) == len(MIRRORS)


def test_a_mirror_of_other_languages_is_not_named(config):
    only_russian = replace(config, mirrors=(MirrorSettings(MIRRORS[0], ("ru",)),))
    assert "mirror" not in message_of(_story(), only_russian).text


def test_a_short_one_is_short_whatever_the_headline(config):
    message = message_of(_story(headline="ک" * 900), config)
    assert len(message.short) <= SHORT_CHARS
    assert message.short.endswith("/fa/2026/11/ferry.html")


def test_without_an_address_there_is_still_a_message(config):
    homeless = replace(config, mirrors=(), publication=replace(config.publication, base_url=""))
    assert message_of(_story(), homeless).text == "کشتی می‌رود\n\nهر روز."


@pytest.mark.django_db
def test_the_screen_shows_every_language_that_is_out(client, django_assert_max_num_queries):
    desk = person()
    english = publish(write("Ferry sails", story_id="ferry", picture=picture(), picture_alt="Quay"), desk)
    publish(write("Паром", language="ru", story_id="ferry", translation_key=english.translation_key), desk)
    client.force_login(desk)
    with django_assert_max_num_queries(40):
        html = client.get(reverse("share_story", args=["ferry"])).content.decode()
    assert "Ferry sails" in html
    assert "Паром" in html
    assert "-card.jpg" in html
    Correct("ferry", "retraction", {"en": "Wrong."}, desk).execute()
    assert "not out in any language" in client.get(reverse("share_story", args=["ferry"])).content.decode()
