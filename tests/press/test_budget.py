"""No page of a story is heavier than 14,600 bytes, whatever a source sends; and no word is lost for it."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from budget_kit import (
    ISSUE,
    KINDS,
    PAGE_BYTES,
    Noise,
    bare,
    body_text,
    check_ways,
    check_weight,
    crowded_paper,
    full_paper,
    pages_of,
    site,
    wire,
)
from feed_kit import Html, contents

from tamizdat.press.budget import certain_bytes, fits, pages
from tamizdat.press.card import Card, story_path
from tamizdat.press.site import LanguageSite
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
from web.rich_paper import NOW, words

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
    """Readers turn no more pages than they have to, whatever stands below the last, and paragraphs stay whole."""
    story, noise = replace(long_story(language, 13_200), topics=("shared", "also")), Noise("georgian")
    near = [replace(_related(at), language=language, headline=noise.text(700)) for at in range(5)]
    made = pages_of(files := site([story, *near], language), story)
    check_weight(files)
    check_ways(files, made)
    paragraphs = [bare(each.text) for page in made for each in page.every("p") if _is_in_body(each)]
    assert paragraphs == [bare(block.text[0].text) for block in story.body]
    # What is too much for the last page is shared out between it and the one before.
    assert min(wire(page.data) for page in made[1:-2]) > PAGE_BYTES - 1_000


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


def test_wordy_news_has_all_of_its_header_in_place():
    said = words("ka", 2)
    story = story_with(
        Noise("base64"),
        {
            "headline": said.few(36),
            "lead": said.few(60),
            "byline": tuple(said.few(2) for _ in range(8)),
            "dateline": said.few(6),
            "agencies": tuple(said.few(2) for _ in range(16)),
            "picture": Picture(
                said.few(20), "ab" * 32, width=1280, height=960, caption=said.few(40), credit=said.few(4)
            ),
            "corrections": tuple(Correction(NOW - timedelta(hours=at), said.few(30)) for at in range(4)),
            "body": prose("ka", 600),
        },
    )
    assert min(map(len, (story.headline, story.lead, story.picture.caption))) > 240
    files = site([story])
    (page,) = pages_of(files, story)
    check_weight(files)
    texts = {
        each.get("class") or each.tag: each.text for each in page.every("h1", "p", "figcaption", "span", "section")
    }
    assert texts["h1"] == story.headline
    assert texts["lead soft"] == story.lead
    assert story.picture.caption in texts["figcaption"]
    assert all(name in texts["author"] for name in story.byline)
    assert all(name in texts["agencies small soft"] for name in story.agencies)
    assert all(each.text in texts["corrections"] for each in story.corrections)
    assert body_text([page]) == bare("".join(block.text[0].text for block in story.body))


@pytest.mark.parametrize("headline", [1_200, 30_000])
@pytest.mark.parametrize("kind", KINDS)
def test_a_story_of_which_everything_is_long_still_fits(kind, headline):
    """Each part is just short enough to stay in its place, so that together they leave no room for a body."""
    noise = Noise(kind)
    sizes = {"headline": headline, "lead": 2_000, "dateline": 300, "byline": 1_500, "agencies": 1_500, "topics": 1_400}
    fields = {name: noise.text(size) for name, size in sizes.items()}
    fields |= {name: (fields[name],) for name in ("byline", "agencies")}
    fields["topics"] = ("shared", "also", fields["topics"])
    fields["corrections"] = (Correction(NOW, noise.text(2_000)), Correction(NOW, noise.text(1_990)))
    fields["picture"] = noise.picture(noise.text(600), caption=noise.text(800), credit=noise.text(590))
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


def counted_pages(blocks, extra=lambda body, at, of: ""):
    """Pages of ``blocks`` in a frame of 8 kB, and how many were made to find them."""
    shared, tries = Noise("base64").text(8_000), []

    def render(body, at, of):
        tries.append((at, of))
        return f"{shared}{body}{extra(body, at, of)}".encode()

    return pages(lambda _: blocks, render, 0)[0], len(tries)


def test_a_block_that_is_too_long_for_a_page_is_not_tried_byte_by_byte():
    noise = Noise("base64", 1)
    room = PAGE_BYTES - wire(Noise("base64").text(8_000).encode())
    blocks = [noise.text(room * 4 // 3 + 100), *(noise.text(200) for _ in range(90))]
    made, tries = counted_pages(blocks)
    assert len([page for page in made if wire(page) > PAGE_BYTES]) == 1
    assert len(made) < 6
    assert tries < 60


def test_pages_that_grow_with_their_body_are_found_in_few_tries():
    noise = Noise("base64", 1)
    blocks = [noise.text(200) for _ in range(900)]
    made, tries = counted_pages(blocks, lambda body, at, of: noise.text(len(body) // 20))
    assert max(map(wire, made)) <= PAGE_BYTES
    assert tries < 12 * len(made)


@pytest.mark.parametrize("count", range(180, 250, 5))
def test_what_stands_below_the_last_page_takes_no_room_of_others(count):
    noise = Noise("base64", count)
    below = noise.text(3_000)
    made, _ = counted_pages([noise.text(200) for _ in range(count)], lambda body, at, of: below if at == of else "")
    assert max(map(wire, made)) <= PAGE_BYTES
    assert len(made) > 3
    assert min(map(wire, made[:-2])) > PAGE_BYTES - 400


def test_further_pages_lie_where_no_other_story_can():
    long = tuple(Paragraph(rich(Noise("base64").text(30_000))) for _ in range(2))
    names = ("x", "x.2", "x~2", "x-2", "2", "11.2", "index", "x.html")
    files = site([Story(name, "ka", "ნაპირი", NOW, long) for name in names])
    for name in names:
        made = pages_of(files, Story(name, "ka", "ნაპირი", NOW))
        assert len(made) > 5
        assert all(page.path.endswith(f"/{name}.html") for page in made)
