"""One named test for each attack: a legitimate update, a look that it worked, the attack, the refusal, no change."""

from datetime import timedelta

import pytest
from adversary import LIFETIME, NOW, Newsroom, Reader, edit, new_key, sign, with_id
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import MetaFile, Role, TargetFile, Targets

from tamizdat.errors import Failure, TrustError
from tamizdat.limits import LIMITS
from tamizdat.trust.claims import edition_claim
from tamizdat.trust.envelope import open_signed
from tamizdat.trust.verify import ExpiryPolicy


@pytest.fixture
def newsroom():
    return Newsroom()


@pytest.fixture
def reader(newsroom):
    """Has read edition 2 in Russian: every file in its memory is legitimate."""
    newsroom.edition("ru", 2)
    reader = Reader(newsroom)
    (index,) = reader.visit(newsroom.mirror(), "ru/index")
    assert edition_claim(index).number == 2
    return reader


def edition_read(reader, mirror, language="ru"):
    (index,) = reader.visit(mirror, f"{language}/index")
    return edition_claim(index).number


# --- Rollback: older than what this reader has seen ------------------------------------------------------------------


def test_rollback_of_the_timestamp(newsroom, reader):
    stale = newsroom.mirror()
    newsroom.edition("ru", 3)
    assert edition_read(reader, newsroom.mirror()) == 3

    reader.until(stale, "timestamp")
    assert reader.refuses(stale.files["timestamp.json"]) is Failure.ROLLBACK
    with pytest.raises(TrustError) as refused:
        reader.refresh.advance()
    assert refused.value.failure is Failure.NOT_FOUND


def test_rollback_of_the_snapshot_by_a_timestamp_that_names_an_older_one(newsroom, reader):
    thief = newsroom.copy("timestamp")
    thief.version += 1
    thief.snapshot_meta = MetaFile(newsroom.signed["snapshot"].version - 1)
    mirror = newsroom.mirror()
    reader.until(mirror, "timestamp")
    assert reader.refuses(sign(thief, newsroom.keys["timestamp"])) is Failure.ROLLBACK


def test_rollback_of_the_snapshot_after_the_timestamp_key_alone_was_rotated(newsroom, reader):
    newsroom.publish("snapshot")  # names the same roles as the one before
    reader.visit(newsroom.mirror())
    newsroom.rotate_root(timestamp=[new_key()])
    old = newsroom.signed["snapshot"].version - 1
    newsroom.signed["timestamp"].snapshot_meta = MetaFile(old)
    newsroom.publish("timestamp")
    mirror = newsroom.mirror()
    reader.until(mirror, "snapshot")
    assert reader.refuses(mirror.files[f"{old}.snapshot.json"]) is Failure.ROLLBACK


@pytest.mark.parametrize("role", ["targets", "ru", "fa"])
def test_rollback_of_a_role_by_a_snapshot_that_names_an_older_one(newsroom, reader, role):
    newsroom.publish(role)
    reader.visit(newsroom.mirror())
    newsroom.signed["snapshot"].meta[f"{role}.json"].version -= 1
    newsroom.publish("snapshot")
    mirror = newsroom.mirror()
    reader.until(mirror, "snapshot")
    assert reader.refuses(newsroom.file("snapshot")) is Failure.ROLLBACK


def test_rollback_by_a_snapshot_that_names_a_role_no_longer(newsroom, reader):
    del newsroom.signed["snapshot"].meta["ru.json"]
    newsroom.publish("snapshot")
    reader.until(newsroom.mirror(), "snapshot")
    assert reader.refuses(newsroom.file("snapshot")) is Failure.ROLLBACK


def test_rollback_of_a_role_file_behind_the_snapshots_back(newsroom, reader):
    old = newsroom.file("ru")
    newsroom.edition("ru", 3)
    reader.until(newsroom.mirror(), "ru", "ru/index")
    assert reader.refuses(old) is Failure.MIX_AND_MATCH
    assert edition_read(reader, newsroom.mirror()) == 3


def test_rollback_of_the_root(newsroom, reader):
    newsroom.rotate_root(root=[*newsroom.keys["root"][:2], new_key()])
    reader.visit(newsroom.mirror())
    reader.begin()
    assert reader.refresh.wanted().name == "3.root.json"
    assert reader.refuses(newsroom.files["1.root.json"]) is Failure.ROLLBACK
    assert reader.refuses(newsroom.files["2.root.json"]) is Failure.ROLLBACK


# --- Freeze: nothing new for ever ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "ru"])
def test_freeze_is_refused_by_mirrors(newsroom, reader, role):
    newsroom.publish(role, days=1)
    frozen = newsroom.mirror()
    reader.visit(frozen, "ru/index")
    later = Reader(newsroom, now=NOW + timedelta(days=2))
    later.until(frozen, role, "ru/index")
    assert later.refuses(newsroom.file(role)) is Failure.EXPIRED


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "ru"])
def test_freeze_is_refused_by_mirrors_that_keep_the_frozen_file(newsroom, reader, role):
    newsroom.publish(role, days=1)
    frozen = newsroom.mirror()
    reader.visit(frozen, "ru/index")
    reader.now = NOW + timedelta(days=2)
    reader.until(frozen, role, "ru/index")
    assert reader.refuses(newsroom.file(role)) is Failure.EXPIRED


def test_freeze_at_an_expired_root_is_refused_by_mirrors(newsroom, reader):
    newsroom.publish("root", days=1)
    reader.visit(newsroom.mirror())
    reader.now = NOW + timedelta(days=1)
    refresh = reader.begin()
    before = reader.state()
    with pytest.raises(TrustError) as refused:
        refresh.missing()
    assert refused.value.failure is Failure.EXPIRED
    assert reader.state() == before
    newsroom.publish("root")  # an expired root still leads to its successor
    reader.visit(newsroom.mirror(), "ru/index")


def test_freeze_is_reported_to_readers_with_dates(newsroom, reader):
    newsroom.publish("ru", "snapshot", days=3)
    newsroom.publish("timestamp", days=1)
    reader.policy = ExpiryPolicy.REPORT
    reader.visit(newsroom.mirror(), "ru/index")
    assert reader.refresh.trusted.expired == ()

    reader.now = NOW + timedelta(days=5)
    assert edition_read(reader, newsroom.mirror()) == 2
    assert reader.refresh.trusted.expired == (
        ("timestamp", NOW + timedelta(days=1)),
        ("snapshot", NOW + timedelta(days=3)),
        ("ru", NOW + timedelta(days=3)),
    )
    reader.now = NOW + LIFETIME
    assert edition_read(reader, newsroom.mirror()) == 2
    assert {role for role, _ in reader.refresh.trusted.expired} == {"root", "timestamp", "snapshot", "targets", "ru"}
    assert reader.refresh.trusted.checked_as_of == NOW


# --- Mix and match: files of different moments -----------------------------------------------------------------------


def test_mix_of_an_old_snapshot_with_a_new_role(newsroom, reader):
    snapshot_of_two = newsroom.mirror()
    newsroom.edition("ru", 3)
    fresh = Reader(newsroom)
    fresh.until(snapshot_of_two, "ru", "ru/index")
    assert fresh.refuses(newsroom.file("ru")) is Failure.MIX_AND_MATCH


def test_mix_of_a_new_timestamp_with_an_old_snapshot(newsroom, reader):
    old = newsroom.file("snapshot")
    newsroom.edition("ru", 3)
    mirror = newsroom.mirror()
    fresh = Reader(newsroom)
    fresh.until(mirror, "snapshot")
    assert fresh.refuses(old) is Failure.MIX_AND_MATCH
    reader.until(mirror, "snapshot")
    assert reader.refuses(old) is Failure.MIX_AND_MATCH


def test_mix_of_files_that_the_snapshot_names_by_hash(newsroom, reader):
    newsroom.hashes = True
    newsroom.edition("ru", 3)
    assert edition_read(reader, newsroom.mirror()) == 3
    newsroom.edition("ru", 4)
    other = newsroom.copy("ru")
    other.targets = {}
    reader.until(newsroom.mirror(), "ru", "ru/index")
    assert reader.refuses(sign(other, newsroom.keys["ru"])) in {Failure.WRONG_HASH, Failure.TOO_LARGE}
    assert reader.refuses(newsroom.file("ru") + b" ") is Failure.TOO_LARGE
    assert reader.refuses(newsroom.file("ru")[:-1]) is Failure.WRONG_HASH
    assert edition_read(reader, newsroom.mirror()) == 4


# --- Wrong language --------------------------------------------------------------------------------------------------


def test_russian_served_as_persian(newsroom, reader):
    newsroom.edition("fa", 2)
    assert edition_read(reader, newsroom.mirror(), "fa") == 2
    newsroom.edition("fa", 3)
    assert newsroom.signed["fa"].version == newsroom.signed["ru"].version + 1
    newsroom.edition("ru", 3)
    reader.until(newsroom.mirror(), "fa", "fa/index")
    assert reader.refuses(newsroom.file("ru")) is Failure.WRONG_LANGUAGE
    altered = edit(newsroom.file("ru"), lambda found: found["signed"].update(extra="lies"))
    assert reader.refuses(altered) is Failure.WRONG_SIGNATURE
    assert edition_read(reader, newsroom.mirror(), "fa") == 3


def test_russian_role_that_lists_persian_files_gains_nothing(newsroom, reader):
    newsroom.signed["ru"].targets["fa/index"] = TargetFile.from_data("fa/index", b"lies", ["sha256"])
    newsroom.publish("ru")
    index, other = reader.visit(newsroom.mirror(), "fa/index", "ru/index")
    assert edition_claim(index).number == 1
    assert edition_claim(other).number == 2
    (finding,) = reader.refresh.trusted.findings
    assert (finding.failure, finding.role) == (Failure.WRONG_LANGUAGE, "ru")
    assert "'fa/index'" in finding.detail
    assert finding.first == newsroom.file("ru")


# --- Endless data ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", "ru"])
def test_endless_data(newsroom, reader, role):
    newsroom.edition("ru", 3)
    newsroom.publish("targets")
    newsroom.publish("root")
    mirror = newsroom.mirror()
    refresh = reader.until(mirror, role, "ru/index")
    want = refresh.wanted()
    limits = {"root": LIMITS.max_root_bytes, "timestamp": LIMITS.max_timestamp_bytes}
    limits |= {"snapshot": LIMITS.max_snapshot_bytes}
    assert want.max_bytes == limits.get(role, LIMITS.max_targets_bytes)
    genuine = mirror.files[want.name]
    assert reader.refuses(genuine + b" " * (want.max_bytes + 1 - len(genuine))) is Failure.TOO_LARGE
    assert refresh.give(genuine + b" " * (want.max_bytes - len(genuine))) is True


def test_endless_data_where_the_signed_length_is_known(newsroom, reader):
    newsroom.hashes = True
    newsroom.edition("ru", 3)
    mirror = newsroom.mirror()
    for role in ("snapshot", "ru"):
        want = reader.until(mirror, role, "ru/index").wanted()
        assert want.max_bytes == len(mirror.files[want.name])
        assert reader.refuses(mirror.files[want.name] + b" ") is Failure.TOO_LARGE


def test_endless_chain_of_roots(newsroom, reader):
    for _ in range(LIMITS.max_root_rotations + 5):
        newsroom.publish("root")
    mirror = newsroom.mirror()
    reader.visit(mirror)
    assert reader.refresh.trusted.root.version == 1 + LIMITS.max_root_rotations
    reader.visit(mirror)
    assert reader.refresh.trusted.root.version == newsroom.signed["root"].version


# --- Equivocation: two contents under one version --------------------------------------------------------------------


def second_content(newsroom, role):
    other = newsroom.copy(role)
    other.unrecognized_fields["x-other"] = "second"
    return sign(other, newsroom.keys[role])


def test_equivocation_of_the_timestamp_between_two_mirrors(newsroom, reader):
    newsroom.publish("timestamp")
    first, second = newsroom.file("timestamp"), second_content(newsroom, "timestamp")
    refresh = reader.until(newsroom.mirror(), "timestamp")
    assert refresh.give(first) is True
    assert refresh.give(second) is False
    assert refresh.give(second) is False
    refresh.advance()
    assert refresh.trusted.raw("timestamp") == first
    (finding,) = refresh.trusted.findings
    assert (finding.failure, finding.role) == (Failure.EQUIVOCATION, "timestamp")
    assert (finding.version, finding.first, finding.second) == (
        newsroom.signed["timestamp"].version,
        first,
        second,
    )


@pytest.mark.parametrize("role", ["snapshot", "targets", "ru"])
def test_equivocation_of_other_files_is_kept_as_evidence(newsroom, reader, role):
    trusted = reader.refresh.trusted
    first, second = newsroom.file(role), second_content(newsroom, role)
    offer = {
        "snapshot": trusted.update_snapshot,
        "targets": trusted.update_targets,
        "ru": lambda data: trusted.update_delegated(data, "ru", "targets"),
    }[role]
    assert offer(first) is False
    assert trusted.findings == ()
    assert offer(second) is False
    assert trusted.raw(role) == first
    (finding,) = trusted.findings
    assert (finding.failure, finding.first, finding.second) == (Failure.EQUIVOCATION, first, second)


@pytest.mark.parametrize("role", ["snapshot", "ru"])
def test_equivocation_that_a_new_hash_demands_is_refused(newsroom, reader, role):
    """Whoever signed the hash contradicts what this reader holds: neither content can be settled on."""
    newsroom.hashes = True
    second = second_content(newsroom, role)
    newsroom.refer(role, second)
    newsroom.publish("timestamp" if role == "snapshot" else "snapshot")
    reader.until(newsroom.mirror(), role, "ru/index")
    if role == "ru":  # held in this session, under the snapshot that named it without a hash
        trusted = reader.refresh.trusted
        trusted._targets["ru"] = open_held(newsroom)
    assert reader.refuses(second) is Failure.EQUIVOCATION
    assert [finding.role for finding in reader.refresh.trusted.findings] == [role]


def open_held(newsroom):
    return open_signed(Targets, newsroom.file("ru"), what="ru", max_bytes=10**6)


def test_equivocation_of_the_root(newsroom, reader):
    newsroom.publish("root")
    reader.visit(newsroom.mirror())
    reader.begin()
    assert reader.refuses(second_content(newsroom, "root")) is Failure.EQUIVOCATION
    (finding,) = reader.refresh.trusted.findings
    assert (finding.role, finding.version) == ("root", 2)


# --- The first root --------------------------------------------------------------------------------------------------


def test_another_publication_under_this_fingerprint(newsroom, reader):
    forger = Newsroom()
    fresh = Reader(newsroom)
    refresh = fresh.begin()
    assert refresh.wanted().name == "1.root.json"
    assert fresh.refuses(forger.files["1.root.json"]) is Failure.WRONG_HASH
    assert fresh.refuses(newsroom.files["1.root.json"] + b"\n") is Failure.WRONG_HASH
    assert edition_read(fresh, newsroom.mirror()) == 2


def test_a_genuine_timestamp_of_another_publication(newsroom, reader):
    forger = Newsroom()
    forger.publish("timestamp")
    reader.until(newsroom.mirror(), "timestamp")
    assert reader.refuses(forger.file("timestamp")) is Failure.WRONG_SIGNATURE


# --- The chain of roots ----------------------------------------------------------------------------------------------


def test_root_chain_with_a_gap(newsroom, reader):
    newsroom.publish("root")
    newsroom.publish("root")
    mirror = newsroom.mirror()
    reader.begin()
    assert reader.refuses(mirror.files["3.root.json"]) is Failure.MIX_AND_MATCH
    reader.visit(mirror)
    assert reader.refresh.trusted.root.version == 3


def test_root_signed_only_by_its_new_keys(newsroom, reader):
    thief = newsroom.copy("root")
    thief.version += 1
    keys = [new_key() for _ in range(3)]
    thief.keys |= {key.public_key.keyid: key.public_key for key in keys}
    thief.roles["root"] = Role([key.public_key.keyid for key in keys], 2)
    reader.begin()
    assert reader.refuses(sign(thief, keys)) is Failure.WRONG_SIGNATURE
    assert reader.refuses(sign(thief, [*keys, newsroom.keys["root"][0]])) is Failure.WRONG_SIGNATURE
    old = newsroom.keys["root"]
    assert reader.refuses(sign(thief, old)) is Failure.WRONG_SIGNATURE
    assert reader.refresh.give(sign(thief, [*old, *keys])) is True


def test_one_key_under_two_ids_is_not_a_threshold_of_two(newsroom, reader):
    """One of the three root holders gets a root through that lists his key a second time, under another id."""
    holder, second = newsroom.keys["root"][:2]
    twin = with_id(holder, "ffffffff")
    shouting = SSlibKey("eeeeeeee", "ed25519", "ed25519", {"public": holder.public_key.keyval["public"].upper()})
    newsroom.rotate_root(root=[holder, second, twin])
    newsroom.signed["root"].keys["eeeeeeee"] = shouting
    newsroom.signed["root"].roles["root"].keyids.append("eeeeeeee")
    newsroom.files["2.root.json"] = sign(newsroom.signed["root"], newsroom.keys["root"])
    reader.visit(newsroom.mirror())
    assert reader.refresh.trusted.root.version == 2

    thief = newsroom.copy("root")
    thief.version += 1
    reader.begin()
    upper = with_id(holder, "eeeeeeee")
    assert reader.refuses(sign(thief, [holder, twin, upper])) is Failure.WRONG_SIGNATURE
    assert reader.refresh.give(sign(thief, [holder, second])) is True


def test_one_id_for_two_keys(newsroom, reader):
    """JSON lets a name stand twice in an object: one reader would take the first key, another the last."""
    thief = new_key(newsroom.keys["ru"][0].public_key.keyid)
    newsroom.publish("targets")
    data = newsroom.file("targets")
    keyid = f'"{thief.public_key.keyid}":{{'
    assert data.count(keyid.encode()) == 1
    forged = f'{keyid}"keytype":"ed25519","keyval":{{"public":"{thief.public_key.keyval["public"]}"}},'
    forged += f'"scheme":"ed25519"}},{keyid}'
    reader.until(newsroom.mirror(), "targets")
    assert reader.refuses(data.replace(keyid.encode(), forged.encode())) is Failure.MALFORMED


def test_the_id_of_one_roles_key_used_by_another_role(newsroom, reader):
    """Ids are short: a language key that happens to bear the timestamp key's id cannot sign timestamps."""
    keyid = newsroom.keys["timestamp"][0].public_key.keyid
    twin = new_key(keyid)
    newsroom.authorise("ru", [twin])
    newsroom.publish("targets", "ru")
    reader.visit(newsroom.mirror(), "ru/index")
    thief = newsroom.copy("timestamp")
    thief.version += 1
    reader.until(newsroom.mirror(), "timestamp")
    assert reader.refuses(sign(thief, [twin])) is Failure.WRONG_SIGNATURE


def test_one_signature_twice(newsroom, reader):
    newsroom.publish("root")
    mirror = newsroom.mirror()
    one = edit(mirror.files["2.root.json"], lambda found: found["signatures"].__delitem__(slice(1, None)))
    twice = edit(one, lambda found: found["signatures"].append(found["signatures"][0]))
    renamed = edit(
        one,
        lambda found: found["signatures"].append(
            {**found["signatures"][0], "keyid": newsroom.keys["root"][1].public_key.keyid}
        ),
    )
    reader.begin()
    assert reader.refuses(one) is Failure.WRONG_SIGNATURE
    assert reader.refuses(twice) is Failure.MALFORMED
    assert reader.refuses(renamed) is Failure.WRONG_SIGNATURE
    reader.visit(mirror)
    assert reader.refresh.trusted.root.version == 2
