"""A translator in a real browser: a file out, words changed in it, back again, and one conflict settled by keys."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from browser_kit import CHROMIUM, WHY, browsing, refill
from desk_kit import person, text, write
from django.db import connection
from exchange_kit import fresh, texts, translate
from test_browser_suggesting import log_in
from translating_kit import sent

from tamizdat.newsroom.suggesting.models import Agreed
from tamizdat.newsroom.translating.beside import newest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
]
HERE, THERE = "کشتی‌ها دوباره به راه افتادند.", "کشتی‌ها دوباره می‌روند."


@pytest.fixture
def task(transactional_db):
    refill()
    body = text("<p>The ferry sails at nine.</p><p>It is full.</p>")
    source = write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)
    Agreed.objects.create(language="fa", source_language="en", term="ferry", translation="کشتی")
    return sent(source, person(), "fa")


def edited_here(task):
    """Somebody translates the lead, in a thread: this one belongs to the browser."""

    def work():
        try:
            draft = newest(fresh(task).target)
            draft.lead = HERE
            draft.save_revision()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def downloaded(page, folder, kind):
    """The file that the button gives."""
    page.locator(f"input[name=kind][value={kind}]").check()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_a_file_leaves_and_comes_back_and_keys_settle_what_both_changed(live_server, task, tmp_path):
    with browsing(live_server.url, viewport={"width": 390, "height": 800}) as (page, seen):
        log_in(page)
        page.goto(f"/admin/translating/{task.pk}/")
        page.get_by_role("link", name="Take out to translate elsewhere").click()
        path = downloaded(page, tmp_path, "xliff12")
        assert path.name == "harbour.fa.xlf"
        data = path.read_bytes()
        assert "ferry → کشتی" in data.decode()
        words = {"They sail again.": THERE, "The ferry sails at nine.": "کشتی ساعت نه می‌رود."}
        path.write_bytes(translate(data, words, "xliff12"))
        edited_here(task)
        page.set_input_files("input[name=file]", path)
        page.get_by_role("button", name="Bring back").click()
        page.wait_for_url("**/exchange/report/**")
        assert "taken into the draft" in page.locator(".exchange-counts").inner_text()
        assert page.locator(".exchange-piece").count() == 1
        box = page.get_by_label("In the file")
        assert box.input_value() == THERE
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        box.focus()
        page.keyboard.press("Control+End")
        page.keyboard.type(" باز هم.")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.checked"), "what is chosen gets the focus"
        page.keyboard.press("ArrowDown")
        assert page.get_by_label("Take it as it stands in this box").is_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("Noted.").wait_for()
        assert page.locator(".exchange-piece").count() == 0
        assert not seen.found
    assert newest(fresh(task).target).lead == f"{THERE} باز هم."
    assert "<p>کشتی ساعت نه می‌رود.</p>" in texts(task)


def test_many_leave_in_one_zip_and_come_back_where_there_are_no_scripts(live_server, task, tmp_path):
    with browsing(live_server.url, java_script_enabled=False) as (page, seen):
        log_in(page)
        page.goto("/admin/exchange/")
        page.get_by_label("فارسی").check()
        path = downloaded(page, tmp_path, "po")
        assert path.name == "translations.zip"
        page.set_input_files("input[name=file]", path)
        page.get_by_role("button", name="Bring back").click()
        page.wait_for_load_state()
        assert "not translated in the file" in page.locator(".exchange-counts").inner_text()
        assert not seen.found
    assert newest(fresh(task).target).title == "Harbour strike ends"
