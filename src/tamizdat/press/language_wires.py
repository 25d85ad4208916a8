"""The wires of one language, in each format that the settings name: a file for each story, and what changed last.

What changed last stands first, whenever it was published: whoever asks for nothing but that hears of a retraction of
last year, too. A story that was taken down leaves nothing, as everywhere on the site.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, islice
from typing import Final

from tamizdat.press.address import up
from tamizdat.press.card import Card, Issue, Key
from tamizdat.press.feeds.places import Places
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.newsml import front_package, newsml_file, newsml_item, newsml_message
from tamizdat.press.ninjs import ninjs_item, ninjs_items
from tamizdat.press.paper import Paper
from tamizdat.press.stack import ALL, Stacks
from tamizdat.press.wire import Wire

_MOST_BYTES: Final = 8_000_000
"""Of the items in one file: half of what a long book has. Stories that no longer fit have their own files."""
ManuscriptOf = Callable[[str], Manuscript]
Others = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Format:
    """One format: where its files lie below ``wire/``, and how they are written."""

    folder: str
    ending: str
    item: Callable[[Wire], bytes]
    file: Callable[[bytes], bytes]

    @property
    def newest(self) -> str:
        """Where what changed last is, below the language's folder."""
        return f"wire/{self.folder}.{self.ending}"

    def of(self, page: str) -> str:
        """Where the item of the story is whose page is at ``page``."""
        return f"wire/{self.folder}/{page.removesuffix('.html')}.{self.ending}"


_FORMATS: Final = {
    "ninjs": _Format("ninjs", "json", ninjs_item, lambda item: item + b"\n"),
    "newsml": _Format("newsml", "xml", newsml_item, newsml_file),
}


def newest_path(name: str) -> str:
    """Where the newest of a format is, below the language's folder: ``wire/ninjs.json``."""
    return _FORMATS[name].newest


def story_wire_path(name: str, page: str) -> str:
    """Where a story's item is: ``wire/ninjs/2026/11/<story id>.json`` beside ``2026/11/<story id>.html``."""
    return _FORMATS[name].of(page)


def story_wire(name: str, wire: Wire) -> bytes:
    """A story as a file of one format."""
    form = _FORMATS[name]
    return form.file(form.item(wire))


class LanguageWires:
    """Presses the wires of one language out of its stacks.

    Items of the newest are kept as long as they are among them. Say which stories changed, or of which another
    language's version came or went, with :meth:`forget`.
    """

    def __init__(self, paper: Paper, stacks: Stacks) -> None:
        self._paper = paper
        self._stacks = stacks
        self._formats = [_FORMATS[name] for name in paper.wires]
        self._kept: dict[tuple[str, str], bytes] = {}

    def story(self, card: Card, manuscript_of: ManuscriptOf, others: Others) -> Iterator[tuple[str, bytes]]:
        """Path below the language's folder, and bytes, of each file of one story."""
        for form in self._formats:
            path = form.of(card.path)
            yield path, form.file(form.item(self._wire(card, manuscript_of, others, path)))

    def paths(self, page: str) -> list[str]:
        """Where the files of the story at ``page`` lie."""
        return [form.of(page) for form in self._formats]

    def forget(self, changed: Iterable[str]) -> None:
        """Items of these stories are others now."""
        for story_id in changed:
            for form in self._formats:
                self._kept.pop((form.folder, story_id), None)

    def newest(
        self, pins: Sequence[str], issue: Issue, manuscript_of: ManuscriptOf, others: Others
    ) -> Iterator[tuple[str, bytes]]:
        """What changed last. NewsML-G2 says, too, what stands on the front page, which ``pins`` decide."""
        cards = nsmallest(self._paper.stories_in_feed, self._stacks.cards.values(), key=_last_changed)
        kept: dict[tuple[str, str], bytes] = {}
        for form in self._formats:
            items = []
            for card, item in self._items(form, cards, manuscript_of, others):
                kept[form.folder, card.story_id] = item
                items.append(item)
            yield form.newest, self._together(form, items, pins, issue)
        self._kept = kept

    def _items(
        self, form: _Format, cards: Iterable[Card], manuscript_of: ManuscriptOf, others: Others
    ) -> Iterator[tuple[Card, bytes]]:
        room = _MOST_BYTES
        for card in cards:
            item = self._kept.get((form.folder, card.story_id))
            item = item or form.item(self._wire(card, manuscript_of, others, form.newest))
            room -= len(item)
            if room < 0:
                return
            yield card, item

    def _wire(self, card: Card, manuscript_of: ManuscriptOf, others: Others, at: str) -> Wire:
        return Wire.of(manuscript_of(card.story_id), self._paper, others.get(card.story_id, {}), at)

    def _together(self, form: _Format, items: Sequence[bytes], pins: Sequence[str], issue: Issue) -> bytes:
        if form.item is not newsml_item:
            return ninjs_items(items)
        front = self._front(pins)
        places = Places.of(self._paper, up(form.newest))
        package = front_package(self._paper, issue, front, (places.page(form.of(card.path)) for card in front))
        return newsml_message(self._paper, issue, (package, *items))

    def _front(self, pins: Sequence[str]) -> list[Card]:
        """What stands on the front page, in its order: what editors pinned, then the newest."""
        cards = self._stacks.cards
        names = dict.fromkeys(
            chain((pin for pin in pins if pin in cards), (name for _, name in self._stacks[ALL].keys))
        )
        there = (cards[name] for name in names if not cards[name].retracted)
        return list(islice(there, self._paper.stories_in_feed))


def _last_changed(card: Card) -> tuple[int, Key]:
    """Where a story stands among those that changed last: by edition, and within one as in every list."""
    return -card.issue.number, card.key
