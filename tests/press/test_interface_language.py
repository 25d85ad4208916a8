"""Words of the interface in another language than the stories: each text says which it is in (WCAG 2.2, 3.1.2)."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from feed_kit import contents, full_story
from press_kit import NOW, Desk, paper

from tamizdat.locales import open_locale
from tamizdat.notices import Act, Notice, Who
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.paper import Settings, Trust
from tamizdat.publication import Publication, SectionLabel
from tamizdat.story import Paragraph, rich

EMPTY = {"br", "col", "hr", "img", "link", "meta", "source"}
STANDING_IN = [("pt-BR", "en"), ("ar", "en"), ("he", "fa"), ("ug-Latn", "fa")]
TOLD = ("Mina Radova", "A headline that is the newsroom's", "Some lead", "Port Imbel", "What was wrong", "Um parágrafo")


class Texts(HTMLParser):
    """Every text of a page that is read to somebody, with its language and direction."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, str]] = []
        self._open: list[tuple[str, str, str]] = [("", "", "ltr")]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        _, language, direction = self._open[-1]
        here = tag, said.get("lang", language), said.get("dir", direction)
        if tag not in EMPTY:
            self._open.append(here)
        if "aria-label" in said:
            self.found.append((said["aria-label"], here[1], ""))

    def handle_endtag(self, tag):
        while self._open[-1][0] != tag:
            self._open.pop()
        self._open.pop()

    def handle_data(self, data):
        tag, language, direction = self._open[-1]
        if data.strip() and tag not in {"title", "style", "script"}:
            self.found.append((data.strip(" \n·:\u2068\u2069"), language, direction))


def paper_of(language, interface):
    """A newspaper with a notice in English alone, and one text about it in its own language."""
    return Settings(
        publication=Publication(
            "The Far Shore", (language,), about={language: "Somos nós", "en": "We"}, interface={language: interface}
        ),
        sections=(SectionLabel("politics", {language: "Política"}),),
        notices=(
            Notice(
                who=(Who.RESIDENTS,), acts=(Act.SHARING,), penalty={"en": "A fine"},
                law={language: "A lei", "en": "Law"}, reviewer="Orla Venn",
                reviewed=date(2026, 1, 1), expires=date(2026, 2, 1), country="TM",
                country_name={"en": "Turkmenistan"}, text={"en": "Courts did"},
            ),
        ),
        taglines={language: "Notícias"},
        fronts=(),
        colour="#000000",
        stories_in_feed=5,
        trust=Trust("3f" * 32, "bofad " * 8 + "zazaz", rehearsal=True),
    ).paper(language, NOW)  # fmt: skip


def desk_of(language, interface):
    desk = Desk(paper_of(language, interface))
    story = full_story(desk)
    story = replace(
        story,
        headline=TOLD[1],
        lead=TOLD[2],
        byline=TOLD[:1],
        dateline=TOLD[3],
        updated=NOW,
        corrections=(replace(story.corrections[0], text=TOLD[4]),),
        body=(*story.body, *(Paragraph(rich(f"{TOLD[5]} {'x' * 90} " * 30)) for _ in range(8))),
        breaking_until=NOW.replace(hour=15),
    )
    desk.put(story)
    for number in range(70):
        desk.put(replace(story, story_id=f"more-{number}", body=(), breaking_until=None))
    heavy = tuple(Paragraph(rich(f"{desk.random.getrandbits(9_000):x}")) for _ in range(40))
    desk.put(replace(story, story_id="long", body=heavy))
    desk.begin()
    return desk


@pytest.fixture(scope="module", params=STANDING_IN, ids="-with-".join)
def pressed(request):
    language, interface = request.param
    return language, interface, desk_of(language, interface)


def test_every_text_is_in_the_language_that_it_says(pressed):
    language, interface, desk = pressed
    words = open_locale(language, interface)
    said = {text.strip() for text in words.texts.values() if "{" not in text}
    dates = {words.date(story.published) for story in desk.stories.values()}
    months = {words.month_name(words.month_of(story.published)) for story in desk.stories.values()}
    seen = {interface: set(), language: set()}
    pages = [path for path in desk.pages if path.endswith(".html")]
    assert [path for path in pages if ".2/" in path]
    for path in pages:
        for text, in_language, direction in Texts(desk.pages[path].decode()).found:
            ours = text.rstrip(":") in said | dates | months
            if ours or text in {"A fine", "Turkmenistan", "Courts did"}:
                expected = interface if ours else "en"
            elif text in {*TOLD, "Política", "Somos nós", "A lei", "Notícias"}:
                expected = language
            else:
                continue
            seen.setdefault(expected, set()).add(text.rstrip(":"))
            assert in_language == expected, (path, text)
            if direction:
                assert direction == open_locale(expected).direction, (path, text)
    assert {*TOLD[:5], "Política", "Somos nós", "A lei", "Notícias"} <= seen[language]
    assert len(seen[interface]) > 60


def test_feeds_say_it_too(pressed):
    language, interface, desk = pressed
    words = open_locale(language, interface)
    text = next(iter(contents("feed.atom.xml", desk.pages["feed.atom.xml"]).values()))
    direction = f' dir="{words.direction}"' if words.direction == "rtl" else ""
    found = {each: (tag, way) for each, tag, way in Texts(f"<div lang={language}{direction}>{text}</div>").found}
    for name in ("machine_translation", "corrections", "risk_title"):
        assert found[words.texts[name]] == (interface, open_locale(interface).direction)
    assert found[TOLD[2]] == (language, words.direction)
    assert {each[0] for name, each in found.items() if name.endswith("A fine")} == {"en"}


@pytest.mark.parametrize(("language", "interface"), STANDING_IN)
def test_pages_of_the_whole_site_say_it_too(language, interface):
    papers = [paper_of(language, interface)]
    for page in (chooser(papers), not_found(papers)):
        found = Texts(page.decode()).found
        texts = papers[0].locale.texts
        words = {texts[name] for name in ("not_found_text", "rehearsal", "not_found_title")}
        told = [each for each in found if each[0] in words]
        assert told
        assert {each[1:] for each in told} == {(interface, open_locale(interface).direction)}


@pytest.mark.parametrize("language", ["en", "fa", "sr-Latn", "ru-RU", "fa-AF"])
def test_a_language_with_words_of_its_own_pays_nothing(language):
    desk = Desk(paper(language))
    desk.put(desk.story("one"))
    desk.begin()
    assert desk.paper.words_lang == ""
    for path in ("index.html", "safety.html", "archive.html"):
        assert desk.pages[path].count(b' lang="') == 1
