"""Breaking news while its full story is written: what is said or ended meanwhile takes nothing from the draft."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, text
from test_breaking import page_in, put_out, released

from tamizdat.newsroom.breaking.acting import SayMore, SetUntil
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.by_time import timed_revisions

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=2)


@pytest.fixture
def user():
    return person()


@pytest.fixture
def flash(user):
    """News that is out, and its full story, which goes out in two hours."""
    made = put_out(user)
    draft = page_in("en").get_latest_revision_as_object()
    draft.title, draft.go_live_at = "Why the harbour is closed", datetime.now(UTC) + SOON
    draft.save_revision(user=user).publish(user=user)
    return made


def say(user, flash):
    SayMore(user, flash, {"en": "Trains still run."}).execute()


def end(user, flash):
    SetUntil(user, flash, None).execute()


@pytest.mark.parametrize("act", [say, end])
def test_a_full_story_goes_out_at_its_time_with_what_was_said_meanwhile(user, flash, act, monkeypatch):
    before = timed_revisions().get().approved_go_live_at
    act(user, flash)
    assert released("en").headline == "Harbour closed"
    assert timed_revisions().get().approved_go_live_at == before
    later = datetime.now(UTC) + SOON + timedelta(minutes=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert publish_due(later) == 1
    story = released("en")
    assert story.headline == "Why the harbour is closed"
    assert "Trains still run." in str(story.body) if act is say else story.breaking_until is None


def test_a_draft_after_it_stays_a_draft(user, flash):
    draft = page_in("en").get_latest_revision_as_object()
    draft.title = "Not to go out yet"
    draft.save_revision(user=user)
    say(user, flash)
    assert timed_revisions().get().as_object().title == "Why the harbour is closed"
    newest = page_in("en").get_latest_revision_as_object()
    assert newest.title == "Not to go out yet"
    for each in (newest, timed_revisions().get().as_object()):
        assert "Trains still run." in str(each.body.get_prep_value())


def test_a_draft_that_is_half_written_keeps_nobody_from_saying_more(user):
    flash = put_out(user)
    draft = page_in("en").get_latest_revision_as_object()
    draft.body = [*text("<p>Half.</p>"), {"type": "picture", "value": {"picture": {"image": 999}}}]
    draft.save_revision(user=user, clean=False)
    say(user, flash)
    assert "Trains still run." in str(released("en").body)
    assert "Half." in str(page_in("en").get_latest_revision_as_object().body.get_prep_value())
