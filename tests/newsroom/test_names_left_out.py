"""That names were left out stands with the release, for who may see real names; others learn nothing by it."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, write
from django.urls import reverse
from moving_kit import move_folder
from people_kit import member
from test_bylines import _sees
from test_names_kept_in import REAL, SAID, WRITTEN, _byline
from test_names_record import record_of
from test_trespass_imports import strike
from wagtail.models import Collection, ModelLogEntry, PageLogEntry

from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.pressroom.withholding import Withholding

pytestmark = pytest.mark.django_db
TOLD = "Went out without words that name somebody"
KINDS = {"credit": "credit", "caption": "caption", "shows": "alt", "description": "alt", "title": "title"}


def noted():
    return list(Release.objects.exclude(left_out=None).order_by("pk").values_list("left_out", flat=True))


@pytest.mark.parametrize("where", WRITTEN)
def test_which_kind_of_words_is_noted_and_nothing_else(where):
    fields = WRITTEN[where]()
    _byline()
    desk = person()
    publish(write("Ferry", byline=["anon"], **fields), desk)
    (kind,) = {kind for word, kind in KINDS.items() if word in where}
    assert noted() == [[kind]]
    for entry in (*ModelLogEntry.objects.all(), *PageLogEntry.objects.all()):
        said = f"{entry.label} {entry.data} {entry.formatter.format_message(entry)}"
        assert not [word for word in (*REAL.split(), "anon", "Our correspondent") if word in said]


def test_a_schedule_leaves_the_note_too(monkeypatch):
    _byline()
    desk, now = person(), datetime.now(UTC)
    soon = now + timedelta(hours=1)
    page = write("Ferry", picture=picture(), picture_credit=SAID, go_live_at=soon)
    page.save_revision(user=desk).publish(user=desk)
    assert noted() == []
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
    assert publish_due(soon + timedelta(seconds=1)) == 1
    assert noted() == [["credit"]]


def test_so_does_an_import_and_whoever_notes_a_name_later(tmp_path):
    strike(tmp_path / "site")
    file = tmp_path / "site" / "strike.en.md"
    file.write_text(file.read_text("utf-8").replace("A quay", REAL), "utf-8")
    publish(write("Tram", picture=picture(), picture_caption=SAID))
    assert noted() == []
    _byline()
    move_folder(tmp_path / "site", by=person())
    assert noted() == [["alt"]]
    assert Withholding()() == 1
    assert noted()[1:] == [["caption"]]


def test_what_leaves_nothing_out_and_what_is_out_already_is_not_noted():
    _byline()
    desk = person()
    page = publish(write("Ferry", picture=picture(), picture_credit=SAID), desk)
    publish(write("Tram", picture=picture(), picture_credit="Anna Other"), desk)
    assert len(noted()) == 1
    publish(page, desk)
    assert len(noted()) == 1, "no new release"
    Correct(page.story_id, "correction", {"en": "At nine."}, desk).execute()
    assert len(noted()) == 2


def test_who_may_see_real_names_finds_it_in_the_record_and_nobody_else_anywhere(client):
    _byline()
    editor = member("editor", "editor:en")
    page = publish(write("Ferry", picture=picture(), picture_credit=SAID), editor)
    record = reverse("corrections_story", args=[page.story_id])
    screens = (
        record,
        reverse("wagtailadmin_pages:history", args=[page.pk]),
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_home"),
    )
    boss = person()
    for somebody in (editor, member("head", "desk_head:en"), boss):
        client.force_login(somebody)
        for address in screens:
            shown = client.get(address).content.decode()
            assert TOLD not in shown, address
    client.force_login(_sees(member("other", "desk_head:en")))
    assert f"{TOLD}: credit" in client.get(record).content.decode()
    client.force_login(_sees(boss))
    assert f"{TOLD}: credit" in client.get(record).content.decode()
    assert TOLD not in client.get(screens[2]).content.decode(), "of the history all administrators see all"
    assert Release.objects.count() == 1


def typed(page, credit, user):
    """The story once more, with another credit."""
    page.refresh_from_db()
    page.picture_credit = credit
    publish(page, user)


def test_who_tries_a_name_with_what_is_out_leaves_a_note_though_readers_see_no_change(client):
    _byline()
    page, editor = publish(write("Ferry", picture=picture())), member("editor", "editor:en")
    before = Release.objects.get()
    typed(page, SAID, editor)
    release = Release.objects.get(current=True)
    assert (release.left_out, release.by) == (["credit"], editor)
    assert bytes(release.story) == bytes(before.story)
    typed(page, SAID, editor)
    assert Release.objects.count() == 2, "noted once"
    typed(page, "", editor)
    assert Release.objects.count() == 2
    count, _shown = record_of(client, page, editor)
    assert count == 1
    assert record_of(client, page, _sees(person()))[0] == 2


@pytest.mark.parametrize("credit", [SAID, "Anna Other"])
def test_a_librarys_credit_is_told_to_be_older_in_stories_whosever_name_it_is(client, credit):
    _byline()
    made = picture()
    publish(write("Ferry", picture=made))
    client.force_login(member("editor", "editor:en"))
    address = reverse("wagtailimages:edit", args=[made.pk])
    given = {"title": made.title, "description": made.description, "collection": Collection.objects.first().pk}
    client.post(address, {**given, "credit": credit})
    made.refresh_from_db()
    assert made.credit == credit
    renew = reverse("renew_stories", args=["picture", made.pk])
    assert "1 published story still shows the old one." in client.get(renew).content.decode()
    assert "1 story is up to date." in client.post(renew, follow=True).content.decode()
    assert "Readers have all stories as they are here." in client.get(renew).content.decode()
    assert noted() == [["credit"]] * (credit == SAID)
