"""What is typed is kept when the browser dies; editors comment on each other's text, and no reader ever sees it."""

import os
import re
import signal
import subprocess
import time

import pytest
from browser_kit import CHROMIUM, WHY, browsing, refill
from desk_kit import person, publish, text, write
from django.db import OperationalError
from django.test import Client
from newsroom_settings import PASSPHRASE
from wagtail.models import Comment

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.trust.keyring import Keyring

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
]
DEADLINE_SECONDS = 90
SECRET = "Zwischenruf from the lawyer"
ANSWER = "Gegenrede from the desk"


@pytest.fixture(autouse=True)
def _ready(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


def cookies(address, user):
    client = Client()
    client.force_login(user)
    return [{"name": name, "value": morsel.value, "url": address} for name, morsel in client.cookies.items()]


def waits_for(condition):
    until = time.monotonic() + DEADLINE_SECONDS
    while not _holds(condition):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def _holds(condition):
    try:
        return condition()
    except OperationalError:  # SQLite in memory: the server is writing just now
        return False


def newest():
    story = StoryPage.objects.order_by("-pk").first()
    return story.get_latest_revision_as_object() if story and story.latest_revision_id else None


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
        waits_for(lambda: port.exists() and "\n" in port.read_text())
        with sync_playwright() as playwright:
            talk = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().split()[0]}")
            context = talk.contexts[0]
            context.add_cookies(cookies(live_server.url, desk))
            page = context.new_page()
            page.goto(f"{live_server.url}/admin/pages/add/stories/storypage/{_paper()}/")
            # At once: before Wagtail has looked at the form for the first time.
            page.locator("#id_title").click()
            page.keyboard.type("Written at night")
            waits_for(lambda: newest() and newest().title == "Written at night")
            page.locator("[data-contentpath=body] .public-DraftEditor-content").first.click()
            page.keyboard.type("Every word counts")
            waits_for(lambda: "Every word counts" in str(newest().body.get_prep_value()))
            os.killpg(browser.pid, signal.SIGKILL)
    finally:
        if browser.poll() is None:
            os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()
    assert not newest().live
    with browsing(live_server.url) as (page, complaints):
        page.context.add_cookies(cookies(live_server.url, desk))
        page.goto(f"/admin/pages/{newest().pk}/edit/")
        assert page.locator("#id_title").input_value() == "Written at night"
        page.locator(".public-DraftEditor-content").first.get_by_text("Every word counts").wait_for()
        assert complaints.found == []
    assert StoryPage.objects.count() == 1


def _paper():
    from desk_kit import newspaper  # noqa: PLC0415 - needs a filled database

    return newspaper("en").pk


def test_what_was_typed_is_saved_once_a_server_that_failed_is_well_again(live_server):
    story = write("Ferries", body=text("<p>Wait.</p>"))
    failing = []
    with browsing(live_server.url) as (page, _complaints):
        page.context.add_cookies(cookies(live_server.url, person()))
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.route("**/edit/", lambda route: failing.append(1) or route.fulfill(status=502, body="Bad gateway"))
        page.locator("#id_title").fill("Ferries wait")
        waits_for(lambda: page.wait_for_timeout(50) or failing)
        page.unroute("**/edit/")
        waits_for(lambda: page.wait_for_timeout(50) or (newest() and newest().title == "Ferries wait"))


def test_cells_of_a_table_and_chips_are_kept_too(live_server):
    rows = {"caption": "", "header": True, "rows": [["a", "b"]]}
    story = write("Ferries", body=[{"type": "table", "value": rows}], byline=["Anna"])
    with browsing(live_server.url) as (page, complaints):
        page.context.add_cookies(cookies(live_server.url, person()))
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.get_by_role("textbox", name="row 1, column 2").click()
        page.keyboard.type("!")
        page.get_by_label("Byline").click()
        page.keyboard.type("Boris")
        page.keyboard.press("Enter")
        waits_for(
            lambda: (
                newest()
                and newest().byline == ["Anna", "Boris"]
                and "!" in newest().body.get_prep_value()[0]["value"]["rows"][0][1]
            )
        )
        assert complaints.found == []


@pytest.fixture
def form(live_server):
    """A story's form, in which the answer to a save can be held back."""
    story = publish(write("Harbour closed", lead="Wait.", body=text("<p>The owner fled.</p>")))
    with browsing(live_server.url, viewport={"width": 1280, "height": 900}) as (page, complaints):
        page.context.add_cookies(cookies(live_server.url, person("lawyer")))
        page.goto(f"/admin/pages/{story.pk}/edit/")
        form = Form(page, story.pk)
        form.save("Harbour shut")
        yield form
        assert complaints.found == []


class Form:
    """Comments in a browser."""

    def __init__(self, page, story):
        self.page, self.story = page, story

    def hold(self):
        """What the server says to the next save is held until the returned function is called."""
        held = []

        def hold(route):
            if held or route.request.method != "POST":
                route.continue_()
            else:
                held.append(route)
                held.append(route.fetch())

        def let_go():
            self.until(lambda: len(held) == 2)
            held[0].fulfill(response=held[1])

        self.page.route("**/edit/", hold)
        return held, let_go

    def until(self, condition):
        waits_for(lambda: self.page.wait_for_timeout(50) or condition())

    def save(self, headline):
        """Everything, because the headline is another one."""
        self.page.locator("#id_title").click()
        self.page.locator("#id_title").fill(headline)
        self.until(lambda: newest().title == headline)
        self.page.wait_for_timeout(1_500)  # the answer is there, too, and the form has come to rest

    def begin(self, words):
        """A comment on the text, not said yet."""
        self.page.locator(".public-DraftEditor-content").first.get_by_text("The owner fled.").click()
        self.page.keyboard.press("Home")
        self.page.keyboard.press("Shift+End")
        self.page.get_by_role("button", name=re.compile("Add a comment")).click()
        self.page.wait_for_timeout(500)  # it draws the focus to itself for a while
        self.page.get_by_placeholder("Enter your comments").fill(words)

    def say(self):
        button = self.page.get_by_role("button", name="Comment", exact=True)
        for _ in range(10):  # the list moves under the pointer when a comment draws the focus to itself
            if button.count():
                button.first.click()
                self.page.wait_for_timeout(1_000)

    def comments(self):
        """What the server has, without what was resolved."""
        return sorted(Comment.objects.filter(page=self.story, resolved_at=None).values_list("text", flat=True))


def test_what_is_typed_while_a_save_is_under_way_is_saved_too(form):
    held, let_go = form.hold()
    form.page.locator(".public-DraftEditor-content").first.click()
    form.page.keyboard.press("End")
    form.page.keyboard.type(" He")
    form.until(lambda: len(held) == 2)
    form.page.keyboard.type(" waits")
    let_go()
    form.until(lambda: "He waits" in str(newest().body.get_prep_value()))


def test_a_comment_that_is_written_while_the_text_is_saved_is_kept(form):
    held, let_go = form.hold()
    form.page.locator("#id_title").fill("Harbour closed again")
    form.until(lambda: len(held) == 2)
    form.begin(SECRET)
    form.say()
    let_go()
    form.until(lambda: form.comments() == [SECRET])


def test_a_comment_that_is_begun_while_another_is_saved_is_kept(form):
    held, let_go = form.hold()
    form.begin(SECRET)
    form.say()
    form.until(lambda: len(held) == 2)
    form.begin("Half a")
    let_go()
    form.until(lambda: form.comments() == [SECRET])
    field = form.page.get_by_placeholder("Enter your comments")
    form.page.wait_for_timeout(500)
    assert field.input_value() == "Half a"
    field.fill("Half a word more")
    form.say()
    both = sorted([SECRET, "Half a word more"])
    form.until(lambda: form.comments() == both)
    form.page.locator("#id_title").fill("Harbour closed again")
    form.until(lambda: newest().title == "Harbour closed again")
    assert form.comments() == both


def test_what_is_being_written_when_a_save_comes_back_stays(form):
    form.begin("Half a")
    form.save("Harbour closed again")
    assert form.page.get_by_placeholder("Enter your comments").input_value() == "Half a"
    form.say()
    form.until(lambda: form.comments() == ["Half a"])
    form.page.wait_for_timeout(1_500)
    reply = form.page.get_by_placeholder("Enter your reply")
    reply.fill("Half an")
    form.save("Harbour open")
    assert reply.input_value() == "Half an"
    form.page.locator(".comment").get_by_role("button", name="More actions").click()
    form.page.get_by_role("menuitem", name="Edit").click()
    edit = form.page.locator(".comment textarea").first
    edit.fill("A whole")
    form.save("Harbour closed")
    assert edit.input_value() == "A whole"
    form.page.get_by_role("button", name="Save", exact=True).click()
    form.until(lambda: form.comments() == ["A whole"])


def test_lines_of_a_comment_are_known_again(form):
    words = "One line,\nanother, and space at the end "
    held, let_go = form.hold()
    form.begin(words)
    form.say()
    form.until(lambda: len(held) == 2)
    form.begin("Half a")
    let_go()
    form.page.wait_for_timeout(3_000)
    assert Comment.objects.filter(page=form.story).count() == 1
    assert form.page.get_by_placeholder("Enter your comments").input_value() == "Half a"


def test_one_comment_is_said_while_another_is_only_begun(form):
    form.begin("Begun first")
    lead = form.page.locator("[data-contentpath=lead]")
    lead.hover()
    lead.get_by_role("button", name="Add comment").click()
    form.page.wait_for_timeout(500)
    form.page.get_by_placeholder("Enter your comments").nth(1).fill("Said first")
    form.page.get_by_role("button", name="Comment", exact=True).nth(1).click()
    form.until(lambda: form.comments() == ["Said first"])
    form.page.wait_for_timeout(1_500)
    form.page.get_by_placeholder("Enter your comments").click()
    form.say()
    form.until(lambda: form.comments() == ["Begun first", "Said first"])
    form.save("Harbour closed again")
    assert form.comments() == ["Begun first", "Said first"]
    assert '"start"' in Comment.objects.get(text="Begun first").position


def test_a_reply_to_the_next_comment_stays_when_the_one_before_is_resolved(form):
    for words in ("First", "Second"):
        form.begin(words)
        form.say()
        form.until(lambda words=words: words in form.comments())
        form.page.wait_for_timeout(1_500)
    held, let_go = form.hold()
    comments = form.page.locator(".comment")
    comments.filter(has_text="First").click()
    comments.filter(has_text="First").get_by_role("button", name="More actions").click()
    form.page.get_by_role("menuitem", name="Resolve").click()
    form.until(lambda: len(held) == 2)
    comments.filter(has_text="Second").click()
    reply = form.page.get_by_placeholder("Enter your reply")
    reply.fill(ANSWER)
    let_go()
    form.until(lambda: form.comments() == ["Second"])
    form.page.wait_for_timeout(500)
    assert reply.input_value() == ANSWER
    form.page.get_by_role("button", name="Reply", exact=True).click()
    second = Comment.objects.get(page=form.story, text="Second")
    form.until(lambda: [each.text for each in second.replies.all()] == [ANSWER])


def test_a_reply_that_is_begun_while_its_comment_is_saved_is_kept(form):
    held, let_go = form.hold()
    form.begin(SECRET)
    form.say()
    form.until(lambda: len(held) == 2)
    reply = form.page.get_by_placeholder("Enter your reply")
    reply.fill(ANSWER)
    let_go()
    form.until(lambda: form.comments() == [SECRET])
    form.page.wait_for_timeout(500)
    assert reply.input_value() == ANSWER
    form.page.get_by_role("button", name="Reply", exact=True).click()
    form.until(lambda: list(Comment.objects.get(page=form.story).replies.values_list("text", flat=True)) == [ANSWER])


def test_a_comment_that_is_taken_back_while_it_is_saved_is_gone(form):
    held, let_go = form.hold()
    form.begin(SECRET)
    form.say()
    form.until(lambda: len(held) == 2)
    form.page.locator(".comment").get_by_role("button", name="More actions").click()
    form.page.get_by_role("menuitem", name="Resolve").click()
    let_go()
    form.until(lambda: Comment.objects.filter(page=form.story).exists() and form.comments() == [])


def test_editors_comment_and_reply_and_no_reader_ever_sees_it(live_server, room):
    author, lawyer = person(), person("lawyer")
    story = publish(write("Harbour closed", body=text("<p>The owner fled.</p><p>Ferries wait.</p>")))
    with browsing(live_server.url, viewport={"width": 1280, "height": 900}) as (page, complaints):
        page.context.add_cookies(cookies(live_server.url, lawyer))
        page.goto(f"/admin/pages/{story.pk}/edit/")
        paragraph = page.locator(".public-DraftEditor-content").first.get_by_text("The owner fled.")
        paragraph.click()
        page.keyboard.press("Home")
        page.keyboard.press("Shift+End")
        page.get_by_role("button", name=re.compile("Add a comment")).click()
        page.get_by_placeholder("Enter your comments").fill(SECRET)
        page.get_by_role("button", name="Comment", exact=True).click()
        waits_for(lambda: Comment.objects.filter(page=story.pk, text=SECRET, user=lawyer).exists())
        assert complaints.found == []
    with browsing(live_server.url, viewport={"width": 1280, "height": 900}) as (page, complaints):
        page.context.add_cookies(cookies(live_server.url, author))
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.get_by_role("button", name="Toggle comments").click()
        page.locator(".comment").get_by_text(SECRET).click()
        page.get_by_placeholder("Enter your reply").fill(ANSWER)
        page.get_by_role("button", name="Reply", exact=True).click()
        comment = Comment.objects.get(page=story.pk)
        waits_for(lambda: comment.replies.filter(text=ANSWER, user=author).exists())
        assert complaints.found == []
    assert "body" in comment.contentpath
    publish(StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object())
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report
    secrets = [each.encode() for each in (SECRET, ANSWER, "Zwischenruf", "Gegenrede")]
    files = [file for file in (room / "out").rglob("*") if file.is_file()]
    assert any(b"The owner fled." in file.read_bytes() for file in files)
    assert not [file for file in files if any(each in file.read_bytes() for each in secrets)]
    assert not [one for one in Release.objects.all() if any(each in bytes(one.story or b"") for each in secrets)]
    proof = Client()
    proof.force_login(author)
    preview = story.get_latest_revision_as_object().make_preview_request()
    assert b"The owner fled." in preview.content
    assert not any(each in preview.content for each in secrets)
