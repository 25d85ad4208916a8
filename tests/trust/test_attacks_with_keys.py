"""Attacks by a thief of one key, and coming back from them: what the thief can do, and what not."""

from datetime import timedelta

import pytest
from adversary import LIFETIME, NOW, Newsroom, Reader, file_name, new_key, sign
from tuf.api.metadata import DelegatedRole, Delegations, MetaFile, TargetFile, Targets

from tamizdat.errors import Failure, TrustError
from tamizdat.limits import LIMITS
from tamizdat.trust.claims import edition_claim
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.store import MemoryStore


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


# --- Stolen keys: what each thief can do and what not ----------------------------------------------------------------


def test_stolen_timestamp_key(newsroom, reader):
    """Can: stamp the current state as fresh for ever. Cannot: bring old or new snapshots into the world."""
    newsroom.edition("ru", 3)
    reader.visit(newsroom.mirror(), "ru/index")
    thief = newsroom.copy("timestamp")
    thief.version += 1
    thief.expires = NOW + timedelta(days=9000)
    mirror = newsroom.mirror()
    mirror.files["timestamp.json"] = sign(thief, newsroom.keys["timestamp"])
    assert edition_read(reader, mirror) == 3  # a freeze, until snapshot or language signatures expire

    thief.version += 1
    thief.snapshot_meta = MetaFile(thief.snapshot_meta.version - 1)
    reader.until(mirror, "timestamp")
    assert reader.refuses(sign(thief, newsroom.keys["timestamp"])) is Failure.ROLLBACK

    thief.snapshot_meta = MetaFile(thief.snapshot_meta.version + 2)
    mirror.files["timestamp.json"] = sign(thief, newsroom.keys["timestamp"])
    reader.until(mirror, "snapshot")
    forged = newsroom.copy("snapshot")
    forged.version = thief.snapshot_meta.version
    assert reader.refuses(sign(forged, newsroom.keys["timestamp"])) is Failure.WRONG_SIGNATURE


def test_stolen_snapshot_key(newsroom, reader):
    """Can: nothing without the timestamp key; with it, hold languages back at or above what a reader has seen."""
    forged = newsroom.copy("snapshot")
    forged.version += 1
    forged.meta["ru.json"].version -= 1
    mirror = newsroom.mirror()
    mirror.files[file_name("snapshot", forged.version)] = sign(forged, newsroom.keys["snapshot"])
    assert edition_read(reader, mirror) == 2
    assert file_name("snapshot", forged.version) not in mirror.asked

    stamp = newsroom.copy("timestamp")
    stamp.version += 1
    stamp.snapshot_meta = MetaFile(forged.version)
    mirror.files["timestamp.json"] = sign(stamp, newsroom.keys["timestamp"])
    reader.until(mirror, "snapshot")
    assert reader.refuses(mirror.files[file_name("snapshot", forged.version)]) is Failure.ROLLBACK


def test_stolen_language_key(newsroom, reader):
    """Can: nothing alone; with the machine's other keys, lie in its own language. Cannot: speak for another one."""
    thief = newsroom.keys["ru"]
    newsroom.publish("fa", "ru")
    mirror = newsroom.mirror()
    forged = newsroom.copy("fa")
    reader.until(mirror, "fa", "fa/index")
    assert reader.refuses(sign(forged, thief)) is Failure.WRONG_LANGUAGE

    newsroom.write_index("ru", 666)
    newsroom.publish("ru")  # with the snapshot and timestamp keys of the same machine
    assert edition_read(reader, newsroom.mirror()) == 666
    assert edition_read(reader, newsroom.mirror(), "fa") == 1

    newsroom.authorise("ru", [new_key()])  # two of three offline holders take the language back
    newsroom.edition("ru", 3)
    newsroom.publish("targets")
    assert edition_read(reader, newsroom.mirror()) == 3
    newsroom.publish("ru")
    reader.until(newsroom.mirror(), "ru", "ru/index")
    assert reader.refuses(sign(newsroom.signed["ru"], thief)) is Failure.WRONG_SIGNATURE


def test_stolen_targets_key(newsroom, reader):
    """One of three: cannot hand a language to a key of the thief's."""
    newsroom.publish("targets")
    forged = newsroom.copy("targets")
    key = new_key()
    forged.delegations.keys[key.public_key.keyid] = key.public_key
    forged.delegations.roles["ru"].keyids = [key.public_key.keyid]
    reader.until(newsroom.mirror(), "targets")
    assert reader.refuses(sign(forged, newsroom.keys["targets"][:1])) is Failure.WRONG_SIGNATURE


def test_stolen_root_key(newsroom, reader):
    """One of three: cannot make a root. Two of three can, which is why they lie in three places."""
    forged = newsroom.copy("root")
    forged.version += 1
    reader.begin()
    assert reader.refuses(sign(forged, newsroom.keys["root"][:1])) is Failure.WRONG_SIGNATURE
    keys = [newsroom.keys["root"][0], *newsroom.keys["targets"]]
    assert reader.refuses(sign(forged, keys)) is Failure.WRONG_SIGNATURE
    assert reader.refresh.give(sign(forged, newsroom.keys["root"][:2])) is True


def test_recovery_after_rotation(newsroom, reader):
    """After the ceremony the thief's files are refused by everyone who has seen the new root."""
    stolen = {role: newsroom.keys[role] for role in ("timestamp", "snapshot")}
    newsroom.rotate_root(timestamp=[new_key()], snapshot=[new_key()], root=[new_key() for _ in range(3)])
    newsroom.publish("snapshot")
    assert edition_read(reader, newsroom.mirror()) == 2
    assert reader.refresh.trusted.root.version == 2

    forged = newsroom.copy("timestamp")
    forged.version += 1
    reader.until(newsroom.mirror(), "timestamp")
    assert reader.refuses(sign(forged, stolen["timestamp"])) is Failure.WRONG_SIGNATURE
    newsroom.publish("snapshot")
    reader.until(newsroom.mirror(), "snapshot")
    assert reader.refuses(sign(newsroom.signed["snapshot"], stolen["snapshot"])) is Failure.WRONG_SIGNATURE


@pytest.mark.parametrize("kept", [True, False], ids=["between visits", "within a visit"])
def test_fast_forward_recovery(newsroom, reader, kept):
    """A thief of the machine pushes every version to the end of the scale; rotation frees the readers."""
    end = 2**53 - 2
    for role in ("ru", "snapshot", "timestamp"):
        newsroom.signed[role].version = end
    newsroom.edition("ru", 666)
    assert edition_read(reader, newsroom.mirror()) == 666
    assert reader.refresh.trusted.timestamp.version == end + 1

    for role in ("ru", "snapshot", "timestamp"):
        newsroom.signed[role].version = 9
    newsroom.authorise("ru", [new_key()])
    newsroom.edition("ru", 3)
    reader.until(newsroom.mirror(), "timestamp")
    assert reader.refuses(newsroom.file("timestamp")) is Failure.ROLLBACK

    newsroom.rotate_root(timestamp=[new_key()], snapshot=[new_key()])
    newsroom.publish("targets")
    if kept:
        assert edition_read(reader, newsroom.mirror()) == 3
        assert reader.refresh.trusted.timestamp.version == 11
    else:
        trusted = reader.refresh.trusted
        trusted.update_root(newsroom.files["2.root.json"])
        assert trusted.timestamp is None
        assert trusted.snapshot is None
        assert trusted.update_timestamp(newsroom.file("timestamp")) is True
        assert trusted.update_snapshot(newsroom.file("snapshot")) is True


def test_rotation_of_one_key_keeps_the_marks_of_the_others(newsroom, reader):
    newsroom.rotate_root(snapshot=[new_key()])
    trusted = reader.refresh.trusted
    assert trusted.raw("targets") is not None
    trusted.update_root(newsroom.files["2.root.json"])
    assert trusted.raw("targets") is None
    assert trusted.timestamp is not None
    assert trusted.snapshot is None
    newsroom.rotate_root(targets=[new_key() for _ in range(3)])
    trusted.update_root(newsroom.files["3.root.json"])
    assert trusted.timestamp is not None


def test_a_role_reached_by_two_ways_is_checked_on_each(newsroom, reader):
    """ru and fa both lead to "joint", with different keys; a file signed for one way is no good on the other."""
    joint = {"ru": new_key(), "fa": new_key()}
    newsroom.signed["joint"] = Targets(1, expires=NOW + LIFETIME)
    for parent, key in joint.items():
        role = DelegatedRole("joint", [key.public_key.keyid], 1, False, [f"{parent}/*"])
        keys = {key.public_key.keyid: key.public_key}
        newsroom.signed[parent].delegations = Delegations(keys, {"joint": role})
        path = f"{parent}/extra"
        newsroom.signed["joint"].targets[path] = TargetFile.from_data(path, b"x", ["sha256"])
    newsroom.keys["joint"] = [joint["ru"]]
    newsroom.publish("joint", "ru", "fa")
    mirror = newsroom.mirror()
    (found,) = reader.visit(mirror, "ru/extra")
    assert found.length == 1

    while reader.refresh.find("fa/extra") is None and reader.refresh.wanted().role != "joint":
        reader.refresh.give(mirror.fetch(reader.refresh.wanted()))
    assert reader.refuses(newsroom.file("joint")) is Failure.WRONG_SIGNATURE
    assert reader.refresh.find("ru/extra") is not None  # the way that is signed stays open

    newsroom.keys["joint"] = list(joint.values())
    both = sign(newsroom.signed["joint"], newsroom.keys["joint"])
    assert reader.refresh.find("fa/extra") is None
    assert reader.refresh.give(both) is True
    assert reader.refresh.find("fa/extra") is not None


def test_a_language_key_cannot_send_readers_on_an_endless_walk(newsroom, reader):
    key = newsroom.keys["ru"][0]
    names = [f"r{number}" for number in range(LIMITS.max_delegations + 3)]
    for parent, child in zip(["ru", *names], names, strict=False):
        role = DelegatedRole(child, [key.public_key.keyid], 1, False, ["ru/*"])
        back = DelegatedRole("ru", [key.public_key.keyid], 1, False, ["ru/*"])
        keys = {key.public_key.keyid: key.public_key}
        newsroom.signed[parent].delegations = Delegations(keys, {"ru": back, child: role})
        newsroom.signed[child] = Targets(1, expires=NOW + LIFETIME)
        newsroom.keys[child] = [key]
    newsroom.publish("ru", *names)
    mirror = newsroom.mirror()
    with pytest.raises(TrustError) as refused:
        reader.visit(mirror, "ru/nowhere")
    assert refused.value.failure is Failure.NOT_FOUND
    fetched = [name for name in mirror.asked if ".r" in name and "root" not in name]
    assert len(fetched) == LIMITS.max_delegations


def test_a_kept_memory_of_another_publication_is_not_used(newsroom, reader):
    other = Newsroom()
    other.edition("ru", 7)
    store = MemoryStore()
    stranger = Reader(other, store=store)
    stranger.visit(other.mirror(), "ru/index")
    ours = Reader(newsroom, store=store)
    assert edition_read(ours, newsroom.mirror()) == 2
    assert Anchor.of_root(store.load("")) == newsroom.anchor
