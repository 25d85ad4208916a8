"""A form that is sent from a browser after the session ended, and once more after a log-in in another tab."""

from functools import partial

import pytest
from browser_kit import WHOLE_NEWSROOM, browsing, browsing_as, cookies
from desk_kit import person
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from people_kit import PASSWORD
from wagtail.users.models import UserProfile

from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.stories.terms import Topic

pytestmark = WHOLE_NEWSROOM

CUT = """[...document.querySelectorAll(".button, h1, p")].filter(
    (each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1
).map((each) => each.textContent.trim())"""
"""Whatever is wider or higher than its place."""
NARROW = """[...document.querySelectorAll(".messages li")].map(
    (each) => each.closest(".messages").clientWidth - each.offsetWidth
)"""
"""How much of the card each message leaves empty beside it."""


def test_what_was_typed_is_sent_again_after_the_log_in(live_server):
    user = person()
    with browsing_as(user, live_server.url) as (page, _complaints):
        page.goto(reverse(Topic.snippet_viewset.get_url_name("add")))
        page.fill("#id_key", "ferries")
        page.fill("#id_label", "Ferries")
        page.context.clear_cookies(name="newsroom")  # what is left of a session that ended
        page.click("main form button[type=submit]:visible")
        with page.expect_popup() as opened:
            page.click("main form a")
        opened.value.fill("#id_login", user.username)
        opened.value.fill("#id_password", PASSWORD)
        opened.value.click("form.login-form button[type=submit]")
        opened.value.wait_for_url("**/admin/")
        page.click("main form button")
        page.click("main form button")
        page.wait_for_url("**/snippets/stories/topic/")
    assert Topic.objects.get().label == "Ferries"


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("width", [320, 1280])
def test_what_the_pages_say_has_room(live_server, settings, language, width):
    settings.WAGTAIL_PASSWORD_RESET_ENABLED = True
    user = person()
    UserProfile.objects.create(user=user, preferred_language=language)
    logged_in = cookies(live_server.url, user)
    code = urlsafe_base64_encode(force_bytes(user.pk))
    link = partial(reverse, "wagtailadmin_password_reset_confirm")
    good = link(args=[code, default_token_generator.make_token(Person.objects.get(pk=user.pk))])
    size = {"width": width, "height": 700}
    with browsing(live_server.url, locale=language, viewport=size) as (page, _complaints):
        for address in (good, link(args=[code, "no-token"])):
            page.goto(address)
            assert page.evaluate(CUT) == [], address
        assert page.evaluate(NARROW) == [0]
        page.context.add_cookies(logged_in)
        page.goto(reverse(Topic.snippet_viewset.get_url_name("add")))
        page.context.clear_cookies(name="newsroom")
        page.fill("#id_key", "ferries")
        page.click("main form button[type=submit]:visible")
        assert page.evaluate(CUT) == []
        login, send = page.locator("main form a"), page.locator("main form button")
        assert login.bounding_box()["width"] == send.bounding_box()["width"]
        assert login.bounding_box()["height"] >= 40
        assert send.bounding_box()["y"] >= login.bounding_box()["y"] + login.bounding_box()["height"] + 8
