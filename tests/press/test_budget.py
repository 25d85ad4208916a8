"""No page is heavier than 14,600 bytes, whatever a source sends; and no word is lost for it."""

import base64
import gzip
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from posixpath import dirname, join, normpath

import pytest
from feed_kit import Html, contents

from tamizdat.locales import INTERFACE_LANGUAGES
from tamizdat.press.address import stack_path
from tamizdat.press.budget import certain_bytes, fits, pages
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.press.fixed_pages import chooser
from tamizdat.press.paper import Link
from tamizdat.press.site import LanguageSite
from tamizdat.press.stack import StackName
from tamizdat.story import (
    Correction,
    Embed,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Run,
    Story,
    Table,
    rich,
)
from web.page_elements import Page
from web.rich_paper import BASE_URL, NOW, paper, words

PAGE_BYTES = 14_600
LANGUAGES = INTERFACE_LANGUAGES[:27]
ISSUE = Issue(1_204, NOW)
ID_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"
PICTURE = "0123456789abcdef"


def wire(data):
    return len(gzip.compress(data, 6))


class Noise:
    """Texts that cannot be compressed, of about so many bytes."""

    def __init__(self, kind, seed=0):
        self.draw = random.Random(f"{kind} {seed}")
        self.kind = kind

    def text(self, size):
        draw = self.draw
        match self.kind:
            case "base64":
                return base64.b64encode(draw.randbytes(size * 3 // 4)).decode()
            case "ascii":
                return "".join(chr(draw.randrange(33, 127)) for _ in range(size))
            case "chinese":
                return "".join(chr(draw.randrange(0x4E00, 0x9FFF)) for _ in range(size // 3))
            case "georgian":
                return "".join(draw.choices("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ" * 3 + " ", k=size // 3)).strip() + "ა"
            case "escaped":
                return "".join(draw.choices("<>&\"'", k=size))

    def story_id(self):
        return "i" + "".join(self.draw.choices(ID_CHARS, k=199))

    def address(self):
        return f"https://video.example/{self.draw.randbytes(20_000).hex()}"

    def picture(self, alt="Alt", **more):
        return Picture(alt, "".join(self.draw.choices(PICTURE, k=64)), width=1280, height=960, **more)


KINDS = ("base64", "ascii", "chinese", "georgian", "escaped")


@cache
def full_paper(language="ka", languages=LANGUAGES):
    return paper(language, languages)


@cache
def crowded_paper():
    """A paper of forty sections and two dozen notices."""
    base, said = full_paper(), words("ka", 5)
    names = [f"{said.few(2)} {at}" for at in range(40)]
    links = tuple(Link(stack_path(StackName("section", name)), said.few(2)) for name in names)
    risks = tuple(
        replace(base.risks[at % 3], place=said.few(1), acts=said.few(4), penalty=said.few(9)) for at in range(24)
    )
    return replace(base, sections=links, section_ids=tuple(names), risks=risks)


def site(stories, language="ka", its_paper=None):
    """Every page of a paper of these stories, each of which is there in 27 languages."""
    mine = {story.story_id: story for story in stories}
    others = {
        story.story_id: {tag: f"{tag}/{story_path(story)}" for tag in LANGUAGES}
        for story in stories
        if not story.story_id.startswith("around")
    }
    cards = [Card.of(story, ISSUE) for story in stories]
    pressed = list(LanguageSite(its_paper or full_paper(language)).build(cards, mine.__getitem__, others, ISSUE, NOW))
    assert len({path for path, _ in pressed}) == len(pressed)
    return {path: data for path, data in pressed if path.endswith(".html")}


def pages_of(files, story):
    """The pages of a story in order, and all of its text below the headline, without spaces."""
    path = story_path(story)
    folder, name = path.rsplit("/", 1)
    pages = [Page(path, files[path])]
    while (further := f"{folder}.{len(pages) + 1}/{name}") in files:
        pages.append(Page(further, files[further]))
    return pages


def bare(text):
    return "".join(text.split())


def body_text(pages):
    """All text of the bodies of these pages, one after the other."""
    texts = [each.text for page in pages for each in page.every("div") if each.get("class") == "text"]
    assert len(texts) == len(pages)
    return bare("".join(texts))


def check_weight(files):
    size, path = max((wire(data), path) for path, data in files.items())
    assert size <= PAGE_BYTES, path


def check_ways(files, pages):
    """Each page leads to the one before and the one after, and says which it is."""
    for at, page in enumerate(pages, 1):
        ways = {element.get("rel"): element.get("href") for element in page.every("a") if element.get("rel")}
        near = {"prev": at - 2, "next": at}
        expected = {rel: pages[to].path for rel, to in near.items() if 0 <= to < len(pages)}
        found = {rel: normpath(join(dirname(page.path), href)) for rel, href in ways.items() if rel in near}
        assert found == expected
        assert set(found.values()) <= files.keys()
    assert len({page.one("title").text for page in pages}) == len(pages)
    assert len([page for page in pages if list(page.every("script"))]) == 1


# --- at the edge --------------------------------------------------------------------------------------------------


@cache
def known_words(language):
    return sorted(set(words(language).few(3_000).split()))


def prose(language, count):
    """A body of so many words of the language in no order, in paragraphs of 60."""
    text = random.Random(3).choices(known_words(language), k=count)
    return tuple(Paragraph(rich(" ".join(text[at : at + 60]) + ".")) for at in range(0, count, 60))


def long_story(language, count):
    return Story("long", language, words(language, 9).few(7), NOW - timedelta(hours=1), prose(language, count))


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_a_story_at_the_edge_is_on_one_page_and_with_a_word_more_on_two(language):
    def files(count):
        return {path: data for path, data in site([long_story(language, count)], language).items() if "long" in path}

    def made_of(count):
        return pages_of(files(count), long_story(language, count))

    fitting, over = 1_000, 5_000
    assert (len(files(fitting)), len(files(over)) > 1) == (1, True)
    while over - fitting > 1:
        middle = (fitting + over) // 2
        fitting, over = (middle, over) if len(files(middle)) == 1 else (fitting, middle)
    under, above = made_of(fitting), made_of(over)
    assert PAGE_BYTES - 40 < wire(under[0].data) <= PAGE_BYTES
    assert [len(under), len(above)] == [1, 2]
    for count, made in ((fitting, under), (over, above)):
        story = long_story(language, count)
        assert body_text(made) == bare("".join(block.text[0].text for block in story.body))
        check_ways(files(count), made)
        check_weight({page.path: page.data for page in made})


@pytest.mark.parametrize("language", ["ka", "ru"])
def test_pages_of_prose_are_full(language):
    """Readers turn no more pages than they have to, and paragraphs stay whole."""
    story = long_story(language, 7_200)
    made = pages_of(files := site([story], language), story)
    check_weight(files)
    check_ways(files, made)
    paragraphs = [bare(each.text) for page in made for each in page.every("p") if _is_in_body(each)]
    assert paragraphs == [bare(block.text[0].text) for block in story.body]
    assert min(wire(page.data) for page in made[1:-1]) > PAGE_BYTES - 1_000


def _is_in_body(element):
    return any(each.get("class") == "text" for each in element.inside)


# --- noise --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10_000, 60_000, 300_000])
@pytest.mark.parametrize("kind", KINDS)
def test_noise_takes_as_many_pages_as_it_needs(kind, size):
    noise = Noise(kind)
    sizes = [size * part // 6 for part in (1, 2, 3)]
    body = tuple(Paragraph(rich(noise.text(each))) for each in sizes)
    story = Story(noise.story_id(), "ka", "ნაპირი", NOW, body)
    files = site([story])
    made = pages_of(files, story)
    check_weight(files)
    check_ways(files, made)
    assert body_text(made) == bare("".join(block.text[0].text for block in body))
    assert len(made) < 3 + sum(map(wire, (block.text[0].text.encode() for block in body))) / 4_000


def test_a_word_without_end_is_read_whole():
    word = "შ" * 60_000
    story = Story("word", "ka", "ნაპირი", NOW, (Paragraph(rich(word)), Paragraph(rich("x" * 60_000))))
    files = site([story])
    check_weight(files)
    assert body_text(pages_of(files, story)) == word + "x" * 60_000


def parts_of_a_story(noise):
    """Each part of a story in turn, far too long: fields of the story, and all texts to be found."""
    big, few, many = noise.text(24_000), noise.text(900), [noise.text(900) for _ in range(64)]
    quoted = tuple(rich(text) for text in many[:20])
    rows = tuple((rich(one), rich(other), ()) for one, other in zip(many[:20], many[20:40], strict=True))
    yield "headline", {"headline": big}, [big]
    yield "lead", {"lead": big}, [big]
    yield "byline", {"byline": (big,)}, [big]
    yield "bylines", {"byline": tuple(many)}, many
    yield "dateline", {"dateline": big}, [big]
    yield "caption", {"picture": noise.picture(caption=big)}, [big]
    yield "alt", {"picture": noise.picture(big)}, [big]
    yield "credit", {"picture": noise.picture(credit=big)}, [big]
    yield "correction", {"corrections": (Correction(NOW, big),)}, [big]
    yield "corrections", {"corrections": tuple(Correction(NOW, text) for text in many)}, many
    yield "agency", {"agencies": (big,)}, [big]
    yield "agencies", {"agencies": tuple(many)}, many
    yield "topics", {"topics": (big, *many[:63])}, []
    yield "sections", {"sections": (big, *many[:63])}, []
    yield "quotation", {"body": (Quote(quoted, big),)}, [*many[:20], big]
    yield "cell", {"body": (Table(((rich(big), rich("b")), (rich("c"), rich("d")))),)}, [big]
    yield "table", {"body": (Table(rows, header=True, caption=big),)}, [big, *many[:40]]
    yield "list", {"body": (ListBlock(quoted, ordered=True),)}, many[:20]
    yield "picture", {"body": (PictureBlock(noise.picture(big, caption=few, credit=big)),)}, [few, big, big]
    yield "embed", {"body": (Embed(noise.address(), few),)}, [few]
    yield "link", {"body": (Paragraph((Run(few, href=noise.address()), Run(big))),)}, [few, big]


def crowded_bodies(noise):
    """Bodies of thousands of small things: what is heavy is not the text."""
    short = [rich(noise.text(12)) for _ in range(4_000)]
    yield "cells", (Table((tuple(short),)),)
    yield "rows", (Table(tuple((text,) for text in short), header=True, caption="c"),)
    yield "empty cells", (Table((((),) * 8,) * 1_000),)
    yield "items", (ListBlock(tuple(short), ordered=True),)
    yield "quotations", (Quote(tuple(short), "w"),)
    yield "marks", (Paragraph(tuple(Run(text[0].text, at % 2 == 0, at % 3 == 0) for at, text in enumerate(short))),)
    yield "pictures", tuple(PictureBlock(noise.picture(text[0].text)) for text in short[:500])
    yield "links", tuple(Embed(noise.address()[:90], text[0].text) for text in short[:500])


@pytest.mark.parametrize("part", [name for name, _ in crowded_bodies(Noise("chinese"))])
def test_thousands_of_small_things_fit(part):
    noise = Noise("chinese")
    story = story_with(noise, {"body": dict(crowded_bodies(noise))[part]})
    files = site([story])
    check_weight(files)
    check_ways(files, pages_of(files, story))


def test_a_story_of_many_pages_is_whole_in_the_feeds():
    body = prose("ka", 19_980)
    story = Story("long", "ka", "ნაპირი", NOW, body)
    card = Card.of(story, ISSUE)
    files = dict(LanguageSite(full_paper()).build([card], {"long": story}.__getitem__, {}, ISSUE, NOW))
    assert "2026/11.4/long.html" in files
    for path in ("feed.atom.xml", "rss.xml", "feed.json"):
        (text,) = contents(path, files[path]).values()
        told = [paragraph for paragraph in Html(text).paragraphs if len(paragraph) > 200]
        assert told == [block.text[0].text for block in body]


def story_with(noise, fields):
    plain = {"story_id": noise.story_id(), "language": "ka", "headline": "ნაპირი", "published": NOW}
    return Story(**{"body": (Paragraph(rich("ტექსტი")),), **plain, **fields})


def around(noise):
    """What else a page may show: related stories and breaking news, as long as they come."""
    for number in range(5):
        yield Story(
            f"around{number}{noise.story_id()[:190]}", "ka", noise.text(2_000), NOW - timedelta(hours=number + 1),
            lead=noise.text(2_000), breaking_until=NOW + timedelta(hours=1), topics=("shared", "also"),
        )  # fmt: skip


@pytest.mark.parametrize("kind", ["base64", "chinese"])
@pytest.mark.parametrize("part", [name for name, _, _ in parts_of_a_story(Noise("base64"))])
def test_whatever_part_of_a_story_is_long_its_pages_are_not(part, kind):
    noise = Noise(kind)
    fields, texts = next((fields, texts) for name, fields, texts in parts_of_a_story(noise) if name == part)
    story = story_with(noise, {"topics": ("shared", "also"), **fields})
    files = site([story, *around(noise)])
    made = pages_of(files, story)
    check_weight(files)
    check_ways(files, made)
    shown = body_text(made) + bare("".join(each.text for page in made for each in page.every("article")))
    assert [text[:60] for text in texts if bare(text) not in shown] == []


@pytest.mark.parametrize("part", [name for name, _, _ in parts_of_a_story(Noise("base64")) if name != "topics"])
def test_one_long_part_of_a_story_takes_nothing_of_what_stands_around_it(part):
    noise = Noise("georgian")
    fields = next(fields for name, fields, _ in parts_of_a_story(noise) if name == part)
    story = story_with(noise, {"topics": ("shared", "also"), "lead": "შესავალი", **fields})
    near = [_related(at) for at in range(5)]
    files = site([story, *near])
    made = pages_of(files, story)
    check_weight(files)
    related = [each.text for each in made[-1].every("h3") if any(up.get("class") == "related" for up in each.inside)]
    assert len(related) >= 3
    assert [each.text for each in made[-1].every("a") if "/t/" in each.get("href")] == ["shared", "also"]
    if part != "lead":
        assert "შესავალი" in [each.text for each in made[0].every("p")]


def _related(number):
    when = NOW - timedelta(hours=number)
    return Story(f"around{number}", "ka", f"ამბავი {number}", when, topics=("shared", "also"))


@pytest.mark.parametrize("headline", [1_000, 30_000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_story_of_which_everything_is_long_still_fits(kind, headline):
    """Each part is just short enough to stay in its place, so that together they leave no room for a body."""
    noise = Noise(kind)
    sizes = {"headline": headline, "lead": 1_000, "dateline": 200, "byline": 600, "agencies": 600, "topics": 600}
    fields = {name: noise.text(size) for name, size in sizes.items()}
    fields |= {name: (fields[name],) for name in ("byline", "agencies")}
    fields["topics"] = ("shared", "also", fields["topics"])
    fields["corrections"] = (Correction(NOW, noise.text(1_000)), Correction(NOW, noise.text(1_000)))
    fields["picture"] = noise.picture(noise.text(300), caption=noise.text(400), credit=noise.text(300))
    body = noise.text(30_000)
    story = story_with(noise, {**fields, "body": (Paragraph(rich(body)),)})
    files = site([story, *around(noise)], its_paper=crowded_paper())
    made = pages_of(files, story)
    check_weight(files)
    assert bare(body) in body_text(made)
    shown = body_text(made) + bare("".join(each.text for page in made for each in page.every("article")))
    for text in (fields["headline"], fields["lead"], fields["dateline"], *fields["byline"], *fields["agencies"]):
        assert bare(text) in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_that_need_not_be_measured_is_within_the_budget(kind):
    story = Story("bare", "ka", "ნ", NOW)
    shared = site([story])[story_path(story)]
    certain = certain_bytes(shared)
    noise = Noise(kind).text(4 * (certain - len(shared))).encode()[: certain - len(shared)]
    page = shared.replace(b'<div class="text">', b'<div class="text">' + noise)
    assert len(page) == certain
    assert fits(page, certain)
    assert wire(page) <= PAGE_BYTES


@pytest.mark.parametrize("around", [4_000, 6_500, 11_000])
def test_pages_are_found_in_few_tries(around):
    """Blocks that are a few bytes too long for a page by themselves must not be tried byte by byte."""
    noise, tries = Noise("base64"), []
    shared, text = noise.text(around), noise.text(90_000)

    def render(body, at, of):
        tries.append(of)
        return f"{shared}{at}{body}".encode()

    made = pages(lambda most: [text[at : at + most] for at in range(0, len(text), most)], render, 0)
    assert (
        "".join(page.decode().removeprefix(f"{shared}{at}") for at, page in enumerate(made, 1)).replace("\n", "")
        == text
    )
    assert max(map(wire, made)) <= PAGE_BYTES
    assert len(tries) < 40 * len(made)


def test_further_pages_lie_where_no_other_story_can():
    long = tuple(Paragraph(rich(Noise("base64").text(30_000))) for _ in range(2))
    names = ("x", "x.2", "x~2", "x-2", "2", "11.2", "index", "x.html")
    files = site([Story(name, "ka", "ნაპირი", NOW, long) for name in names])
    for name in names:
        made = pages_of(files, Story(name, "ka", "ნაპირი", NOW))
        assert len(made) > 5
        assert all(page.path.endswith(f"/{name}.html") for page in made)


# --- lists --------------------------------------------------------------------------------------------------------


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


def test_an_archive_of_a_thousand_months_fits_and_no_month_is_lost():
    stories = [
        Story(f"m{month}", "ka", "ნაპირი", datetime(1970 + month // 12, month % 12 + 1, 3, tzinfo=UTC))
        for month in range(1_000)
    ]
    files = site(stories)
    check_weight({path: data for path, data in files.items() if not path.startswith(("19", "20"))})
    archive = Page("archive.html", files["archive.html"])
    reached = {link.get("href") for link in archive.every("a") if link.get("href").startswith("archive/")}
    assert len(reached) >= 200
    page = Page(min(reached), files[min(reached)])
    while older := [link for link in page.every("a") if link.get("rel") == "next"]:
        path = normpath(join(dirname(page.path), older[0].get("href")))
        reached.add(path)
        page = Page(path, files[path])
    assert reached == {path for path in files if path.startswith("archive/")}


def test_the_chooser_of_all_languages_fits():
    assert len(LANGUAGES) == 27
    page = chooser([full_paper(language) for language in INTERFACE_LANGUAGES])
    assert len(list(Page("index.html", page).every("a"))) == len(INTERFACE_LANGUAGES)
    assert BASE_URL.encode() in page
    assert wire(page) <= PAGE_BYTES
