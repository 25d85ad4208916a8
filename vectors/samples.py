"""What vectors are made of, and the stories that they speak about."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from tamizdat.story import (
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    Run,
    SoundBlock,
    SoundFile,
    Story,
    Table,
    rich,
)

Vector = dict[str, Any]
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_LONG = 20_000
_TYPES = {
    Paragraph: "paragraph",
    Heading: "heading",
    Quote: "quote",
    ListBlock: "list",
    PictureBlock: "picture",
    Table: "table",
    Embed: "embed",
    SoundBlock: "sound",
}

SMALL = Story("strike", "ru", "Забастовка", NOON, (Paragraph(rich("Порт стоит.")),))
PICTURE = Picture(
    "A crane.", "0f" * 32, width=640, height=360, caption="At dawn.", credit="Harbour Wire", focus=(500, 300)
)
FULL = Story(
    story_id="harbour-strike_2.~x",
    language="en",
    headline="Dockers stop  work",
    published=NOON,
    revision=3,
    lead="Cranes stand still.",
    byline=("Ilka Dervane", "Davin Morrel"),
    dateline="Port Imbel",
    sections=("economy",),
    topics=("ports", "strikes"),
    updated=NOON.replace(hour=13),
    breaking_until=NOON.replace(hour=18),
    translation="machine",
    agencies=("Harbour Wire",),
    picture=PICTURE,
    corrections=(Correction(NOON.replace(hour=13), "It was Monday, not Tuesday."),),
    body=(
        Paragraph(
            (
                Run("They "),
                Run("stopped", emphasis=True),
                Run(" ", emphasis=True, strong=True),
                Run("work", strong=True),
            )
        ),
        Paragraph(
            (Run("Read "), Run("why", href="https://far-shore.example/a?b=c"), Run("this", strong=True, href="/x"))
        ),
        Heading(rich("What next"), 3),
        Quote((rich("We wait."), rich("We can.")), "A docker"),
        ListBlock((rich("one"), rich("two")), ordered=True),
        ListBlock((rich("three"),)),
        PictureBlock(PICTURE),
        Table(((rich("ship"), rich("days")), (rich("Mira"), ())), header=True, caption="Waiting"),
        Embed("https://video.example/1", "Video"),
    ),
)

TOLD = replace(
    SMALL,
    corrections=(
        Correction(NOON.replace(hour=13), "It was Monday, not Tuesday."),
        Correction(NOON.replace(hour=14), "The union speaks for half of the dockers.", "clarification"),
        Correction(NOON.replace(hour=15), "With what the port says.", "update"),
        Correction(NOON.replace(hour=16), "A word of later versions.", "second-thought"),
        Correction(NOON.replace(hour=16), "It was a Mira, not a Vega."),
    ),
    related=("harbour-strike_1", "Z"),
)
HEARD = replace(
    SMALL,
    body=(
        SoundBlock(
            "На причале",
            (rich("Илка: Порт стоит."), rich((Run("Докер: Мы "), Run("подождём", emphasis=True)))),
            Recording(
                245,
                (
                    SoundFile("1a" * 32, "audio/ogg", 12, 371_204),
                    SoundFile("2b" * 32, "audio/ogg", 24, 735_010),
                    SoundFile("3c" * 32, "audio/mpeg", 32, 980_412),
                ),
            ),
        ),
        Paragraph(rich("Порт стоит.")),
        SoundBlock(
            "Гудок", (rich("Гудок."),), Recording(14_400, (SoundFile("4d" * 32, "audio/mpeg", 512, 64_000_000),))
        ),
    ),
)
RETRACTED = Story(
    "false-alarm",
    "en",
    "Port closed for good",
    NOON,
    byline=("Ilka Dervane",),
    sections=("economy",),
    updated=NOON.replace(hour=13),
    corrections=(Correction(NOON.replace(hour=14), "The letter that we quoted is forged.", "retraction"),),
)


def value_json(value: Any) -> Any:
    """A value as JSON: every field by its name in ``story.py``; blocks say their ``type``."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, tuple):
        return [value_json(item) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    kind = {"type": _TYPES[type(value)]} if type(value) in _TYPES else {}
    return kind | {field.name: value_json(getattr(value, field.name)) for field in fields(value) if field.compare}


def spelled(*parts: bytes | tuple[bytes, int]) -> Vector:
    """The input of a vector: hexadecimal, or where that is long, parts and how often each stands there."""
    pairs = [part if isinstance(part, tuple) else (part, 1) for part in parts]
    if sum(len(part) * times for part, times in pairs) < _LONG:
        return {"input": b"".join(part * times for part, times in pairs).hex()}
    return {"parts": [[part.hex(), times] for part, times in pairs]}


def good(name: str, rule: str, data: bytes, expect: object, **more: object) -> Vector:
    """A vector that must be read."""
    return {"name": name, "rule": rule, **more, **spelled(data), "expect": expect}


def bad(
    name: str, rule: str, data: bytes | Iterable[bytes | tuple[bytes, int]], failure: str, **more: object
) -> Vector:
    """A vector that must be refused."""
    parts = (data,) if isinstance(data, bytes) else tuple(data)
    return {"name": name, "rule": rule, **more, **spelled(*parts), "failure": failure}
