"""Which metadata a publish has to sign anew, and the files that come of it (TUF 1.0.31, section 3)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tamizdat.publisher.issue import NewEdition
from tamizdat.publisher.ledger import Ledger, Signed
from tamizdat.trust.keyfile import SigningKey
from tamizdat.trust.roles import APP, SNAPSHOT, TARGETS, TIMESTAMP, expiry, is_due
from tamizdat.trust.sign import (
    Target,
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


def duties(
    ledger: Ledger,
    state: State,
    changed: frozenset[str],
    now: datetime,
    sites: Mapping[str, bytes] | None = None,
    app_targets: Sequence[Target] | None = None,
) -> Duty:
    """Who must sign: languages in ``changed``, roles that expire soon or got a new key, and what follows from those.

    ``sites`` has the hash of the top listing of every language that has pages; a language whose pages are others than
    its role says signs too. ``app_targets`` are all targets of the role ``app``. None: as they were signed last.
    The timestamp always signs, because it says when the publication was last checked.
    """
    languages = tuple(
        language
        for language in state.targets.languages
        if language in changed
        or (
            (signed := ledger.signed(language)) is not None
            and (
                _stale(ledger, state, language, now) or _site_of(signed, language, sites) != _site_of(signed, language)
            )
        )
    )
    app = _stale(ledger, state, APP, now) or _app_targets(ledger, app_targets) != _app_targets(ledger)
    snapshot = bool(languages) or app or _stale(ledger, state, SNAPSHOT, now) or _targets_changed(ledger, state)
    return Duty(languages, app, snapshot)


def _stale(ledger: Ledger, state: State, role: str, now: datetime) -> bool:
    signed = ledger.signed(role)
    keyids = {key.keyid for key in state.keys_of(role)}
    return signed is None or is_due(role, signed.expires, now) or not keyids & set(signed.keyids)


def _listed(signed: Signed) -> dict[str, dict[str, Any]]:
    """The targets in our own file of a role."""
    found: dict[str, dict[str, Any]] = json.loads(signed.data)["signed"]["targets"]
    return found


def _site_of(signed: Signed | None, language: str, sites: Mapping[str, bytes] | None = None) -> str | None:
    """The hash of a language's top listing, hex: as ``sites`` says, or without them as was signed last."""
    if sites is not None:
        return sites[language].hex() if language in sites else None
    custom = _listed(signed)[f"{language}/index"]["custom"] if signed else {}
    site: str | None = custom.get("site")
    return site


def _app_targets(ledger: Ledger, app_targets: Sequence[Target] | None = None) -> tuple[Target, ...]:
    """What the role ``app`` vouches for, by path: ``app_targets``, or without them what it signed last."""
    if app_targets is not None:
        return tuple(sorted(app_targets, key=lambda target: target.path))
    signed = ledger.signed(APP)
    return tuple(
        Target(path, entry["length"], bytes.fromhex(entry["hashes"]["sha256"]), entry.get("custom"))
        for path, entry in sorted((_listed(signed) if signed else {}).items())
    )


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
    sites: Mapping[str, bytes] | None = None,
    app_targets: Sequence[Target] | None = None,
) -> None:
    """Sign what ``duty`` asks for into the ledger, in the order in which each file names the ones before it.

    ``sites`` and ``app_targets`` are those that :func:`duties` was given.
    """
    for language in duty.languages:
        site = _site_of(ledger.signed(language), language, sites)
        _sign_language(ledger, language, editions.get(language), site, keys[language], now)
    if duty.app:
        signed, targets = ledger.signed(APP), _app_targets(ledger, app_targets)
        version, expires = (signed.version + 1 if signed else 1), expiry(APP, now)
        data = sign_metadata(make_app_role(version, targets, expires), [keys[APP]])
        ledger.add_signed(Signed(APP, version, expires, (keys[APP].keyid,), data))
    if duty.snapshot:
        _sign_snapshot(ledger, state, keys[SNAPSHOT], now)
    _sign_timestamp(ledger, keys[TIMESTAMP], now)


def _sign_language(
    ledger: Ledger, language: str, edition: NewEdition | None, site: str | None, key: SigningKey, now: datetime
) -> None:
    """A new version of a language's role: over a new edition, or the same one with a new expiry or other pages."""
    signed = ledger.signed(language)
    version = signed.version + 1 if signed else 1
    expires = expiry(language, now)
    path = f"{language}/index"
    custom: dict[str, object]
    if edition is not None:
        length, digest = len(edition.index), hashlib.sha256(edition.index).digest()
        custom = {
            "edition": edition.published.number,
            "root": edition.published.root.hex(),
            "time": edition.published.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    else:
        if signed is None:
            raise LookupError(f"{language} has nothing to renew")
        target = _listed(signed)[path]
        length, digest, custom = target["length"], bytes.fromhex(target["hashes"]["sha256"]), target["custom"]
    custom = {name: value for name, value in custom.items() if name != "site"} | ({"site": site} if site else {})
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
