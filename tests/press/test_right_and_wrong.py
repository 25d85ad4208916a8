"""What readers are told when the newsroom was wrong: on the page, in lists, in feeds and to machines."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from feed_kit import ATOM, FEEDS, atom_entries, contents, full_story, urn
from lxml import etree
from press_kit import NOW, Desk, paper

from tamizdat.press.card import Issue, part_path
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.reading_time import minutes_to_read
from tamizdat.story import CLARIFICATION, CORRECTION, RETRACTION, UPDATE, Correction, Paragraph, Story, rich
from web.page_elements import Page

BASE = "https://news.example/"
REASON = "The letter that we quoted is forged."
SAID = tuple(
    Correction(NOW + timedelta(minutes=at), f"This is a {kind}.", kind)
    for at, kind in enumerate((CORRECTION, CLARIFICATION, UPDATE, "second-thought"))
)


def linked(page):
    """What a page says to machines."""
    return json.loads(page.one("script").text)


def of_class(page, name):
    """The elements of a class."""
    return [element for element in page.elements if name in element.get("class").split()]


def within(page, around, tag):
    """The text of each ``tag`` inside an element."""
    return [each.text for each in page.every(tag) if any(other is around for other in each.inside)]


def retracted(story_id, language="en", **more):
    said = (Correction(NOW, REASON, RETRACTION),)
    return Story(story_id, language, "Port closed for good", NOW, corrections=said, sections=("politics",), **more)


def desk_of(*stories, language="en", **settings):
    desk = Desk(paper(language, base_url=BASE, **settings))
    for story in stories:
        desk.put(story)
    desk.begin()
    return desk


def plain_story(desk, name, **more):
    fields = {"published": NOW, "corrections": (), "breaking_until": None, "sections": ("politics",), "topics": ()}
    return desk.story(name, **fields | more)


def test_each_kind_is_told_where_it_belongs():
    """What must be known first stands before the text, what was put right after it; each with its kind and time."""
    desk = desk_of(replace(full_story(Desk(paper())), corrections=SAID))
    page = Page("x", desk.pages[desk.card("full").path])
    (first,) = of_class(page, "notices")
    assert first.text.strip() == "Clarified on 23 November 2026, 12:01 UTC: This is a clarification."
    (last,) = of_class(page, "corrections")
    for text in (
        "Corrected on 23 November 2026, 12:00 UTC: This is a correction.",
        "Updated on 23 November 2026, 12:02 UTC: This is a update.",
        "Corrected on 23 November 2026, 12:03 UTC: This is a second-thought.",
    ):
        assert text in last.text
    text = desk.pages[desk.card("full").path].decode()
    assert text.index('class="notices"') < text.index('class="text"') < text.index('class="corrections"')


def test_a_story_that_was_only_updated_has_not_been_wrong():
    desk = desk_of(replace(full_story(Desk(paper())), corrections=SAID[2:3]))
    page = Page("x", desk.pages[desk.card("full").path])
    assert within(page, of_class(page, "corrections")[0], "h2") == ["Updated"]
    assert "correction" not in linked(page)
    assert "Nothing has been corrected yet." in desk.pages["corrections.html"].decode()


def test_the_list_of_corrections_has_all_but_updates():
    desk = desk_of(replace(full_story(Desk(paper())), corrections=SAID), retracted("gone"))
    page = Page("x", desk.pages["corrections.html"]).one("main").text
    assert all(each.text in page for each in SAID if each.kind != UPDATE)
    assert SAID[2].text not in page
    assert REASON in page
    assert "Retracted on 23 November 2026, 12:00 UTC" in page


def test_a_retracted_story_keeps_its_address_and_says_why():
    desk = desk_of(retracted("gone"))
    page = Page("x", desk.pages["2026/11/gone.html"])
    assert within(page, page.one("h1"), "s") == ["Port closed for good"]
    assert within(page, page.one("h1"), "strong") == ["Retracted"]
    (notice,) = of_class(page, "notices")
    assert notice.text.strip().startswith(f"Retracted on 23 November 2026, 12:00 UTC: {REASON}\n")
    assert "Its text is no longer published; this notice stays." in page.one("main").text
    assert page.one("title").text == "Retracted: Port closed for good — The Far Shore"
    assert REASON in [meta.get("content") for meta in page.every("meta") if meta.get("name") == "description"]
    machines = linked(page)
    assert machines["creativeWorkStatus"] == "Retracted"
    assert machines["dateModified"] == "2026-11-23T12:00:00Z"
    assert machines["correction"] == [
        {"@type": "CorrectionComment", "text": REASON, "datePublished": "2026-11-23T12:00:00Z"}
    ]


@pytest.mark.parametrize("length", [400, 6_000])
def test_a_reason_of_any_length_is_told_whole(length):
    reason = " ".join(f"because{at}" for at in range(length))
    story = retracted("gone")
    desk = desk_of(replace(story, corrections=(replace(story.corrections[0], text=reason),)))
    paths = [part_path("2026/11/gone.html", part) for part in range(1, 20)]
    pages = [Page(path, desk.pages[path]) for path in paths if path in desk.pages]
    assert reason.split() == [word for page in pages for word in page.one("main").text.split() if "because" in word]
    assert all(within(page, page.one("h1"), "strong") == ["Retracted"] for page in pages)


def test_a_clarification_that_is_too_long_for_its_place_is_still_read_before_the_text():
    long = " ".join(f"meant{at}" for at in range(900))
    said = (Correction(NOW, long, CLARIFICATION), Correction(NOW, "It was 14.", CORRECTION))
    story = replace(full_story(Desk(paper())), published=NOW, corrections=said)
    desk = desk_of(story)
    text = Page("x", desk.pages["2026/11/full.html"]).one("main").text
    assert text.index("meant899") < text.index("Said & done") < text.index("It was 14.")


def test_a_retracted_story_never_leads_and_is_marked_wherever_it_is_listed():
    drawn = Desk(paper())
    older = [plain_story(drawn, f"s{at}", published=NOW - timedelta(hours=at + 1)) for at in range(4)]
    desk = desk_of(retracted("gone"), *older, pins=("gone", "s3"))
    front = Page("x", desk.pages["index.html"])
    (lead,) = of_class(front, "first")
    assert within(front, lead, "h2") == [desk.stories["s3"].headline]
    for path in ("index.html", "s/politics.html", "corrections.html", "2026/11/s0.html"):
        (struck,) = Page(path, desk.pages[path]).every("s")
        assert struck.text == "Port closed for good"
        (mark,) = of_class(Page(path, desk.pages[path]), "mark")
        assert mark.text == "Retracted"
    assert "gone.html" not in desk.pages["news-sitemap.xml"].decode()
    assert "s0.html" in desk.pages["news-sitemap.xml"].decode()


def test_feeds_say_it_first():
    story = replace(full_story(Desk(paper())), published=NOW, corrections=SAID)
    desk = desk_of(retracted("gone"), story)
    entries = atom_entries(desk.pages["feed.atom.xml"])
    gone = entries[urn(desk, "gone")]
    assert gone.findtext(f"{ATOM}title") == "Retracted: Port closed for good"
    assert gone.findtext(f"{ATOM}summary") == REASON
    assert gone.findtext(f"{ATOM}updated") == "2026-11-23T12:00:00Z"
    schemes = [(each.get("scheme"), each.get("term")) for each in gone.iter(f"{ATOM}category")]
    assert ("urn:tamizdat:correction", "retraction") in schemes
    for path in FEEDS:
        if path in desk.pages:
            texts = contents(path, desk.pages[path])
            html = texts[urn(desk, "gone")]
            assert html.index(REASON) < html.index("no longer published")
            full = texts[urn(desk, "full")]
            assert full.index(SAID[1].text) < full.index("Prices rise") < full.index(SAID[0].text)
    assert all(etree.fromstring(desk.pages[path]) is not None for path in FEEDS if path.endswith("xml"))


@pytest.mark.parametrize(
    ("language", "mark", "direction"),
    [("fa", "پس‌گرفته‌شده", "rtl"), ("ru", "Отозвано", "ltr"), ("ka", "გაწვეულია", "ltr")],
)
def test_it_is_said_in_the_language_of_the_newspaper(language, mark, direction):
    desk = desk_of(retracted("gone", language), language=language)
    page = Page("x", desk.pages["2026/11/gone.html"])
    assert page.one("html").attributes["dir"] == direction
    assert within(page, page.one("h1"), "strong") == [mark]
    assert page.one("title").text.startswith(f"{mark}: ")


@pytest.mark.parametrize(("language", "word"), [("en", "Retracted"), ("fa", "پس‌گرفته‌شده"), ("ru", "Отозвано")])
def test_the_notice_of_a_takedown_says_its_one_word_once(language, word):
    """It has the word for *retracted* as its headline: nothing else of the story is left."""
    drawn = Desk(paper(language, base_url=BASE))
    gone = replace(retracted("gone", language), headline=word)
    desk = desk_of(gone, replace(full_story(drawn), published=NOW, language=language), language=language)
    page = Page("x", desk.pages["2026/11/gone.html"])
    assert page.one("h1").text == word
    assert page.one("title").text == f"{word} — {desk.paper.name}"
    assert linked(page)["creativeWorkStatus"] == "Retracted"
    assert [said.text for said in of_class(page, "notices") if REASON in said.text]
    for path in ("index.html", "s/politics.html", "2026/11/gone.html"):
        shown = Page(path, desk.pages[path])
        assert [*of_class(shown, "mark"), *shown.every("s")] == [], path
        if path != "2026/11/gone.html":
            (link,) = [each for each in shown.every("a") if each.get("href").endswith("gone.html")]
            assert link.text == word
    assert atom_entries(desk.pages["feed.atom.xml"])[urn(desk, "gone")].findtext(f"{ATOM}title") == word


def test_stories_to_read_also_come_first_and_follow_what_becomes_of_them():
    drawn = Desk(paper())
    near = [plain_story(drawn, f"s{at}", published=NOW - timedelta(hours=at)) for at in range(7)]
    far = plain_story(drawn, "far", published=NOW - timedelta(days=90), sections=("culture",))
    desk = desk_of(replace(near[0], related=("missing", "far", "s1")), *near[1:], far)
    path = desk.card("s0").path

    def shown():
        page = Page(path, desk.pages[path])
        return within(page, of_class(page, "related")[0], "h3")

    def headline(*names):
        return [desk.stories[name].headline for name in names]

    assert shown() == headline("far", "s1", "s2", "s3")
    desk.issue = Issue(2, NOW + timedelta(hours=1))
    desk.put(replace(far, headline="Other words"))
    desk.put(plain_story(drawn, "missing", published=NOW - timedelta(days=50), sections=("culture",)))
    desk.update({"far", "missing"})
    assert shown() == [*headline("missing"), "Other words", *headline("s1", "s2", "s3")]
    desk.remove("far")
    desk.update({"far"})
    assert shown() == headline("missing", "s1", "s2", "s3")


@pytest.mark.parametrize(
    ("letters", "script", "minutes"),
    [(1_400, "Latn", 0), (1_500, "Latn", 2), (9_500, "Cyrl", 10), (6_500, "Arab", 10), (950_000, "Geor", 1_000)],
)
def test_reading_time_follows_the_letters(letters, script, minutes):
    body = tuple(Paragraph(rich("five5 " * 100)) for _ in range(letters // 500))
    # Each line has one more letter, which says what the line is.
    story = Story("a", "en", "H", NOW, body)
    assert minutes_to_read(Manuscript.of(story), script) == pytest.approx(minutes, rel=0.01)


def test_a_long_story_says_how_long_it_takes():
    body = tuple(Paragraph(rich("harbour " * 70)) for _ in range(10))
    desk = desk_of(Story("long", "en", "H", NOW, body), Story("short", "en", "H", NOW, body[:1]))
    (by,) = of_class(Page("x", desk.pages["2026/11/long.html"]), "by")
    assert "5 minutes to read" in by.text
    (by,) = of_class(Page("x", desk.pages["2026/11/short.html"]), "by")
    assert "to read" not in by.text
