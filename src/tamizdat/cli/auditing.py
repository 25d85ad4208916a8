"""What ``tamizdat audit`` and ``check-evidence`` do. Apart from the commands, so that their help need not load it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from tamizdat.carriers.port import Inbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.cli.anchor import anchor_of
from tamizdat.cli.reading import now
from tamizdat.cli.say import say, say_all, say_json
from tamizdat.config import load_config
from tamizdat.errors import UsageError
from tamizdat.reader.audit import Audit, audit_mirrors
from tamizdat.reader.audit_report import audit_json, audit_lines
from tamizdat.reader.audit_table import table_lines
from tamizdat.reader.evidence import Written, check_new, write_evidence
from tamizdat.reader.evidence_check import check_evidence as check
from tamizdat.reader.evidence_check import checked_json, checked_lines
from tamizdat.reader.listed import listed_mirrors
from tamizdat.reader.patience import Patience
from tamizdat.trust.fingerprint import Anchor

_OWN_COPY: Final = "out"
_FIRST_ROOT: Final = Path("trust", "1.root.json")


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """The options of ``tamizdat audit``. ``patience`` is in minutes."""

    trust: str
    mirrors: Sequence[str]
    bootstraps: Sequence[str]
    folder: Path | None
    json: bool
    quick: bool
    patience: float
    evidence: Path | None


def audit(request: AuditRequest) -> None:
    """Say what differs from mirror to mirror. Raises typer.Exit with the exit code, and UsageError."""
    if request.evidence is not None:
        check_new(request.evidence)
    anchor = _anchor(request)
    mirrors = _mirrors(request, anchor)
    patience = Patience(seconds=60 * request.patience)
    result = audit_mirrors(
        mirrors, anchor, now(), quick=request.quick, evidence=request.evidence is not None, patience=patience
    )
    written = _write_evidence(request, result, mirrors, anchor, patience)
    if request.json:
        say_json(audit_json(result, now(), {place: str(found.folder) for place, found in written.items()}))
    else:
        say_all(table_lines(result, now()))
        say("")
        say_all(audit_lines(result))
        for found in written.values():
            say(f"Evidence, {found.proved} file{'s' * (found.proved != 1)} proved: {found.folder}")
    if result.lies:
        raise typer.Exit(4)
    if result.failed:
        raise typer.Exit(5)


def _write_evidence(
    request: AuditRequest, result: Audit, mirrors: Sequence[Inbound], anchor: Anchor, patience: Patience
) -> dict[int, Written]:
    if request.evidence is None:
        return {}
    return write_evidence(request.evidence, result, mirrors, anchor, now(), patience)


def check_evidence(trust: str, folder: Path, *, json: bool) -> None:
    """Say what evidence proves. Raises typer.Exit with the exit code, and UsageError."""
    checked = check(folder, anchor_of(trust), now())
    if json:
        say_json(checked_json(checked))
    else:
        say_all(checked_lines(checked))
    if not checked.proved:
        raise typer.Exit(4)


def _anchor(request: AuditRequest) -> Anchor:
    if request.trust:
        return anchor_of(request.trust)
    if request.folder is None:
        raise UsageError("say whom to trust: --trust FINGERPRINT, or -C with the publication's folder")
    root = request.folder / _FIRST_ROOT
    if not root.is_file():
        raise UsageError(f"{root} is not there: is {request.folder} the folder of a publication?")
    return anchor_of(str(root))


def _mirrors(request: AuditRequest, anchor: Anchor) -> list[Inbound]:
    """Every mirror to check, each once: those named, then bootstraps, then what these and the settings list."""
    known = {address: open_inbound(address) for address in (*request.mirrors, *request.bootstraps)}
    if request.folder is not None:
        own = str(request.folder / _OWN_COPY)
        known.setdefault(own, open_inbound(own))
        for mirror in load_config(request.folder).mirrors:
            known.setdefault(mirror.url, open_inbound(mirror.url))
    if request.bootstraps:
        bootstraps = [known[address] for address in request.bootstraps]
        for address in listed_mirrors(bootstraps, anchor, now()):
            known.setdefault(address, open_inbound(address))
    if not known:
        raise UsageError("name mirrors to check, or --from a mirror whose editions list them, or -C with the folder")
    # One mirror may have been named in two spellings of its address.
    return list({mirror.name: mirror for mirror in known.values()}.values())
