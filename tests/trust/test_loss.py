"""Promise 3: what a thief can do, and until when, for each key. The same table is docs/reference/keys-threats.md."""

from datetime import timedelta

import pytest
from ring import NOW

from tamizdat.trust import loss
from tamizdat.trust.double import Double
from tamizdat.trust.loss import FORGE, FREEZE, HAND_OVER, TAKE_OVER, rehearse_loss

LANGUAGES = ("fa", "ru")
NOT, NEW, ALL = "refused", "new readers", "all readers"
FOR_EVER = 0
# Role, haul (by number): goal -> who believes it, and for how many days after revocation at the latest.
EXPECTED = {
    ("timestamp", 0): {FREEZE: (ALL, 30)},
    ("snapshot", 0): {},
    ("snapshot", 1): {FREEZE: (ALL, 90)},
    ("timestamp", 1): {FREEZE: (ALL, 90)},
    ("ru", 0): {FORGE: (NEW, 7)},
    ("ru", 1): {FREEZE: (ALL, 365), FORGE: (ALL, 365)},
    ("app", 0): {FORGE: (NEW, 7)},
    ("app", 1): {FREEZE: (ALL, 365), FORGE: (ALL, 365)},
    ("targets", 0): {FREEZE: (ALL, 90)},
    ("targets", 1): {HAND_OVER: (NEW, 7)},
    ("targets", 2): {FREEZE: (ALL, 90), HAND_OVER: (ALL, 365)},
    ("root", 0): {FREEZE: (ALL, 90)},
    ("root", 1): {TAKE_OVER: (ALL, FOR_EVER)},
    ("root", 2): {FREEZE: (ALL, 90), TAKE_OVER: (ALL, FOR_EVER)},
}


@pytest.fixture(scope="module")
def losses():
    return {
        role: rehearse_loss(LANGUAGES, role, NOW) for role in ("root", "targets", "snapshot", "timestamp", "app", "ru")
    }


@pytest.mark.parametrize(("role", "haul"), EXPECTED)
def test_a_thief_can_do_what_the_table_says_and_no_more(losses, role, haul):
    subject = {"ru": "ru", "app": "the app"}.get(role, "fa")
    expected = {goal.format(subject=subject): found for goal, found in EXPECTED[role, haul].items()}
    for attempt in losses[role].scenes[haul].attempts:
        who, days = expected.get(attempt.goal, (NOT, None))
        if who == NOT:
            assert attempt.until is None, attempt
            assert "refused" in attempt.sentence
            continue
        assert attempt.only_new == (who == NEW), attempt
        assert attempt.endless == (days == FOR_EVER), attempt
        if days:
            # Believed for whole days that end before the expiry.
            assert attempt.until == NOW + timedelta(days=days - 1), attempt
            assert f"until {attempt.until:%Y-%m-%d}" in attempt.sentence
        else:
            assert "for ever" in attempt.sentence


def test_every_loss_but_that_of_two_root_keys_is_recovered_from(losses):
    for role, found in losses.items():
        assert found.comes_back, role
        assert found.shut_out, role
        assert found.recovered


def test_hauls_are_named(losses):
    assert [scene.haul for scene in losses["ru"].scenes] == ["the ru key alone", "the keys of ru, snapshot, timestamp"]
    assert [scene.haul for scene in losses["timestamp"].scenes][1] == "the keys of snapshot, timestamp"


def test_a_recovery_that_leaves_the_thief_a_key_is_not_called_one(monkeypatch):
    # The play must be able to fail: here the newsroom forgets to take back anything.
    monkeypatch.setattr(loss, "_revoked", lambda double, *_: double)
    found = rehearse_loss(LANGUAGES, "ru", NOW)
    assert not found.shut_out
    assert not found.recovered


@pytest.mark.parametrize("kept", ["snapshot", "timestamp", "ru"])
def test_a_recovery_that_forgets_one_key_is_not_called_one(monkeypatch, kept):
    whole = loss._revoked

    def forgetful(double, state, held, when):
        return whole(double, state, {role: keys for role, keys in held.items() if role != kept}, when)

    monkeypatch.setattr(loss, "_revoked", forgetful)
    assert rehearse_loss(LANGUAGES, "ru", NOW).shut_out == (kept == "snapshot")


def test_a_recovery_that_readers_refuse_is_not_called_one(monkeypatch):
    def stranger(double, state, held, when):
        other, _ = Double.begin(LANGUAGES, when)
        return other

    monkeypatch.setattr(loss, "_revoked", stranger)
    found = rehearse_loss(LANGUAGES, "ru", NOW)
    assert not found.comes_back
    assert not found.recovered
