"""Maps of the site for search engines."""

from datetime import timedelta

import pytest
from feed_kit import BASE, desk_with, full_story
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.press import sitemap
from tamizdat.press.card import Issue
from tamizdat.press.sitemap import root_maps

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
X = "{http://www.w3.org/1999/xhtml}"
N = "{http://www.google.com/schemas/sitemap-news/0.9}"


def maps(desk):
    return {path for path in desk.pages if "sitemap" in path}


def addresses(data):
    return [loc.text for loc in etree.fromstring(data).iter(f"{S}loc")]


@pytest.fixture
def desk():
    """A hundred stories in several months, some in other languages too."""
    desk = desk_with(100, base_url=BASE)
    for number in range(0, 100, 9):
        desk.others[f"s{number}"] |= {"fa": f"fa/2026/11/s{number}.html", "ka": f"ka/2026/11/s{number}.html"}
    desk.update((), desk.others)
    return desk


def test_the_index_names_every_map_and_every_map_lies_where_it_may(desk):
    index = etree.fromstring(desk.pages["sitemap.xml"])
    assert index.tag == f"{S}sitemapindex"
    named = [path.removeprefix(f"{BASE}en/") for path in addresses(desk.pages["sitemap.xml"])]
    assert len(set(named)) == len(named)
    assert {*named, "sitemap.xml", "news-sitemap.xml"} == maps(desk)
    for path in named:
        assert "/" not in path  # a map may name only what lies beside and below it
        assert etree.fromstring(desk.pages[path]).tag == f"{S}urlset"
        assert all(address.startswith(f"{BASE}en/") for address in addresses(desk.pages[path]))


def test_every_page_that_is_worth_finding_is_in_one_map(desk):
    parts = [path for path in maps(desk) if path[:9] == "sitemap-2"]
    found = [address for path in parts for address in addresses(desk.pages[path])]
    assert sorted(found) == sorted(f"{BASE}en/{desk.card(name).path}" for name in desk.stories)
    rest = {address.removeprefix(f"{BASE}en/") for address in addresses(desk.pages["sitemap-pages.xml"])}
    assert rest <= desk.pages.keys()
    lists = {path for path in desk.pages if path.endswith(".html") and path.split("/")[0] in {"s", "t"}}
    lists = {path for path in lists if path.count("/") == 1}
    assert rest - lists == {
        *("index.html", "about.html", "safety.html", "verify.html", "archive.html", "corrections.html")
    }
    assert rest >= lists


def test_maps_say_when_stories_changed_and_where_their_translations_are(desk):
    newest = {}
    for path in maps(desk):
        if path[:9] == "sitemap-2":
            for url in etree.fromstring(desk.pages[path]).iter(f"{S}url"):
                changed = url.findtext(f"{S}lastmod")
                newest[path] = max(newest.get(path, ""), changed)
                name = url.findtext(f"{S}loc").rpartition("/")[2].removesuffix(".html")
                story = desk.stories[name]
                latest = max([story.updated or story.published, *(each.at for each in story.corrections)])
                assert changed == latest.strftime("%Y-%m-%dT%H:%M:%SZ")
                links = [(link.get("hreflang"), link.get("href")) for link in url.iter(f"{X}link")]
                others = desk.others[name] if len(desk.others[name]) > 1 else {}
                assert links == [(language, BASE + page) for language, page in sorted(others.items())]
    index = etree.fromstring(desk.pages["sitemap.xml"])
    said = {entry.findtext(f"{S}loc").rpartition("/")[2]: entry.findtext(f"{S}lastmod") for entry in index}
    assert said == {**newest, "sitemap-pages.xml": None}


def test_a_translation_that_comes_is_in_the_map_of_the_story(desk):
    desk.others["s1"]["ru"] = "ru/2026/11/s1.html"
    desk.update((), ["s1"])
    assert len([path for path in desk.pressed if path.startswith("sitemap-2")]) == 1
    assert desk.pages == desk.build()


def test_the_news_map_has_the_last_two_days():
    desk = Desk(paper("sr-Latn", base_url=BASE, name="Daleka <obala>"))
    for name, age in (("old", 48), ("day", 47), ("hour", 1)):
        desk.put(full_story(desk, name, published=NOW - timedelta(hours=age)))
    desk.begin()
    urls = list(etree.fromstring(desk.pages["news-sitemap.xml"]))
    assert [url.findtext(f"{S}loc").rpartition("/")[2] for url in urls] == ["hour.html", "day.html"]
    assert urls[0].findtext(f".//{N}name") == "Daleka <obala>"
    assert urls[0].findtext(f".//{N}language") == "sr"
    assert urls[0].findtext(f".//{N}publication_date") == "2026-11-23T11:00:00Z"
    assert urls[0].findtext(f".//{N}title") == "Bread & <b>circuses</b>"
    desk.issue = Issue(2, NOW + timedelta(days=1))
    desk.update(())
    assert len(etree.fromstring(desk.pages["news-sitemap.xml"])) == 1


def test_titles_that_xml_cannot_carry_do_not_break_the_map():
    desk = Desk(paper(base_url=BASE))
    desk.put(full_story(desk, headline="a\ufffeb\uffff \x85 \u2028 𝔘", published=NOW))
    desk.begin()
    assert etree.fromstring(desk.pages["news-sitemap.xml"]).findtext(f".//{N}title") == "ab \x85 \u2028 𝔘"


def test_limits_of_the_format_are_kept(monkeypatch):
    assert sitemap._MOST == 50_000
    assert sitemap._MOST_NEWS == 1_000
    monkeypatch.setattr(sitemap, "_MOST", 4)
    monkeypatch.setattr(sitemap, "_MOST_NEWS", 2)
    desk = Desk(paper(base_url=BASE))
    for number in range(5):
        desk.put(full_story(desk, f"s{number}", published=NOW))
        desk.put(full_story(desk, f"m{number}", published=NOW - timedelta(days=31 * number)))
    desk.begin()
    assert len(addresses(desk.pages["sitemap-pages.xml"])) == 4
    assert len(addresses(desk.pages["news-sitemap.xml"])) == 2
    assert [address.removeprefix(f"{BASE}en/") for address in addresses(desk.pages["sitemap.xml"])] == [
        *("sitemap-pages.xml", "sitemap-2026-11.xml", "sitemap-2026-10.xml", "sitemap-2026-09.xml")
    ]


def test_without_a_base_address_there_is_no_map():
    assert not maps(desk_with(3))
    assert root_maps([paper("ru"), paper("fa")]) == {"robots.txt": b"User-agent: *\nAllow: /\n"}
    assert root_maps([]) == {"robots.txt": b"User-agent: *\nAllow: /\n"}


def test_robots_are_told_of_every_map_and_of_the_front_pages():
    papers = [paper(language, base_url="https://news.example/?a&b/") for language in ("ru", "fa")]
    files = root_maps(papers)
    base = "https://news.example/?a&b/"
    assert files["robots.txt"].decode().split("\n\n")[1].splitlines() == [
        f"Sitemap: {base}{path}"
        for path in ("sitemap.xml", *(f"{tag}/{name}sitemap.xml" for tag in ("ru", "fa") for name in ("", "news-")))
    ]
    urls = list(etree.fromstring(files["sitemap.xml"]))
    assert [url.findtext(f"{S}loc") for url in urls] == [f"{base}{tag}index.html" for tag in ("", "ru/", "fa/")]
    for url in urls:
        links = {link.get("hreflang"): link.get("href") for link in url.iter(f"{X}link")}
        assert links == {"ru": f"{base}ru/index.html", "fa": f"{base}fa/index.html", "x-default": f"{base}index.html"}
