"""How a mirror is, in words and as JSON. It is about the mirror and those it copies from; never about who reads."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tamizdat.edition.canonical import time_to_text
from tamizdat.errors import LibraryError, UsageError
from tamizdat.mirror.copying import Copier, Looked
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.register import Register
from tamizdat.roads.harmless import harmless


class StatusFile:
    """Writes what came of each look to the mirror's folder, for ``tamizdat mirror status``."""

    def __init__(self, folder: MirrorFolder, copier: Copier, settings: Mapping[str, Any]) -> None:
        self._folder = folder
        self._copier = copier
        self._settings = settings
        self._held: dict[str, Any] = _held(_read(folder.status))

    def write(self, looked: Looked) -> None:
        """Write it. A disk that does not take it is no reason to stop serving."""
        if looked.planned is not None:
            self._held = {
                "editions": looked.planned.editions,
                "timestamp_version": looked.planned.version,
                "checked_as_of": _text(looked.checked_as_of),
                "expires": _text(looked.expires),
                "faults": looked.planned.faults,
            }
        fields = {
            **self._settings,
            "held": self._held,
            **_amounts(self._copier.register),
            "looked": _text(looked.at),
            "fault": looked.fault,
            "fetched": {"files": looked.files, "bytes": looked.bytes},
            "upstreams": [*_upstreams(looked)],
        }
        temporary = self._folder.status.with_suffix(".new")
        try:
            temporary.write_text(json.dumps(fields, indent=1) + "\n", "utf-8")
            temporary.replace(self._folder.status)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _amounts(register: Register) -> dict[str, int]:
    try:
        return {"files": register.count, "bytes": register.total_bytes, "lost": register.lost}
    except LibraryError:  # which the look has told already
        return {}


def _held(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a status says of what is held, as far as it is what we would write: disks alter files."""
    held = fields.get("held")
    if not isinstance(held, dict) or not isinstance(held.get("editions", {}), dict):
        return {}
    try:
        _time(held.get("expires"))
        _time(held.get("checked_as_of"))
    except (ValueError, TypeError):
        return {}
    return held


def _upstreams(looked: Looked) -> Iterator[dict[str, Any]]:
    for trail in looked.trails:
        refused = [f"{refusal.path}: {refusal.detail} ({refusal.failure})" for refusal in trail.refusals]
        troubles = [*refused, *trail.faults, *(f"{path} is missing" for path in trail.missing)]
        yield {
            "name": harmless(trail.name),
            "standing": trail.standing(looked.newest).value,
            "timestamp_version": trail.timestamp_version,
            "trouble": harmless(troubles[0]) if troubles else "",
        }
    for name, fault in looked.faults.items():
        yield {"name": name, "standing": "unreachable", "timestamp_version": None, "trouble": harmless(fault)}


def read_status(root: Path, now: datetime) -> dict[str, Any]:
    """What the mirror in ``root`` says of itself, and whether it runs. Raises UsageError if there is no mirror."""
    folder = MirrorFolder(root)
    fields = _read(folder.status)
    if not fields and not folder.register.exists():
        raise UsageError(f"{root} is no mirror's folder; make one: tamizdat mirror {root} --trust ... --from ...")
    held = _held(fields)
    expires = _time(held.get("expires"))
    return {
        "running": _is_locked(folder.root / "lock"),
        **fields,
        "held": held,
        "expired": expires is not None and expires <= now,
        "totals": _read(folder.totals),
    }


def is_healthy(fields: Mapping[str, Any]) -> bool:
    """Whether nobody need look after the mirror: it runs, holds an edition that counts, and lacks nothing."""
    return bool(
        fields["running"]
        and fields.get("held", {}).get("editions")
        and not fields["expired"]
        and not fields.get("fault")
        and not fields.get("lost")
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        fields = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _is_locked(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _text(moment: datetime | None) -> str | None:
    return time_to_text(moment.replace(microsecond=0)) if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if text else None
