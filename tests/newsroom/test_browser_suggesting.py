"""A translator in a real browser: suggestions by click, by key and without scripts; a machine checked; a glossary."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from browser_kit import CHROMIUM, WHY, browsing, refill
from desk_kit import person, text, write
from django.db import connection
from machine_kit import libre, served

from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.models import Agreed
from tamizdat.newsroom.translating.acting import Save
from tamizdat.newsroom.translating.beside import newest, rows_of, source_now
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def task(transactional_db):
    refill()
    desk = person()
    (first,) = Send(write("Yesterday", body=text("<p>The ferry is full.</p>")), ("fa",), desk).execute()
    first = Task.objects.get(pk=first.pk)
    fields = rows_of(first.pairs, source_now(first), newest(first.target))
    words = {"Yesterday": "دیروز", "<p>The ferry is full.</p>": "<p>کشتی پر است.</p>"}
    texts = {(each.key, at): (words[row.source], False) for each in fields for at, row in enumerate(each.rows)}
    Save(first, texts, desk, first.target.latest_revision_id, fields).execute()
    Agreed.objects.create(language="fa", source_language="en", term="ferry", translation="کشتی")
    body = text("<p>The ferry is full.</p><p>Nobody <b>knows</b> why.</p>")
    (made,) = Send(write("Today", body=body), ("fa",), desk).execute()
    return made


def log_in(page):
    page.goto("/admin/")
    page.fill("input[name=login]", "desk")
    page.fill("input[name=password]", "desk desk desk desk")
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")


def in_the_background():
    """What the process of that name does, in a thread as there."""

    def work():
        try:
            return draft_waiting()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == 1


def field(page, source):
    return page.locator(".beside-row").filter(has_text=source).locator("textarea")


def test_a_translator_takes_a_suggestion_and_checks_a_machine(live_server, task):
    with served(libre()) as service, browsing(live_server.url, viewport={"width": 390, "height": 800}) as (page, seen):
        log_in(page)
        page.goto(f"/admin/translating/{task.pk}/")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        row = page.locator(".beside-row").filter(has_text="The ferry is full.")
        assert "کشتی" in row.locator(".agreed").inner_text()
        row.locator("textarea").focus()
        page.keyboard.press("Alt+1")
        assert row.locator("textarea").input_value() == "کشتی پر است."
        row.locator("textarea").fill("")
        row.get_by_role("button", name="translated before").click()
        assert row.locator("textarea").input_value() == "کشتی پر است."
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("Saved as a draft.").wait_for()
        page.get_by_role("button", name="Draft by machine").click()
        page.get_by_text("LibreTranslate is drafting.").wait_for()
        field(page, "Today").fill("امروز")
        in_the_background()
        page.get_by_role("link", name="Show it").wait_for()
        assert field(page, "Today").input_value() == "امروز", "nothing that was typed is taken away"
        page.get_by_role("link", name="Show it").click()
        page.get_by_text("by a machine, not checked").first.wait_for()
        assert page.get_by_text("by a machine, not checked").count() == 2
        assert field(page, "Nobody").input_value() == "NOBODY <strong>KNOWS</strong> WHY."
        page.get_by_role("button", name="Ready to go out").click()
        page.get_by_text("2 pieces are by a machine, unchecked").wait_for()
        field(page, "Today").fill("امروز")
        page.locator(".beside-row").filter(has_text="Nobody").get_by_label("I checked it").check()
        page.get_by_role("button", name="Save draft").click()
        page.get_by_text("Saved as a draft.").wait_for()
        assert page.get_by_text("by a machine, not checked").count() == 0
        page.get_by_role("button", name="Ready to go out").click()
        page.get_by_role("button", name="Not ready yet").wait_for()
        assert not seen.found
        assert len(service.texts()) == 2
    assert newest(Task.objects.get(pk=task.pk).target).translation == ""


def test_suggestions_are_buttons_of_the_form_where_there_are_no_scripts(live_server, task):
    with browsing(live_server.url, java_script_enabled=False) as (page, seen):
        log_in(page)
        page.goto(f"/admin/translating/{task.pk}/")
        field(page, "Nobody").fill("هیچ‌کس")
        page.locator("button.suggestion").first.click()
        page.wait_for_load_state()
        assert field(page, "The ferry is full.").input_value() == "کشتی پر است."
        assert field(page, "Nobody").input_value() == "هیچ‌کس"
        page.get_by_role("button", name="Save draft").click()
        page.wait_for_load_state()
        assert field(page, "The ferry is full.").input_value() == "کشتی پر است."
        assert not seen.found


def test_a_glossary_is_kept_in_a_browser(live_server, task, tmp_path):
    with browsing(live_server.url, viewport={"width": 390, "height": 800}) as (page, seen):
        log_in(page)
        page.goto("/admin/translating/")
        page.get_by_role("link", name="Glossary").click()
        page.get_by_role("link", name="فارسی").click()
        page.locator("summary").filter(has_text="Add a word").click()
        page.get_by_label("Word or name").fill("council")
        page.get_by_label("Translation", exact=True).fill("شورا")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_text("Added.").wait_for()
        with page.expect_download() as coming:
            page.get_by_role("link", name="Take the glossary out").click()
        table = tmp_path / "glossary.csv"
        coming.value.save_as(table)
        table.write_bytes(table.read_bytes() + b"bread,\r\n")
        page.set_input_files("input[name=table]", table)
        page.get_by_role("button", name="Take in", exact=True).click()
        page.get_by_text("line 4: “bread” has no translation").wait_for()
        table.write_bytes(table.read_bytes().replace(b"bread,", "bread,نان".encode()))
        page.set_input_files("input[name=table]", table)
        page.get_by_role("button", name="Take in", exact=True).click()
        page.get_by_text("One word is new in the glossary.").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [each for each in seen.found if "422" not in each] == []
    assert Agreed.objects.get(term="bread").translation == "نان"
