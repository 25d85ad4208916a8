"""How long items of wires are kept, and that none comes back as news."""

from datetime import UTC, datetime, timedelta

import pytest
from wire_kit import fetched, item, rss, serving, subscription

from tamizdat.newsroom.ingest.keeping import forget_old
from tamizdat.newsroom.ingest.models import WireItem

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(microsecond=0)


def _days(number):
    return NOW + timedelta(days=number)


def _update(at):
    return f'<a:updated xmlns:a="http://www.w3.org/2005/Atom">{at.isoformat()}</a:updated>'


def _kept():
    return set(WireItem.objects.values_list("story_id", flat=True))


@pytest.fixture
def wire():
    with serving() as server:
        yield server


def _age(story_id, days):
    """As if it had come in so many days ago, and nothing since."""
    WireItem.objects.filter(story_id=story_id).update(
        received=_days(-days), changed=_days(-days), published=_days(-days)
    )


def test_what_was_forgotten_does_not_come_back_while_its_source_lists_it(wire):
    wire.files["/feed"] = rss(item("new"), item("old", date=_days(-29)))
    harbour = subscription(f"{wire.url}/feed")
    assert fetched(harbour) == 2
    _age("old", 31)
    wire.files["/feed"] = rss(item("new"), item("old", date=_days(-31)))
    assert forget_old(datetime.now(UTC)) == 1
    assert fetched(harbour) == 0
    assert _kept() == {"new"}
    harbour.keep_days = 60
    harbour.save()
    assert fetched(harbour) == 1, "who keeps more has more"


def test_an_old_item_that_is_updated_now_is_news(wire):
    wire.files["/feed"] = rss(item("old", date=_days(-90), more=_update(_days(-1))), item("older", date=_days(-90)))
    harbour = subscription(f"{wire.url}/feed")
    assert fetched(harbour) == 1
    assert _kept() == {"old"}
    assert forget_old(datetime.now(UTC)) == 0


def test_what_changed_lately_is_kept_however_long_ago_it_came(wire):
    wire.files["/feed"] = rss(item("one"))
    harbour = subscription(f"{wire.url}/feed")
    fetched(harbour)
    WireItem.objects.update(received=_days(-40), published=_days(-41))
    assert forget_old(datetime.now(UTC)) == 0
    WireItem.objects.update(changed=_days(-31))
    assert forget_old(datetime.now(UTC)) == 1


@pytest.mark.parametrize(("ahead", "gone"), [(2, 0), (3_000, 1)])
def test_what_is_dated_ahead_stays_as_long_as_it_would_come_in_but_not_for_ever(wire, ahead, gone):
    wire.files["/feed"] = rss(item("one", date=_days(ahead)))
    harbour = subscription(f"{wire.url}/feed")
    assert fetched(harbour) == 1
    WireItem.objects.update(received=_days(-40), changed=_days(-40))
    assert forget_old(datetime.now(UTC)) == gone


def test_items_that_name_no_date_are_taken(wire):
    undated = "<item><guid>x</guid><title>Undated</title><description>&lt;p&gt;What.&lt;/p&gt;</description></item>"
    wire.files["/feed"] = rss(undated)
    assert fetched(subscription(f"{wire.url}/feed")) == 1


def _undated(guid):
    said = f"<description>&lt;p&gt;{guid} says.&lt;/p&gt;</description>"
    return f"<item><guid>{guid}</guid><title>Undated</title>{said}</item>"


def _all_old(days=31):
    """As if everything had come in so many days ago, and nobody had looked since."""
    WireItem.objects.update(received=_days(-days), changed=_days(-days), published=_days(-days))
    WireItem.objects.exclude(listed=None).update(listed=_days(-days))


def test_what_names_no_date_is_kept_while_its_source_lists_it_and_does_not_come_back_as_news(wire):
    wire.files["/feed"] = rss(_undated("stays"), _undated("goes"), item("dated"))
    harbour = subscription(f"{wire.url}/feed")
    assert fetched(harbour) == 3
    _all_old()
    wire.files["/feed"] = rss(_undated("stays"))
    assert fetched(harbour) == 0
    assert forget_old(datetime.now(UTC)) == 2, "what has a date, and what scrolled away"
    assert _kept() == {"stays"}
    assert fetched(harbour) == 0, "it is known, and no news"


def test_what_a_source_leaves_out_once_is_not_forgotten_at_once(wire):
    wire.files["/feed"] = rss(_undated("one"), _undated("two"))
    harbour = subscription(f"{wire.url}/feed")
    fetched(harbour)
    _all_old()
    WireItem.objects.update(listed=_days(-1))
    wire.files["/feed"] = rss(_undated("one"))
    fetched(harbour)
    assert forget_old(datetime.now(UTC)) == 0


def test_a_source_that_fails_lists_what_it_listed_last(wire):
    wire.files["/feed"] = rss(_undated("one"), _undated("two"))
    harbour = subscription(f"{wire.url}/feed")
    fetched(harbour)
    _all_old()
    wire.files.pop("/feed")
    fetched(harbour)
    harbour.refresh_from_db()
    assert harbour.fault
    assert forget_old(datetime.now(UTC)) == 0
    wire.files["/feed"] = rss(_undated("one"), _undated("two"))
    assert fetched(harbour) == 0


def test_what_was_cut_off_was_not_read_to_its_end(wire, monkeypatch):
    wire.files["/feed"] = rss(_undated("one"), _undated("two"))
    harbour = subscription(f"{wire.url}/feed")
    fetched(harbour)
    _all_old()
    monkeypatch.setattr("tamizdat.newsroom.ingest.fetching.MAX_ITEMS", 1)
    wire.files["/feed"] = rss(_undated("one"), _undated("new"), _undated("newer"), _undated("two"))
    assert fetched(harbour) == 1
    assert forget_old(datetime.now(UTC)) == 0


def test_another_source_does_not_say_what_this_one_lists(wire):
    wire.files["/feed"], wire.files["/other"] = rss(_undated("one")), rss(_undated("two"))
    harbour, other = subscription(f"{wire.url}/feed"), subscription(f"{wire.url}/other", name="Other")
    fetched(harbour)
    fetched(other)
    _all_old()
    WireItem.objects.filter(story_id="one").update(listed=_days(-32))
    assert forget_old(datetime.now(UTC)) == 0
