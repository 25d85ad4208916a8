"""Passkeys in a browser that has some: made, used as a second factor, and used alone."""

from allauth.mfa.models import Authenticator
from browser_kit import WHOLE_NEWSROOM, browsing, log_in_with_password
from desk_kit import person
from django.urls import reverse

pytestmark = WHOLE_NEWSROOM
PASSWORD = "desk desk desk desk"


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
    log_in_with_password(page, "desk", PASSWORD)


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
