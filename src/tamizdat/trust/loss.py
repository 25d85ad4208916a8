"""Rehearse the loss of a key: a thief, readers and the recovery, played in memory with stand-in keys.

The publication is a double: same languages, thresholds and lifetimes, fresh keys that are forgotten afterwards. Thief
and newsroom sign with the real builders; readers run the real verifier under the policy ``refuse``. So a line says
what the verifier did, not what we believe about it.
"""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tamizdat.errors import TrustError
from tamizdat.trust.changes import change_offline, replace_online
from tamizdat.trust.double import TITLE, Double, Files, Keys, sign_request, stand_in
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyfile import SigningKey
from tamizdat.trust.plans import TOP_LEVEL
from tamizdat.trust.refresh import Refresh, Want, bring_up_to_date, find_target
from tamizdat.trust.roles import APP, OFFLINE, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, expiry, is_language, policy_of
from tamizdat.trust.sign import sign_metadata
from tamizdat.trust.state import State
from tamizdat.trust.store import MemoryStore
from tamizdat.trust.verify import ExpiryPolicy

FREEZE: Final = "pretend that nothing new was published"
FORGE: Final = "put lies into {subject}"
HAND_OVER: Final = "hand {subject} to a key of the thief's"
TAKE_OVER: Final = "replace every key of the publication"
GOALS: Final = (FREEZE, FORGE, HAND_OVER, TAKE_OVER)
_MACHINE: Final = (SNAPSHOT, TIMESTAMP)
_LIES: Final = b"false news"
_LONGEST_DAYS: Final = 1_000
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that the thief tried, and ``until`` when it is believed if the key is revoked today."""

    goal: str
    until: datetime | None
    """Last moment; None if it was refused, with ``refusal`` saying why."""
    refusal: str = ""
    only_new: bool = False
    """Believed only by readers who come for the first time."""
    endless: bool = False
    """The thief can renew it for ever."""

    @property
    def sentence(self) -> str:
        """For people."""
        if self.until is None:
            return f"{self.goal}: refused ({self.refusal})"
        by = "BELIEVED by new readers" if self.only_new else "BELIEVED"
        if self.endless:
            return f"{self.goal}: {by}, for ever"
        return f"{self.goal}: {by}, until {self.until:%Y-%m-%d} at the latest"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a thief could do with one haul."""

    haul: str
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """How a rehearsal went: what was tried, whether readers came back, and whether the thief is shut out."""

    scenes: tuple[Scene, ...]
    comes_back: bool
    shut_out: bool

    @property
    def recovered(self) -> bool:
        """Whether recovery works."""
        return self.comes_back and self.shut_out


def rehearse_loss(languages: tuple[str, ...], role: str, now: datetime) -> Loss:
    """Play the theft of ``role``'s keys and the recovery. For root and targets: one key, and as many as must sign."""
    now = now.replace(microsecond=0)
    double, state = Double.begin(languages, now)
    stage = _Stage(double, state, role if is_language(role) or role == APP else languages[0], now)
    own = double.keys[role]
    machine = {each: double.keys[each] for each in _MACHINE}
    hauls: list[tuple[str, Keys]] = [(f"the {role} key alone", {role: own})]
    if role in OFFLINE:
        hauls = [
            (f"one {role} key and the publishing machine", {**machine, role: own[:1]}),
            (f"two {role} keys", {role: own[:2]}),
            (f"two {role} keys and the publishing machine", {**machine, role: own[:2]}),
        ]
    else:
        everything = sorted({role, *_MACHINE})
        hauls.append((f"the keys of {', '.join(everything)}", {**machine, role: own}))
    scenes = tuple(Scene(haul, tuple(stage.attempts(keys))) for haul, keys in hauls)
    # Two root keys are the publication itself: against those no rehearsed step helps (docs/reference/keys-threats.md).
    stolen = 1 if role == ROOT else 2
    return Loss(scenes, *stage.recover({**machine, role: own[:stolen]}))


@dataclass(frozen=True, slots=True)
class _Stage:
    double: Double
    state: State
    language: str
    now: datetime

    def attempts(self, held: Keys) -> Iterator[Attempt]:
        """Every goal, tried with what the thief holds and keys of the thief's own for the rest."""
        for goal in GOALS:
            yield self._try(goal, held)

    def _try(self, goal: str, held: Keys) -> Attempt:
        name = goal.format(subject="the app" if self.language == APP else self.language)
        thief = self._thief(goal, held)
        seen = self.visit(MemoryStore(), self.double.files(self.now), self.now)
        for store, only_new in ((seen, False), (MemoryStore(), True)):
            refusal = self.believes(store, thief, self.now + _DAY)
            if not refusal:
                days = self._last_day(store, thief)
                return Attempt(name, self.now + days * _DAY, "", only_new, days == _LONGEST_DAYS - 1)
        return Attempt(name, None, refusal)

    def _last_day(self, store: MemoryStore, thief: "_Thief") -> int:
        believed, refused = 1, _LONGEST_DAYS
        while refused - believed > 1:
            middle = (believed + refused) // 2
            if self.believes(store, thief, self.now + middle * _DAY):
                refused = middle
            else:
                believed = middle
        return believed

    def believes(self, store: MemoryStore, thief: "_Thief", when: datetime) -> str:
        """Empty if a reader who holds ``store`` falls for the thief's mirror; else why not."""
        kept = copy.deepcopy(store)
        try:
            refresh, news = self._read(kept, thief.mirror(when), when)
        except TrustError as error:
            return error.failure.value
        if thief.goal == FREEZE:
            return "" if refresh.trusted.checked_as_of == when else "it shows how old it is"
        return "" if news == hashlib.sha256(_LIES).hexdigest() else "the reader keeps the true edition"

    def visit(self, store: MemoryStore, files: Files, when: datetime) -> MemoryStore:
        """The store of a reader who has been at a mirror with ``files``. Raises TrustError."""
        self._read(store, files, when)
        return store

    def _read(self, store: MemoryStore, files: Files, when: datetime) -> tuple[Refresh, str]:
        anchor = Anchor.parse(self.state.fingerprint)
        refresh = Refresh(store, now=when, policy=ExpiryPolicy.REFUSE, anchor=anchor)

        def fetch(want: Want) -> bytes | None:
            return files.get(want.name)

        bring_up_to_date(refresh, fetch)
        return refresh, find_target(refresh, fetch, f"{self.language}/index").hashes["sha256"]

    def recover(self, held: Keys) -> tuple[bool, bool]:
        """Whether a reader who met the thief comes back to the true edition, and does not fall for it again."""
        later = self.now + _DAY
        thief = self._thief(FORGE, held)
        store = MemoryStore()
        if not self.believes(store, thief, later):
            self.visit(store, thief.mirror(later), later)
        healed = _revoked(self.double, self.state, held, later)
        true = hashlib.sha256(self.double.news).hexdigest()
        try:
            _, news = self._read(store, healed.files(later), later)
        except TrustError:
            return False, False
        shut_out = all(self.believes(store, self._thief(goal, held), later + _DAY) for goal in GOALS)
        return news == true, shut_out and self._is_shut_out(healed, held, store, later)

    def _is_shut_out(self, healed: Double, held: Keys, store: MemoryStore, later: datetime) -> bool:
        """Whether the thief fails with the newsroom's new files, too, and whatever stolen keys are still in force."""
        still = {role: tuple(key for key in held[role] if key in healed.keys[role]) for role in held}
        still = {role: keys for role, keys in still.items() if keys}
        thieves = [_Thief(healed, healed.files(later), self.language, goal, still) for goal in GOALS]
        return all(self.believes(reader, thief, later + _DAY) for thief in thieves for reader in (store, MemoryStore()))

    def _thief(self, goal: str, held: Keys) -> "_Thief":
        return _Thief(self.double, self.double.files(self.now), self.language, goal, held)


@dataclass(frozen=True, slots=True)
class _Thief:
    """Somebody with the keys ``held`` and every file of the day of the theft (``honest``)."""

    double: Double
    honest: Files
    language: str
    goal: str
    held: Keys

    def mirror(self, when: datetime) -> Files:
        """The files of the day of the theft, overlaid at ``when`` with whatever serves the goal."""
        changed = {role for role in self.held if role not in OFFLINE}
        changed |= {TIMESTAMP} if self.goal == FREEZE else {self.language}
        if self.goal == TAKE_OVER:
            changed |= {*_MACHINE, APP, *self.double.targets.languages}
        keys = {role: self.held.get(role) or self._own(role) for role in self.double.keys}
        # Snapshot names versions: without its key and timestamp's a lie must stand under the number of the truth.
        renumbered = changed.issuperset(_MACHINE)
        offline: Files = {}
        double = self.double
        if self.goal in {HAND_OVER, TAKE_OVER}:
            keys[self.language] = self._own(self.language)
            version = double.targets.version + renumbered
            chosen = {**double.targets.keys, self.language: keys[self.language][0].key}
            targets = replace(double.targets, version=version, keys=chosen, expires=expiry(TARGETS, when))
            double = replace(double, targets=targets)
        if self.goal == TAKE_OVER:
            keys |= {role: self._own(role) for role in OFFLINE}
            offline = self._new_root(keys, when)
        if self.goal in {HAND_OVER, TAKE_OVER}:
            offline[f"{double.targets.version}.{TARGETS}.json"] = sign_metadata(double.targets.build(), keys[TARGETS])
        versions = {
            role: version + (role in changed and (renumbered or role == TIMESTAMP))
            for role, version in double.versions.items()
        }
        news = double.news if self.goal == FREEZE else _LIES
        forger = replace(double, keys=keys, versions=versions, news=news)
        return {**self.honest, **offline, **forger.sign(sorted(changed), when)}

    def _own(self, role: str) -> tuple[SigningKey, ...]:
        return tuple(stand_in(role) for _ in range(policy_of(role).threshold))

    def _new_root(self, keys: Keys, when: datetime) -> Files:
        old = self.double.root
        chosen = {role: tuple(key.key for key in keys[role]) for role in TOP_LEVEL}
        plan = replace(old, version=old.version + 1, keys=chosen, expires=expiry(ROOT, when))
        signers = (*self.held.get(ROOT, ()), *keys[ROOT])
        return {f"{plan.version}.{ROOT}.json": sign_metadata(plan.build(), signers)}


def _revoked(double: Double, state: State, held: Keys, when: datetime) -> Double:
    """What the newsroom has after it took back every stolen key, signing with those that it still has."""
    for role, stolen in held.items():
        for gone in stolen:
            fresh = stand_in(role)
            if role in OFFLINE:
                request = change_offline(TITLE, state, role, gone.keyid, fresh.key, when)
            else:
                request = replace_online(TITLE, state, [fresh.key], when, {role: 1})
            keys = {**double.keys, role: (*(key for key in double.keys[role] if key != gone), fresh)}
            mine = [key for each in keys.values() for key in each if key not in held.get(key.key.role, ())]
            files, state = sign_request(request, mine)
            double = double.amended(state, files, keys)
    return double
