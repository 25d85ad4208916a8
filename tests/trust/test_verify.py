"""The rules one by one, where the attacks and the workflow do not already go."""

from datetime import datetime, timedelta, timezone

import pytest
from adversary import NOW, Newsroom, Reader, edit, new_key, sign
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

from tamizdat.errors import Failure, TrustError
from tamizdat.trust.envelope import MAX_NUMBER, check_bytes, open_signed, public_bytes, role_keys, signers
from tamizdat.trust.refresh import find_target
from tamizdat.trust.verify import ExpiryPolicy, TrustedSet


@pytest.fixture
def newsroom():
    return Newsroom()


@pytest.fixture
def trusted(newsroom):
    return TrustedSet(newsroom.files["1.root.json"], now=NOW)


def failure(call, *arguments):
    with pytest.raises(TrustError) as refused:
        call(*arguments)
    return refused.value.failure


@pytest.mark.parametrize("now", [datetime(2031, 5, 1), NOW.astimezone(timezone(timedelta(hours=3)))])  # noqa: DTZ001 - that is what is refused
def test_the_moment_must_be_in_utc(newsroom, now):
    with pytest.raises(ValueError, match="UTC"):
        TrustedSet(newsroom.files["1.root.json"], now=now)


def test_the_whole_way_and_what_is_held(newsroom, trusted):
    assert (trusted.timestamp, trusted.snapshot, trusted.checked_as_of) == (None, None, None)
    assert trusted.retired_keys == ()
    assert trusted.raw("timestamp") is None
    assert trusted.update_timestamp(newsroom.file("timestamp")) is True
    assert trusted.update_timestamp(newsroom.file("timestamp")) is False
    assert trusted.update_snapshot(newsroom.file("snapshot")) is True
    assert trusted.update_snapshot(newsroom.file("snapshot")) is False
    assert trusted.update_targets(newsroom.file("targets")) is True
    assert trusted.update_targets(newsroom.file("targets")) is False
    assert trusted.update_delegated(newsroom.file("ru"), "ru", "targets") is True
    assert trusted.update_delegated(newsroom.file("ru"), "ru", "targets") is False
    assert trusted.checked_as_of == NOW
    for role in ("root", "timestamp", "snapshot", "targets", "ru"):
        assert trusted.raw(role) == newsroom.file(role)
    assert trusted.findings == trusted.expired == ()


def test_nothing_is_accepted_before_what_names_it(newsroom, trusted):
    assert failure(trusted.update_snapshot, newsroom.file("snapshot")) is Failure.NOT_FOUND
    assert failure(trusted.update_targets, newsroom.file("targets")) is Failure.NOT_FOUND
    trusted.update_timestamp(newsroom.file("timestamp"))
    trusted.restore_snapshot(newsroom.file("snapshot"))
    assert failure(trusted.update_delegated, newsroom.file("ru"), "ru", "targets") is Failure.NOT_FOUND
    trusted.update_targets(newsroom.file("targets"))
    newsroom.signed["snapshot"].meta["de.json"] = MetaFile(1)
    assert failure(trusted.update_delegated, newsroom.file("ru"), "de", "targets") is Failure.NOT_FOUND


def test_a_role_to_which_nothing_leads(newsroom):
    newsroom.signed["snapshot"].meta["de.json"] = MetaFile(1)
    newsroom.publish("snapshot")
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror())
    trusted = reader.refresh.trusted
    assert failure(trusted.update_delegated, newsroom.file("ru"), "de", "targets") is Failure.NOT_FOUND
    assert trusted.vouched("de", "targets") is None


def test_a_first_root_must_be_signed_by_its_own_keys(newsroom):
    root = sign(newsroom.signed["root"], newsroom.keys["root"][:1])
    assert failure(lambda: TrustedSet(root, now=NOW)) is Failure.WRONG_SIGNATURE


def test_nothing_follows_an_expired_root(newsroom):
    newsroom.signed["root"].expires = NOW
    root = sign(newsroom.signed["root"], newsroom.keys["root"])
    refusing = TrustedSet(root, now=NOW)
    assert failure(refusing.update_timestamp, newsroom.file("timestamp")) is Failure.EXPIRED
    reporting = TrustedSet(root, now=NOW, policy=ExpiryPolicy.REPORT)
    assert reporting.update_timestamp(newsroom.file("timestamp")) is True
    assert reporting.expired == (("root", NOW),)


def test_a_role_that_is_not_in_its_place(newsroom, trusted):
    for role in ("timestamp", "snapshot", "targets"):
        assert failure(trusted.update_root, newsroom.file(role)) is Failure.MALFORMED
    assert failure(trusted.update_timestamp, newsroom.file("snapshot")) is Failure.MALFORMED


def test_a_mark_that_has_expired_still_counts(newsroom):
    newsroom.publish("timestamp", days=1)
    mark = newsroom.file("timestamp")
    trusted = TrustedSet(newsroom.files["1.root.json"], now=NOW + timedelta(days=2))
    trusted.restore_timestamp(mark)
    assert failure(trusted.check_timestamp_current) is Failure.EXPIRED
    assert trusted.snapshot_is_current is False
    assert failure(trusted.update_timestamp, mark) is Failure.EXPIRED
    newsroom.signed["timestamp"].version = 1
    older = sign(newsroom.signed["timestamp"], newsroom.keys["timestamp"])
    assert failure(trusted.update_timestamp, older) is Failure.ROLLBACK


def test_expiry_is_the_second_itself(newsroom):
    expires = newsroom.signed["timestamp"].expires
    for policy, moment, accepted in (
        (ExpiryPolicy.REFUSE, expires - timedelta(seconds=1), True),
        (ExpiryPolicy.REFUSE, expires, False),
        (ExpiryPolicy.REPORT, expires, True),
    ):
        newsroom.signed["root"].expires = expires + timedelta(days=1)
        root = sign(newsroom.signed["root"], newsroom.keys["root"])
        trusted = TrustedSet(root, now=moment, policy=policy)
        if accepted:
            assert trusted.update_timestamp(newsroom.file("timestamp")) is True
        else:
            assert failure(trusted.update_timestamp, newsroom.file("timestamp")) is Failure.EXPIRED
        assert bool(trusted.expired) is (policy is ExpiryPolicy.REPORT)


def test_the_same_content_in_other_bytes_replaces_what_the_hash_no_longer_names(newsroom):
    newsroom.hashes = True
    newsroom.publish("ru")
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    spaced = newsroom.file("snapshot") + b" "
    newsroom.refer("snapshot", spaced)
    newsroom.publish("timestamp")
    reader.until(newsroom.mirror(), "snapshot")
    assert reader.refresh.give(spaced) is True
    assert reader.refresh.trusted.raw("snapshot") == spaced
    assert reader.refresh.trusted.findings == ()


def test_evidence_is_kept_up_to_a_bound(newsroom, trusted):
    trusted.update_timestamp(newsroom.file("timestamp"))
    for number in range(100):
        newsroom.signed["timestamp"].unrecognized_fields["x-number"] = number
        other = sign(newsroom.signed["timestamp"], newsroom.keys["timestamp"])
        assert trusted.update_timestamp(other) is False
        assert trusted.update_timestamp(other) is False
    assert len(trusted.findings) == 64
    assert len({finding.second for finding in trusted.findings}) == 64


def test_hash_bins_are_walked_too(newsroom):
    """Succinct hash bins (TAP 15) are not ours, but the library reads them and so does the walk."""
    key = new_key()
    keyid = key.public_key.keyid
    delegations = newsroom.signed["app"].delegations = Delegations(
        {keyid: key.public_key}, None, SuccinctRoles([keyid], 1, 1, "bin")
    )
    newsroom.signed["targets"].delegations.roles["app"].paths = ["bins/*"]
    names = list(delegations.succinct_roles.get_roles())
    for name in names:
        newsroom.signed[name] = Targets(1, expires=NOW + timedelta(days=9))
        newsroom.keys[name] = [key]
    for number in range(4):
        path = f"bins/{number}"
        home = delegations.succinct_roles.get_role_for_target(path)
        newsroom.signed[home].targets[path] = TargetFile.from_data(path, b"x", ["sha256"])
    newsroom.publish("targets", "app", *names)
    reader = Reader(newsroom)
    assert len(reader.visit(newsroom.mirror(), *(f"bins/{number}" for number in range(4)))) == 4
    assert failure(reader.refresh.find, "bins/\ud800") is Failure.NOT_FOUND
    newsroom.publish(*names)
    wanted = reader.until(newsroom.mirror(), names[0], next(iter(newsroom.signed[names[0]].targets), "bins/0"))
    assert reader.refuses(sign(newsroom.copy(names[0]), newsroom.keys["ru"])) is Failure.WRONG_SIGNATURE
    assert wanted.trusted.findings == ()


@pytest.mark.parametrize(
    ("terminating", "asked", "found"),
    [
        ((), ["b", "c", "a"], "a"),
        (("c",), ["b", "c"], None),
        (("b",), ["b"], None),
        (("b", "c"), ["b"], None),
    ],
)
def test_the_walk_goes_in_the_order_of_the_list(newsroom, terminating, asked, found):
    """Two roles list the path; whoever is listed first and leads to it wins, and a terminating role ends the walk."""
    targets = newsroom.signed["targets"]
    for name, size in (("b", 0), ("c", 0), ("a", 1), ("late", 2)):
        targets.delegations.roles[name] = DelegatedRole(name, [], 1, name in terminating, ["x/*"])
        newsroom.signed[name] = Targets(1, expires=NOW + timedelta(days=9))
        newsroom.keys[name] = [new_key()]
        newsroom.authorise(name)
        if size:
            newsroom.signed[name].targets["x/y"] = TargetFile.from_data("x/y", b"." * size, ["sha256"])
    newsroom.publish("targets", "a", "b", "c", "late")
    mirror = newsroom.mirror()
    reader = Reader(newsroom)
    reader.visit(mirror)
    mirror.asked.clear()
    if found:
        assert find_target(reader.refresh, mirror.fetch, "x/y").length == 1
    else:
        assert failure(find_target, reader.refresh, mirror.fetch, "x/y") is Failure.NOT_FOUND
    assert mirror.asked == [f"2.{name}.json" for name in asked]


def test_a_terminating_role_ends_the_walk_for_those_above_it_too(newsroom):
    targets = newsroom.signed["targets"]
    for name in ("b", "c"):
        targets.delegations.roles[name] = DelegatedRole(name, [], 1, False, ["x/*"])
    key = new_key()
    inner = DelegatedRole("end", [key.public_key.keyid], 1, True, ["x/*"])
    for name in ("b", "c", "end"):
        newsroom.signed[name] = Targets(1, expires=NOW + timedelta(days=9))
    for name in ("b", "c"):
        newsroom.authorise(name, [new_key()])
    newsroom.keys["end"] = [key]
    newsroom.signed["b"].delegations = Delegations({key.public_key.keyid: key.public_key}, {"end": inner})
    newsroom.signed["c"].targets["x/y"] = TargetFile.from_data("x/y", b"c", ["sha256"])
    newsroom.publish("targets", "b", "c", "end")
    mirror = newsroom.mirror()
    assert failure(Reader(newsroom).visit, mirror, "x/y") is Failure.NOT_FOUND
    assert mirror.asked[-2:] == ["2.b.json", "2.end.json"]


# --- Envelope --------------------------------------------------------------------------------------------------------

GOOD = Newsroom()


@pytest.mark.parametrize(
    ("role", "change"),
    [
        ("ru", lambda signed: signed.update(version=True)),
        ("ru", lambda signed: signed.update(version=1.0)),
        ("ru", lambda signed: signed.update(version="1")),
        ("ru", lambda signed: signed.update(version=0)),
        ("ru", lambda signed: signed.update(version=MAX_NUMBER + 1)),
        ("ru", lambda signed: signed.update(extra=float("nan"))),
        ("ru", lambda signed: signed.update(extra="\ud800")),
        ("ru", lambda signed: signed.update(expires="2031-05-01")),
        ("ru", lambda signed: signed.update(spec_version="2.0.0")),
        ("ru", lambda signed: signed.update(targets=[])),
        ("ru", lambda signed: signed["targets"]["ru/index"].update(length=True)),
        ("ru", lambda signed: signed["targets"]["ru/index"].update(length=-1)),
        ("ru", lambda signed: signed["targets"]["ru/index"].update(hashes={})),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(terminating="no")),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(name=7)),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(name="root")),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(keyids="ab")),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(keyids=[1])),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(threshold=True)),
        ("targets", lambda signed: signed["delegations"]["roles"][0].update(threshold=0)),
        ("targets", lambda signed: signed["delegations"].update(keys=[])),
        ("root", lambda signed: signed["roles"]["root"].update(keyids=["a", "a"])),
        ("root", lambda signed: signed["roles"].pop("timestamp")),
        ("snapshot", lambda signed: signed["meta"].pop("targets.json")),
        ("snapshot", lambda signed: signed["meta"]["ru.json"].update(version=True)),
        ("snapshot", lambda signed: signed["meta"]["ru.json"].update(length="7")),
        ("timestamp", lambda signed: signed["meta"].update({"snapshot.json": {"version": 2.0}})),
    ],
)
def test_what_the_parser_lets_pass_is_malformed(role, change):
    kinds = {"root": Root, "timestamp": Timestamp, "snapshot": Snapshot}
    kind = kinds.get(role, Targets)
    good = GOOD.file(role)
    assert open_signed(kind, good, what=role, max_bytes=10**6).data == good
    bad = edit(good, lambda found: change(found["signed"]))
    assert failure(lambda: open_signed(kind, bad, what=role, max_bytes=10**6)) is Failure.MALFORMED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"signed":' * 50_000,
        b'{"signed":{"_type":"targets"},"signed":{"_type":"targets"}}',
        b'{"signed":1e400}',
        b'{"signed":' + b"9" * 5000 + b"}",
        b'{"signed":{"_type":"mirrors"},"signatures":[]}',
    ],
    ids=range(13),
)
def test_what_is_no_signed_file_is_malformed(data):
    assert failure(lambda: open_signed(Targets, data, what="ru", max_bytes=10**6)) is Failure.MALFORMED


@pytest.mark.parametrize("depth", [63, 900, 3000, 60_000])
def test_a_deep_unknown_field_is_malformed_not_fatal(depth):
    shallow = edit(GOOD.file("ru"), lambda found: found["signed"].update(x=0))
    hostile = shallow.replace(b'"x": 0', b'"x": ' + b"[" * depth + b"]" * depth)
    assert hostile != shallow
    assert failure(lambda: open_signed(Targets, hostile, what="ru", max_bytes=10**6)) is Failure.MALFORMED
    deepest = shallow.replace(b'"x": 0', b'"x": ' + b"[" * 61 + b"]" * 61)
    assert open_signed(Targets, deepest, what="ru", max_bytes=10**6).data == deepest


def test_one_key_in_two_spellings_of_pem_counts_once():
    newsroom = Newsroom()
    signer = CryptoSigner.generate_ecdsa("11111111")
    written = signer.public_key.keyval["public"]
    twin = SSlibKey("22222222", "ecdsa", "ecdsa-sha2-nistp256", {"public": written.replace("\n", "\r\n")})
    newsroom.authorise("timestamp", [signer, CryptoSigner(signer._private_key, twin)])
    newsroom.publish("timestamp")
    file = open_signed(Timestamp, newsroom.file("timestamp"), what="timestamp", max_bytes=10**6)
    assert set(file.signatures) == {"11111111", "22222222"}
    assert len(signers(newsroom.signed["root"], "timestamp", file)) == 1
    assert len(role_keys(newsroom.signed["root"], "timestamp")) == 1


@pytest.mark.parametrize("written", ["", "zz", "ab", "0" * 64, "-----BEGIN PUBLIC KEY-----"])
@pytest.mark.parametrize(("kind", "scheme"), [("ed25519", "ed25519"), ("ecdsa", "ecdsa-sha2-nistp256")])
def test_keys_that_cannot_be_used_never_count(kind, scheme, written):
    newsroom = Newsroom()
    good = newsroom.keys["timestamp"][0]
    bad = SSlibKey("bbbbbbbb", kind, scheme, {"public": written})
    root = newsroom.signed["root"]
    root.keys["bbbbbbbb"] = bad
    root.roles["timestamp"].keyids += ["bbbbbbbb", "cccccccc"]
    forged = edit(
        newsroom.file("timestamp"),
        lambda found: found["signatures"].extend(
            {"keyid": keyid, "sig": "00" * 64} for keyid in ("bbbbbbbb", "cccccccc")
        ),
    )
    file = open_signed(Timestamp, forged, what="timestamp", max_bytes=10**6)
    assert signers(root, "timestamp", file) == {public_bytes(good.public_key)}
    assert role_keys(root, "timestamp") - {bytes.fromhex("00" * 32), b"\xab", b""} == {public_bytes(good.public_key)}


def test_keys_of_other_kinds_are_unusable():
    class Foreign(Key):
        from_dict = to_dict = verify_signature = lambda *_: None

    assert public_bytes(Foreign("aa", "pgp", "pgp", {"public": "x"})) is None


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_bytes_are_checked_against_every_hash_we_know(name):
    target = TargetFile.from_data("x", b"good", [name])
    check_bytes(target, b"good", what="x")
    target.hashes["unknown"] = "00"
    check_bytes(target, b"good", what="x")
    assert failure(lambda: check_bytes(target, b"evil", what="x")) is Failure.WRONG_HASH
    assert failure(lambda: check_bytes(target, b"goo", what="x")) is Failure.WRONG_HASH
    assert failure(lambda: check_bytes(target, b"goods", what="x")) is Failure.TOO_LARGE
    other = "sha512" if name != "sha512" else "sha256"
    target.hashes[other] = "00"
    assert failure(lambda: check_bytes(target, b"good", what="x")) is Failure.WRONG_HASH


def test_a_length_alone_is_checked_too():
    for data, expected in ((b"goo", Failure.WRONG_HASH), (b"goods", Failure.TOO_LARGE)):
        assert failure(lambda data=data: check_bytes(MetaFile(1, length=4), data, what="x")) is expected
    check_bytes(MetaFile(1, length=4), b"good", what="x")
    check_bytes(MetaFile(1), b"anything", what="x")


def test_fractions_are_malformed_outside_the_signed_part_too():
    data = edit(GOOD.file("ru"), lambda found: found.update(extra=0.5))
    assert failure(lambda: open_signed(Targets, data, what="ru", max_bytes=10**6)) is Failure.MALFORMED


@pytest.mark.parametrize("name", ["md5", "sha1", "unknown", "shake_128"])
def test_weak_and_unknown_hashes_prove_nothing(name):
    target = TargetFile(4, {name: "0cbc6611f5540bd0809a388dc95a615b"}, "x")
    assert failure(lambda: check_bytes(target, b"Test", what="x")) is Failure.WRONG_HASH
