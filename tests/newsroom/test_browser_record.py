"""The record of a story in a real browser: on a telephone and on a desk, from left to right and from right to left."""

import pytest
from browser_kit import CHROMIUM, WHY, browsing, cookies, refill
from desk_kit import jpeg, person, picture, publish, text, write
from wagtail.users.models import UserProfile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
]
WIDTHS = (360, 1280)
ADDRESS = "https://harbour.example/times/and/a/very/long/address/2026"


def out(page, user, **changes):
    for name, value in changes.items():
        setattr(page, name, value)
    return publish(page, user)


@pytest.fixture
def desk(transactional_db):
    refill()
    desk = person("orla")
    page = write("Ferry sails at eight", story_id="ferry", body=text("<p>The harbour opens at eight.</p>"))
    page = out(page, desk, picture=picture(data=jpeg(800, 500)))
    body = text(f'<p>The harbour opens at nine, says <a href="{ADDRESS}">the harbour</a>.</p>')
    out(page, desk, body=body, picture=picture(data=jpeg(500, 700)), picture_caption="The quay")
    other = write("کشتی ساعت هشت", language="fa", story_id="ferry", translation_key=page.translation_key)
    out(out(other, desk), desk, title="کشتی ساعت نه")
    return desk


@pytest.mark.parametrize("screens", ["en", "fa"])
def test_what_changed_is_read_on_every_screen(live_server, desk, screens):
    profile = UserProfile.get_for_user(desk)
    profile.preferred_language = screens
    profile.save()
    jar = cookies(live_server.url, desk)
    for width in WIDTHS:
        with browsing(live_server.url, viewport={"width": width, "height": 900}) as (page, complaints):
            page.context.add_cookies(jar)
            page.goto("/admin/record/ferry/?language=en")
            record = page.locator("section[aria-labelledby=versions]")
            record.locator("summary").first.click()
            record.get_by_text(ADDRESS).wait_for()
            assert record.locator(".record-pictures img").count() == 2
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            record.get_by_role("link", name="فارسی").click()
            record.locator("summary").first.click()
            row = record.locator(".record-changed[dir=rtl]").filter(has_text="کشتی")
            row.wait_for()
            assert row.locator("del").inner_text().strip() == "هشت"
            assert row.locator("ins").inner_text().strip() == "نه"
        assert not complaints.found


def test_what_a_takedown_leaves_is_explained_to_whoever_chooses_one(live_server, desk):
    jar = cookies(live_server.url, desk)
    with browsing(live_server.url) as (page, complaints):
        page.context.add_cookies(jar)
        page.goto("/admin/record/ferry/")
        explained = page.get_by_text("A takedown with no text in any language leaves nothing")
        explained.wait_for(state="hidden")
        page.locator("[value=takedown]").check()
        explained.wait_for(state="visible")
    assert not complaints.found
