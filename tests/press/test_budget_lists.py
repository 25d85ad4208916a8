"""No list, front page or archive is heavier than 14,600 bytes, however long what it names is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from posixpath import dirname, join, normpath

import pytest
from budget_kit import (
    ISSUE,
    KINDS,
    LANGUAGES,
    PAGE_BYTES,
    Noise,
    bare,
    check_weight,
    crowded_paper,
    full_paper,
    pages_of,
    site,
    wire,
)

from tamizdat.locales import INTERFACE_LANGUAGES
from tamizdat.press.address import month_path
from tamizdat.press.card import Card
from tamizdat.press.fixed_pages import chooser
from tamizdat.press.list_pages import ListPages
from tamizdat.press.stack import ALL, Stacks
from tamizdat.press.templates import Pages
from tamizdat.story import Correction, Story
from web.page_elements import Page
from web.rich_paper import BASE_URL, NOW, words


def crowd(noise, count):
    """Stories that are as long as a source can make them in everything that lists show; all of them breaking."""
    topics = [noise.text(3_000) for _ in range(6)]
    for number in range(count):
        yield Story(
            noise.story_id(),
            "ka",
            noise.text(2_500),
            NOW - timedelta(hours=number),
            lead=noise.text(2_500),
            breaking_until=NOW + timedelta(hours=5),
            sections=("politics", "culture", "science", "economy", "opinion", "regions"),
            topics=tuple(topics),
            picture=noise.picture(noise.text(3_000)),
            corrections=tuple(Correction(NOW - timedelta(hours=n), noise.text(2_000)) for n in range(number % 9)),
        )


@pytest.mark.parametrize("kind", KINDS)
def test_lists_of_the_longest_stories_fit(kind):
    stories = list(crowd(Noise(kind), 60))
    files = site(stories)
    check_weight(files)
    lists = ["index.html", "s/politics.html", "corrections.html", "archive.html"]
    lists += [min(path for path in files if path.startswith(f"{folder}/")) for folder in ("t", "archive")]
    front, section, corrections, archive, topic, month = (Page(path, files[path]) for path in lists)
    assert len(list(front.every("article"))) >= 5
    numbers = [len(list(page.every("article"))) for page in (section, corrections, topic, month)]
    assert numbers == [24, 24, 24 if topic.path.count("/") == 1 else 30, 30]
    assert len([link for link in archive.every("a") if link.get("href").startswith("t/")]) == 6
    for page in (front, section, corrections, archive, topic, month):
        for link in page.every("a"):
            assert link.text.strip()
            target = normpath(join(dirname(page.path), link.get("href")))
            assert target in files or target == "../index.html" or link.get("href").startswith("#")


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_stories_fit_in_a_paper_of_many_sections_and_notices(kind):
    sections = crowded_paper().section_ids
    stories = [replace(each, sections=sections[at % 38 :][:3]) for at, each in enumerate(crowd(Noise(kind), 40))]
    check_weight(site(stories, its_paper=crowded_paper()))


@pytest.mark.parametrize("count", [1, 64])
def test_long_corrections_are_shortened_in_the_list_and_whole_with_their_story(count):
    noise = Noise("chinese")
    texts = [noise.text(2_400) for _ in range(count)]
    corrections = tuple(Correction(NOW - timedelta(hours=at), text) for at, text in enumerate(texts))
    stories = [Story(f"s{at}", "ka", "ნაპირი", NOW - timedelta(hours=at), corrections=corrections) for at in range(24)]
    files = site(stories)
    check_weight(files)
    listed = Page("corrections.html", files["corrections.html"])
    for article in listed.every("article"):
        assert texts[0][:20] in article.text
        assert texts[0] not in article.text
    assert {"2026/11/s0.html", "2026/11/s23.html"} <= {link.get("href") for link in listed.every("a")}
    shown = bare("".join(page.one("main").text for page in pages_of(files, stories[0])))
    assert [text for text in texts if text not in shown] == []


def test_ordinary_news_is_shown_with_leads_pictures_and_whole_corrections():
    said = words("ka")
    noise = Noise("base64")
    stories = [
        Story(
            f"s{at}", "ka", said.few(8), NOW - timedelta(hours=at), lead=said.few(18), sections=("politics",),
            picture=noise.picture() if at % 3 == 0 else None, corrections=(Correction(NOW, said.few(40)),),
        )
        for at in range(30)
    ]  # fmt: skip
    files = site(stories)
    check_weight(files)
    for path in ("s/politics.html", "index.html"):
        text = Page(path, files[path]).one("main").text
        assert [story.lead for story in stories[:5] if story.lead not in text] == []
        assert b"<picture>" in files[path]
    text = Page("corrections.html", files["corrections.html"]).one("main").text
    assert sum(story.corrections[0].text in text for story in stories) == 24


def test_an_archive_of_a_thousand_years_fits_and_leads_on_to_the_months_that_it_does_not_name():
    templates = Pages(full_paper())
    stacks = Stacks(templates.locale.month_of)
    times = [datetime(1970 + month // 12, month % 12 + 1, 3, tzinfo=UTC) for month in range(12_000)]
    stacks.fill(Card.of(Story(f"m{at}", "ka", "ნაპირი", time), ISSUE) for at, time in enumerate(times))
    lists = ListPages(templates, stacks)
    data = lists.archive(ISSUE, [])
    assert wire(data) <= PAGE_BYTES
    named = [link.get("href") for link in Page("archive.html", data).every("a") if link.get("href")[:8] == "archive/"]
    assert len(named) >= 200
    months = sorted(stacks[ALL].months, reverse=True)
    assert named == [month_path(ALL, month, 1) for month in months[: len(named)]]
    last = Page(named[-1], lists.month(ALL, months[len(named) - 1], 1))
    (older,) = [link.get("href") for link in last.every("a") if link.get("rel") == "next"]
    assert older == f"../{month_path(ALL, months[len(named)], 1)}"


def test_an_archive_of_fifty_years_names_every_month():
    times = [datetime(1976 + month // 12, month % 12 + 1, 3, tzinfo=UTC) for month in range(600)]
    templates = Pages(full_paper())
    stacks = Stacks(templates.locale.month_of)
    stacks.fill(Card.of(Story(f"m{at}", "ka", "ნაპირი", time), ISSUE) for at, time in enumerate(times))
    data = ListPages(templates, stacks).archive(ISSUE, [f"თემა {at}" for at in range(20)])
    assert wire(data) <= PAGE_BYTES
    addresses = [link.get("href") for link in Page("archive.html", data).every("a")]
    assert len([address for address in addresses if address.startswith("archive/")]) == 600
    assert len([address for address in addresses if address.startswith("t/")]) == 20


def test_the_chooser_of_all_languages_fits():
    assert len(LANGUAGES) == 27
    page = chooser([full_paper(language) for language in INTERFACE_LANGUAGES])
    assert len(list(Page("index.html", page).every("a"))) == len(INTERFACE_LANGUAGES)
    assert BASE_URL.encode() in page
    assert wire(page) <= PAGE_BYTES
