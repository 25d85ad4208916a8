"""Stories as lines for a terminal: wrapped to its width, right to left where due, harmless whatever they hold."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, assert_never

from rich.cells import cell_len

from tamizdat.locales import Locale, is_right_to_left, open_locale
from tamizdat.locales.corrections import is_marked, said_on
from tamizdat.roads.harmless import harmless
from tamizdat.story import (
    CLARIFICATION,
    RETRACTION,
    Block,
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    PictureBlock,
    Quote,
    RichText,
    SoundBlock,
    Story,
    Table,
    plain,
)

_RIGHT_TO_LEFT_MARK: Final = "\u200f"
MAX_WIDTH: Final = 78


class Sheet:
    """Lays out lines of ``width`` cells for one language.

    Terminals disagree about right-to-left text: those that reorder it themselves need the logical order and a hint,
    and would spoil text reordered before. So lines stay in logical order, begin with a right-to-left mark, and are set
    flush right when ``align`` says that somebody is looking.
    """

    def __init__(self, language: str, width: int = MAX_WIDTH, *, align: bool = True) -> None:
        self._right = is_right_to_left(language)
        self._width = max(20, min(width, MAX_WIDTH))
        self._align = align and self._right

    def lines(self, text: str, first: str = "", rest: str = "") -> Iterator[str]:
        """``text`` wrapped; the first line begins with ``first``, the others with ``rest``."""
        line = first
        empty = True
        for word in harmless(text).split(" "):
            longer = line + word if empty else f"{line} {word}"
            if not empty and cell_len(longer) > self._width:
                yield self._place(line)
                line, longer = rest, rest + word
            line, empty = longer, False
        yield self._place(line)

    def _place(self, line: str) -> str:
        if not self._right:
            return line.rstrip()
        padding = " " * (self._width - cell_len(line)) if self._align else ""
        return f"{padding}{_RIGHT_TO_LEFT_MARK}{line}"


def story_lines(story: Story, sheet: Sheet) -> Iterator[str]:
    """A whole story, its labels and times in its own language where the interface exists in that."""
    words = open_locale(story.language)
    yield from sheet.lines(_marked(story, words))
    yield ""
    for correction in story.corrections:
        if correction.kind in {RETRACTION, CLARIFICATION}:
            yield from _correction_lines(correction, sheet, words)
            yield ""
    if story.retracted:
        yield from sheet.lines(words.texts["retracted_text"])
        yield ""
    if story.lead:
        yield from sheet.lines(story.lead)
        yield ""
    byline, published = ", ".join(story.byline), words.date_time(story.published)
    yield from sheet.lines(" · ".join(part for part in (byline, story.dateline, published) if part))
    if story.picture:
        yield ""
        yield from sheet.lines(f"[{story.picture.alt}] {story.picture.caption} {story.picture.credit}".rstrip())
    for block in story.body:
        yield ""
        yield from _block_lines(block, sheet)
    yield from _end_lines(story, sheet, words)


def _end_lines(story: Story, sheet: Sheet, words: Locale) -> Iterator[str]:
    if story.translation:
        yield ""
        by_machine = story.translation == "machine"
        yield from sheet.lines(words.say("machine_translation") if by_machine else f"Translation: {story.translation}")
    for correction in story.corrections:
        if correction.kind not in {RETRACTION, CLARIFICATION}:
            yield ""
            yield from _correction_lines(correction, sheet, words)
    if story.agencies:
        yield ""
        yield from sheet.lines(words.say("with_reporting_by", agencies=words.join(story.agencies)))
    if story.related:
        yield ""
        yield from sheet.lines(f"{words.texts['related_stories']}: {' · '.join(story.related)}", "", "    ")


def _correction_lines(correction: Correction, sheet: Sheet, words: Locale) -> Iterator[str]:
    yield from sheet.lines(said_on(correction, words))
    yield from sheet.lines(correction.text)


def _marked(story: Story, words: Locale) -> str:
    is_said = is_marked(story.headline, words, retracted=story.retracted)
    return f"[{words.texts['retracted']}] {story.headline}" if is_said else story.headline


def _block_lines(block: Block, sheet: Sheet) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from sheet.lines(_linked(text))
        case Heading(text, level):
            yield from sheet.lines(_linked(text), "#" * level + " ")
        case Quote(paragraphs, attribution):
            for paragraph in paragraphs:
                yield from sheet.lines(_linked(paragraph), "  > ", "  > ")
            if attribution:
                yield from sheet.lines(attribution, "  — ", "    ")
        case ListBlock(items, ordered):
            for number, item in enumerate(items, 1):
                yield from sheet.lines(_linked(item), f"  {number}. " if ordered else "  • ", "    ")
        case PictureBlock(picture):
            yield from sheet.lines(f"[{picture.alt}] {picture.caption} {picture.credit}".rstrip())
        case Table():
            yield from _table_lines(block, sheet)
        case Embed(url, title):
            yield from sheet.lines(f"{title}: {url}", "  → ", "    ")
        case SoundBlock():
            yield from _sound_lines(block, sheet)
        case _:
            assert_never(block)


def _sound_lines(block: SoundBlock, sheet: Sheet) -> Iterator[str]:
    """What it is called, how long it takes, what each file of it weighs and where it lies; then every word."""
    minutes, seconds = divmod(block.recording.seconds if block.recording else 0, 60)
    yield from sheet.lines(f"{block.title} ({minutes}:{seconds:02})", "  ♪ ", "    ")
    for file in block.recording.files if block.recording else ():
        yield from sheet.lines(f"{file.path}, {file.kilobits} kbit/s, {-(-file.size // 1_000)} kB", "    ", "    ")
    for text in block.transcript:
        yield from sheet.lines(_linked(text), "  | ", "  | ")


def _table_lines(table: Table, sheet: Sheet) -> Iterator[str]:
    if table.caption:
        yield from sheet.lines(table.caption)
    for row in table.rows:
        yield from sheet.lines(" | ".join(plain(cell) for cell in row), "  ", "    ")


def _linked(text: RichText) -> str:
    """The words, each link followed by its address: terminals have no other way to show where it leads."""
    return "".join(f"{run.text} <{run.href}>" if run.href else run.text for run in text)


def shown_time(when: datetime) -> str:
    """A time for people: UTC, to the minute."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def list_lines(stories: Iterable[Story], sheet: Sheet, now: datetime) -> Iterator[str]:
    """A list of stories: headline, then id and time."""
    for story in stories:
        mark, words = "!! " if story.is_breaking(now) else "", open_locale(story.language)
        yield from sheet.lines(mark + _marked(story, words))
        published = words.date_time(story.published)
        yield from sheet.lines(f"{story.story_id} · {published}", "    ", "    ")
