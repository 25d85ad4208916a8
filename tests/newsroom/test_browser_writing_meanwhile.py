"""A form that is older than the story, in a browser: somebody alone never hears of it, whoever is not is asked."""

import pytest
from browser_kit import IN_A_BROWSER, browsing_as, refill, wait_until
from comments_kit import Form, newest
from desk_kit import person, publish, text, write

from tamizdat.newsroom.stories.models import StoryPage

pytestmark = IN_A_BROWSER


@pytest.fixture(autouse=True)
def _ready(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()


@pytest.fixture
def story():
    return publish(write("Ferry sails", body=text("<p>At eight.</p>")))


def press_publish(page):
    with page.expect_navigation():
        page.evaluate(
            """() => {
              const form = document.getElementById("page-edit-form");
              form.requestSubmit(document.querySelector('button[name="action-publish"]'));
            }"""
        )


def is_out(story, headline):
    return StoryPage.objects.get(pk=story.pk).title == headline


def test_somebody_alone_saves_by_themselves_and_publishes(live_server, story):
    with browsing_as(person(), live_server.url) as (page, complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        form = Form(page, story)
        loaded = page.locator("[name=loaded_revision_id]").input_value()
        form.save("Ferry sails at nine")
        assert page.locator("[name=loaded_revision_id]").input_value() != loaded
        press_publish(page)
        assert is_out(story, "Ferry sails at nine")
        assert complaints.found == []
        # The answer to what the form saved by itself is still on its way.
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.wait_for_timeout(2_500)
        held, _let_go = form.hold()
        page.locator("#id_title").fill("Ferry sails at ten")
        form.until(lambda: held and newest().title == "Ferry sails at ten")
        page.unroute("**/edit/")
        press_publish(page)
        assert is_out(story, "Ferry sails at ten")
        assert "saved this story meanwhile" not in page.content()


def test_whoever_is_not_alone_is_asked_and_loses_nothing(live_server, story):
    with browsing_as(person("late"), live_server.url) as (page, _complaints):
        page.goto(f"/admin/pages/{story.pk}/edit/")
        page.wait_for_timeout(2_500)
        other = StoryPage.objects.get(pk=story.pk)
        other.title = "Ferry sinks"
        publish(other, person("early"))
        page.locator("#id_title").fill("Ferry sails on")
        page.locator("#id_lead").fill("Typed late.")
        press_publish(page)
        page.get_by_text("early saved this story meanwhile").wait_for()
        assert page.locator("#id_lead").input_value() == "Typed late."
        page.wait_for_timeout(2_500)
        assert is_out(story, "Ferry sinks")
        assert newest().title == "Ferry sinks"
        press_publish(page)
        wait_until(lambda: is_out(story, "Ferry sails on"))
