"""The newsroom as a source: whole or by changes, it is the same."""

from datetime import UTC, datetime

import pytest
from desk_kit import picture, publish, write

from tamizdat.errors import ItemError
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.source import NewsroomSource
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.sources.port import ChangingSource, Gone

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return NewsroomSource(datetime.now(UTC))


def _whole(source):
    return {(each.story.language, each.story.story_id): each.story for each in source.stories(pytest.fail)}


def _changes(source, since, again=()):
    found = source.changes(since, again, pytest.fail)
    return None if found is None else list(found)


def test_it_says_that_it_knows_its_changes(source):
    assert isinstance(source, ChangingSource)
    assert _changes(source, source.mark) == []


def test_changes_are_what_is_new_changed_or_gone(source):
    kept, changed, gone = (publish(write(name, story_id=name)) for name in ("kept", "changed", "gone"))
    mark = source.mark
    changed.title = "Changed"
    publish(changed)
    StoryPage.objects.get(pk=gone.pk).unpublish()
    publish(write("new", story_id="new"))
    found = _changes(source, mark)
    assert [each for each in found if isinstance(each, Gone)] == [Gone("en", "gone")]
    assert {each.story.story_id: each.story.headline for each in found if not isinstance(each, Gone)} == {
        "changed": "Changed",
        "new": "new",
    }
    assert _changes(source, source.mark) == []
    assert kept.story_id not in {getattr(each, "story_id", "") for each in found}


def test_what_is_asked_for_again_comes_as_it_is(source):
    publish(write("a", story_id="a"))
    found = _changes(source, source.mark, {("en", "a"), ("en", "never")})
    assert [getattr(each, "story", each) for each in found] == [_whole(source)["en", "a"], Gone("en", "never")]


@pytest.mark.parametrize("mark", ["", "nonsense", "1:1:x", "2:999999:x", "2:x:", "2:0:x"])
def test_a_mark_that_is_not_known_asks_for_everything(source, mark):
    publish(write("a", story_id="a"))
    assert _changes(source, mark) is None


def test_a_database_restored_from_an_older_copy_is_read_anew(source):
    publish(write("a", story_id="a"))
    publish(write("b", story_id="b"))
    mark = source.mark
    number = int(mark.split(":")[1])
    Release.objects.filter(pk=number).delete()
    Release.objects.create(pk=number, story_id="c", language="en", story=None)
    assert _changes(source, mark) is None


def test_a_release_that_cannot_be_read_is_named_and_the_others_come(source):
    publish(write("a", story_id="a"))
    publish(write("b", story_id="b"))
    Release.objects.filter(story_id="a").update(story=b"broken")
    faults = []
    stories = list(source.stories(faults.append))
    assert [each.story.story_id for each in stories] == ["b"]
    assert "release" in faults[0].fields["where"]


def test_pictures_come_by_the_hash_of_their_bytes(source):
    made = picture()
    assert source.open_picture(made.digest).startswith(b"\xff\xd8")
    with pytest.raises(ItemError):
        source.open_picture("0" * 64)
