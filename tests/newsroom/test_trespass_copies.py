"""Copying: Wagtail's screens for it save the row that they were to copy, and ask for less than changing it takes."""

from urllib.parse import urlsplit

import pytest
from desk_kit import person
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from people_kit import PASSWORD, log_in, member
from wagtail.models import Locale, Site

from tamizdat.newsroom.ingest.models import Subscription
from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.recordings.models import LibraryRecording

pytestmark = pytest.mark.django_db
NEW = "quiet harbour lamp"


def named(resolver=None, before=""):
    """The names of all addresses."""
    for each in (resolver or get_resolver()).url_patterns:
        if hasattr(each, "url_patterns"):
            yield from named(each, f"{before}{each.namespace}:" if each.namespace else before)
        elif each.name:
            yield before + each.name


def test_no_screen_copies_a_row():
    copies = {name for name in named() if name.rpartition(":")[2] == "copy"}
    assert copies == {"wagtailadmin_pages:copy"}, "and that one is refused for stories and newspapers"


def copy_of(list_name, row):
    """Where Wagtail has the screen by which ``row`` would be copied."""
    return f"{urlsplit(reverse(list_name)).path}copy/{row.pk}/"


def test_who_has_a_session_alone_sets_no_password_by_copying(client):
    person("admin")
    other = person("other")
    log_in(client, "admin")
    for who in (other, Person.objects.get(username="admin")):
        form = {"username": who.username, "password1": NEW, "password2": NEW}
        assert client.post(copy_of("wagtailusers_users:index", who), form).status_code == 404
        who.refresh_from_db()
        assert who.check_password(PASSWORD)


def test_nobody_replaces_a_recording_by_copying(client):
    ready = {"state": "ready", "seconds": 10, "forms": [["b" * 64, "audio/ogg", 16, 1_000]]}
    recording = LibraryRecording.objects.create(title="Interview", digest="a" * 64, **ready)
    address = copy_of("recordings:index", recording)
    for who in (member("reporter", "reporter:fa"), person()):
        client.force_login(who)
        sound = SimpleUploadedFile("x.wav", b"RIFF....WAVEfmt ")
        assert client.post(address, {"title": "Another", "upload": sound}).status_code == 404
        recording.refresh_from_db()
        assert (recording.title, recording.digest) == ("Interview", "a" * 64)
    assert address not in client.get(reverse("recordings:index")).content.decode(), "nor is there a button"


def test_nothing_else_is_replaced_by_copying(client):
    client.force_login(person())
    wire = Subscription.objects.create(name="Wire", kind="feed", address="https://wire.example/feed", language="en")
    rows = (
        (Subscription.snippet_viewset.get_url_name("list"), wire, {"name": "Another"}),
        ("wagtailsites:index", Site.objects.get(), {"hostname": "another.example", "port": "80"}),
        ("wagtaillocales:index", Locale.objects.first(), {"language_code": "en"}),
    )
    for name, row, form in rows:
        before = type(row).objects.filter(pk=row.pk).values().get()
        assert client.get(copy_of(name, row)).status_code == 404, name
        assert client.post(copy_of(name, row), form).status_code == 404, name
        assert type(row).objects.filter(pk=row.pk).values().get() == before
