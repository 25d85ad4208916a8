"""Reading feeds back, with parsers that are not ours."""

import json
from html.parser import HTMLParser
from posixpath import join, normpath

from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.press.paper import Risk
from tamizdat.story import (
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Table,
    rich,
)

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MEDIA = "{http://search.yahoo.com/mrss/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
BASE = "https://news.example/a/"
FEEDS = ("feed.atom.xml", "s/politics.atom.xml", "rss.xml", "s/politics.rss.xml", "feed.json", "s/politics.json")
RISKS = (
    Risk(
        place="Vesmara", place_lang="", who="", acts="sharing and liking", penalty="До двух лет <колонии>",
        penalty_lang=' lang="ru" dir="ltr"', law="", law_lang="", law_url="", text="", text_lang="", since="",
        reviewed="", warning="Nobody has checked this.",
    ),
)  # fmt: skip


def full_story(desk: Desk, story_id: str = "full", **more: object):
    """A story with everything that a story can have."""
    picture = Picture('A "quay" & cranes', "ab" * 32, width=1280, height=853, caption="At dawn", credit="Desk")
    link = rich([Run("see "), Run("this", href="https://else.example/?a=1&b=2"), Run(" and "), Run("that", href="#on")])
    fields = {
        "headline": "Bread & <b>circuses</b>",
        "lead": "Prices rise & rise.",
        "byline": ("Ilka Dervane", "Maro Tesken"),
        "dateline": "Port Imbel",
        "sections": ("politics", "unlisted"),
        "topics": ("bread", "ports & docks"),
        "agencies": ("Wire One", "Wire Two"),
        "translation": "machine",
        "picture": picture,
        "corrections": (Correction(NOW, "It was 5 < 6."),),
        "breaking_until": None,
        "body": (
            Paragraph(link),
            Heading(rich("Below"), 2),
            Quote((rich("Said & done"),), "Somebody"),
            ListBlock((rich("one"), rich("two")), ordered=True),
            PictureBlock(picture),
            Table(((rich("a"), ()), (rich("1"), rich("2"))), header=True, caption="Numbers"),
            Embed("https://video.example/1", "A film"),
            Paragraph(rich([Run("inside", href="../../s/culture.html"), Run(" "), Run("root", href="/x.html")])),
        ),
    }  # fmt: skip
    return desk.story(story_id, **fields | more)


def desk_with(count: int = 3, language: str = "en", seed: int = 1, **settings: object) -> Desk:
    """A desk with one full story and ``count`` drawn ones, pressed."""
    desk = Desk(paper(language, **settings), seed)
    desk.put(full_story(desk))
    for number in range(count):
        desk.put(desk.story(f"s{number}"))
    desk.begin()
    return desk


def urn(desk: Desk, story_id: str) -> str:
    """The name of a story."""
    return f"urn:tamizdat:{'3f' * 16}:{desk.paper.language}:{story_id}"


def atom_entries(data: bytes) -> dict[str, etree._Element]:
    """Entries of an Atom feed by id, in order."""
    return {entry.findtext(f"{ATOM}id"): entry for entry in etree.fromstring(data).iter(f"{ATOM}entry")}


def contents(path: str, data: bytes) -> dict[str, str]:
    """The full text of each story of a feed, by id."""
    if path.endswith(".json"):
        return {item["id"]: item["content_html"] for item in json.loads(data)["items"]}
    if "rss" in path:
        return {item.findtext("guid"): item.findtext(CONTENT) for item in etree.fromstring(data).iter("item")}
    return {name: entry.findtext(f"{ATOM}content") for name, entry in atom_entries(data).items()}


def at(path: str, address: str) -> str:
    """Where a relative address in the file at ``path`` leads, from the language's folder."""
    return normpath(join(path, "..", address))


class Html(HTMLParser):
    """The texts of paragraphs, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "p":
            self._inside = True
            self.paragraphs.append("")

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "p"

    def handle_data(self, data):
        if self._inside:
            self.paragraphs[-1] += data

    def addresses(self) -> list[str]:
        return [attrs[name] for _, attrs in self.tags for name in ("href", "src") if name in attrs]
