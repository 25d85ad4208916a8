"""Recordings are heard in the newsroom: in parts, by whoever may see them, with sizes said before they are loaded."""

import hashlib
from random import Random

import pytest
from desk_kit import person, publish, write
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from lxml import html
from people_kit import member

from sound_kit import tone
from tamizdat.newsroom.headers import POLICY
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import READY, LibraryRecording, form_path, original_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def dawn():
    """A recording that is ready, whose forms are bytes that nobody hears."""
    forms = []
    for at, (kind, kilobits) in enumerate([("audio/ogg", 12), ("audio/ogg", 24), ("audio/mpeg", 64)]):
        data = Random(at).randbytes(75_000 + 100_000 * at)
        file = hashlib.sha256(data).hexdigest()
        if not default_storage.exists(form_path(file)):
            default_storage.save(form_path(file), ContentFile(data))
        forms.append([file, kind, kilobits, len(data)])
    return LibraryRecording.objects.create(title="The <b>harbour</b>", state=READY, seconds=65, forms=forms)


def made(data):
    recording = LibraryRecording(title="Harbour")
    recording.take(SimpleUploadedFile("dawn.wav", data, "audio/wav"))
    recording.save()
    make_waiting()
    return LibraryRecording.objects.get(pk=recording.pk)


def heard_in(recording):
    value = {"recording": recording.pk, "title": "Dawn", "transcript": "<p>Gulls.</p>"}
    return [{"type": "sound", "value": value}]


def form(client, recording, at=0, **headers):
    return client.get(reverse("recording_form", args=[recording.pk, at]), headers=headers)


def stored(recording, at=0):
    with default_storage.open(form_path(recording.forms[at][0])) as file:
        return file.read()


def test_what_was_made_is_heard(client):
    recording = made(tone(1))
    client.force_login(person())
    assert form(client, recording).getvalue().startswith(b"OggS")


def test_every_form_is_heard_as_readers_get_it(client, dawn):
    client.force_login(person())
    for at, (file, kind, _kilobits, size) in enumerate(dawn.forms):
        answer = form(client, dawn, at)
        data = answer.getvalue()
        assert (answer.status_code, answer["Content-Type"], answer["Content-Length"]) == (200, kind, str(size))
        assert hashlib.sha256(data).hexdigest() == file
        assert answer["Accept-Ranges"] == "bytes"
        assert "no-store" in answer["Cache-Control"]
    assert form(client, dawn, len(dawn.forms)).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=70000-", 70_000, None),
        ("bytes=5-99999999999", 5, None),
        ("bytes=-300", -300, None),
        ("bytes=-99999999999", 0, None),
    ],
)
def test_one_can_go_to_any_moment(client, dawn, wanted, start, end):
    client.force_login(person())
    data = stored(dawn)
    assert len(data) > 70_000
    answer = form(client, dawn, range=wanted)
    part = data[start:end]
    begins = start if start >= 0 else len(data) + start
    assert (answer.status_code, answer.getvalue()) == (206, part)
    assert answer["Content-Length"] == str(len(part))
    assert answer["Content-Range"] == f"bytes {begins}-{begins + len(part) - 1}/{len(data)}"


@pytest.mark.parametrize("wanted", ["bytes=9-5", "bytes=-", "bytes=0-1,5-9", "words=1-2", "bytes=x-", "bytes=-+5", ""])
def test_what_is_no_part_is_answered_whole(client, dawn, wanted):
    client.force_login(person())
    answer = form(client, dawn, range=wanted)
    assert (answer.status_code, answer.getvalue()) == (200, stored(dawn))
    assert "Content-Range" not in answer


def test_what_begins_after_the_end_is_refused(client, dawn):
    client.force_login(person())
    size = dawn.forms[0][3]
    for wanted in (f"bytes={size}-", f"bytes={size + 9}-{size + 20}", "bytes=-0"):
        answer = form(client, dawn, range=wanted)
        assert (answer.status_code, answer.getvalue()) == (416, b"")
        assert answer["Content-Range"] == f"bytes */{size}"


def test_asking_for_the_head_alone_opens_and_closes(client, dawn):
    client.force_login(person())
    answer = client.head(reverse("recording_form", args=[dawn.pk, 0]))
    assert (answer.status_code, answer.getvalue(), answer["Content-Length"]) == (200, b"", str(dawn.forms[0][3]))


def test_a_form_whose_file_is_gone_is_not_there(client, dawn):
    client.force_login(person())
    default_storage.forget(form_path(dawn.forms[0][0]))
    assert form(client, dawn).status_code == 404


def test_what_is_not_ready_says_so_and_has_no_player(client):
    bad = made(b"this is no sound at all" * 100)
    client.force_login(person())
    assert form(client, bad).status_code == 404
    (said,) = html.fromstring(client.get(reverse("recording_shown", args=[bad.pk])).content).xpath("//p")
    assert said.text_content() == f"cannot be used: {bad.fault}"


# --- who may ---


def shown_and_heard(client, who, recording):
    client.force_login(who)
    shown, played = client.get(reverse("recording_shown", args=[recording.pk])), form(client, recording)
    played.getvalue()  # to the end, or its file stays open
    return {shown.status_code, played.status_code}


@pytest.mark.parametrize("role", ["reporter:fa", "editor:ru", "desk_head:sr"])
def test_whoever_has_the_library_hears(client, dawn, role):
    assert shown_and_heard(client, member("somebody", role), dawn) == {200}


@pytest.mark.parametrize("saved", [write, lambda *given, **more: _revised(write(*given, **more))])
def test_a_translator_hears_what_is_in_stories_of_the_language(client, dawn, saved):
    who = member("anna", "translator:en")
    assert 200 not in shown_and_heard(client, who, dawn)
    saved("Harbour", body=heard_in(dawn))
    assert shown_and_heard(client, who, dawn) == {200}
    assert 200 not in shown_and_heard(client, member("foreign", "translator:ru"), dawn)
    assert 200 not in shown_and_heard(client, member("moderator", "moderator:ru"), dawn)


def _revised(page):
    body, page.body = page.body, []
    page.save()
    page.body = body
    page.save_revision()
    return page


def test_what_is_out_everybody_inside_hears(client, dawn):
    publish(write("Harbour", body=heard_in(dawn)))
    assert shown_and_heard(client, member("moderator", "moderator:ru"), dawn) == {200}
    client.logout()
    assert form(client, dawn).status_code == 302


def test_no_original_is_handed_out_by_the_door_of_pictures(client):
    recording = made(tone(1))
    client.force_login(person())
    for name in (original_path(recording.digest), form_path(recording.forms[0][0])):
        assert default_storage.exists(name)
        assert client.get(reverse("library_file", args=[name])).status_code == 404


# --- the screens ---


def test_the_library_has_a_player_and_says_length_and_sizes(client, dawn):
    client.force_login(person())
    answer = client.get(reverse("recordings:index"))
    check_shown(client, html.fromstring(answer.content), dawn)
    assert "media-src 'self'" in POLICY


def test_so_does_the_form_of_a_recording(client, dawn):
    client.force_login(person())
    check_shown(client, html.fromstring(client.get(reverse("recordings:edit", args=[dawn.pk])).content), dawn)


def test_so_does_the_piece_below_the_story_s_block(client, dawn):
    client.force_login(person())
    answer = client.get(reverse("recording_shown", args=[dawn.pk]))
    check_shown(client, html.fromstring(answer.content), dawn)
    story = client.get(reverse("wagtailadmin_pages:edit", args=[write("Harbour", body=heard_in(dawn)).pk]))
    assert reverse("recording_shown", args=[0]) in story.content.decode()


def check_shown(client, page, recording):
    (player,) = page.xpath("//audio")
    assert (player.get("preload"), player.get("aria-label")) == ("none", "The <b>harbour</b>")
    assert "controls" in player.attrib
    assert "autoplay" not in player.attrib
    sources = [(each.get("src"), each.get("type")) for each in player.xpath(".//source")]
    addresses = [reverse("recording_form", args=[recording.pk, at]) for at in range(len(recording.forms))]
    assert sources == list(zip(addresses, [kind for _file, kind, _kilobits, _size in recording.forms], strict=True))
    (length,) = page.xpath("//div[@class='tz-heard']//time")
    assert (length.text_content(), length.get("datetime")) == ("1:05", "PT65S")
    said = page.xpath("//div[@class='tz-heard']//a")
    assert [each.get("href") for each in said] == addresses
    names = {"audio/ogg": "Opus", "audio/mpeg": "MP3"}
    assert [each.text_content() for each in said] == [
        f"{names[kind]} at {kilobits} kbit/s: {-(-size // 1_000)} kB" for _file, kind, kilobits, size in recording.forms
    ]
    assert [client.get(address).getvalue() for address in addresses] == [stored(recording, at) for at in range(3)]


def test_sizes_are_said_in_the_language_of_the_screens(client, dawn):
    who = person()
    client.force_login(who)
    from wagtail.users.models import UserProfile  # noqa: PLC0415 - needs settings

    UserProfile.objects.create(user=who, preferred_language="fa")
    said = client.get(reverse("recording_shown", args=[dawn.pk])).content.decode()
    assert "۱:۰۵" in said
