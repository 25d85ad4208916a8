"""The signed files of a visit, from whichever mirrors have them, and what each mirror's copies say about it."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final, Protocol

from tuf.api.metadata import MetaFile, TargetFile

from tamizdat.errors import Failure, NoMirrorError, PublicationError, TrustError, UntrustedError
from tamizdat.limits import LIMITS
from tamizdat.roads.named import Fetch
from tamizdat.roads.roads import Roads
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.claims import EditionClaim, edition_claim
from tamizdat.trust.envelope import check_bytes
from tamizdat.trust.refresh import Refresh, Want
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.verify import ExpiryPolicy, TrustedSet

_SHA256: Final = re.compile("[0-9a-f]{64}")


class RootMemory(Protocol):
    """Who remembers the roots that were current once: they tell a mirror that lags from one that lies."""

    @property
    def earlier_roots(self) -> tuple[bytes, ...]:
        """The last roots before the current one. They give no rights."""
        ...


def bring_up_to_date(refresh: Refresh, roads: Roads, memory: RootMemory, now: datetime) -> None:
    """Top-level signed files from whichever mirrors have them. Raises TrustError or NoMirrorError."""
    while (want := refresh.wanted()) is not None:
        if want.role == TIMESTAMP:
            _ask_timestamps(refresh, roads, want, memory, now)
        elif want.optional:
            _ask_next_root(refresh, roads, want, now)
        else:
            roads.first_good(_path(want), want.max_bytes, _give(refresh, want))


def _path(want: Want) -> str:
    return f"metadata/{want.name}"


def _give(refresh: Refresh, want: Want) -> Callable[[bytes], bool]:
    """What gives a file to ``refresh``, and tells a mirror that alters it from a publication that signed nonsense."""

    def give(data: bytes) -> bool:
        try:
            return refresh.give(data)
        except TrustError as error:
            named = _named(refresh, want)
            if named is not None and named.hashes and _fits(named, data):
                raise PublicationError(error.failure, error.detail, what=error.what) from error
            raise

    return give


def _named(refresh: Refresh, want: Want) -> MetaFile | None:
    """What a signed file says about the wanted one; None for those that nothing names."""
    if want.role in {ROOT, TIMESTAMP}:
        return None
    trusted = refresh.trusted
    return trusted.check_timestamp_current().snapshot_meta if want.role == SNAPSHOT else trusted.named(want.role)


def _fits(named: MetaFile, data: bytes) -> bool:
    try:
        check_bytes(named, data, what="")
    except TrustError:
        return False
    return True


# --- Roots ---


def _ask_next_root(refresh: Refresh, roads: Roads, want: Want, now: datetime) -> None:
    """Take the next root from whichever mirror has it; a mirror that hides it only lags."""
    current = refresh.trusted.raw(ROOT) or b""

    def is_good(data: bytes | None) -> bool:
        fresh = TrustedSet(current, now=now, policy=ExpiryPolicy.REPORT)
        return data is None or _accepts(lambda: fresh.update_root(data))

    for trail, data in roads.ask_all(_path(want), want.max_bytes, is_good, optional=True):
        try:
            refresh.give(data)
        except TrustError as error:
            trail.failed(_path(want), error, data)
            continue
        trail.served(_path(want), data)
        return
    refresh.missing()


def _accepts(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except TrustError:
        return False
    return True


# --- Timestamps ---


def _ask_timestamps(refresh: Refresh, roads: Roads, want: Want, memory: RootMemory, now: datetime) -> None:
    """Ask every mirror, so that one that hides the news is found out by one that does not."""
    current, held = refresh.trusted.raw(ROOT) or b"", refresh.trusted.raw(TIMESTAMP)
    answers = roads.ask_all(_path(want), want.max_bytes, partial(_is_current, current, held, now))
    accepted = 0
    for trail, data in answers:
        try:
            _take_timestamp(refresh, trail, data)
            accepted += 1
        except TrustError as error:
            if error.failure is Failure.WRONG_SIGNATURE and _is_by_retired_key(memory.earlier_roots, data, now):
                trail.retired_key = True
                continue
            trail.failed(_path(want), error, data)
            if error.failure is Failure.ROLLBACK:  # rightly signed, only older: the mirror lags
                trail.timestamp_version, trail.checked_as_of = _dates(current, data, now)
    if not accepted:
        reasons = "; ".join(f"{trail.name}: {_reason(trail)}" for trail in roads.trails)
        raise NoMirrorError(f"no mirror gave a timestamp that can be trusted: {reasons}")
    refresh.advance()


def _take_timestamp(refresh: Refresh, trail: MirrorTrail, data: bytes) -> None:
    findings = len(refresh.trusted.findings)
    refresh.give(data)
    said, timestamp = refresh.trusted.checked_as_of, refresh.trusted.timestamp
    trail.served("metadata/timestamp.json", data)
    if timestamp is not None:
        trail.timestamp_version, trail.checked_as_of = timestamp.version, said
    if len(refresh.trusted.findings) > findings:
        detail = "a second file under one version"
        error = TrustError(Failure.EQUIVOCATION, detail, what=TIMESTAMP)
        trail.failed("metadata/timestamp.json", error, data)


def _is_current(root: bytes, held: bytes | None, now: datetime, data: bytes | None) -> bool:
    """Whether a timestamp is one that need not wait for others: accepted by ``root``, no rollback, not expired."""
    if data is None:
        return False
    fresh = TrustedSet(root, now=now, policy=ExpiryPolicy.REPORT)

    def attempt() -> None:
        if held is not None:
            fresh.restore_timestamp(held)
        fresh.update_timestamp(data)
        fresh.checked_as_of  # noqa: B018 - raises if it is malformed

    return _accepts(attempt) and TIMESTAMP not in dict(fresh.expired)


def _dates(root: bytes, data: bytes, now: datetime) -> tuple[int | None, datetime | None]:
    """Version and time of a timestamp that is signed by the keys of ``root``; None for what it does not rightly say."""
    fresh = TrustedSet(root, now=now, policy=ExpiryPolicy.REPORT)
    with suppress(TrustError):
        fresh.update_timestamp(data)
    try:
        said = fresh.checked_as_of
    except TrustError:
        said = None
    return fresh.timestamp.version if fresh.timestamp else None, said


def _is_by_retired_key(earlier: Iterable[bytes], data: bytes, now: datetime) -> bool:
    """Whether a timestamp is signed by keys that an earlier root named: true to its day, and of no use today.

    The day may be that of a thief, and the key revoked for it. So this only spares a mirror the word *lies*.
    """
    days = (TrustedSet(root, now=now, policy=ExpiryPolicy.REPORT) for root in earlier)
    return any(_accepts(partial(day.update_timestamp, data)) for day in days)


def _reason(trail: MirrorTrail) -> str:
    if trail.retired_key:
        return "signed by a key that has been retired"
    return (trail.faults or [refusal.detail for refusal in trail.refusals] or trail.missing or ["nothing"])[-1]


# --- Languages ---


def published_languages(refresh: Refresh) -> tuple[str, ...]:
    """The languages that have editions, as the snapshot lists them."""
    snapshot = refresh.trusted.snapshot
    names = () if snapshot is None else tuple(name.removesuffix(".json") for name in snapshot.meta)
    return tuple(sorted(name for name in names if name not in {"targets", "app"}))


def language_fetch(language: str, refresh: Refresh, roads: Roads) -> tuple[Fetch, EditionClaim]:
    """The index file that the language's role commits to, and what it says of it. Raises as above."""
    path = f"{language}/index"
    target = find_target(path, refresh, roads)
    digest = target_digest(target, path)
    size = min(target.length, LIMITS.max_index_bytes)
    return Fetch(f"{language}/{digest.hex()}.index", size, digest), edition_claim(target)


def find_target(path: str, refresh: Refresh, roads: Roads) -> TargetFile:
    """What is signed for ``path``, with the roles that are needed to find out. Raises TrustError or NoMirrorError."""
    while (target := refresh.find(path)) is None:
        want = refresh.wanted()
        if want is None:
            raise TrustError(Failure.NOT_FOUND, "nothing more to ask for", what=path)
        _ask_role(refresh, roads, want)
    return target


def target_digest(target: TargetFile, path: str) -> bytes:
    """The SHA-256 (32 bytes) that is signed for a file. Raises TrustError MALFORMED if it is none."""
    digest = target.hashes.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise TrustError(Failure.MALFORMED, "has no SHA-256", what=path)
    return bytes.fromhex(digest)


def _ask_role(refresh: Refresh, roads: Roads, want: Want) -> None:
    """Take a language's role from whichever mirror has it, and compare the others': two are proof of a stolen key."""
    give, named = _give(refresh, want), _named(refresh, want)
    if len(roads.trails) == 1 or named is None:
        roads.first_good(_path(want), want.max_bytes, give)
        return
    taken = False

    def is_good(data: bytes | None) -> bool:
        return data is not None and _fits(named, data)

    for trail, data in roads.ask_all(_path(want), want.max_bytes, is_good, optional=True):
        try:
            if taken:
                refresh.trusted.update_delegated(data, want.role, TARGETS)
            else:
                give(data)
        except UntrustedError as error:
            trail.failed(_path(want), error, data)
            continue
        trail.served(_path(want), data)
        taken = True
    if not taken:  # says of each mirror what was wrong
        roads.first_good(_path(want), want.max_bytes, give)
