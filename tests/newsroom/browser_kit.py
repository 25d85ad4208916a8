"""A browser at the newsroom, and what it complained about."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

CHROMIUM = shutil.which("chromium") or ""
WHY = "needs Chromium (the package chromium)"
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=WHY),
    pytest.mark.django_db(transaction=True),
]
"""What marks a file of tests with a browser at a server of this process."""
WHOLE_NEWSROOM = [
    *IN_A_BROWSER,
    pytest.mark.usefixtures("whole_newsroom"),
    # Static files that a browser asked for and no longer wants are left open by the test server.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
"""The same, with what every newsroom has before each of them."""
DEADLINE_SECONDS = 90
ATTEMPTS = 6
SEEN_MS = 5_000


@dataclass
class Complaints:
    """Errors on the console, requests to other hosts, and answers that failed."""

    home: str
    found: list[str] = field(default_factory=list)

    def watch(self, page) -> None:
        page.on("console", lambda said: self._said(page, said))
        page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self._asked(page, request.url))

    def _said(self, page, said) -> None:
        if said.type == "error" or "Content Security Policy" in said.text:
            self.found.append(f"{page.url}: {said.text} ({said.location.get('url')}:{said.location.get('lineNumber')})")

    def _asked(self, page, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc != self.home:
            self.found.append(f"{page.url}: asked {url}")


@contextmanager
def browsing(address: str, **options) -> Iterator[tuple[object, Complaints]]:
    """A page of a browser that is new every time; what it complained about is asserted by the caller."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    complaints = Complaints(urlsplit(address).netloc)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        try:
            page = browser.new_context(base_url=address, **options).new_page()
            page.set_default_timeout(60_000)
            complaints.watch(page)
            yield page, complaints
        finally:
            browser.close()


@contextmanager
def browsing_as(user, address: str, **options) -> Iterator[tuple[object, Complaints]]:
    """The same of somebody who has logged in."""
    # Before there is a browser: afterwards Django lets nobody at the database in this thread.
    logged_in = cookies(address, user)
    with browsing(address, **options) as (page, complaints):
        page.context.add_cookies(logged_in)
        yield page, complaints


def log_in_with_password(page, login: str, password: str) -> None:
    """Fill in the form; the caller waits for what comes after it."""
    page.goto("/admin/login/")
    page.fill("#id_login", login)
    page.fill("#id_password", password)
    page.click("form.login-form button[type=submit]")


def refill() -> None:
    """What every newsroom has, after a test with real transactions emptied all tables."""
    from wagtail.models import Collection, Locale, Page  # noqa: PLC0415 - needs settings

    from tamizdat.newsroom.set_up import set_up  # noqa: PLC0415 - as above

    if Page.get_first_root_node() is None:
        locale, _made = Locale.objects.get_or_create(language_code="en")
        Page.add_root(instance=Page(title="Root", slug="root", locale=locale))
        Collection.add_root(name="Root")
    set_up()


def cookies(address: str, user) -> list[dict[str, str]]:
    """Of somebody who has logged in."""
    from django.test import Client  # noqa: PLC0415 - needs settings

    client = Client()
    client.force_login(user)
    return [{"name": name, "value": morsel.value, "url": address} for name, morsel in client.cookies.items()]


def wait_until(condition: Callable[[], object], rest: Callable[[], object] = lambda: time.sleep(0.05)) -> None:
    """Return once ``condition`` holds, with a ``rest`` between two looks."""
    until = time.monotonic() + DEADLINE_SECONDS
    while not _holds(condition):
        assert time.monotonic() < until, "it did not come"
        rest()


def _holds(condition: Callable[[], object]) -> object:
    from django.db import OperationalError  # noqa: PLC0415 - needs settings

    try:
        return condition()
    except OperationalError:  # SQLite in memory: the server is writing just now
        return False


def attempt(act: Callable[[], object], sign, state: str = "visible") -> None:
    """``act`` until the ``sign`` of it is visible, or hidden: as somebody does whose click a page swallowed."""
    from playwright.sync_api import TimeoutError as TooLateError  # noqa: PLC0415 - only where there is a browser

    for _ in range(ATTEMPTS):
        with suppress(TooLateError):
            act()
            sign.wait_for(state=state, timeout=SEEN_MS)
            return
        if state == "hidden" and not sign.count():
            return
    raise AssertionError(f"{ATTEMPTS} times in vain: {sign} is not {state}")
