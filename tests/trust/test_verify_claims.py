"""The publication's own signed fields."""

import contextlib
from datetime import UTC, datetime

import pytest
from adversary import NOW, Newsroom
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.metadata import Root, TargetFile, Targets, Timestamp

from tamizdat.errors import Failure, TrustError
from tamizdat.trust.claims import (
    EditionClaim,
    RetiredKey,
    checked_as_of,
    edition_claim,
    is_rehearsal,
    retired_keys,
    site_claim,
)

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["edition", "root", "time", "language", "site"]), inner)
    ),
)
GOOD_KEY = {"language": "ru", "public": "ab" * 32, "last_good": 7}


@pytest.fixture
def newsroom():
    return Newsroom()


def refused(call, value):
    with pytest.raises(TrustError) as error:
        call(value)
    return error.value.failure is Failure.MALFORMED


def test_checked_as_of(newsroom):
    timestamp = newsroom.signed["timestamp"]
    assert checked_as_of(timestamp) == NOW
    for bad in ("2031-05-01", "2031-05-01T12:00:00", "2031-13-01T12:00:00Z", "2031-05-01T12:00:00Z\n", 7, [], "٢"):
        timestamp.unrecognized_fields["x-tamizdat-time"] = bad
        assert refused(checked_as_of, timestamp)
    del timestamp.unrecognized_fields["x-tamizdat-time"]
    assert checked_as_of(timestamp) is None


def test_retired_keys(newsroom):
    targets = newsroom.signed["targets"]
    assert retired_keys(targets) == ()
    targets.unrecognized_fields["x-tamizdat-retired"] = [GOOD_KEY]
    assert retired_keys(targets) == (RetiredKey("ru", b"\xab" * 32, 7),)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        "ru",
        [7],
        [{}],
        [GOOD_KEY | {"language": "no such tag"}],
        [GOOD_KEY | {"public": "AB" * 32}],
        [GOOD_KEY | {"public": "ab" * 31}],
        [GOOD_KEY | {"last_good": True}],
        [GOOD_KEY | {"last_good": -1}],
        [GOOD_KEY | {"last_good": 2**53}],
        [GOOD_KEY, {}],
    ],
)
def test_retired_keys_that_no_publisher_of_ours_writes(newsroom, bad):
    newsroom.signed["targets"].unrecognized_fields["x-tamizdat-retired"] = bad
    assert refused(retired_keys, newsroom.signed["targets"])


def test_rehearsal(newsroom):
    root = newsroom.signed["root"]
    assert is_rehearsal(root) is False
    root.unrecognized_fields["x-tamizdat-rehearsal"] = True
    assert is_rehearsal(root) is True
    root.unrecognized_fields["x-tamizdat-rehearsal"] = 1
    assert refused(is_rehearsal, root)


def test_edition_claim(newsroom):
    (target,) = newsroom.signed["ru"].targets.values()
    claim = edition_claim(target)
    assert claim == EditionClaim(1, claim.root, datetime(2031, 5, 1, 11, tzinfo=UTC))
    assert len(claim.root) == 32
    good = dict(target.custom)
    for change in ({"edition": 0}, {"edition": "1"}, {"root": "x"}, {"root": None}, {"time": ""}, {"time": None}):
        target.unrecognized_fields["custom"] = good | change
        assert refused(edition_claim, target)
    del target.unrecognized_fields["custom"]
    assert refused(edition_claim, target)


def test_site_claim(newsroom):
    (target,) = newsroom.signed["ru"].targets.values()
    assert site_claim(target) is None
    good = dict(target.custom)
    target.unrecognized_fields["custom"] = good | {"site": "ab" * 32}
    assert site_claim(target) == b"\xab" * 32
    assert edition_claim(target).number == 1
    for bad in ("AB" * 32, "ab" * 31, "", 7, [], {}, True):
        target.unrecognized_fields["custom"] = good | {"site": bad}
        assert refused(site_claim, target)
        assert edition_claim(target).number == 1
    for nothing in ({"site": None}, "ab" * 32, None):
        target.unrecognized_fields["custom"] = nothing
        assert site_claim(target) is None


@given(ANY)
def test_any_value_is_a_claim_or_malformed(value):
    for call, carrier, field in (
        (checked_as_of, Timestamp(), "x-tamizdat-time"),
        (retired_keys, Targets(), "x-tamizdat-retired"),
        (is_rehearsal, Root(), "x-tamizdat-rehearsal"),
        (edition_claim, TargetFile(0, {"sha256": ""}, "ru/index"), "custom"),
        (site_claim, TargetFile(0, {"sha256": ""}, "ru/index"), "custom"),
    ):
        carrier.unrecognized_fields[field] = value
        with contextlib.suppress(TrustError):
            call(carrier)
