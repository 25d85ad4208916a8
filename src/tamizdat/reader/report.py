"""A visit in words and as JSON: two dates, every mirror's standing, and what readers must know about the keys."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.errors import Failure
from tamizdat.reader.language import Edition
from tamizdat.reader.show import shown_time
from tamizdat.reader.sync import Visit
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import MirrorTrail, Refusal, Standing
from tamizdat.trust.roles import OFFLINE

_OLD: Final = timedelta(days=2)
_SHOWN: Final = 3


def mirror_lines(visit: Visit) -> Iterator[str]:
    """One line a mirror that is anything but current, with the evidence; nothing when all is well."""
    for trail in visit.trails:
        standing = trail.standing(visit.newest)
        if standing in {Standing.CURRENT, Standing.UNKNOWN} and not trail.refusals:
            continue
        yield f"mirror {harmless(trail.name)}: {_words(trail, standing, visit)}"
        grave = [refusal for refusal in trail.refusals if refusal.failure is not Failure.ROLLBACK]
        for refusal in grave[:_SHOWN]:
            yield f"    refused {refusal.path}: {refusal.detail} ({refusal.failure})"
    for refusal in sorted({refusal for trail in visit.trails for refusal in trail.signed_so}):
        yield f"WARNING: {refusal.path}: {refusal.detail} ({refusal.failure}); signed so by the publication."
    for finding in visit.findings:
        yield (
            f"WARNING: {finding.role} version {finding.version}: {finding.detail}. Both are signed with the "
            "publication's keys: a key may have been stolen. Ask the newsroom by another way."
        )
    yield from visit.notes


def _words(trail: MirrorTrail, standing: Standing, visit: Visit) -> str:
    match standing:
        case Standing.LIES:
            return "LIES: it served what the publication did not sign. Nothing of it was used."
        case Standing.LAGS if trail.retired_key:
            return "lags: its timestamp is signed by a key that has been retired. Nothing of it was used."
        case Standing.LAGS:
            when = f", checked as of {shown_time(trail.checked_as_of)}" if trail.checked_as_of else ""
            behind = (
                f"timestamp {trail.timestamp_version}, the newest is {visit.newest}"
                if trail.timestamp_version is not None
                else "older than what was already seen"
            )
            return f"lags: {behind}{when}"
        case Standing.INCOMPLETE:
            return f"incomplete: it lacks {len(trail.missing)} files, like {trail.missing[0]}"
        case Standing.UNREACHABLE:
            return f"not reached: {trail.faults[-1]}"
        case Standing.SLOW:
            return f"slow: others had {trail.slow[-1]} long before it, so it was not waited for"
        case _:
            return standing.value


def state_lines(visit: Visit, edition: Edition, now: datetime) -> Iterator[str]:
    """Name, edition and the two dates, then warnings, loudest last."""
    head = edition.head
    name = next((text for key, text in edition.index.about if key == "name"), "")
    stories = "story" if head.count == 1 else "stories"
    yield f"{harmless(name)} · {head.language} · edition {head.number} · {head.count} {stories}"
    checked = shown_time(visit.checked_as_of) if visit.checked_as_of else "unknown"
    yield f"News as of {shown_time(head.time)} · checked as of {checked}"
    yield from warning_lines(visit, now)
    yield ""


def warning_lines(visit: Visit, now: datetime) -> Iterator[str]:
    """What every reader must be told: old news, a rehearsal, offline signatures that have expired."""
    if visit.checked_as_of and now - visit.checked_as_of > _OLD:
        days = (now - visit.checked_as_of).days
        yield f"NOTE: no mirror here has anything newer than {days} days. Other mirrors may."
    if visit.rehearsal:
        yield "REHEARSAL: all keys of this publication lie in one place. Do not rely on it for anybody's safety."
    for role, expired in visit.expired:
        if role in OFFLINE:
            yield (
                f"WARNING: the offline signature of {role} expired on {expired:%Y-%m-%d}. The keys may have been "
                "revoked since, and these mirrors may be hiding it. Compare the fingerprint with the newsroom's."
            )


def visit_json(visit: Visit) -> dict[str, Any]:
    """A visit for machines."""
    return {
        "checked_as_of": time_to_text(visit.checked_as_of) if visit.checked_as_of else None,
        "rehearsal": visit.rehearsal,
        "expired": [{"role": role, "expired": time_to_text(when)} for role, when in visit.expired],
        "findings": [
            {"role": f.role, "version": f.version, "failure": f.failure.value, "detail": f.detail}
            for f in visit.findings
        ],
        "mirrors": [trail_json(trail, visit.newest) for trail in visit.trails],
    }


def trail_json(trail: MirrorTrail, newest: int | None) -> dict[str, Any]:
    """One mirror for machines."""
    return {
        "mirror": trail.name,
        "standing": trail.standing(newest).value,
        "timestamp_version": trail.timestamp_version,
        "checked_as_of": time_to_text(trail.checked_as_of) if trail.checked_as_of else None,
        "files": trail.files,
        "bytes": trail.bytes_served,
        "refused": [refusal_json(refusal) for refusal in trail.refusals],
        "missing": list(trail.missing),
        "faults": list(trail.faults),
        "slow": list(trail.slow),
        "retired_key": trail.retired_key,
    }


def refusal_json(refusal: Refusal) -> dict[str, str]:
    """One refused file for machines."""
    return {"path": refusal.path, "failure": refusal.failure.value, "detail": refusal.detail}
