"""The site as a tree of listings, one for each directory, named by their hashes (spec/site.md). No I/O.

For publishers; ``site_walk`` reads such trees.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tamizdat.edition.listing import (
    MAGIC,
    MAX_DIGITS,
    MAX_PATH,
    Entry,
    Kind,
    Leaf,
    is_name,
    listing_path,
    name_digits,
    reserved_names,
)
from tamizdat.edition.wire import number
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A directory, or a part of a large one. Entries are kept as bytes: a change joins them anew and hashes once."""

    entries: Mapping[str, bytes]
    below: Mapping[str, "_Node"]
    """Directories by name; of a large directory, its parts by digit."""
    split: bool
    names: int
    """Entries of the directory, through all parts."""
    files: int
    """Files in it and below."""
    size: int
    digest: bytes

    @classmethod
    def of(cls, entries: Mapping[str, bytes], below: Mapping[str, "_Node"], *, split: bool = False) -> "_Node":
        """The node over these; ``split`` if they are parts."""
        data = _joined(entries)
        inside = below.values()
        names = sum(part.names for part in inside) if split else len(entries)
        files = sum(node.files for node in inside) + (0 if split else len(entries) - len(below))
        return cls(entries, below, split, names, files, len(data), hashlib.sha256(data).digest())

    @property
    def listing(self) -> bytes:
        """The listing file."""
        return _joined(self.entries)

    def entry(self, name: str, kind: Kind) -> bytes:
        """The entry that names this node in the listing above."""
        return Entry(name, kind, self.size, self.digest).to_bytes()

    def all(self) -> Iterator["_Node"]:
        """This node and all below."""
        yield self
        for node in self.below.values():
            yield from node.all()


def _joined(entries: Mapping[str, bytes]) -> bytes:
    return MAGIC + number(len(entries)) + b"".join(entries[name] for name in sorted(entries))


_NOTHING: Final = _Node({}, {}, split=False, names=0, files=0, size=0, digest=b"")


@dataclass(slots=True)
class _Edit:
    """What becomes of one name: the file ``leaf`` (None: no file any more) if ``named``, and changes below it."""

    leaf: Leaf | None = None
    named: bool = False
    below: dict[str, "_Edit"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteTree:
    """The signed files of one language's folder, or (``folder`` empty) of everything outside the languages' folders.

    Paths are from the web root. Frozen: a change gives another tree, which shares with this one what did not change.

    >>> tree = SiteTree.of("ru", {"ru/index.html": Leaf(4, hashlib.sha256(b"news").digest())})
    >>> tree.with_changes({"ru/index.html": None}).root is None
    True
    """

    folder: str
    root: bytes | None
    """SHA-256 of the top listing; None for a tree without files, which has none and is named by no role."""
    _top: _Node = field(compare=False, repr=False)

    @classmethod
    def of(cls, folder: str, files: Mapping[str, tuple[int, bytes]]) -> "SiteTree":
        """The tree over ``files``: length and SHA-256 by path. Raises FormatError for what cannot be listed."""
        return cls(folder, None, _NOTHING).with_changes(files)

    def with_changes(self, changes: Mapping[str, tuple[int, bytes] | None]) -> "SiteTree":
        """The tree after ``changes``: files that are new or other by path, None for those that are gone.

        Only the listings on the way to a change are made anew. Raises FormatError for what cannot be listed.
        """
        edits: dict[str, _Edit] = {}
        for path, leaf in changes.items():
            *folders, name = self._names(path)
            level = edits
            for part in folders:
                level = level.setdefault(part, _Edit()).below
            edit = level.setdefault(name, _Edit())
            edit.leaf, edit.named = None if leaf is None else Leaf(*leaf), True
        top = _edited(self._top, edits, "")
        if top.files > LIMITS.max_site_files:
            raise FormatError(Failure.TOO_LARGE, f"{top.files} files, limit {LIMITS.max_site_files}", what="site")
        return SiteTree(self.folder, top.digest or None, top)

    @property
    def count(self) -> int:
        """How many files it lists."""
        return self._top.files

    @property
    def top_listing(self) -> bytes:
        """The listing whose hash is ``root``; empty for a tree without files."""
        return self._top.listing if self.root else b""

    def paths(self) -> frozenset[str]:
        """Where its listings lie."""
        return frozenset(self._path(node) for node in self._top.all()) if self.root else frozenset()

    def digests(self) -> frozenset[bytes]:
        """SHA-256 of its listings."""
        return frozenset(node.digest for node in self._top.all())

    def files(self, beside: "SiteTree | None" = None) -> dict[str, bytes]:
        """Its listings by path; those that ``beside`` has too are left out."""
        known = beside.digests() if beside else frozenset[bytes]()
        return {self._path(node): node.listing for node in _unknown(self._top, known)} if self.root else {}

    def _path(self, node: _Node) -> str:
        return listing_path(self.folder, node.digest, top=node is self._top)

    def _names(self, path: str) -> list[str]:
        prefix = f"{self.folder}/" if self.folder else ""
        names = path.removeprefix(prefix).split("/")
        if (
            not path.startswith(prefix)
            or len(path) > MAX_PATH
            or len(names) > LIMITS.max_site_depth
            or names[0] in reserved_names(self.folder)
            or not all(map(is_name, names))
        ):
            raise FormatError(Failure.MALFORMED, "cannot be listed", what=repr(path[:200]))
        return names


def _unknown(node: _Node, known: Collection[bytes]) -> Iterator[_Node]:
    """``node`` and those below whose listings are not known; what a known one names is known too."""
    if node.digest not in known:
        yield node
        for below in node.below.values():
            yield from _unknown(below, known)


def _edited(node: _Node, edits: Mapping[str, _Edit], digits: str) -> _Node:
    """``node`` with ``edits`` by name; ``digits`` are those of the part that it is."""
    if not node.split:
        entries, below = dict(node.entries), dict(node.below)
        for name, edit in edits.items():
            _edit_name(entries, below, name, edit)
        return _shaped(entries, below, digits)
    grouped: dict[str, dict[str, _Edit]] = {}
    for name, edit in edits.items():
        grouped.setdefault(name_digits(name)[len(digits)], {})[name] = edit
    parts = dict(node.below)
    for digit, group in grouped.items():
        parts[digit] = _edited(parts.get(digit, _NOTHING), group, digits + digit)
    if sum(part.names for part in parts.values()) > LIMITS.max_listing_entries:
        return _split(parts)
    return _shaped(*_gathered(parts.values()), digits)


def _edit_name(entries: dict[str, bytes], below: dict[str, _Node], name: str, edit: _Edit) -> None:
    directory = _edited(below.get(name, _NOTHING), edit.below, "") if edit.below else below.get(name, _NOTHING)
    was_file = name in entries and name not in below
    if directory.names and (edit.leaf is not None if edit.named else was_file):
        raise FormatError(Failure.MALFORMED, "is a file and a directory", what=repr(name))
    if directory.names:
        below[name], entries[name] = directory, directory.entry(name, Kind.DIRECTORY)
    elif edit.leaf is not None:
        below.pop(name, None)
        entries[name] = Entry(name, Kind.FILE, *edit.leaf).to_bytes()
    elif edit.named or not was_file:
        below.pop(name, None)
        entries.pop(name, None)


def _shaped(entries: Mapping[str, bytes], below: Mapping[str, _Node], digits: str) -> _Node:
    """The node over these entries, in parts if they are too many for one listing."""
    if not entries:
        return _NOTHING
    if len(entries) <= LIMITS.max_listing_entries:
        return _Node.of(entries, below)
    if len(digits) == MAX_DIGITS:
        raise FormatError(Failure.TOO_LARGE, "too many names with alike hashes", what="site")
    grouped: dict[str, dict[str, bytes]] = {}
    for name, entry in entries.items():
        grouped.setdefault(name_digits(name)[len(digits)], {})[name] = entry
    return _split(
        {
            digit: _shaped(group, {name: below[name] for name in group if name in below}, digits + digit)
            for digit, group in grouped.items()
        }
    )


def _split(parts: Mapping[str, _Node]) -> _Node:
    kept = {digit: part for digit, part in parts.items() if part.names}
    return _Node.of({digit: part.entry(digit, Kind.PART) for digit, part in kept.items()}, kept, split=True)


def _gathered(parts: Iterable[_Node]) -> tuple[dict[str, bytes], dict[str, _Node]]:
    """Entries and directories of parts that fit into one listing again."""
    entries: dict[str, bytes] = {}
    below: dict[str, _Node] = {}
    for part in parts:
        inner = _gathered(part.below.values()) if part.split else (part.entries, part.below)
        entries |= inner[0]
        below |= inner[1]
    return entries, below
