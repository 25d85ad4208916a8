"""What was typed when a session ended, or before a log-in in another tab: it comes back, and is sent again."""

import pytest
from desk_kit import person
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html
from people_kit import PASSWORD

from tamizdat.newsroom.people.models import PersonSession
from tamizdat.newsroom.people.sessions import SEEN
from tamizdat.newsroom.stories.terms import Topic

pytestmark = pytest.mark.django_db
OURS = {"Origin": "http://testserver", "Sec-Fetch-Dest": "document"}
FOREIGN = {"Origin": "https://elsewhere.example", "Sec-Fetch-Dest": "document"}
TYPED = {"key": "ferries", "label": "Ferries & <b>“boats”</b>"}


@pytest.fixture
def browser():
    """Somebody in a browser, who has a form open; its token is ``browser.token``."""
    person()
    browser = Client(enforce_csrf_checks=True)
    _in(browser)
    browser.token = browser.cookies["csrftoken"].value
    return browser


def _in(browser):
    browser.get(reverse("account_login"))
    said = {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value, "login": "desk", "password": PASSWORD}
    assert browser.post(reverse("account_login"), said).status_code == 302


def _idle(browser):
    session = browser.session
    session[SEEN] = 1
    session.save()


def _gone(_browser):
    PersonSession.objects.all().delete()


def _anew(browser):
    _gone(browser)
    _in(browser)


def _send(browser, headers=OURS, **typed):
    address = reverse(Topic.snippet_viewset.get_url_name("add"))
    return browser.post(address, {"csrfmiddlewaretoken": browser.token, **TYPED, **typed}, headers=headers)


def _press(browser, page):
    """Send what the page has; a browser writes the ends of lines its own way."""
    (form,) = html.fromstring(page.content).forms
    return browser.post(form.action, dict(form.form_values()), headers=OURS)


@pytest.mark.parametrize("how", [_idle, _gone, _anew])
def test_it_comes_back_and_is_saved_when_it_is_sent_again(browser, how):
    how(browser)
    page = _send(browser)
    assert page.status_code == 403
    assert "no-store" in page["Cache-Control"]
    assert not Topic.objects.exists()
    assert ("You are not logged in any more" in page.content.decode()) == (how is not _anew)
    if how is not _anew:
        _in(browser)
        page = _press(browser, page)  # its token is of before the log-in
        assert "You logged in anew" in page.content.decode()
    assert _press(browser, page).status_code == 302
    assert (Topic.objects.get().key, Topic.objects.get().label) == (TYPED["key"], TYPED["label"])


@pytest.mark.parametrize("how", [_idle, _gone, _anew])
@pytest.mark.parametrize(
    ("headers", "more"),
    [
        (FOREIGN, {}),
        ({}, {}),
        ({**OURS, "Sec-Fetch-Dest": "empty"}, {}),
        (OURS, {"password1": "quiet harbour lamp"}),
        (OURS, {"file": SimpleUploadedFile("a.txt", b"a")}),
    ],
)
def test_nothing_comes_back_of_other_sites_scripts_passwords_and_files(browser, how, headers, more):
    how(browser)
    answer = _send(browser, headers, **more)
    assert answer.status_code in {302, 403}
    assert b"Ferries" not in answer.content
    assert not Topic.objects.exists()


def test_a_password_field_that_is_empty_keeps_nothing_from_coming_back(browser):
    _gone(browser)
    page = _send(browser, password1="")
    assert b"Ferries" in page.content
    assert b"password1" not in page.content


def test_a_page_that_is_opened_leads_to_the_log_in_as_before(browser):
    _idle(browser)
    address = reverse("publication_desk")
    assert browser.get(address)["Location"] == f"{reverse('account_login')}?next={address}"
