"""What a publication signed for a path, from its signed files alone, whoever holds them; for evidence against mirrors.

The same steps find out which files an accusation needs and replay it later, offline: from the fingerprint to the roots,
timestamp, snapshot, targets, the role, and on through the index or the lists of pages (spec/edition.md, spec/site.md).
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from tuf.api.metadata import MetaFile

from tamizdat.carriers.port import Inbound
from tamizdat.edition.index import Segment, read_index, read_shelf
from tamizdat.edition.listing import SITE_TARGET, Entry, Kind, Leaf
from tamizdat.edition.site_walk import ListingFile, look_up, top_file
from tamizdat.errors import TamizdatError, TrustError
from tamizdat.limits import LIMITS
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.library import MemoryLibrary
from tamizdat.roads.named import Fetch
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, find_target, language_fetch, published_languages, target_digest
from tamizdat.trust.claims import site_claim
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP
from tamizdat.trust.verify import ExpiryPolicy, TrustedSet

_METADATA: Final = "metadata/"
_TIMESTAMP_PATH: Final = "metadata/timestamp.json"
_VERSIONED: Final = re.compile(r"metadata/([1-9][0-9]{0,15})\.(.+)\.json")
_PICTURE: Final = re.compile(r"pictures/([0-9a-f]{64})\.jpg")
_OF_EDITION: Final = re.compile(r"[^/]+/[0-9a-f]{64}\.(?:index|shelf|pack)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One file that a mirror is said to have served. ``proved``: the publication signed other bytes, or never these.

    ``signed`` is the hash that was signed; None where a signature decides, or where nothing signed names the path.
    """

    path: str
    served: bytes
    signed: bytes | None
    proved: bool
    detail: str


class Witness:
    """The signed files at ``place``, checked from ``anchor`` on. What is missing there is missed when it is needed."""

    def __init__(self, place: Inbound, anchor: Anchor, now: datetime) -> None:
        self._place = place
        self._anchor = anchor
        self._now = now
        self._roads = Roads([place])
        memory = KeptTrust(MemoryLibrary())
        self._refresh = Refresh(memory, now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
        self.fault: TamizdatError | None = None
        """Why the signed files do not reach down to the roles, if they do not."""
        try:
            bring_up_to_date(self._refresh, self._roads, memory, now)
        except TamizdatError as error:
            self.fault = error

    def judge(self, path: str, data: bytes) -> Verdict:
        """Whether ``data`` is other than what the publication signed for ``path``. Raises none of our errors."""
        served = hashlib.sha256(data).digest()
        if path == f"{_METADATA}1.root.json":
            return self._judge_first_root(path, data, served)
        try:
            signed, how = self._signed(path)
            if signed is None and (check := self._signature_check(path)) is not None:
                return self._judge_signature(path, data, check)
        except TamizdatError as error:
            return Verdict(path, served, None, False, f"what is signed here does not say: {error}")
        if signed is None:
            return Verdict(path, served, None, False, "nothing that is signed here names this file")
        if signed == served:
            return Verdict(path, served, signed, False, "these are the very bytes that the publication signed")
        return Verdict(path, served, signed, True, how)

    # --- Files that no hash names: a signature decides ---

    def _judge_first_root(self, path: str, data: bytes, served: bytes) -> Verdict:
        if self._anchor.matches(data):
            return Verdict(path, served, served, False, "this is the first root")
        return Verdict(path, served, self._anchor.digest, True, "is not the first root, whose hash is the fingerprint")

    def _judge_signature(self, path: str, data: bytes, check: Callable[[bytes], object]) -> Verdict:
        served = hashlib.sha256(data).digest()
        try:
            check(data)
        except TrustError as error:
            return Verdict(path, served, None, True, f"the publication did not sign it for this place: {error.detail}")
        twice = self._is_signed_otherwise(path, data)
        detail = "another one of the same version is signed as well" if twice else "it is rightly signed"
        return Verdict(path, served, None, twice, detail)

    def _is_signed_otherwise(self, path: str, data: bytes) -> bool:
        """Whether the file at ``path`` here is rightly signed too, under the same version, and says another thing."""
        try:
            other = self._place.fetch(path, LIMITS.max_targets_bytes)
            if (check := self._signature_check(path)) is not None:
                check(other)
        except TamizdatError:
            return False
        said, says = json.loads(other)["signed"], json.loads(data)["signed"]
        return bool(said != says and said["version"] == says["version"])

    def _signature_check(self, path: str) -> Callable[[bytes], object] | None:
        """What raises TrustError unless ``path`` is rightly signed; None for files that are not signed themselves."""
        trusted = TrustedSet(self._refresh.trusted.raw(ROOT) or b"", now=self._now, policy=ExpiryPolicy.REPORT)
        match = _VERSIONED.fullmatch(path)
        if path == _TIMESTAMP_PATH:
            return trusted.update_timestamp
        if not match:
            return None
        version, role = int(match[1]), unquote(match[2])
        if role == ROOT:
            before = self._place.fetch(f"{_METADATA}{version - 1}.root.json", LIMITS.max_root_bytes)
            return TrustedSet(before, now=self._now, policy=ExpiryPolicy.REPORT).update_root
        if role not in {SNAPSHOT, TARGETS} or version != self._named(role).version:
            return None
        trusted.update_timestamp(self._refresh.trusted.raw(TIMESTAMP) or b"")
        if role == SNAPSHOT:
            return trusted.update_snapshot
        trusted.update_snapshot(self._refresh.trusted.raw(SNAPSHOT) or b"")
        return trusted.update_targets

    # --- Files that a hash names ---

    def _signed(self, path: str) -> tuple[bytes | None, str]:
        """The hash that is signed for ``path``, and who says so."""
        if path.startswith(_METADATA):
            return self._named_version(path)
        if self.fault:
            raise self.fault
        folder = path.partition("/")[0]
        if folder in published_languages(self._refresh):
            if _OF_EDITION.fullmatch(path):
                return self._of_edition(folder, path), f"the role {folder} names it, by way of its index"
            return self._of_tree(folder, self._top(folder), path), f"the role {folder} names it, by way of its lists"
        return self._outside(path)

    def _named_version(self, path: str) -> tuple[bytes | None, str]:
        match = _VERSIONED.fullmatch(path)
        if not match or unquote(match[2]) == ROOT:
            return None, ""
        named = self._named(unquote(match[2]))
        digest = (named.hashes or {}).get("sha256") if named.version == int(match[1]) else None
        return bytes.fromhex(digest) if digest else None, "the snapshot names it"

    def _named(self, role: str) -> MetaFile:
        trusted = self._refresh.trusted
        return trusted.check_timestamp_current().snapshot_meta if role == SNAPSHOT else trusted.named(role)

    def _of_edition(self, language: str, path: str) -> bytes | None:
        fetch, _ = language_fetch(language, self._refresh, self._roads)
        if path == fetch.path:
            return fetch.digest
        index = read_index(self._fetch(fetch))
        segments: list[Segment] = list(index.segments)
        if index.shelf:
            shelf = Fetch(f"{language}/{index.shelf.digest.hex()}.shelf", index.shelf.size, index.shelf.digest)
            if path == shelf.path:
                return shelf.digest
            if not any(path == _pack_path(language, segment) for segment in segments):
                segments += read_shelf(self._fetch(shelf))
        return next((segment.digest for segment in segments if path == _pack_path(language, segment)), None)

    def _outside(self, path: str) -> tuple[bytes | None, str]:
        try:
            digest = self._of_tree("", self._top(""), path)
        except TamizdatError:
            digest = None
        picture = _PICTURE.fullmatch(path)
        if digest is None and picture:
            return bytes.fromhex(picture[1]), "a picture's name is its hash; signed stories show it by that name"
        return digest, "the role app names it, by way of its lists"

    def _fetch(self, fetch: Fetch) -> bytes:
        data = self._place.fetch(fetch.path, fetch.size)
        fetch.check(data)
        return data

    # --- Trees of pages ---

    def _top(self, folder: str) -> ListingFile | None:
        """The top listing that a role names; None if it names none. Raises TrustError and others of ours."""
        target = find_target(f"{folder}/index" if folder else SITE_TARGET, self._refresh, self._roads)
        if folder:
            root = site_claim(target)
            return None if root is None else top_file(folder, root)
        digest = target_digest(target, target.path)
        return top_file("", digest, min(target.length, LIMITS.max_listing_bytes))

    def _of_tree(self, folder: str, top: ListingFile | None, path: str) -> bytes | None:
        if top is None:
            return None
        if path == top.path:
            return top.digest
        is_listing = path.startswith(f"{folder}/site/" if folder else "site/")
        return self._of_listing(folder, top, path) if is_listing else self._of_page(folder, top, path)

    def _of_page(self, folder: str, top: ListingFile, path: str) -> bytes | None:
        known: dict[bytes, tuple[Entry, ...]] = {}
        while isinstance(step := look_up(folder, top, path, known), ListingFile):
            known[step.digest] = self._entries(step)
        return step.digest if isinstance(step, Leaf) else None

    def _of_listing(self, folder: str, top: ListingFile, path: str) -> bytes | None:
        """Breadth first through the lists that are there, until one names the other."""
        ways: deque[ListingFile] = deque([top])
        seen = {top.digest}
        while ways:
            at = ways.popleft()
            try:
                entries = self._entries(at)
            except TamizdatError:
                continue  # another branch, of which the lists are not needed
            for entry in entries:
                if entry.kind is Kind.FILE or entry.digest in seen:
                    continue
                below = at.below(folder, entry)
                if below.path == path:
                    return below.digest
                if len(seen) < LIMITS.max_site_listings:
                    seen.add(entry.digest)
                    ways.append(below)
        return None

    def _entries(self, file: ListingFile) -> tuple[Entry, ...]:
        return file.read(self._place.fetch(file.path, file.max_bytes))


def _pack_path(language: str, segment: Segment) -> str:
    return f"{language}/{segment.digest.hex()}.pack"
