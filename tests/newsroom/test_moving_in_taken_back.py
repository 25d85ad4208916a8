"""What a source took back since it came in is out no longer, unless somebody edited it here; the report says so."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import jpeg, publish
from test_moving_in_waiting import NOW, item, out

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemWithdrawn
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.taken_back import take_back
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest
from tamizdat.sources.registry import open_source

pytestmark = pytest.mark.django_db
BOTH = {("en", "harbour"), ("ru", "harbour")}


@pytest.fixture
def move(tmp_path):
    def run(*items, dry=False):
        (tmp_path / "n.json").write_text(json.dumps(items), "utf-8")
        source = open_source("ninjs", base_dir=tmp_path, now=NOW, path="n.json", embargoed=True)
        return Mover(source, "ninjs", name="n", dry=dry).move()

    assert run(item("en"), item("ru")).new == 2
    assert out() == BOTH
    return run


def killed(language):
    return item(language, pubstatus="canceled", version="2")


def test_what_a_source_took_back_is_unpublished(move):
    report = move(item("en"), killed("ru"), dry=True)
    assert (report.changed, out()) == (1, BOTH)
    report = move(item("en"), killed("ru"))
    assert (report.changed, report.same, report.kept, report.whole) == (1, 1, 0, True)
    assert "Strike ru': TAKEN BACK there: a draft here" in "\n".join(report.lines())
    assert out() == {("en", "harbour")}
    assert not StoryPage.objects.get(title="Strike ru").live
    report = move(item("en"), killed("ru"))
    assert (report.changed, report.whole) == (0, True)


def test_what_a_source_has_as_well_is_out(move):
    note = ItemWithdrawn("left out", where="n", what="harbour", language="", status="canceled", why="")
    report = MoveReport("n", "ninjs")
    take_back([note], report, seen={("en", "harbour")}, by=None, ask=lambda: None)
    assert (report.changed, out()) == (1, {("en", "harbour")})


def test_what_a_source_has_again_comes_back(move):
    move(item("en"), killed("ru"))
    assert move(item("en"), item("ru", version="3")).changed == 1
    assert out() == BOTH


def test_what_was_edited_here_stays_out_and_the_report_says_so(move):
    page = newest(StoryPage.objects.get(title="Strike ru"))
    page.lead = "Ours."
    publish(page)
    report = move(item("en"), killed("ru"))
    assert (report.changed, report.kept, report.whole) == (0, 1, False)
    assert "TAKEN BACK there, and out here: changed at the source, and was edited here" in "\n".join(report.lines())
    assert out() == BOTH


def test_a_picture_that_was_taken_back_by_itself_goes_from_what_shows_it(move, tmp_path):
    (tmp_path / "quay.jpg").write_bytes(jpeg())
    photo = {"uri": "urn:x:photo", "type": "picture", "headline": "Quay", "renditions": {"a": {"href": "quay.jpg"}}}
    shows = item("en", version="2", associations={"main": photo})
    assert move(shows, item("ru")).pictures == 1
    page = StoryPage.objects.get(title="Strike en")
    assert page.picture_id
    report = move(shows, item("ru"), {"uri": "urn:x:photo", "pubstatus": "canceled"})
    assert "urn:x:photo left out: its source took it back by itself" in "\n".join(report.lines())
    page.refresh_from_db()
    assert (report.changed, page.picture_id, page.live) == (1, None, True)
    released = Release.objects.get(current=True, story__isnull=False, language="en")
    assert story_from_bytes(bytes(released.story)).picture is None


def test_what_waits_for_its_time_here_does_not_go_out(move):
    move(item("en"), killed("ru"))
    page = StoryPage.objects.get(title="Strike ru")
    soon = datetime.now(UTC) + timedelta(hours=1)
    page.go_live_at = soon
    page.save_revision().publish()
    row = page.moved_from.get()
    row.revision = page.latest_revision_id
    row.save()
    report = move(item("en"), killed("ru"), dry=True)
    assert (report.changed, page.approved_schedule) == (1, True)
    report = move(item("en"), killed("ru"))
    assert (report.changed, report.whole) == (1, True)
    assert "TAKEN BACK there: a draft here" in "\n".join(report.lines())
    assert not StoryPage.objects.get(pk=page.pk).approved_schedule
    assert out() == {("en", "harbour")}
