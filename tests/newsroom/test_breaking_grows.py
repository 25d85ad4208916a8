"""Breaking news while its full story is written: what is said or ended meanwhile takes nothing from the draft."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, text
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from people_kit import member
from test_breaking import TEXTS, page_in, put_out, released

from tamizdat.newsroom.breaking.acting import SayMore, SetUntil
from tamizdat.newsroom.breaking.models import FollowUp
from tamizdat.newsroom.corrections.actions import Correct
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.scheduling import publish_due
from tamizdat.newsroom.stories.by_time import timed_revisions
from tamizdat.newsroom.stories.models import StoryPage

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


def longer(user, flash):
    SetUntil(user, flash, datetime.now(UTC) + SOON).execute()


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


def gone_unpublished(user):
    for page in StoryPage.objects.all():
        page.unpublish(user=user)


def gone_deleted(user):
    for page in StoryPage.objects.all():
        page.delete(user=user)


def gone_taken_down(user):
    Correct("harbour-closed-k7m2p", "takedown", {}, user, reason="danger").execute()


@pytest.mark.parametrize("gone", [gone_unpublished, gone_deleted, gone_taken_down])
@pytest.mark.parametrize("act", ["say", "more:60", "end"])
def test_of_what_readers_have_no_more_nothing_is_said_and_what_was_typed_stays(client, user, gone, act):
    client.force_login(user)
    flash = put_out(user)
    gone(user)
    before = Release.objects.count()
    address = reverse("breaking_flash", args=[flash.pk])
    said = client.post(address, {"act": act, "line-en": "A precious line."}, follow=True).content.decode()
    assert "Readers do not have it any more." in said
    assert ("A precious line." in said) is (act == "say")
    assert (Release.objects.count(), FollowUp.objects.count()) == (before, 0)


def test_who_publishes_in_none_of_its_languages_is_refused(user):
    flash = put_out(user, {"en": TEXTS["en"]})
    for somebody in (member("ru", "editor:ru"), member("nobody")):
        with pytest.raises(PermissionDenied):
            SetUntil(somebody, flash, None).execute()
    page_in("en").unpublish(user=user)
    with pytest.raises(PermissionDenied):
        end(member("fa", "editor:fa"), flash)


@pytest.mark.parametrize("act", [say, longer, end])
def test_the_review_of_a_full_story_goes_on_and_ends_with_what_was_said_meanwhile(user, act):
    flash = put_out(user)
    draft = page_in("en").get_latest_revision_as_object()
    draft.title = "Why the harbour is closed"
    draft.save_revision(user=user)
    page_in("en").get_workflow().start(page_in("en"), member("rep", "reporter:en"))
    act(user, flash)
    assert released("en").headline == "Harbour closed"
    state = page_in("en").current_workflow_state
    assert state.status == "in_progress"
    state.current_task_state.specific.approve(user=user)
    story = released("en")
    assert story.headline == "Why the harbour is closed"
    assert ("Trains still run." in str(story.body)) is (act is say)
    assert (story.breaking_until is None) is (act is end)
    assert page_in("en").current_workflow_state is None


# --- retracted ---


@pytest.fixture
def address(client, user):
    client.force_login(user)
    return reverse("breaking_flash", args=[put_out(user).pk])


def test_what_was_retracted_is_marked_and_nothing_is_said_of_it(client, user, address):
    Correct("harbour-closed-k7m2p", "retraction", {"en": "It is open."}, user).execute()
    screen = client.get(reverse("breaking")).content.decode()
    record = reverse("corrections_story", args=["harbour-closed-k7m2p"])
    assert screen.count(f'<a href="{record}">Retracted</a>') == 3
    assert "No longer breaking" in screen
    assert "Say more" not in screen
    before = Release.objects.count()
    for act in ({"act": "say", "line-en": "More <so>."}, {"act": "more:60"}):
        answer = client.post(address, act, follow=True).content.decode()
        assert "Retracted, so readers would not see it in: en" in answer
        assert record in answer
        assert "on its way" not in answer
    assert Release.objects.count() == before
    assert not FollowUp.objects.exists()
    assert "More &lt;so&gt;." in client.post(address, {"act": "say", "line-en": "More <so>."}).content.decode()


def test_where_one_language_was_retracted_the_others_go_on(client, user, address):
    Correct("harbour-closed-k7m2p", "retraction", {"ru": "Открыт."}, user, languages=("ru",)).execute()
    screen = client.get(reverse("breaking")).content.decode()
    assert screen.count(">Retracted</a>") == 1
    assert 'name="line-en"' in screen[screen.index('id="breaking-out"') :]
    assert 'name="line-ru"' not in screen[screen.index('id="breaking-out"') :]
    ends = page_in("ru").breaking_until
    client.post(address, {"act": "more:60"})
    assert page_in("ru").breaking_until == ends
    assert page_in("en").breaking_until > ends
    client.post(address, {"act": "say", "line-en": "More."})
    assert "More." in str(released("en").body)
    client.post(address, {"act": "end"})
    assert page_in("ru").breaking_until is None
