"""Messages for elsewhere: what they say, and that the ways in are in them."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from random import SystemRandom

import pytest
from desk_kit import person, picture, publish, write
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from lxml import etree
from newsroom_settings import PASSPHRASE, ROOM

from tamizdat.config import MirrorSettings, load_config
from tamizdat.locales import open_locale
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.sharing.messages import SHORT_CHARS, message_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.sources.registry import open_source
from tamizdat.story import Story
from tamizdat.trust.keyring import Keyring

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


def test_what_a_machine_translated_says_so_in_both_messages(config):
    said = open_locale("fa").texts["machine_translation"]
    plain, message = message_of(_story(), config), message_of(_story(translation="machine"), config)
    assert message.text.startswith(f"کشتی می‌رود\n\nهر روز.\n\n{said}\n\n")
    assert said in message.short
    assert said not in plain.text + plain.short
    endless = message_of(_story(headline="ک" * 900, translation="machine"), config).short
    assert said in endless
    assert len(endless) <= SHORT_CHARS


def test_length_is_what_telegram_counts(config):
    assert message_of(_story(headline="🗳 🗳", lead=""), config).text.startswith("🗳 🗳")
    plain, faces = (message_of(_story(headline=text, lead=""), config) for text in ("ab ab", "🗳b 🗳b"))
    assert len(faces.text) == len(plain.text)
    assert faces.chars == plain.chars + 2


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
    assert 'data-headline="Ferry sails"' in html
    Correct("ferry", "retraction", {"en": "Wrong."}, desk).execute()
    assert "nothing to post" in client.get(reverse("share_story", args=["ferry"])).content.decode()


@pytest.fixture
def ferry():
    """A story that is out in two languages, and who published it."""
    desk = person()
    english = publish(write("Ferry sails", story_id="ferry", picture=picture(), picture_alt="Quay"), desk)
    publish(write("Паром", language="ru", story_id="ferry", translation_key=english.translation_key), desk)
    return desk


def taken_out(client, kind, language="en"):
    return client.get(reverse("take_out_story", args=["ferry", language, kind]))


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "ending"), [("ninjs", "json"), ("newsml", "xml")])
def test_a_story_is_taken_out_as_a_file_that_a_partner_reads(client, ferry, tmp_path, kind, ending):
    client.force_login(ferry)
    html = client.get(reverse("share_story", args=["ferry"])).content.decode()
    assert reverse("take_out_story", args=["ferry", "ru", kind]) in html
    response = taken_out(client, kind)
    assert response["Content-Disposition"] == f'attachment; filename="ferry.en.{ending}"'
    (tmp_path / f"ferry.{ending}").write_bytes(response.content)
    source = open_source(kind, base_dir=tmp_path, now=NOW, path=f"ferry.{ending}")
    (found,) = source.stories(lambda _: None)
    assert found.story.headline == "Ferry sails"
    assert found.story.picture.alt == "Quay"
    assert found.story.picture.origin.startswith("https://far-shore.example/pictures/")
    assert b":ru:ferry" in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["ninjs", "newsml"])
def test_a_retracted_story_is_taken_out_as_canceled(client, ferry, kind):
    client.force_login(ferry)
    Correct("ferry", "retraction", {"en": "It was wrong."}, ferry).execute()
    html = client.get(reverse("share_story", args=["ferry"])).content.decode()
    assert "the file takes it back" in html
    data = taken_out(client, kind).content
    assert b"canceled" in data
    assert b"It was wrong." in data
    assert b"What happened." not in data


@pytest.mark.django_db
def test_what_is_not_out_is_not_taken_out(client):
    desk = person()
    client.force_login(desk)
    write("Ferry waits", story_id="ferry")
    assert taken_out(client, "ninjs").status_code == 404
    later = write("Ferry later", story_id="later", go_live_at=NOW.replace(year=2099))
    publish(later, desk)
    assert client.get(reverse("take_out_story", args=["later", "en", "newsml"])).status_code == 404


@pytest.mark.django_db
def test_nobody_else_takes_it_out(client, ferry):
    publish(write("Other", story_id="other"), ferry)
    assert taken_out(client, "ninjs").status_code == 302
    guest = get_user_model().objects.create_user("guest", "", "guest guest guest")
    guest.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(guest)
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    refused = taken_out(client, "ninjs")
    assert refused.status_code in {302, 403}
    assert b"Ferry sails" not in refused.content
    client.force_login(ferry)
    assert taken_out(client, "docx").status_code == 404
    assert taken_out(client, "ninjs", "fa").status_code == 404


# --- versions: a partner leaves alone what it takes for older ---


def version_of(client, kind):
    """What our own source, as a partner's, takes from the file; when it says that it was made, and changed."""
    data = taken_out(client, kind).content
    if kind == "ninjs":
        item = json.loads(data)
        return int(item["version"]), item["firstCreated"][:19], item["versionCreated"][:19]
    item = etree.fromstring(data)
    first, changed = (item.findtext(f".//{{*}}{name}")[:19] for name in ("firstCreated", "versionCreated"))
    return int(item.get("version")), first, changed


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["ninjs", "newsml"])
def test_every_version_that_readers_got_has_a_number_and_a_time(client, kind):
    desk = person()
    client.force_login(desk)
    page = publish(write("Ferry sails", story_id="ferry", published=NOW), desk)
    assert version_of(client, kind) == (1, "2026-11-28T09:00:00", "2026-11-28T09:00:00")
    page.title = "Ferry sinks"
    publish(page, desk)
    updated = StoryPage.objects.get().updated.isoformat()[:19]
    assert version_of(client, kind) == (2, "2026-11-28T09:00:00", updated)
    StoryPage.objects.get().unpublish()
    assert taken_out(client, kind).status_code == 404
    publish(StoryPage.objects.get(), desk)
    assert version_of(client, kind)[0] == 3
    Correct("ferry", "retraction", {"en": "Wrong."}, desk).execute()
    retracted = StoryPage.objects.get().updated  # when readers were told, which may be the second after it was said
    assert retracted >= Correction.objects.get().at.replace(microsecond=0)
    assert version_of(client, kind) == (4, "2026-11-28T09:00:00", retracted.isoformat()[:19])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["ninjs", "newsml"])
def test_where_the_site_has_wires_its_numbers_hold(client, room, kind):
    settings = room / "tamizdat.toml"
    before = settings.read_text("utf-8")
    settings.write_text(before.replace("[site]", f'[site]\nwires = ["{kind}"]'), "utf-8")
    try:
        desk = person()
        client.force_login(desk)
        page = write("Ferry sails", story_id="ferry")
        for headline in ("Ferry sails", "Ferry stops", "Ferry sinks"):  # readers got the last of them alone
            page.title = headline
            page = publish(page, desk)
        assert press(room).report["faults"] == []
        (file,) = (room / "out" / "en" / "wire" / kind).rglob("ferry.*")
        assert taken_out(client, kind).content == file.read_bytes()
        assert version_of(client, kind)[0] == 1
        page.title = "Ferry sank"
        publish(page, desk)
        assert version_of(client, kind)[0] == 2
        taken = taken_out(client, kind).content
        press(room)
        assert taken == file.read_bytes()
    finally:
        settings.write_text(before, "utf-8")


def press(room):
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report
    return run
