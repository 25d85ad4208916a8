"""Copies stand with the item that said it first, and hide nothing: neither other words, nor that one was taken back."""

from datetime import UTC, datetime

import pytest
from desk_kit import person
from wire_kit import WORDS, item, rss, serving, subscription

from tamizdat.errors import ItemWithdrawn
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.keeping import withdraw
from tamizdat.newsroom.ingest.lists import Asked
from tamizdat.newsroom.ingest.models import WireItem, WireRead
from tamizdat.newsroom.ingest.taking import TakeAsDraft

pytestmark = pytest.mark.django_db
OTHER = "The mayor has ordered everyone out of the city at once because of gas that leaks from a tanker. " * 3


@pytest.fixture
def desk():
    return person()


@pytest.fixture
def wires():
    """Three sources that say the same, each asked in turn."""
    with serving() as wire:
        feeds = [subscription(f"{wire.url}/{name}", name=name) for name in "abc"]

        def say(number, text=WORDS, title="Harbour closed"):
            feed = feeds[number]
            wire.files[f"/{feed.name}"] = rss(item(f"{feed.name}1", title, text))
            feed.refresh_from_db()
            fetch(feed)
            return WireItem.objects.get(subscription=feed)

        yield feeds, say


def _folded():
    return {each.subscription.name: each.same_as and each.same_as.subscription.name for each in WireItem.objects.all()}


def _listed(desk, **asked):
    return [each.headline for each in Asked(**asked).items(desk)]


def _withdraw(feed):
    note = ItemWithdrawn(
        "taken back", where="here", what=f"{feed.name}1", language="en", status="canceled", why="wrong"
    )
    return withdraw(feed, note, datetime.now(UTC))


def test_a_copy_that_says_something_else_now_shows_itself(desk, wires):
    _feeds, say = wires
    first, _copy, _third = say(0), say(1), say(2)
    assert _folded() == {"a": None, "b": "a", "c": "a"}
    WireRead.objects.create(item=first, person=desk)
    say(1, f"{WORDS} today.")
    assert _folded() == {"a": None, "b": "a", "c": "a"}
    assert _listed(desk, state="unread") == []
    say(1, OTHER, "EVACUATE NOW")
    assert _folded() == {"a": None, "b": None, "c": "a"}
    assert _listed(desk, state="unread") == ["EVACUATE NOW"]
    assert _listed(desk, words="evacuate") == ["EVACUATE NOW"]


def test_copies_of_what_says_something_else_now_show_themselves_once(desk, wires):
    _feeds, say = wires
    for number in range(3):
        say(number)
    say(0, OTHER, "EVACUATE NOW")
    assert _folded() == {"a": None, "b": None, "c": "b"}
    assert sorted(_listed(desk)) == ["EVACUATE NOW", "Harbour closed"]


def test_what_stood_in_the_list_is_not_folded_by_a_new_version(desk, wires):
    _feeds, say = wires
    say(0)
    say(1, OTHER, "EVACUATE NOW")
    say(1)
    assert _folded() == {"a": None, "b": None}


def test_copies_of_what_was_taken_back_show_themselves_once(desk, wires):
    feeds, say = wires
    say(0)
    say(1)
    assert _withdraw(feeds[0]) == 1
    assert _folded() == {"a": None, "b": None}
    say(2)
    assert _folded() == {"a": None, "b": None, "c": "b"}
    _withdraw(feeds[1])
    assert _folded() == {"a": None, "b": None, "c": None}


def test_a_copy_that_was_taken_back_is_seen_beside_what_still_says_it(desk, wires):
    feeds, say = wires
    say(0)
    say(1, title="Of the second")
    assert _listed(desk, state="withdrawn") == []
    _withdraw(feeds[1])
    assert _listed(desk, state="withdrawn") == ["Of the second"]


def test_a_copys_own_words_find_the_item_and_lead_to_the_copy(client, desk, wires):
    _feeds, say = wires
    first, copy = say(0), say(1, f"{WORDS} Zeppelins.")
    assert _folded()["b"] == "a"
    assert _listed(desk, words="zeppelins harbour") == ["Harbour closed"]
    assert _listed(desk, words="zeppelins submarines") == []
    assert [each.pk for each in Asked(words="zeppelins").items(desk)] == [first.pk]
    client.force_login(desk)
    assert (
        f'<a href="/admin/wires/?item={copy.pk}">b</a>' in client.get(f"/admin/wires/?item={first.pk}").content.decode()
    )
    assert "Zeppelins." in client.get(f"/admin/wires/?item={copy.pk}").content.decode()


def test_a_draft_of_a_copy_is_told_of_on_the_item(desk, wires):
    _feeds, say = wires
    say(0)
    TakeAsDraft(say(1), desk).execute()
    (row,) = Asked(state="taken").items(desk)
    assert (row.subscription.name, row.is_taken, row.is_news) == ("a", True, False)
    say(1, f"{WORDS} today.")
    (row,) = Asked(state="taken").items(desk)
    assert (row.subscription.name, row.is_news) == ("a", True)
