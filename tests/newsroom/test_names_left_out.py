"""That names were left out stands with the release, for who may see real names; others learn nothing by it."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, picture, publish, write
from django.urls import reverse
from moving_kit import move_folder
from people_kit import member
from test_bylines import _sees
from test_names_kept_in import REAL, SAID, WRITTEN, _byline
from test_trespass_imports import strike
from wagtail.models import ModelLogEntry, PageLogEntry

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
