"""Posting elsewhere in a browser: the picture with the headline on it is drawn, and is saved as a file."""

import io

import pytest
from browser_kit import IN_A_BROWSER, browsing, refill
from desk_kit import jpeg, person, picture, publish, write
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

pytestmark = IN_A_BROWSER


@pytest.fixture(autouse=True)
def _database_from_browser_thread(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


def test_a_picture_with_the_headline_is_saved(live_server):
    desk = person()
    client = Client()
    client.force_login(desk)
    shown = picture(data=jpeg(1600, 1000))
    english = publish(write("Ferry sails", story_id="ferry", picture=shown, picture_alt="Quay"), desk)
    publish(write("کشتی می‌رود", language="fa", story_id="ferry", translation_key=english.translation_key), desk)
    with browsing(live_server.url) as (page, complaints):
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page.goto(reverse("share_story", args=["ferry"]))
        saved = {}
        for language in ("en", "fa"):
            page.locator(f"#card-{language}").wait_for()
            with page.expect_download() as download:
                page.click(f"[data-saves=card-{language}]")
            assert download.value.suggested_filename == f"ferry.{language}.png"
            saved[language] = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("RGB")
        assert {each.size for each in saved.values()} == {(1200, 630)}
        # Words are white and begin on the side where the language does; without a picture the ground is of one colour.
        assert _white(saved["fa"], right=True) > 1_000
        assert _white(saved["fa"], right=False) < _white(saved["fa"], right=True)
        assert saved["fa"].getpixel((5, 5)) == saved["fa"].getpixel((1190, 620))
        assert _white(saved["en"], right=False) > 1_000
        assert not complaints.found


def _white(image, *, right):
    half = image.crop((600, 0, 1200, 630) if right else (0, 0, 600, 630))
    return sum(half.convert("L").histogram()[241:])
