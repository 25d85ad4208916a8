"""Newspapers of noise and of prose in no order, weighed as they would travel."""

import base64
import gzip
import random
from dataclasses import replace
from functools import cache
from posixpath import dirname, join, normpath

from tamizdat.config import MAX_SECTIONS
from tamizdat.locales import INTERFACE_LANGUAGES
from tamizdat.press.address import stack_path
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.press.paper import Link
from tamizdat.press.site import LanguageSite
from tamizdat.press.stack import StackName
from tamizdat.story import Picture
from web.page_elements import Page
from web.rich_paper import NOW, paper, words

PAGE_BYTES = 14_600
LANGUAGES = INTERFACE_LANGUAGES[:27]
ISSUE = Issue(1_204, NOW)
ID_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"
_LABEL_CHARS = 24
PICTURE = "0123456789abcdef"


def wire(data):
    return len(gzip.compress(data, 6))


class Noise:
    """Texts that cannot be compressed, of about so many bytes."""

    def __init__(self, kind, seed=0):
        self.draw = random.Random(f"{kind} {seed}")
        self.kind = kind

    def text(self, size):
        draw = self.draw
        match self.kind:
            case "base64":
                return base64.b64encode(draw.randbytes(size * 3 // 4)).decode()
            case "ascii":
                return "".join(chr(draw.randrange(33, 127)) for _ in range(size))
            case "chinese":
                return "".join(chr(draw.randrange(0x4E00, 0x9FFF)) for _ in range(size // 3))
            case "georgian":
                return "".join(draw.choices("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ" * 3 + " ", k=size // 3)).strip() + "ა"
            case "escaped":
                return "".join(draw.choices("<>&\"'", k=size))

    def story_id(self):
        return "i" + "".join(self.draw.choices(ID_CHARS, k=199))

    def address(self):
        return f"https://video.example/{self.draw.randbytes(20_000).hex()}"

    def picture(self, alt="Alt", **more):
        return Picture(alt, "".join(self.draw.choices(PICTURE, k=64)), width=1280, height=960, **more)


KINDS = ("base64", "ascii", "chinese", "georgian", "escaped")


@cache
def full_paper(language="ka", languages=LANGUAGES):
    return paper(language, languages)


@cache
def crowded_paper():
    """A paper of as many sections as settings may have, with long labels, and two dozen notices."""
    base, said = full_paper(), words("ka", 5)
    names = [f"{said.few(2)} {at}" for at in range(MAX_SECTIONS)]
    links = tuple(Link(stack_path(StackName("section", name)), said.chars(_LABEL_CHARS)) for name in names)
    risks = tuple(
        replace(base.risks[at % 3], place=said.few(1), acts=said.few(4), penalty=said.few(9)) for at in range(24)
    )
    return replace(base, sections=links, section_ids=tuple(names), risks=risks)


def site(stories, language="ka", its_paper=None):
    """Every page of a paper of these stories, each of which is there in 27 languages."""
    mine = {story.story_id: story for story in stories}
    others = {
        story.story_id: {tag: f"{tag}/{story_path(story)}" for tag in LANGUAGES}
        for story in stories
        if not story.story_id.startswith("around")
    }
    cards = [Card.of(story, ISSUE) for story in stories]
    pressed = list(LanguageSite(its_paper or full_paper(language)).build(cards, mine.__getitem__, others, ISSUE, NOW))
    assert len({path for path, _ in pressed}) == len(pressed)
    return {path: data for path, data in pressed if path.endswith(".html")}


def pages_of(files, story):
    """The pages of a story in order, and all of its text below the headline, without spaces."""
    path = story_path(story)
    folder, name = path.rsplit("/", 1)
    pages = [Page(path, files[path])]
    while (further := f"{folder}.{len(pages) + 1}/{name}") in files:
        pages.append(Page(further, files[further]))
    return pages


def bare(text):
    return "".join(text.split())


def body_text(pages):
    """All text of the bodies of these pages, one after the other."""
    texts = [each.text for page in pages for each in page.every("div") if each.get("class") == "text"]
    assert len(texts) == len(pages)
    return bare("".join(texts))


def check_weight(files):
    size, path = max((wire(data), path) for path, data in files.items())
    assert size <= PAGE_BYTES, path


def check_ways(files, pages):
    """Each page leads to the one before and the one after, and says which it is."""
    for at, page in enumerate(pages, 1):
        ways = {element.get("rel"): element.get("href") for element in page.every("a") if element.get("rel")}
        near = {"prev": at - 2, "next": at}
        expected = {rel: pages[to].path for rel, to in near.items() if 0 <= to < len(pages)}
        found = {rel: normpath(join(dirname(page.path), href)) for rel, href in ways.items() if rel in near}
        assert found == expected
        assert set(found.values()) <= files.keys()
    assert len({page.one("title").text for page in pages}) == len(pages)
    assert len([page for page in pages if list(page.every("script"))]) == 1
