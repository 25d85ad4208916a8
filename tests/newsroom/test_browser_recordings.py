"""Recordings in a real browser: played and gone to any moment in the library; sizes below the story's block."""

import pytest
from browser_kit import IN_A_BROWSER, browsing_as, refill
from desk_kit import person, write
from django.core.files.uploadedfile import SimpleUploadedFile

from sound_kit import tone
from tamizdat.newsroom.recordings.making import make_waiting
from tamizdat.newsroom.recordings.models import LibraryRecording

pytestmark = IN_A_BROWSER
GO_TO = """async (player) => {
  player.muted = true;
  const there = new Promise((done) => player.addEventListener("seeked", done, { once: true }));
  await player.play();
  player.currentTime = 15;
  await there;
  player.pause();
  return [Math.round(player.currentTime), Math.round(player.duration), player.error];
}"""


@pytest.fixture
def browser(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()
    with browsing_as(person(), live_server.url) as (page, complaints):
        yield page
        assert complaints.found == []


def recording(title, seconds):
    made = LibraryRecording(title=title)
    made.take(SimpleUploadedFile("dawn.wav", tone(seconds), "audio/wav"))
    made.save()
    make_waiting()
    return made


def test_a_recording_is_played_in_the_library_and_nothing_is_loaded_before(browser):
    page, asked = browser, []
    recording("Dawn", 20)
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/admin/recordings/")
    page.get_by_text("0:20").wait_for()
    assert not [url for url in asked if "recording-form" in url]
    assert page.locator("audio").evaluate(GO_TO) == [15, 20, None]
    assert [url for url in asked if "recording-form" in url]


def test_the_story_s_form_says_sizes_of_what_is_chosen_and_of_what_is_chosen_then(browser):
    page = browser
    dawn = recording("Dawn", 20)
    recording("Dusk", 3)
    value = {"recording": dawn.pk, "title": "Dawn", "transcript": "<p>Gulls.</p>"}
    page.goto(f"/admin/pages/{write('Harbour', body=[{'type': 'sound', 'value': value}]).pk}/edit/")
    shown = page.locator("tz-chosen .tz-heard")
    shown.get_by_text("0:20").wait_for()
    assert shown.get_by_text("Opus at 12 kbit/s").count() == 1
    assert shown.locator("audio").get_attribute("preload") == "none"
    page.locator("tz-chosen").get_by_role("button", name="Actions").first.click()
    page.get_by_role("button", name="Choose another recording").click()
    page.get_by_role("link", name="Dusk").click()
    shown.get_by_text("0:03").wait_for()
    assert shown.get_by_text("0:20").count() == 0
