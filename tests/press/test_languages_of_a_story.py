"""What a story's page says to machines of the same story in other languages."""

import re
from dataclasses import replace

from press_kit import Desk, paper

from tamizdat.story import Paragraph, rich

BASE = "https://news.example/a/"


def test_other_languages_are_named_on_the_first_page_alone():
    """Each page that is named must name the others, too; and page 2 in one language has no like in another."""
    desk = Desk(paper(base_url=BASE))
    heavy = tuple(Paragraph(rich(f"{desk.random.getrandbits(9_000):x}")) for _ in range(40))
    story = replace(desk.story("long"), body=heavy)
    desk.put(story)
    desk.others["long"]["ru"] = "ru/2026/11/long.html"
    desk.begin()
    pages = {path: page.decode() for path, page in desk.pages.items() if path.endswith("/long.html")}
    assert len(pages) > 1
    for path, page in pages.items():
        links = dict(re.findall('<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', page))
        assert f'<link rel="canonical" href="{BASE}en/{path}">' in page
        if re.search("[.][0-9]+/", path):
            assert links == {}
        else:
            assert links == {"en": f"{BASE}en/{path}", "ru": f"{BASE}ru/2026/11/long.html"}
