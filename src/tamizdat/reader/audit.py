"""Every signed file of every mirror, one mirror at a time, and what differs (promise 2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tamizdat.carriers.port import Inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.catchup import check_root
from tamizdat.edition.index import Index, Segment, read_index, read_shelf
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.errors import Failure, NoMirrorError, TamizdatError, TrustError
from tamizdat.limits import LIMITS
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.language import Fetch, verify_head
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.report import trail_json
from tamizdat.reader.roads import Roads
from tamizdat.reader.show import harmless, shown_time
from tamizdat.reader.sync import bring_up_to_date, language_fetch, published_languages
from tamizdat.reader.trail import MirrorTrail, Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.verify import ExpiryPolicy


@dataclass(slots=True)
class Audited:
    """One mirror: its trail, and the edition number it serves of each language."""

    trail: MirrorTrail
    editions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audit:
    """All mirrors."""

    mirrors: tuple[Audited, ...]

    @property
    def newest(self) -> int | None:
        """The highest timestamp version among the mirrors."""
        versions = [m.trail.timestamp_version for m in self.mirrors if m.trail.timestamp_version is not None]
        return max(versions, default=None)

    @property
    def equivocations(self) -> tuple[str, ...]:
        """Signed files of one version that differ from mirror to mirror: proof of a stolen key."""
        seen: dict[str, set[bytes]] = {}
        for mirror in self.mirrors:
            for path, digest in mirror.trail.signed.items():
                seen.setdefault(path, set()).add(digest)
        return tuple(sorted(path for path, digests in seen.items() if len(digests) > 1))

    @property
    def lies(self) -> bool:
        """Whether any mirror served what was not signed, or something else than the others under one signed number."""
        return bool(self.equivocations) or any(
            mirror.trail.standing(self.newest) is Standing.LIES for mirror in self.mirrors
        )

    @property
    def failed(self) -> bool:
        """Whether any mirror could not be checked whole."""
        bad = {Standing.UNREACHABLE, Standing.INCOMPLETE}
        return any(mirror.trail.standing(self.newest) in bad for mirror in self.mirrors)


def audit_mirrors(mirrors: Sequence[Inbound], anchor: Anchor, now: datetime) -> Audit:
    """Check every mirror by itself, whole. Raises nothing for what a mirror does: it stands in the result."""
    return Audit(tuple(_audit_one(mirror, anchor, now) for mirror in mirrors))


def _audit_one(mirror: Inbound, anchor: Anchor, now: datetime) -> Audited:
    with Roads([mirror]) as roads:
        result = Audited(roads.trails[0])
        refresh = Refresh(KeptTrust(MemoryLibrary()), now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
        try:
            bring_up_to_date(refresh, roads)
            languages = published_languages(refresh)
        except TamizdatError as error:
            if not (result.trail.refusals or result.trail.missing or result.trail.faults):
                result.trail.failed("metadata", error)
            return result
        for language in languages:
            try:
                result.editions[language] = _audit_language(language, refresh, roads)
            except NoMirrorError:
                continue  # the mirror's trail says which file and why
            except TamizdatError as error:
                result.trail.failed(f"{language}/index", error)
        return result


def _audit_language(language: str, refresh: Refresh, roads: Roads) -> int:
    """Fetch and check all files of one edition; its number."""
    fetch, claim = language_fetch(language, refresh, roads)
    index = roads.first_good(fetch.path, fetch.size, lambda data: _checked_index(fetch, data))
    verify_head(index.head, refresh.trusted.language_keys(language), language)
    head = index.head.head
    if (head.language, head.number, head.root, head.time) != (language, claim.number, claim.root, claim.time):
        raise TrustError(Failure.MIX_AND_MATCH, "head and role disagree", what=fetch.path)
    segments = set(index.segments)
    if index.shelf:
        shelf = Fetch(f"{language}/{index.shelf.digest.hex()}.shelf", index.shelf.size, index.shelf.digest)
        segments |= set(roads.first_good(shelf.path, shelf.size, lambda data: _checked_shelf(shelf, data)))
    packs = [_audit_pack(language, segment, roads) for segment in sorted(segments) if segment.size]
    stories = {name: data for pack in packs if pack is not None for name, data in pack.items()}
    if None not in packs:
        check_root(stories, head.count, head.root)
    pictures = {picture.file for data in stories.values() for picture in story_from_bytes(data).pictures}
    for picture in sorted(pictures):
        _audit_picture(picture, roads)
    return head.number


def _checked(fetch: Fetch, data: bytes) -> bytes:
    fetch.check(data)
    return data


def _checked_index(fetch: Fetch, data: bytes) -> Index:
    fetch.check(data)
    return read_index(data)


def _checked_shelf(fetch: Fetch, data: bytes) -> tuple[Segment, ...]:
    fetch.check(data)
    return read_shelf(data)


def _audit_pack(language: str, segment: Segment, roads: Roads) -> dict[str, bytes] | None:
    """The stories of one pack, or None if it is bad: that stands in the trail and the rest goes on."""
    fetch = Fetch(f"{language}/{segment.digest.hex()}.pack", segment.size, segment.digest)
    try:
        data = roads.first_good(fetch.path, fetch.size, lambda data: _checked(fetch, data))
    except NoMirrorError:
        return None
    return {r.story_id: r.story for r in decode_pack(data, language) if isinstance(r, Put)}


def _audit_picture(file: str, roads: Roads) -> None:
    fetch = Fetch(f"pictures/{file}.jpg", LIMITS.max_picture_bytes, bytes.fromhex(file))
    try:
        roads.first_good(fetch.path, fetch.size, fetch.check)
    except NoMirrorError:
        return


def audit_lines(audit: Audit) -> Iterator[str]:
    """What differs between mirrors, then a line for each mirror and what is wrong with it."""
    for path in audit.equivocations:
        yield (
            f"WARNING: {path} is not the same everywhere, and every copy is rightly signed: a key may have been "
            "stolen. Ask the newsroom by another way."
        )
    for mirror in audit.mirrors:
        trail = mirror.trail
        standing = trail.standing(audit.newest)
        editions = ", ".join(f"{language} {number}" for language, number in sorted(mirror.editions.items()))
        when = f", checked as of {shown_time(trail.checked_as_of)}" if trail.checked_as_of else ""
        yield f"{harmless(trail.name)}: {standing.value.upper()}, {trail.files} files good{when}"
        if editions:
            yield f"    editions: {editions}"
        for refusal in trail.refusals:
            yield f"    differs: {refusal.path}: {refusal.detail} ({refusal.failure})"
        for path in trail.missing:
            yield f"    missing: {path}"
        for fault in trail.faults:
            yield f"    fault: {harmless(fault)}"


def audit_json(audit: Audit) -> dict[str, Any]:
    """The audit for machines."""
    return {
        "newest": audit.newest,
        "equivocations": list(audit.equivocations),
        "mirrors": [trail_json(m.trail, audit.newest) | {"editions": m.editions} for m in audit.mirrors],
    }
