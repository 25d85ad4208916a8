"""The feeds of one language: the newest of everything and of each section, and the archive of everything."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tamizdat.locales import Month
from tamizdat.press.address import FRONT, archived_feed_path, feed_paths, stack_path, up
from tamizdat.press.card import Card, Key
from tamizdat.press.feeds.atom import atom_entry, atom_feed
from tamizdat.press.feeds.entry import Entries, paper_urn, section_urn
from tamizdat.press.feeds.head import Chain, Head
from tamizdat.press.feeds.json_feed import json_feed, json_item
from tamizdat.press.feeds.notice import notice_lines
from tamizdat.press.feeds.places import Places
from tamizdat.press.feeds.podcast import MOST_STORIES, PODCAST, Podcast
from tamizdat.press.feeds.rss import rss_feed, rss_item
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.parts import beside, part_keys, parts
from tamizdat.press.slugs import slug
from tamizdat.press.stack import ALL, HEARD, StackName, Stacks
from tamizdat.publication import Cover

ManuscriptOf = Callable[[str], Manuscript]
"""Gives the story with an id."""
_BEFORE_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without stories last changed: it must say something, and the same in every edition."""
_MOST_ARCHIVED: Final = 4_096
"""Of so many stories, those pressed last, what the archive says is kept: some 6 KB each."""


@dataclass(frozen=True, slots=True)
class _Forms:
    """One story as it stands in each kind of feed."""

    atom: bytes
    rss: bytes
    json: bytes


class LanguageFeeds:
    """Presses the feeds of one language out of its stacks.

    What feeds say of a story is kept as long as it is in one that is not an archive, and for a while what the archive
    says, so that one changed story costs one entry. Call ``refresh`` once the stacks have changed.
    """

    def __init__(self, paper: Paper, stacks: Stacks) -> None:
        self._paper = paper
        self._stacks = stacks
        self.names = (ALL, *(StackName("section", name) for name in paper.section_ids))
        """The lists that have feeds."""
        self._places = {up: Places.of(paper, up) for up in ("", "../")}
        self._entries = {up: Entries(paper, places) for up, places in self._places.items()}
        self._labels = {name: link.label for name, link in zip(paper.section_ids, paper.sections, strict=True)}
        self._kept: dict[tuple[str, str], _Forms] = {}
        self._current: frozenset[str] = frozenset()
        self._archived: dict[str, bytes] = {}
        """By story: its entry in a document of the archive, which all lie at the same depth."""

    def refresh(self, changed: Collection[str] = ()) -> None:
        """Forget what feeds said of ``changed`` stories and of those that are in none any more."""
        self._current = frozenset(story_id for name in self.names for _, story_id in self._newest(name))
        keep = self._current.difference(changed)
        self._kept = {key: forms for key, forms in self._kept.items() if key[0] in keep}
        for story_id in changed:
            self._archived.pop(story_id, None)

    def newest(self, name: StackName, manuscript_of: ManuscriptOf) -> Iterator[tuple[str, bytes]]:
        """Path below the language's folder, and bytes, of each feed of a list."""
        cards = self._stacks.listed(self._newest(name))
        paths = feed_paths(name)
        forms = [self._forms(card, manuscript_of, up(paths["atom"])) for card in cards]
        chain = self._chain_from_newest() if name == ALL else None
        yield paths["atom"], atom_feed(self._head(name, paths["atom"], cards, chain), (each.atom for each in forms))
        yield paths["rss"], rss_feed(self._head(name, paths["rss"], cards), (each.rss for each in forms))
        yield paths["json"], json_feed(self._head(name, paths["json"], cards), (each.json for each in forms))

    @property
    def cover(self) -> Cover | None:
        """The podcast's picture, which lies beside it."""
        return self._paper.cover

    def podcast(self, manuscript_of: ManuscriptOf) -> tuple[str, bytes | None] | None:
        """Path and bytes of the podcast; no bytes if there is nothing to listen to, nothing without addresses."""
        if not self._places[""].whole:
            return None
        cards = self._stacks.listed(self._stacks[HEARD].keys[:MOST_STORIES])
        if not cards:
            return PODCAST, None
        told = ((card, manuscript_of(card.story_id)) for card in cards)
        return PODCAST, Podcast(self._paper).feed(told, max(card.issue.time for card in cards))

    def archived(self, month: Month, part: int, manuscript_of: ManuscriptOf) -> bytes | None:
        """One document of the archive; None where the feed that one subscribes to has all there is anyway."""
        stack = self._stacks[ALL]
        older, newer = beside(stack, month, part, -1), beside(stack, month, part, 1)
        if not older and not newer and len(stack.keys) <= self._paper.stories_in_feed:
            return None
        path = archived_feed_path(month, part)
        back = up(path)
        cards = self._stacks.listed(part_keys(stack, month, part))
        chain = Chain(
            archived=True,
            current=self._places[back].page(feed_paths(ALL)["atom"]),
            older=self._archive_address(older, back),
            newer=self._archive_address(newer, back),
        )
        return atom_feed(self._head(ALL, path, cards, chain), (self._atom(card, manuscript_of, back) for card in cards))

    # --- the archive ---

    def _chain_from_newest(self) -> Chain:
        """Where the archive begins for whoever has read the newest: with the newest document that will not grow.

        One that still grows would be fetched once and then be thought known. It is left out if all its stories are in
        the feed itself.
        """
        stack = self._stacks[ALL]
        if not stack.months:
            return Chain(archived=False, current="", older="", newer="")
        month = max(stack.months)
        last = parts(stack, month)
        in_feed = len(part_keys(stack, month, last)) <= self._paper.stories_in_feed
        older = beside(stack, month, last, -1) if in_feed else (month, last)
        return Chain(archived=False, current="", older=self._archive_address(older, ""), newer="")

    def _archive_address(self, where: tuple[Month, int] | None, back: str) -> str:
        return self._places[back].page(archived_feed_path(*where)) if where else ""

    # --- parts of feeds ---

    def _newest(self, name: StackName) -> list[Key]:
        return self._stacks[name].keys[: self._paper.stories_in_feed]

    def _forms(self, card: Card, manuscript_of: ManuscriptOf, back: str) -> _Forms:
        whole = self._places[back].whole
        # With whole addresses an entry is the same wherever the feed lies.
        key = card.story_id, "" if whole else back
        if key not in self._kept:
            entry = self._entries[back].of(manuscript_of(card.story_id), card.path)
            self._kept[key] = _Forms(atom_entry(entry), rss_item(entry, whole=whole), json_item(entry, whole=whole))
        return self._kept[key]

    def _atom(self, card: Card, manuscript_of: ManuscriptOf, back: str) -> bytes:
        if card.story_id in self._current:
            return self._forms(card, manuscript_of, back).atom
        if card.story_id not in self._archived:
            if len(self._archived) >= _MOST_ARCHIVED:
                del self._archived[next(iter(self._archived))]
            entry = self._entries[back].of(manuscript_of(card.story_id), card.path)
            self._archived[card.story_id] = atom_entry(entry)
        return self._archived[card.story_id]

    def _head(self, name: StackName, path: str, cards: Iterable[Card], chain: Chain | None = None) -> Head:
        paper, texts, places = self._paper, self._paper.locale.texts, self._places[up(path)]
        if name == ALL:
            urn, title, page = paper_urn(paper), paper.locale.say("feed_title", name=paper.name), FRONT
        else:
            urn, title = section_urn(paper, slug(name.name)), f"{paper.name}: {self._labels[name.name]}"
            page = stack_path(name)
        return Head(
            urn=urn,
            language=paper.language,
            title=title,
            description="\n".join(filter(None, (*notice_lines(paper, places), paper.tagline, texts["feed_notice"]))),
            paper=paper.name,
            rights=texts["about_copies"],
            updated=max((card.issue.time for card in cards), default=_BEFORE_ANY),
            itself=places.page(path),
            page=places.page(page),
            whole=places.whole,
            chain=chain,
        )
