"""Trees of listings: what a publisher makes is what a walk finds, however it came about, and nothing else passes."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edition.hostile import damaged
from tamizdat.edition import site as site_module
from tamizdat.edition import site_walk
from tamizdat.edition.listing import (
    MAGIC,
    Entry,
    Kind,
    Leaf,
    copied_file,
    listing_path,
    listing_to_bytes,
    name_digits,
    page_order,
    read_listing,
    reserved_names,
)
from tamizdat.edition.site import SiteTree
from tamizdat.edition.site_walk import ListingFile, TreeWalk, look_up, top_file
from tamizdat.edition.wire import number, string
from tamizdat.errors import Failure, FormatError
from tamizdat.limits import LIMITS

NAMES = st.from_regex(r"[A-Za-z0-9_~-]{1,4}|[a-z]\.html|x{255}", fullmatch=True)
LEAVES = st.builds(Leaf, st.integers(0, LIMITS.max_site_file_bytes), st.binary(min_size=32, max_size=32))
SMALL = 3
"""Entries to a listing where tests make limits small, so that small trees have parts."""


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def page(text: str) -> Leaf:
    return Leaf(len(text), digest(text.encode()))


def with_parts(patch, **more):
    """Trees of listings with at most three entries, or of these limits."""
    patch.setattr(site_module, "LIMITS", replace(LIMITS, max_listing_entries=SMALL, **more))
    patch.setattr(site_walk, "LIMITS", replace(LIMITS, **more))


@st.composite
def sites(draw: st.DrawFn, folder: str) -> dict[str, Leaf]:
    """Files by path, none of which is also a directory."""
    prefix = f"{folder}/" if folder else ""
    found: dict[str, Leaf] = {}
    for names in draw(st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=14)):
        path = "/".join(names)
        above = {"/".join(names[:depth]) for depth in range(1, len(names))}
        if names[0] in reserved_names(folder) or above & found.keys() or any(p.startswith(f"{path}/") for p in found):
            continue
        found[path] = draw(LEAVES)
    return {prefix + path: leaf for path, leaf in found.items()}


def walked(tree: SiteTree, *, backwards: bool = False) -> dict[str, Leaf]:
    """What a walk finds in the listings that ``tree`` would publish."""
    data = tree.files()
    assert tree.root is not None
    walk = TreeWalk(tree.folder, top_file(tree.folder, tree.root))
    while wanted := walk.wanted:
        for file in reversed(wanted) if backwards else wanted:
            walk.give(file, data[file.path])
    return walk.files


def refusal(call, *arguments) -> Failure:
    with pytest.raises(FormatError) as caught:
        call(*arguments)
    return caught.value.failure


# --- Listings ---


def entries() -> st.SearchStrategy[tuple[Entry, ...]]:
    plain = st.builds(
        Entry,
        NAMES,
        st.sampled_from([Kind.FILE, Kind.DIRECTORY]),
        st.integers(0, 300_000),
        st.binary(min_size=32, max_size=32),
    )
    part = st.builds(
        Entry,
        st.sampled_from("0123456789abcdef"),
        st.just(Kind.PART),
        st.integers(0, 300_000),
        st.binary(min_size=32, max_size=32),
    )
    lists = st.lists(plain, min_size=1, max_size=5) | st.lists(part, min_size=1, max_size=5)
    return lists.map(lambda found: tuple(sorted({e.name: e for e in found}.values(), key=lambda e: e.name)))


@given(entries())
def test_a_listing_comes_back(found):
    assert read_listing(listing_to_bytes(reversed(found))) == found


@given(
    st.binary(max_size=200)
    | st.binary(max_size=80).map(lambda tail: MAGIC + tail)
    | damaged(entries().map(listing_to_bytes))
)
def test_other_bytes_give_our_own_refusal_or_a_listing_in_its_one_spelling(data):
    try:
        found = read_listing(data)
    except FormatError:
        return
    assert listing_to_bytes(found) == data


def raw(name: str | bytes, kind: int = 0, size: int = 1, hash_: bytes = bytes(32)) -> bytes:
    name = name.encode() if isinstance(name, str) else name
    return number(len(name)) + name + bytes([kind]) + number(size) + hash_


def listed(*found: bytes) -> bytes:
    return MAGIC + number(len(found)) + b"".join(found)


BAD_NAMES = ["", ".", "..", "a/b", "a\\b", "a b", "a%2e", "é", "a\0", ".tamizdat-x", "a\n"]


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", Failure.MALFORMED),
        (b"TZI\x01" + listed(raw("a"))[4:], Failure.MALFORMED),
        (b"TZD\x02" + listed(raw("a"))[4:], Failure.UNSUPPORTED),
        (listed(), Failure.MALFORMED),
        (listed(raw("a"))[:-1], Failure.MALFORMED),
        (listed(raw("a")) + b"\0", Failure.MALFORMED),
        (listed(raw("b"), raw("a")), Failure.NONCANONICAL),
        (listed(raw("a"), raw("a", 1)), Failure.NONCANONICAL),
        (listed(raw("a", 3)), Failure.UNSUPPORTED),
        (listed(raw("a", 2), raw("b", 0)), Failure.MALFORMED),
        (listed(raw("a", 0), raw("b", 2)), Failure.MALFORMED),
        (listed(raw("g", 2)), Failure.MALFORMED),
        (listed(raw("A", 2)), Failure.MALFORMED),
        (listed(raw("00", 2)), Failure.MALFORMED),
        (listed(raw("a" * 256)), Failure.TOO_LARGE),
        (listed(raw("a", 0, LIMITS.max_site_file_bytes + 1)), Failure.TOO_LARGE),
        (listed(raw("a", 1, LIMITS.max_listing_bytes + 1)), Failure.TOO_LARGE),
        (listed(raw("a", 2, LIMITS.max_listing_bytes + 1)), Failure.TOO_LARGE),
        (MAGIC + number(LIMITS.max_listing_entries + 1), Failure.TOO_LARGE),
        (MAGIC + bytes(LIMITS.max_listing_bytes), Failure.TOO_LARGE),
        (listed(raw(b"\xff")), Failure.MALFORMED),
        *((listed(raw(name)), Failure.MALFORMED) for name in BAD_NAMES),
    ],
)
def test_what_a_listing_may_not_be_is_refused(data, failure):
    assert refusal(read_listing, data) is failure


def test_the_longest_listing_is_within_its_limit():
    names = [f"{at:0>255}" for at in range(LIMITS.max_listing_entries)]
    data = listing_to_bytes(Entry(name, Kind.FILE, LIMITS.max_site_file_bytes, bytes(32)) for name in names)
    assert len(read_listing(data)) == LIMITS.max_listing_entries


def test_listings_lie_beside_what_they_list():
    assert listing_path("ru", b"\xab" * 32) == listing_path("ru", b"\xab" * 32, top=True) == f"ru/site/{'ab' * 32}.list"
    assert listing_path("", b"\xab" * 32) == f"site/{'ab' * 32}.list"
    assert listing_path("", b"\xab" * 32, top=True) == f"{'ab' * 32}.site.list"


# --- Trees ---


FOLDERS = st.sampled_from(["", "ru", "sr-Latn"])


@given(FOLDERS.flatmap(lambda folder: st.tuples(st.just(folder), sites(folder))), st.booleans(), st.booleans())
def test_a_walk_finds_what_was_listed(site, parts, backwards):
    folder, files = site
    with pytest.MonkeyPatch.context() as patch:
        if parts:
            with_parts(patch)
        tree = SiteTree.of(folder, files)
        assert tree.count == len(files)
        if not files:
            assert tree.root is None
            return
        assert walked(tree, backwards=backwards) == files
        assert all(digest(data).hex() in path for path, data in tree.files().items())


@given(sites("ru"), sites("ru"), st.booleans())
def test_a_change_gives_the_tree_that_would_have_been_made_at_once(before, after, parts):
    with pytest.MonkeyPatch.context() as patch:
        if parts:
            with_parts(patch)
        old, new = SiteTree.of("ru", before), SiteTree.of("ru", after)
        gone = dict.fromkeys(before.keys() - after.keys())
        changed = old.with_changes({**gone, **after})
        assert changed == new
        assert changed.files() == new.files()
        assert changed.paths() == new.files().keys()
        assert changed.files(old) == {path: data for path, data in new.files().items() if path not in old.files()}
        assert old.with_changes(dict.fromkeys(before)).root is None


@given(sites("ru").filter(bool), st.data(), st.booleans())
def test_a_file_is_looked_up_with_the_listings_on_its_way(files, data, parts):
    with pytest.MonkeyPatch.context() as patch:
        if parts:
            with_parts(patch)
        tree = SiteTree.of("ru", files)
        top = top_file("ru", tree.root)
        path = data.draw(
            st.sampled_from(sorted(files))
            | NAMES.map(lambda name: f"ru/{name}/{name}")
            | NAMES.map(lambda name: f"ru/{name}")
        )
        known, asked = {}, 0
        while isinstance(step := look_up("ru", top, path, known), ListingFile):
            known[step.digest] = step.read(tree.files()[step.path])
            asked += 1
        assert step == files.get(path)
        assert asked <= len(tree.paths())


def test_one_change_makes_anew_only_what_is_on_its_way():
    files = {
        f"ru/{year}/{month:02}/{at}.html": page(f"{year} {month} {at}")
        for year in range(20)
        for month in range(12)
        for at in range(30)
    }
    tree = SiteTree.of("ru", files)
    assert len(tree.paths()) == 1 + 20 + 20 * 12
    changed = tree.with_changes({"ru/7/03/4.html": page("corrected")})
    anew = changed.files(tree)
    assert len(anew) == 3
    assert walked(changed) == files | {"ru/7/03/4.html": page("corrected")}
    assert len(tree.paths() - changed.paths()) == 3


def test_one_change_in_a_large_directory_makes_anew_one_part_of_it():
    files = {f"pictures/{at}.jpg": page(str(at)) for at in range(40_000)}
    tree = SiteTree.of("", files)
    changed = tree.with_changes({"pictures/7.jpg": page("another"), "pictures/new.jpg": None})
    anew = changed.files(tree)
    assert len(anew) <= 4
    assert max(map(len, tree.files().values())) <= LIMITS.max_listing_bytes
    assert sum(map(len, anew.values())) < 60_000


def test_a_directory_is_divided_when_it_is_too_large_for_one_listing_and_made_whole_again():
    files = {f"ru/t/{at}.html": page(str(at)) for at in range(LIMITS.max_listing_entries)}
    whole = SiteTree.of("ru", files)
    assert len(whole.paths()) == 2
    divided = whole.with_changes({"ru/t/more.html": page("more")})
    assert len(divided.paths()) == 2 + 16
    assert walked(divided) == files | {"ru/t/more.html": page("more")}
    assert divided.with_changes({"ru/t/more.html": None}) == whole


def test_parts_of_parts_are_made_whole_again(monkeypatch):
    with_parts(monkeypatch)
    files = {f"ru/t/{at}.html": page(str(at)) for at in range(200)}
    tree = SiteTree.of("ru", files)
    assert walked(tree) == files
    few = dict(list(files.items())[:SMALL])
    assert tree.with_changes(dict.fromkeys(files.keys() - few.keys())) == SiteTree.of("ru", few)
    assert len(SiteTree.of("ru", few).paths()) == 2


def test_a_tree_without_files_has_no_root_and_no_listing():
    tree = SiteTree.of("ru", {})
    assert (tree.root, tree.files(), tree.paths(), tree.top_listing, tree.count) == (None, {}, frozenset(), b"", 0)
    made = tree.with_changes({"ru/a": page("a")})
    assert digest(made.top_listing) == made.root
    assert made.files(tree) == {listing_path("ru", made.root): made.top_listing}


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("ru", "en/a.html"),
        ("ru", "ru"),
        ("ru", "ru/site/a.html"),
        ("ru", "ru/site"),
        ("ru", "/ru/a"),
        ("", "metadata/a.json"),
        ("", "site/a.html"),
        ("ru", "ru/" + "a/" * LIMITS.max_site_depth + "b"),
        ("ru", "ru/" + "/".join(["a" * 255] * 4) + "/b"),
        *(("ru", f"ru/x/{name}") for name in BAD_NAMES if name != "a/b"),
    ],
)
def test_a_path_that_cannot_be_listed_is_refused(folder, path):
    assert refusal(SiteTree.of, folder, {path: page("")}) is Failure.MALFORMED


@pytest.mark.parametrize("paths", [("ru/a", "ru/a/b"), ("ru/a/b", "ru/a")])
def test_nothing_is_a_file_and_a_directory(paths):
    first, second = paths
    tree = SiteTree.of("ru", {first: page("1")})
    assert refusal(tree.with_changes, {second: page("2")}) is Failure.MALFORMED
    assert refusal(SiteTree.of, "ru", dict.fromkeys(paths, page("1"))) is Failure.MALFORMED
    assert walked(tree.with_changes({first: None, second: page("2")})) == {second: page("2")}


def test_what_is_not_there_can_go_without_effect():
    tree = SiteTree.of("ru", {"ru/a": page("1"), "ru/b/c": page("2")})
    for path in ("ru/x", "ru/x/y", "ru/a/z", "ru/b", "ru/b/c/d"):
        assert tree.with_changes({path: None}) == tree


def test_a_site_over_its_limits_is_not_made(monkeypatch):
    with_parts(monkeypatch, max_site_files=5)
    assert SiteTree.of("ru", {f"ru/{at}": page("") for at in range(5)}).count == 5
    assert refusal(SiteTree.of, "ru", {f"ru/{at}": page("") for at in range(6)}) is Failure.TOO_LARGE
    monkeypatch.setattr(site_module, "name_digits", lambda name: "0" * 8)
    assert refusal(SiteTree.of, "ru", {f"ru/{at}": page("") for at in range(4)}) is Failure.TOO_LARGE


# --- Hostile trees ---


def given_(walk: TreeWalk, *data: bytes) -> TreeWalk:
    """The walk after these listings, each to the first that is wanted by its hash."""
    for listing in data:
        file = next(file for file in walk.wanted if file.digest == digest(listing))
        walk.give(file, listing)
    return walk


def walk_of(top: bytes, folder: str = "ru", reserved=()) -> TreeWalk:
    return TreeWalk(folder, top_file(folder, digest(top)), reserved)


def below(name: str, listing: bytes, kind: int = 1) -> bytes:
    return raw(name, kind, len(listing), digest(listing))


def test_other_bytes_than_the_signed_are_refused_and_nothing_changes():
    inner = listed(raw("a"))
    top = listed(below("x", inner))
    walk = given_(walk_of(top), top)
    (file,) = walk.wanted
    assert file.max_bytes == len(inner)
    assert refusal(walk.give, file, listed(raw("b"))) is Failure.WRONG_HASH
    assert refusal(walk.give, file, inner + b"\0") is Failure.TOO_LARGE
    assert (walk.wanted, walk.files) == ((file,), {})
    assert given_(walk, inner).files == {"ru/x/a": Leaf(1, bytes(32))}
    assert top_file("ru", bytes(32)).max_bytes == LIMITS.max_listing_bytes
    assert top_file("", bytes(32), 99).max_bytes == 99


def test_a_listing_of_another_size_than_signed_is_refused():
    inner = listed(raw("a"))
    top = listed(raw("x", 1, len(inner) + 1, digest(inner)))
    assert refusal(given_, walk_of(top), top, inner) is Failure.MALFORMED


@pytest.mark.parametrize(
    ("folder", "name", "kind", "reserved"),
    [
        ("ru", "site", 0, ()),
        ("ru", "site", 1, ()),
        ("", "site", 1, ()),
        ("", "metadata", 1, ()),
        ("", "ru", 1, ("en", "ru")),
    ],
)
def test_pages_do_not_take_the_place_of_signed_files_or_of_another_role(folder, name, kind, reserved):
    top = listed(raw(name, kind))
    assert refusal(given_, walk_of(top, folder, reserved), top) is Failure.MALFORMED
    inner = top
    top = listed(below("x", inner))
    assert given_(walk_of(top, folder, reserved), top, inner)


def test_reserved_names_do_not_hide_in_a_part():
    inner = listed(raw("site", 0))
    top = listed(below(name_digits("site")[0], inner, 2))
    assert refusal(given_, walk_of(top), top, inner) is Failure.MALFORMED


def test_a_name_stands_only_in_the_part_that_its_hash_says():
    first, second = (f"{at}" for at in range(9) if name_digits(str(at))[0] != name_digits("a")[0]), "a"
    wrong = next(first)
    inner = listed(raw(second))
    top = listed(below(name_digits(wrong)[0], inner, 2))
    assert refusal(given_, walk_of(top), top, inner) is Failure.MALFORMED
    top = listed(below(name_digits(second)[0], inner, 2))
    assert given_(walk_of(top), top, inner).files == {"ru/a": Leaf(1, bytes(32))}


def nested(times: int, inner: bytes, name: str = "d", kind: int = 1) -> list[bytes]:
    """Listings around ``inner``, the outermost first."""
    found = [inner]
    for _ in range(times):
        found.insert(0, listed(below(name, found[0], kind)))
    return found


def test_trees_are_not_deeper_than_their_limit():
    fine = nested(LIMITS.max_site_depth - 1, listed(raw("a")))
    assert set(given_(walk_of(fine[0]), *fine).files) == {"ru/" + "d/" * (LIMITS.max_site_depth - 1) + "a"}
    deep = nested(LIMITS.max_site_depth, listed(raw("a")))
    assert refusal(given_, walk_of(deep[0]), *deep) is Failure.TOO_LARGE


def test_parts_of_parts_end():
    digits = name_digits("a")
    found = [listed(raw("a"))]
    for digit in reversed(digits):
        found.insert(0, listed(below(digit, found[0], 2)))
    assert given_(walk_of(found[0]), *found).files == {"ru/a": Leaf(1, bytes(32))}
    endless = nested(9, listed(raw("a")), "0", 2)
    assert refusal(given_, walk_of(endless[0]), *endless) is Failure.TOO_LARGE


def test_paths_are_not_longer_than_carriers_take():
    names = nested(4, listed(raw("b" * 255)), "d" * 255)
    assert refusal(given_, walk_of(names[0]), *names) is Failure.TOO_LARGE


def test_a_few_signed_bytes_do_not_unfold_without_end(monkeypatch):
    with_parts(monkeypatch, max_site_files=1_000, max_site_listings=100)
    bomb = [listed(raw("0"), raw("1"))]
    for _ in range(12):
        bomb.insert(0, listed(below("0", bomb[0]), below("1", bomb[0])))
    walk = walk_of(bomb[0])
    data = {digest(listing): listing for listing in bomb}

    def unfold():
        while walk.wanted:
            for file in walk.wanted:
                walk.give(file, data[file.digest])

    assert refusal(unfold) is Failure.TOO_LARGE
    assert len(walk.wanted) < 100
    with_parts(monkeypatch, max_site_files=4)
    flat = [listed(below("0", inner), below("1", inner)) for inner in [listed(raw("0"), raw("1"), raw("2"))]]
    inner = listed(raw("0"), raw("1"), raw("2"))
    assert refusal(given_, walk_of(flat[0]), flat[0], inner, inner) is Failure.TOO_LARGE


def test_directories_that_are_alike_are_each_walked():
    inner = listed(raw("a"))
    top = listed(below("x", inner), below("y", inner))
    assert set(given_(walk_of(top), top, inner, inner).files) == {"ru/x/a", "ru/y/a"}


@settings(max_examples=100)
@given(st.lists(entries().map(listing_to_bytes) | st.binary(max_size=60), min_size=1, max_size=4), st.data())
@example([b""], None)
def test_whatever_is_signed_is_walked_or_refused(listings, data):
    """A thief of the key signs garbage: the walk ends, with our own refusal or with files."""
    found = list(listings)
    if data is not None:
        for _ in range(data.draw(st.integers(0, 4))):
            inside = data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=3))
            kind = data.draw(st.sampled_from([1, 2]))
            found.append(listed(*(below(name, inner, kind) for name, inner in zip("012", inside, strict=False))))
    held = {digest(listing): listing for listing in found}
    walk = walk_of(found[-1])
    try:
        while ready := [file for file in walk.wanted if file.digest in held]:
            walk.give(ready[0], held[ready[0].digest])
    except FormatError:
        return
    assert all(path.startswith("ru/") for path in walk.files)


def test_a_string_is_what_a_name_is_written_as():
    assert listing_to_bytes([Entry("a", Kind.FILE, 5, bytes(32))]) == MAGIC + b"\x01" + string(
        "a"
    ) + b"\x00\x05" + bytes(32)


def test_pages_are_overwritten_from_the_leaves_to_the_front_each_before_its_copies():
    pages = ["index.html", "en/index.html", "about.html", "en/a/b.html", "en/a/b.html.gz", "en/a/index.html"]
    assert sorted(pages, key=page_order) == [
        "en/a/b.html", "en/a/b.html.gz", "about.html", "en/a/index.html", "en/index.html", "index.html"
    ]  # fmt: skip
    assert copied_file("en/a/b.html.gz") == copied_file("en/a/b.html") == "en/a/b.html"
    assert copied_file("archive.gz/b.html") == "archive.gz/b.html"
