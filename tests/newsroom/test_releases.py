"""What leaves the newsroom: a release for every act that readers should see, none for any other."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from desk_kit import person, picture, publish, text, write
from django.db import OperationalError
from wagtail.models import Page

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom import set_up
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.desk.outlook import outlook
from tamizdat.newsroom.pressroom import releasing
from tamizdat.newsroom.pressroom.models import Order, Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Byline, Topic
from tamizdat.newsroom.translating import acting
from tamizdat.newsroom.translating.acting import Hold
from tamizdat.newsroom.translating.models import Together
from tamizdat.newsroom.translating.sending import Send
from tamizdat.story import Paragraph, rich

pytestmark = pytest.mark.django_db


def _current(page):
    found = Release.objects.get(language=page.locale.language_code, story_id=page.story_id, current=True)
    return story_from_bytes(bytes(found.story)) if found.story is not None else None


def test_a_draft_leaves_nothing():
    page = write("Ferry sails again")
    page.save_revision()
    assert not Release.objects.exists()
    assert not Order.objects.exists()


def test_publishing_releases_the_story_and_orders_an_edition():
    editor = person()
    page = publish(write("Ferry sails again", lead="Twice a day.", body=text("<p>It <b>sails</b>.</p>")), editor)
    story = _current(page)
    assert (story.headline, story.lead, story.language) == ("Ferry sails again", "Twice a day.", "en")
    assert story.story_id.startswith("ferry-sails-again-")
    assert story.updated is None
    assert Release.objects.get().by == editor
    assert Order.objects.count() == 1


def test_publishing_the_same_again_releases_nothing():
    page = publish(write("Ferry sails again"))
    publish(page)
    assert Release.objects.count() == 1


def test_a_change_says_when_the_story_was_updated_and_keeps_its_date():
    page = publish(write("Ferry sails again"))
    first = _current(page)
    page.title = "Ferry sails at last"
    page = publish(page)
    second = _current(page)
    assert (second.story_id, second.published) == (first.story_id, first.published)
    assert second.updated is not None
    assert Release.objects.filter(current=True).count() == 1


def test_that_news_breaks_longer_is_released_and_no_update():
    page = publish(write("Ferry sails", breaking_until=datetime.now(UTC) + timedelta(hours=1)))
    page.breaking_until = datetime.now(UTC) + timedelta(hours=3)
    publish(page)
    assert Release.objects.count() == 2
    assert _current(page).updated is None


@pytest.mark.parametrize("act", ["unpublish", "delete"])
def test_taking_back_is_a_release_too(act):
    page = publish(write("Ferry sails again"))
    getattr(page, act)()
    assert Release.objects.get(current=True).story is None


def test_what_was_taken_back_can_be_published_again():
    page = publish(write("Ferry sails again"))
    page.unpublish()
    publish(StoryPage.objects.get(pk=page.pk))
    assert [bool(release.story) for release in Release.objects.order_by("id")] == [True, False, True]


@pytest.mark.parametrize("how", ["unpublished", "expired", "deleted"])
def test_what_comes_back_in_other_words_says_when_it_was_updated(how):
    """Mirrors and readers may have kept what it said before."""
    page = publish(write("He said yes", story_id="he-said"))
    page.delete() if how == "deleted" else page.unpublish(set_expired=how == "expired")
    if how == "deleted":
        publish(write("He said no", story_id="he-said"))
    else:
        again = StoryPage.objects.get(pk=page.pk)
        again.title = "He said no"
        again.expire_at = None
        publish(again)
    assert _current(page).headline == "He said no"
    assert _current(page).updated is not None
    assert StoryPage.objects.get(story_id="he-said").updated is not None


def test_what_comes_back_in_the_same_words_is_no_update():
    page = publish(write("He said yes"))
    page.unpublish()
    publish(StoryPage.objects.get(pk=page.pk))
    assert _current(page).updated is None


def test_a_failure_to_release_publishes_nothing():
    page = write("Ferry sails again")
    page.body = text('<p><a href="javascript:x()">x</a></p>')
    revision = page.save_revision(clean=False)
    with pytest.raises(Exception, match="not a web, mail or relative address"):
        revision.publish()
    page = StoryPage.objects.get(pk=page.pk)
    assert not page.live
    assert not Release.objects.exists()


@pytest.mark.parametrize("table", [Release, Order])
def test_what_kills_the_database_under_a_release_leaves_neither(table, monkeypatch):
    page = write("Ferry sails again")

    def fail(**_fields):
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(table.objects, "create", fail)
    with pytest.raises(OperationalError):
        publish(page)
    monkeypatch.undo()
    assert not StoryPage.objects.get(pk=page.pk).live
    assert not Release.objects.exists()
    assert not Order.objects.exists()


def test_a_schedule_publishes_and_takes_back_in_its_time(monkeypatch):
    now = datetime.now(UTC)
    page = write("Ferry sails again", go_live_at=now + timedelta(hours=1), expire_at=now + timedelta(hours=2))
    page.save_revision().publish()

    def due(**later: int) -> int:
        moment = now + timedelta(**later)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return publish_due(moment)

    assert due(hours=0) == 0
    assert not Release.objects.exists()
    assert due(hours=1, seconds=1) == 1
    assert _current(page) is not None
    assert due(hours=2, seconds=1) == 1
    assert _current(page) is None


@pytest.mark.parametrize("way", ["an old version", "a draft of before it went out"])
def test_what_is_to_go_out_later_takes_nothing_from_readers(way, monkeypatch):
    now = datetime.now(UTC)
    page = write("Ferry sails again", go_live_at=now + timedelta(hours=1))
    first = page.save_revision()
    first.publish()
    first.as_object().save_revision()  # somebody goes on writing meanwhile
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=1))
    publish_due(now + timedelta(hours=1))
    page = StoryPage.objects.get()
    old = page.revisions.get(pk=first.pk)
    draft = old.as_object() if way == "an old version" else page.get_latest_revision_as_object()
    draft.title, draft.go_live_at = "Later", now + timedelta(hours=3)
    draft.save_revision().publish()
    assert StoryPage.objects.get().live
    assert _current(page).headline == "Ferry sails again"
    assert Release.objects.count() == 1
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=3))
    publish_due(now + timedelta(hours=3))
    assert _current(page).headline == "Later"


def test_terms_are_shown_as_readers_of_the_language_call_them():
    Byline.objects.create(key="ilka", label="Ilka Dervane", labels={"ru": "Илька Дерване"}, real_name="Somebody Else")
    Topic.objects.create(key="press freedom", labels={"ru": "свобода прессы"})
    ru = publish(write("Паром", language="ru", byline=["ilka", "Guest"], topics=["press freedom", "ferries"]))
    en = publish(write("Ferry", byline=["ilka"], topics=["press freedom"]))
    assert _current(ru).byline == ("Илька Дерване", "Guest")
    assert _current(ru).topics == ("свобода прессы", "ferries")
    assert (_current(en).byline, _current(en).topics) == (("Ilka Dervane",), ("press freedom",))
    for release in Release.objects.all():
        assert b"Somebody Else" not in bytes(release.story)


def test_pictures_are_named_by_their_originals():
    image = picture("The quay at dawn", credit="Harbour Wire")
    inside = {"picture": {"image": image.pk, "decorative": False, "alt_text": "Cranes"}, "caption": "c", "credit": ""}
    page = publish(
        write("Ferry", picture=image, picture_caption="At dawn", body=[{"type": "picture", "value": inside}])
    )
    story = unnamed(_current(page))
    assert story.picture.origin == image.digest
    assert (story.picture.alt, story.picture.caption, story.picture.credit) == (
        "The quay at dawn", "At dawn", "Harbour Wire",
    )  # fmt: skip
    assert [each.alt for each in story.pictures] == ["The quay at dawn", "Cranes"]


def test_reconciling_finds_what_a_crash_left():
    page = publish(write("Ferry"))
    gone = publish(write("Old ferry"))
    Release.objects.filter(story_id=page.story_id).delete()
    Page.objects.filter(pk=gone.pk).update(live=False)
    assert reconcile() == 2
    assert _current(page).body == (Paragraph(rich("What happened.")),)
    assert _current(gone) is None
    assert reconcile() == 0


def test_what_editors_do_while_a_press_starts_is_not_undone(monkeypatch):
    """It has looked what readers have, and then an editor takes one story back and lets another one out."""
    page, gone = publish(write("Ferry")), publish(write("Old ferry"))
    Release.objects.filter(story_id=page.story_id).delete()
    Page.objects.filter(pk=gone.pk).update(live=False)
    hold = set_up.hold_story

    def waited(story_id):
        if story_id == page.story_id:
            StoryPage.objects.get(pk=page.pk).unpublish()
        else:
            publish(StoryPage.objects.get(pk=gone.pk))
        hold(story_id)

    monkeypatch.setattr(set_up, "hold_story", waited)
    reconcile()
    assert not Release.objects.filter(story_id=page.story_id).exists()
    assert _current(gone) is not None


def test_an_order_whose_ring_was_lost_is_looked_for_within_a_second(monkeypatch, tmp_path):
    """Whoever rings does so once it is certain, and may be killed in between."""
    monkeypatch.setattr(releasing, "ring", lambda: None)
    monkeypatch.setattr("tamizdat.newsroom.pressroom.press.close_old_connections", lambda: None)  # the test's own
    waits = []
    press = Press(tmp_path, None)
    press._last_attempt = press._now()
    bell = SimpleNamespace(wait=waits.append)
    press.work(bell, lambda: bool(waits))
    assert waits[0] <= 1
    assert not press.is_due()
    publish(write("Ferry"))
    assert press.is_due()


def test_a_schedule_that_cannot_be_kept_is_told_and_the_others_are(monkeypatch):
    now = datetime.now(UTC)
    soon = now + timedelta(hours=1)
    bad = write("Taken down meanwhile", go_live_at=soon)
    bad.save_revision().publish()
    good = write("Ferry", go_live_at=soon)
    good.save_revision().publish()
    Correction.objects.create(story_id=bad.story_id, kind="takedown", at=now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
    assert publish_due(soon + timedelta(seconds=1)) == 1
    assert _current(good) is not None
    assert not Release.objects.filter(story_id=bad.story_id).exists()
    assert not StoryPage.objects.get(pk=bad.pk).live
    assert publish_due(soon + timedelta(seconds=2)) == 0
    (told, advice), *_ = outlook(soon, person()).faults
    assert "taken down" in told
    assert advice


def test_what_nobody_thought_of_keeps_back_one_story_alone(monkeypatch, caplog):
    now = datetime.now(UTC)
    soon = now + timedelta(hours=1)
    for headline in ("Bad", "Ferry"):
        write(headline, go_live_at=soon).save_revision().publish()

    def story_of(page, *arguments):
        if page.title == "Bad":
            raise RuntimeError("nobody thought of it")
        return real(page, *arguments)

    real = releasing.story_of
    monkeypatch.setattr(releasing, "story_of", story_of)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
    assert publish_due(soon + timedelta(seconds=1)) == 1
    assert publish_due(soon + timedelta(seconds=2)) == 0
    assert set(StoryPage.objects.filter(live=True).values_list("title", flat=True)) == {"Ferry"}
    (told, _advice), *_ = outlook(soon, person()).faults
    assert "RuntimeError: nobody thought of it" in told


def refused_for(title, monkeypatch):
    """What the database refuses of one story, today and tomorrow."""
    real = releasing.story_of

    def story_of(page, *arguments):
        if page.title == title:
            Page.objects.filter(pk=page.pk).update(title=None)
        return real(page, *arguments)

    monkeypatch.setattr(releasing, "story_of", story_of)


def test_what_the_database_refuses_of_one_story_keeps_back_that_alone(monkeypatch):
    soon = datetime.now(UTC) + timedelta(hours=1)
    for headline in ("Bad", "Ferry"):
        write(headline, go_live_at=soon).save_revision().publish()
    refused_for("Bad", monkeypatch)
    monkeypatch.setattr("django.utils.timezone.now", lambda: soon + timedelta(seconds=1))
    assert publish_due(soon + timedelta(seconds=1)) == 1
    assert publish_due(soon + timedelta(seconds=2)) == 0
    assert set(StoryPage.objects.filter(live=True).values_list("title", flat=True)) == {"Ferry"}
    (told, _advice), *_ = outlook(soon, person()).faults
    assert told.endswith("Bad: IntegrityError"), "not the row, which PostgreSQL quotes"


def test_nor_does_it_keep_back_other_languages_that_go_out_together(monkeypatch):
    head, now = person(), datetime.now(UTC)
    for at, headline in enumerate(("Bad", "Ferry")):
        source = write(headline)
        Hold(source, tuple(Send(source, ("ru",), head).execute()), head, now - timedelta(minutes=2 - at)).execute()
    monkeypatch.setattr(acting, "recount", lambda *_arguments: None)  # as if all were translated
    monkeypatch.setattr(acting, "is_ready", lambda _task: True)
    refused_for("Bad", monkeypatch)
    assert publish_due(now) == 2
    assert Together.objects.get().why == "IntegrityError"


def test_the_database_may_be_busy_and_the_schedule_stands(monkeypatch):
    now = datetime.now(UTC)
    write("Ferry", go_live_at=now + timedelta(hours=1)).save_revision().publish()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=2))
    monkeypatch.setattr(releasing, "story_of", lambda *_arguments: (_ for _ in ()).throw(OperationalError("busy")))
    with pytest.raises(OperationalError):
        publish_due(now + timedelta(hours=2))
    monkeypatch.undo()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=2))
    assert publish_due(now + timedelta(hours=2)) == 1
