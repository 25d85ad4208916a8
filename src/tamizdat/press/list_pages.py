"""Front page, sections, topics, corrections and the archive: stories one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import Any, Final

from tamizdat.locales import Month
from tamizdat.press.address import ARCHIVE, FRONT, as_is, feed_paths, month_path, stack_path, up
from tamizdat.press.budget import first_fitting
from tamizdat.press.card import Card, Issue, Key
from tamizdat.press.feeds.podcast import PODCAST
from tamizdat.press.paper import Link, Paper
from tamizdat.press.parts import MONTH_STORIES, beside, part_keys, parts
from tamizdat.press.shown import ShownCard, clip, shown_card
from tamizdat.press.stack import ALL, CORRECTED, HEARD, StackName, Stacks
from tamizdat.press.templates import Pages

FIRST_STORIES: Final = 24
"""On the first page of a section or topic."""
LEAST_TOPIC: Final = 2
"""A topic with fewer stories has no page: it would lead nowhere."""
_MOST_PINNED: Final = 12
"""On the first page of a section, where the newest stories should be seen, too."""
_SECOND: Final = 4
_HEADING_CHARS: Final = 120
_TOPIC_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of each story a list shows. Lengths are in characters; 0 shows nothing."""

    pictured: bool = True
    headline: int = 240
    lead: int = 320
    corrections: int = 64
    correction: int = 600


_PLENTY: Final = _Room()
# What comes first in each of these and is within the page budget is shown. News never needs the last two.
_LISTS: Final = (
    _PLENTY,
    _Room(pictured=False),
    _Room(pictured=False, lead=0, corrections=8, correction=240),
    _Room(pictured=False, lead=0, headline=80, corrections=2, correction=80),
    _Room(pictured=False, lead=0, headline=12, corrections=1, correction=8),
)
_FRONTS: Final = (
    (4, 4, _PLENTY),
    (4, 3, _PLENTY),
    (4, 2, _PLENTY),
    (4, 1, _PLENTY),
    (2, 0, _PLENTY),
    (2, 0, _Room(headline=120, lead=120)),
    (0, 0, _Room(pictured=False, headline=80, lead=0)),
)
"""How many newest stories, how many of each section, and how much of each."""
_ARCHIVES: Final = ((None, 60), (None, 20), (None, 0), (400, 0), (200, 0))
"""How many months, the newest first (None: all), and how many topics. Older months can be reached from each month."""


@dataclass(frozen=True, slots=True)
class _Year:
    label: str
    months: list["_Month"]


@dataclass(frozen=True, slots=True)
class _Month:
    path: str
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class _Band:
    path: str
    label: str
    stories: list[ShownCard]


class ListPages:
    """Presses the lists of one language out of its stacks."""

    def __init__(self, templates: Pages, stacks: Stacks) -> None:
        self._templates = templates
        self._paper = templates.paper
        self._locale = templates.locale
        self._stacks = stacks
        self._labels = dict(zip(self._paper.section_ids, self._paper.sections, strict=True))

    def arrange(self, paper: Paper) -> None:
        """Pins are those of ``paper`` from now on."""
        self._paper = paper

    # --- front page ---

    def front(self, issue: Issue, breaking: Sequence[ShownCard]) -> bytes:
        """The front page: what editors pinned, then the newest, then each section's newest."""
        top = self._top()
        return first_fitting(partial(self._front, issue, breaking, top, *counts) for counts in _FRONTS)

    def _top(self) -> list[Card]:
        """The lead and the stories beside it."""
        cards = self._stacks.cards
        pinned = (pin for pin in self._paper.pins if pin in cards)
        names = dict.fromkeys(chain(pinned, (name for _, name in self._stacks[ALL].keys)))
        return list(islice((cards[name] for name in names if not cards[name].retracted), 1 + _SECOND))

    def _front(
        self, issue: Issue, breaking: Sequence[ShownCard], top: list[Card], latest: int, each: int, room: _Room
    ) -> bytes:
        seen = {card.story_id for card in top}
        newest = self._unseen(ALL, seen, latest)
        bands = []
        for section, link in self._labels.items():
            if stories := self._unseen(StackName("section", section), seen, each):
                shown = self._shown(stories, FRONT, room, pictured=len(stories) > 1)
                bands.append(_Band(link.path, link.label, shown))
        shown = self._shown(top, FRONT, room)
        return self._templates.render(
            "front",
            "front",
            FRONT,
            issue,
            title=self._paper.name,
            description=self._paper.tagline or self._templates.locale.texts["about_copies"],
            breaking=[_fitted(each, room) for each in breaking],
            lead=shown[0] if shown else None,
            podcast=PODCAST if self._paper.base_url and self._stacks[HEARD].keys else "",
            second=shown[1:],
            latest=self._shown(newest, FRONT, room, pictured=False),
            bands=bands,
            **_NOTHING,
        )

    def _unseen(self, name: StackName, seen: set[str], count: int) -> list[Card]:
        keys = self._stacks[name].keys[: count + len(seen)]
        found = list(islice((card for card in self._stacks.listed(keys) if card.story_id not in seen), count))
        seen.update(card.story_id for card in found)
        return found

    # --- lists ---

    def first(self, name: StackName, breaking: Sequence[ShownCard]) -> bytes:
        """The first page of a section, a topic or the corrections: what editors pinned, then the newest."""
        stack = self._stacks[name]
        pinned = self._pinned(name)
        newest = [key for key in stack.keys[: FIRST_STORIES + 1] if key not in pinned]
        shown, older = FIRST_STORIES - len(pinned), None
        if len(newest) > shown:
            key = newest[shown]
            month = next(month for month, keys in stack.months.items() if keys[0] <= key <= keys[-1])
            older = self._month_link(name, month, stack.place(key, month) // MONTH_STORIES + 1)
        return self._list(name, stack_path(name), (*pinned, *newest[:shown]), breaking, "", None, older)

    def _pinned(self, name: StackName) -> list[Key]:
        """Keys of the stories of a section that editors pinned there. Nothing that was retracted stands on top."""
        pins = dict(self._paper.section_pins).get(name.name, ()) if name.kind == "section" else ()
        cards = (self._stacks.cards[pin] for pin in dict.fromkeys(pins) if pin in self._stacks.cards)
        return [card.key for card in cards if name.name in card.sections and not card.retracted][:_MOST_PINNED]

    def month(self, name: StackName, month: Month, part: int) -> bytes:
        """One page of a month of a list."""
        stack = self._stacks[name]
        keys = part_keys(stack, month, part)
        label = self._locale.month_name(month)
        return self._list(
            name,
            month_path(name, month, part),
            keys,
            (),
            label if part == 1 else f"{label} · {self._locale.number(part)}",
            self._neighbour(name, month, part, 1),
            self._neighbour(name, month, part, -1),
        )

    def parts(self, name: StackName, month: Month) -> int:
        """How many pages a month of a list has; 0 if no story is in it."""
        return parts(self._stacks[name], month)

    def _neighbour(self, name: StackName, month: Month, part: int, step: int) -> Link | None:
        """The page after (``step`` 1) or before (-1) this one in time."""
        found = beside(self._stacks[name], month, part, step)
        return self._month_link(name, *found) if found else None

    def _month_link(self, name: StackName, month: Month, part: int) -> Link:
        return Link(month_path(name, month, part), self._locale.month_name(month))

    def _list(
        self,
        name: StackName,
        path: str,
        keys: Iterable[Any],
        breaking: Sequence[ShownCard],
        subheading: str,
        newer: Link | None,
        older: Link | None,
    ) -> bytes:
        texts, heading = self._locale.texts, self.heading(name)
        title = " — ".join(filter(None, (heading, subheading, self._paper.name)))
        cards = self._stacks.listed(keys)

        def render(room: _Room) -> bytes:
            return self._templates.render(
                "list",
                "list",
                path,
                max((card.issue for card in cards), key=lambda issue: issue.number, default=None),
                title=title,
                description=f"{heading}. {self._paper.name}",
                breaking=[_fitted(each, room) for each in breaking],
                heading=heading,
                subheading=subheading,
                intro=texts["corrections_intro"] if name == CORRECTED else "",
                corrections=name == CORRECTED,
                feed=as_is(feed_paths(name if name.kind == "section" else ALL)["atom"]),
                stories=self._shown(cards, path, room, pictured=name != CORRECTED),
                leads=room.lead > 0,
                nothing=texts["no_corrections" if name == CORRECTED else "no_stories"],
                newer=newer,
                older=older,
                **_NOTHING,
            )

        return first_fitting(partial(render, room) for room in _LISTS)

    def heading(self, name: StackName) -> str:
        """What a list is called."""
        if name.kind == "section":
            return self._labels[name.name].label
        return clip(name.name, _HEADING_CHARS) or self._locale.texts["corrections" if name == CORRECTED else "archive"]

    # --- archive ---

    def archive(self, issue: Issue, topics: Sequence[str]) -> bytes:
        """All months with their numbers of stories, and the topics with most stories."""
        return first_fitting(
            partial(self._archive, issue, most_months, topics[:most_topics]) for most_months, most_topics in _ARCHIVES
        )

    def _archive(self, issue: Issue, most_months: int | None, topics: Sequence[str]) -> bytes:
        months = self._stacks[ALL].months
        years: dict[int, list[_Month]] = {}
        for month in sorted(months, reverse=True)[:most_months]:
            entry = _Month(
                as_is(month_path(ALL, month, self.parts(ALL, month))),
                self._locale.month_name(month),
                self._locale.number(len(months[month])),
            )
            years.setdefault(month.year, []).append(entry)
        return self._templates.render(
            "archive",
            "list",
            ARCHIVE,
            issue,
            title=f"{self._locale.texts['archive']} — {self._paper.name}",
            description=self._locale.texts["archive_intro"],
            breaking=(),
            years=[_Year(self._locale.year(year), listed) for year, listed in years.items()],
            topics=list(map(topic_link, topics)),
            **_NOTHING,
        )

    def _shown(self, cards: Iterable[Card], path: str, room: _Room, *, pictured: bool = True) -> list[ShownCard]:
        shown = (shown_card(card, up(path), self._locale, pictured=pictured and room.pictured) for card in cards)
        return [_fitted(card, room) for card in shown]


def _fitted(card: ShownCard, room: _Room) -> ShownCard:
    """``card`` with no more than ``room`` has room for; a card is never longer than the most that it shows."""
    if not card.corrections and (room.headline, room.lead) == (_PLENTY.headline, _PLENTY.lead):
        return card
    corrections = card.corrections[: room.corrections]
    return replace(
        card,
        headline=clip(card.headline, room.headline),
        lead=clip(card.lead, room.lead) if room.lead else "",
        corrections=tuple(replace(each, text=clip(each.text, room.correction)) for each in corrections),
    )


def topic_link(topic: str) -> Link:
    """The page of a topic that has one."""
    return Link(stack_path(StackName("topic", topic)), clip(topic, _TOPIC_CHARS))


_NOTHING: Final[dict[str, Any]] = {"alternates": (), "og_type": "", "card_image": "", "linked_data": ""}
"""What only story pages have."""
