"""When signatures run out, read from the signed files themselves: no key is needed to know that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tamizdat.limits import LIMITS
from tamizdat.trust.files import read_bounded
from tamizdat.trust.keyring import trust_files

OFFLINE_WARNING_DAYS: Final = 60
"""A ceremony takes people, devices and journeys."""
ONLINE_WARNING_DAYS: Final = 1
"""The press renews these by itself, long before."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """A signed file in force, and until when readers accept it."""

    role: str
    expires: datetime
    offline: bool

    def is_urgent(self, now: datetime) -> bool:
        """Whether somebody should see to it."""
        return (self.expires - now).days < (OFFLINE_WARNING_DAYS if self.offline else ONLINE_WARNING_DAYS)


def expiries(folder: Path, web_root: Path) -> list[Expiry]:
    """Those of the publication in ``folder``, soonest first; of what cannot be read nothing is said."""
    return sorted([*_offline(folder), *_online(web_root / "metadata")], key=lambda each: each.expires)


def _offline(folder: Path) -> Iterator[Expiry]:
    for role, versions in trust_files(folder).items():
        if versions and (signed := _signed(versions[max(versions)])):
            yield from _expiry(role, signed, offline=True)


def _online(metadata: Path) -> Iterator[Expiry]:
    timestamp = _signed(metadata / "timestamp.json")
    if not timestamp:
        return
    yield from _expiry("timestamp", timestamp, offline=False)
    version = timestamp.get("meta", {}).get("snapshot.json", {}).get("version")
    snapshot = _signed(metadata / f"{version}.snapshot.json") or {}
    yield from _expiry("snapshot", snapshot, offline=False)
    for name, about in snapshot.get("meta", {}).items():
        role = name.removesuffix(".json")
        if role != "targets":
            yield from _expiry(role, _signed(metadata / f"{about.get('version')}.{name}") or {}, offline=False)


def _signed(file: Path) -> dict[str, Any] | None:
    try:
        signed = json.loads(read_bounded(file, LIMITS.max_targets_bytes))["signed"]
    except Exception:  # noqa: BLE001 - a file that cannot be read says nothing, here; publishing tells why
        return None
    return signed if isinstance(signed, dict) else None


def _expiry(role: str, signed: dict[str, Any], *, offline: bool) -> Iterator[Expiry]:
    try:
        yield Expiry(role, datetime.fromisoformat(signed["expires"]).astimezone(UTC), offline)
    except (KeyError, ValueError, TypeError):
        return
