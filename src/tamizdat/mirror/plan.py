"""From signed files to the files that a whole copy consists of, and which of them are new."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from tuf.api.metadata import TargetFile

from tamizdat.edition.index import Index, Segment, ShelfRef, read_index, read_shelf
from tamizdat.edition.listing import SITE_TARGET
from tamizdat.edition.site_walk import ListingFile, top_file
from tamizdat.errors import Failure, NoMirrorError, TamizdatError, TrustError, UntrustedError
from tamizdat.limits import LIMITS
from tamizdat.mirror.change import (
    METADATA,
    PICTURES,
    TIMESTAMP_PATH,
    Coming,
    Place,
    content_owner,
    listing_owner,
    tree_owner,
)
from tamizdat.mirror.pictures import Pictures
from tamizdat.mirror.port import Kept, Readable, ServedFile
from tamizdat.mirror.register import Register
from tamizdat.mirror.roots import every_root
from tamizdat.mirror.trees import TreePlan, plan_without
from tamizdat.mirror.trust_store import MirrorStore, version_of
from tamizdat.roads.named import Fetch, verify_head
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import find_target, language_fetch, published_languages, target_digest
from tamizdat.trust.claims import EditionClaim, site_claim
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.roles import APP, SNAPSHOT, TARGETS, TIMESTAMP

GRACE_SECONDS: Final = 900.0
"""How long content stays that only older editions name, for readers in the middle of a visit. Pages go at once."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a publication is copied: some languages (all if empty), with pages and pictures or without."""

    languages: frozenset[str] = frozenset()
    pages: bool = True
    pictures: bool = True
    """Without pages, whether the pictures that stories name come nevertheless."""

    def has(self, language: str) -> bool:
        """Whether a language is copied."""
        return not self.languages or language in self.languages


EVERYTHING: Final = Selection()


@dataclass(slots=True)
class Planned:
    """What a plan came to. ``faults`` are the publication's own: signed so, and refused by readers."""

    editions: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    version: int = 0
    """Of the timestamp."""


class Planner:
    """Writes the plan for the signed files that ``refresh`` trusts into the register.

    Raises NoMirrorError when a file that has to be read for it is not to be had, LibraryError when the disk is full.
    """

    def __init__(
        self, register: Register, incoming: Kept, files: Readable, roads: Roads, refresh: Refresh, store: MirrorStore
    ) -> None:
        self._register = register
        self._incoming = incoming
        self._files = files
        self._roads = roads
        self._refresh = refresh
        self._store = store
        self._indexes: dict[str, Index] = {}
        self._left_alone: list[str] = []

    def plan(self, selection: Selection, now: float) -> Planned:
        """Plan everything. ``now`` is Unix seconds."""
        result = Planned()
        with self._register.transaction():
            self._register.begin_plan()
        published = published_languages(self._refresh)
        languages = [language for language in published if selection.has(language)]
        trees: dict[str, ListingFile] = {}
        for language in languages:
            target = self._plan_language(language, result, now)
            if target is not None and selection.pages:
                trees |= self._tree(language, target, result)
        outside = self._outside() if selection.pages else None
        self._plan_pictures(self._pictures(result) if selection.pictures and outside is None else (), now)
        trees |= {"": outside} if outside else {}
        for tree, top in trees.items():
            self._plan_tree(tree, top, published, result, now)
        for tree in self._register.trees() - trees.keys():
            plan_without(self._register, tree)
        self._plan_metadata((*languages, *((APP,) if self._refresh.trusted.raw(APP) else ())), now)
        self._leave_languages(languages)
        with self._register.transaction():
            self._register.add_unnamed(self._left_alone)
        timestamp = self._refresh.trusted.timestamp
        result.version = timestamp.version if timestamp else 0
        return result

    # --- editions ---

    def _plan_language(self, language: str, result: Planned, now: float) -> TargetFile | None:
        """Plan index, shelf and packs; the target that names them, or None if what was signed is no edition."""
        fetch, claim = language_fetch(language, self._refresh, self._roads)
        data = self._obtain(fetch)
        files = [fetch]
        try:
            index = self._read_index(language, fetch, claim, data)
            result.editions[language] = claim.number
            files += self._content(language, index)
            self._indexes[language] = index
        except UntrustedError as error:
            # The bytes are those that were signed: nobody on the way did this, and readers refuse it by themselves.
            result.faults.append(f"{language}: signed so by the publication, and readers will refuse it: {error}")
        owner = content_owner(language)
        self._plan_set(
            owner, (Coming(file.path, "", owner, file.size, file.digest, Place.CONTENT) for file in files), now
        )
        return self._refresh.find(f"{language}/index")

    def _read_index(self, language: str, fetch: Fetch, claim: EditionClaim, data: bytes) -> Index:
        index = read_index(data)
        head = index.head.head
        verify_head(index.head, self._refresh.trusted.language_keys(language), language)
        if (head.language, head.number, head.root, head.time) != (language, claim.number, claim.root, claim.time):
            raise TrustError(Failure.MIX_AND_MATCH, "head and role disagree", what=fetch.path)
        return index

    def _content(self, language: str, index: Index) -> Iterator[Fetch]:
        if index.shelf:
            yield self._shelf(language, index.shelf)
        # Segments may share a pack.
        packs = {segment.digest: segment.size for segment in self._segments(language, index) if segment.size}
        for digest, size in packs.items():
            yield Fetch(f"{language}/{digest.hex()}.pack", size, digest)

    def _segments(self, language: str, index: Index) -> set[Segment]:
        shelf = read_shelf(self._obtain(self._shelf(language, index.shelf))) if index.shelf else ()
        return {*index.segments, *shelf}

    @staticmethod
    def _shelf(language: str, shelf: ShelfRef) -> Fetch:
        return Fetch(f"{language}/{shelf.digest.hex()}.shelf", shelf.size, shelf.digest)

    def _plan_set(self, owner: str, files: Iterable[Coming], now: float) -> None:
        """Plan all that ``owner`` names from now on; the rest of what it named stays for a while."""
        wanted = list(files)
        with self._register.transaction():
            self._register.add_coming(wanted)
            gone = self._register.files_of(owner).keys() - {file.path for file in wanted}
            self._register.add_leaving(gone, now + GRACE_SECONDS)

    def _leave_languages(self, languages: Iterable[str]) -> None:
        """Editions of languages that are published, or copied, no more go at once: somebody decided that."""
        kept = {content_owner(language) for language in languages}
        with self._register.transaction():
            for owner in self._register.owners() - kept:
                if owner.startswith(content_owner("")):
                    self._register.add_leaving(self._register.files_of(owner))

    # --- pictures, where no tree lists them ---

    def _pictures(self, result: Planned) -> frozenset[bytes]:
        """Hashes of the pictures of all planned editions."""
        found: set[bytes] = set()
        packs: set[bytes] = set()
        pictures = Pictures(self._register, self._obtain)
        for language, index in self._indexes.items():
            segments = self._segments(language, index)
            packs.update(segment.digest for segment in segments)
            try:
                found.update(pictures.of(language, index.log_end, segments))
            except UntrustedError as error:
                result.faults.append(f"{language}: signed so by the publication, and readers will refuse it: {error}")
        with self._register.transaction():
            self._register.forget_pictures(packs)
        return frozenset(found)

    def _plan_pictures(self, pictures: Collection[bytes], now: float) -> None:
        """Plan these. How long they are is not signed: those that are not here are fetched to find out."""
        paths = {f"pictures/{digest.hex()}.jpg": digest for digest in pictures}
        sizes = {path: self._size_at_hand(path, digest) for path, digest in paths.items()}
        missing = [path for path, size in sizes.items() if size is None]
        jobs = ((path, LIMITS.max_picture_bytes, self._picture_keeper(path, paths[path])) for path in missing)
        for path, answer in zip(missing, self._roads.many(jobs), strict=True):
            if isinstance(answer, TamizdatError):
                raise answer
            sizes[path] = answer
        self._plan_set(
            PICTURES,
            (Coming(path, "", PICTURES, sizes[path] or 0, paths[path], Place.CONTENT) for path in paths),
            now,
        )

    def _picture_keeper(self, path: str, digest: bytes) -> Callable[[bytes], int]:
        check = Fetch(path, LIMITS.max_picture_bytes, digest).check

        def keep(data: bytes) -> int:
            check(data)
            self._incoming.put(digest, data)
            return len(data)

        return keep

    def _size_at_hand(self, path: str, digest: bytes) -> int | None:
        found = self._register.find(path)
        if found is not None and found[0].digest == digest:
            return found[0].size
        data = self._at_hand(path, digest)
        return None if data is None else len(data)

    # --- pages ---

    def _tree(self, language: str, target: TargetFile, result: Planned) -> dict[str, ListingFile]:
        try:
            root = site_claim(target)
        except TrustError as error:
            result.faults.append(f"{language}: {error}; no pages are copied")
            return {}
        return {language: top_file(language, root)} if root else {}

    def _outside(self) -> ListingFile | None:
        """The top listing of what lies outside the languages' folders; None if the publication has none."""
        snapshot = self._refresh.trusted.snapshot
        if snapshot is None or f"{APP}.json" not in snapshot.meta:
            return None
        try:
            target = find_target(SITE_TARGET, self._refresh, self._roads)
        except TrustError as error:
            if error.failure is Failure.NOT_FOUND:
                return None
            raise
        return top_file("", target_digest(target, SITE_TARGET), target.length)

    def _plan_tree(self, tree: str, top: ListingFile, languages: Iterable[str], result: Planned, now: float) -> None:
        plan = TreePlan(self._register, tree, top, () if tree else tuple(languages))
        try:
            while wanted := plan.wanted:
                for listing, data in zip(wanted, self._obtain_all(wanted), strict=True):
                    plan.give(listing, data)
        except UntrustedError as error:
            # As above. The pages stay those of the edition before.
            result.faults.append(f"pages of {tree or 'the whole site'}: signed so by the publication: {error}")
            with self._register.transaction():
                self._register.drop_plan_of(tree)
            self._left_alone += [tree_owner(tree), listing_owner(tree)]
            return
        plan.finish(now + GRACE_SECONDS)

    # --- signed files ---

    def _plan_metadata(self, roles: Iterable[str], now: float) -> None:
        trusted = self._refresh.trusted
        files: dict[str, bytes] = {}
        for version, data in enumerate(every_root(self._store, self._refresh, self._roads), 1):
            files[f"{version}.root.json"] = data
        for role in (TARGETS, SNAPSHOT, *roles):
            version = trusted.named(role).version if role != SNAPSHOT else self._snapshot_version()
            files[f"{version}.{quote(role, safe='')}.json"] = trusted.raw(role) or b""
        files["timestamp.json"] = trusted.raw(TIMESTAMP) or b""
        if missing := [name for name, data in files.items() if not data]:
            raise NoMirrorError(f"signed files are missing from the mirror's own memory: {', '.join(missing)}")
        planned = [self._signed(f"metadata/{name}", data) for name, data in files.items()]
        self._plan_set(METADATA, planned, now)

    def _snapshot_version(self) -> int:
        return self._refresh.trusted.check_timestamp_current().snapshot_meta.version

    def _signed(self, path: str, data: bytes) -> Coming:
        found = self._register.find(path)
        held = self._at_hand(path, found[0].digest) if found else None
        if held is not None and version_of(held) == version_of(data):
            # A version's file never changes: other bytes may be signed as well (one signature of three, a space), and
            # whoever compares mirrors would take them for a lie. A disk may have made them of what we remember.
            data = held
        fetch = Fetch.of(path, data)
        if held != data:
            self._incoming.put(fetch.digest, data)
        place = Place.TIMESTAMP if path == TIMESTAMP_PATH else Place.METADATA
        return Coming(path, "", METADATA, fetch.size, fetch.digest, place)

    # --- files that have to be read ---

    def _obtain(self, fetch: Fetch) -> bytes:
        """The bytes of a file, from the disk or from a mirror."""
        if (data := self._at_hand(fetch.path, fetch.digest)) is not None:
            return data
        return self._roads.first_good(fetch.path, fetch.size, _keeper(self._incoming, fetch.check, fetch.digest))

    def _obtain_all(self, listings: Iterable[ListingFile]) -> Iterator[bytes]:
        """The bytes of listings, in order; many at a time."""
        wanted = list(listings)
        here = {listing.digest: self._at_hand(listing.path, listing.digest) for listing in wanted}
        missing = {listing.digest: listing for listing in wanted if here[listing.digest] is None}
        jobs = [
            (listing.path, listing.max_bytes, _keeper(self._incoming, listing.check, listing.digest))
            for listing in missing.values()
        ]
        for digest, answer in zip(missing, self._roads.many(jobs), strict=True):
            if isinstance(answer, TamizdatError):
                raise answer
            here[digest] = answer
        return (here[listing.digest] or b"" for listing in wanted)

    def _at_hand(self, path: str, digest: bytes) -> bytes | None:
        found = self._register.find(path)
        if found is not None and found[0].digest == digest:
            try:
                return self._files.read(ServedFile(path, found[0].size, digest))
            except TamizdatError:
                pass  # altered on the disk since; it is fetched again
        return self._incoming.find(digest)


def _keeper(incoming: Kept, check: Callable[[bytes], None], digest: bytes) -> Callable[[bytes], bytes]:
    """What checks a file and keeps it."""

    def keep(data: bytes) -> bytes:
        check(data)
        incoming.put(digest, data)
        return data

    return keep
