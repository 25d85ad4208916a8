"""The cut: exact, inside, round the focus."""

from hypothesis import given
from hypothesis import strategies as st

from tamizdat.pictures.crop import CARD, WIDE, Box, crop

SIDES = st.integers(1, 2000) | st.integers(1, 65_535)
FOCUS = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
RATIOS = st.sampled_from([(WIDE, 16, 9), (CARD, 40, 21)])


@given(SIDES, SIDES, FOCUS, RATIOS)
def test_the_cut_is_exact_inside_and_as_large_as_can_be(width, height, focus, ratio):
    sides, across, down = ratio
    box = crop(width, height, focus, sides)
    if box is None:
        assert width < across or height < down
        return
    assert box.width * down == box.height * across
    assert box.width % across == 0
    assert box.x >= 0
    assert box.y >= 0
    assert box.x + box.width <= width
    assert box.y + box.height <= height
    assert box.width + across > width or box.height + down > height


@given(SIDES, SIDES, FOCUS, RATIOS)
def test_the_focus_is_inside_and_in_the_middle_where_the_edges_allow(width, height, focus, ratio):
    box = crop(width, height, focus, ratio[0])
    if box is None:
        return
    for start, part, side, thousandths in (
        (box.x, box.width, width, focus[0]),
        (box.y, box.height, height, focus[1]),
    ):
        point = side * thousandths / 1000
        assert start <= point <= start + part
        at_an_edge = start in {0, side - part}
        assert at_an_edge or abs(start + part / 2 - point) <= 1


def test_by_hand():
    assert crop(1280, 960, (500, 500), WIDE) == Box(0, 120, 1280, 720)
    assert crop(1280, 960, (500, 0), WIDE) == Box(0, 0, 1280, 720)
    assert crop(960, 1280, (0, 1000), WIDE) == Box(0, 740, 960, 540)
    assert crop(1280, 100, (1000, 500), WIDE) == Box(1104, 0, 176, 99)
    assert crop(15, 9, (500, 500), WIDE) is None
