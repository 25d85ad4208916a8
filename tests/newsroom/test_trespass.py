"""What somebody with a small role, or in a hurry, might do to what others have published."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish, write
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from people_kit import member

from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.exchange.codes import tokens_of
from tamizdat.newsroom.exchange.po import read_po
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.moving_in.naming import Names
from tamizdat.newsroom.moving_in.uploads import _moved, may_move_in
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import Newspaper, Section, StoryPage
from tamizdat.newsroom.stories.terms import Topic
from tamizdat.newsroom.translating.acting import Hold
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send
from tamizdat.story import Story

pytestmark = pytest.mark.django_db


def readers_have(page):
    last = Release.objects.filter(story_id=page.story_id, language=page.locale.language_code, current=True).first()
    return bool(last and last.story)


def test_nobody_copies_a_story_into_another_newspaper(client):
    page = publish(write("Harbour closed"))
    before = StoryPage.objects.count()
    for who in (member("fa", "editor:fa", "reporter:en"), person()):
        client.force_login(who)
        address = reverse("wagtailadmin_pages:copy", args=[page.pk])
        form = {
            "new_title": "Mine",
            "new_slug": "mine",
            "new_parent_page": page.get_parent().pk,
            "publish_copies": "on",
        }
        assert client.post(address, form).status_code == 302
        assert client.get(address).status_code == 302
    assert StoryPage.objects.count() == before


def test_deleting_a_page_of_the_same_story_takes_nothing_from_readers():
    page = publish(write("Harbour closed"))
    twin = write("Harbour closed", slug="twin")
    StoryPage.objects.filter(pk=twin.pk).update(story_id=page.story_id)
    StoryPage.objects.get(pk=twin.pk).delete()
    assert readers_have(page)
    page.delete()
    assert not readers_have(page)


def test_a_story_keeps_its_id(client):
    page = publish(write("Harbour closed"))
    client.force_login(person())
    html = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert page.story_id in html
    assert 'name="story_id"' not in html


def test_who_publishes_one_language_says_nothing_of_drafts_in_another():
    page = publish(write("پل باز شد", language="fa"))
    draft = write("The bridge is open")
    StoryPage.objects.filter(pk=draft.pk).update(story_id=page.story_id, translation_key=page.translation_key)
    editor = member("fa", "editor:fa")
    said = {"texts": {"fa": "نادرست بود."}, "user": editor}
    with pytest.raises(PermissionDenied):
        Correct(page.story_id, "retraction", **said).execute()
    Correct(page.story_id, "retraction", languages=("fa",), **said).execute()


def test_who_publishes_two_languages_lets_go_of_no_third():
    desk, source = person(), write("The bridge is open")
    Send(source, ("ru", "fa"), desk).execute()
    tasks = {task.target.locale.language_code: task for task in Task.objects.select_related("target__locale")}
    held = Hold(source, tuple(tasks.values()), desk).execute()
    somebody = member("ru", "editor:en", "editor:ru")
    with pytest.raises(PermissionDenied):
        Hold(source, (tasks["ru"],), somebody).execute()
    assert set(held.tasks.all()) == set(tasks.values())


def test_a_story_that_cannot_be_released_keeps_nothing_else_from_readers():
    broken, good = publish(write("Broken")), publish(write("Good"))
    Release.objects.all().delete()
    StoryPage.objects.filter(pk=broken.pk).update(title="")
    reconcile()
    assert readers_have(good)
    assert not readers_have(broken)


def test_who_publishes_one_language_moves_no_site_in():
    assert not may_move_in(member("head", "desk_head:en"))
    every = [f"desk_head:{paper.locale.language_code}" for paper in Newspaper.objects.select_related("locale")]
    assert may_move_in(member("heads", *every))
    assert may_move_in(person())


def test_a_wire_makes_no_section_of_ours():
    Section.objects.create(key="politics", label="Politics", position=1)
    before = Section.objects.count()
    story = Story("a", "en", "H", datetime(2026, 11, 28, tzinfo=UTC), sections=("politics", "Buy"), topics=("bread",))
    names = Names([story])
    assert names.in_known_sections(story).sections == ("politics",)
    names.keep(sections=False)
    assert Section.objects.count() == before
    assert Topic.objects.filter(key="bread").exists()


def test_a_mark_of_many_letters_costs_no_more_than_its_length():
    assert "x" in tokens_of("<a " + "a" * 200_000 + ">x</a>")


def test_a_string_that_never_ends_costs_no_more_than_its_length():
    (sheet,) = read_po(b'msgctxt "title:0"\nmsgid "a"\nmsgstr "' + b'\\"' * 200_000, "a.po")
    assert "cannot be read" in sheet.units[0].fault


def test_an_import_of_somebody_who_may_no_more_moves_nothing():
    head = member("head", "desk_head:en")
    move = Move.objects.create(source="Old", kind="jsonl", language="en", by=head, state=Move.WAITING, file="moving/x")
    assert "may not" in _moved(move, lambda _report: None).fault
    move.by = None
    assert "may not" in _moved(move, lambda _report: None).fault
