"""Contrast as WCAG says it, and colours moved until they can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.colour import BLACK, TEXT_CONTRAST, WHITE, contrast, is_colour, readable_on

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, 21.0),
        (WHITE, WHITE, 1.0),
        # Known from WCAG literature: the greys on either side of 4.5 on white.
        ("#767676", WHITE, 4.54),
        ("#777777", WHITE, 4.48),
        ("#ff0000", WHITE, 4.00),
        ("#0000ff", WHITE, 8.59),
        ("#404040", WHITE, 10.37),
        ("#00ff00", BLACK, 15.30),
    ],
)
def test_contrast_is_the_known_one(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@given(COLOURS, COLOURS)
def test_any_colour_becomes_readable_on_any_background(background, colour):
    found = readable_on(background, colour)
    assert is_colour(found)
    assert contrast(found, background) >= TEXT_CONTRAST


@given(COLOURS, COLOURS)
def test_a_colour_that_can_be_read_stays(background, colour):
    if contrast(colour, background) >= TEXT_CONTRAST:
        assert readable_on(background, colour) == colour


@given(COLOURS)
def test_on_dark_a_colour_only_gets_lighter_and_no_lighter_than_it_must(colour):
    found = readable_on("#121212", colour)
    assert contrast(found, BLACK) >= contrast(colour, BLACK)
    if found != colour:
        assert contrast(found, "#121212") < TEXT_CONTRAST + 0.5


def test_a_ratio_out_of_reach_gives_the_extreme():
    assert readable_on("#808080", "#123456", 15) == BLACK
    assert readable_on("#121212", "#123456", 20) == WHITE


@pytest.mark.parametrize("value", ["", "#fff", "8a1c1c", "#8A1C1C", "#8a1c1c\n", "#8a1c1g", "red"])
def test_other_spellings_are_no_colour(value):
    assert not is_colour(value)
