"""Order and search, and that neither holds more than one story whole."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.head import Head, SignedHead
from tamizdat.edition.index import FrontEntry, Index
from tamizdat.errors import UsageError
from tamizdat.reader.contents import find_story, in_order, listed
from tamizdat.reader.language import Edition
from tamizdat.story import Correction, Paragraph, Recording, SoundBlock, SoundFile, Story, rich

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def edition(*stories, front=()):
    head = Head("en", 1, NOW, len(stories), bytes(32))
    index = Index(SignedHead(head.to_bytes(), ()), 1, front=tuple(FrontEntry(name) for name in front))
    return Edition(head, index, {story.story_id: story_to_bytes(story) for story in stories}, b"")


def story(name, hours=0, *texts, **more):
    body = tuple(Paragraph(rich(text)) for text in texts or ("Text.",))
    return Story(name, "en", f"Headline of {name}", NOW - timedelta(hours=hours), body, **more)


def names(stories):
    return [found.story_id for found in stories]


def test_breaking_stories_come_first_then_the_front_page_then_the_newest():
    breaking = story("breaking", 9, breaking_until=NOW + timedelta(hours=1))
    over = story("over", 8, breaking_until=NOW - timedelta(hours=1))
    paper = edition(story("old", 5), story("new", 1), story("pinned", 7), breaking, over, front=("pinned",))
    assert names(listed(paper, NOW)) == ["breaking", "pinned", "new", "old", "over"]
    assert names(in_order(paper, NOW)) == names(listed(paper, NOW))


def test_a_retracted_story_is_not_pinned():
    gone = Story("gone", "en", "H", NOW - timedelta(hours=6), corrections=(Correction(NOW, "Forged.", "retraction"),))
    paper = edition(story("old", 5), story("new", 1), gone, front=("gone", "old"))
    assert names(listed(paper, NOW)) == ["old", "new", "gone"]
    assert names(listed(paper, NOW, "forged")) == ["gone"]


def test_search_finds_the_words_of_a_recording():
    recording = Recording(61, (SoundFile("1a" * 32, "audio/ogg", 12, 9),))
    heard = Story("heard", "en", "H", NOW, (SoundBlock("On the quay", (rich("A docker speaks."),), recording),))
    paper = edition(story("a"), heard)
    assert names(listed(paper, NOW, "docker")) == names(listed(paper, NOW, "quay")) == ["heard"]


def test_what_is_in_order_is_whole_and_what_is_listed_is_not():
    paper = edition(story("a", 0, "One.", "Two."))
    assert [len(found.body) for found in in_order(paper, NOW)] == [2]
    assert [len(found.body) for found in listed(paper, NOW)] == [0]


def test_search_finds_stories_that_hold_every_word_wherever_it_stands():
    paper = edition(story("a", 0, "A café in Gdańsk.", byline=("Ilka",)), story("b", 1, "A cafe elsewhere."))
    assert names(listed(paper, NOW, "CAFE")) == ["a", "b"]
    assert names(listed(paper, NOW, "cafe gdansk ilka")) == ["a"]
    assert names(listed(paper, NOW, "cafe nowhere")) == []


def test_a_story_that_is_not_there_names_those_that_begin_alike():
    paper = edition(story("strike-1"), story("strike-2"))
    assert find_story(paper, "strike-1").story_id == "strike-1"
    with pytest.raises(UsageError, match="did you mean strike-1, strike-2"):
        find_story(paper, "strike")


@pytest.mark.parametrize("words", ["", "x"])
def test_a_list_takes_no_more_room_than_its_longest_story(words):
    """Short paragraphs by the thousand: each takes a hundred times its bytes as a value."""
    paper = edition(*(story(f"s{number}", number, *["x"] * 2000) for number in range(40)))
    peaks = []
    for count in (1, 40):
        some = Edition(paper.head, paper.index, dict(list(paper.stories.items())[:count]), b"")
        listed(some, NOW, words)
        tracemalloc.start()
        assert len(listed(some, NOW, words)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]
