"""A time that comes while somebody publishes the story by hand: what is newer stays out."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from wagtail.models import Revision

from tamizdat.newsroom.pressroom import scheduling
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)


def saved(page, desk, title, at=None):
    draft = StoryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.title, draft.go_live_at = title, at
    return draft.save_revision(user=desk)


@pytest.mark.parametrize("newer", [True, False])
def test_what_is_published_by_hand_meanwhile_is_not_replaced_by_what_was_to_go_out(monkeypatch, newer):
    """On PostgreSQL the press waits for the pages until whoever publishes is done."""
    desk = person()
    page = publish(write("Ferry", story_id="ferry"), desk)
    now = datetime.now(UTC)
    older = saved(page, desk, "Older, by its time", now + SOON)
    older.publish(user=desk)
    content = {**older.content, "go_live_at": (now - SOON).isoformat()}
    Revision.page_revisions.filter(pk=older.pk).update(approved_go_live_at=now - SOON, content=content)
    hold = scheduling.hold_story

    def waited(story_id):
        hold(story_id)
        if newer:
            saved(page, desk, "Newer, by hand").publish(user=desk)

    monkeypatch.setattr(scheduling, "hold_story", waited)
    scheduling.publish_due(now)
    assert StoryPage.objects.get(pk=page.pk).title == ("Newer, by hand" if newer else "Older, by its time")
