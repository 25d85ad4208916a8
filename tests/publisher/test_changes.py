"""A source that knows its changes: asking for them alone comes to what reading everything comes to."""

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publication_kit import NOW
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemError, SourceError
from tamizdat.publisher.gather import Gatherer
from tamizdat.publisher.ledger import Ledger
from tamizdat.sources.port import Gathered, Gone
from tamizdat.story import Paragraph, Picture, PictureBlock, Story, rich

FILE = "ab" * 32


def story(story_id, headline="Own", language="en", **fields):
    return Story(story_id, language, headline, fields.pop("published", NOW), body=(Paragraph(rich("Text.")),), **fields)


class Log:
    """A source in memory that remembers in which order its stories changed."""

    complete = True

    def __init__(self, name="newsroom"):
        self.name = name
        self.stories_now = {}
        self.changed = []
        self.whole = 0
        self.asked = []
        self.faulty = set()
        self.pictures = set()

    def put(self, *stories):
        for told in stories:
            self.stories_now[told.language, told.story_id] = told
            self.changed.append((told.language, told.story_id))

    def drop(self, story_id, language="en"):
        self.stories_now.pop((language, story_id), None)
        self.changed.append((language, story_id))

    def stories(self, report):
        self.whole += 1
        yield from filter(None, (self._one(key, report) for key in list(self.stories_now)))

    def open_picture(self, origin):
        if origin not in self.pictures:
            raise ItemError("cannot be had", where=origin)
        return b"picture"

    def _one(self, key, report):
        if key not in self.stories_now:
            return Gone(*key)
        if key in self.faulty:
            report(ItemError("is not whole", where=key[1], what=key[1]))
            return None
        return Gathered(self.stories_now[key], True, f"{self.name}:{key[1]}")


class ChangingLog(Log):
    """The same, asked for changes."""

    @property
    def mark(self):
        return str(len(self.changed))

    def changes(self, since, again, report):
        if not since.isdecimal() or int(since) > len(self.changed):
            return None
        asked = dict.fromkeys([*self.changed[int(since) :], *sorted(again)])
        self.asked.append(list(asked))
        return filter(None, (self._one(key, report) for key in asked))


class Feed:
    """A source of which nobody knows what it has no longer."""

    complete = False

    def __init__(self, *stories):
        self.name, self._stories = "feed", stories

    def stories(self, report):
        for told in self._stories:
            yield Gathered(told, True, f"feed:{told.story_id}")


class Book:
    """A ledger and what is gathered into it."""

    def __init__(self, folder, languages=("en", "ru")):
        self.ledger = Ledger(folder / "ledger.sqlite")
        self.languages = languages

    def gather(self, *sources, now=NOW, taker="", again=(), changing_only=False):
        with self.ledger.transaction():
            gatherer = Gatherer(self.ledger, self.languages, _pressed, now, taker=taker, again=again)
            named = [(source.name, source) for source in sources]
            gatherer.gather(named, lambda: None, changing_only=changing_only)
        return gatherer.result

    @property
    def current(self):
        found = (story_from_bytes(data) for name in ("en", "ru") for data in self.ledger.stories(name).values())
        return {(told.language, told.story_id): told for told in found}

    @property
    def headlines(self):
        return {key[1]: told.headline for key, told in self.current.items()}


def _pressed(source, picture):
    source.open_picture(picture.origin)
    return replace(picture, file=FILE, width=10, height=10, media_type="image/jpeg", origin="")


@contextmanager
def opened(folder):
    folder.mkdir(exist_ok=True)
    book = Book(folder)
    try:
        yield book
    finally:
        book.ledger.close()


@pytest.fixture
def book(tmp_path):
    with opened(tmp_path) as book:
        yield book


@pytest.fixture
def log():
    return ChangingLog()


# --- what is asked for ---


def test_what_did_not_change_is_not_read_again(book, log):
    log.put(story("a"), story("b"))
    book.gather(log)
    log.put(story("a", "Changed"))
    log.drop("b")
    result = book.gather(log)
    assert book.headlines == {"a": "Changed"}
    assert (log.whole, log.asked) == (1, [[("en", "a"), ("en", "b")]])
    assert (result.read, result.changed, result.removed, result.removals) == (2, 1, 1, {"en"})
    book.gather(log)
    assert log.asked[-1] == []


@pytest.mark.parametrize("mark", ["what?", "99"])
def test_a_mark_that_the_source_does_not_know_has_it_read_whole(book, log, mark):
    log.put(story("a"))
    book.gather(log)
    with book.ledger.transaction():
        book.ledger.memory.set_mark("newsroom", "", mark, ())
    log.stories_now.clear()
    book.gather(log)
    assert (log.whole, book.headlines) == (2, {})


def test_other_settings_have_it_read_whole(book, log):
    log.put(story("a"), story("f", language="fa"))
    book.gather(log, taker="en ru")
    book.languages = ("en", "ru", "fa")
    book.gather(log, taker="en ru fa")
    assert log.whole == 2
    assert book.ledger.story("fa", "f")
    book.gather(log, taker="en ru fa")
    assert log.whole == 2


def test_what_happens_while_it_is_read_is_read_next_time(book, log):
    log.put(story("a"))
    read = log.stories

    def meanwhile(report):
        yield from read(report)
        log.put(story("late"))

    log.stories = meanwhile
    book.gather(log)
    book.gather(log)
    assert set(book.headlines) == {"a", "late"}


def test_stories_that_the_publisher_doubts_are_asked_for(book, log):
    log.put(story("a"), story("b"))
    book.gather(log)
    book.gather(log, again={("en", "b"), ("ru", "never")})
    assert log.asked == [[("en", "b"), ("ru", "never")]]
    assert set(book.headlines) == {"a", "b"}


# --- faults ---


def test_a_source_that_breaks_off_is_asked_for_the_same_again(book, log):
    log.put(story("a"))
    book.gather(log)
    log.put(story("a", "Second"), story("b"))
    changes = log.changes

    def broken(since, again, report):
        yield next(changes(since, again, report))
        raise SourceError("the database is gone", source="newsroom")

    log.changes = broken
    assert book.gather(log).failed
    del log.changes
    assert not book.gather(log).failed
    assert book.headlines == {"a": "Second", "b": "Own"}
    assert log.whole == 1


def test_an_item_that_the_source_could_not_make_is_asked_for_until_it_can(book, log):
    log.put(story("a"))
    book.gather(log)
    log.put(story("b"))
    log.faulty.add(("en", "b"))
    for _ in range(2):
        assert book.gather(log).failed
    log.faulty.clear()
    book.gather(log)
    assert set(book.headlines) == {"a", "b"}
    assert log.whole == 1


def test_a_picture_that_could_not_be_had_is_asked_for_again(book, log):
    log.put(story("a", picture=Picture("Alt", origin="o")), story("b"))
    book.gather(log)
    assert book.current["en", "a"].picture is None
    log.pictures.add("o")
    book.gather(log)
    assert book.current["en", "a"].picture.file == FILE
    assert (log.whole, log.asked) == (1, [[("en", "a")]])
    book.gather(log)
    assert log.asked[-1] == []


def test_a_date_that_was_too_far_ahead_is_asked_for_again(book, log):
    ahead = NOW + timedelta(days=3)
    log.put(story("a", published=ahead))
    book.gather(log)
    book.gather(log, now=NOW + timedelta(days=2, hours=1))
    assert book.current["en", "a"].published == ahead


def test_a_story_of_another_source_is_asked_for_until_it_may_be_taken(book, log):
    book.gather(Feed(story("a", "Feed")))
    log.put(story("a"), story("b"))
    for _ in range(2):
        assert book.gather(log, Feed()).failed
    assert book.headlines == {"a": "Feed", "b": "Own"}
    assert not book.gather(log).failed
    assert (book.headlines["a"], log.whole) == ("Own", 1)


def test_a_story_that_is_missing_beside_a_fault_is_looked_for_again(book, log):
    log.put(story("a"), story("b"))
    book.gather(log, taker="1")
    log.drop("b")
    log.faulty.add(("en", "a"))
    book.gather(log, taker="2")
    assert set(book.headlines) == {"a", "b"}
    log.faulty.clear()
    book.gather(log, taker="2")
    assert set(book.headlines) == {"a"}


# --- among others ---


def test_a_feed_cannot_take_a_story_that_did_not_change(book, log):
    log.put(story("a"))
    for _ in range(3):
        result = book.gather(log, Feed(story("a", "Forged")))
        assert (book.headlines, result.failed) == ({"a": "Own"}, True)
    assert log.whole == 1


def test_nothing_moves_away_from_a_source_that_still_has_it(book, log):
    log.put(story("a"))
    other = ChangingLog("other")
    book.gather(log, other)
    other.put(story("a", "Other"))
    for _ in range(2):
        assert book.gather(log, other).failed
        assert book.headlines == {"a": "Own"}
    log.drop("a")
    result = book.gather(log, other)
    assert (book.headlines, result.failed, result.removed) == ({"a": "Other"}, False, 0)
    assert (log.whole, other.whole) == (1, 1)


def test_a_withdrawn_story_stays_away(book, log):
    log.put(story("a"))
    book.gather(log)
    with book.ledger.transaction():
        book.ledger.memory.withdraw("en", "a")
        book.ledger.remove("en", "a")
    log.put(story("a", "Again"))
    result = book.gather(log)
    assert (book.headlines, result.failed) == ({}, False)


def test_sources_that_do_not_know_their_changes_may_wait(book, log):
    log.put(story("a"))
    book.gather(log, Feed(story("f", "Feed")))
    log.put(story("f", "Forged"), story("b"))
    result = book.gather(log, Feed(), changing_only=True)
    assert (book.headlines, result.failed) == ({"a": "Own", "b": "Own", "f": "Feed"}, True)
    folder = Log("folder")
    folder.put(story("c"))
    book.gather(log, folder)
    folder.drop("c")
    book.gather(log, folder, changing_only=True)
    assert "c" in book.headlines
    log.put(story("c", "Moved"))
    book.gather(log, folder, changing_only=True)
    assert book.headlines["c"] == "Own"
    book.gather(log, folder)
    assert book.headlines["c"] == "Moved"


# --- always ---

KEYS = st.tuples(st.sampled_from(["en", "ru", "fa"]), st.sampled_from("abc"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.sampled_from(["One", "Two", "Three"]), st.sampled_from(["", "o", "p"])),
        st.tuples(st.just("drop"), KEYS),
        st.tuples(st.just("picture"), st.sampled_from("op")),
        st.tuples(st.just("gather"), st.integers(0, 1), st.booleans()),
        st.tuples(st.just("break")),
        st.tuples(st.just("fault"), KEYS),
        st.tuples(st.just("mend")),
        st.tuples(st.just("withdraw"), KEYS),
    ),
    max_size=25,
)


class Twins:
    """Two ledgers: one of a source that is asked for changes, one of its twin that is always read whole."""

    def __init__(self, folder, changing, whole):
        self.sources = ChangingLog(), Log()
        self.books = changing, whole
        self.moment = NOW

    def take(self, kind, *values):
        for source, book in zip(self.sources, self.books, strict=True):
            match kind, *values:
                case "put", (language, story_id), headline, origin:
                    block = (PictureBlock(Picture("Alt", origin=origin)),) if origin else ()
                    source.put(replace(story(story_id, headline, language), body=(Paragraph(rich("Text.")), *block)))
                case "drop", (language, story_id):
                    source.drop(story_id, language)
                case "picture", origin:
                    source.pictures ^= {origin}
                case "fault", key:
                    source.faulty.add(key)
                case ("mend",):
                    source.faulty.clear()
                case "withdraw", (language, story_id):
                    with book.ledger.transaction():
                        book.ledger.memory.withdraw(language, story_id)
                        if book.ledger.story(language, story_id):
                            book.ledger.remove(language, story_id)
                case "gather", languages, with_feed:
                    book.languages = ("en", "ru") if languages else ("en",)
                    feed = [Feed(story("b", "Feed"), story("c", "Feed", "ru"))] if with_feed else []
                    book.gather(source, *feed, taker=f"{languages}{with_feed}", now=self.moment)
                case ("break",):
                    self._break(source, book)

    def _break(self, source, book):
        """A run that ends before its end leaves nothing."""
        with suppress(EOFError), book.ledger.transaction():
            gatherer = Gatherer(book.ledger, book.languages, _pressed, NOW, taker="11")
            gatherer.gather([(source.name, source)], lambda: None)
            raise EOFError


@settings(max_examples=60)
@given(STEPS)
def test_any_changes_come_to_what_reading_everything_comes_to(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("twins")
    with opened(folder / "changing") as changing, opened(folder / "whole") as whole:
        twins = Twins(folder, changing, whole)
        for step in steps:
            twins.take(*step)
        # Whatever was still missing at the last gathering is there once all is well: nothing was lost.
        twins.take("mend")
        for _ in range(2):
            twins.take("gather", 1, False)
        assert changing.current == whole.current
        assert changing.ledger.memory.listed("newsroom") == whole.ledger.memory.listed("newsroom")
