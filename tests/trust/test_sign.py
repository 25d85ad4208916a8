import gzip
import hashlib
import json
from datetime import UTC, datetime

import pytest
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from tamizdat.errors import StoryError, UsageError
from tamizdat.trust import roles
from tamizdat.trust.keyfile import Argon2, KeyFile
from tamizdat.trust.sign import (
    Retired,
    Target,
    assemble,
    make_app_role,
    make_language_role,
    make_role,
    make_root,
    make_snapshot,
    make_targets,
    make_timestamp,
    sign_metadata,
    signed_bytes,
    tuf_key,
)

NOW = datetime(2031, 5, 1, 12, 0, 0, 7, UTC)
THIRTY = [
    *("sq", "hy", "az", "ba", "be", "bs", "bg", "ce", "crh", "prs", "en", "ka", "hu", "kk", "ky", "mk", "cnr", "ps"),
    *("fa", "ro", "ru", "sr", "tg", "tt", "tk", "uk", "uz", "zh-Hans", "pt-BR", "de"),
]


def key(role):
    return KeyFile.create(role, "somebody", "p", Argon2(64, 1)).unlock("p")


@pytest.fixture(scope="module")
def ring():
    counts = {"root": 3, "targets": 3, "snapshot": 1, "timestamp": 1}
    return {role: [key(role) for _ in range(counts.get(role, 1))] for role in (*counts, "app", *THIRTY)}


def root_of(ring, **extra):
    public = {role: [each.key for each in ring[role]] for role in ("root", "targets", "snapshot", "timestamp")}
    return make_root(1, public, roles.expiry("root", NOW), **extra)


def targets_of(ring, retired=()):
    public = {role: ring[role][0].key for role in ("app", *THIRTY)}
    return make_targets(1, public, roles.expiry("targets", NOW), retired)


def language_role(ring, version=1234):
    role = make_language_role(
        "ru",
        version,
        path="ru/index",
        length=12_345,
        sha256=hashlib.sha256(b"index").digest(),
        custom={"edition": 1234, "root": hashlib.sha256(b"root").hexdigest(), "time": "2031-05-01T12:00:00Z"},
        expires=roles.expiry("ru", NOW),
    )
    return sign_metadata(role, ring["ru"])


def test_first_contact_and_a_visit_with_nothing_new_stay_small(ring):
    # Issue: one of 30 languages, 5,500 bytes gzip'd; nothing new, 500.
    versions = {"targets": 3} | {role: 1_000 + 7 * at for at, role in enumerate(("app", *THIRTY))}
    snapshot = make_snapshot(4321, versions, roles.expiry("snapshot", NOW))
    timestamp = make_timestamp(98_765, 4321, NOW, roles.expiry("timestamp", NOW))
    files = {
        "1.root.json": sign_metadata(root_of(ring), ring["root"]),
        "timestamp.json": sign_metadata(timestamp, ring["timestamp"]),
        "4321.snapshot.json": sign_metadata(snapshot, ring["snapshot"]),
        "3.targets.json": sign_metadata(targets_of(ring), ring["targets"]),
        "1234.ru.json": language_role(ring),
    }
    sizes = {name: len(gzip.compress(data, 9, mtime=0)) for name, data in files.items()}
    assert sum(sizes.values()) <= 5_500, sizes
    assert sizes["timestamp.json"] <= 500, sizes


def test_every_file_is_compact_and_verifies_under_its_delegator(ring):
    root = sign_metadata(root_of(ring, rehearsal=True), ring["root"])
    targets = sign_metadata(targets_of(ring), ring["targets"])
    snapshot = sign_metadata(make_snapshot(1, {"targets": 1, "ru": 1}, NOW), ring["snapshot"])
    timestamp = sign_metadata(make_timestamp(1, 1, NOW, NOW), ring["timestamp"])
    judge, delegator = Metadata[Root].from_bytes(root), Metadata[Targets].from_bytes(targets)
    judge.signed.verify_delegate("root", signed_bytes(judge.signed), judge.signatures)
    for kind, role, data in (
        (Targets, "targets", targets),
        (Snapshot, "snapshot", snapshot),
        (Timestamp, "timestamp", timestamp),
    ):
        found = Metadata[kind].from_bytes(data)
        judge.signed.verify_delegate(role, signed_bytes(found.signed), found.signatures)
        assert data == json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode()
    found = Metadata[Targets].from_bytes(language_role(ring))
    delegator.signed.verify_delegate("ru", signed_bytes(found.signed), found.signatures)
    assert judge.signed.unrecognized_fields == {"x-tamizdat-rehearsal": True}
    assert judge.signed.consistent_snapshot is True
    assert Metadata[Timestamp].from_bytes(timestamp).signed.unrecognized_fields == {
        "x-tamizdat-time": "2031-05-01T12:00:00Z"
    }
    assert json.loads(snapshot)["signed"]["meta"] == {"ru.json": {"version": 1}, "targets.json": {"version": 1}}


def test_same_values_same_bytes(ring):
    assert language_role(ring) == language_role(ring)
    signed = targets_of(ring)
    signatures = {each.keyid: each.sign(signed_bytes(signed)) for each in reversed(ring["targets"])}
    assert assemble(signed, signatures) == sign_metadata(signed, ring["targets"])


def test_every_delegation_is_terminating_and_owns_its_own_folder(ring):
    delegated = targets_of(ring).delegations.roles
    assert all(role.terminating for role in delegated.values())
    assert {name: role.paths for name, role in delegated.items() if name in {"ru", "app"}} == {
        "ru": ["ru/*"],
        "app": ["*", "app/*"],
    }
    for path, owner in (("ru/index", "ru"), ("index.html", "app"), ("app/app.js", "app"), ("ru/a/b", None)):
        owners = [name for name, role in delegated.items() if role.is_delegated_path(path)]
        assert owners == ([owner] if owner else [])


def test_retired_keys_are_listed_in_one_order(ring):
    gone = [Retired("ru", b"b" * 32, 9), Retired("fa", b"a" * 32, 41), Retired("ru", b"c" * 32, 3)]
    listed = targets_of(ring, gone).unrecognized_fields["x-tamizdat-retired"]
    assert [(old["language"], old["last_good"]) for old in listed] == [("fa", 41), ("ru", 3), ("ru", 9)]
    assert signed_bytes(targets_of(ring, gone)) == signed_bytes(targets_of(ring, gone[::-1]))
    assert "x-tamizdat-retired" not in targets_of(ring).unrecognized_fields


def test_a_role_vouches_for_its_own_paths_only():
    digest = b"\0" * 32
    for role, path in (("ru", "en/index"), ("ru", "index.html"), ("app", "ru/index"), ("ru", "ru/deep/index")):
        with pytest.raises(UsageError, match="no path of the role"):
            make_role(role, 1, [Target(path, 1, digest)], NOW)
    with pytest.raises(UsageError, match="not a language"):
        make_language_role("app", 1, path="app/x", length=1, sha256=digest, custom={}, expires=NOW)
    app = make_app_role(1, [Target.of("index.html", b"hello")], NOW)
    assert app.targets["index.html"].length == 5
    assert app.targets["index.html"].custom is None


def test_a_snapshot_names_targets():
    with pytest.raises(UsageError):
        make_snapshot(1, {"ru": 1}, NOW)


def test_keys_that_cannot_stand_together_are_refused(ring):
    public = {role: [each.key for each in ring[role]] for role in ("root", "targets", "snapshot", "timestamp")}
    for keys, sentence in (
        (public | {"snapshot": public["timestamp"]}, "share an id"),
        (public | {"root": public["root"][:1] * 2}, "share an id"),
        (public | {"root": public["root"][:1]}, "only 1 keys"),
    ):
        with pytest.raises(UsageError, match=sentence):
            make_root(1, keys, NOW)
    with pytest.raises(UsageError, match="share an id"):
        make_targets(1, {"ru": ring["ru"][0].key, "en": ring["ru"][0].key}, NOW)
    with pytest.raises(UsageError, match="0 signatures"):
        make_root(1, public, NOW, thresholds={"root": 0})


def test_a_key_has_the_same_id_in_metadata(ring):
    assert tuf_key(ring["ru"][0].key.public).keyid == ring["ru"][0].keyid


def test_policies_are_those_of_the_design():
    assert [(role, roles.policy_of(role).threshold, roles.policy_of(role).keys, roles.policy_of(role).lifetime.days)
            for role in ("root", "targets", "snapshot", "timestamp", "app", "ru")] == [
        ("root", 2, 3, 365), ("targets", 2, 3, 365), ("snapshot", 1, 1, 30),
        ("timestamp", 1, 1, 7), ("app", 1, 1, 365), ("ru", 1, 1, 90),
    ]  # fmt: skip
    with pytest.raises(StoryError):
        roles.policy_of("Klingon!")


def test_languages_are_checked():
    assert roles.check_languages(("ru", "zh-Hans")) == ("ru", "zh-Hans")
    for wrong in ((), ("ru", "ru"), ("app",)):
        with pytest.raises(UsageError):
            roles.check_languages(wrong)
    with pytest.raises(StoryError):
        roles.check_languages(("RU",))


def test_a_role_is_due_when_half_its_life_is_over():
    expires = roles.expiry("timestamp", NOW)
    assert expires == datetime(2031, 5, 8, 12, tzinfo=UTC)
    assert not roles.is_due("timestamp", expires, datetime(2031, 5, 5, tzinfo=UTC))
    assert roles.is_due("timestamp", expires, datetime(2031, 5, 5, tzinfo=UTC).replace(hour=1))
