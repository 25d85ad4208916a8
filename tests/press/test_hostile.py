"""A source that chooses its texts to break the newspaper: what it may not reach, whatever it writes."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from feed_kit import FEEDS, RISKS, full_story
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.locales import open_locale
from tamizdat.press.look import look
from tamizdat.press.shown import balanced, clip, shown_names
from tamizdat.story import Correction, Embed, Heading, ListBlock, Paragraph, PictureBlock, Quote, Run, Table, rich

WORD = "word"
MARKUP = (
    "</script><script>alert(1)</script>",
    "]]>",
    "<!-- -- -->",
    "--><img src=x onerror=alert(1)>",
    "'\"><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "</style></title></textarea>",
    "<?php ?>",
    "&lt;b&gt;&#0;&amp;quot",
    "{name} {0} {n} %s %d",
    "\\u003c/script\\",
    "\u2028\u2029\u0085\ufeff",
    "\ufdd0\ufffe\uffff",
    "\u200b",
)


class Shape(HTMLParser):
    """The tags of a page and the names of their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, ...]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        self.tags.append(("/", tag))

    def handle_comment(self, data):
        self.tags.append(("comment", data))

    def handle_pi(self, data):
        self.tags.append(("instruction", data))

    def unknown_decl(self, data):
        self.tags.append(("declaration", data))


def desk_of(word, language="en", base_url=""):
    """A newspaper of two stories in which every text that a source can choose is ``word``."""
    desk = Desk(paper(language, base_url=base_url, risks=RISKS))
    story = full_story(desk)
    picture = replace(story.picture, alt=word, caption=word, credit=word)
    story = replace(
        story,
        headline=word,
        lead=word,
        dateline=word,
        byline=(word, word),
        topics=(word,),
        sections=("politics", word),
        agencies=(word, word),
        picture=picture,
        corrections=(Correction(NOW, word),),
        breaking_until=NOW.replace(hour=15),
        body=(
            Paragraph(rich([Run(word), Run(word, strong=True), Run(word, href="https://else.example/?a=1&b='c")])),
            Heading(rich(word)),
            Quote((rich(word),), word),
            ListBlock((rich(word),)),
            PictureBlock(picture),
            Table(((rich(word), ()),), header=True, caption=word),
            Embed("https://else.example/'&x", word),
        ),
    )
    desk.put(story)
    desk.put(replace(story, story_id="second", breaking_until=None))
    desk.begin()
    return desk


def by_place(desk):
    """Files by path; a topic's has the same name whatever the topic."""
    return {re.sub(r"^t/[^./]*", "t/topic", path): data for path, data in desk.pages.items()}


@pytest.mark.parametrize("base_url", ["", "https://news.example/a/"])
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("word", MARKUP)
def test_no_text_changes_what_a_page_is_made_of(word, language, base_url):
    usual, hostile = by_place(desk_of(WORD, language, base_url)), by_place(desk_of(word, language, base_url))
    assert hostile.keys() == usual.keys()
    pages = [path for path in usual if path.endswith(".html")]
    assert len(pages) >= 14
    for path in pages:
        page = hostile[path].decode()
        assert Shape(page).tags == Shape(usual[path].decode()).tags, path
        for data in re.findall('<script type="application/ld[+]json">(.*?)</script>', page):
            assert json.loads(data)["headline"] == word
    for path in FEEDS:
        data = hostile[path]
        assert json.loads(data) if path.endswith("json") else etree.fromstring(data) is not None


def test_what_is_said_twice_is_shown_once():
    desk = Desk(paper())
    for story_id in ("one", "two"):
        desk.put(desk.story(story_id, sections=("politics", "culture") * 20, topics=("harbour", "strike") * 20))
    desk.begin()
    page = next(page.decode() for path, page in desk.pages.items() if path.endswith("/one.html"))
    kicker = re.search('<p class="kicker[^>]*>(.*?)</p>', page)[1]
    topics = re.search('<nav class="topics".*?</nav>', page, re.DOTALL)[0]
    assert re.findall(">([^<]+)</a>", kicker) == ["Politics", "Culture"]
    assert re.findall(">([^<]+)</a>", topics) == ["harbour", "strike"]


# --- texts that turn the line around ---

RUNNING_ON = {
    "override": "\u202eabc",
    "embedding": "a\u202bb\u202ac",
    "isolate": "a\u2066b\u2068c",
    "closed twice": "\u202eabc\u202c\u202c",
    "closes more than it opened": "a\u2069b\u202cc",
    "crossed": "\u202ea\u2067b\u202cc\u2069",
}


def depth(text):
    """How many embeddings and isolates are open at its end, and the least at any place (Unicode's UAX 9, 3.3.2)."""
    open_, least = [], 0
    for letter in text:
        if letter in "\u202a\u202b\u202d\u202e":
            open_.append("\u202c")
        elif letter in "\u2066\u2067\u2068":
            open_.append("\u2069")
        elif letter in "\u202c\u2069":
            if open_ and open_[-1] == letter:
                open_.pop()
            else:
                least = -1
    return len(open_), least


@pytest.mark.parametrize("text", RUNNING_ON.values(), ids=RUNNING_ON)
def test_what_turns_the_line_ends_where_the_text_ends(text):
    assert depth(text) != (0, 0)
    assert depth(balanced(text)) == (0, 0)
    assert re.sub("[\u202c\u2069]", "", balanced(text)) == re.sub("[\u202c\u2069]", "", text)


def test_what_is_balanced_stays_as_it_is():
    for text in ("plain", "«می‌خواهیم»", "a \u202bb\u2067c\u2069\u202c d", "\u200e\u200f\u061c"):
        assert balanced(text) == text


def test_a_text_that_is_cut_does_not_run_on():
    text = f"see \u2068{'word ' * 100}\u2069"
    assert depth(text) == (0, 0)
    assert depth(clip(text, 60)) == (0, 0)


BESIDE_OTHERS = (
    "<title>(.*?)</title>",
    '<aside class="breaking"[^>]*>(.*?)</aside>',
    "<figcaption>(.*?)</figcaption>",
    '<p class="by [^>]*>(.*?)</p>',
    '<p class="agencies [^>]*>(.*?)</p>',
    '<p class="embed">(.*?)</p>',
)
"""Lines in which a text of a story stands beside words of the newspaper."""


def path_of(pages):
    return next(path for path in pages if path.endswith("/second.html"))


@pytest.mark.parametrize("word", RUNNING_ON.values(), ids=RUNNING_ON)
def test_no_text_reorders_the_words_of_the_newspaper(word):
    pages = desk_of(word).pages
    for line in BESIDE_OTHERS:
        found = re.findall(line, pages[path_of(pages)].decode(), re.DOTALL)
        found = [re.sub("<[^>]*>", "", each) for each in found]
        assert found, line
        assert [depth(each) for each in found] == [(0, 0)] * len(found), line


@pytest.mark.parametrize(
    ("language", "names", "isolated"),
    [
        ("en", ("Ilka Dervane", "مینا راد"), "Ilka Dervane and \u2068مینا راد\u2069"),
        ("fa", ("Reed Quay Wire", "مینا راد"), "\u2068Reed Quay Wire\u2069 و مینا راد"),
        ("ur", ("AFP",), "\u2068AFP\u2069"),
        ("ru", ("Reed Quay Wire", "Мира"), "Reed Quay Wire и Мира"),
        ("en", (), ""),
    ],
)
def test_names_of_another_direction_keep_their_place_in_a_list(language, names, isolated):
    assert shown_names(names, open_locale(language)) == isolated


def test_what_stands_in_one_line_with_other_words_is_isolated():
    """A headline that ends with a Latin name would otherwise draw the day of its date to the other side."""
    style = look("story", "Arab", "fa", "#000000").style
    isolated = re.search("([^{}]*){unicode-bidi:isolate}", style)[1].split(",")
    assert {"time", "small", ".by span", ".breaking a"} <= set(isolated)
