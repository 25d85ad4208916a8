"""The picture that networks show of a story says its own size: a smaller one is not stretched, or refused."""

import re

import pytest
from press_kit import Desk, paper

from tamizdat.pictures.variants import variants
from tamizdat.story import Picture


@pytest.mark.parametrize(("width", "height"), [(1280, 853), (800, 600), (640, 480), (500, 400)])
def test_a_card_says_its_size(width, height):
    desk = Desk(paper(base_url="https://far-shore.example/"))
    shown = Picture("A quay", "ab" * 32, width=width, height=height)
    desk.put(desk.story("a", picture=shown))
    desk.begin()
    page = desk.pages[desk.card("a").path].decode()
    said = dict(re.findall(r'<meta property="og:image(:?\w*)" content="([^"]*)">', page))
    card = variants(shown).card
    if card is None:
        assert said == {}
    else:
        assert said[""].replace("&#x2f;", "/") == f"https://far-shore.example/{card.path}"
        assert (said[":width"], said[":height"]) == (str(card.width), str(card.height))
