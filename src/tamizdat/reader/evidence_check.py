"""Evidence against a mirror, checked again by anybody: from the fingerprint down, without a network."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.carriers.port import is_safe_path
from tamizdat.errors import CarrierError, FormatError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.reader.evidence import MANIFEST, SERVED, SIGNED
from tamizdat.reader.witness import Verdict, Witness
from tamizdat.roads.harmless import harmless
from tamizdat.trust.fingerprint import Anchor

_MAX_MANIFEST_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    """Evidence that was checked: whose it is, as the folder says of itself, and what came of each file."""

    mirror: str
    verdicts: tuple[Verdict, ...]

    @property
    def proved(self) -> bool:
        """Whether there is something, and all of it holds."""
        return bool(self.verdicts) and all(verdict.proved for verdict in self.verdicts)


def check_evidence(folder: Path, anchor: Anchor, now: datetime) -> Checked:
    """Judge everything in ``served/`` by ``signed/`` and the fingerprint. No network.

    Raises UsageError if the folder is no evidence, CarrierError if it cannot be read.
    """
    served = folder / SERVED
    if not served.is_dir():
        raise UsageError(f"{folder} is no evidence: it has no folder {SERVED}/ as `tamizdat audit --evidence` makes it")
    place = DirectoryInbound(served)
    witness = Witness(DirectoryInbound(folder / SIGNED), anchor, now)
    paths = sorted(path for path in place.list() if is_safe_path(path))
    return Checked(
        _mirror_of(folder), tuple(witness.judge(path, place.fetch(path, LIMITS.max_site_file_bytes)) for path in paths)
    )


def _mirror_of(folder: Path) -> str:
    """Whom the folder accuses. Anybody can write that; the verdicts do not depend on it."""
    try:
        told: Any = json.loads(DirectoryInbound(folder).fetch(MANIFEST, _MAX_MANIFEST_BYTES))
        return harmless(str(told["mirror"])).encode(errors="replace").decode()
    except (CarrierError, FormatError, ValueError, KeyError, TypeError, RecursionError):
        return "(it does not say)"


def checked_lines(checked: Checked) -> Iterator[str]:
    """What came of the check, for people."""
    yield f"Evidence against {checked.mirror}"
    for verdict in checked.verdicts:
        yield f"{'PROVED' if verdict.proved else 'NOT PROVED'}: {verdict.path}"
        yield f"    signed hash:        {verdict.signed.hex() if verdict.signed else '-'}"
        yield f"    served bytes hash:  {verdict.served.hex()}"
        yield f"    {harmless(verdict.detail)}"
    if checked.proved:
        yield "The publication did not sign these bytes. That this mirror sent them is the word of who wrote this down."
    else:
        yield "This proves nothing against anybody."


def checked_json(checked: Checked) -> dict[str, Any]:
    """What came of the check, for machines."""
    return {
        "mirror": checked.mirror,
        "proved": checked.proved,
        "files": [
            {
                "path": verdict.path,
                "signed": verdict.signed.hex() if verdict.signed else None,
                "served": verdict.served.hex(),
                "proved": verdict.proved,
                "detail": harmless(verdict.detail),
            }
            for verdict in checked.verdicts
        ],
    }
