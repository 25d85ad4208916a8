"""What was taken back or has expired can be retracted and corrected still: mirrors and readers may have kept it."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, text, write
from django.core.exceptions import ValidationError
from django.urls import reverse
from test_corrections import _story

from tamizdat.newsroom.corrections.actions import Correct, Revoke
from tamizdat.newsroom.fronts.curating import Place
from tamizdat.newsroom.fronts.proofs import released
from tamizdat.newsroom.pressroom.beside import cards_beside
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import reconcile
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.press.card import Issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return person()


@pytest.fixture(params=[False, True], ids=["unpublished", "expired"])
def page(request):
    """A story that readers had, with a draft that nobody saw."""
    made = publish(write("He said yes", story_id="he-said", lead="A lead.", body=text("<p>He lied.</p>")))
    made.unpublish(set_expired=request.param)
    again = StoryPage.objects.get(pk=made.pk)
    again.title, again.lead = "What nobody may read yet", "Nor this."
    again.save()
    again.save_revision()
    return StoryPage.objects.get(pk=made.pk)


def test_a_retraction_goes_out_as_a_notice_and_nothing_else_does(page, desk):
    Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    story = _story(page)
    assert (story.headline, story.lead, story.body) == ("He said yes", "", ())
    assert [each.text for each in story.corrections] == ["He said nothing."]
    assert story.retracted
    assert story.updated is not None
    assert not StoryPage.objects.get(pk=page.pk).live
    assert b"nobody may read" not in bytes(Release.objects.get(current=True).story)
    assert Release.objects.get(current=True).by == desk


def test_the_notice_stays_through_a_restart_and_a_schedule_and_goes_when_it_is_revoked(page, desk):
    made = Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    assert reconcile() == 0
    again = StoryPage.objects.get(pk=page.pk)
    again.go_live_at = datetime.now(UTC) + timedelta(hours=1)
    again.save_revision().publish()
    assert _story(page).retracted
    Revoke(made, desk).execute()
    assert _story(page) is None


def test_a_notice_says_what_is_said_of_it_later(page, desk):
    Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    Correct("he-said", "update", {"en": "Nor did she."}, desk).execute()
    assert [each.text for each in _story(page).corrections] == ["He said nothing.", "Nor did she."]
    Correct("he-said", "takedown", {}, desk, reason="He is in danger").execute()
    assert _story(page) is None


def test_a_correction_is_seen_once_the_story_is_out_again(page, desk):
    Correct("he-said", "correction", {"en": "He said no."}, desk).execute()
    assert _story(page) is None
    publish(StoryPage.objects.get(pk=page.pk))
    assert [each.text for each in _story(page).corrections] == ["He said no."]


def test_a_takedown_keeps_it_from_coming_back(page, desk):
    Correct("he-said", "takedown", {}, desk, reason="He is in danger").execute()
    with pytest.raises(Exception, match="taken down"):
        publish(StoryPage.objects.get(pk=page.pk))


def test_a_language_in_which_nobody_had_it_is_left_alone(page, desk):
    russian = write("Он сказал", language="ru", story_id="he-said", translation_key=page.translation_key)
    with pytest.raises(ValidationError, match="simply be changed"):
        Correct("he-said", "retraction", {"ru": "Нет."}, desk, languages=("ru",)).execute()
    Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    assert not Release.objects.filter(language="ru").exists()
    assert not StoryPage.objects.get(pk=russian.pk).live


def test_the_record_says_what_becomes_of_it(client, page, desk):
    client.force_login(desk)
    address = reverse("corrections_story", args=["he-said"])
    assert "some may have kept it" in client.get(address).content.decode()
    form = {"kind": "correction", "text_en": "He said no.", "reason": ""}
    assert "once the story is published again" in client.post(address, form, follow=True).content.decode()
    form = {"kind": "retraction", "text_en": "He said nothing.", "reason": ""}
    assert "with the next edition" in client.post(address, form, follow=True).content.decode()
    assert _story(page).retracted


def test_proofs_know_the_notice(page, desk):
    """The press puts it into lists, as retracted."""
    other = publish(write("Ferry"))
    Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    now = datetime.now(UTC).replace(microsecond=0)
    assert {story.headline for story in released(Place("en", ""), [], now)} == {"He said yes", "Ferry"}
    assert [card.headline for card in cards_beside(_story(other), [], Issue(1, now), now)] == ["He said yes"]


@pytest.mark.parametrize("set_expired", [False, True])
def test_what_was_retracted_stays_retracted_if_it_is_unpublished_later(desk, set_expired):
    page = publish(write("He said yes", story_id="he-said", body=text("<p>He lied.</p>")))
    Correct("he-said", "retraction", {"en": "He said nothing."}, desk).execute()
    StoryPage.objects.get(pk=page.pk).unpublish(set_expired=set_expired)
    story = _story(page)
    assert story.retracted
    assert [each.text for each in story.corrections] == ["He said nothing."]
    Correct("he-said", "takedown", {}, desk, reason="A witness is in danger").execute()
    assert _story(page) is None
