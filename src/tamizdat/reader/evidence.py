"""Evidence against mirrors that lie: what they served, what is signed instead, and how anybody can check both offline.

One folder for each mirror: ``served/`` has what came, ``signed/`` the signed files that say what should have come,
both under the paths of a web root, and ``README.txt`` says it in plain words. :class:`~tamizdat.reader.witness.Witness`
decides what belongs into ``signed/``: exactly what it asks for while it judges.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.port import Inbound, is_safe_path
from tamizdat.edition.canonical import time_to_text
from tamizdat.errors import Failure, FormatError, MissingFileError, TamizdatError, UsageError
from tamizdat.reader.audit import EVIDENCE_BYTES, Audit, Audited
from tamizdat.reader.audit_site import PageState
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.patience import Patience, timed
from tamizdat.reader.witness import Verdict, Witness
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import FIRST_ROOT
from tamizdat.trust.roles import APP, ROOT, SNAPSHOT, TARGETS, TIMESTAMP

SERVED: Final = "served"
SIGNED: Final = "signed"
MANIFEST: Final = "evidence.json"
README: Final = "README.txt"
_MAX_NAME: Final = 40
_FEW: Final = 3
_NAMED_BY_HASH: Final = re.compile(r"(?:.*/)?([0-9a-f]{64})\.(?:[a-z]+\.)?[a-z]+")
_ROOT: Final = re.compile(r"metadata/([1-9][0-9]{0,15})\.root\.json")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Written:
    """Evidence against one mirror: where it lies, and how many files it proves to be lies."""

    folder: Path
    proved: int


def check_new(folder: Path) -> None:
    """Raise UsageError unless evidence can be put into ``folder``: nothing of an earlier audit may mix with it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; name a new folder for the evidence")


def write_evidence(
    folder: Path, audit: Audit, mirrors: Sequence[Inbound], anchor: Anchor, now: datetime, patience: Patience
) -> dict[int, Written]:
    """Write a folder for each mirror that lies, below ``folder``; by the mirror's place in ``audit``.

    ``mirrors`` are those that were audited: any of them may have files that are named by their hash, and gets
    ``patience`` anew. Raises CarrierError when the disk does not take it.
    """
    written: dict[int, Written] = {}
    with timed(mirrors, patience) as roads:
        for place, (audited, road) in enumerate(zip(audit.mirrors, roads, strict=True)):
            if audited.standing(audit.newest) is Standing.LIES:
                signed = _SignedFiles(audited, audit, _best_first(audit, roads))
                below = folder / _folder_name(audited.trail.name)
                written[place] = Written(below, _write_one(below, audited, road, signed, anchor, now))
    return written


def _best_first(audit: Audit, roads: Sequence[Inbound]) -> list[Inbound]:
    """Those that lied, or did not answer, are asked last."""
    order = list(Standing)
    standings = [order.index(audited.standing(audit.newest)) for audited in audit.mirrors]
    return [roads[place] for place in sorted(range(len(roads)), key=lambda place: -standings[place])]


def _write_one(
    folder: Path, audited: Audited, mirror: Inbound, signed: "_SignedFiles", anchor: Anchor, now: datetime
) -> int:
    trail = audited.trail
    lies = _lies(audited)
    for path, failure in lies.items():
        if failure == Failure.TOO_LARGE and path not in trail.evidence:
            with suppress(TamizdatError):  # it is asked once more, and may have thought better of it
                trail.keep(path, mirror.fetch(path, EVIDENCE_BYTES))
    witness = Witness(signed, anchor, now)
    verdicts = [witness.judge(path, trail.evidence[path]) for path in lies if path in trail.evidence]
    lost = [path for path in lies if path not in trail.evidence]
    out = DirectoryOutbound(folder)
    out.put_many((f"{SIGNED}/{path}", data) for path, data in signed.used.items())
    out.put_many((f"{SERVED}/{verdict.path}", trail.evidence[verdict.path]) for verdict in verdicts)
    out.put(MANIFEST, _manifest(trail.name, now, verdicts, lies, lost))
    out.put(README, "".join(f"{line}\n" for line in _readme(trail.name, now, verdicts, lost)).encode(errors="replace"))
    return sum(verdict.proved for verdict in verdicts)


def _lies(audited: Audited) -> dict[str, str]:
    """Paths at which the mirror served what was not signed, and how: a failure, or ``altered``."""
    honest = {Failure.ROLLBACK, Failure.EXPIRED}
    refused = {r.path: r.failure.value for r in audited.trail.refusals if r.failure not in honest}
    altered = {
        finding.path: finding.state.value
        for tree in audited.trees
        for finding in tree.findings
        if finding.state is PageState.ALTERED
    }
    return {path: how for path, how in sorted((refused | altered).items()) if is_safe_path(path)}


def _folder_name(mirror: str) -> str:
    """A name for a mirror's folder that stays where it is put, whatever the mirror is called, and is no other's."""
    plain = _UNSAFE.sub("-", mirror.partition("://")[2] or mirror).strip("-.")[:_MAX_NAME].strip("-.")
    digest = hashlib.sha256(mirror.encode(errors="replace")).hexdigest()[:8]
    return f"{plain or 'mirror'}-{digest}"


# --- The signed files ---------------------------------------------------------------------------------------------


class _SignedFiles:
    """The signed files that one mirror was judged by, behind the port. ``used`` are those that were asked for."""

    name = "signed files"

    def __init__(self, audited: Audited, audit: Audit, mirrors: Sequence[Inbound]) -> None:
        self._metadata: dict[str, bytes] = {}
        others = [other for other in audit.mirrors if other is not audited]
        for mirror in (audited, *others):
            for path, data in _accepted(mirror.trust) if mirror.trust else ():
                # A mirror is judged by its own timestamp; versions of other files are the same everywhere.
                if mirror is audited or not path.endswith("/timestamp.json"):
                    self._metadata.setdefault(path, data)
        roots = (_ROOT.fullmatch(path) for path in self._metadata)
        self._newest_root = max((int(root[1]) for root in roots if root), default=0)
        self._listings = audit.listings
        self._mirrors = mirrors
        self.used: dict[str, bytes] = {}

    def fetch(self, path: str, max_bytes: int) -> bytes:
        """See :meth:`tamizdat.carriers.port.Inbound.fetch`."""
        data = self.used.get(path) or self._metadata.get(path)
        if data is None:
            data = self._old_root(path, max_bytes) or self._by_hash(path, max_bytes)
        if data is None:
            raise MissingFileError("nobody had it", carrier=self.name, path=path)
        if len(data) > max_bytes:
            raise FormatError(Failure.TOO_LARGE, f"is longer than {max_bytes} bytes", what=path)
        self.used[path] = data
        return data

    def _old_root(self, path: str, max_bytes: int) -> bytes | None:
        """A root of so long ago that the auditor forgot it. Whoever judges checks it; it need not be right here."""
        named = _ROOT.fullmatch(path)
        if not named or int(named[1]) >= self._newest_root:
            return None
        for mirror in self._mirrors:
            with suppress(TamizdatError):
                return mirror.fetch(path, max_bytes)
        return None

    def _by_hash(self, path: str, max_bytes: int) -> bytes | None:
        """A file whose name is its hash: right whoever has it."""
        named = _NAMED_BY_HASH.fullmatch(path)
        if not named:
            return None
        digest = bytes.fromhex(named[1])
        if (known := self._listings.held(digest)) is not None:
            return known
        for mirror in self._mirrors:
            with suppress(TamizdatError):
                data = mirror.fetch(path, max_bytes)
                if hashlib.sha256(data).digest() == digest:
                    return data
        return None


def _accepted(trust: KeptTrust) -> Iterator[tuple[str, bytes]]:
    """Metadata that was accepted from one mirror, by its path."""
    roots = [*trust.earlier_roots, *filter(None, (trust.load(FIRST_ROOT), trust.load(ROOT)))]
    for root in roots:
        yield f"metadata/{_version(root)}.root.json", root
    if timestamp := trust.load(TIMESTAMP):
        yield "metadata/timestamp.json", timestamp
    snapshot = trust.load(SNAPSHOT)
    if snapshot is None:
        return
    yield f"metadata/{_version(snapshot)}.snapshot.json", snapshot
    named = json.loads(snapshot)["signed"]["meta"]
    for role in {TARGETS, APP, *(name.removesuffix(".json") for name in named)}:
        if data := trust.load(role):
            yield f"metadata/{_version(data)}.{quote(role, safe='')}.json", data


def _version(accepted: bytes) -> int:
    return int(json.loads(accepted)["signed"]["version"])


# --- In words -----------------------------------------------------------------------------------------------------


def _manifest(
    mirror: str, now: datetime, verdicts: Sequence[Verdict], lies: Mapping[str, str], lost: Sequence[str]
) -> bytes:
    files = [
        {
            "path": verdict.path,
            "how": lies[verdict.path],
            "signed": verdict.signed.hex() if verdict.signed else None,
            "served": verdict.served.hex(),
            "proved": verdict.proved,
            "detail": harmless(verdict.detail),
        }
        for verdict in verdicts
    ]
    told = {"version": 1, "mirror": mirror, "audited": time_to_text(now), "files": files, "bytes_not_kept": [*lost]}
    return (json.dumps(told, indent=1) + "\n").encode()


def _readme(mirror: str, now: datetime, verdicts: Sequence[Verdict], lost: Sequence[str]) -> Iterator[str]:
    name = harmless(mirror)
    yield f"What the mirror {name} served, seen at {time_to_text(now)} (by the auditor's clock)."
    yield ""
    yield "served/ has the bytes that came, signed/ the publication's signed files that say what should have come."
    yield "Nothing here needs to be believed; check it, without a network:"
    yield ""
    yield "    tamizdat check-evidence . --trust FINGERPRINT"
    yield ""
    yield "with the publication's fingerprint, which you must have from somewhere else than from this folder."
    yield "By hand, in this folder:"
    for verdict in verdicts:
        yield ""
        yield f"    sha256sum {SERVED}/{verdict.path}"
        yield f"    came:    {verdict.served.hex()}"
        yield f"    signed:  {verdict.signed.hex() if verdict.signed else '(no hash: the file itself must be signed)'}"
        yield f"    because: {harmless(verdict.detail)}"
    if lost:
        yield ""
        yield "Of these the bytes were not kept (too long, or too many), so that nothing is proved:"
        yield from (f"    {path}" for path in lost)
    yield ""
    yield "What this proves: the publication did not sign these bytes for these addresses. It does not prove that this"
    yield "mirror sent them: that is the auditor's word. A mirror that still sends them convicts itself:"
    yield ""
    for verdict in verdicts[:_FEW]:
        if mirror.startswith(("https://", "http://")):
            yield f"    curl -s {shlex.quote(name + verdict.path)} | sha256sum"
        else:
            yield f"    sha256sum {shlex.quote(f'{name}/{verdict.path}')}"
