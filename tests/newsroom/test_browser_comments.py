"""Editors comment on each other's text, whatever is saved meanwhile, and no reader ever sees it."""

from contextlib import contextmanager

import pytest
from browser_kit import IN_A_BROWSER, attempt, browsing_as, refill
from comments_kit import Form, newest
from desk_kit import person, publish, text, write
from django.test import Client
from newsroom_settings import PASSPHRASE
from wagtail.models import Comment

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.trust.keyring import Keyring

pytestmark = IN_A_BROWSER
SECRET = "Zwischenruf from the lawyer"
ANSWER = "Gegenrede from the desk"


@pytest.fixture(autouse=True)
def _ready(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


@contextmanager
def opened(address, story, user):
    """A story's form in a browser of somebody's."""
    with browsing_as(user, address, viewport={"width": 1280, "height": 900}) as (page, complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        yield Form(page, story.pk)
        assert complaints.found == []


@pytest.fixture
def form(live_server):
    """A story's form, in which the answer to a save can be held back."""
    story = publish(write("Harbour closed", lead="Wait.", body=text("<p>The owner fled.</p>")))
    with opened(live_server.url, story, person("lawyer")) as form:
        form.save("Harbour shut")
        yield form


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
    form.page.wait_for_timeout(500)
    assert form.begun.input_value() == "Half a"
    form.begun.fill("Half a word more")
    form.say()
    both = sorted([SECRET, "Half a word more"])
    form.until(lambda: form.comments() == both)
    form.page.locator("#id_title").fill("Harbour closed again")
    form.until(lambda: newest().title == "Harbour closed again")
    assert form.comments() == both


def test_what_is_being_written_when_a_save_comes_back_stays(form):
    form.begin("Half a")
    form.save("Harbour closed again")
    assert form.begun.input_value() == "Half a"
    form.say()
    form.until(lambda: form.comments() == ["Half a"])
    form.page.wait_for_timeout(1_500)
    form.begin_reply("Half an")
    form.save("Harbour open")
    assert form.reply.input_value() == "Half an"
    form.act("Edit")
    edit = form.comment().locator("textarea").first
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
    assert form.begun.input_value() == "Half a"


def test_one_comment_is_said_while_another_is_only_begun(form):
    form.begin("Begun first")
    form.begin_on_lead("Said first")
    form.say(at=1)
    form.until(lambda: form.comments() == ["Said first"])
    form.page.wait_for_timeout(1_500)
    form.begun.click()
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
    form.comment("First").click()
    form.act_until(lambda: len(held) == 2, "Resolve", "First")
    form.comment("Second").click()
    form.begin_reply(ANSWER, "Second")
    let_go()
    form.until(lambda: form.comments() == ["Second"])
    form.page.wait_for_timeout(500)
    assert form.reply.input_value() == ANSWER
    form.say_reply()
    second = Comment.objects.get(page=form.story, text="Second")
    form.until(lambda: [each.text for each in second.replies.all()] == [ANSWER])


def test_a_reply_that_is_begun_while_its_comment_is_saved_is_kept(form):
    held, let_go = form.hold()
    form.begin(SECRET)
    form.say()
    form.until(lambda: len(held) == 2)
    form.begin_reply(ANSWER)
    let_go()
    form.until(lambda: form.comments() == [SECRET])
    form.page.wait_for_timeout(500)
    assert form.reply.input_value() == ANSWER
    form.say_reply()
    form.until(lambda: list(Comment.objects.get(page=form.story).replies.values_list("text", flat=True)) == [ANSWER])


def test_a_comment_that_is_taken_back_while_it_is_saved_is_gone(form):
    held, let_go = form.hold()
    form.begin(SECRET)
    form.say()
    form.until(lambda: len(held) == 2)
    form.act("Resolve")
    let_go()
    form.until(lambda: Comment.objects.filter(page=form.story).exists() and form.comments() == [])


def test_editors_comment_and_reply_and_no_reader_ever_sees_it(live_server, room):
    author, lawyer = person(), person("lawyer")
    story = publish(write("Harbour closed", body=text("<p>The owner fled.</p><p>Ferries wait.</p>")))
    with opened(live_server.url, story, lawyer) as form:
        form.begin(SECRET)
        form.say()
        form.until(lambda: Comment.objects.filter(page=story.pk, text=SECRET, user=lawyer).exists())
    with opened(live_server.url, story, author) as form:
        toggle = form.page.get_by_role("button", name="Toggle comments")
        attempt(toggle.click, form.comment(SECRET))
        form.begin_reply(ANSWER, SECRET)
        form.say_reply()
        comment = Comment.objects.get(page=story.pk)
        form.until(lambda: comment.replies.filter(text=ANSWER, user=author).exists())
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
