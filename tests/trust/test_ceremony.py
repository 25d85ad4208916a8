import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ring import LATER, NOW, begun, everybody, opened, publics, signed

from tamizdat.errors import CeremonyError, StoryError, UsageError
from tamizdat.trust.ceremony import answer, asked_keys, describe, finish, missing, quorums
from tamizdat.trust.changes import change_offline, first_keys, renew, replace_online
from tamizdat.trust.keyfile import canonical, key_code
from tamizdat.trust.plans import RootPlan, TargetsPlan, is_good, read_root, read_targets
from tamizdat.trust.request import Answer, Request
from tamizdat.trust.roles import expiry
from tamizdat.trust.sign import Retired, sign_metadata, signed_bytes
from tamizdat.trust.state import State
from tamizdat.trust.verify import TrustedSet


@pytest.fixture(scope="module")
def ring():
    return everybody()


@pytest.fixture(scope="module")
def state(ring):
    return begun(ring)


def reread(request):
    found = Request.from_bytes(request.to_bytes(describe(request)), "request.json")
    assert found == request
    assert found.digest == request.digest
    return found


def forged(request, change, file="request.json"):
    """The request file after somebody has been at it."""
    fields = json.loads(request.to_bytes())
    change(fields)
    return canonical(fields)


# --- First keys -----------------------------------------------------------------------------------------------------


def test_two_of_three_make_a_publication(ring):
    request = reread(first_keys("Over There", publics(ring), NOW))
    answers = [answer(request, key) for key in (*ring["root"][:2], *ring["targets"][1:])]
    answers = [Answer.from_bytes(given.to_bytes(), "a") for given in answers]
    finished = finish(request, answers)
    assert sorted(finished.files) == ["1.root.json", "1.targets.json"]
    state = finished.state
    assert state.roles == ("root", "targets", "snapshot", "timestamp", "app", "fa", "ru")
    assert [state.threshold_of(role) for role in ("root", "targets", "ru")] == [2, 2, 1]
    assert state.keys_of("ru")[0].public == ring["ru"][0].key.public
    assert state.keys_of("de") == ()
    assert {key.name for key in state.keys_of("root")} == {"Anna", "Boris", "Clara"}
    assert not state.rehearsal
    assert TrustedSet(finished.files["1.root.json"], now=NOW).root.version == 1


def test_one_of_three_is_not_enough_and_the_error_says_who_is_missing(ring):
    request = first_keys("Over There", publics(ring), NOW)
    answers = [answer(request, key) for key in (ring["root"][0], *ring["targets"][:2])]
    with pytest.raises(CeremonyError, match=r"root has 1 of 2 signatures.*Boris.*Clara") as caught:
        finish(request, answers)
    assert "Anna" not in str(caught.value)
    assert missing(request, [*answers, answer(request, ring["root"][2])]) == ()


def test_the_same_answer_twice_counts_once(ring):
    request = first_keys("Over There", publics(ring), NOW)
    once = answer(request, ring["root"][0])
    with pytest.raises(CeremonyError, match="1 of 2"):
        finish(request, [once, once, *(answer(request, key) for key in ring["targets"])])


@pytest.mark.parametrize(
    ("drop", "more", "sentence"),
    [
        ("root", 0, "role root, and 2 are given"),
        ("snapshot", 0, "role snapshot, and 0"),
        ("app", 2, "role app, and 2"),
        ("ru", 2, "two keys are given for the language ru"),
    ],
)
def test_first_keys_need_everybody(ring, drop, more, sentence):
    keys = [key for key in publics(ring) if key != ring[drop][0].key] + [opened(drop).key for _ in range(more)]
    with pytest.raises(UsageError, match=sentence):
        first_keys("Over There", keys, NOW)


def test_a_publication_without_a_language_is_none(ring):
    with pytest.raises(UsageError, match="at least one language"):
        first_keys("x", [key for key in publics(ring) if key.role not in {"fa", "ru"}], NOW)


def test_a_public_file_given_twice_counts_once(ring):
    with pytest.raises(UsageError, match="role root, and 2"):
        first_keys("x", [*publics(ring)[1:], ring["root"][1].key], NOW)


# --- Renewal, rotation, revocation ----------------------------------------------------------------------------------


def test_renewal_keeps_keys_and_moves_expiry(ring, state):
    after = signed(reread(renew("Over There", state, LATER)), ring["root"] + ring["targets"]).state
    assert (after.root.version, after.targets.version) == (2, 2)
    assert after.root.expires == expiry("root", LATER)
    assert after.root.keys == state.root.keys
    assert after.fingerprint == state.fingerprint
    only = signed(reread(renew("Over There", state, LATER, ["targets"])), ring["targets"]).state
    assert (only.root.version, only.targets.version) == (1, 2)
    assert sorted(quorum.part for quorum in quorums(renew("x", state, LATER, ["root"]))) == ["root", "root"]


@pytest.mark.parametrize("role", ["snapshot", "timestamp"])
def test_a_new_snapshot_or_timestamp_key_needs_root_only(ring, state, role):
    fresh = opened(role)
    finished = signed(reread(replace_online("Over There", state, [fresh.key], LATER)), ring["root"])
    assert sorted(finished.files) == ["2.root.json"]
    assert finished.state.keys_of(role)[0].public == fresh.key.public
    trusted = TrustedSet(state.roots[0], now=LATER)
    trusted.update_root(finished.files["2.root.json"])
    assert trusted.root.roles[role].keyids == [fresh.keyid]


def test_a_language_key_is_retired_with_its_last_good_edition(ring, state):
    fresh = opened("ru")
    finished = signed(reread(replace_online("Over There", state, [fresh.key], LATER, {"ru": 41})), ring["targets"])
    assert finished.state.targets.retired == (Retired("ru", ring["ru"][0].key.public, 41),)
    assert finished.state.keys_of("ru")[0].public == fresh.key.public
    for last_good in (None, {}, {"fa": 3}, {"ru": -1}):
        with pytest.raises(UsageError, match=r"edition in ru .* --last-good"):
            replace_online("Over There", state, [fresh.key], LATER, last_good)
    again = replace_online("Over There", finished.state, [opened("ru").key], LATER, {"ru": 50})
    assert len(signed(reread(again), ring["targets"]).state.targets.retired) == 2


def test_all_keys_of_a_stolen_machine_are_replaced_in_one_ceremony(ring, state):
    fresh = [opened(role) for role in ("snapshot", "timestamp", "app", "fa", "ru")]
    request = reread(replace_online("x", state, [key.key for key in fresh], LATER, {"fa": 3, "ru": 41}))
    finished = signed(request, [*ring["root"], *ring["targets"]])
    assert sorted(finished.files) == ["2.root.json", "2.targets.json"]
    for key in fresh:
        assert [held.public for held in finished.state.keys_of(key.key.role)] == [key.key.public]
    assert [(gone.language, gone.last_good) for gone in finished.state.targets.retired] == [("fa", 3), ("ru", 41)]


def test_a_new_language_and_a_new_app_key_retire_nothing(ring, state):
    for role in ("de", "app"):
        finished = signed(reread(replace_online("Over There", state, [opened(role).key], LATER)), ring["targets"])
        assert finished.state.targets.retired == ()
        assert finished.state.keys_of(role)
    with pytest.raises(StoryError):
        replace_online("Over There", state, [replace(opened("de").key, role="D E")], LATER)


def test_offline_keys_are_not_made_on_the_publishing_machine(state):
    with pytest.raises(UsageError, match="offline"):
        replace_online("Over There", state, [opened("root").key], LATER)


def test_a_root_key_changes_by_old_and_new_quorum(ring, state):
    gone, fresh = ring["root"][0], opened("root", "Dora")
    request = reread(change_offline("Over There", state, "root", gone.keyid, fresh.key, LATER))
    finished = signed(request, [ring["root"][1], ring["root"][2]])
    assert {key.name for key in finished.state.keys_of("root")} == {"Boris", "Clara", "Dora"}
    # Without a quorum of the old keys a thief could do the same: the new one and one old are not enough.
    with pytest.raises(CeremonyError, match="root has 1 of 2"):
        signed(request, [fresh, ring["root"][1]])
    # Nor are old keys alone, one of which is leaving.
    with pytest.raises(CeremonyError, match="root has 1 of 2"):
        signed(request, [gone, ring["root"][1]])


def test_a_targets_key_changes_and_targets_is_signed_anew(ring, state):
    gone, fresh = ring["targets"][0], opened("targets", "Dora")
    request = reread(change_offline("Over There", state, "targets", gone.keyid, fresh.key, LATER))
    finished = signed(request, [*ring["root"], fresh, ring["targets"][1]])
    assert sorted(finished.files) == ["2.root.json", "2.targets.json"]
    assert gone.key.public not in asked_keys(request)


def test_a_lost_key_may_go_without_a_successor_while_enough_are_left(ring, state):
    finished = signed(reread(change_offline("x", state, "root", ring["root"][0].keyid, None, LATER)), ring["root"])
    assert len(finished.state.keys_of("root")) == 2
    with pytest.raises(UsageError, match="too few"):
        change_offline("x", finished.state, "root", ring["root"][1].keyid, None, LATER)


def test_change_offline_refuses_what_makes_no_sense(ring, state):
    with pytest.raises(UsageError, match=r"no root key; there are: .*Anna"):
        change_offline("x", state, "root", "00000000", None, LATER)
    with pytest.raises(UsageError, match="no snapshot key"):
        change_offline("x", state, "snapshot", ring["snapshot"][0].keyid, None, LATER)
    with pytest.raises(UsageError, match="for targets, not for root"):
        change_offline("x", state, "root", ring["root"][0].keyid, opened("targets").key, LATER)


# --- Answers --------------------------------------------------------------------------------------------------------


def test_only_asked_keys_answer(ring, state):
    request = renew("Over There", state, LATER)
    with pytest.raises(CeremonyError, match="does not ask"):
        answer(request, ring["ru"][0])
    wrong = replace(answer(request, ring["targets"][0]), signatures=(("root", b"\0" * 64),))
    with pytest.raises(CeremonyError, match=r"Anna .* was not asked to sign root"):
        finish(request, [wrong])


def test_a_wrong_signature_and_another_request_are_refused(ring, state):
    request, other = renew("Over There", state, LATER), renew("Over There", state, NOW)
    with pytest.raises(CeremonyError, match="signature of root is wrong"):
        finish(request, [replace(answer(request, ring["root"][0]), signatures=(("root", b"\0" * 64),))])
    with pytest.raises(CeremonyError, match="answered another request"):
        finish(request, [answer(other, ring["root"][0])])


def test_an_answer_under_a_stolen_id_is_refused(ring, state):
    # A key id has 32 bits: somebody may make a key that shares Anna's. The public key is what counts.
    request = renew("Over There", state, LATER)
    stranger = answer(request, ring["root"][0])
    with pytest.raises(CeremonyError, match="was not asked"):
        finish(request, [replace(stranger, key=replace(stranger.key, public=b"\7" * 32))])


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("key"),
        lambda fields: fields.update(signatures=[]),
        lambda fields: fields["signatures"].update(root="xyz"),
        lambda fields: fields["signatures"].update(root=3),
        lambda fields: fields.update(format="x"),
    ],
)
def test_malformed_answers_are_refused(ring, state, change):
    fields = json.loads(answer(renew("x", state, LATER), ring["root"][0]).to_bytes())
    change(fields)
    with pytest.raises(CeremonyError, match="answer"):
        Answer.from_bytes(canonical(fields), "answer")


# --- What a device is shown -----------------------------------------------------------------------------------------


def test_first_keys_are_shown_with_their_codes(ring):
    text = "\n".join(describe(first_keys("Over There", publics(ring), NOW)))
    assert "The first keys of Over There." in text
    for key in publics(ring):
        assert f"- {key_code(key.public)} {key.name}" in text
    assert "NEW" not in text


def test_changes_are_shown_as_changes(ring, state):
    fresh = opened("ru")
    text = "\n".join(describe(replace_online("Over There", state, [fresh.key], LATER, {"ru": 41})))
    old = key_code(ring["ru"][0].key.public)
    assert f"NEW {key_code(fresh.key.public)}" in text
    assert f"GONE {old}" in text
    assert f"retired in ru: {old}, good up to edition 41" in text
    assert "language fa" not in text
    text = "\n".join(describe(change_offline("x", state, "root", ring["root"][0].keyid, None, LATER)))
    assert f"GONE {key_code(ring['root'][0].key.public)} Anna" in text
    assert f"= {key_code(ring['root'][1].key.public)} Boris" in text
    assert "the keys stay as they are" in "\n".join(describe(renew("x", state, LATER)))


def test_a_language_that_would_vanish_is_shown_as_gone(ring, state):
    keys = {role: key for role, key in state.targets.keys.items() if role != "ru"}
    plan = replace(state.targets, version=2, keys=keys, expires=expiry("targets", LATER))
    request = Request.checked("x", LATER, state, None, plan, "x")
    assert f"GONE {key_code(ring['ru'][0].key.public)}" in "\n".join(describe(request))


def test_a_rehearsal_says_so(ring):
    assert any("REHEARSAL" in line for line in describe(first_keys("x", publics(ring), NOW, rehearsal=True)))
    assert begun(ring, rehearsal=True).rehearsal


# --- A request from a machine that was taken over -------------------------------------------------------------------


def bump(part):
    return lambda fields: fields[part].update(version=fields[part]["version"] + 1)


FORGERIES = {
    "version skipped": (bump("root"), "not the next one"),
    "targets version skipped": (bump("targets"), "not the next one"),
    "expiry far away": (lambda f: f["root"].update(expires="9999-01-01T00:00:00Z"), "another time"),
    "one signature enough": (lambda f: f["root"]["thresholds"].update(root=1), "number of signatures"),
    "rehearsal switched on": (lambda f: f["root"].update(rehearsal=True), "rehearsal cannot become"),
    "nothing asked": (lambda f: f.update(root=None, targets=None), "asks for nothing"),
    "root chain cut": (lambda f: f.update(roots=[]), "not the next one"),
    "first ceremony without root": (lambda f: f.update(roots=[], root=None), "first ceremony makes both"),
    "root chain invented": (lambda f: f.update(roots=["{}"]), "not signed metadata"),
    "root chain of another type": (lambda f: f.update(roots=[3]), "not signed metadata"),
    "root chain from targets": (lambda f: f.update(roots=[f["current_targets"]]), "not root metadata"),
    "root twice": (lambda f: f["roots"].append(f["roots"][0]), "says that it is version 1"),
    "targets from root": (lambda f: f.update(current_targets=f["roots"][0]), "not targets metadata"),
    "names as a list": (lambda f: f.update(names=[]), "'names' is missing"),
    "terminal escape in a name": (lambda f: f["names"].update(x="\x1b[2J"), "short line"),
    "terminal escape in the title": (lambda f: f.update(publication="\x1b[2J"), "short line"),
    "no time": (lambda f: f.update(time="yesterday"), "'time'"),
    "time of another type": (lambda f: f.update(time=3), "'time'"),
    "version of another type": (lambda f: f["root"].update(version=True), "not one that this program makes"),
    "key under another id": (lambda f: f["root"]["keys"]["root"][0].update(keyid="00000000"), "key id"),
    "key under another role": (
        lambda f: f["targets"]["keys"].update(fa={**f["targets"]["keys"]["fa"], "role": "ru"}),
        "stands under another role",
    ),
    "one root key twice": (
        lambda f: f["root"]["keys"].update(root=[f["root"]["keys"]["root"][0]] * 2),
        "share an id",
    ),
    "a targets key that is the machine's": (
        lambda f: f["targets"]["keys"].update(ru={**f["root"]["keys"]["timestamp"][0], "role": "ru"}),
        "one key would serve two roles",
    ),
    "roles missing": (lambda f: f["root"]["keys"].pop("snapshot"), "not one that this program makes"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_request_is_refused(state, name):
    change, sentence = FORGERIES[name]
    with pytest.raises(CeremonyError, match=sentence) as caught:
        Request.from_bytes(forged(renew("Over There", state, LATER), change), "request.json")
    assert str(caught.value).startswith("request.json: ")


def test_a_retired_key_cannot_be_forgotten(ring, state):
    after = signed(replace_online("x", state, [opened("ru").key], LATER, {"ru": 41}), ring["targets"]).state
    with pytest.raises(CeremonyError, match="forgotten"):
        Request.from_bytes(forged(renew("x", after, LATER), lambda f: f["targets"].update(retired=[])), "x")


def test_a_chain_signed_by_strangers_is_refused(ring, state):
    strangers = everybody()
    for keys, sentence in ((strangers["root"], "root 1 is not signed"), (ring["root"][:1], "root 1 is not signed")):
        root = sign_metadata(state.root.build(), keys)
        with pytest.raises(CeremonyError, match=sentence):
            State.verify((root,), state.targets_file, {}, "x")
    targets = sign_metadata(state.targets.build(), strangers["targets"])
    with pytest.raises(CeremonyError, match="targets is not signed"):
        State.verify(state.roots, targets, {}, "x")
    with pytest.raises(CeremonyError, match="holds no root"):
        State.verify((), state.targets_file, {}, "x")
    later = replace(state.root, version=2, keys=begun(strangers).root.keys)
    for signers in (strangers["root"], ring["root"]):
        # By the new keys alone a thief takes over; by the old alone the newsroom locks itself out.
        following = sign_metadata(later.build(), signers)
        with pytest.raises(CeremonyError, match="root 2 is not signed"):
            State.verify((*state.roots, following), state.targets_file, {}, "x")


def test_a_signature_that_is_no_hex_counts_for_nothing(state):
    fields = json.loads(state.roots[0])
    for signature in fields["signatures"]:
        signature["sig"] = "zz"
    with pytest.raises(CeremonyError, match="not signed by enough"):
        State.verify((canonical(fields),), state.targets_file, {}, "x")


def test_foreign_metadata_is_refused_even_when_signed(ring, state):
    root = read_root(state.roots[0], "x").signed
    root.unrecognized_fields["x-more"] = 1
    with pytest.raises(CeremonyError, match="not one that this program makes"):
        State.verify((sign_metadata(root, ring["root"]),), state.targets_file, {}, "x")
    targets = read_targets(state.targets_file, "x").signed
    targets.delegations = None
    with pytest.raises(CeremonyError, match="not one that this program makes"):
        State.verify(state.roots, sign_metadata(targets, ring["targets"]), {}, "x")


def test_plans_read_back_what_they_build(state):
    names = state.names()
    assert RootPlan.of(state.root.build(), names, "x") == state.root
    assert TargetsPlan.of(state.targets.build(), names, "x") == state.targets
    assert RootPlan.from_json(state.root.to_json(), "x") == state.root
    assert signed_bytes(RootPlan.from_json(state.root.to_json(), "x").build()) == signed_bytes(state.root.build())


def test_a_public_key_of_a_wrong_length_verifies_nothing():
    assert not is_good(b"short", b"\0" * 64, b"message")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)
PATHS = [
    ("publication",), ("time",), ("roots",), ("current_targets",), ("names",), ("root",), ("targets",),
    ("root", "keys"), ("root", "keys", "root"), ("root", "thresholds"), ("root", "thresholds", "root"),
    ("root", "version"), ("root", "expires"), ("root", "rehearsal"), ("targets", "keys"), ("targets", "keys", "ru"),
    ("targets", "retired"), ("targets", "expires"), ("targets", "version"),
]  # fmt: skip


@given(st.sampled_from(PATHS), json_values)
def test_any_value_anywhere_in_a_request_is_read_or_refused(state, path, value):
    def change(fields):
        *outer, last = path
        for name in outer:
            fields = fields[name]
        fields[last] = value

    try:
        found = Request.from_bytes(forged(renew("x", state, LATER), change), "request.json")
    except CeremonyError:
        return
    assert "\n".join(describe(found))


@given(st.binary())
def test_hostile_bytes_raise_our_error_only(data):
    for read in (Request.from_bytes, Answer.from_bytes, read_root, read_targets):
        with pytest.raises(CeremonyError):
            read(data, "file")
