"""Stories in the order of lists, and who stands next to whom.

A *stack* is one list of the newspaper (everything, a section, a topic, what was corrected), newest first, cut into the
months of the language's own calendar. All stacks of a language change together, one story at a time.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from tamizdat.locales import Month
from tamizdat.press.card import Card, Key
from tamizdat.story import UPDATE

EARLIER: Final = 3
LATER: Final = 2
"""How many older and newer neighbours a story may be related to. Few and near, so that news touches few old pages."""


_MOST_CHOSEN: Final = 8


class Stack:
    """One list. Holds keys; :class:`Stacks` has the cards."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.months: dict[Month, list[Key]] = {}

    def add(self, key: Key, month: Month) -> None:
        """Put a story in its place."""
        insort(self.keys, key)
        insort(self.months.setdefault(month, []), key)

    def take(self, key: Key, month: Month) -> None:
        """Take a story out. A month without stories goes."""
        del self.keys[bisect_left(self.keys, key)]
        inside = self.months[month]
        del inside[bisect_left(inside, key)]
        if not inside:
            del self.months[month]

    def fill(self, entries: Iterable[tuple[Key, Month]]) -> None:
        """Put many stories in their places at once."""
        for key, month in sorted(entries):
            self.keys.append(key)
            self.months.setdefault(month, []).append(key)

    def newer(self, key: Key, count: int) -> list[Key]:
        """The ``count`` stories just after this one in time, nearest first. The story itself need not be here."""
        at = bisect_left(self.keys, key)
        return self.keys[max(0, at - count) : at][::-1]

    def older(self, key: Key, count: int) -> list[Key]:
        """The ``count`` stories just before this one in time, nearest first."""
        at = bisect_left(self.keys, key)
        start = at + (at < len(self.keys) and self.keys[at] == key)
        return self.keys[start : start + count]

    def place(self, key: Key, month: Month) -> int:
        """How many stories of its month are older than this one."""
        inside = self.months[month]
        return len(inside) - 1 - bisect_left(inside, key)

    def beside(self, month: Month) -> tuple[Month | None, Month | None]:
        """The nearest older and newer months that have stories."""
        older = max((other for other in self.months if other < month), default=None)
        newer = min((other for other in self.months if other > month), default=None)
        return older, newer


@dataclass(frozen=True, slots=True, order=True)
class StackName:
    """Which list: ``kind`` is ``all``, ``section``, ``topic`` or ``corrected``; ``name`` as stories call it."""

    kind: str
    name: str = ""


ALL: Final = StackName("all")
CORRECTED: Final = StackName("corrected")
HEARD: Final = StackName("heard")
"""What there is to listen to. It has a feed and no pages."""


class Stacks:
    """All lists of one language. ``month_of`` is the language's calendar."""

    def __init__(self, month_of: Callable[[datetime], Month]) -> None:
        self._month_of = month_of
        self._stacks: dict[StackName, Stack] = {ALL: Stack(), CORRECTED: Stack()}
        self.cards: dict[str, Card] = {}
        self._naming: dict[str, set[str]] = {}
        """By story: ids of those that name it to be read also."""

    def __getitem__(self, name: StackName) -> Stack:
        """The stack, empty if no story is in it."""
        return self._stacks.get(name) or Stack()

    def names(self, kind: str) -> list[str]:
        """Names of the stacks of a kind that have stories, in order."""
        return sorted(name.name for name, stack in self._stacks.items() if name.kind == kind and stack.keys)

    def card(self, key: Key) -> Card:
        """The card of a key."""
        return self.cards[key[1]]

    def listed(self, keys: Iterable[Key]) -> list[Card]:
        """The cards of ``keys``."""
        return [self.cards[key[1]] for key in keys]

    def places(self, card: Card) -> Iterator[tuple[StackName, Key, Month]]:
        """Every stack that the story belongs to, with its key and month there."""
        month = self._month_of(card.published)
        yield ALL, card.key, month
        for section in dict.fromkeys(card.sections):
            yield StackName("section", section), card.key, month
        for topic in dict.fromkeys(card.topics):
            yield StackName("topic", topic), card.key, month
        if latest := max((each.at for each in card.corrections if each.kind != UPDATE), default=None):
            yield CORRECTED, (-latest.timestamp(), card.story_id), self._month_of(latest)
        if card.heard:
            yield HEARD, card.key, month

    def add(self, card: Card) -> None:
        """Put a story in all its places."""
        self._keep(card)
        for name, key, month in self.places(card):
            self._stacks.setdefault(name, Stack()).add(key, month)

    def take(self, card: Card) -> None:
        """Take a story out of all its places."""
        for name, key, month in self.places(card):
            stack = self._stacks[name]
            stack.take(key, month)
            if not stack.keys and name not in {ALL, CORRECTED}:
                del self._stacks[name]
        del self.cards[card.story_id]
        for other in card.related:
            self._naming[other].discard(card.story_id)

    def fill(self, cards: Iterable[Card]) -> None:
        """Put many stories in their places at once; for stacks that hold nothing yet."""
        gathered: dict[StackName, list[tuple[Key, Month]]] = {}
        for card in cards:
            self._keep(card)
            for name, key, month in self.places(card):
                gathered.setdefault(name, []).append((key, month))
        for name, entries in gathered.items():
            self._stacks.setdefault(name, Stack()).fill(entries)

    def _keep(self, card: Card) -> None:
        self.cards[card.story_id] = card
        for other in card.related:
            self._naming.setdefault(other, set()).add(card.story_id)

    # --- neighbours ---

    def related(self, card: Card) -> tuple[Card, ...]:
        """What to read also: the stories that the newsroom chose and are there, then others, up to five in all."""
        chosen = [self.cards[name] for name in card.related if name in self.cards][:_MOST_CHOSEN]
        others = [other for other in self._near(card) if other not in chosen]
        return (*chosen, *others[: max(0, EARLIER + LATER - len(chosen))])

    def _near(self, card: Card) -> list[Card]:
        """Up to five stories on the same topics (else sections, else any), nearest in time, newest first.

        The first topic counts most. Only neighbours in time are taken, so that a new story changes few old pages.
        """
        newer: dict[Key, None] = {}
        older: dict[Key, None] = {}
        for name in self._ties(card):
            newer.update(dict.fromkeys(self[name].newer(card.key, LATER)))
            older.update(dict.fromkeys(self[name].older(card.key, EARLIER)))
        return self.listed(sorted((*islice(newer, LATER), *islice(older, EARLIER))))

    def neighbours(self, card: Card) -> set[str]:
        """Ids of all stories whose related stories may include this one, which must be in its places."""
        found = set(self._naming.get(card.story_id, ()))
        for name, key, _ in self.places(card):
            if name not in {CORRECTED, HEARD}:
                keys = (*self[name].newer(key, EARLIER), *self[name].older(key, LATER))
                found.update(story_id for _, story_id in keys)
        return found

    @staticmethod
    def _ties(card: Card) -> list[StackName]:
        if card.topics:
            return [StackName("topic", topic) for topic in card.topics]
        return [StackName("section", section) for section in card.sections] or [ALL]
