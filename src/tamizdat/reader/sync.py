"""One visit: from a fingerprint and some mirrors to verified editions, and a word about every mirror."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tuf.api.metadata import Metadata, Root, Signed, Timestamp

from tamizdat.carriers.port import Inbound
from tamizdat.errors import Failure, NoMirrorError, TamizdatError, TrustError
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
from tamizdat.reader.language import Edition, Held, LanguageSync, Mark
from tamizdat.reader.library import Library
from tamizdat.roads.clock import CLOCK, Clock
from tamizdat.roads.named import Fetch
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, language_fetch, published_languages
from tamizdat.roads.trail import MirrorTrail
from tamizdat.trust.claims import checked_as_of, is_rehearsal
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.verify import ExpiryPolicy, Finding

Step = Callable[[], None]
_Fetched = tuple[Fetch, bytes]
_TRANSIT: Final = "transit/"
"""Files of a visit that is not finished, by hash."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of a visit. ``faults`` has the languages that could not be brought up to date, with the reason.

    Stories of ``editions`` are opened when they are looked at, as long as the library is open.
    """

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
    def was_served(self) -> bool:
        """Whether any mirror had signed files that can be trusted."""
        return any(trail.timestamp_version is not None for trail in self.trails)

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
    clock: Clock = CLOCK,
) -> Visit:
    """Bring ``languages`` (all of the publication's if empty) up to date in ``library``.

    The library changes at the end, all at once; until then it only collects files in transit, which a visit that was
    interrupted leaves for the next one. Raises NoMirrorError or TrustError when not even the publication's
    signed files can be had; a fault of one language stands in the result and leaves the others be. No mirror can keep
    the visit from ending while another serves: by ``clock``, it is left behind and named as slow.
    """
    ask = _Ask(anchor, tuple(languages), library, now, step, clock)
    return _with_kept(_sync(mirrors, ask), library)


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a visit is for, whichever mirrors serve it."""

    anchor: Anchor
    languages: tuple[str, ...]
    library: Library
    now: datetime
    step: Step
    clock: Clock


def _with_kept(visit: Visit, library: Library) -> Visit:
    """Where a language could not be brought up to date, what was kept of it is still worth reading."""
    kept = {name: edition for name in visit.faults if (edition := kept_edition(library, name))}
    notes = tuple(f"{name}: no mirror had all of the newest edition; this is the one that you kept." for name in kept)
    faults = {name: fault for name, fault in visit.faults.items() if name not in kept}
    return replace(visit, editions={**visit.editions, **kept}, faults=faults, notes=(*visit.notes, *notes))


def _sync(mirrors: Sequence[Inbound], ask: _Ask) -> Visit:
    roads = Roads(mirrors, ask.clock)
    visit, why = _try(roads, ask)
    others = [mirror for mirror, trail in zip(mirrors, roads.trails, strict=True) if _may_be_older(trail, roads)]
    if visit is not None and (visit.editions or not visit.faults or not others):
        return visit
    if others:
        # A mirror that shows the newest timestamp and withholds what it names must not keep readers from older news.
        try:
            return _joined(roads, _visit(Roads(others, ask.clock), ask))
        except (NoMirrorError, TrustError) as error:
            why = why or error
    result = visit or _from_library(ask, roads)
    if result is None:
        raise why or NoMirrorError("no mirror was named")
    return result


def _joined(roads: Roads, older: Visit) -> Visit:
    """The second visit, with what the first one found out about the mirrors that the second did not ask."""
    trails = tuple(trail for trail in roads.trails if not _may_be_older(trail, roads))
    known = [version for version in (roads.newest, older.newest) if version is not None]
    return replace(older, trails=(*trails, *older.trails), newest=max(known, default=None))


def _may_be_older(trail: MirrorTrail, roads: Roads) -> bool:
    """Whether the mirror's timestamp is older than another's, or was not waited for."""
    return trail.is_behind(roads.newest) or (bool(trail.slow) and trail.timestamp_version is None)


def _try(roads: Roads, ask: _Ask) -> tuple[Visit | None, NoMirrorError | TrustError | None]:
    try:
        return _visit(roads, ask), None
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


def _from_library(ask: _Ask, roads: Roads) -> Visit | None:
    """What was kept from earlier visits, with the dates of its day: reading needs no network."""
    library, wanted = ask.library, ask.languages or kept_languages(ask.library)
    first = library.get(FIRST_ROOT_NAME)
    editions = {name: edition for name in wanted if (edition := kept_edition(library, name))}
    if not editions or first is None or not ask.anchor.matches(first):
        return None
    signed: dict[str, Signed] = {
        role: Metadata[Any].from_bytes(data).signed
        for role in (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
        if (data := library.get(f"trust/{role}"))
    }
    root, timestamp = signed.get(ROOT), signed.get(TIMESTAMP)
    return Visit(
        editions=editions,
        faults={name: NoMirrorError(f"{name} is not in the library") for name in ask.languages if name not in editions},
        trails=roads.trails,
        newest=roads.newest,
        checked_as_of=checked_as_of(timestamp) if isinstance(timestamp, Timestamp) else None,
        expired=tuple((role, part.expires) for role, part in signed.items() if part.expires <= ask.now),
        rehearsal=isinstance(root, Root) and is_rehearsal(root),
        findings=(),
        languages=kept_languages(library),
        notes=("No mirror was of use: this is what you kept.",),
    )


def _visit(roads: Roads, ask: _Ask) -> Visit:
    library, trust = ask.library, KeptTrust(ask.library)
    refresh = Refresh(trust, now=ask.now, policy=ExpiryPolicy.REPORT, anchor=ask.anchor)
    bring_up_to_date(refresh, roads, trust, ask.now)
    notes = _hold_fast(refresh, trust, library)
    published = published_languages(refresh)
    round_ = _Round(roads, refresh, library, ask.step)
    for language in ask.languages or published:
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
            if held.index is not None and fetch.is_file(held.index):
                begun.take_index(held.index)
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
                changes = edition_changes(edition, self._held[language], self._marks[language], language)
            except TamizdatError as error:
                if sync_.start_over():
                    self._held[language] = Held()
                else:
                    self._fail(language, error)
                continue
            self.editions[language] = edition
            self.changes |= changes
            del self._syncs[language]


def _take_index(sync_: LanguageSync, _fetch: Fetch, data: bytes) -> None:
    sync_.take_index(data)
