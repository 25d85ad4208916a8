"""A new editor's first day, in a real browser at a real newsroom, and what a reader at a mirror sees of it."""

import time
from datetime import UTC, datetime

import pytest
from browser_kit import CHROMIUM, WHY, browsing
from desk_kit import jpeg
from test_browser_first_run import LINK, answer_account, base, started

from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import NoMirrorError, UsageError
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import load_state

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason=WHY)]
PASSPHRASE = "six random words or so"
DEADLINE_SECONDS = 180


class Reader:
    """Somebody with the fingerprint, who asks a mirror again and again."""

    def __init__(self, folder):
        self._folder = folder

    def news(self, language="en"):
        """Stories by headline."""
        anchor = Anchor.parse(load_state(self._folder).fingerprint)
        try:
            found = sync(
                [open_inbound(str(self._folder / "out"))], anchor, [language], MemoryLibrary(), datetime.now(UTC)
            )
        except (NoMirrorError, UsageError):
            return {}
        if language not in found.editions:  # what was taken back went from the folder while it was read
            return {}
        stories = map(story_from_bytes, found.editions[language].stories.values())
        return {story.headline: story for story in stories}

    def waits_for(self, condition, language="en"):
        """The news, once there is some and ``condition`` holds of it."""
        until = time.monotonic() + DEADLINE_SECONDS
        while not (news := self.news(language)) or not condition(news):
            assert time.monotonic() < until, f"it did not come: {list(news)}"
            time.sleep(0.1)
        return news


def first_run(page, link, *languages):
    page.goto(link)
    page.click("button.choice.first")
    page.fill("#name", "The Far Shore")
    for language in languages:
        page.check(f"input[name=language][value={language}]")
    page.click("form button.first")
    page.check("input[name=kind][value=rehearsal]")
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.click("form button.first")
    answer_account(page)
    page.wait_for_url("**/admin/", timeout=180_000)


def write(page, headline, lead, text):
    """A new story in English, not saved yet."""
    page.get_by_role("link", name="Stories", exact=True).click()
    page.get_by_role("link", name="Add story").click()
    page.get_by_role("link", name="English", exact=True).click()
    page.fill("[name=title]", headline)
    page.fill("[name=lead]", lead)
    page.locator(".public-DraftEditor-content").first.click()
    page.keyboard.type(text)
    # The editor of texts gives its words to the form a quarter of a second after the last key.
    page.wait_for_function(
        "text => [...document.querySelectorAll('input')].some(each => each.value.includes(text))", arg=text
    )


def publish(page):
    """By the menu beside "Save draft"."""
    page.locator("footer .w-dropdown-button button.w-dropdown__toggle").first.click()
    page.locator("footer button[name=action-publish]").first.click()
    page.get_by_text("published").first.wait_for()


def choose_picture(page):
    """Hand in a new picture through the chooser of the lead picture."""
    page.get_by_role("button", name="Choose an image").first.click()
    page.get_by_role("tab", name="Upload").click()
    page.set_input_files(
        "input[type=file][name$=file]", {"name": "quay.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    page.locator(".modal-body input[name$=title]").fill("Quay")
    page.locator(".modal-body [name$=description]").fill("Cranes at dawn")
    page.locator(".modal-body button[type=submit]", has_text="Upload").click()
    page.locator(".modal-body").wait_for(state="detached")


def test_the_first_day(tmp_path):
    folder = tmp_path / "news"
    reader = Reader(folder)
    with started(folder) as newsroom:
        link = newsroom.line(LINK)
        with browsing(base(link), locale="en", viewport={"width": 1280, "height": 1000}) as (page, complaints):
            first_run(page, link, "ru", "fa")

            write(page, "The ferry sails again", "After three weeks, twice a day.", "It sails at nine and at five.")
            choose_picture(page)
            page.fill("[name=picture_alt]", "Cranes in the harbour at dawn")
            byline = page.locator("#id_byline-input")
            byline.fill("Ilka Dervane")
            byline.press("Enter")
            publish(page)

            story = reader.waits_for(lambda news: "The ferry sails again" in news)["The ferry sails again"]
            assert story.byline == ("Ilka Dervane",)
            assert story.picture.alt == "Cranes in the harbour at dawn"

            page.goto(f"/admin/record/{story.story_id}/")
            page.fill("[name=text_en]", "It sails at nine and at six.")
            page.get_by_role("button", name="Publish this").click()
            page.get_by_text("Done.").wait_for()
            corrected = reader.waits_for(lambda news: news["The ferry sails again"].corrections)
            assert corrected["The ferry sails again"].corrections[0].text == "It sails at nine and at six."

            page.check("input[name=kind][value=retraction]")
            page.fill("[name=text_en]", "It does not sail at all.")
            page.get_by_role("button", name="Publish this").click()
            gone = reader.waits_for(lambda news: news["The ferry sails again"].retracted)
            assert gone["The ferry sails again"].body == ()

            page.goto("/admin/desk/")
            page.get_by_text("Everything that was published lies in the folder").wait_for()
        assert not complaints.found
