"""Whatever a site was and becomes, the plan for its change names exactly what differs."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.edition import site as site_module
from tamizdat.edition.listing import Leaf
from tamizdat.edition.site import SiteTree
from tamizdat.edition.site_walk import top_file
from tamizdat.limits import LIMITS
from tamizdat.mirror.change import listing_owner, tree_owner
from tamizdat.mirror.register import Register
from tamizdat.mirror.trees import TreePlan, plan_without

SMALL = 3
"""Names that one listing holds here, so that few files make parts and parts of parts."""
NOW = 1_000.0

names = st.sampled_from([*"abcdefgh", "index.html", "x.html.gz"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.sampled_from(["one", "two", "three"])
sites = st.dictionaries(paths, contents, max_size=14).map(
    # A name cannot be file and directory at once.
    lambda site: {path: text for path, text in site.items() if not any(other.startswith(f"{path}/") for other in site)}
)


def leaf(text):
    return Leaf(len(text), hashlib.sha256(text.encode()).digest())


def change(register, folder, site):
    """Plan and finish the change to ``site``; the listings that were fetched, and what was planned to come and go."""
    tree = SiteTree.of(folder, {f"{folder}/{path}" if folder else path: leaf(text) for path, text in site.items()})
    listings = tree.files()
    with register.transaction():
        register.drop_plan()
    fetched = []
    if tree.root is None:
        plan_without(register, folder)
    else:
        plan = TreePlan(register, folder, top_file(folder, tree.root, len(tree.top_listing)))
        while wanted := plan.wanted:
            for listing in wanted:
                fetched.append(listing.path)
                plan.give(listing, listings[listing.path])
        plan.finish(0.0)
    coming = list(register.coming())
    register.enter(coming)
    gone = register.finish(NOW)
    return listings, fetched, {file.path for file in coming}, set(gone)


@pytest.mark.parametrize("folder", ["", "ru"])
@given(first=sites, second=sites, third=sites)
def test_after_any_changes_the_register_names_the_site_and_its_listings(folder, first, second, third):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_module, "LIMITS", replace(LIMITS, max_listing_entries=SMALL))
        register = Register(":memory:")
        before = {}
        for site in (first, second, third):
            listings, fetched, coming, gone = change(register, folder, site)
            expected = {f"{folder}/{path}" if folder else path: leaf(text).digest for path, text in site.items()}
            assert register.files_of(tree_owner(folder)) == expected
            held = register.files_of(listing_owner(folder))
            assert held == {path: hashlib.sha256(data).digest() for path, data in listings.items()}
            assert set(fetched) <= listings.keys()
            after = expected | held
            assert coming == {path for path in after if before.get(path) != after[path]}
            assert gone == before.keys() - after.keys()
            before = after
        register.close()


def test_an_unchanged_directory_is_not_fetched():
    register = Register(":memory:")
    site = {f"{folder}/{number}": "one" for folder in "abc" for number in range(5)}
    change(register, "ru", site)
    _, fetched, coming, _ = change(register, "ru", site | {"b/2": "two"})
    assert len(fetched) == 2  # the top and b
    assert {path for path in coming if not path.endswith(".list")} == {"ru/b/2"}
