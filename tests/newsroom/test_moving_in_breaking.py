"""Breaking news of a site that moves in: no longer than ours may be, and no reason to end an import."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from moving_kit import line, move_lines, write_lines

from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)


def _until(**more):
    return (NOW + timedelta(**more)).isoformat()


def _breaking(story_id):
    return StoryPage.objects.get(story_id=story_id).breaking_until


@pytest.mark.parametrize("again", [False, True])
def test_two_days_at_the_longest(tmp_path, again):
    file = tmp_path / "s.jsonl"
    if again:
        move_lines(write_lines(file, [line("a"), line("b"), line("c")]))
    lines = [line("a", breaking_until=_until(days=400)), line("b", breaking_until=_until(days=1)), line("c", lead="L")]
    report = move_lines(write_lines(file, lines))
    assert (report.new, report.changed, report.left_out, report.fault) == ((0, 3, 0, "") if again else (3, 0, 0, ""))
    assert [_breaking(story_id) for story_id in "abc"] == [None, NOW + timedelta(days=1), None]
    (fault,) = report.faults
    assert (fault.story_id, fault.field) == ("a", "breaking_until")
    assert move_lines(file).same == 3


def test_a_change_that_cannot_go_out_is_left_out_and_the_rest_goes_on(tmp_path, monkeypatch):
    file = tmp_path / "s.jsonl"
    move_lines(write_lines(file, [line("a"), line("b")]))
    publish = StoryPage.publish

    def refuse(self, *arguments, **options):
        if self.story_id == "a":
            raise ValidationError("Not like this.")
        return publish(self, *arguments, **options)

    monkeypatch.setattr(StoryPage, "publish", refuse)
    report = move_lines(write_lines(file, [line("a", lead="New"), line("b", lead="New")]))
    assert (report.changed, report.left_out) == (1, 1)
    assert "Not like this." in report.faults[0].text
    assert dict(StoryPage.objects.values_list("story_id", "lead")) == {"a": "", "b": "New"}
