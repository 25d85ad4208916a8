"""Taking a story back, on its screen and from lists: from readers as well, with what waits for its time, or not."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from people_kit import member
from wagtail.models import PageLogEntry

from tamizdat.newsroom.pressroom.models import Gate, Release
from tamizdat.newsroom.stories import holding, taking_back, wagtail_hooks
from tamizdat.newsroom.stories.models import StoryPage


def readers_have(page):
    return Release.objects.filter(story_id=page.story_id, current=True, story__isnull=False).exists()


def on_its_screen(client, page):
    return client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]), follow=True)


def from_the_list(client, page):
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    return client.post(f"{address}?id={page.pk}&next=/admin/", follow=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [on_its_screen, from_the_list])
def test_what_fails_leaves_the_story_out_here_as_well(client, monkeypatch, way):
    desk = person()
    client.force_login(desk)
    page = publish(write("Ferry", story_id="ferry"), desk)

    def busy(_cls):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Gate, "enter", classmethod(busy))
    client.raise_request_exception = False
    assert way(client, page).status_code == 500
    assert StoryPage.objects.get(pk=page.pk).live
    assert readers_have(page)


def scheduled(desk):
    """A story that is out, with an update that waits for its time."""
    page = publish(write("Ferry", story_id="ferry"), desk)
    draft = page.get_latest_revision_as_object()
    draft.title, draft.go_live_at = "Ferry two", datetime.now(UTC) + timedelta(hours=1)
    draft.save_revision(user=desk).publish(user=desk)
    page = StoryPage.objects.get(pk=page.pk)
    assert page.scheduled_revision
    return page


def gone_with_its_update(page, by):
    page = StoryPage.objects.get(pk=page.pk)
    told = PageLogEntry.objects.filter(page=page.pk, action="wagtail.schedule.cancel", user=by)
    return not page.live and not page.scheduled_revision and not readers_have(page) and told.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("way", [on_its_screen, from_the_list])
def test_an_update_that_waits_for_its_time_goes_with_the_story_and_the_history_says_so(client, desk, way):
    page, editor = scheduled(desk), member("editor", "editor:en")
    client.force_login(editor)
    way(client, page)
    assert gone_with_its_update(page, editor)


@pytest.mark.django_db
@pytest.mark.parametrize("way", [on_its_screen, from_the_list])
@pytest.mark.parametrize("role", ["editor:en", "editor:ru", "reporter:en"])
def test_a_lock_keeps_the_story_out_also_where_an_update_waits(client, desk, way, role):
    page = scheduled(desk)
    if role == "editor:en":
        StoryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=desk)
    client.force_login(member("other", role))
    way(client, page)
    page = StoryPage.objects.get(pk=page.pk)
    assert page.live
    assert page.scheduled_revision
    assert readers_have(page)


def by_itself(client, page):
    del client
    page.unpublish()


@pytest.mark.django_db
@pytest.mark.parametrize("way", [on_its_screen, from_the_list, by_itself])
def test_the_story_is_locked_before_the_gate_of_releases(client, desk, way):
    client.force_login(desk)
    page = publish(write("Ferry", story_id="ferry"), desk)
    with CaptureQueriesContext(connection) as asked:
        way(client, page)
    sqls = [each["sql"] for each in asked.captured_queries]
    lock = next(at for at, sql in enumerate(sqls) if 'SELECT "wagtailcore_page"."id" AS' in sql and "ORDER" in sql)
    assert lock < next(at for at, sql in enumerate(sqls) if sql.startswith("UPDATE"))
    assert lock < next(at for at, sql in enumerate(sqls) if "pressroom_gate" in sql)


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "module"), [(on_its_screen, taking_back), (from_the_list, wagtail_hooks)])
def test_what_is_published_meanwhile_is_what_is_taken_back(monkeypatch, client, desk, way, module):
    """On PostgreSQL whoever takes it back waits until whoever publishes is done."""
    client.force_login(desk)
    page = publish(write("Ferry", story_id="ferry"), desk)
    hold = module.hold_anew

    def waited(pages):
        draft = StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
        draft.title = "Ferry sails"
        publish(draft, desk)
        return hold(pages)

    monkeypatch.setattr(module, "hold_anew", waited)
    way(client, page)
    page = StoryPage.objects.get(pk=page.pk)
    assert (page.title, page.live, readers_have(page)) == ("Ferry sails", False, False)


def deletes_first(monkeypatch, module, page):
    """Somebody deletes it, after it was asked who may take it back."""
    hold = module.hold_anew

    def waited(pages):
        StoryPage.objects.get(pk=page.pk).delete()
        return hold(pages)

    monkeypatch.setattr(module, "hold_anew", waited)


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["unpublish", "publish", "delete"])
def test_from_lists_the_others_are_done_and_it_says_which_was_deleted_meanwhile(monkeypatch, client, desk, act):
    client.force_login(desk)
    ferry, tram = (publish(write(name, story_id=name.lower()), desk) for name in ("Ferry", "Tram"))
    if act == "publish":
        draft = tram.get_latest_revision_as_object()
        draft.title = "Tram two"
        draft.save_revision(user=desk)
    deletes_first(monkeypatch, holding if act == "delete" else wagtail_hooks, ferry)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", act])
    answer = client.post(f"{address}?id={ferry.pk}&id={tram.pk}&next=/admin/", follow=True)
    assert answer.status_code == 200
    assert "“Ferry” was deleted meanwhile." in answer.content.decode()
    left = StoryPage.objects.filter(live=act == "publish").values_list("title", flat=True)
    assert list(left) == {"unpublish": ["Tram"], "publish": ["Tram two"], "delete": []}[act]
    assert readers_have(tram) == (act == "publish")


@pytest.mark.django_db
def test_who_may_not_take_back_in_bulk_reads_of_no_going_out(client, monkeypatch):
    client.force_login(person())
    page = publish(write("Harbour"))

    def locked(_pages, _user):
        raise ValidationError("Ada has locked it.")

    monkeypatch.setattr("tamizdat.newsroom.stories.wagtail_hooks.check_unlocked", locked)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    answer = client.post(f"{address}?id={page.pk}", follow=True)
    assert [str(each) for each in answer.context["messages"]] == ["Ada has locked it."]
    page.refresh_from_db()
    assert page.live
