"""A newsroom with many stories, made fast: through the same code that whole sites move in by."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tamizdat.errors import ItemError
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.sources.port import Gathered, Report
from tamizdat.story import Paragraph, Story, rich

START: Final = datetime(2020, 1, 1, 6, 0, tzinfo=UTC)
SECTIONS: Final = ("politics", "society", "economy", "culture")
_WORDS: Final = "the harbour was closed after workers began a strike over pay and hours that have not changed in years"


class ManyStories:
    """``count`` stories, in turn in each of ``languages``; the texts are alike and no two are the same."""

    name = "many stories"
    complete = True

    def __init__(self, count: int, languages: Sequence[str] = ("en",), paragraphs: int = 6) -> None:
        self._count = count
        self._languages = tuple(languages)
        self._paragraphs = paragraphs

    def stories(self, report: Report) -> Iterator[Gathered]:
        """One story after the other."""
        del report
        for number in range(self._count):
            group, at = divmod(number, len(self._languages))
            yield Gathered(self._story(group, self._languages[at]), dated=True, where=f"story {number}")

    def _story(self, number: int, language: str) -> Story:
        texts = (
            f"{number}.{at} {_WORDS} ({language} {number * 7919 % 104_729}). " * 3 for at in range(self._paragraphs)
        )
        return Story(
            story_id=f"story-{number}",
            language=language,
            headline=f"Story {number} about the harbour",
            published=START + timedelta(minutes=37 * number),
            byline=(f"Reporter {number % 40}",),
            sections=(SECTIONS[number % len(SECTIONS)],),
            topics=(f"topic {number % 200}",),
            body=tuple(Paragraph(rich(text.strip())) for text in texts),
        )

    def open_picture(self, origin: str) -> bytes:
        """There are none. Raises ItemError."""
        raise ItemError("has no pictures", where=origin)


def fill(count: int, languages: Sequence[str] = ("en",), paragraphs: int = 6) -> MoveReport:
    """Fill the newsroom of this process with ``count`` stories that are out."""
    return Mover(ManyStories(count, languages, paragraphs), "many").move()
