"""One visit: from a fingerprint and some mirrors to verified editions, and a word about every mirror."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tuf.api.metadata import Metadata, Root, Signed, Timestamp

from tamizdat.carriers.port import Inbound
from tamizdat.errors import Failure, NoMirrorError, TamizdatError, TrustError
from tamizdat.limits import LIMITS
from tamizdat.reader.kept import (
    FIRST_ROOT_NAME,
    KeptTrust,
    edition_changes,
    floor_change,
    floor_of,
    kept_edition,
    kept_languages,
    load_held,
    load_marks,
    purge_changes,
)
from tamizdat.reader.language import Edition, Fetch, Held, LanguageSync, Mark
from tamizdat.reader.library import Library
from tamizdat.reader.roads import Roads
from tamizdat.reader.trail import MirrorTrail
from tamizdat.trust.claims import EditionClaim, checked_as_of, edition_claim, is_rehearsal
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh, Want
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.verify import ExpiryPolicy, Finding

Step = Callable[[], None]
_Fetched = tuple[Fetch, bytes]
_TRANSIT: Final = "transit/"
"""Files of a visit that is not finished, by hash."""
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of a visit. ``faults`` has the languages that could not be brought up to date, with the reason."""

    editions: Mapping[str, Edition]
    faults: Mapping[str, TamizdatError]
    trails: tuple[MirrorTrail, ...]
    newest: int | None
    checked_as_of: datetime | None
    expired: tuple[tuple[str, datetime], ...]
    rehearsal: bool
    findings: tuple[Finding, ...]
    languages: tuple[str, ...]
    """Every language of the publication."""
    notes: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Bytes of good files that were fetched."""
        return sum(trail.bytes_served for trail in self.trails)


def sync(
    mirrors: Sequence[Inbound],
    anchor: Anchor,
    languages: Sequence[str],
    library: Library,
    now: datetime,
    step: Step = lambda: None,
) -> Visit:
    """Bring ``languages`` (all of the publication's if empty) up to date in ``library``.

    The library changes at the end, all at once; until then it only collects files in transit, which a visit that was
    interrupted leaves for the next one. Raises NoMirrorError or TrustError when not even the publication's
    signed files can be had; a fault of one language stands in the result and leaves the others be.
    """
    return _with_kept(_sync(mirrors, anchor, languages, library, now, step), library)


def _with_kept(visit: Visit, library: Library) -> Visit:
    """Where a language could not be brought up to date, what was kept of it is still worth reading."""
    kept = {name: edition for name in visit.faults if (edition := kept_edition(library, name))}
    notes = tuple(f"{name}: no mirror had all of the newest edition; this is the one that you kept." for name in kept)
    faults = {name: fault for name, fault in visit.faults.items() if name not in kept}
    return replace(visit, editions={**visit.editions, **kept}, faults=faults, notes=(*visit.notes, *notes))


def _sync(
    mirrors: Sequence[Inbound], anchor: Anchor, languages: Sequence[str], library: Library, now: datetime, step: Step
) -> Visit:
    with Roads(mirrors) as roads:
        visit, why = _try(roads, anchor, languages, library, now, step)
        behind = [mirror for mirror, trail in zip(mirrors, roads.trails, strict=True) if trail.is_behind(roads.newest)]
    if visit is not None and (visit.editions or not visit.faults or not behind):
        return visit
    if not behind:
        kept = _from_library(library, anchor, languages, now, roads)
        if kept is None:
            raise why or NoMirrorError("no mirror was named")
        return kept
    # A mirror that shows the newest timestamp and withholds what it names must not keep readers from older news.
    with Roads(behind) as others:
        try:
            older = _visit(others, anchor, languages, library, now, step)
        except (NoMirrorError, TrustError) as error:
            if visit is not None:
                return visit
            raise why or error from error
    ahead = tuple(trail for trail in roads.trails if not trail.is_behind(roads.newest))
    return replace(older, trails=(*ahead, *older.trails), newest=roads.newest)


def _try(
    roads: Roads, anchor: Anchor, languages: Sequence[str], library: Library, now: datetime, step: Step
) -> tuple[Visit | None, NoMirrorError | None]:
    try:
        return _visit(roads, anchor, languages, library, now, step), None
    except NoMirrorError as error:
        return None, error


def _hold_fast(refresh: Refresh, trust: KeptTrust, library: Library) -> list[str]:
    """Keep what offline keys have said, whatever the rest of the visit brings: roots, targets' version, revocations.

    Raises ROLLBACK when the targets are older than those that this reader has verified under the same root: a mirror
    that hides a revocation.
    """
    trusted = refresh.trusted
    root, targets = trusted.root.version, trusted.named(TARGETS).version
    floor_root, floor_targets = floor_of(library)
    if root == floor_root and targets < floor_targets:
        detail = f"version {targets} is older than {floor_targets}, which was seen"
        raise TrustError(Failure.ROLLBACK, detail, what=TARGETS)
    purge, notes = purge_changes(library, trusted.retired_keys)
    library.put_many({**trust.roots, **floor_change(root, targets), **purge})
    return notes


def _from_library(
    library: Library, anchor: Anchor, languages: Sequence[str], now: datetime, roads: Roads
) -> Visit | None:
    """What was kept from earlier visits, with the dates of its day: reading needs no network."""
    first = library.get(FIRST_ROOT_NAME)
    editions = {
        name: edition for name in languages or kept_languages(library) if (edition := kept_edition(library, name))
    }
    if not editions or first is None or not anchor.matches(first):
        return None
    signed: dict[str, Signed] = {
        role: Metadata[Any].from_bytes(data).signed
        for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
        if (data := library.get(f"trust/{role}"))
    }
    root, timestamp = signed.get(ROOT), signed.get(TIMESTAMP)
    return Visit(
        editions=editions,
        faults={name: NoMirrorError(f"{name} is not in the library") for name in languages if name not in editions},
        trails=roads.trails,
        newest=roads.newest,
        checked_as_of=checked_as_of(timestamp) if isinstance(timestamp, Timestamp) else None,
        expired=tuple((role, part.expires) for role, part in signed.items() if part.expires <= now),
        rehearsal=isinstance(root, Root) and is_rehearsal(root),
        findings=(),
        languages=kept_languages(library),
        notes=("No mirror was of use: this is what you kept.",),
    )


def _visit(
    roads: Roads, anchor: Anchor, languages: Sequence[str], library: Library, now: datetime, step: Step
) -> Visit:
    trust = KeptTrust(library)
    refresh = Refresh(trust, now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
    bring_up_to_date(refresh, roads)
    notes = _hold_fast(refresh, trust, library)
    published = published_languages(refresh)
    round_ = _Round(roads, refresh, library, step)
    for language in languages or published:
        round_.begin(language)
    round_.fetch_all()
    round_.notes.extend(notes)
    if round_.editions or not round_.faults:
        arrived = dict.fromkeys(name for name in library.names() if name.startswith(_TRANSIT))
        library.put_many({**arrived, **trust.changes, **round_.changes})
    return Visit(
        editions=round_.editions,
        faults=round_.faults,
        trails=roads.trails,
        newest=roads.newest,
        checked_as_of=refresh.trusted.checked_as_of,
        expired=refresh.trusted.expired,
        rehearsal=is_rehearsal(refresh.trusted.root),
        findings=refresh.trusted.findings,
        languages=published,
        notes=tuple(round_.notes),
    )


# --- Signed metadata ----------------------------------------------------------------------------------------------


def bring_up_to_date(refresh: Refresh, roads: Roads) -> None:
    """Top-level signed files from whichever mirrors have them. Raises TrustError or NoMirrorError."""
    while (want := refresh.wanted()) is not None:
        if want.role == TIMESTAMP:
            _ask_timestamps(refresh, roads, want)
        elif want.optional:
            _ask_next_root(refresh, roads, want)
        else:
            roads.first_good(_path(want), want.max_bytes, refresh.give)


def _path(want: Want) -> str:
    return f"metadata/{want.name}"


def _ask_next_root(refresh: Refresh, roads: Roads, want: Want) -> None:
    """Take the next root from whichever mirror has it; a mirror that hides it only lags."""
    for trail, data in roads.ask_all(_path(want), want.max_bytes, optional=True):
        try:
            refresh.give(data)
        except TrustError as error:
            trail.failed(_path(want), error)
            continue
        trail.served(_path(want), data)
        return
    refresh.missing()


def _ask_timestamps(refresh: Refresh, roads: Roads, want: Want) -> None:
    """Ask every mirror, so that one that hides the news is found out by one that does not."""
    accepted = 0
    for trail, data in roads.ask_all(_path(want), want.max_bytes):
        findings = len(refresh.trusted.findings)
        try:
            refresh.give(data)
            said = refresh.trusted.checked_as_of
        except TrustError as error:
            trail.failed(_path(want), error)
            if error.failure is Failure.ROLLBACK:  # rightly signed, only older: the mirror lags
                older = Metadata[Timestamp].from_bytes(data).signed
                trail.timestamp_version, trail.checked_as_of = older.version, checked_as_of(older)
            continue
        accepted += 1
        timestamp = refresh.trusted.timestamp
        trail.served(_path(want), data)
        if timestamp is not None:
            trail.timestamp_version = timestamp.version
            trail.checked_as_of = said
        if len(refresh.trusted.findings) > findings:
            trail.failed(
                _path(want), TrustError(Failure.EQUIVOCATION, "a second file under one version", what=TIMESTAMP)
            )
    if not accepted:
        reasons = "; ".join(
            f"{trail.name}: {(trail.faults or [r.detail for r in trail.refusals] or trail.missing or ['nothing'])[-1]}"
            for trail in roads.trails
        )
        raise NoMirrorError(f"no mirror gave a timestamp that can be trusted: {reasons}")
    refresh.advance()


def published_languages(refresh: Refresh) -> tuple[str, ...]:
    """The languages that have editions, as the snapshot lists them."""
    snapshot = refresh.trusted.snapshot
    names = () if snapshot is None else tuple(name.removesuffix(".json") for name in snapshot.meta)
    return tuple(sorted(name for name in names if name not in {"targets", "app"}))


def language_fetch(language: str, refresh: Refresh, roads: Roads) -> tuple[Fetch, EditionClaim]:
    """The index file that the language's role commits to, and what it says of it. Raises as above."""
    path = f"{language}/index"
    while (target := refresh.find(path)) is None:
        want = refresh.wanted()
        if want is None:
            raise TrustError(Failure.NOT_FOUND, "nothing more to ask for", what=path)
        _ask_role(refresh, roads, want)
    digest = target.hashes.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise TrustError(Failure.MALFORMED, "has no SHA-256", what=path)
    size = min(target.length, LIMITS.max_index_bytes)
    return Fetch(f"{language}/{digest}.index", size, bytes.fromhex(digest)), edition_claim(target)


def _ask_role(refresh: Refresh, roads: Roads, want: Want) -> None:
    """Take a language's role from whichever mirror has it, and compare the others': two are proof of a stolen key."""
    if len(roads.trails) == 1:
        roads.first_good(_path(want), want.max_bytes, refresh.give)
        return
    taken = False
    for trail, data in roads.ask_all(_path(want), want.max_bytes, optional=True):
        try:
            if taken:
                refresh.trusted.update_delegated(data, want.role, TARGETS)
            else:
                refresh.give(data)
        except TrustError as error:
            trail.failed(_path(want), error)
            continue
        trail.served(_path(want), data)
        taken = True
    if not taken:  # says of each mirror what was wrong
        roads.first_good(_path(want), want.max_bytes, refresh.give)


def _in_transit(fetch: Fetch) -> str:
    return f"{_TRANSIT}{fetch.digest.hex()}"


# --- Editions -----------------------------------------------------------------------------------------------------


class _Round:
    """The languages of one visit, fetched side by side."""

    def __init__(self, roads: Roads, refresh: Refresh, library: Library, step: Step) -> None:
        self._roads = roads
        self._refresh = refresh
        self._library = library
        self._step = step
        self._syncs: dict[str, LanguageSync] = {}
        self._held: dict[str, Held] = {}
        self._marks: dict[str, dict[bytes, Mark]] = {}
        self.editions: dict[str, Edition] = {}
        self.faults: dict[str, TamizdatError] = {}
        self.changes: dict[str, bytes | None] = {}
        self.notes: list[str] = []

    def begin(self, language: str) -> None:
        """Find out what the language's role commits to."""
        try:
            fetch, claim = language_fetch(language, self._refresh, self._roads)
            held, marks = load_held(self._library, language), load_marks(self._library, language)
            keys = self._refresh.trusted.language_keys(language)
            self._syncs[language] = begun = LanguageSync(language, fetch, claim, keys, marks, held)
            known = self._library.get(f"index/{language}")
            if known is not None and fetch.is_file(known):
                begun.take_index(known)
            self._held[language], self._marks[language] = held, marks
        except TamizdatError as error:
            self._fail(language, error)

    def _fail(self, language: str, error: TamizdatError) -> None:
        self.faults[language] = error
        self._syncs.pop(language, None)

    def fetch_all(self) -> None:
        """Fetch and verify everything; each language ends in ``editions`` or in ``faults``."""
        unknown = [(name, s.index_fetch) for name, s in self._syncs.items() if not s.has_index]
        for language, answer in self._fetch(unknown):
            self._guard(language, answer, _take_index)
        while self._syncs:
            wanted = [(name, fetch) for name, s in self._syncs.items() for fetch in s.fetches()]
            if not wanted:
                self._finish()
                continue
            for language, answer in self._fetch(wanted):
                self._guard(language, answer, LanguageSync.take)

    def _fetch(self, wanted: list[tuple[str, Fetch]]) -> Iterator[tuple[str, _Fetched | TamizdatError]]:
        """The wanted files as they come. Each is kept at once, so that an interrupted visit is gone on with."""
        missing: list[tuple[str, Fetch]] = []
        for language, fetch in wanted:
            kept = self._library.get(_in_transit(fetch))
            if kept is None:
                missing.append((language, fetch))
            else:
                yield language, (fetch, kept)

        def checked(fetch: Fetch) -> Callable[[bytes], _Fetched]:
            def check(data: bytes) -> _Fetched:
                fetch.check(data)
                self._step()
                return fetch, data

            return check

        answers = self._roads.many([(fetch.path, fetch.size, checked(fetch)) for _, fetch in missing])
        for (language, fetch), answer in zip(missing, answers, strict=True):
            if not isinstance(answer, TamizdatError):
                self._library.put_many({_in_transit(fetch): answer[1]})
            yield language, answer

    def _guard(
        self,
        language: str,
        answer: _Fetched | TamizdatError,
        take: Callable[[LanguageSync, Fetch, bytes], None],
    ) -> None:
        if language not in self._syncs:
            return
        if isinstance(answer, TamizdatError):
            self._fail(language, answer)
            return
        try:
            take(self._syncs[language], *answer)
        except TamizdatError as error:
            self._fail(language, error)

    def _finish(self) -> None:
        """Nothing is left to fetch: each language adds up, starts over once, or has failed."""
        for language, sync_ in list(self._syncs.items()):
            try:
                edition = sync_.edition()
            except TamizdatError as error:
                if not sync_.start_over():
                    self._fail(language, error)
                continue
            self.editions[language] = edition
            self.changes |= edition_changes(edition, self._held[language], self._marks[language], language)
            del self._syncs[language]


def _take_index(sync_: LanguageSync, _fetch: Fetch, data: bytes) -> None:
    sync_.take_index(data)
