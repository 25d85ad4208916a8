"""What changes between the tree of pages that is held and a new one: only listings that differ are fetched.

The register remembers the listing of every directory. Where the new tree names the same, everything below is the same
(spec/site.md, "Trees"), so a publish that changes one page costs a few listings, however large the site is.
"""

from collections.abc import Collection

from tamizdat.edition.listing import Kind, Leaf, name_digits, page_order
from tamizdat.edition.site_walk import Given, ListingFile, TreeWalk
from tamizdat.mirror.change import Coming, Place, listing_owner, place_of, tree_owner
from tamizdat.mirror.register import Register


class TreePlan:
    """Plans one tree in the register, as its listings come.

    ``wanted``, then ``give``, until nothing is wanted; then ``finish``. Raises FormatError for what is no tree.
    """

    def __init__(self, register: Register, tree: str, top: ListingFile, reserved: Collection[str] = ()) -> None:
        self._register = register
        self._tree = tree
        self._owner = tree_owner(tree)
        self._walk = TreeWalk(tree, top, reserved, self._is_held)

    @property
    def wanted(self) -> tuple[ListingFile, ...]:
        """Listings that can be fetched now."""
        return self._walk.wanted

    def _is_held(self, listing: ListingFile) -> bool:
        register = self._register
        held = None if register.doubted else register.directory(self._tree, listing.inside, listing.digits)
        return held == listing.digest

    def give(self, listing: ListingFile, data: bytes) -> None:
        """Take one of the wanted."""
        given = self._walk.give(listing, data)
        self._walk.files.clear()
        register = self._register
        with register.transaction():
            register.add_directory(self._tree, listing.inside, listing.digits, listing.digest, listing.path)
            register.add_coming(
                [Coming(listing.path, "", listing_owner(self._tree), len(data), listing.digest, Place.CONTENT)]
            )
            held = register.files_in(self._owner, listing.inside)
            register.add_coming(
                self._page(path, listing.inside, leaf)
                for path, leaf in given.files.items()
                # Nearly all are as they were. Those of them that are lost come back by themselves.
                if register.doubted or held.get(path) != leaf.digest
            )
            self._plan_gone(listing, given, held)

    def _page(self, path: str, inside: str, leaf: Leaf) -> Coming:
        return Coming(path, inside, self._owner, leaf.size, leaf.digest, place_of(self._owner, path), turn(path))

    def _plan_gone(self, listing: ListingFile, given: Given, held: Collection[str]) -> None:
        """What the held tree has in this directory, or in this part of it, and the new one has not."""
        register, inside = self._register, listing.inside
        names = {kind: {entry.name for entry in given.entries if entry.kind is kind} for kind in Kind}

        def is_gone(name: str, kind: Kind) -> bool:
            if not listing.digits and not names[Kind.PART]:
                return name not in names[kind]
            digits = name_digits(name)
            if not digits.startswith(listing.digits):
                return False  # another part's business
            if names[Kind.PART]:
                return digits[len(listing.digits)] not in names[Kind.PART]
            return name not in names[kind]

        register.add_leaving(path for path in held if is_gone(path[len(inside) :], Kind.FILE))
        for path, digits in register.directories_below(self._tree, inside):
            if is_gone(path[len(inside) :].partition("/")[0], Kind.DIRECTORY):
                register.add_directory(self._tree, path, digits, None, None)
                register.add_leaving(register.files_in(self._owner, path))
        for digits in register.parts_of(self._tree, inside):
            below = digits.removeprefix(listing.digits)
            if digits.startswith(listing.digits) and below and below[0] not in names[Kind.PART]:
                register.add_directory(self._tree, inside, digits, None, None)

    def finish(self, gone_by: float) -> None:
        """Nothing is wanted any more. Listings that are not named any more go at ``gone_by`` (Unix seconds)."""
        with self._register.transaction():
            self._register.add_leaving(self._register.listings_left(self._tree), gone_by)


def plan_without(register: Register, tree: str) -> None:
    """Plan that a tree goes: its language is not published any more, or has no pages now."""
    with register.transaction():
        for inside, digits in [("", digits) for digits in register.parts_of(tree, "")] + register.directories_below(
            tree, ""
        ):
            register.add_directory(tree, inside, digits, None, None)
        register.add_leaving(register.files_of(tree_owner(tree)))
        register.add_leaving(register.files_of(listing_owner(tree)))


def turn(path: str) -> int:
    """The place of a page among the others: leaves first (spec/site.md, "Publishing")."""
    is_front, folders, _ = page_order(path)
    return (1 << 16 if is_front else 0) + folders
