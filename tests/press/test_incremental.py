"""Pressing what a change touches gives byte for byte what pressing everything anew gives."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from press_kit import NOW, Desk, paper

from tamizdat.press.card import Issue
from tamizdat.press.feeds import language_feeds
from tamizdat.press.list_pages import FIRST_STORIES, MONTH_STORIES
from tamizdat.press.site import LanguageSite, front_page
from tamizdat.story import Correction, Paragraph, Story, rich, withheld


def differences(pages, whole):
    """Paths at which two sites differ, with what the first one has there."""
    return {
        path: "missing" if path not in pages else "should be gone" if path not in whole else "differs"
        for path in pages.keys() | whole.keys()
        if pages.get(path) != whole.get(path)
    }


def fields_of(story):
    return {name: getattr(story, name) for name in Story.__slots__}


def edit(desk, kind, number):
    """One change of the newsroom's. What it changed, and stories whose translations came or went."""
    ids = sorted(desk.stories)
    story_id = ids[number % len(ids)] if ids else "none"
    if kind == "new" or not ids:
        desk.put(desk.story(f"n{number}"))
        return {f"n{number}"}, set()
    if kind == "rewrite":
        desk.put(desk.story(story_id))
        return {story_id}, set()
    if kind == "correct":
        desk.put(replace(desk.stories[story_id], body=(Paragraph(rich("Only the text is other.")),), corrections=()))
        return {story_id}, set()
    if kind == "remove":
        desk.remove(story_id)
        return {story_id}, set()
    if kind in {"clarification", "update", "retraction"}:
        said = Correction(desk.issue.time, f"Said {number}.", kind)
        desk.put(Story(**withheld(fields_of(desk.stories[story_id]) | {"corrections": (said,)})))
        return {story_id}, set()
    if kind == "relate":
        others = (*ids, f"n{number}")[number % 3 :: 7][:3]
        desk.put(replace(desk.stories[story_id], related=tuple(name for name in others if name != story_id)))
        return {story_id}, set()
    if kind == "translate":
        others = desk.others[story_id]
        if others.pop("fa", None) is None:
            others["fa"] = f"fa/2026/11/{story_id}.html"
        return set(), {story_id}
    if kind == "wait":
        desk.now += timedelta(minutes=number % 90)
    return set(), set()


def rearrange(desk, edits):
    """What editors pinned in a round, by a press of its own; the sections of which they pinned other stories."""
    numbers = [number for kind, number in edits if kind == "pin"]
    if not numbers:
        return set()
    names = [f"{'sn'[number % 2]}{(number + step) % 90}" for number in numbers for step in range(number % 5)]
    return desk.rearrange(names[::2], {"politics": tuple(names), "culture": tuple(names[1:3]), "unlisted": ("s1",)})


KINDS = (
    "new", "rewrite", "correct", "remove", "translate", "wait", "clarification", "update", "retraction", "relate",
    "pin",
)  # fmt: skip
EDITS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 500)), min_size=1, max_size=5)
ROUNDS = st.lists(st.tuples(EDITS, st.booleans()), max_size=6)
"""Edits, and whether another process takes over before them."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), size=st.sampled_from([0, 1, 3, 12, 90]), rounds=ROUNDS, mapped=st.booleans())
def test_updates_equal_pressing_everything_anew(seed, size, rounds, mapped):
    desk = Desk(paper(pins=("s1", "n7"), base_url="https://far-shore.example/" if mapped else ""), seed)
    for number in range(size):
        desk.put(desk.story(f"s{number}"))
    desk.begin()
    for at, (edits, restarted) in enumerate(rounds, 2):
        if restarted:
            desk.restart()
        rearranged = rearrange(desk, edits)
        desk.issue = Issue(at, NOW + timedelta(hours=at))
        touched = [edit(desk, kind, number) for kind, number in edits]
        changed, translated = set().union(*(one for one, _ in touched)), set().union(*(other for _, other in touched))
        desk.update(changed, translated, rearranged)
        assert not differences(desk.pages, desk.build())


@pytest.fixture
def archive():
    """Two hundred stories over four months, none breaking."""
    desk = Desk(paper(), 7)
    for number in range(200):
        desk.put(desk.story(f"s{number}", breaking_until=None))
    desk.begin()
    desk.issue = Issue(2, NOW + timedelta(hours=1))
    return desk


def test_a_corrected_text_touches_its_page_its_lists_and_the_front(archive):
    story = archive.stories["s100"]
    archive.put(replace(story, body=(Paragraph(rich("Put right.")),)))
    archive.update({"s100"})
    pages = [path for path in archive.pressed if path[:4].isdigit()]
    assert pages == [archive.card("s100").path]
    assert len(archive.pressed) < 40
    assert not differences(archive.pages, archive.build())


@pytest.mark.parametrize("most", [language_feeds._MOST_ARCHIVED, 20])
def test_feeds_of_the_archive_say_what_an_old_story_says_now(archive, monkeypatch, most):
    monkeypatch.setattr(language_feeds, "_MOST_ARCHIVED", most)
    archive.site = LanguageSite(archive.paper)
    archive.begin()
    for story in sorted(archive.stories.values(), key=lambda story: story.published)[:3]:
        archive.put(replace(story, body=(Paragraph(rich(f"Put right: {story.story_id}.")),)))
        archive.update({story.story_id})
        (feed,) = (
            page for path, page in archive.pressed.items() if path.startswith("archive/") and path.endswith(".xml")
        )
        assert f"Put right: {story.story_id}." in feed.decode()
        assert not differences(archive.pages, archive.build())
    assert len(archive.site._feeds._archived) <= most


def test_news_touches_few_old_pages(archive):
    archive.put(archive.story("news", published=NOW, topics=("topic 1",), sections=("politics",), breaking_until=None))
    archive.update({"news"})
    stories = [path for path in archive.pressed if path[:4].isdigit()]
    assert len(stories) <= 1 + 3 * 3  # itself, and three older neighbours in each of its lists
    assert not differences(archive.pages, archive.build())


def test_pinning_presses_the_front_page_and_the_section_alone(archive):
    politics = [name for name in sorted(archive.stories) if "politics" in archive.stories[name].sections]
    other = next(name for name in sorted(archive.stories) if "politics" not in archive.stories[name].sections)
    rearranged = archive.rearrange(["s150"], {"politics": (other, politics[3], politics[1])})
    archive.update((), rearranged=rearranged)
    assert {path for path in archive.pressed if not path.startswith("sitemap")} == {
        "archive.html", "index.html", "s/politics.html"
    }  # fmt: skip
    assert not differences(archive.pages, archive.build())
    page = archive.pages["s/politics.html"].decode()
    places = [page.index(archive.card(name).path) for name in (politics[3], politics[1])]
    assert places == sorted(places) == [page.index(path) for path in _stories_of(page)[:2]]
    assert archive.card(other).path not in page
    assert len(set(_stories_of(page))) == FIRST_STORIES
    archive.update((), rearranged=archive.rearrange((), {}))
    assert "s/politics.html" in archive.pressed
    assert not differences(archive.pages, archive.build())


def _stories_of(page):
    """The stories that a list leads to, in order."""
    return re.findall(r"\d{4}/\d\d/[a-z0-9-]+[.]html", page.split("<main", 1)[1].split("</main", 1)[0])


def test_breaking_news_reaches_recent_pages_and_leaves_them_again(archive):
    archive.put(archive.story("flash", published=NOW, breaking_until=NOW + timedelta(hours=2)))
    archive.update({"flash"})
    shown = {path for path, page in archive.pages.items() if b'class="breaking"' in page}
    assert len({path.rpartition("/")[2] for path in shown if path[:4].isdigit()}) == 59  # the newest sixty but itself
    assert {"index.html", "s/politics.html"} <= shown
    archive.now += timedelta(hours=3)
    archive.update(())
    assert not [path for path, page in archive.pages.items() if b'class="breaking"' in page]
    assert not differences(archive.pages, archive.build())


PLAIN = {"topics": (), "sections": (), "corrections": (), "breaking_until": None}


def test_full_pages_of_a_month_stay_as_they_are():
    """News of this month must not move thousands of older stories from page to page."""
    desk = Desk(paper(), 3)
    for number in range(2 * MONTH_STORIES):
        when = NOW - timedelta(hours=100 - number)
        desk.put(desk.story(f"s{number:03}", published=when, **PLAIN))
    desk.begin()
    desk.put(desk.story("late", published=NOW, **PLAIN))
    desk.update({"late"})
    assert "archive/2026-11.html" not in desk.pressed
    assert {"archive/2026-11.2.html", "archive/2026-11.3.html"} <= desk.pressed.keys()
    assert not differences(desk.pages, desk.build())


def test_a_topic_gets_its_page_with_its_second_story_and_loses_it_again():
    desk = Desk(paper(), 3)
    old = NOW - timedelta(days=90)
    desk.put(desk.story("first", published=old, **PLAIN | {"topics": ("ports",)}))
    for number in range(8):  # so many that the two are no neighbours in time
        desk.put(desk.story(f"between{number}", published=NOW - timedelta(days=number + 2), **PLAIN))
    desk.begin()
    assert "t/ports.html" not in desk.pages
    desk.put(desk.story("second", published=NOW, **PLAIN | {"topics": ("ports", "strikes")}))
    desk.update({"second"})
    assert b"t/ports.html" in desk.pages[desk.card("first").path]
    assert {"t/ports.html", "t/ports/2026-11.html", "t/ports/2026-08.html"} <= desk.pages.keys()
    assert not differences(desk.pages, desk.build())
    desk.remove("second")
    desk.update({"second"})
    assert b"t/ports.html" not in desk.pages[desk.card("first").path]
    assert not [path for path in desk.pages if path.startswith("t/")]
    assert not differences(desk.pages, desk.build())


def test_a_front_page_alone_is_the_one_that_the_press_makes():
    desk = Desk(paper(pins=("s7", "s3"), section_pins=(("culture", ("s5", "s2")),)), 11)
    for number in range(60):
        desk.put(desk.story(f"s{number}"))
    desk.begin()
    cards = [desk.card(story_id) for story_id in desk.stories]
    for path, section in (("index.html", ""), ("s/culture.html", "culture"), ("s/politics.html", "politics")):
        assert front_page(desk.paper, cards, desk.issue, desk.now, section) == desk.pages[path]
