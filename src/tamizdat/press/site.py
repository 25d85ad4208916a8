"""One language's newspaper in memory: pressed whole once, and from then on only where a change touches it.

The rules of what touches what live here and in :mod:`tamizdat.press.stack`; ``tests/press/test_incremental.py`` holds
them against pressing everything anew after every change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tamizdat.locales import Locale, Month
from tamizdat.press.address import FRONT, archived_feed_path, month_path, stack_path
from tamizdat.press.card import Card, Issue, part_path
from tamizdat.press.feeds.language_feeds import LanguageFeeds
from tamizdat.press.fixed_pages import fixed_pages
from tamizdat.press.language_wires import LanguageWires
from tamizdat.press.list_pages import LEAST_TOPIC, ListPages
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.parts import MONTH_STORIES, all_parts, part_keys
from tamizdat.press.shown import ShownCard, shown_card
from tamizdat.press.sitemap import LanguageMaps
from tamizdat.press.stack import ALL, CORRECTED, HEARD, StackName, Stacks
from tamizdat.press.story_page import StoryPages, Surroundings
from tamizdat.press.templates import Pages
from tamizdat.story import Story

RECENT: Final = 60
"""How many of the newest stories show the breaking slot. Older ones are seldom read, and there may be thousands."""
_MOST_BREAKING: Final = 3

StoryOf = Callable[[str], Story | bytes]
"""Gives the story with an id, or quicker its canonical bytes; whoever calls the press keeps the bodies."""
Others = Mapping[str, Mapping[str, str]]
"""For each story id its path below the web root in every language that has it."""
Pressed = Iterator[tuple[str, bytes | None]]
"""Paths below the language's folder and their bytes; None for a page that is no more."""
_MonthName = tuple[StackName, Month]


@dataclass(slots=True)
class _Touched:
    """What some changes touch. What was before is noted when it is first touched."""

    stories: set[str] = field(default_factory=set)
    gone: dict[str, Card] = field(default_factory=dict)
    """Stories whose pages lay elsewhere before, by their old address."""
    lists: dict[StackName, bool] = field(default_factory=dict)
    """Lists, and whether they had pages before."""
    parts_before: dict[_MonthName, int] = field(default_factory=dict)
    first_parts: dict[_MonthName, int] = field(default_factory=dict)
    """The first part of a month in which a story came, went or changed; it moves those of all later parts."""
    single_parts: set[tuple[StackName, Month, int]] = field(default_factory=set)


class _AtHand:
    """Stories that were asked for: none is read twice because several files show it."""

    def __init__(self, story_of: StoryOf) -> None:
        self._story_of = story_of
        self._stories: dict[str, Manuscript] = {}

    def __call__(self, story_id: str) -> Manuscript:
        if story_id not in self._stories:
            self._stories[story_id] = Manuscript.of(self._story_of(story_id))
        return self._stories[story_id]

    def put_back(self) -> None:
        self._stories.clear()


class LanguageSite:
    """The pages of one language.

    ``build`` (or ``resume``) once, then ``update`` as often as there is news; both give the pages that are new, changed
    or gone, leaves first and the front page last. Not thread-safe.
    """

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._templates = Pages(paper)
        self._locale = self._templates.locale
        self._stacks = Stacks(self._locale.month_of)
        self._lists = ListPages(self._templates, self._stacks)
        self._stories = StoryPages(self._templates)
        self._feeds = LanguageFeeds(paper, self._stacks)
        self._wires = LanguageWires(paper, self._stacks) if paper.wires else None
        self._maps = LanguageMaps(paper, self._stacks) if paper.base_url else None
        self._fixed_lists = (CORRECTED, *(StackName("section", name) for name in paper.section_ids))
        self._topics: dict[str, int] = {}
        """Topics that have pages, and their numbers of stories."""
        self._more_parts: dict[str, int] = {}
        """How many pages each story has that has more than one."""
        self._breaking: set[str] = set()
        """Stories that are or were breaking news."""
        self._slot: tuple[ShownCard, ...] = ()
        self._recent: frozenset[str] = frozenset()

    @property
    def cards(self) -> Mapping[str, Card]:
        """All stories by id."""
        return self._stacks.cards

    def arrange(self, paper: Paper) -> None:
        """What stands on top is what ``paper`` says from now on; in all else it is as this site's."""
        self.paper = paper
        self._lists.arrange(paper)

    def build(self, cards: Iterable[Card], story_of: StoryOf, others: Others, issue: Issue, now: datetime) -> Pressed:
        """Press everything. ``issue`` is the current edition; ``now`` decides what is still breaking."""
        self._know(cards, now)
        at_hand, everything = _AtHand(story_of), self._stacks[ALL]
        for month, part in all_parts(everything):
            for _, story_id in part_keys(everything, month, part)[::-1]:
                yield from self._story(story_id, at_hand, others)
                yield from self._wire(story_id, at_hand, others)
            yield from self._part(month, part, at_hand, others)
            at_hand.put_back()
        for name in (ALL, *self._fixed_lists, *(StackName("topic", topic) for topic in self._topics)):
            for month, part in all_parts(self._stacks[name]):
                yield month_path(name, month, part), self._lists.month(name, month, part)
            yield from self._first(name)
        for name in self._feeds.names:
            yield from self._feeds.newest(name, at_hand)
        yield from self._podcast(at_hand, before=False)
        yield from self._newest_wires(issue, at_hand, others)
        yield from fixed_pages(self._templates)
        yield from self._always(issue)

    def resume(self, cards: Iterable[Card], now: datetime, parts: Mapping[str, int]) -> None:
        """Go on where another process stopped, without pressing anything: as after ``build``.

        ``cards`` and ``now`` are those of the last press; ``parts`` is how many pages each story had that had several.
        """
        self._know(cards, now)
        self._more_parts = dict(parts)
        if self._maps:
            for month, part in all_parts(self._stacks[ALL]):
                self._maps.note(month, part)

    def update(
        self,
        changes: Mapping[str, Card | None],
        story_of: StoryOf,
        others: Others,
        issue: Issue,
        now: datetime,
        translated: Iterable[str] = (),
        rearranged: Iterable[str] = (),
    ) -> Pressed:
        """Press what ``changes`` touch: cards that are new or changed by story id, None for a story that is gone.

        ``translated``: stories of which another language's version came, went or moved. ``rearranged``: sections of
        which other stories are pinned than when their pages were pressed.
        """
        touched = _Touched()
        slot, recent = self._slot, self._recent
        for story_id, card in changes.items():
            self._change(story_id, card, touched)
        self._refresh_slot(now)
        self._feeds.refresh(changes)
        feeds = [name for name in self._feeds.names if name in touched.lists]
        if self._slot != slot:
            touched.stories |= recent | self._recent
            touched.lists |= dict.fromkeys(self._fixed_lists, True)
        elif slot:
            touched.stories |= recent ^ self._recent
        touched.stories.update(translated)
        touched.lists.update(dict.fromkeys((StackName("section", name) for name in rearranged), True))
        self._touch_neighbours(touched)
        told = {*changes, *translated}
        if self._wires:
            self._wires.forget(told)
        for story_id, old in touched.gone.items():
            yield from ((path, None) for path in (self._wires.paths(old.path) if self._wires else ()))
            parts = self._more_parts.pop(story_id, 1)
            yield from ((part_path(old.path, part), None) for part in range(1, parts + 1))
        at_hand = _AtHand(story_of)
        for story_id in sorted(touched.stories & self.cards.keys()):
            yield from self._story(story_id, at_hand, others)
            if story_id in told:
                yield from self._wire(story_id, at_hand, others)
        yield from self._touched_lists(touched)
        yield from self._touched_archive(touched, translated, at_hand, others)
        for name in feeds:
            yield from self._feeds.newest(name, at_hand)
        if HEARD in touched.lists:
            yield from self._podcast(at_hand, before=True)
        yield from self._newest_wires(issue, at_hand, others)
        yield from self._always(issue)

    def only(
        self, story: Story, issue: Issue, cards: Iterable[Card], others: Mapping[str, str], now: datetime
    ) -> list[tuple[str, bytes]]:
        """The pages of ``story`` alone, as ``build`` presses them where ``cards`` are what else readers have.

        For a site that holds nothing yet. ``others``: see :class:`~tamizdat.press.story_page.Surroundings`.
        """
        self._know((*cards, Card.of(story, issue)), now)
        pages = self._story(story.story_id, _AtHand(lambda _name: story), {story.story_id: others})
        return [(path, page) for path, page in pages if page is not None]

    def _know(self, cards: Iterable[Card], now: datetime) -> None:
        self._stacks.fill(cards)
        self._breaking = {card.story_id for card in self.cards.values() if card.breaking_until}
        for topic in self._stacks.names("topic"):
            self._count(StackName("topic", topic))
        self._refresh_slot(now)
        self._feeds.refresh()

    # --- what a change touches ---

    def _change(self, story_id: str, card: Card | None, touched: _Touched) -> None:
        """Put one change in its places, and note what is touched by it."""
        old = self.cards.get(story_id)
        known_elsewhere = old is not None and card is not None and _same_to_others(old, card)
        for version in (old, card):
            for name, _, month in self._stacks.places(version) if version else ():
                touched.lists.setdefault(name, self._has_pages(name))
                before = self._lists.parts(name, month) if touched.lists[name] else 0
                touched.parts_before.setdefault((name, month), before)
        if old is not None:
            self._touch(old, touched, neighbours=not known_elsewhere)
            self._stacks.take(old)
            self._breaking.discard(story_id)
            if card is None or card.path != old.path:
                touched.gone.setdefault(story_id, old)
        if card is not None:
            self._stacks.add(card)
            self._touch(card, touched, neighbours=not known_elsewhere)
            touched.stories.add(story_id)
            if card.breaking_until:
                self._breaking.add(story_id)
        for version in (old, card):
            for topic in version.topics if version else ():
                self._count(StackName("topic", topic))

    def _touch(self, card: Card, touched: _Touched, *, neighbours: bool) -> None:
        """Note what shows ``card``, which is in its places."""
        if neighbours:
            touched.stories |= self._stacks.neighbours(card)
        for name, key, month in self._stacks.places(card):
            part = self._stacks[name].place(key, month) // MONTH_STORIES + 1
            touched.first_parts[name, month] = min(part, touched.first_parts.get((name, month), part))

    def _touch_neighbours(self, touched: _Touched) -> None:
        """Note pages whose links lead to pages that came or went, once all changes are in their places."""
        for name, had_pages in touched.lists.items():
            if had_pages != self._has_pages(name):
                stack = self._stacks[name]
                touched.stories.update(story_id for _, story_id in stack.keys)
                for month in stack.months:
                    touched.first_parts[name, month] = 1
                    touched.parts_before.setdefault((name, month), self._lists.parts(name, month) * had_pages)
        for (name, month), before in touched.parts_before.items():
            now = self._lists.parts(name, month)
            if now == before or not self._has_pages(name):
                continue
            if now:
                first = max(1, min(now, before))
                touched.first_parts[name, month] = min(first, touched.first_parts.get((name, month), first))
            older, newer = self._stacks[name].beside(month)
            if older:
                touched.single_parts.add((name, older, self._lists.parts(name, older)))
            if newer:
                touched.single_parts.add((name, newer, 1))

    def _has_pages(self, name: StackName) -> bool:
        return name == ALL or name in self._fixed_lists or (name.kind == "topic" and name.name in self._topics)

    def _count(self, name: StackName) -> None:
        stories = len(self._stacks[name].keys)
        if stories >= LEAST_TOPIC:
            self._topics[name.name] = stories
        else:
            self._topics.pop(name.name, None)

    def _refresh_slot(self, now: datetime) -> None:
        """The newest breaking stories, and who shows them."""
        self._slot = _slot_of((self.cards[name] for name in self._breaking), self._locale, now)
        self._recent = frozenset(story_id for _, story_id in self._stacks[ALL].keys[:RECENT])

    # --- pressing ---

    def _story(self, story_id: str, at_hand: _AtHand, others: Others) -> Pressed:
        card = self.cards[story_id]
        around = Surroundings(
            related=self._stacks.related(card),
            others=others.get(story_id, {}),
            breaking=self._slot if story_id in self._recent else (),
            topics=tuple(topic for topic in card.topics if topic in self._topics),
        )
        pages = self._stories.press(at_hand(story_id), card, around)
        yield from pages
        before = self._more_parts.pop(story_id, 1)
        yield from ((part_path(card.path, part), None) for part in range(len(pages) + 1, before + 1))
        if len(pages) > 1:
            self._more_parts[story_id] = len(pages)

    def _wire(self, story_id: str, at_hand: _AtHand, others: Others) -> Pressed:
        """The story as partners get it, where the settings want that."""
        if self._wires:
            yield from self._wires.story(self.cards[story_id], at_hand, others)

    def _newest_wires(self, issue: Issue, at_hand: _AtHand, others: Others) -> Pressed:
        if self._wires:
            yield from self._wires.newest(self.paper.pins, issue, at_hand, others)

    def _touched_parts(self, touched: _Touched) -> Iterator[tuple[StackName, Month, int, bool]]:
        """Parts of months to press, and whether they are still there."""
        for name, month in sorted(touched.first_parts.keys() | touched.parts_before.keys()):
            before = touched.parts_before.get((name, month), 0)
            now = self._lists.parts(name, month) if self._has_pages(name) else 0
            first = min(touched.first_parts.get((name, month), now + 1), now + 1)
            yield from ((name, month, part, part <= now) for part in range(first, max(now, before) + 1))
        for name, month, part in sorted(touched.single_parts):
            if part < touched.first_parts.get((name, month), part + 1):
                yield name, month, part, True

    def _touched_archive(
        self, touched: _Touched, translated: Iterable[str], at_hand: _AtHand, others: Others
    ) -> Pressed:
        """Feeds and maps of the archive. A map also shows in which languages a story is there."""
        mapped: set[tuple[Month, int]] = set()
        for name, month, part, there in self._touched_parts(touched):
            if name == ALL:
                mapped.add((month, part))
                yield from self._part(month, part, at_hand, others, there=there)
        if self._maps:
            cards = (self.cards[story_id] for story_id in translated if story_id in self.cards)
            for month, part in sorted({self._part_of(card) for card in cards} - mapped):
                yield self._maps.month(month, part, others)

    def _touched_lists(self, touched: _Touched) -> Pressed:
        for name, month, part, there in self._touched_parts(touched):
            yield month_path(name, month, part), self._lists.month(name, month, part) if there else None
        for name, had_pages in sorted(touched.lists.items()):
            if self._has_pages(name):
                yield from self._first(name)
            elif had_pages:
                yield stack_path(name), None

    def _part(self, month: Month, part: int, at_hand: _AtHand, others: Others, *, there: bool = True) -> Pressed:
        """What machines read of a part of the archive."""
        yield archived_feed_path(month, part), self._feeds.archived(month, part, at_hand) if there else None
        if self._maps and there:
            yield self._maps.month(month, part, others)
        elif self._maps:
            yield self._maps.drop(month, part), None

    def _part_of(self, card: Card) -> tuple[Month, int]:
        month = self._locale.month_of(card.published)
        return month, self._stacks[ALL].place(card.key, month) // MONTH_STORIES + 1

    def _podcast(self, at_hand: _AtHand, *, before: bool) -> Pressed:
        """What there is to listen to, if anything; ``before``: there may have been something."""
        pressed = self._feeds.podcast(at_hand)
        if pressed and (before or pressed[1] is not None):
            yield pressed
            if cover := self._feeds.cover:
                yield cover.path, cover.data if pressed[1] is not None else None

    def _first(self, name: StackName) -> Pressed:
        if name != ALL:
            slot = () if name.kind == "topic" else self._slot
            yield stack_path(name), self._lists.first(name, slot)

    def _always(self, issue: Issue) -> Pressed:
        """Pages that name the current edition: they change with every one."""
        topics = sorted(self._topics, key=lambda topic: (-self._topics[topic], topic))
        if self._maps:
            yield from self._maps.rest(topics, issue)
        yield stack_path(ALL), self._lists.archive(issue, topics)
        yield FRONT, self._lists.front(issue, self._slot)


def front_page(paper: Paper, cards: Iterable[Card], issue: Issue, now: datetime, section: str = "") -> bytes:
    """The front page alone, or the first page of ``section``, as :class:`LanguageSite` presses it from ``cards``."""
    templates = Pages(paper)
    stacks = Stacks(templates.locale.month_of)
    stacks.fill(cards)
    lists, slot = ListPages(templates, stacks), _slot_of(stacks.cards.values(), templates.locale, now)
    return lists.first(StackName("section", section), slot) if section else lists.front(issue, slot)


def _slot_of(cards: Iterable[Card], locale: Locale, now: datetime) -> tuple[ShownCard, ...]:
    """The newest of ``cards`` that are breaking news at ``now``."""
    breaking = sorted((card for card in cards if card.is_breaking(now)), key=lambda card: card.key)
    return tuple(shown_card(card, "", locale) for card in breaking[:_MOST_BREAKING])


def _same_to_others(old: Card, new: Card) -> bool:
    """Whether pages that only name the story need not change."""
    return (old.key, old.path, old.headline, old.retracted, old.topics, old.sections) == (
        new.key, new.path, new.headline, new.retracted, new.topics, new.sections
    )  # fmt: skip
