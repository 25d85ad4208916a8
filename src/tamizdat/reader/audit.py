"""Every signed file of every mirror, one mirror at a time, and what differs (promise 2).

A file whose hash is the signed one is the publication's own: whatever is wrong with it then is no mirror's doing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from tamizdat.carriers.port import Inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.catchup import check_root
from tamizdat.edition.index import Segment, read_index, read_shelf
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.errors import Failure, NoMirrorError, PublicationError, TamizdatError, TrustError, UntrustedError
from tamizdat.limits import LIMITS
from tamizdat.reader.audit_site import PageState, TreeAudit, audit_sites, site_json, site_lines
from tamizdat.reader.audit_trees import Survey, survey
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.report import refusal_json, trail_json
from tamizdat.reader.show import shown_time
from tamizdat.roads.harmless import harmless
from tamizdat.roads.named import Fetch, verify_head
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, language_fetch, published_languages
from tamizdat.roads.trail import MirrorTrail, Refusal, Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.verify import ExpiryPolicy

T = TypeVar("T")


@dataclass(slots=True)
class Audited:
    """One mirror: its trail, the edition number it serves of each language, and its pages."""

    trail: MirrorTrail
    editions: dict[str, int] = field(default_factory=dict)
    trees: list[TreeAudit] = field(default_factory=list)
    survey: Survey | None = field(default=None, repr=False)
    """None if not even its signed files could be had."""

    def standing(self, newest: int | None) -> Standing:
        """The mirror in one word, by its files and its pages."""
        found = (self.trail.standing(newest), *(result.standing for result in self.trees))
        return min(found, key=list(Standing).index)


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
    def signed_so(self) -> tuple[Refusal, ...]:
        """Files that the publication signed and that readers refuse, whoever delivered them."""
        return tuple(sorted({refusal for mirror in self.mirrors for refusal in mirror.trail.signed_so}))

    @property
    def lies(self) -> bool:
        """Whether any mirror served what was not signed, or anything that was signed must not have been."""
        return bool(self.equivocations or self.signed_so) or any(
            mirror.standing(self.newest) is Standing.LIES for mirror in self.mirrors
        )

    @property
    def failed(self) -> bool:
        """Whether any mirror could not be checked whole, or has pages that nobody signed."""
        bad = {Standing.UNREACHABLE, Standing.INCOMPLETE}
        found = (finding for mirror in self.mirrors for result in mirror.trees for finding in result.findings)
        return any(finding.state is PageState.EXTRA for finding in found) or any(
            mirror.trail.retired_key or mirror.standing(self.newest) in bad for mirror in self.mirrors
        )


def audit_mirrors(mirrors: Sequence[Inbound], anchor: Anchor, now: datetime, *, quick: bool = False) -> Audit:
    """Check every mirror by itself, whole; with ``quick``, of its pages only some that are drawn by lot.

    Raises nothing for what a mirror does: it stands in the result.
    """
    found = tuple(_audit_one(mirror, anchor, now) for mirror in mirrors)
    surveyed = [audited for audited in found if audited.survey]
    trees = audit_sites([audited.survey for audited in surveyed if audited.survey], quick=quick)
    for audited, of_one in zip(surveyed, trees, strict=True):
        audited.trees = of_one
    return Audit(found)


def _audit_one(mirror: Inbound, anchor: Anchor, now: datetime) -> Audited:
    roads, trust = Roads([mirror]), KeptTrust(MemoryLibrary())
    result = Audited(roads.trails[0])
    trail = result.trail
    refresh = Refresh(trust, now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
    try:
        bring_up_to_date(refresh, roads, trust, now)
        languages = published_languages(refresh)
    except TamizdatError as error:
        if not (trail.refusals or trail.missing or trail.faults or trail.signed_so or trail.retired_key):
            trail.failed("metadata", error)
        return result
    for language in languages:
        try:
            # What a mirror does wrong is NoMirrorError; all else follows from files that are rightly signed.
            with _signed_so(f"{language}/index"):
                result.editions[language] = _audit_language(language, refresh, roads)
        except NoMirrorError:
            continue  # the mirror's trail says which file and why
        except PublicationError as error:
            trail.failed(error.what, error)
    result.survey = survey(mirror, roads, refresh, languages)
    return result


def _audit_language(language: str, refresh: Refresh, roads: Roads) -> int:
    """Fetch and check all files of one edition; its number. Raises NoMirrorError; PublicationError for a bad index."""
    fetch, claim = language_fetch(language, refresh, roads)
    index = _read(fetch, roads, read_index)
    head = index.head.head
    verify_head(index.head, refresh.trusted.language_keys(language), language)
    if (head.language, head.number, head.root, head.time) != (language, claim.number, claim.root, claim.time):
        raise TrustError(Failure.MIX_AND_MATCH, "head and role disagree", what=fetch.path)
    segments = set(index.segments)
    if index.shelf:
        shelf = Fetch(f"{language}/{index.shelf.digest.hex()}.shelf", index.shelf.size, index.shelf.digest)
        segments |= set(_read(shelf, roads, read_shelf))
    stories: dict[str, bytes] = {}
    whole = [_audit_pack(language, segment, roads, stories) for segment in sorted(segments) if segment.size]
    if all(whole):
        check_root(stories, head.count, head.root)
    for picture in sorted(_pictures(stories, language, roads.trails[0])):
        _audit_picture(picture, roads)
    return head.number


def _read(fetch: Fetch, roads: Roads, read: Callable[[bytes], T]) -> T:
    """What ``read`` makes of a file. Raises NoMirrorError; PublicationError if it is the signed one and no good."""
    data = roads.first_good(fetch.path, fetch.size, partial(_checked, fetch))
    with _signed_so(fetch.path):
        return read(data)


def _checked(fetch: Fetch, data: bytes) -> bytes:
    fetch.check(data)
    return data


@contextmanager
def _signed_so(path: str) -> Iterator[None]:
    """Blame the publication for what is refused inside."""
    try:
        yield
    except PublicationError:
        raise
    except UntrustedError as error:
        raise PublicationError(error.failure, error.detail, what=path) from error


def _audit_pack(language: str, segment: Segment, roads: Roads, stories: dict[str, bytes]) -> bool:
    """Add the ``stories`` of one pack. ``False`` if it is bad: that stands in the trail and the rest goes on."""
    fetch = Fetch(f"{language}/{segment.digest.hex()}.pack", segment.size, segment.digest)
    try:
        records = _read(fetch, roads, lambda data: decode_pack(data, language))
    except NoMirrorError:
        return False
    except PublicationError as error:
        roads.trails[0].failed(fetch.path, error)
        return False
    stories.update((record.story_id, record.story) for record in records if isinstance(record, Put))
    return True


def _pictures(stories: Mapping[str, bytes], language: str, trail: MirrorTrail) -> set[str]:
    """The pictures of all stories. One that is not canonical is noted as the publication's fault."""
    found: set[str] = set()
    for story_id, data in stories.items():
        path = f"{language}/{story_id}"
        try:
            with _signed_so(path):
                found.update(picture.file for picture in story_from_bytes(data).pictures)
        except PublicationError as error:
            trail.failed(path, error)
    return found


def _audit_picture(file: str, roads: Roads) -> None:
    fetch = Fetch(f"pictures/{file}.jpg", LIMITS.max_picture_bytes, bytes.fromhex(file))
    with suppress(NoMirrorError):  # the mirror's trail says why
        roads.first_good(fetch.path, fetch.size, fetch.check)


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


def audit_json(audit: Audit) -> dict[str, Any]:
    """The audit for machines."""
    return {
        "newest": audit.newest,
        "equivocations": list(audit.equivocations),
        "signed_so": [refusal_json(refusal) for refusal in audit.signed_so],
        "mirrors": [
            trail_json(m.trail, audit.newest)
            | {"standing": m.standing(audit.newest).value, "editions": m.editions, "pages": site_json(m.trees)}
            for m in audit.mirrors
        ],
    }
