"""Times that are far ahead by a typo: a story's own date, and until when it is breaking."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_kit import person, publish, write
from django.core.exceptions import ValidationError
from test_breaking import released
from test_writing_meanwhile import Desk

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
DAY = timedelta(days=1)
FIELDS = {
    "published": ("That is more than a day ahead", 2 * DAY),
    "breaking_until": ("Two days at the longest", 3 * DAY),
}


def typed(when):
    return f"{when:%Y-%m-%d %H:%M}"


@pytest.fixture(params=FIELDS)
def name(request):
    return request.param


def test_a_typo_is_refused_at_its_field_and_stays_in_it(client, name):
    page = write("Ferry")
    page.save_revision()
    desk = Desk(client, person(), page)
    said, ahead = FIELDS[name]
    answer = desk.publish(**{name: typed(NOW + ahead)})
    assert said in answer.content.decode()
    assert typed(NOW + ahead) in answer.content.decode()
    assert not Release.objects.exists()
    # A draft may say so for now; nor does it go out later by that.
    assert desk.send(**{name: typed(NOW + ahead)}).status_code == 302
    desk.form = desk.load()
    assert said in desk.publish().content.decode()
    assert desk.publish(**{name: typed(NOW + timedelta(hours=1))}).status_code == 302
    assert Release.objects.exists()


def test_it_is_refused_whichever_way_a_story_goes_out(name):
    with pytest.raises(ValidationError, match=FIELDS[name][0]):
        publish(write("Ferry", **{name: NOW + FIELDS[name][1]}))
    assert not Release.objects.exists()


def test_a_story_that_is_scheduled_may_have_the_date_of_its_day(name):
    later = NOW + timedelta(days=30)
    publish(write("Ferry", go_live_at=later, **{name: later + timedelta(hours=1)}))
    assert StoryPage.objects.get().approved_schedule


def test_what_readers_have_is_no_obstacle(client, name):
    page = publish(write("Ferry"))
    StoryPage.objects.filter(pk=page.pk).update(**{name: NOW + timedelta(days=99)})
    page.refresh_from_db()
    publish(page)
    desk = Desk(client, person(), page)
    assert desk.publish(title="Ferry sails").status_code == 302
    assert released("en", page.story_id).headline == "Ferry sails"
