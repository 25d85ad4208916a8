"""Recordings: made in the background, published with their transcript, heard from a mirror."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from newsroom_settings import PASSPHRASE
from wagtail.models import PageLogEntry

from sound_kit import MARK, marked, tone
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.scheduling import FAILED as NOT_KEPT
from tamizdat.newsroom.pressroom.scheduling import publish_due, seconds_to_next
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import FAILED, READY, WAITING, LibraryRecording, original_path
from tamizdat.newsroom.source import NewsroomSource
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.sources.made_sound import MadeSoundSource
from tamizdat.story import SoundBlock, plain
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import Keyring, load_state

pytestmark = pytest.mark.django_db


def _recording(data: bytes) -> LibraryRecording:
    made = LibraryRecording(title="The harbour at dawn")
    made.take(SimpleUploadedFile("harbour.wav", data, "audio/wav"))
    made.save()
    return made


def _body(recording: LibraryRecording):
    words = {"title": "The harbour at dawn", "transcript": "<p>Gulls. Then a bell.</p>"}
    return [{"type": "sound", "value": {"recording": recording.pk, **words}}]


def test_a_recording_is_made_in_the_background():
    made = _recording(tone(2))
    assert made.state == WAITING
    assert make_waiting() == 1
    made.refresh_from_db()
    assert (made.state, made.seconds) == (READY, 2)
    assert [form[1] for form in made.forms][-1] == "audio/mpeg"
    assert make_waiting() == 0


def test_where_it_was_recorded_is_in_none_of_the_forms():
    made = _recording(marked(tone(1)))
    make_waiting()
    made.refresh_from_db()
    source = NewsroomSource(datetime.now(UTC))
    for file in made.as_story_has_it().files:
        assert MARK not in source.sound_made(file)


def test_what_is_no_recording_says_why_to_whoever_handed_it_in():
    made = _recording(b"this is no sound at all" * 100)
    assert make_waiting() == 0
    made.refresh_from_db()
    assert made.state == FAILED
    assert made.fault


def test_a_story_waits_for_its_recording():
    made = _recording(tone(1))
    page = write("Harbour")
    page.body = _body(made)
    with pytest.raises(ValidationError) as error:
        page.full_clean()
    assert "body" in error.value.message_dict
    make_waiting()
    page.full_clean()


def _scheduled(made: LibraryRecording):
    make_waiting()
    page = write("Harbour", go_live_at=datetime.now(UTC) + timedelta(hours=1))
    page.body = _body(made)
    page.save_revision().publish()
    return page


def _due(monkeypatch, **later: int) -> int:
    moment = datetime.now(UTC) + timedelta(**later)
    with monkeypatch.context() as at:
        at.setattr("django.utils.timezone.now", lambda: moment)
        assert seconds_to_next(moment) > 0
        return publish_due(moment)


def test_a_story_whose_recording_is_replaced_goes_out_once_that_is_made(monkeypatch):
    made = _recording(tone(1))
    page = _scheduled(made)
    made.take(SimpleUploadedFile("harbour.wav", tone(2), "audio/wav"))
    made.save()
    assert _due(monkeypatch, hours=1, minutes=1) == 0
    assert not Release.objects.exists()
    make_waiting()
    assert _due(monkeypatch, hours=1, minutes=2) == 1
    (block,) = story_from_bytes(bytes(Release.objects.get().story)).body
    assert block.recording.seconds == 2
    assert not PageLogEntry.objects.filter(page=page.pk, action=NOT_KEPT).exists()


@pytest.mark.parametrize("state", [FAILED, WAITING])
def test_a_story_does_not_wait_for_ever_for_its_recording(monkeypatch, state):
    made = _recording(tone(1))
    page = _scheduled(made)
    LibraryRecording.objects.filter(pk=made.pk).update(state=state, forms=[])
    assert _due(monkeypatch, hours=2, minutes=2) == 0
    assert "the recording is not ready" in PageLogEntry.objects.get(page=page.pk, action=NOT_KEPT).data["reason"]
    assert not page.revisions.filter(approved_go_live_at__isnull=False).exists()


def test_what_is_heard_at_a_mirror_is_what_was_made(room):
    assert isinstance(NewsroomSource(datetime.now(UTC)), MadeSoundSource)
    made = _recording(tone(2))
    make_waiting()
    page = write("Harbour", story_id="harbour")
    page.body = _body(made)
    publish(page)
    now = datetime.now(UTC).replace(microsecond=0)
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE), lambda: now).run()
    assert run.report["faults"] == []
    anchor = Anchor.parse(load_state(room).fingerprint)
    visit = sync([open_inbound(str(room / "out"))], anchor, ["en"], MemoryLibrary(), now)
    story = story_from_bytes(visit.editions["en"].stories["harbour"])
    (block,) = [each for each in story.body if isinstance(each, SoundBlock)]
    assert plain(block.transcript[0]) == "Gulls. Then a bell."
    for file in block.recording.files:
        assert (room / "out" / file.path).stat().st_size == file.size
    pages = list((room / "out" / "en").rglob("harbour.html"))
    assert b"<audio" in pages[0].read_bytes()


def test_handing_in_by_form(client):
    client.force_login(person())
    upload = SimpleUploadedFile("harbour.wav", tone(1), "audio/wav")
    answer = client.post(reverse("recordings:add"), {"title": "Harbour", "upload": upload})
    assert answer.status_code == 302
    assert LibraryRecording.objects.get().state == WAITING
    assert "Harbour" in client.get(reverse("recordings:index")).content.decode()


# --- originals: they may say who recorded them, where and with what ---


def _kept(data: bytes) -> bool:
    return default_storage.exists(original_path(hashlib.sha256(data).hexdigest()))


def test_the_original_goes_with_its_recording_and_what_was_made_stays(django_capture_on_commit_callbacks):
    data = marked(tone(1))
    made = _recording(data)
    make_waiting()
    made.refresh_from_db()
    forms = made.as_story_has_it().files
    with django_capture_on_commit_callbacks() as callbacks:
        made.delete()
    assert _kept(data), "nobody knows yet whether it is really deleted"
    for callback in callbacks:
        callback()
    assert not _kept(data)
    source = NewsroomSource(datetime.now(UTC))
    assert all(source.sound_made(file) for file in forms), "a release may name them"


def test_the_original_that_was_replaced_goes(client, django_capture_on_commit_callbacks):
    first, second = tone(1), tone(2)
    made = _recording(first)
    client.force_login(person())
    address = reverse("recordings:edit", args=[made.pk])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"title": "Still the first"})
    assert _kept(first)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"title": "", "upload": SimpleUploadedFile("b.wav", second, "audio/wav")})
    assert _kept(first)
    assert not _kept(second), "what was refused is not kept either"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"title": "Second", "upload": SimpleUploadedFile("b.wav", second, "audio/wav")})
    assert _kept(second)
    assert not _kept(first)
    assert make_waiting() == 1


def test_an_original_that_another_recording_has_stays(django_capture_on_commit_callbacks):
    data = tone(1)
    first, second = _recording(data), _recording(data)
    with django_capture_on_commit_callbacks(execute=True):
        first.delete()
    assert _kept(data)
    with django_capture_on_commit_callbacks(execute=True):
        LibraryRecording.objects.filter(pk=second.pk).delete()
    assert not _kept(data)


def test_an_original_is_kept_though_the_last_other_recording_of_it_goes_at_that_moment(
    django_capture_on_commit_callbacks,
):
    data = tone(1)
    with django_capture_on_commit_callbacks() as callbacks:
        made = _recording(data)
        default_storage.forget(original_path(made.digest))
    for callback in callbacks:
        callback()
    assert _kept(data)
    assert make_waiting() == 1
