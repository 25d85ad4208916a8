"""Whatever stories, sections, topics and languages are called: no two pages share a path, none leaves its folder."""

import unicodedata
from dataclasses import replace
from datetime import timedelta
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from press_kit import NOW, Desk, paper

from strategies import story_ids, texts
from tamizdat.colour import BLACK
from tamizdat.errors import StoryError
from tamizdat.locales import open_locale
from tamizdat.press.address import stack_path
from tamizdat.press.card import Card, Issue, part_path, story_path
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.paper import Link, Settings, Trust
from tamizdat.press.site import LanguageSite
from tamizdat.press.sitemap import root_maps
from tamizdat.press.stack import StackName
from tamizdat.publication import Publication, SectionLabel
from tamizdat.sources.ids import story_id_from
from tamizdat.story import Paragraph, Story, rich
from web.page_elements import Page

BASE_URL = "https://far-shore.example/news/"
IDS = (
    "index", "Index", "INDEX", "feed", "feed.atom.xml", "archive", "404", "robots.txt", "2026", "11", "11.2", "x", "X",
    "x.2", "x~2", "x-2", "x.html", "x.html.gz", "x.html.br", "con", "CON", "Con", "con.x", "con-x", "nul", "AUX.html",
    "com1", "LPT9.a.b", "a..b", "a.", "a~", "a-", "A-", "a_", "abc", "Abc", "aBc", "ABC", "dQw4w9WgXcQ", "dqw4w9wgxcq",
    "a" * 200, "A" * 200, "a" * 179, "A" * 199 + "a",
)  # fmt: skip
DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{at}" for name in ("com", "lpt") for at in range(10))}
NAMES = (
    "index", "Index", "2026", "2026-11", "archive", "feed", "rss", "sitemap", "politics", "Politics", "POLITICS",
    "poli tics", "poli_tics", "poli-tics", "политика", "Политика", "politika", "политика!", "პოლიტიკა", "سیاست",
    "سياست", "🗳", "🗳🗳", "..", "../..", "/etc/passwd", "a/b", "a%2Fb", "a\\b", "con", "CON", "nul.html", "COM1", " ",
    "-", "<b>&\"'", "e\u0301", "\u00e9", "ß", "ss", "ﬁ", "fi", "İ", "i", "ı", "I", "\u212a", "k",
    "x" * 3_000, "x" * 2_999,
)  # fmt: skip


def tell(story_id, **more):
    """A story whose headline nothing else has."""
    return Story(**{"story_id": story_id, "language": "en", "headline": f"«{story_id}»", "published": NOW} | more)


def check_paths(paths):
    """Each is another file on every disk, and lies in its folder."""
    folded = [unicodedata.normalize("NFKC", path).casefold() for path in paths]
    assert len(set(folded)) == len(folded), sorted(path for path in paths if folded.count(path.casefold()) > 1)
    for path in paths:
        assert len(path) < 230
        for name in path.split("/"):
            assert name.isascii()
            assert name[:1].isalnum()
            assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-")
            assert name.partition(".")[0].lower() not in DEVICES
            assert len(name) <= 205


def check_ways(files):
    """Every link on every page leads to a file, and none out of the site."""
    for path, data in files.items():
        for element in Page(path, data).every("a", "link") if path.endswith(".html") else ():
            address = element.get("href").replace(BASE_URL, "/")
            if urlsplit(address).scheme == "data" or not urlsplit(address).path:
                continue
            target = normpath(join("/", dirname(path), unquote(urlsplit(address).path))).lstrip("/")
            assert target in files or target in {"", "index.html"}, (path, address)
            depth = len(dirname(path).split("/")) if dirname(path) else 0
            assert address.startswith("/") or address.count("../") <= depth, (path, address)


def pressed(desk):
    """Every file, below the folder of the desk's language."""
    return {f"{desk.paper.language}/{path}": data for path, data in desk.build().items()}


def headline_at(files, path):
    return Page(path, files[path]).one("h1").text


# --- ids ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oddly_called():
    """Stories of all odd ids, the first of them several pages long."""
    desk = Desk(paper(base_url=BASE_URL))
    long = tuple(Paragraph(rich(f"{desk.random.getrandbits(9_000):x}")) for _ in range(30))
    for number, story_id in enumerate(IDS):
        desk.put(tell(story_id, body=long if number < 24 else ()))
    return desk


def test_stories_with_odd_ids_have_pages_of_their_own(oddly_called):
    files = pressed(oddly_called)
    check_paths(files)
    check_ways(files)
    for story_id in IDS:
        path = f"en/{oddly_called.card(story_id).path}"
        assert headline_at(files, path) == f"«{story_id}»"
    for story_id in IDS[:24]:
        further = part_path(f"en/{oddly_called.card(story_id).path}", 2)
        assert headline_at(files, further) == f"«{story_id}»"


def test_withdrawing_a_story_leaves_those_that_are_called_almost_the_same(oddly_called):
    desk = Desk(oddly_called.paper)
    for story_id in ("abc", "Abc", "ABC", "con", "com1"):
        desk.put(oddly_called.stories[story_id])
    desk.begin()
    gone = {desk.card(story_id).path for story_id in ("Abc", "com1")}
    for story_id in ("Abc", "com1"):
        desk.remove(story_id)
    desk.update({"Abc", "com1"})
    assert {path for path, page in desk.pressed.items() if page is None and path.startswith("2026")} == gone
    assert desk.pages == desk.build()
    assert headline_at(desk.pages, desk.card("abc").path) == "«abc»"


@given(st.lists(story_ids(), unique=True, max_size=8))
def test_no_two_ids_share_a_path(ids):
    spelt = {spelling for story_id in ids for spelling in (story_id, story_id.lower(), story_id.upper())}
    paths = [part_path(story_path(tell(story_id)), part) for story_id in spelt for part in (1, 2)]
    check_paths(paths)


@pytest.mark.parametrize(
    "guid", ["../../etc/passwd", "a/b", "a%2Fb", "новость", "", " ", ".x", "x" * 201, "a\\b", "a:b"]
)
def test_what_is_no_id_never_becomes_a_path(guid):
    with pytest.raises(StoryError):
        tell(guid)
    check_paths([story_path(tell(story_id_from(guid)))])


def test_the_ids_that_sources_make_of_such_names_differ():
    guids = ["a/b", "a%2Fb", "a\\b", "A/b", "новость", "Новость", "https://x.example/Abc", "https://x.example/abc"]
    check_paths([story_path(tell(story_id_from(guid))) for guid in guids])


# --- sections and topics ------------------------------------------------------------------------------------------


def test_sections_and_topics_with_odd_names_have_pages_of_their_own():
    links = tuple(Link(stack_path(StackName("section", name)), f"The section {name}"[:99]) for name in NAMES)
    desk = Desk(replace(paper(base_url=BASE_URL), sections=links, section_ids=NAMES))
    for number, name in enumerate(NAMES):
        for twice in range(2):
            when = NOW - timedelta(days=20 * twice, hours=number)
            desk.put(tell(f"s{number}.{twice}", published=when, sections=(name,), topics=(name,)))
    files = pressed(desk)
    check_paths(files)
    check_ways(files)
    for number, name in enumerate(NAMES):
        for kind, heading in (("section", f"The section {name}"[:99]), ("topic", name)):
            page = Page(path := f"en/{stack_path(StackName(kind, name))}", files[path])
            assert heading.startswith(page.one("h1").text.removesuffix("…"))
            listed = [each.text for each in page.every("h2")]
            assert listed == [f"«s{number}.0»", f"«s{number}.1»"]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts(), unique=True, max_size=8))
def test_no_two_topics_share_a_path(names):
    spelt = {spelling for name in names for spelling in (name, name.lower(), name.upper(), name.title())}
    check_paths([stack_path(StackName(kind, name)) for name in spelt for kind in ("topic", "section")])


# --- languages ----------------------------------------------------------------------------------------------------

LANGUAGES = ("sr", "sr-Latn", "sr-Latn-ME", "pt-BR", "pt", "zh-Hant-TW", "en")


@pytest.fixture(scope="module")
def many_languages():
    """A paper in languages that have no interface, share one, or are another's script. Sites by language."""
    settings_ = Settings(
        publication=Publication(
            "The Far Shore", LANGUAGES, base_url=BASE_URL, interface={"pt-BR": "ru", "zh-Hant-TW": "fa"}
        ),
        sections=(SectionLabel("politics", {"sr": "Политика", "en": "Politics"}),),
        notices=(),
        taglines={},
        fronts=(),
        colour=BLACK,
        stories_in_feed=5,
        trust=Trust("3f" * 32, "bofad " * 8 + "zazaz", rehearsal=False),
    )
    papers = [settings_.paper(language, NOW) for language in LANGUAGES]
    issue = Issue(1, NOW)
    others = {story_id: {tag: f"{tag}/2026/11/{story_id}.html" for tag in LANGUAGES} for story_id in ("a", "b")}
    files = {"index.html": chooser(papers), "404.html": not_found(papers), **root_maps(papers)}
    for each in papers:
        stories = {
            name: tell(name, language=each.language, sections=("politics",), topics=("Мост",)) for name in ("a", "b")
        }
        cards = [Card.of(story, issue) for story in stories.values()]
        for path, data in LanguageSite(each).build(cards, stories.__getitem__, others, issue, NOW):
            assert f"{each.language}/{path}" not in files
            if data is not None:
                files[f"{each.language}/{path}"] = data
    return files


def test_every_language_has_the_same_pages_in_a_folder_of_its_own(many_languages):
    check_paths(many_languages)
    folders = {path.partition("/")[0] for path in many_languages if "/" in path}
    assert folders == set(LANGUAGES)
    pages = {
        language: {path.removeprefix(f"{language}/") for path in many_languages if path.startswith(f"{language}/")}
        for language in LANGUAGES
    }
    assert pages["sr-Latn"] == pages["sr"] == pages["sr-Latn-ME"] == pages["pt"]
    # The months of an interface in Persian are those of its calendar.
    assert {path for path in pages["en"] if "2026" not in path} == {
        path for path in pages["pt-BR"] if "2026" not in path
    }


def test_every_language_leads_to_all_others(many_languages):
    check_ways(many_languages)
    for language in LANGUAGES:
        page = Page(path := f"{language}/2026/11/a.html", many_languages[path])
        assert page.one("html").get("lang") == language
        to = {link.get("hreflang"): link for link in page.every("a") if link.get("hreflang")}
        assert to.keys() == set(LANGUAGES) - {language}
        for tag, link in to.items():
            assert normpath(join(dirname(path), link.get("href"))) == f"{tag}/2026/11/a.html"
            assert link.text.strip()


def test_words_around_stories_are_in_the_language_that_was_chosen_for_them(many_languages):
    for language, words in (("pt-BR", "ru"), ("zh-Hant-TW", "fa"), ("sr-Latn", "sr-Latn"), ("sr", "sr")):
        text = Page(path := f"{language}/2026/11/a.html", many_languages[path]).one("footer").text
        assert open_locale(words).texts["about_us"] in text
