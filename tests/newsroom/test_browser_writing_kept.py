"""What is typed is kept, when the browser dies and when the server does not answer."""

import os
import signal
import subprocess

import pytest
from browser_kit import CHROMIUM, IN_A_BROWSER, browsing_as, cookies, refill, wait_until
from comments_kit import newest
from desk_kit import newspaper, person, text, write

from tamizdat.newsroom.stories.models import StoryPage

pytestmark = IN_A_BROWSER


@pytest.fixture(autouse=True)
def _ready(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


def test_what_was_typed_is_there_after_the_browser_was_killed(live_server, tmp_path):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    desk = person()
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--remote-debugging-port=0", f"--user-data-dir={tmp_path}",
    ]  # fmt: skip
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        port = tmp_path / "DevToolsActivePort"
        wait_until(lambda: port.exists() and "\n" in port.read_text())
        with sync_playwright() as playwright:
            talk = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().split()[0]}")
            context = talk.contexts[0]
            context.add_cookies(cookies(live_server.url, desk))
            page = context.new_page()
            page.goto(f"{live_server.url}/admin/pages/add/stories/storypage/{newspaper('en').pk}/")
            # At once: before Wagtail has looked at the form for the first time.
            page.locator("#id_title").click()
            page.keyboard.type("Written at night")
            wait_until(lambda: newest() and newest().title == "Written at night")
            page.locator("[data-contentpath=body] .public-DraftEditor-content").first.click()
            page.keyboard.type("Every word counts")
            wait_until(lambda: "Every word counts" in str(newest().body.get_prep_value()))
            os.killpg(browser.pid, signal.SIGKILL)
    finally:
        if browser.poll() is None:
            os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
    assert not newest().live
    with browsing_as(desk, live_server.url) as (page, complaints):
        page.goto(f"/admin/pages/{newest().pk}/edit/")
        assert page.locator("#id_title").input_value() == "Written at night"
        page.locator(".public-DraftEditor-content").first.get_by_text("Every word counts").wait_for()
        assert complaints.found == []
    assert StoryPage.objects.count() == 1


def test_what_was_typed_is_saved_once_a_server_that_failed_is_well_again(live_server):
    story = write("Ferries", body=text("<p>Wait.</p>"))
    failing = []
    with browsing_as(person(), live_server.url) as (page, _complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.route("**/edit/", lambda route: failing.append(1) or route.fulfill(status=502, body="Bad gateway"))
        page.locator("#id_title").fill("Ferries wait")
        wait_until(lambda: page.wait_for_timeout(50) or failing)
        page.unroute("**/edit/")
        wait_until(lambda: page.wait_for_timeout(50) or (newest() and newest().title == "Ferries wait"))


def test_cells_of_a_table_and_chips_are_kept_too(live_server):
    rows = {"caption": "", "header": True, "rows": [["a", "b"]]}
    story = write("Ferries", body=[{"type": "table", "value": rows}], byline=["Anna"])
    with browsing_as(person(), live_server.url) as (page, complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.get_by_role("textbox", name="row 1, column 2").click()
        page.keyboard.type("!")
        page.get_by_label("Byline").click()
        page.keyboard.type("Boris")
        page.keyboard.press("Enter")
        wait_until(
            lambda: (
                newest()
                and newest().byline == ["Anna", "Boris"]
                and "!" in newest().body.get_prep_value()[0]["value"]["rows"][0][1]
            )
        )
        assert complaints.found == []


def test_what_is_typed_beside_unfinished_blocks_is_saved(live_server):
    story = write("Ferries", body=text("<p>Wait.</p>"))
    with browsing_as(person(), live_server.url) as (page, complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        for label in ("Video, post or map elsewhere", "Sound", "Picture"):
            page.locator("[data-contentpath=body] button.c-sf-add-button:visible").last.click()
            page.locator("[role=option]:visible").get_by_text(label, exact=True).first.click()
        page.locator("#id_lead").fill("They wait at the quay")
        wait_until(lambda: page.wait_for_timeout(50) or (newest() and newest().lead == "They wait at the quay"))
        assert [block.block_type for block in newest().body] == ["text", "embed", "sound", "picture"]
        assert complaints.found == []
