"""Nothing that is out changes without a name: whoever pressed the button stands in the history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.db import transaction
from django.urls import reverse
from lxml import html
from moving_kit import line, move_lines, write_lines
from test_translating import sent
from wagtail.models import ModelLogEntry, PageLogEntry

from tamizdat.newsroom.breaking.acting import BreakNews, SetUntil, Words
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.fronts.curating import Pinned, Place, SaveFront
from tamizdat.newsroom.fronts.endings import note_ending
from tamizdat.newsroom.fronts.sections import OrderSections, TakeOverSections
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.notices.acting import OrderNotices
from tamizdat.newsroom.notices.models import LegalNotice
from tamizdat.newsroom.people import keeping
from tamizdat.newsroom.pressroom.models import Order, Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.newsroom.stories.whose import in_name_of, whoever_acts
from tamizdat.newsroom.translating.beside import newest as newest_draft
from tamizdat.publication import SectionLabel

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def other():
    return person("other")


@pytest.fixture
def page(other):
    """A story that another person wrote and let go."""
    return publish(write("Ferry sails", story_id="ferry", owner=other), other)


def newest(story_id="ferry"):
    """Of what left the newsroom: whether there is a story, and who did it."""
    release = Release.objects.filter(story_id=story_id).last()
    order = Order.objects.last()
    assert release.by == order.by
    return release.story is not None, release.by


@pytest.fixture
def later(monkeypatch):
    """What is due in two hours is done; how much that was."""
    moment = datetime.now(UTC) + timedelta(hours=2)

    def act():
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return publish_due(moment)

    return act


def unpublish(page, client, desk):
    client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))


def delete(page, client, desk):
    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))


def bulk(name):
    def act(page, client, desk):
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", name])
        client.post(f"{address}?id={page.pk}")

    act.__name__ = f"bulk {name}"
    return act


def take_down(page, client, desk):
    Correct("ferry", "takedown", {}, desk, reason="A witness is in danger").execute()


def unpublish_in_code(page, client, desk):
    page.unpublish(user=desk)


def delete_in_code(page, client, desk):
    page.delete(user=desk)


@pytest.mark.parametrize(
    "act", [unpublish, delete, bulk("unpublish"), bulk("delete"), take_down, unpublish_in_code, delete_in_code]
)
def test_whoever_takes_a_story_out_is_named(client, desk, page, act):
    client.force_login(desk)
    act(page, client, desk)
    assert newest() == (False, desk)
    logged = PageLogEntry.objects.filter(page=page.pk).order_by("timestamp", "pk").last()
    assert logged.user == desk


def test_whoever_lets_a_story_go_is_named_and_not_who_wrote_it(client, desk, page, other):
    page.title = "Ferry waits"
    page.save_revision(user=other)
    client.force_login(desk)
    bulk("publish")(page, client, desk)
    assert newest() == (True, desk)
    page.title = "Ferry is gone"
    page.save_revision(user=other).publish(user=desk)
    assert newest() == (True, desk)


def test_a_story_without_a_publisher_has_its_writer(page, other):
    page.title = "Ferry waits"
    page.save_revision(user=other).publish()
    assert newest() == (True, other)


def test_a_schedule_is_kept_in_the_name_of_who_chose_it(desk, other, later):
    page = write("Ferry sails", story_id="ferry", go_live_at=datetime.now(UTC) + timedelta(hours=1))
    page.save_revision(user=other).publish(user=desk)
    assert not Release.objects.exists()
    assert later() == 1
    assert newest() == (True, desk)
    assert PageLogEntry.objects.get(page=page.pk, action="wagtail.publish.scheduled").user == desk


def test_what_expires_goes_in_the_name_of_who_let_it_go(desk, other, later):
    page = write("Ferry sails", story_id="ferry", expire_at=datetime.now(UTC) + timedelta(hours=1))
    page.save_revision(user=other).publish(user=desk)
    assert later() == 1
    assert newest() == (False, desk)
    assert PageLogEntry.objects.get(page=page.pk, action="wagtail.unpublish.scheduled").user == desk


def test_a_schedule_outlives_an_account_that_was_deleted_when_that_was_not_refused_yet(desk, other, later, monkeypatch):
    page = write("Ferry sails", story_id="ferry", go_live_at=datetime.now(UTC) + timedelta(hours=1))
    page.save_revision(user=other).publish(user=desk)
    with monkeypatch.context() as before:
        before.setattr(keeping, "has_something_to_come", lambda _person: False)
        desk.delete()
    with pytest.raises(keeping.AccountStaysError, match="in the name of other"), transaction.atomic():
        other.delete()
    assert later() == 1
    assert newest() == (True, other)


def test_an_import_takes_back_and_adds_sections_in_the_name_of_who_asked_for_it(tmp_path, desk):
    file = tmp_path / "lines.jsonl"
    move_lines(write_lines(file, [line("ferry", sections=["Sea"])]), by=desk)
    assert newest() == (True, desk)
    assert {each.by for each in Order.objects.all()} == {desk}
    move_lines(write_lines(file, [line("ferry", sections=["Sea"], draft=True)]), by=desk)
    assert {each.by for each in Order.objects.all()} == {desk}


def test_what_linked_to_a_story_that_goes_changes_in_the_same_name(client, desk, page, other):
    link = text(f'<p>See <a linktype="page" id="{page.pk}">the ferry</a>.</p>')
    linking = publish(write("Timetable", story_id="times", body=link), other)
    client.force_login(desk)
    unpublish(page, client, desk)
    assert newest("times") == (True, desk)
    assert PageLogEntry.objects.get(page=linking.pk, action="tamizdat.link_lost").user == desk


def test_a_translation_that_follows_its_source_changes_in_the_name_of_who_published_that(desk, other):
    source = publish(write("Брод стоји", language="sr", story_id="ferry", body=text("<p>Пун је.</p>")), other)
    task = sent(source, other, "sr-Latn")
    publish(newest_draft(StoryPage.objects.get(pk=task.target_id)), other)
    source = StoryPage.objects.get(pk=source.pk)
    source.title = "Брод плови"
    source.save_revision(user=other).publish(user=desk)
    out = Release.objects.filter(current=True)
    assert {(each.language, each.by) for each in out} == {("sr", desk), ("sr-Latn", desk)}


def test_whoever_names_sections_orders_them_or_notices_and_takes_them_over_is_named(client, desk):
    sea, land = (Section.objects.create(key=key, label=key) for key in ("sea", "land"))
    client.force_login(desk)
    address = reverse("wagtailsnippets_stories_section:edit", args=[sea.pk])
    form = html.fromstring(client.get(address).content).get_element_by_id("w-editor-form")
    client.post(address, {**{name: value or "" for name, value in form.form_values()}, "label": "At sea"})
    sea.refresh_from_db()
    assert sea.label == "At sea"
    assert Order.objects.last().by == desk
    OrderSections(desk, ["land", "sea"]).execute()
    assert Order.objects.last().by == desk
    moved = ModelLogEntry.objects.filter(action="wagtail.reorder")
    assert {(each.object_id, each.user) for each in moved} == {(str(sea.pk), desk), (str(land.pk), desk)}
    notices = [LegalNotice.objects.create(position=at) for at in (1, 2)]
    OrderNotices(desk, [each.pk for each in reversed(notices)]).execute()
    moved = ModelLogEntry.objects.filter(action="wagtail.reorder", content_type__model="legalnotice")
    assert [each.user for each in moved] == [desk, desk]
    there = publication_settings()
    TakeOverSections(desk, replace(there, sections=(SectionLabel("sky", {"en": "Sky"}),))).execute()
    assert Order.objects.last().by == desk
    made = ModelLogEntry.objects.get(action="wagtail.create", object_id=str(Section.objects.get(key="sky").pk))
    assert made.user == desk


def test_news_that_is_breaking_no_longer_is_so_by_whoever_chose_until_when(desk, other, later):
    flash = BreakNews(other, "flash", {"en": Words("Ferry sails")}, datetime.now(UTC) + timedelta(hours=8)).execute()
    SetUntil(desk, flash, datetime.now(UTC) + timedelta(hours=1)).execute()
    later()
    assert (Order.objects.last().what, Order.objects.last().by) == ("ended: breaking en/flash", desk)


def test_a_pin_that_ends_is_taken_out_by_whoever_arranged_the_front_page(desk, other, later):
    until = datetime.now(UTC) + timedelta(hours=1)
    for at, user in enumerate((other, desk)):
        SaveFront(user, Place("en", "world"), [Pinned("ferry", until)], at).execute()
    later()
    assert (Order.objects.last().what, Order.objects.last().by) == ("ended: front en/world", desk)


@pytest.mark.parametrize("what", ["front en/", "breaking en/gone"])
def test_what_ends_and_is_there_no_more_ends_by_nobody(later, what):
    note_ending(what, datetime.now(UTC))
    later()
    assert (Order.objects.last().what, Order.objects.last().by) == (f"ended: {what}", None)


def test_nobody_acts_where_nobody_does():
    assert whoever_acts() is None
    with in_name_of(None):
        assert whoever_acts() is None
