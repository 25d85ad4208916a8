"""Wires in the site: files for each story, what changed last in one, and nothing of it unless it is asked for."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from press_kit import NOW, Desk, paper
from test_incremental import ROUNDS, differences, edit, fields_of, rearrange

from tamizdat.press import language_wires
from tamizdat.press.card import Issue
from tamizdat.sources.registry import open_source
from tamizdat.story import RETRACTION, Correction, Paragraph, Story, rich, withheld

BOTH = ("ninjs", "newsml")
G2 = {"g": "http://iptc.org/std/nar/2006-10-01/"}
NEWEST = ("wire/ninjs.json", "wire/newsml.xml")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), size=st.sampled_from([0, 1, 12]), rounds=ROUNDS, mapped=st.booleans())
def test_updates_equal_pressing_everything_anew(seed, size, rounds, mapped):
    address = "https://far-shore.example/" if mapped else ""
    desk = Desk(paper(pins=("s1", "n7"), base_url=address, wires=BOTH), seed)
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
def desk():
    """Twelve stories, of which five are in the newest."""
    made = Desk(paper(base_url="https://far-shore.example/", wires=BOTH), 3)
    for number in range(12):
        made.put(made.story(f"s{number}", breaking_until=None, corrections=(), related=()))
    made.begin()
    made.issue = Issue(2, NOW + timedelta(hours=1))
    return made


def in_time(desk):
    """Ids of all stories, newest first."""
    return sorted(desk.stories, key=lambda name: desk.card(name).key)


def ids(desk):
    return [each["altIds"][0]["value"] for each in json.loads(desk.pages["wire/ninjs.json"])["items"]]


def g2_ids(desk, path="//g:newsItem/@guid"):
    root = etree.fromstring(desk.pages["wire/newsml.xml"])
    return [guid.rpartition(":")[2] for guid in root.xpath(path, namespaces=G2)]


def test_without_the_setting_there_are_none():
    made = Desk(paper(), 3)
    made.put(made.story("a"))
    made.begin()
    assert not [path for path in made.pages if path.startswith("wire/")]


def test_nobody_promises_what_may_be_done_with_the_text_of_an_agency(desk):
    ours, theirs = in_time(desk)[:2]
    desk.put(Story(**(fields_of(desk.stories[ours]) | {"agencies": ()})))
    desk.put(Story(**(fields_of(desk.stories[theirs]) | {"agencies": ("Harbour Wire",)})))
    desk.update({ours, theirs})
    for name, promised in ((ours, True), (theirs, False)):
        at = desk.card(name).path.removesuffix(".html")
        assert ("usageTerms" in json.loads(desk.pages[f"wire/ninjs/{at}.json"])) is promised
        assert (b"<usageTerms" in desk.pages[f"wire/newsml/{at}.xml"]) is promised
        assert b"<copyrightHolder" in desk.pages[f"wire/newsml/{at}.xml"]


def test_what_changed_last_stands_first_however_old(desk):
    read = in_time(desk)
    assert ids(desk) == g2_ids(desk) == read[:5]
    old = read[-1]
    story = desk.stories[old]
    desk.put(Story(**withheld(fields_of(story) | {"corrections": (Correction(NOW, "Wrong.", RETRACTION),)})))
    desk.update({old})
    assert ids(desk) == g2_ids(desk) == [old, *read[:4]]
    newest = json.loads(desk.pages["wire/ninjs.json"])["items"][0]
    alone = json.loads(desk.pages[f"wire/ninjs/{desk.card(old).path.removesuffix('.html')}.json"])
    assert newest == alone
    assert newest["pubStatus"] == "canceled"
    desk.rearrange((old,), {})
    desk.update(set())
    assert old not in g2_ids(desk, "//g:itemRef/@residref")
    assert story.body[0].text[0].text not in desk.pages["wire/newsml.xml"].decode()


def test_a_story_that_was_taken_down_leaves_nothing(desk):
    gone = ids(desk)[0]
    path = desk.card(gone).path.removesuffix(".html")
    desk.remove(gone)
    desk.update({gone})
    assert desk.pressed[f"wire/ninjs/{path}.json"] is None
    assert desk.pressed[f"wire/newsml/{path}.xml"] is None
    assert gone not in ids(desk)
    assert not [path for path, data in desk.pages.items() if path.startswith("wire/") and f":{gone}".encode() in data]


def test_one_change_presses_its_files_and_the_newest_alone(desk):
    desk.put(replace(desk.stories["s7"], body=(Paragraph(rich("Put right.")),)))
    desk.update({"s7"})
    stem = desk.card("s7").path.removesuffix(".html")
    wires = {path for path in desk.pressed if path.startswith("wire/")}
    assert wires == {*NEWEST, f"wire/ninjs/{stem}.json", f"wire/newsml/{stem}.xml"}


def test_a_translation_that_comes_is_named(desk):
    name = ids(desk)[0]
    desk.others[name]["fa"] = f"fa/2026/11/{name}.html"
    desk.update(set(), {name})
    item = json.loads(desk.pages["wire/ninjs.json"])["items"][0]
    assert [each["language"] for each in item["associations"] if each.get("rel") == "translation"] == ["fa"]


def test_the_package_is_the_front_page(desk):
    desk.rearrange(("s9", "nothing"), {})
    desk.update(set())
    order = g2_ids(desk, "//g:itemRef/@residref")
    assert order[0] == "s9"
    assert order[1:] == [name for name in in_time(desk) if name != "s9"][:4]
    (first,) = etree.fromstring(desk.pages["wire/newsml.xml"]).xpath("//g:itemRef[1]/@href", namespaces=G2)
    assert first == f"https://far-shore.example/en/wire/newsml/{desk.card('s9').path.removesuffix('.html')}.xml"


def test_the_newest_have_a_bound(desk, monkeypatch):
    monkeypatch.setattr(language_wires, "_MOST_BYTES", 2 * len(desk.pages[story_path(desk, ids(desk)[0])]))
    desk.restart()
    desk.update({ids(desk)[0]})
    assert 0 < len(ids(desk)) < 5


def story_path(desk, name):
    return f"wire/ninjs/{desk.card(name).path.removesuffix('.html')}.json"


@pytest.mark.parametrize(("kind", "path"), list(zip(BOTH, NEWEST, strict=True)))
def test_a_partner_with_our_own_source_gets_every_story(desk, tmp_path, kind, path):
    file = tmp_path / path.rpartition("/")[2]
    file.write_bytes(desk.pages[path])
    source = open_source(kind, base_dir=tmp_path, now=NOW, path=file.name)
    found = list(source.stories(lambda _: None))
    assert sorted(each.story.story_id for each in found) == sorted(ids(desk))
    assert {each.story.headline for each in found} == {desk.stories[name].headline for name in ids(desk)}
