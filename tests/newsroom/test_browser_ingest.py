"""Wires and uploads as an editor works with them: by keyboard, on a telephone, in the dark, with nothing blocked."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from browser_kit import IN_A_BROWSER, browsing, refill
from desk_kit import person
from django.conf import settings
from django.test import Client
from django.urls import reverse
from moving_kit import line, write_lines
from wire_kit import WORDS, item, rss, serving, subscription

from tamizdat.newsroom.here import here
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import WireItem
from tamizdat.newsroom.moving_in.uploads import move_waiting
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = IN_A_BROWSER
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture(autouse=True)
def _database_from_browser_thread(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


@pytest.fixture
def harbour():
    with serving() as wire:
        wire.files["/feed"] = rss(item("strike", "Strike closes the harbour", WORDS), item("two"), item("gone"))
        made = subscription(f"{wire.url}/feed")
        fetch(made)
        WireItem.objects.filter(story_id="two").update(
            embargo=datetime.now(UTC) + timedelta(hours=5), rights="Ask first"
        )
        WireItem.objects.filter(story_id="gone").update(withdrawn=datetime.now(UTC))
        yield made


def _enter(page, user):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": "/"}])


def _fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _shot(page, name):
    """For whoever wants to look."""
    if folder := os.environ.get("TAMIZDAT_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_by_keyboard_and_a_draft(live_server, harbour, size, scheme):
    with browsing(live_server.url, viewport=SIZES[size], color_scheme=scheme) as (page, complaints):
        _enter(page, person())
        page.goto(reverse("wires"))
        page.locator("[data-wires] li").first.wait_for()
        assert page.locator(".wires-unread").count() == 2
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        with page.expect_response("**/wires/*/"):
            page.keyboard.press("Enter")
        page.locator("#wires-pane h2").wait_for()
        assert _fits(page)
        _shot(page, f"wires-{size}-{scheme}")
        page.locator("[data-wires] a", has_text="Strike closes").click()
        page.locator("#wires-pane h2", has_text="Strike closes").wait_for()
        page.locator("#id-none, body").first.focus()
        page.keyboard.press("d")
        page.wait_for_url("**/pages/*/edit/")
        assert StoryPage.objects.get().title == "Strike closes the harbour"
    assert not complaints.found


def test_without_scripts_everything_works_too(live_server, harbour):
    with browsing(live_server.url, java_script_enabled=False) as (page, complaints):
        _enter(page, person())
        page.goto(reverse("wires"))
        page.locator("[data-wires] a", has_text="Strike closes").click()
        page.locator("#wires-pane button").first.click()
        page.wait_for_url("**/pages/*/edit/")
    assert not complaints.found


def test_a_site_is_uploaded_tried_and_moved_in(live_server, room, tmp_path):
    site = write_lines(tmp_path / "site.jsonl", [line("a"), line("b", "ru"), line("c", "de")])
    with browsing(live_server.url, viewport=SIZES["narrow"]) as (page, complaints):
        _enter(page, person())
        page.goto(reverse("moving_in_moves"))
        page.set_input_files("input[type=file]", str(site))
        page.fill("input[name=name]", "Old site")
        _shot(page, "moving-form")
        page.get_by_role("button", name="Upload").click()
        page.locator("[data-running]").wait_for()
        move_waiting()
        page.get_by_role("button", name="Now move it in").click()
        page.locator("[data-running]").wait_for()
        move_waiting()
        page.get_by_text("Done.").wait_for()
        assert _fits(page)
        _shot(page, "moving-done")
    assert StoryPage.objects.count() == 2
    assert not complaints.found
    for file in (here().own / "moving").iterdir():
        file.unlink()
