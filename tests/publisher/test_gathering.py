"""Whose a story is, and when it was: sources cannot replace each other's stories, nor stay on top by their dates."""

import sqlite3
from contextlib import contextmanager
from datetime import timedelta

import pytest

from publication_kit import NOW
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemError, ItemNote, SourceError
from tamizdat.publisher.gather import MAX_FAULTS, Gatherer
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.ledger_format import FORMAT, bring_up_to_date
from tamizdat.sources.port import Gathered
from tamizdat.story import Paragraph, Picture, Story, rich

DAY = timedelta(days=1)


class Given:
    """A source of these stories. ``faults`` are reported before them."""

    def __init__(self, name, *stories, complete=True, faults=()):
        self.name, self.complete = name, complete
        self._stories, self._faults = stories, faults

    def stories(self, report):
        for fault in self._faults:
            report(fault)
        for number, story in enumerate(self._stories, 1):
            dated = not isinstance(story, tuple)
            yield Gathered(story if dated else story[0], dated, f"{self.name}:{number}")

    def open_picture(self, origin):
        raise ItemError("is not an address of the public network", where=origin)


def story(story_id, headline="Own", language="en", published=NOW, **fields):
    return Story(story_id, language, headline, published, body=(Paragraph(rich("Text.")),), **fields)


def own(name, *stories, **options):
    return Given(name, *stories, **options)


def feed(name, *stories, **options):
    return Given(name, *stories, complete=False, **options)


@contextmanager
def opened(folder):
    ledger = Ledger(folder / "ledger.sqlite")
    try:
        yield ledger
    finally:
        ledger.close()


@pytest.fixture
def gather(tmp_path):
    """Gather from sources; gives the stories that are current then, by id, and the result."""

    def run(*sources, now=NOW):
        with opened(tmp_path) as ledger, ledger.transaction():
            gatherer = Gatherer(ledger, ["en", "ru"], lambda source, picture: source.open_picture(picture.origin), now)
            gatherer.gather([(source.name, source) for source in sources], lambda: None)
            current = {name: story_from_bytes(data) for name, data in ledger.stories("en").items()}
        return current, gatherer.result

    return run


def headlines(current):
    return {name: found.headline for name, found in current.items()}


# --- whose ---


def test_a_feed_that_is_listed_first_cannot_claim_the_newsrooms_own_story(gather):
    current, result = gather(feed("https://e.org/feed", story("a", "Forged")), own("stories", story("a")))
    assert headlines(current) == {"a": "Own"}
    assert [str(fault) for fault in result.faults] == ["https://e.org/feed:1: a (en) was already taken from stories:1"]
    assert result.failed


def test_a_feed_cannot_replace_a_story_whose_source_cannot_be_read_today(gather):
    gather(own("stories", story("a")))
    broken = own("stories", faults=[SourceError("is not a folder", source="stories")])
    current, result = gather(feed("feed", story("a", "Forged")), broken)
    assert headlines(current) == {"a": "Own"}
    assert any("belongs to stories" in str(fault) for fault in result.faults)


def test_the_id_of_a_removed_story_is_not_free_for_a_feed(gather):
    gather(own("stories", story("a"), story("b")))
    for _ in range(3):
        current, result = gather(own("stories", story("b")), feed("feed", story("a", "Forged")))
        assert headlines(current) == {"b": "Own"}
        assert [str(fault) for fault in result.faults] == [
            "feed:1: a (en) belongs to stories, which published it first: one source never replaces a story of another"
        ]


def test_a_story_that_scrolled_off_its_feed_stays_that_feeds(gather):
    gather(feed("one", story("a", "One")), feed("two", story("b", "Two")))
    current, result = gather(feed("one"), feed("two", story("a", "Forged"), story("b", "Two")))
    assert headlines(current) == {"a": "One", "b": "Two"}
    assert "belongs to one" in str(result.faults[0])


def test_what_a_feed_published_first_stays_the_feeds(gather):
    gather(feed("feed", story("a", "Feed")))
    current, result = gather(own("stories", story("a")), feed("feed"))
    assert headlines(current) == {"a": "Feed"}
    assert "stories:1: a (en) belongs to feed" in str(result.faults[0])


def test_a_source_that_left_the_settings_owns_nothing(gather):
    gather(feed("http://e.org/feed", story("a", "Old")))
    current, result = gather(feed("https://e.org/feed", story("a", "New")))
    assert (headlines(current), result.faults) == ({"a": "New"}, [])


def test_another_language_is_another_story(gather):
    gather(own("stories", story("a")))
    _, result = gather(own("stories", story("a")), feed("feed", story("a", "Перевод", "ru")))
    assert (result.faults, result.new) == ([], 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_story_moves_between_the_newsrooms_own_sources_without_leaving(gather, order):
    gather(*[own("old", story("a"), story("b")), own("new")][::order])
    current, result = gather(*[own("old", story("b")), own("new", story("a"))][::order])
    assert headlines(current) == {"a": "Own", "b": "Own"}
    assert (result.faults, result.removed, result.changed, result.removals) == ([], 0, 0, set())
    current, result = gather(*[own("old", story("b")), own("new")][::order])
    assert (headlines(current), result.removed) == ({"b": "Own"}, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_story_in_two_of_the_newsrooms_own_sources_stays_where_it_was(gather, order):
    gather(own("old", story("a")))
    current, result = gather(*[own("old", story("a")), own("new", story("a", "Other"))][::order])
    assert headlines(current) == {"a": "Own"}
    assert result.failed


@pytest.mark.parametrize("order", [1, -1])
def test_nothing_moves_while_its_owner_has_faults(gather, order):
    gather(own("old", story("a")))
    broken = own("old", faults=[ItemError("is not JSON", where="old:1")])
    current, result = gather(*[broken, own("new", story("a", "Other"))][::order])
    assert headlines(current) == {"a": "Own"}
    assert any("belongs to old" in str(fault) for fault in result.faults)


def test_a_story_of_a_source_that_was_renamed_can_still_be_removed(gather):
    gather(own("old", story("a"), story("b")))
    gather(own("new", story("a"), story("b")))
    current, result = gather(own("new", story("a")))
    assert (headlines(current), result.removed) == ({"a": "Own"}, 1)


def test_one_place_in_two_tables_is_one_source(gather):
    for _ in range(3):
        current, result = gather(own("archive", story("a")), own("archive", story("b")))
        assert headlines(current) == {"a": "Own", "b": "Own"}
        assert result.removed == 0
    current, result = gather(own("archive", story("a")), own("archive"))
    assert (headlines(current), result.removed) == ({"a": "Own"}, 1)


def test_ledgers_of_before_know_owners_by_what_was_listed(tmp_path, gather):
    gather(own("stories", story("a")))
    db = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    db.execute("DROP TABLE owner")
    db.execute("PRAGMA user_version = 2")
    assert bring_up_to_date(db) == FORMAT
    db.close()
    current, result = gather(own("stories"), feed("feed", story("a", "Forged")))
    assert (current, result.failed) == ({}, True)


# --- when ---


def test_a_date_far_ahead_gives_no_place_above_the_news(gather):
    ahead = NOW.replace(year=9999)
    current, result = gather(feed("feed", story("a", published=ahead, updated=ahead), story("b", published=NOW + DAY)))
    assert (current["a"].published, current["a"].updated, current["b"].published) == (NOW, None, NOW + DAY)
    assert [type(fault) for fault in result.faults] == [ItemNote, ItemNote]
    assert str(result.faults[0]) == (
        "feed:1: published is 9999-11-23 12:00, more than a day ahead: the time when it was first gathered stands in"
    )
    current, result = gather(feed("feed", story("a", published=ahead)), now=NOW + DAY)
    assert (current["a"].published, result.changed) == (NOW, 0)


def test_a_date_counts_once_it_is_near(gather):
    gather(own("stories", story("a", published=NOW + 3 * DAY)))
    current, _ = gather(own("stories", story("a", published=NOW + 3 * DAY)), now=NOW + 2 * DAY)
    assert current["a"].published == NOW + 3 * DAY


# --- faults ---


def test_faults_are_listed_up_to_a_number_and_counted_beyond(gather):
    faults = [ItemError("is not JSON", where=f"archive:{number}") for number in range(MAX_FAULTS + 500)]
    current, result = gather(own("archive", story("a"), faults=faults))
    assert (len(result.faults), str(result.faults[-1]), result.failed) == (
        MAX_FAULTS + 1,
        "archive: 500 more faults",
        True,
    )
    assert set(current) == {"a"}
    notes = [ItemNote("lost something", where=f"archive:{number}") for number in range(MAX_FAULTS + 1)]
    assert not gather(own("archive", story("a"), faults=notes))[1].failed
    notes.append(ItemError("is not JSON", where="archive:9"))
    assert gather(own("archive", faults=notes))[1].failed


def test_a_picture_that_is_refused_is_named_and_its_story_goes_on(gather):
    current, result = gather(feed("feed", story("a", picture=Picture("Alt", origin="http://169.254.169.254/x"))))
    assert current["a"].picture is None
    assert str(result.faults[0]) == (
        "feed:1: picture left out: http://169.254.169.254/x: is not an address of the public network"
    )
    assert not result.failed
