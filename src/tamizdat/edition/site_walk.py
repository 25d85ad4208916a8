"""From the hash of a top listing to every file of the site, as the listings come (spec/site.md). No I/O."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tamizdat.edition.listing import (
    MAX_DIGITS,
    MAX_PATH,
    Entry,
    Kind,
    Leaf,
    listing_path,
    name_digits,
    read_listing,
    reserved_names,
)
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS


@dataclass(frozen=True, slots=True)
class ListingFile:
    """A listing to fetch, and whose it is."""

    path: str
    digest: bytes
    size: int | None
    """Its length; None for a top listing of which the role says only the hash."""
    inside: str = ""
    """The directory that it lists, from the web root: ``ru/2026/``, or empty."""
    digits: str = ""
    """Of a part, the digits that the hashes of its names begin with."""
    depth: int = 0

    @property
    def max_bytes(self) -> int:
        """Its greatest length."""
        return LIMITS.max_listing_bytes if self.size is None else self.size

    def check(self, data: bytes) -> None:
        """Raise TOO_LARGE or WRONG_HASH unless ``data`` is the file."""
        if len(data) > self.max_bytes:
            raise FormatError(Failure.TOO_LARGE, f"more than the {self.max_bytes} bytes it may have", what=self.path)
        if hashlib.sha256(data).digest() != self.digest:
            raise FormatError(Failure.WRONG_HASH, "is not the listing that the publication signed", what=self.path)

    def read(self, data: bytes) -> tuple[Entry, ...]:
        """The entries of the listing ``data``, checked against what leads here. Raises FormatError."""
        self.check(data)
        if self.size is not None and len(data) != self.size:
            raise self._fail(f"has {len(data)} bytes, not the {self.size} that are signed")
        entries = read_listing(data)
        for entry in entries:
            if entry.kind is not Kind.PART and self.digits and not name_digits(entry.name).startswith(self.digits):
                raise self._fail(f"{entry.name} does not belong into part {self.digits}")
            if len(self.inside) + len(entry.name) > MAX_PATH:
                raise self._fail("a path too long", Failure.TOO_LARGE)
        return entries

    def below(self, folder: str, entry: Entry) -> "ListingFile":
        """The listing that ``entry``, a directory or a part, leads to. Raises FormatError past the limits."""
        path = listing_path(folder, entry.digest)
        if entry.kind is Kind.PART:
            if len(self.digits) == MAX_DIGITS:
                raise self._fail("parts of parts without end", Failure.TOO_LARGE)
            return ListingFile(path, entry.digest, entry.size, self.inside, self.digits + entry.name, self.depth)
        if self.depth + 1 == LIMITS.max_site_depth:
            raise self._fail("directories too deep", Failure.TOO_LARGE)
        return ListingFile(path, entry.digest, entry.size, f"{self.inside}{entry.name}/", "", self.depth + 1)

    def _fail(self, detail: str, failure: Failure = Failure.MALFORMED) -> FormatError:
        return FormatError(failure, detail, what=self.path)


def top_file(folder: str, root: bytes, size: int | None = None) -> ListingFile:
    """The listing that a role names: of a language's folder, or (``folder`` empty) of what lies outside them."""
    return ListingFile(listing_path(folder, root, top=True), root, size, f"{folder}/" if folder else "")


@dataclass(frozen=True, slots=True)
class Given:
    """What one listing said: its entries, the files among them by path, and the listings that they lead to."""

    entries: tuple[Entry, ...]
    files: Mapping[str, Leaf]
    below: tuple[ListingFile, ...]


class TreeWalk:
    """From a root to every file, as the listings come, in whatever order. No I/O.

    ``reserved`` are further names that the top listing must not have: outside the languages' folders, these folders.
    Fetch what is in ``wanted``, ``give`` each, until nothing is wanted; then ``files`` is the tree, but for what lies
    below listings of which ``is_known`` says that they need not be fetched.
    """

    def __init__(
        self,
        folder: str,
        top: ListingFile,
        reserved: Collection[str] = (),
        is_known: Callable[[ListingFile], bool] = lambda _: False,
    ) -> None:
        self.folder = folder
        self._is_known = is_known
        self.files: dict[str, Leaf] = {}
        self._wanted: dict[tuple[str, str], ListingFile] = {} if is_known(top) else {(top.inside, ""): top}
        self._reserved = reserved_names(folder) | frozenset(reserved)
        self._listings = 1
        self._files = 0

    @property
    def wanted(self) -> tuple[ListingFile, ...]:
        """Listings that can be fetched now. One path may occur more than once, for directories that are alike."""
        return tuple(self._wanted.values())

    def give(self, file: ListingFile, data: bytes) -> Given:
        """Take one of the wanted. Raises FormatError, and then nothing has changed.

        Whoever uses what it returns may empty ``files`` each time: a large site need not lie in memory.
        """
        entries = file.read(data)
        if file.depth == 0:
            for entry in entries:
                if entry.kind is not Kind.PART and entry.name in self._reserved:
                    raise FormatError(Failure.MALFORMED, f"{entry.name!r} is not for pages", what=file.path)
        found = {f"{file.inside}{e.name}": Leaf(e.size, e.digest) for e in entries if e.kind is Kind.FILE}
        more = [file.below(self.folder, entry) for entry in entries if entry.kind is not Kind.FILE]
        files, listings = self._files + len(found), self._listings + len(more)
        if files > LIMITS.max_site_files or listings > LIMITS.max_site_listings:
            raise FormatError(Failure.TOO_LARGE, f"unfolds into {files} files in {listings} listings", what=file.path)
        self._files, self._listings = files, listings
        self.files.update(found)
        del self._wanted[file.inside, file.digits]
        self._wanted.update({(below.inside, below.digits): below for below in more if not self._is_known(below)})
        return Given(entries, found, tuple(more))


def look_up(
    folder: str, top: ListingFile, path: str, known: Mapping[bytes, tuple[Entry, ...]]
) -> Leaf | ListingFile | None:
    """The file at ``path`` in a tree; the listing that is needed to find out; None if the tree has no such file.

    ``known`` holds entries by the hash of their listing, as ``ListingFile.read`` gave them.
    """
    names = path.removeprefix(top.inside).split("/")
    at = top
    while (entries := known.get(at.digest)) is not None:
        split = entries[0].kind is Kind.PART
        wanted = name_digits(names[0])[len(at.digits)] if split else names[0]
        entry = next((entry for entry in entries if entry.name == wanted), None)
        if entry is None or (entry.kind is Kind.DIRECTORY and len(names) == 1):
            return None
        if entry.kind is Kind.FILE:
            return Leaf(entry.size, entry.digest) if len(names) == 1 else None
        names = names if split else names[1:]
        at = at.below(folder, entry)
    return at
