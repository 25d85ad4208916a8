"""Front page, breaking news and notices in a real browser, through the press, to the page that readers open."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from browser_kit import IN_A_BROWSER, browsing_as, refill
from desk_kit import person, publish, write
from newsroom_settings import PASSPHRASE

from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.trust.keyring import Keyring

pytestmark = IN_A_BROWSER


@pytest.fixture
def browser(room, live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()
    with browsing_as(person(), live_server.url) as (page, complaints):
        yield page
        assert complaints.found == []


def press(room):
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report


def order_of(html, *names):
    """Names in the order in which they stand."""
    return sorted(names, key=html.index)


def pins(page):
    return page.locator("[data-item]").evaluate_all("items => items.map(item => item.dataset.title)")


def proof(page, *first):
    """The proof, once it shows these stories on top in this order."""
    frame = page.frame_locator("[data-sheet]")
    for at, headline in enumerate(first):
        frame.locator("main article h2").nth(at).get_by_text(headline).wait_for()


def test_a_front_page_is_arranged_by_keyboard_and_drag_and_readers_get_it(browser, room):
    page = browser
    for name in ("Alpha", "Bravo", "Carol", "Delta", "Echos", "Foxes", "Golfs"):
        publish(write(name))
    page.goto("/admin/fronts/en/")
    for name in ("Alpha", "Bravo", "Carol"):
        page.get_by_role("button", name=f"Pin “{name}”").click()
        page.locator(f"[data-item][data-title={name}]").wait_for()
    assert pins(page) == ["Alpha", "Bravo", "Carol"]
    proof(page, "Alpha", "Bravo", "Carol")
    # By keyboard: the last becomes the first.
    handle = page.locator("[data-title=Carol] [data-handle]")
    handle.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert pins(page) == ["Carol", "Alpha", "Bravo"]
    assert page.evaluate("document.activeElement.closest('[data-item]').dataset.title") == "Carol"
    assert page.locator("[data-live]").text_content() == "Carol is now at 1"
    proof(page, "Carol", "Alpha", "Bravo")
    # By drag: the second under the third.
    page.locator("[data-title=Bravo]").scroll_into_view_if_needed()
    grip = page.locator("[data-title=Alpha] [data-handle]").bounding_box()
    under = page.locator("[data-title=Bravo]").bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(grip["x"] + 5, under["y"] + under["height"] * 0.6, steps=4)
    page.mouse.move(grip["x"] + 5, under["y"] + under["height"] - 4, steps=4)
    page.mouse.up()
    assert pins(page) == ["Carol", "Bravo", "Alpha"]
    # A story found by its words.
    page.fill("#front-find", "Ech")
    page.locator("#front-found").get_by_role("button", name="Pin “Echos”").click()
    page.locator("[data-item][data-title=Echos]").wait_for()
    proof(page, "Carol", "Bravo", "Alpha", "Echos")
    page.get_by_role("button", name="Publish this front page").click()
    page.get_by_text("Readers get this front page").wait_for()
    press(room)
    html = (room / "out" / "en" / "index.html").read_text("utf-8")
    top = html.partition('class="top"')[2]
    assert order_of(top, "Alpha", "Bravo", "Carol", "Echos", "Golfs") == ["Carol", "Bravo", "Alpha", "Echos", "Golfs"]
    assert "<base" not in html


def held(page, count):
    """The first ``count`` of what the form asks for wait; what lets them go."""
    waiting = []

    def hold(route):
        if route.request.method == "POST" and len(waiting) < count:
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/admin/fronts/en/", hold)
    return waiting


def test_what_is_pressed_while_an_answer_is_on_its_way_is_not_lost(browser):
    page = browser
    for name in ("Alpha", "Bravo", "Carol", "Delta"):
        publish(write(name))
    page.goto("/admin/fronts/en/")
    for name in ("Alpha", "Bravo"):
        page.get_by_role("button", name=f"Pin “{name}”").click()
        page.locator(f"[data-item][data-title={name}]").wait_for()
    waiting = held(page, 1)
    page.get_by_role("button", name="Pin “Carol”").click()
    page.get_by_role("button", name="Pin “Delta”").click()
    page.fill("#front-find", "Alp")
    page.keyboard.press("Enter")
    page.locator("[data-title=Bravo] [data-handle]").focus()
    page.keyboard.press("ArrowUp")
    assert pins(page) == ["Bravo", "Alpha"]
    page.get_by_role("button", name="Publish this front page").click()
    assert len(waiting) == 1, "the others wait for their turn"
    waiting[0].continue_()
    page.get_by_text("Readers get this front page").wait_for()
    assert pins(page) == ["Bravo", "Alpha", "Carol", "Delta"]


def test_the_proof_knows_when_a_pin_ends_wherever_the_browser_is(live_server, client, room, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()
    user = person()
    client.force_login(user)
    old, new = publish(write("Alpha")), publish(write("Bravo"))
    assert new.story_id
    until = datetime.now(UTC) + timedelta(hours=1)
    with browsing_as(user, live_server.url, timezone_id="Asia/Yerevan") as (page, complaints):
        page.goto("/admin/fronts/en/")
        page.get_by_role("button", name="Pin “Alpha”").click()
        page.locator("[data-item][data-title=Alpha]").wait_for()
        with page.expect_request(lambda request: "/proof/" in request.url and old.story_id in request.url):
            page.fill(f"[name=until-{old.story_id}]", f"{until:%Y-%m-%dT%H:%M}")
        proof(page, "Alpha", "Bravo")
        assert complaints.found == []


def test_news_breaks_and_is_on_every_chosen_front_page(browser, room):
    page = browser
    publish(write("Usual news"))
    page.goto("/admin/breaking/")
    page.fill("input[name=headline-en]", "Harbour closed")
    page.fill("textarea[name=line-en]", "The ferry office says so.")
    page.fill("input[name=headline-fa]", "بندر بسته شد")
    assert page.is_checked("input[name=in-en]")
    page.get_by_role("button", name="Show me what readers will see").click()
    page.frame_locator("iframe").first.locator("aside.breaking").get_by_text("Harbour closed").wait_for()
    page.get_by_role("button", name="Put it out now").click()
    page.get_by_text("the press is at it").wait_for()
    press(room)
    page.get_by_text(re.compile("signed and out in")).wait_for()
    for language, headline in (("en", "Harbour closed"), ("fa", "بندر بسته شد")):
        html = (room / "out" / language / "index.html").read_text("utf-8")
        assert headline in html.partition('<aside class="breaking"')[2].partition("</aside>")[0]
    path = StoryPage.objects.get(locale__language_code="en", title="Harbour closed").story_id
    (story,) = (room / "out" / "en").glob(f"*/*/{path}.html")
    page.get_by_text("Say more").click()
    page.fill("article textarea[name=line-en]", "Trains still run.")
    page.get_by_role("button", name="Add the line").click()
    page.get_by_text("The line is on its way to readers.").wait_for()
    press(room)
    assert "Trains still run." in story.read_text("utf-8")
    page.get_by_role("button", name="End it now").click()
    page.get_by_text("It is no longer breaking").first.wait_for()
    press(room)
    assert '<aside class="breaking"' not in (room / "out" / "en" / "index.html").read_text("utf-8")
    assert story.exists()


def test_a_notice_is_written_reviewed_and_read(browser, room):
    page = browser
    publish(write("Usual news", language="fa"))
    page.goto("/admin/notices/")
    page.get_by_role("link", name="New notice").click()
    page.select_option("select[name=country]", "TM")
    page.check("input[name=who][value=residents]")
    page.check("input[name=acts][value=sharing]")
    page.fill("[name=penalty-in-en]", "A fine of 6,000 marns.")
    page.fill("[name=penalty-in-fa]", "جریمه تا ۶۰۰۰ مارن")
    page.fill("[name='law-in-']", "Law on Order, article 14")
    page.get_by_role("button", name="Save as a draft").click()
    page.get_by_text("A draft: readers do not see it yet.").wait_for()
    page.frame_locator("iframe").first.locator("section.law").get_by_text("A fine of 6,000 marns.").wait_for()
    press(room)
    front = room / "out" / "fa" / "index.html"
    assert "جریمه" not in front.read_text("utf-8")
    page.fill("input[name=reviewer]", "Orla Venn")
    page.get_by_role("button", name="Sign off").click()
    page.get_by_text("Readers are warned in these words").first.wait_for()
    press(room)
    assert "جریمه تا ۶۰۰۰ مارن" in front.read_text("utf-8")
    assert "Orla Venn" in (room / "out" / "fa" / "safety.html").read_text("utf-8")
