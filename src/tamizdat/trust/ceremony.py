"""The ceremony: how offline keys sign, by files that travel between devices. Pure: values in, values out.

Three steps, the same for first keys, renewal, rotation and revocation:

1. The publishing machine makes a request (:mod:`tamizdat.trust.changes`).
2. Each device verifies it, shows :func:`describe` to a person and makes an answer (:func:`answer`).
3. The publishing machine puts the answers together (:func:`finish`).

Devices build the bytes to sign themselves and derive the changes themselves. Not defended against: a person who says
yes without comparing the codes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tamizdat.errors import CeremonyError
from tamizdat.trust.keyfile import PublicKey, SigningKey, key_code
from tamizdat.trust.plans import RootPlan, TargetsPlan, is_good
from tamizdat.trust.request import Answer, Request
from tamizdat.trust.roles import OFFLINE, ROOT, TARGETS, is_language
from tamizdat.trust.sign import assemble, signed_bytes
from tamizdat.trust.state import State


@dataclass(frozen=True, slots=True)
class Quorum:
    """``part`` (root or targets) needs signatures of ``threshold`` of ``keys``."""

    part: str
    keys: tuple[PublicKey, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What a ceremony made: ``files`` by name, to be kept for ever, and the state that they lead to."""

    files: dict[str, bytes]
    state: State


def quorums(request: Request) -> tuple[Quorum, ...]:
    """Whose signatures the request needs: a new root those of the old root's keys and of its own."""
    old = request.before.root if request.before else None
    judges = [plan for plan in (old, request.root) if plan is not None]
    found = []
    if request.root is not None:
        found += [Quorum(ROOT, judge.keys[ROOT], judge.thresholds[ROOT]) for judge in judges]
    if request.targets is not None:
        found.append(Quorum(TARGETS, judges[-1].keys[TARGETS], judges[-1].thresholds[TARGETS]))
    return tuple(found)


def asked_keys(request: Request) -> frozenset[bytes]:
    """Public bytes of every key that may answer."""
    return frozenset(key.public for quorum in quorums(request) for key in quorum.keys)


def answer(request: Request, key: SigningKey) -> Answer:
    """Sign every part of the request that this key may sign. Raises CeremonyError if there is none."""
    payloads = _payloads(request)
    asked = {quorum.part for quorum in quorums(request) for held in quorum.keys if held.public == key.key.public}
    if not asked:
        raise CeremonyError("the request does not ask for a signature by this key", file=_holder(key.key))
    return Answer(request.digest, key.key, tuple((part, key.sign(payloads[part])) for part in sorted(asked)))


def missing(request: Request, answers: Iterable[Answer]) -> tuple[str, ...]:
    """For each quorum that is not met, a sentence that says how many and whose signatures could meet it."""
    signatures = {part: dict(_signatures(part, answers)) for part in OFFLINE}
    sentences = []
    for quorum in quorums(request):
        signed = [key for key in quorum.keys if key.keyid in signatures[quorum.part]]
        if len(signed) < quorum.threshold:
            others = ", ".join(_holder(key) for key in quorum.keys if key not in signed)
            sentences.append(
                f"{quorum.part} has {len(signed)} of {quorum.threshold} signatures; these can still sign: {others}"
            )
    return tuple(sentences)


def finish(request: Request, answers: Iterable[Answer], file: str = "answers") -> Finished:
    """Put the answers together. Raises CeremonyError: a wrong signature, an answer to another request, too few."""
    answers = tuple(answers)
    payloads = _payloads(request)
    asked = {(quorum.part, key.public) for quorum in quorums(request) for key in quorum.keys}
    for given in answers:
        if given.request != request.digest:
            raise CeremonyError(f"{_holder(given.key)} answered another request", file=file)
        for part, signature in given.signatures:
            if (part, given.key.public) not in asked:
                raise CeremonyError(f"{_holder(given.key)} was not asked to sign {part}", file=file)
            if not is_good(given.key.public, signature, payloads[part]):
                raise CeremonyError(f"{_holder(given.key)}: the signature of {part} is wrong", file=file)
    lacking = missing(request, answers)
    if lacking:
        raise CeremonyError("; ".join(lacking), file=file)
    return _assemble(request, answers, file)


def describe(request: Request) -> Iterator[str]:
    """What a person says yes to, line by line, derived from verified files only."""
    before = request.before
    root_before = before.root if before else None
    targets_before = before.targets if before else None
    if before is None:
        yield f"The first keys of {request.publication}."
    else:
        yield f"New signatures for {request.publication}."
    yield f"Made on {request.time:%Y-%m-%d %H:%M} UTC. Request code: {request.code}"
    plan = request.root or root_before
    if plan is not None and plan.rehearsal:
        yield "This is a REHEARSAL: all keys lie in one place."
    if request.root is not None:
        yield from _describe_root(request.root, root_before)
    if request.targets is not None:
        yield from _describe_targets(request.targets, targets_before)


def _describe_root(plan: RootPlan, before: RootPlan | None) -> Iterator[str]:
    yield f"Root, version {plan.version}, until {plan.expires:%Y-%m-%d}:"
    for role in plan.keys:
        old = before.keys[role] if before else ()
        count = f"{plan.thresholds[role]} of {len(plan.keys[role])} sign"
        yield f"  {role} ({count})"
        yield from _describe_keys(plan.keys[role], old, known=before is not None)


def _describe_targets(plan: TargetsPlan, before: TargetsPlan | None) -> Iterator[str]:
    yield f"Targets, version {plan.version}, until {plan.expires:%Y-%m-%d}, for {len(plan.languages)} languages:"
    roles = sorted({*plan.keys, *(before.keys if before else ())})
    for role in roles:
        new = (plan.keys[role],) if role in plan.keys else ()
        old = (before.keys[role],) if before and role in before.keys else ()
        if before is None or new != old:
            yield f"  {'language ' if is_language(role) else ''}{role}"
            yield from _describe_keys(new, old, known=before is not None)
    if before is not None and dict(before.keys) == dict(plan.keys):
        yield "  the keys stay as they are"
    for gone in plan.retired:
        if before is None or gone not in before.retired:
            code = key_code(gone.public)
            yield f"  retired in {gone.language}: {code}, good up to edition {gone.last_good}"


def _describe_keys(new: tuple[PublicKey, ...], old: tuple[PublicKey, ...], *, known: bool) -> Iterator[str]:
    before = {key.public for key in old}
    after = {key.public for key in new}
    for key in new:
        sign = "=" if key.public in before else "NEW" if known else "-"
        yield f"    {sign} {key_code(key.public)} {key.name}".rstrip()
    for key in old:
        if key.public not in after:
            yield f"    GONE {key_code(key.public)} {key.name}".rstrip()


def _holder(key: PublicKey) -> str:
    return f"{key.name or key.role} ({key.keyid})"


def _payloads(request: Request) -> dict[str, bytes]:
    payloads = {}
    if request.root is not None:
        payloads[ROOT] = signed_bytes(request.root.build())
    if request.targets is not None:
        payloads[TARGETS] = signed_bytes(request.targets.build())
    return payloads


def _signatures(part: str, answers: Iterable[Answer]) -> Iterator[tuple[str, bytes]]:
    for given in answers:
        yield from ((given.key.keyid, signature) for name, signature in given.signatures if name == part)


def _assemble(request: Request, answers: tuple[Answer, ...], file: str) -> Finished:
    before, files = request.before, {}
    roots = before.roots if before else ()
    targets = before.targets_file if before else b""
    names = {key.keyid: key.name for quorum in quorums(request) for key in quorum.keys}
    if request.root is not None:
        data = assemble(request.root.build(), dict(_signatures(ROOT, answers)))
        files[f"{request.root.version}.{ROOT}.json"] = data
        roots = (*roots, data)
    if request.targets is not None:
        targets = assemble(request.targets.build(), dict(_signatures(TARGETS, answers)))
        files[f"{request.targets.version}.{TARGETS}.json"] = targets
    return Finished(files, State.verify(roots, targets, {**(before.names() if before else {}), **names}, file))
