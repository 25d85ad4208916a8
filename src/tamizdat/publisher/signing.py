"""Which metadata a publish has to sign anew, and the files that come of it (TUF 1.0.31, section 3)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tamizdat.publisher.issue import NewEdition
from tamizdat.publisher.ledger import Ledger, Signed
from tamizdat.trust.keyfile import SigningKey
from tamizdat.trust.roles import APP, SNAPSHOT, TARGETS, TIMESTAMP, expiry, is_due
from tamizdat.trust.sign import (
    make_app_role,
    make_language_role,
    make_snapshot,
    make_timestamp,
    sign_metadata,
)
from tamizdat.trust.state import State


@dataclass(frozen=True, slots=True)
class Duty:
    """The roles that must sign in this publish."""

    languages: tuple[str, ...]
    app: bool
    snapshot: bool

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role whose key has to be opened."""
        return (*self.languages, *((APP,) if self.app else ()), *((SNAPSHOT,) if self.snapshot else ()), TIMESTAMP)


def duties(ledger: Ledger, state: State, changed: frozenset[str], now: datetime) -> Duty:
    """Who must sign: languages in ``changed``, roles that expire soon or got a new key, and what follows from those.

    The timestamp always signs, because it says when the publication was last checked.
    """
    languages = tuple(
        language
        for language in state.targets.languages
        if language in changed or (ledger.signed(language) is not None and _stale(ledger, state, language, now))
    )
    app = _stale(ledger, state, APP, now)
    snapshot = bool(languages) or app or _stale(ledger, state, SNAPSHOT, now) or _targets_changed(ledger, state)
    return Duty(languages, app, snapshot)


def _stale(ledger: Ledger, state: State, role: str, now: datetime) -> bool:
    signed = ledger.signed(role)
    keyids = {key.keyid for key in state.keys_of(role)}
    return signed is None or is_due(role, signed.expires, now) or not keyids & set(signed.keyids)


def _versions(signed: Signed) -> dict[str, int]:
    """Versions by role in our own snapshot file."""
    meta = json.loads(signed.data)["signed"]["meta"]
    return {name.removesuffix(".json"): entry["version"] for name, entry in meta.items()}


def _targets_changed(ledger: Ledger, state: State) -> bool:
    snapshot = ledger.signed(SNAPSHOT)
    return snapshot is None or _versions(snapshot).get(TARGETS) != state.targets.version


def sign_all(
    ledger: Ledger,
    state: State,
    duty: Duty,
    editions: Mapping[str, NewEdition],
    keys: Mapping[str, SigningKey],
    now: datetime,
) -> None:
    """Sign what ``duty`` asks for into the ledger, in the order in which each file names the ones before it."""
    for language in duty.languages:
        _sign_language(ledger, language, editions.get(language), keys[language], now)
    if duty.app:
        signed = ledger.signed(APP)
        version, expires = (signed.version + 1 if signed else 1), expiry(APP, now)
        data = sign_metadata(make_app_role(version, (), expires), [keys[APP]])
        ledger.add_signed(Signed(APP, version, expires, (keys[APP].keyid,), data))
    if duty.snapshot:
        _sign_snapshot(ledger, state, keys[SNAPSHOT], now)
    _sign_timestamp(ledger, keys[TIMESTAMP], now)


def _sign_language(ledger: Ledger, language: str, edition: NewEdition | None, key: SigningKey, now: datetime) -> None:
    """A new version of a language's role: over a new edition, or the same one with a new expiry."""
    signed = ledger.signed(language)
    version = signed.version + 1 if signed else 1
    expires = expiry(language, now)
    path = f"{language}/index"
    if edition is not None:
        length, digest = len(edition.index), hashlib.sha256(edition.index).digest()
        custom: Mapping[str, object] = {
            "edition": edition.published.number,
            "root": edition.published.root.hex(),
            "time": edition.published.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    else:
        if signed is None:
            raise LookupError(f"{language} has nothing to renew")
        target = json.loads(signed.data)["signed"]["targets"][path]
        length, digest, custom = target["length"], bytes.fromhex(target["hashes"]["sha256"]), target["custom"]
    role = make_language_role(
        language, version, path=path, length=length, sha256=digest, custom=custom, expires=expires
    )
    ledger.add_signed(Signed(language, version, expires, (key.keyid,), sign_metadata(role, [key])))


def _sign_snapshot(ledger: Ledger, state: State, key: SigningKey, now: datetime) -> None:
    signed = ledger.signed(SNAPSHOT)
    version, expires = (signed.version + 1 if signed else 1), expiry(SNAPSHOT, now)
    versions: dict[str, int] = {TARGETS: state.targets.version}
    files: dict[str, bytes] = {}
    for role in (APP, *state.targets.languages):
        if current := ledger.signed(role):
            versions[role] = current.version
            # Hashes of the languages only: targets are signed offline, and every byte here is paid at first contact.
            files |= {role: current.data} if role != APP else {}
    data = sign_metadata(make_snapshot(version, versions, expires, files), [key])
    ledger.add_signed(Signed(SNAPSHOT, version, expires, (key.keyid,), data))


def _sign_timestamp(ledger: Ledger, key: SigningKey, now: datetime) -> None:
    signed, snapshot = ledger.signed(TIMESTAMP), ledger.signed(SNAPSHOT)
    if snapshot is None:
        raise LookupError("a timestamp needs a snapshot")
    version, expires = (signed.version + 1 if signed else 1), expiry(TIMESTAMP, now)
    data = sign_metadata(make_timestamp(version, snapshot.version, now, expires), [key])
    ledger.add_signed(Signed(TIMESTAMP, version, expires, (key.keyid,), data))
