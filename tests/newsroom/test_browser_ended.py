"""A form that is sent from a browser after the session ended, and once more after a log-in in another tab."""

import gc

import pytest
from browser_kit import CHROMIUM, WHY, browsing, cookies, refill
from desk_kit import person
from django.urls import reverse
from people_kit import PASSWORD

from tamizdat.newsroom.stories.terms import Topic

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
    # Static files that a browser asked for and no longer wants are left open by the test server.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def _newsroom(transactional_db):
    refill()
    yield
    gc.collect()


def test_what_was_typed_is_sent_again_after_the_log_in(live_server):
    user = person()
    logged_in = cookies(live_server.url, user)
    with browsing(live_server.url) as (page, _complaints):
        page.context.add_cookies(logged_in)
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
