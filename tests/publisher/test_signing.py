"""What the roles say of the pages, and that they say it anew exactly when it changed."""

import gzip
import hashlib
import json
from datetime import timedelta

import pytest

from publication_kit import NOW, PASSPHRASE, Newsroom, item
from tamizdat.edition.listing import SITE_TARGET, Leaf
from tamizdat.edition.site import SiteTree
from tamizdat.publisher.issue import Context, press_edition, sign_edition
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.signing import duties, sign_all
from tamizdat.trust.keyring import Keyring, load_state
from tamizdat.trust.sign import Target

LATER = NOW + timedelta(hours=1)
MONTHS = timedelta(days=60)
ONE, TWO = (hashlib.sha256(text).digest() for text in (b"one", b"two"))
LIST = Target.of(SITE_TARGET, b"the listing of what lies outside")


NO_PAGES = "[site]\nenabled = false\n"
"""The press stays out of it: these tests say themselves what the pages are."""


@pytest.fixture
def room(tmp_path):
    made = Newsroom(tmp_path / "room")
    made.settings(NO_PAGES)
    made.write([item("a", "en")])
    made.publish()
    return made


def sign(room, now=LATER, *, new=(), **what):
    """Sign the pages, and editions of the languages that are ``new``; the roles that had to."""
    state, keyring = load_state(room.folder), Keyring.open(room.folder, lambda _: PASSPHRASE)
    ledger = Ledger(room.folder / LEDGER_FILE)
    try:
        with ledger.transaction():
            duty = duties(ledger, state, frozenset(new), now, **what)
            keyring.unlock(duty.roles)
            keys = {role: keyring.signer(role) for role in duty.roles}
            for language in new:
                press_edition(ledger, language, Context((), (), (), (), keys[language].keyid), now)
            editions = {language: sign_edition(ledger, language, keys[language]) for language in new}
            sign_all(ledger, state, duty, editions, keys, now, **what)
    finally:
        ledger.close()
    return set(duty.roles)


def said(room, role):
    """Version and targets of a role as it was signed last."""
    ledger = Ledger(room.folder / LEDGER_FILE)
    try:
        signed = json.loads(ledger.signed(role).data)["signed"]
    finally:
        ledger.close()
    return signed["version"], signed["targets"]


def test_pages_alone_give_a_role_a_new_version_over_the_same_edition(room):
    version, before = said(room, "en")
    assert sign(room, sites={"en": ONE}) == {"en", "snapshot", "timestamp"}
    after = said(room, "en")
    assert after[0] == version + 1
    custom = after[1]["en/index"]["custom"]
    assert custom == before["en/index"]["custom"] | {"site": ONE.hex()}
    assert after[1]["en/index"]["hashes"] == before["en/index"]["hashes"]


def test_the_same_pages_are_not_signed_again(room):
    sign(room, sites={"en": ONE}, app_targets=[LIST])
    assert sign(room, sites={"en": ONE}, app_targets=[LIST]) == {"timestamp"}
    assert sign(room) == {"timestamp"}
    assert sign(room, sites={"en": TWO}, app_targets=[LIST]) == {"en", "snapshot", "timestamp"}
    assert said(room, "en")[1]["en/index"]["custom"]["site"] == TWO.hex()


def test_pages_that_are_gone_are_said_no_longer(room):
    sign(room, sites={"en": ONE, "ru": TWO}, app_targets=[LIST])
    assert sign(room, sites={"ru": TWO}, app_targets=[]) == {"en", "app", "snapshot", "timestamp"}
    assert "site" not in said(room, "en")[1]["en/index"]["custom"]
    assert said(room, "ru")[1]["ru/index"]["custom"]["site"] == TWO.hex()
    assert said(room, "app")[1] == {}


def test_a_new_edition_and_a_renewal_keep_the_pages_that_were_signed(room):
    sign(room, sites={"en": ONE, "ru": TWO}, app_targets=[LIST])
    sign(room, new=["en"])
    version, targets = said(room, "en")
    assert targets["en/index"]["custom"]["edition"] == 2
    assert targets["en/index"]["custom"]["site"] == ONE.hex()
    assert sign(room, now=NOW + MONTHS) >= {"en", "ru"}
    for language, root in (("en", ONE), ("ru", TWO)):
        assert said(room, language)[1][f"{language}/index"]["custom"]["site"] == root.hex()
    assert said(room, "en")[0] == version + 1


def test_a_new_edition_comes_with_its_pages(room):
    sign(room, sites={"en": ONE})
    assert sign(room, new=["en"], sites={"en": TWO}) == {"en", "snapshot", "timestamp"}
    custom = said(room, "en")[1]["en/index"]["custom"]
    assert (custom["edition"], custom["site"]) == (2, TWO.hex())


def test_an_edition_without_pages_says_nothing_of_them(room):
    sign(room, new=["en"], sites={})
    sign(room, new=["en"])
    assert set(said(room, "en")[1]["en/index"]["custom"]) == {"edition", "root", "time"}


def test_what_lies_outside_the_languages_is_a_target_of_the_app(room):
    version, _ = said(room, "app")
    custom = Target("chooser", 3, ONE, {"by": "hand"})
    assert sign(room, app_targets=[LIST, custom]) == {"app", "snapshot", "timestamp"}
    assert said(room, "app") == (
        version + 1,
        {
            "chooser": {"length": 3, "hashes": {"sha256": ONE.hex()}, "custom": {"by": "hand"}},
            SITE_TARGET: {"length": LIST.length, "hashes": {"sha256": LIST.sha256.hex()}},
        },
    )
    assert sign(room, app_targets=[LIST, custom]) == {"timestamp"}
    assert sign(room, app_targets=[custom, LIST]) == {"timestamp"}
    assert sign(room, now=NOW + timedelta(days=300)) >= {"app"}
    assert set(said(room, "app")[1]) == {"chooser", SITE_TARGET}


def test_first_contact_stays_small_with_pages(tmp_path):
    languages = tuple(f"{first}{second}" for first in "abcdefghij" for second in "xyz")
    room = Newsroom(tmp_path / "room", languages)
    room.settings(NO_PAGES)
    room.write([item("a", language) for language in languages])
    room.publish()
    trees = {
        language: SiteTree.of(language, {f"{language}/index.html": Leaf(4, hashlib.sha256(language.encode()).digest())})
        for language in languages
    }
    sign(room, sites={language: tree.root for language, tree in trees.items()}, app_targets=[LIST])
    ledger = Ledger(room.folder / LEDGER_FILE)
    try:
        files = [ledger.signed(role).data for role in ("timestamp", "snapshot", languages[7])]
    finally:
        ledger.close()
    state = load_state(room.folder)
    sizes = [len(gzip.compress(data, 9, mtime=0)) for data in (*files, state.roots[0], state.targets_file)]
    assert sum(sizes) <= 5_500, sizes
