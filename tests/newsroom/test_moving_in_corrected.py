"""What a source tells readers of its own stories comes in with them; what it withdrew goes out as that alone."""

from datetime import UTC, datetime

import pytest
from desk_kit import person, publish
from moving_kit import move_folder
from wire_kit import subscription

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.actions import Revoke
from tamizdat.newsroom.corrections.models import Correction
from tamizdat.newsroom.here import here
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import WireItem
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import Correction as Said

pytestmark = pytest.mark.django_db
STORY = """---
title: Bread
lead: A loaf was 40.
date: 2026-11-23T09:00:00+03:00
{more}---
It is 61 now.
"""
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def said(*corrections):
    """Corrections as a file has them: kind and text."""
    lines = (f"  - at: 2026-11-24T08:00:00Z\n    text: {text}\n    kind: {kind}\n" for kind, text in corrections)
    return "corrections:\n" + "".join(lines)


RETRACTED = said(("retraction", "We made this up."))


@pytest.fixture
def move(tmp_path):
    """Moves a folder in that has one story, in English unless something else is said."""

    def run(more="", language="en", **options):
        (tmp_path / language).mkdir(exist_ok=True)
        (tmp_path / language / "bread.md").write_text(STORY.format(more=more))
        return move_folder(tmp_path, **options)

    return run


def out(language="en"):
    """What readers have."""
    rows = Release.objects.filter(current=True, story__isnull=False, language=language)
    return [story_from_bytes(bytes(row.story)) for row in rows]


def test_a_retracted_story_comes_in_retracted(move):
    report = move(RETRACTED)
    (story,) = out()
    assert story.corrections == (Said(AT, "We made this up.", "retraction"),)
    assert (story.headline, story.body, story.lead) == ("Bread", (), "")
    assert "RETRACTED" in "\n".join(report.lines())
    assert (report.new, report.left_out) == (1, 0)
    assert move(RETRACTED).same == 1
    assert Correction.objects.count() == 1
    assert not faults_of_pages()


def test_a_retraction_takes_no_text_from_a_story_that_is_here(move):
    move()
    page = StoryPage.objects.get()
    written, revision = page.body.get_prep_value(), page.latest_revision_id
    assert [story.retracted for story in out()] == [False]
    report = move(RETRACTED)
    (story,) = out()
    assert (story.retracted, story.body, story.lead) == (True, (), "")
    assert story.updated is not None
    page.refresh_from_db()
    assert (page.body.get_prep_value(), page.lead, page.live) == (written, "A loaf was 40.", True)
    assert page.latest_revision_id == revision
    assert (report.changed, report.new) == (1, 0)
    assert "RETRACTED" in "\n".join(report.lines())
    assert move(RETRACTED).same == 1
    assert Correction.objects.get().languages == ["en"]


def test_what_is_not_out_any_more_is_retracted_for_those_who_kept_it(move):
    move()
    page = StoryPage.objects.get()
    page.unpublish()
    row = page.moved_from.get()
    row.revision = page.save_revision().pk  # as an import that takes a story from readers leaves it
    row.save()
    assert out() == []
    move(RETRACTED)
    assert [story.retracted for story in out()] == [True]


def test_a_try_says_it_and_writes_nothing(move):
    move()
    assert "RETRACTED" in "\n".join(move(RETRACTED, dry=True).lines())
    assert not Correction.objects.exists()
    assert [story.retracted for story in out()] == [False]


def test_another_language_is_not_retracted_with_it(move):
    move()
    move(language="ru")
    move(RETRACTED)
    assert [story.retracted for story in (*out(), *out("ru"))] == [True, False]


def test_what_was_edited_here_stays_and_the_report_is_loud(move):
    move()
    page = StoryPage.objects.get()
    page.lead = "Ours"
    publish(page, person())
    report = move(RETRACTED)
    assert (report.kept, report.whole) == (1, False)
    assert "RETRACTED" in "\n".join(report.lines())
    assert [(story.retracted, story.lead) for story in out()] == [(False, "Ours")]


def test_what_is_retracted_no_more_there_is_told(move):
    move()
    move(RETRACTED)
    report = move("byline: Ann\n")
    assert "is retracted here" in "\n".join(report.lines())
    assert [story.retracted for story in out()] == [True]
    Revoke(Correction.objects.get(), person()).execute()
    assert [(story.retracted, story.byline, bool(story.body)) for story in out()] == [(False, ("Ann",), True)]


def test_corrections_come_in_once_with_their_time(move):
    both = said(("correction", "It was 40."), ("update", "Now with prices."))
    report = move(both)
    assert report.faults == []
    assert out()[0].corrections == (Said(AT, "It was 40.", "correction"), Said(AT, "Now with prices.", "update"))
    assert move(both).same == 1
    more = said(("correction", "It was 40."), ("update", "Now with prices."), ("correction", "Ann wrote it."))
    assert move(more).changed == 1
    assert [each.text for each in out()[0].corrections] == ["It was 40.", "Now with prices.", "Ann wrote it."]
    assert out()[0].body
    assert Correction.objects.filter(languages=["en"], at=AT).count() == 3


def test_what_is_only_worded_otherwise_is_told_once(move):
    move(said(("correction", "It was 40."), ("correction", "Ann wrote it.")))
    move(said(("correction", "It was forty."), ("correction", "Ann wrote it.")))
    assert sorted(each.text for each in out()[0].corrections) == ["Ann wrote it.", "It was 40."]


def test_what_was_revoked_here_is_not_told_again(move):
    move(said(("correction", "It was 40.")))
    Revoke(Correction.objects.get(), person()).execute()
    move("byline: Ann\n" + said(("correction", "It was 40.")))
    assert [(story.byline, story.corrections) for story in out()] == [(("Ann",), ())]


def test_what_came_in_without_its_corrections_gets_them(move):
    corrected = said(("correction", "It was 40."))
    move(corrected)
    Correction.objects.all().delete()
    assert move(corrected).changed == 1
    assert Correction.objects.count() == 1
    assert [story.corrections for story in out()] == [(Said(AT, "It was 40.", "correction"),)]


def test_a_wire_of_markdown_takes_back_what_was_retracted(room):
    place = here().own / "wires" / "partner" / "en"
    place.mkdir(parents=True)
    file = place / "bread.md"
    lately = f"date: {datetime.now(UTC).date()}\n"
    file.write_text(STORY.replace("date: 2026-11-23T09:00:00+03:00\n", lately).format(more=""))
    partner = subscription("partner", kind="folder")
    assert fetch(partner) == 1
    file.write_text(STORY.replace("date: 2026-11-23T09:00:00+03:00\n", lately).format(more=RETRACTED))
    assert fetch(partner) == 1
    item = WireItem.objects.get()
    assert (item.withdrawn is not None, item.withdrawn_why) == (True, "We made this up.")
    assert "61" in item.text
    assert fetch(partner) == 0
    file.unlink()
