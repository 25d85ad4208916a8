"""Every signed file of every mirror, each mirror by itself and several at once, and what differs (promise 2).

A file whose hash is the signed one is the publication's own: whatever is wrong with it then is no mirror's doing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from tamizdat.carriers.port import Inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.catchup import check_root
from tamizdat.edition.index import Segment, read_index, read_shelf
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.errors import Failure, NoMirrorError, PublicationError, TamizdatError, TrustError, UntrustedError
from tamizdat.limits import LIMITS
from tamizdat.reader.audit_site import PageState, TreeAudit, audit_sites
from tamizdat.reader.audit_trees import Listings, Survey, survey
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.patience import MIRRORS_AT_ONCE, Patience, timed
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.roads.named import Fetch, verify_head
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, language_fetch, published_languages
from tamizdat.roads.trail import MirrorTrail, Refusal, Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.verify import ExpiryPolicy

T = TypeVar("T")
EVIDENCE_BYTES: Final = 8_000_000
"""How much of what one mirror served instead of signed files is kept, where evidence is asked for."""


@dataclass(slots=True)
class Audited:
    """One mirror: its trail, the edition number it serves of each language, and its pages."""

    trail: MirrorTrail
    editions: dict[str, int] = field(default_factory=dict)
    trees: list[TreeAudit] = field(default_factory=list)
    survey: Survey | None = field(default=None, repr=False)
    """None if not even its signed files could be had."""
    trust: KeptTrust | None = field(default=None, repr=False)
    """The signed files that were accepted from it."""

    @property
    def reachable(self) -> bool:
        """Whether it answered at all, be it with nothing of use."""
        trail = self.trail
        return bool(trail.files or trail.refusals or trail.signed_so or trail.missing or trail.retired_key)

    def standing(self, newest: int | None) -> Standing:
        """The mirror in one word, by its files and its pages."""
        found = (self.trail.standing(newest), *(result.standing for result in self.trees))
        return min(found, key=list(Standing).index)


@dataclass(frozen=True, slots=True)
class Audit:
    """All mirrors."""

    mirrors: tuple[Audited, ...]
    listings: Listings = field(default_factory=lambda: Listings(()), repr=False)
    """The lists of pages that any of the mirrors has."""

    @property
    def newest_editions(self) -> dict[str, int]:
        """The highest edition of each language among the mirrors."""
        found: dict[str, int] = {}
        for mirror in self.mirrors:
            for language, number in mirror.editions.items():
                found[language] = max(number, found.get(language, 0))
        return found

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


def audit_mirrors(
    mirrors: Sequence[Inbound],
    anchor: Anchor,
    now: datetime,
    *,
    quick: bool = False,
    evidence: bool = False,
    patience: Patience | None = None,
    clock: Clock = CLOCK,
) -> Audit:
    """Check every mirror by itself, whole, some of them at once; with ``quick``, of its pages only some drawn by lot.

    With ``evidence`` the trails keep what came in the place of signed files. Each mirror gets ``patience``, so that
    none can hold the audit of the others. Raises nothing for what a mirror does: it stands in the result, in the order
    of ``mirrors``.
    """
    room = EVIDENCE_BYTES if evidence else 0
    with timed(mirrors, patience or Patience(), clock) as roads:
        with ThreadPoolExecutor(MIRRORS_AT_ONCE, thread_name_prefix="mirror") as workers:
            found = tuple(workers.map(lambda road: _audit_one(road, anchor, now, room), roads))
        surveyed = [audited for audited in found if audited.survey]
        surveys = [audited.survey for audited in surveyed if audited.survey]
        listings = Listings(surveys)
        trees = audit_sites(surveys, listings, quick=quick)
    for audited, of_one in zip(surveyed, trees, strict=True):
        audited.trees = of_one
    return Audit(found, listings)


def _audit_one(mirror: Inbound, anchor: Anchor, now: datetime, room_for_evidence: int) -> Audited:
    roads, trust = Roads([mirror]), KeptTrust(MemoryLibrary())
    result = Audited(roads.trails[0], trust=trust)
    trail = result.trail
    trail.room_for_evidence = room_for_evidence
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
