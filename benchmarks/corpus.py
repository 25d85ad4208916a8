"""Real news for every figure: 100 articles in 27 languages beside the checkout, never part of it."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tamizdat.story import Paragraph, Story, rich

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus" / "ntrex"
START = datetime(2026, 10, 1, 6, 0, tzinfo=UTC)
SECTIONS = ("politics", "society", "economy", "culture")


def languages() -> list[str]:
    """The corpus's languages; none where it is absent."""
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


@cache
def stories(language: str) -> tuple[Story, ...]:
    """The articles with the metadata that a newsroom would give them: byline, place, section, topics, time.

    The metadata is the same for ours and for every peer.
    """
    lines = (FOLDER / f"{language}.jsonl").read_text("utf-8").splitlines()
    return tuple(_story(json.loads(line), number) for number, line in enumerate(lines))


def _story(fields: dict[str, Any], number: int) -> Story:
    paragraphs = [str(text) for text in fields["paragraphs"]]
    return Story(
        story_id=str(fields["id"]),
        language=str(fields["lang"]),
        headline=str(fields["headline"]),
        published=START + timedelta(hours=7 * number, minutes=13 * number % 60),
        byline=(f"Reporter {number % 7}",),
        dateline=f"City {number % 9}",
        sections=(SECTIONS[number % 4],),
        topics=(f"topic-{number % 11}",),
        body=tuple(Paragraph(rich(text)) for text in paragraphs),
    )
