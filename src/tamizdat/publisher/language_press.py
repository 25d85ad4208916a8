"""One language's pages from one press to the next: what changed and nothing else, by whichever process."""

import hashlib
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from tamizdat.edition.canonical import story_header
from tamizdat.press.card import Issue, more_parts
from tamizdat.press.paper import Paper
from tamizdat.press.site import LanguageSite, Pressed
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.page_memory import ShownStory


class LanguagePress:
    """Presses one language for its newest edition, ``issue``. Use inside one transaction of the ledger.

    ``look`` is a hash of what all its pages share. With ``warm``, which is as the last press left it, only stories
    among ``touched`` are looked at: those of which any version may have come, gone or changed. Take :meth:`everything`
    or :meth:`changes` to the end, then :meth:`note` it.
    """

    def __init__(
        self,
        ledger: Ledger,
        paper: Paper,
        look: bytes,
        issue: Issue,
        warm: LanguageSite | None = None,
        touched: Collection[str] | None = None,
    ) -> None:
        self._ledger = ledger
        self._language = paper.language
        self._look = look
        self._issue = issue
        self._warm = warm is not None
        self._touched = touched if warm else None
        self.site = warm or LanguageSite(paper)
        self.site.arrange(paper)
        self._others: Mapping[str, Mapping[str, str]] = (
            ledger.site.others(paper.language) if self._touched is None else _OthersOf(ledger, paper.language)
        )
        self._before = ledger.site.shown(paper.language, self._touched)
        self._news = self._found_news()
        self._last = ledger.site.look(paper.language)
        self._pins = dict(paper.section_pins)

    @property
    def goes_on(self) -> bool:
        """Whether the pages of the last press still look as they should, but for what they show."""
        return self._last is not None and self._last[0] == self._look

    def everything(self, now: datetime) -> Pressed:
        """All pages."""
        current = {**self._before, **self._news}
        cards = (shown.card for shown in current.values() if shown)
        return self.site.build(cards, self._story, self._others, self._issue, now)

    def changes(self, now: datetime, pages: Container[str]) -> Pressed:
        """What is new, changed or gone among ``pages``, all those of the last press, below the language's folder."""
        self.resumed(pages)
        translated, changed = set[str](), dict[str, ShownStory | None]()
        for story_id, shown in self._news.items():
            old = self._before.get(story_id)
            if shown and old and shown.issue == old.issue:
                translated.add(story_id)
            else:
                changed[story_id] = shown
        cards_of = {story_id: shown.card if shown else None for story_id, shown in changed.items()}
        return self.site.update(cards_of, self._story, self._others, self._issue, now, translated, self._rearranged())

    def resumed(self, pages: Container[str]) -> LanguageSite:
        """The site as the last press left it, with ``pages`` below the language's folder."""
        if self._last is None:
            raise LookupError(f"no page of {self._language} was ever pressed")
        if not self._warm:
            cards = [shown.card for shown in self._before.values()]
            self.site.resume(cards, self._last[1], more_parts(cards, pages))
        return self.site

    def _rearranged(self) -> set[str]:
        """Sections of which other stories are pinned than pages show."""
        before = self._ledger.site.section_pins(self._language)
        return {name for name in before.keys() | self._pins.keys() if before.get(name) != self._pins.get(name)}

    def note(self, now: datetime) -> None:
        """Remember what was pressed, for the next press."""
        self._ledger.site.set_look(self._language, self._look, now)
        self._ledger.site.note_shown(self._language, self._news)
        self._ledger.site.set_section_pins(self._language, self._pins)

    def _story(self, story_id: str) -> bytes:
        return self._ledger.story(self._language, story_id) or b""

    def _found_news(self) -> Mapping[str, ShownStory | None]:
        """Stories that differ from what pages show, and None for those that are gone."""
        live = self._ledger.live_since(self._language, self._touched)
        brought = {story_id: Issue(number, time) for story_id, number, time in live}
        news = dict[str, ShownStory | None].fromkeys(self._before.keys() - brought.keys())
        for story_id, issue in brought.items():
            others, old = _digest(self._others.get(story_id, {})), self._before.get(story_id)
            if old is None or old.issue != issue:
                news[story_id] = ShownStory(story_header(self._story(story_id)), issue, others)
            elif old.others != others:
                news[story_id] = replace(old, others=others)
        return news


class _OthersOf(Mapping[str, Mapping[str, str]]):
    """Paths of a story in all languages, looked up when they are asked for."""

    def __init__(self, ledger: Ledger, language: str) -> None:
        self._ledger = ledger
        self._language = language

    def __getitem__(self, story_id: str) -> Mapping[str, str]:
        if found := self._ledger.site.others_of(self._language, story_id):
            return found
        raise KeyError(story_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ledger.site.others(self._language))

    def __len__(self) -> int:
        return len(self._ledger.site.others(self._language))


def _digest(others: Mapping[str, str]) -> bytes:
    return hashlib.sha256(repr(sorted(others.items())).encode()).digest()
