"""The podcast's cover: checked, small, without a trace of where it came from, and in the feed that readers get."""

import io

import pytest
from desk_kit import jpeg, person, publish, write
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from newsroom_settings import PASSPHRASE
from PIL import Image

from sound_kit import tone
from tamizdat.errors import ItemError
from tamizdat.newsroom.pressroom.models import Order
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.recordings.covers import RemoveCover, SetCover, current_covers
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.pictures.cover import MOST_BYTES, cover_jpeg
from tamizdat.publication import Cover, cover_in
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db
IMAGE = "{http://www.itunes.com/dtds/podcast-1.0.dtd}image"


def _square(side=1500, **options):
    return jpeg(side, side, **options)


def test_a_cover_is_drawn_anew_and_small():
    exif = Image.Exif()
    exif[0x010F] = "Camera of the reporter"
    made = cover_jpeg(_square(3000, exif=exif))
    with Image.open(io.BytesIO(made)) as image:
        assert (image.size, image.mode, image.format) == ((1400, 1400), "RGB", "JPEG")
        assert not image.getexif()
    assert len(made) <= MOST_BYTES
    noise = io.BytesIO()
    Image.effect_noise((1400, 1400), 90).convert("RGB").save(noise, "PNG")
    assert len(cover_jpeg(noise.getvalue())) <= MOST_BYTES


@pytest.mark.parametrize(
    ("original", "words"),
    [
        (b"no picture", "can be read"),
        (jpeg(1500, 1400), "must be square"),
        (_square(1399), "must be 1400 to 3000"),
        (_square(3001), "must be 1400 to 3000"),
        (_square(1400)[:3000], "broken"),
        (b"", "can be read"),
    ],
)
def test_what_no_directory_takes_is_refused_in_words(original, words):
    with pytest.raises(ItemError, match=words):
        cover_jpeg(original)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_cover_or_refused(data):
    with pytest.raises(ItemError):
        cover_jpeg(data)


def test_a_language_has_its_own_cover_or_everybodys():
    every, serbian = Cover("", "0" * 64, b""), Cover("sr", "1" * 64, b"")
    assert cover_in([every, serbian], "sr-Latn") == serbian
    assert cover_in([every, serbian], "fa") == every
    assert cover_in([serbian], "fa") is None


def _press(room):
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report


def _feed(room, language="en"):
    return etree.fromstring((room / "out" / language / "podcast.rss.xml").read_bytes())


def test_the_cover_reaches_the_feed_changes_and_goes(room):
    recording = LibraryRecording(title="Dawn")
    recording.take(SimpleUploadedFile("dawn.wav", tone(1), "audio/wav"))
    recording.save()
    make_waiting()
    value = {"recording": recording.pk, "title": "Dawn", "transcript": "<p>Gulls.</p>"}
    publish(write("Heard", body=[{"type": "sound", "value": value}]))
    _press(room)
    assert _feed(room).find(f".//{IMAGE}") is None
    user = person()
    SetCover(user, "", _square()).execute()
    _press(room)
    address = _feed(room).find(f".//{IMAGE}").get("href")
    assert address == _feed(room).findtext("channel/image/url")
    assert address.startswith("https://far-shore.example/en/podcast-")
    file = room / "out" / "en" / address.rpartition("/")[2]
    assert file.read_bytes() == current_covers()[0].data
    # Another picture has another address, and the old one goes.
    SetCover(user, "en", _square(1400, quality=40)).execute()
    _press(room)
    other = room / "out" / "en" / _feed(room).find(f".//{IMAGE}").get("href").rpartition("/")[2]
    assert other != file
    assert other.is_file()
    assert not file.exists()
    for language in ("en", ""):
        RemoveCover(user, language).execute()
    _press(room)
    assert _feed(room).find(f".//{IMAGE}") is None
    assert not other.exists()


def test_it_is_set_on_a_screen_by_those_who_may(client):
    assert client.get("/admin/podcast-cover/").status_code == 302
    client.force_login(person())
    assert "Every language without one of its own" in client.get("/admin/podcast-cover/").content.decode()
    before = Order.objects.count()

    def hand_in(data, language="fa"):
        return client.post(
            "/admin/podcast-cover/", {"language": language, "file": SimpleUploadedFile("c.jpg", data, "image/jpeg")}
        )

    refused = hand_in(_square(600))
    assert refused.status_code == 422
    assert "it must be 1400 to 3000" in refused.content.decode()
    assert hand_in(_square(), "xx").status_code in {302, 403}
    assert client.post("/admin/podcast-cover/", {"language": ""}).status_code == 422
    assert Order.objects.count() == before
    assert hand_in(_square()).status_code == 302
    assert [cover.language for cover in current_covers()] == ["fa"]
    assert Order.objects.count() == before + 1
    client.post("/admin/podcast-cover/", {"language": "fa", "remove": "1"})
    assert current_covers() == ()


def test_reporters_may_not(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("r", "", "desk desk desk desk"))
    assert client.get("/admin/podcast-cover/").status_code in {302, 403}


def test_a_cover_whose_file_is_gone_keeps_no_news_back(room):
    SetCover(person(), "", _square(1401)).execute()
    from tamizdat.newsroom.recordings import covers  # noqa: PLC0415 - its memory is to be forgotten

    covers._stored.cache_clear()
    from django.core.files.storage import default_storage  # noqa: PLC0415 - as above

    default_storage.forget(covers.cover_path(covers.PodcastCover.objects.get().digest))
    assert current_covers() == ()
    publish(write("Goes out"))
    _press(room)
