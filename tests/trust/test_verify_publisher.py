"""What ``trust.sign`` writes is what ``trust.verify`` reads."""

import hashlib
from datetime import UTC, datetime

import pytest

from tamizdat.errors import Failure, TrustError
from tamizdat.trust import roles, sign
from tamizdat.trust.claims import RetiredKey, edition_claim, is_rehearsal
from tamizdat.trust.fingerprint import Anchor, fingerprint, to_words
from tamizdat.trust.keyfile import Argon2, KeyFile
from tamizdat.trust.refresh import Refresh, bring_up_to_date, find_target
from tamizdat.trust.store import MemoryStore

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
COUNTS = {"root": 3, "targets": 3, "snapshot": 1, "timestamp": 1}
LANGUAGES = ("fa", "ru", "sr-Latn")
RETIRED = sign.Retired("ru", b"\x07" * 32, 41)


@pytest.fixture(scope="module")
def ring():
    names = (*COUNTS, "app", *LANGUAGES)
    cheap = Argon2(64, 1)
    return {
        role: [KeyFile.create(role, f"{role} {at}", "p", cheap).unlock("p") for at in range(COUNTS.get(role, 1))]
        for role in names
    }


@pytest.fixture(scope="module")
def files(ring):
    public = {role: [each.key for each in ring[role]] for role in COUNTS}
    versions = {"targets": 1, "app": 1} | dict.fromkeys(LANGUAGES, 5)
    parts = {
        "1.root.json": ("root", sign.make_root(1, public, roles.expiry("root", NOW), rehearsal=True)),
        "timestamp.json": ("timestamp", sign.make_timestamp(9, 8, NOW, roles.expiry("timestamp", NOW))),
        "8.snapshot.json": ("snapshot", sign.make_snapshot(8, versions, roles.expiry("snapshot", NOW))),
        "1.targets.json": (
            "targets",
            sign.make_targets(
                1,
                {role: ring[role][0].key for role in ("app", *LANGUAGES)},
                roles.expiry("targets", NOW),
                [RETIRED],
            ),
        ),
        "1.app.json": (
            "app",
            sign.make_app_role(1, [sign.Target.of("index.html", b"page")], roles.expiry("app", NOW)),
        ),
    }
    for language in LANGUAGES:
        custom = {"edition": 3, "root": hashlib.sha256(b"r").hexdigest(), "time": "2031-05-01T12:00:00Z"}
        role = sign.make_language_role(
            language,
            5,
            path=f"{language}/index",
            length=5,
            sha256=hashlib.sha256(b"index").digest(),
            custom=custom,
            expires=roles.expiry(language, NOW),
        )
        parts[f"5.{language}.json"] = (language, role)
    return {
        name: sign.sign_metadata(part, ring[role][: 2 if role in {"root", "targets"} else 1])
        for name, (role, part) in parts.items()
    }


@pytest.mark.parametrize("spell", [fingerprint, lambda root: to_words(fingerprint(root))])
def test_a_reader_with_one_fingerprint_reads_what_the_publisher_signed(ring, files, spell):
    refresh = Refresh(MemoryStore(), now=NOW, anchor=Anchor.parse(spell(files["1.root.json"])))

    def fetch(want):
        return files.get(want.name)

    bring_up_to_date(refresh, fetch)
    for language in LANGUAGES:
        claim = edition_claim(find_target(refresh, fetch, f"{language}/index"))
        assert (claim.number, claim.root, claim.time) == (3, hashlib.sha256(b"r").digest(), NOW)
        assert refresh.trusted.language_keys(language) == {ring[language][0].key.public}
    assert find_target(refresh, fetch, "index.html").length == 4
    with pytest.raises(TrustError) as refused:
        find_target(refresh, fetch, "ru/deeper/file")
    assert refused.value.failure is Failure.NOT_FOUND
    trusted = refresh.trusted
    assert trusted.checked_as_of == NOW
    assert trusted.retired_keys == (RetiredKey("ru", b"\x07" * 32, 41),)
    assert is_rehearsal(trusted.root) is True
    assert trusted.findings == trusted.expired == ()
