"""Feeds: what each entry says, in three formats that parsers of others can read."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape

import feedparser
import pytest
from feed_kit import (
    ATOM,
    BASE,
    CONTENT,
    FEEDS,
    LANG,
    MEDIA,
    RISKS,
    Html,
    at,
    atom_entries,
    contents,
    desk_with,
    full_story,
    urn,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from press_kit import NOW, Desk, paper

from strategies import stories, story_ids
from tamizdat.press.card import Issue
from tamizdat.press.feeds.entry import story_urn
from tamizdat.press.paper import Trust
from tamizdat.story import Correction, Paragraph, plain, rich

RFC_2141_URN = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[A-Za-z0-9()+,\-.:=@;$_!*']+")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


# --- Any reader can read them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", [BASE, ""])
@pytest.mark.parametrize("language", ["en", "ru", "fa", "ka", "ur", "ba"])
def test_a_parser_of_others_finds_every_story_and_no_fault(language, base_url):
    desk = desk_with(language=language, base_url=base_url)
    for path in FEEDS[:4]:
        feed = feedparser.parse(desk.pages[path], sanitize_html=False, resolve_relative_uris=False)
        assert not feed.bozo, feed.get("bozo_exception")
        assert feed.version == ("rss20" if "rss" in path else "atom10")
        assert feed.feed.language == language
        listed = [name for name, story in desk.stories.items() if "politics" in story.sections or path[0] != "s"]
        assert {entry.id for entry in feed.entries} == {urn(desk, name) for name in listed}
        for entry in feed.entries:
            story = desk.stories[entry.id.rpartition(":")[2]]
            assert unescape(entry.title) == story.headline
            assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == story.published
            if story.byline:
                assert {author.name for author in entry.authors} == set(story.byline)


@pytest.mark.parametrize("base_url", [BASE, ""])
def test_all_formats_carry_the_same_text(base_url):
    desk = desk_with(base_url=base_url)
    for atom, rss, json_ in (FEEDS[::2], FEEDS[1::2]):
        texts = contents(atom, desk.pages[atom])
        assert texts
        assert texts == contents(rss, desk.pages[rss]) == contents(json_, desk.pages[json_])


@settings(max_examples=150)
@given(stories())
def test_whatever_a_story_holds_its_feeds_are_well_formed_and_whole(story):
    desk = Desk(paper(story.language))
    desk.put(story)
    desk.begin()

    def kept(text, path):
        return text if path.endswith("json") else re.sub("[\ufffe\uffff]", "", text)  # XML cannot carry these two

    for path in ("feed.atom.xml", "rss.xml", "feed.json"):
        ((name, html),) = contents(path, desk.pages[path]).items()
        assert name == story_urn(desk.paper, story.story_id)
        found = Html(html)
        assert {tag for tag, _ in found.tags} <= ALLOWED
        wanted = [kept(plain(block.text), path) for block in story.body if isinstance(block, Paragraph)]
        assert not missing_in_order(wanted, found.paragraphs)
    (entry,) = atom_entries(desk.pages["feed.atom.xml"]).values()
    mark = f"{desk.paper.locale.texts['retracted']}: " if story.retracted else ""
    assert (entry.findtext(f"{ATOM}title") or "") == mark + kept(story.headline, "xml")
    assert json.loads(desk.pages["feed.json"])["items"][0]["title"] == mark + story.headline


ALLOWED = {
    *("a", "blockquote", "caption", "div", "em", "figcaption", "figure", "footer", "h2", "h3", "h4", "hr", "img"),
    *("li", "ol", "p", "small", "strong", "table", "tbody", "td", "th", "thead", "time", "tr", "ul"),
}


def missing_in_order(wanted, found):
    """Those of ``wanted`` that are not in ``found`` after the one before."""
    rest = iter(found)
    return [text for text in wanted if not any(text == other for other in rest)]


# --- Names ----------------------------------------------------------------------------------------------------------


def test_names_hold_on_every_mirror_and_for_every_edition():
    names = [list(contents("feed.atom.xml", desk_with(base_url=base).pages["feed.atom.xml"])) for base in (BASE, "")]
    assert names[0] == names[1]
    desk = desk_with()
    ids = [etree.fromstring(desk.pages[path]).findtext(f"{ATOM}id") for path in FEEDS[:2]]
    assert ids == [urn(desk, "").rstrip(":"), urn(desk, "section:politics")]


@given(story_ids(), story_ids())
def test_every_story_has_a_name_of_its_own_that_any_reader_takes(one, other):
    names = [story_urn(paper("sr-Latn"), story_id) for story_id in (one, other)]
    assert all(RFC_2141_URN.fullmatch(name) for name in names)
    assert (names[0] == names[1]) is (one == other)
    assert story_urn(paper("ru"), one) != story_urn(paper("en"), one)
    elsewhere = Trust("4f" * 32, "", rehearsal=False)
    assert story_urn(paper(trust=elsewhere), one) != story_urn(paper(), one)


# --- Addresses ------------------------------------------------------------------------------------------------------


def test_addresses_are_whole_where_the_site_has_one():
    desk = desk_with(base_url=BASE)
    for path in FEEDS:
        for html in contents(path, desk.pages[path]).values():
            assert all(address.startswith("https://") for address in Html(html).addresses())
    entry = atom_entries(desk.pages["s/politics.atom.xml"])[urn(desk, "full")]
    page = f"{BASE}en/{desk.card('full').path}"
    links = {link.get("rel"): link for link in entry.iter(f"{ATOM}link")}
    assert links["alternate"].get("href") == page
    assert links["enclosure"].get("href") == f"{BASE}pictures/{'ab' * 32}-500-500-640.jpg"
    assert links["enclosure"].get("title") == 'A "quay" & cranes'
    html = contents("rss.xml", desk.pages["rss.xml"])[urn(desk, "full")]
    folder = page.rpartition("/")[0]
    assert set(Html(html).addresses()) >= {
        "https://else.example/?a=1&b=2",
        f"{page}#on",
        f"{folder}/../../s/culture.html",
        "https://news.example/x.html",
        f"{BASE}pictures/{'ab' * 32}-640.jpg",
    }


def test_relative_addresses_lead_from_where_the_feed_lies_to_the_page_and_its_pictures():
    desk = desk_with()
    archived = [path for path in desk.pages if path.startswith("archive/") and path.endswith(".atom.xml")]
    assert archived
    for path in (*FEEDS[:2], *archived):
        for name, entry in atom_entries(desk.pages[path]).items():
            link = entry.find(f"{ATOM}link").get("href")
            assert at(path, link) == desk.card(name.rpartition(":")[2]).path
        html = contents(path, desk.pages[path]).get(urn(desk, "full"))
        if html:
            found = [at(path, address) for address in Html(html).addresses() if "://" not in address]
            page = desk.card("full").path
            pictures = {f"../pictures/{'ab' * 32}-500-500-640.jpg", f"../pictures/{'ab' * 32}-640.jpg"}
            assert set(found) == {f"{page}#on", "s/culture.html", "/x.html", *pictures}


def test_without_a_base_address_rss_and_json_give_none():
    desk = desk_with()
    channel = etree.fromstring(desk.pages["rss.xml"])[0]
    assert channel.findtext("link") == urn(desk, "").rstrip(":")  # it must be there, and lead from anywhere
    assert not [item for item in channel.iter("item") if item.find("link") is not None]
    assert not list(channel.iter(f"{MEDIA}content"))
    feed = json.loads(desk.pages["feed.json"])
    assert not {"home_page_url", "feed_url"} & feed.keys()
    assert not [item for item in feed["items"] if {"url", "image"} & item.keys()]


def test_every_feed_that_pages_name_is_there():
    desk = desk_with(8)
    for path, page in desk.pages.items():
        for found in re.findall(rb'rel="alternate" type="application/atom\+xml" href="([^"]*)"', page):
            assert at(path, unescape(found.decode())) in desk.pages, path
    feeds = {path for path in desk.pages if path.endswith((".xml", ".json")) and not path.startswith("archive/")}
    assert feeds == {
        *FEEDS,
        *(path.replace("politics", "culture") for path in FEEDS if path.startswith("s/")),
    }  # only everything and the declared sections have feeds


# --- What an entry says ---------------------------------------------------------------------------------------------


def test_an_atom_entry_says_all_that_the_page_says():
    desk = desk_with(base_url=BASE)
    entry = atom_entries(desk.pages["feed.atom.xml"])[urn(desk, "full")]
    texts = {child.tag.removeprefix(ATOM): child.text for child in entry}
    assert texts["title"] == "Bread & <b>circuses</b>"
    assert texts["summary"] == "Prices rise & rise."
    assert texts["published"] == desk.stories["full"].published.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert texts["updated"] == "2026-11-23T12:00:00Z"  # the correction came last
    assert [each.findtext(f"{ATOM}name") for each in entry.iter(f"{ATOM}author")] == ["Ilka Dervane", "Maro Tesken"]
    assert [each.findtext(f"{ATOM}name") for each in entry.iter(f"{ATOM}contributor")] == ["Wire One", "Wire Two"]
    categories = [(each.get("term"), each.get("label")) for each in entry.iter(f"{ATOM}category")]
    assert categories == [
        ("politics", "Politics"), ("unlisted", "unlisted"), ("bread", None), ("ports & docks", None),
        ("correction", None),
    ]  # fmt: skip
    assert entry.find(f"{ATOM}content").get("type") == "html"


def test_the_text_has_everything_in_its_place():
    desk = desk_with()
    html = contents("feed.json", desk.pages["feed.json"])[urn(desk, "full")]
    order = [
        "Translated by a machine. Nobody has checked it yet.",
        "Prices rise &amp; rise.",
        'alt="A &quot;quay&quot; &amp; cranes" width="640" height="360"',
        "At dawn <small>Desk</small>",
        "<p>Port Imbel</p>",
        "<h2>Below</h2>",
        "<blockquote><p>Said &amp; done</p><footer>Somebody</footer></blockquote>",
        "<ol><li>one</li><li>two</li></ol>",
        'width="640" height="427"',
        "<table><caption>Numbers</caption><thead><tr><th>a</th><th></th></tr></thead>",
        'href="https://video.example/1" rel="noreferrer">A film</a> <small>This link leads to another site',
        '<h2>Corrections</h2>\n<p><time datetime="2026-11-23T12:00:00Z">Corrected on 23 November 2026',
        ", 12:00 UTC</time>: It was 5",
        "<p><em>With reporting by Wire One and Wire Two</em></p>",
    ]
    places = [html.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert not {"style", "tabindex"} & {name for _, attrs in Html(html).tags for name in attrs}


def test_an_rss_item_follows_the_rules():
    desk = desk_with(base_url=BASE)
    channel = etree.fromstring(desk.pages["rss.xml"])[0]
    assert channel.findtext("link") == f"{BASE}en/index.html"
    assert channel.find(f"{ATOM}link").attrib == {
        "rel": "self",
        "type": "application/rss+xml",
        "href": f"{BASE}en/rss.xml",
    }
    item = next(each for each in channel.iter("item") if each.findtext("guid") == urn(desk, "full"))
    assert item.find("guid").get("isPermaLink") == "false"
    assert item.findtext("link") == f"{BASE}en/{desk.card('full').path}"
    assert parsedate_to_datetime(item.findtext("pubDate")) == desk.stories["full"].published
    assert item.findtext("description") == "Prices rise &amp; rise."  # which is HTML
    tags = [each.tag for each in item]
    assert tags.index("description") < tags.index(CONTENT)
    assert [each.text for each in item.iter("category")] == ["Politics", "unlisted", "bread", "ports & docks"]
    picture = item.find(f"{MEDIA}content")
    assert (picture.get("medium"), picture.get("width"), picture.get("height")) == ("image", "640", "360")
    assert picture.findtext(f"{MEDIA}description") == 'A "quay" & cranes'
    assert picture.findtext(f"{MEDIA}credit") == "Desk"
    without_lead = {urn(desk, name) for name, story in desk.stories.items() if not story.lead}
    bare = next(each for each in channel.iter("item") if each.findtext("guid") in without_lead)
    assert bare.findtext("description") == bare.findtext("title")  # one must be there


def test_a_json_feed_follows_the_rules():
    desk = desk_with(base_url=BASE)
    feed = json.loads(desk.pages["s/politics.json"])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["language"]) == ("The Far Shore: Politics", "en")
    assert (feed["home_page_url"], feed["feed_url"]) == (f"{BASE}en/s/politics.html", f"{BASE}en/s/politics.json")
    assert feed["authors"] == [{"name": "The Far Shore"}]
    item = next(item for item in feed["items"] if item["id"] == urn(desk, "full"))
    assert item["url"] == f"{BASE}en/{desk.card('full').path}"
    assert item["image"] == f"{BASE}pictures/{'ab' * 32}-500-500-640.jpg"
    assert item["tags"] == ["Politics", "unlisted", "bread", "ports & docks"]
    assert item["authors"] == [{"name": "Ilka Dervane"}, {"name": "Maro Tesken"}]
    assert all(RFC_3339.fullmatch(item[name]) for name in ("date_published", "date_modified"))
    assert item["summary"] == "Prices rise & rise."


def test_atom_feeds_have_what_rfc_4287_demands():
    desk = desk_with(40, base_url=BASE)
    for path, data in desk.pages.items():
        if not path.endswith(".atom.xml"):
            continue
        feed = etree.fromstring(data)
        tags = [child.tag.removeprefix(ATOM) for child in feed]
        assert feed.get(LANG) == "en"
        for name in ("title", "id", "updated", "subtitle", "rights", "author"):
            assert tags.count(name) == 1, name
        assert "entry" not in tags[: len(tags) - tags.count("entry")]  # metadata comes first
        links = [(link.get("rel"), link.get("href")) for link in feed.iterchildren(f"{ATOM}link")]
        assert len(set(links)) == len({rel for rel, _ in links}) == len(links)
        assert ("self", f"{BASE}en/{path}") in links
        assert len(atom_entries(data)) == tags.count("entry")  # no id twice
        for entry in feed.iterchildren(f"{ATOM}entry"):
            inside = [child.tag.removeprefix(ATOM) for child in entry]
            for name in ("title", "id", "updated", "published", "content"):
                assert inside.count(name) == 1, name
            assert all(RFC_3339.fullmatch(entry.findtext(f"{ATOM}{name}")) for name in ("updated", "published"))
            assert [link.get("rel") for link in entry.iterchildren(f"{ATOM}link")].count("alternate") == 1


def test_texts_of_right_to_left_languages_say_so():
    for language, wanted in (("fa", ("div", {"lang": "fa", "dir": "rtl"})), ("ru", ("p", {}))):
        desk = desk_with(language=language)
        html = contents("rss.xml", desk.pages["rss.xml"])[urn(desk, "full")]
        assert Html(html).tags[0] == wanted
        assert html.endswith("</div>") is (language == "fa")


# --- Times ----------------------------------------------------------------------------------------------------------


def test_a_feed_changed_when_its_newest_edition_came():
    desk = desk_with(0)
    desk.issue = Issue(2, NOW + timedelta(hours=3))
    desk.put(desk.story("later", sections=("culture",), corrections=()))
    desk.update({"later"})
    desk.issue = Issue(3, NOW + timedelta(hours=9))
    desk.update(())

    def updated(path):
        return etree.fromstring(desk.pages[path]).findtext(f"{ATOM}updated")

    assert updated("feed.atom.xml") == updated("s/culture.atom.xml") == "2026-11-23T15:00:00Z"
    assert updated("s/politics.atom.xml") == "2026-11-23T12:00:00Z"
    channel = etree.fromstring(desk.pages["s/culture.rss.xml"])[0]
    assert channel.findtext("lastBuildDate") == "Mon, 23 Nov 2026 15:00:00 GMT"


def test_a_feed_without_stories_is_still_a_feed():
    desk = Desk(paper())
    desk.begin()
    for path in FEEDS:
        assert contents(path, desk.pages[path]) == {}
    assert not [path for path in desk.pages if path.startswith("archive/")]
    assert not feedparser.parse(desk.pages["feed.atom.xml"]).bozo


def test_the_last_change_is_the_latest_of_text_and_corrections():
    desk = Desk(paper())
    early, late = NOW - timedelta(days=2), NOW - timedelta(days=1)
    corrections = (Correction(late, "Last."), Correction(early, "First."))
    for name, updated, given_ in (("a", None, ()), ("b", NOW, corrections), ("c", early, corrections)):
        desk.put(desk.story(name, published=early, updated=updated, corrections=given_))
    desk.begin()
    entries = atom_entries(desk.pages["feed.atom.xml"])
    found = [entries[urn(desk, name)].findtext(f"{ATOM}updated")[:10] for name in "abc"]
    assert found == ["2026-11-21", "2026-11-23", "2026-11-22"]


# --- Notices --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base_url", [BASE, ""])
def test_notices_stand_in_every_feed_and_below_every_story(base_url):
    desk = desk_with(base_url=base_url, risks=RISKS, tagline="News from afar")
    safety = f"{BASE}en/safety.html" if base_url else ""
    for path in FEEDS:
        data = desk.pages[path]
        root = None if path.endswith("json") else etree.fromstring(data)
        description = json.loads(data)["description"] if root is None else root.findtext(f"{ATOM}subtitle")
        description = description or root[0].findtext("description")
        first, *others = description.split("\n")
        assert first.startswith("Before you read on, share or write to us · Vesmara: sharing and liking. \u2068До двух")
        assert "\u2069 (Nobody has checked this.)" in first
        assert first.endswith(safety)
        assert ("Find out more" in first) is bool(base_url)
        assert others == ["News from afar", desk.paper.locale.texts["feed_notice"]]
        for html in contents(path, data).values():
            notice = html[html.rindex("<hr>") :]
            assert '. <span lang="ru" dir="ltr">До двух лет &lt;колонии&gt;</span> <em>(Nobody has' in notice
            assert Html(notice).addresses() == ([safety] if base_url else [])


def test_without_notices_there_is_none_and_a_rehearsal_says_so():
    desk = desk_with(trust=Trust("3f" * 32, "", rehearsal=True))
    assert "<hr>" not in contents("feed.json", desk.pages["feed.json"])[urn(desk, "full")]
    assert json.loads(desk.pages["feed.json"])["description"].startswith("A rehearsal: ")
    assert not json.loads(desk_with().pages["feed.json"])["description"].startswith("A rehearsal: ")


# --- Cheap ----------------------------------------------------------------------------------------------------------


def test_news_costs_one_entry(monkeypatch):
    desk = desk_with(60, base_url=BASE, stories_in_feed=30)
    made = []
    entries = desk.site._feeds._entries
    for each in entries.values():
        monkeypatch.setattr(each, "of", lambda it, path, of=each.of: made.append(it.head.story_id) or of(it, path))
    newest = full_story(desk, "news", published=NOW + timedelta(minutes=1), breaking_until=None)
    desk.put(newest)
    desk.update({"news"})
    assert made == ["news"]
    assert urn(desk, "news") in contents("s/politics.json", desk.pages["s/politics.json"])
    made.clear()
    desk.put(replace(newest, body=(Paragraph(rich("Put right.")),)))
    desk.update({"news"})
    assert made == ["news"]
    for path in FEEDS[::2]:
        assert "Put right." in contents(path, desk.pages[path])[urn(desk, "news")]
    made.clear()
    desk.update(())
    assert not made


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([BASE, ""]), st.sampled_from([1, 4, 30]))
def test_feeds_and_maps_after_a_change_are_those_pressed_anew(seed, base_url, stories_in_feed):
    desk = Desk(paper("fa", base_url=base_url, stories_in_feed=stories_in_feed), seed)
    for number in range(desk.random.choice((0, 2, 31, 64))):
        desk.put(desk.story(f"s{number}"))
    desk.begin()
    for at_ in range(2, 6):
        desk.issue = Issue(at_, NOW + timedelta(hours=at_))
        changed = {f"s{desk.random.randrange(70)}" for _ in range(desk.random.choice((1, 3)))}
        for name in sorted(changed):
            if name in desk.stories and desk.random.random() < 0.4:
                desk.remove(name)
            else:
                desk.put(desk.story(name))
        translated = f"s{desk.random.randrange(70)}"
        if translated in desk.stories and translated not in changed:
            desk.others[translated]["ka"] = f"ka/{desk.card(translated).path}"
        desk.update(changed, {translated})
        whole = desk.build()
        assert {path for path in whole if desk.pages.get(path) != whole[path]} == set()
        assert desk.pages.keys() == whole.keys()
