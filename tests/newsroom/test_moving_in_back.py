"""An import that brings back what readers had before: mirrors and readers may have kept it in other words."""

from dataclasses import replace

import pytest
from desk_kit import person
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moving_kit import NOW, line, move_lines, write_lines
from test_trespass_imports import move, strike

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import release_new
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import RETRACTION

pytestmark = pytest.mark.django_db


def out(story_id, language="en"):
    found = Release.objects.filter(story_id=story_id, language=language, current=True).first()
    return story_from_bytes(bytes(found.story)) if found and found.story is not None else None


def delete_all():
    for page in StoryPage.objects.all():
        page.delete()
    MovedItem.objects.all().delete()  # as for an import under another name


def bring(tmp_path, *lines):
    return move_lines(write_lines(tmp_path / "s.jsonl", lines))


def test_what_comes_back_in_other_words_says_when_it_was_updated(tmp_path):
    bring(tmp_path, line("ferry"), line("ferry", "ru"), line("pier"), line("dock"))
    delete_all()
    bring(tmp_path, line("ferry", headline="He said no"), line("ferry", "ru"), line("pier"), line("new"))
    changed, same, other, new = out("ferry"), out("ferry", "ru"), out("pier"), out("new")
    assert changed.headline == "He said no"
    assert changed.updated is not None
    assert (same.updated, other.updated, new.updated) == (None, None, None)
    dated = {
        (page.story_id, page.locale.language_code): page.updated for page in StoryPage.objects.select_related("locale")
    }
    assert dated == {
        ("ferry", "en"): changed.updated, ("ferry", "ru"): None, ("pier", "en"): None, ("new", "en"): None,
    }  # fmt: skip
    assert out("dock") is None


def test_what_comes_back_as_it_was_keeps_the_date_of_its_update(tmp_path):
    bring(tmp_path, line("ferry", updated="2026-11-21T10:00:00Z"))
    delete_all()
    bring(tmp_path, line("ferry"))
    assert out("ferry").updated == NOW.replace(day=21, hour=10)


def test_what_was_retracted_comes_back_as_retracted(tmp_path):
    bring(tmp_path, line("ferry"), line("pier"))
    delete_all()
    Correct("ferry", RETRACTION, {"en": "He said nothing."}, person()).execute()
    noticed = out("ferry")
    bring(tmp_path, line("ferry"), line("pier"))
    assert out("ferry") == noticed
    assert StoryPage.objects.get(story_id="ferry").live


@pytest.mark.parametrize("kind", [RETRACTION, "takedown"])
def test_what_is_said_of_it_while_pictures_come_counts(tmp_path, kind):
    move(strike(tmp_path / "site"))
    delete_all()
    desk = person()

    def say():
        Correct("strike", kind, {"en": "He said nothing."}, desk, reason="because").execute()

    report = move(strike(tmp_path / "site", "Other text.", "other.jpg"), say)
    page = StoryPage.objects.get(story_id="strike")
    assert (report.new, report.drafts) == (1, int(kind == "takedown"))
    assert page.live == (kind == RETRACTION)
    story = out("strike")
    assert [each.text for each in story.corrections] == ["He said nothing."]
    assert story.headline == ("Strike" if kind == RETRACTION else "Retracted")
    assert story.body == ()
    if kind == "takedown":
        assert report.faults[-1].text == "was taken down here: a draft"


def test_nothing_that_was_taken_down_is_released(tmp_path):
    bring(tmp_path, line("ferry"))
    story = out("ferry")
    delete_all()
    Correct("ferry", "takedown", {}, person(), reason="because").execute()
    with pytest.raises(StoryError, match="taken down"):
        release_new([story], "site")
    assert out("ferry") is None


def test_many_cost_no_more_queries_than_a_few(tmp_path):
    many = [f"story-{at}" for at in range(12)]
    bring(tmp_path, *map(line, many))
    stories = [replace(out(each), headline="He said no", body=()) for each in many]
    desk = person()
    for page in StoryPage.objects.all():
        page.unpublish()
    for each in many:
        Correct(each, RETRACTION if each < "story-2" else "correction", {"en": "x"}, desk).execute()
    asked = []
    for few in (stories[:3], stories[3:]):
        with CaptureQueriesContext(connection) as queries:
            release_new(few, "site")
        asked.append([each["sql"] for each in queries])
    assert len(asked[0]) == len(asked[1]), asked
    assert {out(each).updated for each in many} == set(StoryPage.objects.values_list("updated", flat=True))
    assert [each.text for each in out("story-11").corrections] == ["x"]
