"""The files of a picture: their names, their sizes, and that one name never means two things."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tamizdat.carriers.port import is_safe_path
from tamizdat.pictures.variants import Shown, srcset, variants
from tamizdat.story import Picture

SIDES = st.integers(0, 1280) | st.integers(0, 65_535)
FOCUS = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
FILE = "ab" * 32


def of(width, height, focus=(500, 500)):
    return variants(Picture("A crane", FILE, width=width, height=height, focus=focus))


def everything(found):
    return {*found.needed(lead=True), *found.needed(lead=False)}


def names(renditions):
    return [variant.path.replace(FILE, "F").removeprefix("pictures/") for variant in renditions]


@given(SIDES, SIDES, FOCUS)
def test_nothing_is_enlarged_and_no_name_leaves_the_folder(width, height, focus):
    for variant in everything(of(width, height, focus)):
        assert is_safe_path(variant.path)
        assert re.fullmatch(rf"pictures/{FILE}(-\d{{1,4}}-\d{{1,4}})?(-\d+|-card)?\.(jpg|avif)", variant.path)
        assert variant.width <= variant.part.width
        assert variant.height <= variant.part.height or variant.height == 1
        assert variant.part.x + variant.part.width <= width
        assert variant.part.y + variant.part.height <= height


@given(st.integers(16, 1280), st.integers(9, 1280), FOCUS)
def test_lead_pictures_are_16_to_9(width, height, focus):
    found = of(width, height, focus)
    for variant in (*found.lead.avif, *found.lead.jpeg):
        assert variant.width * 9 == variant.height * 16


@given(SIDES, SIDES, FOCUS, FOCUS)
def test_one_name_is_one_file(width, height, one, other):
    """What a name is made of does not depend on who asks: files are made once and never looked at again."""
    found = {}
    for variant in (*everything(of(width, height, one)), *everything(of(width, height, other))):
        assert found.setdefault(variant.path, variant) == variant


@given(SIDES, SIDES, FOCUS)
def test_both_formats_in_the_same_sizes_narrowest_first(width, height, focus):
    found = of(width, height, focus)
    for view in (found.lead, found.body):
        sizes = [(variant.width, variant.height) for variant in view.jpeg]
        assert sizes == sorted(set(sizes))
        if view.avif:
            assert sizes == [(variant.width, variant.height) for variant in view.avif]
        assert view.widest == view.jpeg[-1]


def test_a_large_picture_has_all_widths():
    found = of(1280, 960, (500, 300))
    widths = ["F-500-300-320", "F-500-300-640", "F-500-300-1280"]
    assert names(found.lead.avif) == [f"{name}.avif" for name in widths]
    assert names(found.lead.jpeg) == [f"{name}.jpg" for name in widths]
    assert names([found.card]) == ["F-500-300-card.jpg"]
    assert (found.card.width, found.card.height) == (1200, 630)
    assert names(found.body.avif) == ["F-640.avif", "F-1280.avif"]
    assert names(found.body.jpeg) == ["F-640.jpg", "F.jpg"]


def test_smaller_pictures_have_fewer():
    assert [variant.width for variant in of(700, 500).lead.avif] == [320, 640]
    assert [variant.width for variant in of(960, 1280).lead.avif] == [320, 640, 960]
    assert [variant.width for variant in of(300, 300).lead.avif] == [288]
    assert [variant.width for variant in of(700, 500).body.jpeg] == [700]
    assert of(590, 590).card is None
    assert (of(960, 1280).card.width, of(960, 1280).card.height) == (960, 504)


def test_two_focuses_are_two_sets_unless_nothing_is_cut_off():
    one, other = of(1280, 960, (100, 100)), of(1280, 960, (900, 900))
    assert not {*names(one.lead.jpeg)} & {*names(other.lead.jpeg)}
    one, other = of(1280, 720, (100, 100)), of(1280, 720, (900, 900))
    assert one.lead == other.lead
    assert one.lead.jpeg[-1] == one.whole


def test_what_a_story_needs_depends_on_where_the_picture_stands():
    found = of(1280, 960)
    lead, body = (Shown(FILE, 1280, 960, lead=place).needed for place in (True, False))
    assert lead == found.needed(lead=True)
    assert body == found.needed(lead=False)
    assert lead[0] == body[0] == found.whole
    assert {*lead} == {found.whole, *found.lead.avif, *found.lead.jpeg, found.card}
    assert {*body} == {found.whole, *found.body.avif, *found.body.jpeg}


def test_srcset():
    found = srcset(of(1280, 960).body.jpeg, "../")
    assert found == f"../pictures/{FILE}-640.jpg 640w, ../pictures/{FILE}.jpg 1280w"
