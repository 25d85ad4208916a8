"""Ten years of a newspaper for the build benchmark: real paragraphs (NTREX-128, English) put together anew.

Deterministic: story ``n`` is the same whatever else is made. The newest stories of ten years are those of one year, so
that a smaller site is a younger newspaper and not a thinner one.
"""

import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from benchmarks import corpus
from tamizdat.story import (
    Block,
    Correction,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    Quote,
    Run,
    Story,
    plain,
    rich,
)

END: Final = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
"""Nothing is published later. The benchmark's own changes are."""
ALL_STORIES: Final = 33_000
_SPAN: Final = timedelta(days=3_652)
SECTIONS: Final = ("politics", "economy", "society", "world", "culture", "science", "sport", "opinion")
TOPICS: Final = 400
_MEDIAN_CHARS: Final = 2_900
_SPREAD: Final = 0.6
"""Of the logarithm of a body's length: half of all stories have 1,900 to 4,300 characters, one in a hundred 11,700."""
_LONGEST_CHARS: Final = 60_000
_PICTURE: Final = (1280, 853)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What stories are put together from."""

    headlines: tuple[str, ...]
    paragraphs: tuple[str, ...]
    topics: tuple[str, ...]
    topic_weights: tuple[float, ...]
    """Summed: a few topics have many stories, most have few."""
    topic_days: tuple[tuple[float, float], ...]
    """When a topic was in the news: the middle and the width of its time, in parts of the ten years."""


@cache
def _parts() -> _Parts:
    articles = corpus.stories("en")
    blocks = [block for article in articles for block in article.body]
    paragraphs = tuple(plain(block.text) for block in blocks if isinstance(block, Paragraph))
    draw = random.Random("topics")
    words = sorted({word for text in paragraphs for word in text.split() if word.isascii() and word.isalpha()})
    words = [word.lower() for word in words if 5 <= len(word) <= 10]
    topics = tuple(dict.fromkeys(f"{draw.choice(words)} {draw.choice(words)}" for _ in range(2 * TOPICS)))[:TOPICS]
    weights = tuple(accumulate(1 / (place + 8) for place in range(TOPICS)))
    days = tuple((draw.random(), 10 ** draw.uniform(-2.3, 0.3)) for _ in topics)
    return _Parts(tuple(article.headline for article in articles), paragraphs, topics, weights, days)


def stories(count: int) -> Iterator[Story]:
    """The ``count`` newest, in order of time."""
    return (story(number) for number in range(ALL_STORIES - count, ALL_STORIES))


def story(number: int, published: datetime | None = None) -> Story:
    """Story ``number``. From 33,000 on they are new ones, for changes: give them a time."""
    draw = random.Random(number)
    parts = _parts()
    part = (number + draw.random()) / ALL_STORIES
    when = published or END - timedelta(seconds=round(_SPAN.total_seconds() * (1 - part)))
    words = draw.choice(parts.headlines).split(), draw.choice(parts.headlines).split()
    return Story(
        story_id=f"story-{number:05}",
        language="en",
        headline=" ".join((*words[0][: len(words[0]) // 2 + 1], *words[1][len(words[1]) // 2 :])),
        published=when,
        lead=draw.choice(parts.paragraphs) if draw.random() < 0.85 else "",
        byline=tuple(f"Reporter {draw.randrange(40)}" for _ in range(1 + (draw.random() < 0.15))),
        dateline=f"City {draw.randrange(60)}" if draw.random() < 0.7 else "",
        sections=tuple(draw.sample(SECTIONS, 1 + (draw.random() < 0.2))),
        topics=_topics(draw, parts, part),
        updated=when + timedelta(minutes=draw.randrange(5, 3_000)) if draw.random() < 0.15 else None,
        agencies=("Far News",) if draw.random() < 0.2 else (),
        picture=_picture(number, draw, parts) if draw.random() < 0.7 else None,
        corrections=_corrections(draw, parts, when) if draw.random() < 0.03 else (),
        body=tuple(_body(draw, parts)),
    )


def _topics(draw: random.Random, parts: _Parts, part: float) -> tuple[str, ...]:
    """One to three; each story takes those of its time."""
    found: dict[str, None] = {}
    wanted = draw.randint(1, 3)
    while len(found) < wanted:
        (at,) = draw.choices(range(TOPICS), cum_weights=parts.topic_weights)
        middle, width = parts.topic_days[at]
        if draw.random() < math.exp(-(((part - middle) / width) ** 2)):
            found[parts.topics[at]] = None
    return tuple(found)


def _picture(number: int, draw: random.Random, parts: _Parts) -> Picture:
    return Picture(
        alt=draw.choice(parts.headlines),
        file=hashlib.sha256(b"picture %d" % number).hexdigest(),
        width=_PICTURE[0],
        height=_PICTURE[1],
        caption=draw.choice(parts.paragraphs) if draw.random() < 0.8 else "",
        credit=f"Photographer {draw.randrange(30)}",
    )


def _corrections(draw: random.Random, parts: _Parts, when: datetime) -> tuple[Correction, ...]:
    return (Correction(when + timedelta(hours=draw.randrange(2, 200)), draw.choice(parts.paragraphs)),)


def _body(draw: random.Random, parts: _Parts) -> Iterator[Block]:
    """Paragraphs, now and then with a link, a heading, a quotation or a list."""
    room = min(int(draw.lognormvariate(math.log(_MEDIAN_CHARS), _SPREAD)), _LONGEST_CHARS)
    headings = draw.random() < 0.3
    at = 0
    while room > 0:
        text = draw.choice(parts.paragraphs)
        room -= len(text)
        at += 1
        kind = draw.random()
        if headings and at % 6 == 0:
            yield Heading(rich(draw.choice(parts.headlines)))
        if kind < 0.05:
            yield Quote((rich(text),))
        elif kind < 0.06:
            yield ListBlock(tuple(rich(each) for each in draw.choices(parts.headlines, k=3)))
        elif kind < 0.14:
            yield Paragraph(_linked(draw, text))
        else:
            yield Paragraph(rich(text))


def _linked(draw: random.Random, text: str) -> tuple[Run, ...]:
    """``text`` with a link in it, or something emphasised."""
    words = text.split(" ")
    at = draw.randrange(len(words))
    before, inside, after = " ".join(words[:at]), words[at], " ".join(words[at + 1 :])
    runs = []
    if before:
        runs.append(Run(f"{before} "))
    if draw.random() < 0.7:
        runs.append(Run(inside, href=f"https://source.example/{draw.randrange(9_999)}"))
    else:
        runs.append(Run(inside, emphasis=True))
    if after:
        runs.append(Run(f" {after}"))
    return tuple(runs)
