"""Who is to blame: a mirror for what it altered, the publication for what it signed, nobody for an old key."""

import shutil
from datetime import timedelta

import pytest

from publication_kit import NOW, Newsroom, item
from reader.mirrors import MemoryMirror, flip
from tamizdat.edition.canonical import story_to_bytes
from tamizdat.errors import Failure, NoMirrorError, TrustError
from tamizdat.publisher import ledger, packing
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.audit_report import audit_json, audit_lines
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.report import mirror_lines, visit_json
from tamizdat.reader.sync import sync
from tamizdat.roads.trail import Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh

LATER = NOW + timedelta(hours=1)
RETIRED = "signed by a key that has been retired"


@pytest.fixture
def newsroom(tmp_path):
    room = Newsroom(tmp_path / "room")
    room.settings("[site]\nenabled = false\n")
    room.write([item("a", "en"), item("a", "ru")])
    room.publish()
    return room


def mirror(room, name="honest", change=lambda _path, data: data):
    return MemoryMirror.of(name, room.carriers[0], change)


def read(room, *mirrors, library=None):
    return sync(mirrors, Anchor.parse(room.fingerprint), ["en"], library or MemoryLibrary(), LATER)


def audited(room, *mirrors):
    return audit_mirrors(mirrors, Anchor.parse(room.fingerprint), LATER)


def standings(visit):
    return {trail.name: trail.standing(visit.newest) for trail in visit.trails}


# --- what the publication signed ---


def test_a_story_that_is_not_canonical_is_the_publications_fault(newsroom, monkeypatch):
    spoilt = b"\nP\x01\x01First"
    monkeypatch.setattr(ledger, "story_to_bytes", lambda story: story_to_bytes(story).replace(b"\nPFirst", spoilt))
    newsroom.write([item("a", "en", "Spoilt"), item("b", "en"), item("a", "ru")])
    newsroom.publish(LATER)
    audit = audited(newsroom, mirror(newsroom, "one"), mirror(newsroom, "two"))
    assert [(refusal.path, refusal.failure) for refusal in audit.signed_so] == [
        ("en/a", Failure.NONCANONICAL),
        ("en/b", Failure.NONCANONICAL),
    ]
    assert [found.trail.standing(audit.newest) for found in audit.mirrors] == [Standing.CURRENT] * 2
    assert not audit.failed
    assert audit.lies  # in the sense of the exit code: something that was signed is refused
    lines = list(audit_lines(audit))
    assert len([line for line in lines if "en/a" in line and "signed so by the publication" in line]) == 1
    assert len(audit_json(audit, LATER)["signed_so"]) == 2


def test_a_pack_that_is_none_is_the_publications_fault(newsroom, monkeypatch):
    monkeypatch.setattr(packing, "squeeze", lambda records: b"no pack at all")
    newsroom.write([item("a", "en", "New"), item("a", "ru")])
    newsroom.publish(LATER)
    audit = audited(newsroom, mirror(newsroom))
    assert {refusal.failure for refusal in audit.signed_so} == {Failure.MALFORMED}
    assert audit.mirrors[0].trail.standing(audit.newest) is Standing.CURRENT


def test_a_role_that_is_refused_though_its_hash_is_signed_is_the_publications_fault(newsroom, monkeypatch):
    give = Refresh.give

    def refuse(self, data):
        if self.wanted().role == "en":
            raise TrustError(Failure.WRONG_SIGNATURE, "signed by 0 of the 1 keys that must", what="en")
        return give(self, data)

    monkeypatch.setattr(Refresh, "give", refuse)
    audit = audited(newsroom, mirror(newsroom))
    assert {refusal.failure for refusal in audit.signed_so} == {Failure.WRONG_SIGNATURE}
    assert audit.mirrors[0].trail.standing(audit.newest) is Standing.CURRENT
    # A mirror that alters it is still told apart.
    liar = mirror(newsroom, "liar", lambda path, data: flip(data) if ".en.json" in path else data)
    audit = audited(newsroom, liar)
    assert not audit.signed_so
    assert audit.mirrors[0].trail.standing(audit.newest) is Standing.LIES
    visit = read(newsroom, mirror(newsroom, "one"), mirror(newsroom, "two"))
    assert set(standings(visit).values()) == {Standing.CURRENT}
    assert any("signed so by the publication" in line for line in mirror_lines(visit))


@pytest.mark.parametrize("name", ["timestamp.json", "2.en.json", "1.en.json"])
def test_a_mirror_cannot_write_lines_of_the_report(newsroom, name):
    forged = b'{"signed":{"_type":"x\\nmirror honest: LIES\\u2028mirror honest: LIES\\u001b[2J"}}'
    liar = mirror(newsroom, "liar", lambda path, data: forged if path.endswith(name) else data)
    visit = read(newsroom, liar, mirror(newsroom))
    said = [*mirror_lines(visit), *audit_lines(audited(newsroom, liar))]
    try:
        said += map(str, read(newsroom, liar).faults.values())
    except NoMirrorError as error:
        said.append(str(error))
    lines = [line for text in said for line in text.splitlines()]
    assert any("liar" in line for line in lines)
    assert not [line for line in lines if line.startswith("mirror honest") or "\x1b" in line]


# --- keys that were the publication's once ---


@pytest.fixture
def rotated(newsroom):
    """The newsroom after its timestamp key was replaced, and three mirrors of the time before.

    One knows nothing of it, one was caught in the middle of copying, one is a thief's who goes on signing.
    """
    before = mirror(newsroom, "before")
    thief = Newsroom.__new__(Newsroom)
    thief.__dict__.update(newsroom.__dict__)
    thief.folder = newsroom.folder.with_name("thief")
    shutil.copytree(newsroom.folder, thief.folder)
    thief.carriers = (thief.folder / "mirror",)
    thief.settings("[site]\nenabled = false\n")
    for minute in range(1, 6):
        thief.publish(NOW + timedelta(minutes=minute))
    newsroom.rotate("timestamp", 0, NOW)
    newsroom.write([item("a", "en", "Newer"), item("a", "ru")])
    newsroom.publish(LATER)
    root = {"metadata/2.root.json": mirror(newsroom).files["metadata/2.root.json"]}
    half = MemoryMirror("half", before.files | root)
    return before, half, MemoryMirror("thief", mirror(thief).files | root)


def test_a_mirror_of_before_the_rotation_lags_and_does_not_lie(newsroom, rotated):
    visit = read(newsroom, *rotated, mirror(newsroom))
    assert standings(visit) == {
        "before": Standing.LAGS,
        "half": Standing.LAGS,
        "thief": Standing.LAGS,
        "honest": Standing.CURRENT,
    }
    assert visit.newest == visit.trails[3].timestamp_version
    assert [trail.timestamp_version for trail in visit.trails[:3]] == [None] * 3
    assert b"Newer" in visit.editions["en"].stories["a"]
    assert not visit.findings
    lines = [line for line in mirror_lines(visit) if RETIRED in line]
    assert len(lines) == 3
    assert [found["retired_key"] for found in visit_json(visit)["mirrors"]] == [True, True, True, False]


def test_nothing_that_a_retired_key_signed_is_used(newsroom, rotated):
    """Whether it was retired because it was stolen is not known; so it counts for nothing but a word."""
    for old in rotated[1:]:
        with pytest.raises(NoMirrorError, match=RETIRED):
            read(newsroom, old)


def test_a_reader_who_keeps_a_library_remembers_the_keys_of_before(newsroom, rotated):
    library = MemoryLibrary()
    read(newsroom, rotated[0], library=library)
    read(newsroom, mirror(newsroom), library=library)
    visit = read(newsroom, rotated[2], library=library)
    assert standings(visit) == {"thief": Standing.LAGS}
    assert visit.trails[0].retired_key
    assert b"Newer" in visit.editions["en"].stories["a"]


def test_what_nobody_of_ours_ever_signed_is_still_a_lie(newsroom, rotated, tmp_path):
    other = Newsroom(tmp_path / "other")
    other.settings("[site]\nenabled = false\n")
    other.write([item("a", "en")])
    other.publish()
    stamp = mirror(other).files["metadata/timestamp.json"]
    foreign = mirror(newsroom, "foreign", lambda path, data: stamp if path == "metadata/timestamp.json" else data)
    visit = read(newsroom, foreign, mirror(newsroom))
    assert standings(visit)["foreign"] is Standing.LIES
    assert not visit.trails[0].retired_key


def test_an_audit_says_that_a_half_copied_mirror_lags(newsroom, rotated):
    audit = audited(newsroom, rotated[1], mirror(newsroom))
    half = audit.mirrors[0]
    assert half.trail.standing(audit.newest) is Standing.LAGS
    assert not audit.lies
    assert audit.failed  # it could not be checked whole
    assert "half: LAGS (signed by a retired key), 2 files good" in list(audit_lines(audit))


def test_only_the_last_roots_are_remembered_and_another_publication_brings_its_own():
    library = MemoryLibrary()
    trust = KeptTrust(library)
    trust.save("", b"first")
    for number in range(30):
        trust.save("root", b"root %d" % number)
    assert trust.earlier_roots == tuple(b"root %d" % number for number in range(13, 29))
    library.put_many(trust.roots)
    assert KeptTrust(library).earlier_roots == trust.earlier_roots
    another = KeptTrust(library)
    another.save("", b"another first")
    another.save("root", b"another root")
    assert another.earlier_roots == ()
