"""An audit in words and as JSON."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tamizdat.reader.audit import Audit, Audited
from tamizdat.reader.audit_site import PageState, site_json, site_lines
from tamizdat.reader.report import refusal_json, trail_json
from tamizdat.reader.show import shown_time
from tamizdat.roads.harmless import harmless


def audit_lines(audit: Audit) -> Iterator[str]:
    """What differs between mirrors, then a line for each mirror and what is wrong with it."""
    for path in audit.equivocations:
        yield (
            f"WARNING: {path} is not the same everywhere, and every copy is rightly signed: a key may have been "
            "stolen. Ask the newsroom by another way."
        )
    for refusal in audit.signed_so:
        yield (
            f"WARNING: {refusal.path}: {refusal.detail} ({refusal.failure}); signed so by the publication, so no "
            "mirror is to blame. Readers refuse it: tell the newsroom."
        )
    for mirror in audit.mirrors:
        trail = mirror.trail
        standing = mirror.standing(audit.newest)
        editions = ", ".join(f"{language} {number}" for language, number in sorted(mirror.editions.items()))
        when = f", checked as of {shown_time(trail.checked_as_of)}" if trail.checked_as_of else ""
        word = standing.value.upper() + (" (signed by a retired key)" if trail.retired_key else "")
        yield f"{harmless(trail.name)}: {word}, {trail.files} files good{when}"
        if editions:
            yield f"    editions: {editions}"
        yield from site_lines(mirror.trees)
        for refusal in trail.refusals:
            yield f"    differs: {refusal.path}: {refusal.detail} ({refusal.failure})"
        for path in trail.missing:
            yield f"    missing: {path}"
        for fault in trail.faults:
            yield f"    fault: {harmless(fault)}"


def behind(audit: Audit, mirror: Audited) -> dict[str, int]:
    """By how many editions the mirror lags, for each language in which another has a newer one."""
    newest = audit.newest_editions
    lag = {language: newest[language] - number for language, number in mirror.editions.items()}
    return {language: count for language, count in sorted(lag.items()) if count}


def differing(mirror: Audited) -> list[str]:
    """Paths of all files that came otherwise than they are signed, older and newer ones too, and of extra ones."""
    findings = (finding for tree in mirror.trees for finding in tree.findings)
    pages = {finding.path for finding in findings if finding.state is not PageState.MISSING}
    return sorted(pages | {refusal.path for refusal in mirror.trail.refusals})


def audit_json(audit: Audit, now: datetime, evidence: Mapping[int, str] | None = None) -> dict[str, Any]:
    """The audit for machines. ``evidence`` says where that against a mirror was written, by the mirror's place."""
    return {
        "newest": audit.newest,
        "newest_editions": audit.newest_editions,
        "equivocations": list(audit.equivocations),
        "signed_so": [refusal_json(refusal) for refusal in audit.signed_so],
        "mirrors": [
            _mirror_json(audit, mirror, now) | {"evidence": (evidence or {}).get(place)}
            for place, mirror in enumerate(audit.mirrors)
        ],
    }


def _mirror_json(audit: Audit, mirror: Audited, now: datetime) -> dict[str, Any]:
    trail, newest = mirror.trail, audit.newest
    version, checked = trail.timestamp_version, trail.checked_as_of
    return trail_json(trail, newest) | {
        "standing": mirror.standing(newest).value,
        "reachable": mirror.reachable,
        "age_seconds": int((now - checked).total_seconds()) if checked else None,
        "editions": mirror.editions,
        "behind": None if version is None or newest is None else newest - version,
        "editions_behind": behind(audit, mirror),
        "differs": differing(mirror),
        "pages": site_json(mirror.trees),
    }
