"""Passkeys in a browser that has some: made, used as a second factor, and used alone."""

import gc

import pytest
from allauth.mfa.models import Authenticator
from browser_kit import CHROMIUM, WHY, browsing, refill
from desk_kit import person
from django.urls import reverse

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
    # Static files that a browser asked for and no longer wants are left open by the test server.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
PASSWORD = "desk desk desk desk"


@pytest.fixture(autouse=True)
def _newsroom(transactional_db):
    refill()
    yield
    gc.collect()


def with_authenticator(page) -> None:
    """A key inside this browser, whose holder always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def with_password(page) -> None:
    page.goto("/admin/login/")
    page.fill("#id_login", "desk")
    page.fill("#id_password", PASSWORD)
    page.click("form.login-form button[type=submit]")


def log_out(page) -> None:
    script = """address => {
      const token = document.cookie.match(/csrftoken=(\\w+)/)[1]
      return fetch(address, { method: 'POST', headers: { 'X-CSRFToken': token } })
    }"""
    page.evaluate(script, reverse("account_logout"))


def test_a_passkey_is_made_and_logs_in_without_a_password(live_server):
    desk = person()
    with browsing(live_server.url) as (page, complaints):
        with_authenticator(page)
        with_password(page)
        page.wait_for_url("**/admin/")
        page.goto(reverse("mfa_index"))
        page.get_by_role("link", name="Add").click()
        page.fill("[name=password]", PASSWORD)
        page.locator("form.people-form button").first.click()
        page.check("[name=passwordless]")
        page.fill("[name=name]", "Laptop")
        page.click("#mfa_webauthn_add")
        page.wait_for_url(f"**{reverse('mfa_view_recovery_codes')}")

        log_out(page)
        with_password(page)
        page.wait_for_url(f"**{reverse('mfa_authenticate')}")
        page.click("#mfa_webauthn_authenticate")
        page.wait_for_url("**/admin/")

        log_out(page)
        page.goto("/admin/login/")
        page.click("#passkey_login")
        page.wait_for_url("**/admin/")
    assert not complaints.found
    assert {auth.type for auth in Authenticator.objects.filter(user=desk)} == {"webauthn", "recovery_codes"}
