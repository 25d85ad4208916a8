"""Importing a site by uploading it: who may, what a worker makes of it, what is said of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from moving_kit import line, wxr_post

from tamizdat.locales import endonym
from tamizdat.newsroom.desk.rounds import rounds
from tamizdat.newsroom.here import here
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.moving_in.uploads import move_waiting
from tamizdat.newsroom.moving_in.views import MoveForm
from tamizdat.newsroom.people.models import RoleGroup
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_uploads(room):
    yield
    for file in (here().own / "moving").glob("*"):
        file.unlink()


def _upload(client, *lines, name="site.jsonl", data=None, **fields):
    text = data if data is not None else "".join(json.dumps(each) + "\n" for each in lines).encode()
    given = {"file": SimpleUploadedFile(name, text), "name": "Old site", "language": "en", **fields}
    return client.post(reverse("moving_in_moves"), given)


def test_a_try_then_in_earnest_then_again(client):
    client.force_login(person())
    answer = _upload(client, line("a"), line("b"), line("c", "de"), dry="on")
    move = Move.objects.get()
    assert answer.url == reverse("moving_in_move", args=[move.pk])
    assert "data-running" in client.get(answer.url).content.decode()
    move_waiting()
    shown = client.get(answer.url).content.decode()
    assert "Nothing has been changed" in shown
    assert "de is not among" in shown
    assert not StoryPage.objects.exists()
    client.post(reverse("moving_in_again", args=[move.pk]))
    move_waiting()
    move.refresh_from_db()
    assert (move.state, move.report["new"], StoryPage.objects.count()) == ("done", 2, 2)
    assert StoryPage.objects.first().owner == person_of(move)
    _upload(client, line("a"), line("b"), line("d"))
    move_waiting()
    assert Move.objects.first().report["same"] == 2
    assert StoryPage.objects.count() == 3
    client.post(reverse("moving_in_forget", args=[move.pk]))
    assert len(list((here().own / "moving").iterdir())) == 1


@pytest.mark.parametrize(("chosen", "language"), [("", "ru"), ("fa", "fa")])
def test_a_site_is_in_the_language_that_its_export_names_unless_another_is_chosen(client, chosen, language):
    client.force_login(person())
    assert MoveForm()["language"].value() in {None, ""}, "whoever chooses nothing has chosen what the export says"
    assert MoveForm().fields["language"].choices[0][0] == ""
    spaces = 'xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    export = f"<rss {spaces}><channel><language>ru-RU</language>{wxr_post(5)}</channel></rss>"
    _upload(client, name="e.xml", data=export.encode(), language=chosen, dry="on")
    move_waiting()
    move = Move.objects.get()
    assert move.report["languages"] == {language: 1}
    shown = client.get(reverse("moving_in_move", args=[move.pk])).content.decode()
    assert f"In these languages: <bdi>{endonym(language)}</bdi> 1" in shown


def person_of(move):
    return move.by


def test_what_is_no_export_is_refused_at_once(client):
    client.force_login(person())
    answer = _upload(client, name="x.exe", data=b"\x00MZ" * 100)
    assert "no export that we know" in answer.content.decode()
    assert not Move.objects.exists()
    assert not list((here().own / "moving").iterdir())
    assert _upload(client, name="../../x.jsonl", data=b"{}\n").status_code == 302
    assert not (here().folder / "x.jsonl").exists()


def test_a_worker_that_died_is_followed_by_another(client):
    client.force_login(person())
    _upload(client, line("a"))
    Move.objects.update(state=Move.RUNNING, beat="2026-01-01T00:00:00Z")
    move_waiting()
    assert Move.objects.get().state == Move.DONE
    assert {"moving in"} <= {each.name for each in rounds()}


def test_a_file_that_went_away_is_a_failure_in_words(client):
    client.force_login(person())
    _upload(client, line("a"))
    for file in (here().own / "moving").iterdir():
        file.unlink()
    # On PostgreSQL it might lie on another machine, whose worker has an hour.
    Move.objects.update(made=datetime.now(UTC) - timedelta(hours=1, minutes=1))
    move_waiting()
    move = Move.objects.get()
    assert move.state == Move.FAILED
    assert "cannot be read" in move.report["fault"]


def test_only_those_who_may(client):
    reporter = get_user_model().objects.create_user("reporter")
    reporter.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(reporter)
    for place in (reverse("moving_in_moves"), reverse("moving_in_redirects", args=["nginx"])):
        assert client.get(place).status_code == 302
    _upload(client, line("a"))
    assert not Move.objects.exists()
    reporter.user_permissions.add(Permission.objects.get(codename="move_in"))
    assert client.get(reverse("moving_in_moves")).status_code == 302, "a file may be in any language"
    for entry in RoleGroup.objects.filter(role="desk_head"):
        reporter.groups.add(entry.group)
    client.force_login(get_user_model().objects.get(pk=reporter.pk))
    assert client.get(reverse("moving_in_moves")).status_code == 200


def test_old_addresses_are_a_file(client):
    client.force_login(person())
    answer = client.get(reverse("moving_in_redirects", args=["nginx"]))
    assert answer["Content-Type"].startswith("text/plain")
    assert client.get(reverse("moving_in_redirects", args=["iis"])).status_code == 302
