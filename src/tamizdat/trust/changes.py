"""What may be asked of a ceremony: first keys, renewal, rotation, revocation. Pure: a state in, a request out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from tamizdat.errors import UsageError
from tamizdat.trust.keyfile import PublicKey
from tamizdat.trust.plans import TOP_LEVEL, RootPlan, TargetsPlan
from tamizdat.trust.request import Request
from tamizdat.trust.roles import (
    APP,
    OFFLINE,
    ROOT,
    TARGETS,
    check_languages,
    expiry,
    is_language,
    policy_of,
)
from tamizdat.trust.sign import Retired
from tamizdat.trust.state import State


def first_keys(publication: str, public: Iterable[PublicKey], now: datetime, *, rehearsal: bool = False) -> Request:
    """The first ceremony, from everybody's public keys, offline and online.

    Raises UsageError: too few offline keys, not exactly one for an online role, no language.
    """
    by_role: dict[str, list[PublicKey]] = {}
    for key in {key.public: key for key in public}.values():
        by_role.setdefault(key.role, []).append(key)
    for role in (*TOP_LEVEL, APP):
        count, needed = len(by_role.get(role, [])), policy_of(role).keys
        if count < needed or (role not in OFFLINE and count > needed):
            raise UsageError(f"{needed} public keys are needed for the role {role}, and {count} are given")
    languages = check_languages(tuple(sorted(role for role in by_role if is_language(role))))
    for language in languages:
        if len(by_role[language]) > 1:
            raise UsageError(f"two keys are given for the language {language}")
    keys = {role: tuple(by_role[role]) for role in TOP_LEVEL}
    thresholds = {role: policy_of(role).threshold for role in TOP_LEVEL}
    root = RootPlan(1, keys, thresholds, expiry(ROOT, now), rehearsal)
    targets = TargetsPlan(1, {role: by_role[role][0] for role in (APP, *languages)}, expiry(TARGETS, now))
    return _request(publication, now, None, root, targets)


def renew(publication: str, state: State, now: datetime, parts: Iterable[str] = OFFLINE) -> Request:
    """New expiry for root and targets (or one of them), same keys."""
    chosen = set(parts)
    root = _root(state, now) if ROOT in chosen else None
    targets = _targets(state, now) if TARGETS in chosen else None
    return _request(publication, now, state, root, targets)


def replace_online(
    publication: str, state: State, keys: Iterable[PublicKey], now: datetime, last_good: Mapping[str, int] | None = None
) -> Request:
    """Give online roles another key each, or a new language its first.

    A language's former key is listed as retired: what it signed counts up to edition ``last_good[language]``. Raises
    UsageError if that is needed and missing, or a role is an offline one.
    """
    new = {key.role: key for key in keys}
    for role in OFFLINE:
        if role in new:
            raise UsageError(f"{role} keys are offline: say which key goes and which comes")
    top = {role: (key,) for role, key in new.items() if role in TOP_LEVEL}
    delegated = {role: key for role, key in new.items() if role not in TOP_LEVEL}
    root = _root(state, now, {**state.root.keys, **top}) if top else None
    if not delegated:
        return _request(publication, now, state, root, None)
    check_languages(tuple({*state.targets.languages, *delegated} - {APP}))
    retired = (*state.targets.retired, *_retire(state, delegated, last_good or {}))
    targets = replace(_targets(state, now), keys={**state.targets.keys, **delegated}, retired=retired)
    return _request(publication, now, state, root, targets)


def change_offline(
    publication: str, state: State, role: str, gone: str, coming: PublicKey | None, now: datetime
) -> Request:
    """Take the root or targets key with id ``gone`` out, and put ``coming`` in its place if it is given.

    Targets is signed anew with its changed keys: the old signatures might no longer be enough. Raises UsageError: no
    such key, a key of another role, or too few would be left.
    """
    held = state.keys_of(role) if role in OFFLINE else ()
    kept = [key for key in held if key.keyid != gone]
    if len(kept) != len(held) - 1:
        listed = ", ".join(f"{key.keyid} {key.name}".rstrip() for key in held)
        raise UsageError(f"{gone!r} is no {role} key; there are: {listed}")
    if coming is not None:
        if coming.role != role:
            raise UsageError(f"the new key is for {coming.role}, not for {role}")
        kept.append(coming)
    if len(kept) < policy_of(role).threshold:
        raise UsageError(f"too few {role} keys would be left to sign anything: bring a new one")
    root = _root(state, now, {**state.root.keys, role: tuple(kept)})
    return _request(publication, now, state, root, _targets(state, now) if role == TARGETS else None)


def _retire(state: State, roles: Iterable[str], last_good: Mapping[str, int]) -> Iterator[Retired]:
    for role in roles:
        if role == APP or role not in state.targets.keys:
            continue
        if last_good.get(role, -1) < 0:
            raise UsageError(f"which edition in {role} was the last good one? Say so with --last-good")
        yield Retired(role, state.targets.keys[role].public, last_good[role])


def _root(state: State, now: datetime, keys: Mapping[str, tuple[PublicKey, ...]] | None = None) -> RootPlan:
    before = state.root
    return RootPlan(before.version + 1, keys or before.keys, before.thresholds, expiry(ROOT, now), before.rehearsal)


def _targets(state: State, now: datetime) -> TargetsPlan:
    return replace(state.targets, version=state.targets.version + 1, expires=expiry(TARGETS, now))


def _request(
    publication: str, now: datetime, state: State | None, root: RootPlan | None, targets: TargetsPlan | None
) -> Request:
    return Request.checked(publication, now.replace(microsecond=0), state, root, targets, "this ceremony")
