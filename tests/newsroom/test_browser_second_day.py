"""A desk's second day, in a real browser: translating, holding, breaking, scheduling, curating, moving in, two factors.

Readers at a mirror see each of it, verified.
"""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from browser_kit import CHROMIUM, WHY, browsing
from test_browser_first_run import LINK, PASSWORD, base, started
from test_browser_walk import Reader, first_run, write

from tamizdat.story import Paragraph, rich

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason=WHY)]
WORDS = {
    "ru": ("Мост открыт", "Пока только для пешеходов.", "Первыми прошли школьники."),
    "fa": ("پل باز شد", "فعلاً فقط برای پیاده‌ها.", "نخست دانش‌آموزان گذشتند."),
    "ka": ("ხიდი გაიხსნა", "ჯერ მხოლოდ ფეხით მოსიარულეთათვის.", "პირველებმა მოსწავლეებმა გადაიარეს."),
}
EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/">
<channel><title>The Old Shore</title><link>https://old.example</link><language>en-US</language>
<wp:wxr_version>1.2</wp:wxr_version>
<item><title>Bread is dearer</title><link>https://old.example/2026/bread/</link><dc:creator>maro</dc:creator>
<guid isPermaLink="false">https://old.example/?p=5</guid>
<content:encoded><![CDATA[<p>It is 61 now.</p>]]></content:encoded>
<wp:post_id>5</wp:post_id><wp:post_date_gmt>2026-11-23 06:00:00</wp:post_date_gmt><wp:post_name>bread</wp:post_name>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>
</channel></rss>
"""


def translate(page, language, texts):
    """From the board, side by side, until it is ready."""
    page.goto("/admin/translating/")
    row = page.get_by_role("row").filter(has_text="The bridge is open")
    at = (
        page.locator("table.board")
        .last.locator("thead th")
        .evaluate_all("all => all.map(each => each.lang)")
        .index(language)
    )
    row.locator("td").nth(at - 1).get_by_role("link").click()
    for source, text in texts.items():
        page.locator(".beside-row").filter(has_text=source).locator("textarea").fill(text)
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("All is translated.").wait_for()
    page.get_by_role("button", name="Ready to go out").click()
    page.get_by_role("button", name="Not ready yet").or_(page.get_by_text("Noted.")).first.wait_for()


def translated_and_held(page, reader):
    """Three translations, and the source, at one moment."""
    source = ("The bridge is open", "On foot only for now.", "Schoolchildren went first.")
    write(page, *source)
    page.get_by_role("button", name="Save draft").first.click()
    page.wait_for_url("**/edit/")
    page.goto("/admin/translating/send/{}/".format(re.search(r"/pages/(\d+)/", page.url)[1]))
    for language in WORDS:
        page.check(f"input[name=language][value={language}]")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Sent.").wait_for()
    page.locator("table.board").last.locator("td").nth(1).get_by_role("link").click()
    page.get_by_role("link", name="Release together").click()
    page.check("input[name=when][value=ready]")
    page.get_by_role("button", name="Hold them").click()
    page.get_by_text("Held until all are ready.").wait_for()
    for language, texts in WORDS.items():
        assert not reader.news(language), "nothing is out before all are ready"
        translate(page, language, dict(zip(source, texts, strict=True)))
    moments = set()
    for language, (headline, lead, text) in {"en": source, **WORDS}.items():
        story = reader.waits_for(lambda news, headline=headline: headline in news, language)[headline]
        assert story.lead == lead
        assert story.body == (Paragraph(rich(text)),)
        moments.add(story.published)
    assert len(moments) == 1, "all have one date"


def breaking(page, reader):
    """A line in two languages, on top of both front pages."""
    page.goto("/admin/breaking/")
    for language, headline in (("en", "Harbour closed"), ("fa", "بندر بسته شد")):
        page.check(f"input[name=in-{language}]")
        page.fill(f"input[name=headline-{language}]", headline)
    page.get_by_role("button", name="Show me what readers will see").click()
    page.get_by_role("button", name="Put it out now").click()
    for language, headline in (("en", "Harbour closed"), ("fa", "بندر بسته شد")):
        news = reader.waits_for(lambda news, headline=headline: headline in news, language)
        assert news[headline].breaking_until > datetime.now(UTC)


def scheduled(page, reader):
    """A story that goes out by itself in the next minute or the one after."""
    write(page, "The market opens", "At dawn.", "With bread.")
    page.get_by_role("button", name="Toggle status").click()
    page.get_by_role("button", name="Set schedule").or_(page.get_by_role("button", name="Edit schedule")).first.click()
    # The form counts in minutes; half a minute at least is left to press the buttons.
    moment = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    page.locator("input[name=go_live_at]").fill(moment.strftime("%Y-%m-%d %H:%M"))
    # By keyboard: the calendar that opened may lie over the button.
    page.get_by_role("button", name="Save schedule").press("Enter")
    page.locator("input[name=title]").wait_for()
    publish_or_schedule(page)
    assert "The market opens" not in reader.news()
    story = reader.waits_for(lambda news: "The market opens" in news)["The market opens"]
    assert story.published >= moment


def publish_or_schedule(page):
    page.locator("footer .w-dropdown-button button.w-dropdown__toggle").first.click()
    page.locator("footer button[name=action-publish]").first.click()
    page.get_by_text("scheduled").first.wait_for()


def curated(page, reader, folder):
    """The older story on top."""
    page.goto("/admin/fronts/en/")
    page.get_by_role("button", name="Pin “The bridge is open”").click()
    page.locator("[data-item][data-title='The bridge is open']").wait_for()
    page.get_by_role("button", name="Publish this front page").click()
    page.get_by_text("Readers get this front page").wait_for()
    until = time.monotonic() + 60
    while not (top := (folder / "out" / "en" / "index.html").read_text("utf-8").partition('class="top"')[2]).find(
        "The bridge is open"
    ) < top.find("The market opens"):
        assert time.monotonic() < until
        time.sleep(0.1)


def moved_in(page, reader):
    """An export of WordPress, tried first."""
    page.goto("/admin/moving-in/")
    page.set_input_files(
        "input[type=file]", {"name": "old-shore.xml", "mimeType": "text/xml", "buffer": EXPORT.encode()}
    )
    page.get_by_label("Name of the site").fill("The Old Shore")
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("Nothing has been changed.").wait_for()
    assert "Bread is dearer" not in reader.news()
    page.get_by_role("button", name="Now move it in").click()
    page.get_by_text("Done.").wait_for()
    story = reader.waits_for(lambda news: "Bread is dearer" in news)["Bread is dearer"]
    assert story.published == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def two_factors(page):
    """An app is set up, and from then on the password alone is not enough."""
    page.goto("/admin/security/")
    page.get_by_role("link", name="Set up").first.click()
    page.locator("input[name=password], #authenticator_secret").first.wait_for()
    if page.locator("input[name=password]").count():
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("input[name=code]", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.locator("form:has(input[name=code]) button[type=submit]").click()
    page.wait_for_url(re.compile("/security/(codes/)?$"))
    page.context.clear_cookies()
    page.goto("/admin/login/")
    page.fill("#id_login", "orla")
    page.fill("#id_password", PASSWORD)
    page.click("form.login-form button[type=submit]")
    page.locator("input[name=code]").wait_for()
    page.goto("/admin/")
    assert "/login/" in page.url, "the password alone opens nothing"


def test_the_second_day(tmp_path):
    folder = tmp_path / "news"
    reader = Reader(folder)
    with started(folder) as newsroom:
        link = newsroom.line(LINK)
        with browsing(base(link), locale="en", viewport={"width": 1280, "height": 1000}) as (page, complaints):
            first_run(page, link, *WORDS)
            translated_and_held(page, reader)
            breaking(page, reader)
            scheduled(page, reader)
            curated(page, reader, folder)
            moved_in(page, reader)
            two_factors(page)
        assert not complaints.found
