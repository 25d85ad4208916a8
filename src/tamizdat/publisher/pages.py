"""The site of one publish: pages into the local web root, their hashes into the trees that the roles sign.

Pages are overwritten in place, so a publish that is killed may leave some that its ledger knows nothing of. A file that
is there only while pages are written says so to the next one, which then looks at every page itself.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.config import Config
from tamizdat.edition.canonical import split_story
from tamizdat.edition.listing import Leaf
from tamizdat.edition.site import SiteTree
from tamizdat.press.card import Card, Issue
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.paper import Paper, Settings, Trust
from tamizdat.press.site import LanguageSite
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.picturing import has_size
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.sign import Target
from tamizdat.trust.state import State

ROOT_OWNER: Final = ""
"""Who owns pages that lie in no language's folder."""
_MARK: Final = "pressing"
"""The file in the publication's folder that says that pages are being written."""


@dataclass(frozen=True, slots=True)
class Sites:
    """What the roles sign: the root of each language's tree, and the targets of the role ``app``."""

    roots: Mapping[str, bytes]
    app: tuple[Target, ...]


class Pages:
    """Presses the site into the local web root ``root``. Use inside one transaction of the ledger."""

    def __init__(self, ledger: Ledger, config: Config, state: State, out: DirectoryOutbound, root: Path) -> None:
        self._ledger = ledger
        self._config = config
        self._settings = settings_of(config, state)
        self._out = out
        self._root = root
        self._look_at_all = _mark(root).exists()

    def due(self, now: datetime) -> list[str]:
        """Languages of which some page would come out differently, or is missing."""
        if not self._config.site.enabled:
            return []
        published = [language for language in self._config.publication.languages if self._ledger.latest(language)]
        return [language for language in published if self._is_due(language, now)]

    def press(self, languages: Iterable[str], now: datetime, step: Callable[[], None]) -> None:
        """Press the pages of ``languages`` and those of the whole site; ``step`` after each language.

        Pages of languages that are no longer published go. :meth:`sites` is what is then to be signed.
        """
        self._mark()
        for language in languages:
            self._press_language(language, now)
            step()
        self._press_rest(now)
        wanted = {*self._config.publication.languages, ROOT_OWNER} if self._config.site.enabled else set()
        for owner in self._ledger.site.owners():
            if owner not in wanted:
                self._ledger.site.set_pages(owner, {})
                self._ledger.site.set_context(owner, b"")

    def committed(self) -> None:
        """The ledger knows all pages again: call this after its commit."""
        _mark(self._root).unlink(missing_ok=True)

    def _mark(self) -> None:
        """From now on pages may be there that the ledger does not know."""
        mark = _mark(self._root)
        mark.touch(mode=0o600)
        folder = os.open(mark.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # --- one language ---

    def _is_due(self, language: str, now: datetime) -> bool:
        pages = self._ledger.site.pages(language)
        lost = not all(has_size(self._root / path, leaf.size) for path, leaf in pages.items())
        return lost or self._look_at_all or self._ledger.site.context(language) != self._context(language, now)

    def _context(self, language: str, now: datetime) -> bytes:
        """A hash of everything that the language's pages are made from."""
        site, latest = self._ledger.site, self._ledger.latest(language)
        paper = self._settings.paper(language, now)
        parts = (press_version(), paper, latest, site.breaking(language, now), site.others(language))
        return hashlib.sha256(repr((parts, sorted(paper.locale.texts.items()))).encode()).digest()

    def _press_language(self, language: str, now: datetime) -> None:
        latest = self._ledger.latest(language)
        if latest is None:
            return
        site = LanguageSite(self._settings.paper(language, now))
        pressed = site.build(
            self._cards(language),
            lambda story_id: self._ledger.story(language, story_id) or b"",
            self._ledger.site.others(language),
            Issue(latest.number, latest.time),
            now,
        )
        self._keep(language, ((f"{language}/{path}", data) for path, data in pressed if data is not None))
        self._ledger.site.set_context(language, self._context(language, now))

    def _cards(self, language: str) -> Iterator[Card]:
        for story_id, number, time in self._ledger.live_since(language):
            data = self._ledger.story(language, story_id)
            if data is not None:
                yield Card.of(split_story(data)[0], Issue(number, time))

    def _press_rest(self, now: datetime) -> None:
        """Pages that lie in no language's folder."""
        papers: list[Paper] = []
        if self._config.site.enabled:
            languages = self._config.publication.languages
            papers = [self._settings.paper(language, now) for language in languages if self._ledger.latest(language)]
        if papers:
            pages = {"index.html": chooser(papers), "404.html": not_found(papers)}
            self._keep(ROOT_OWNER, iter(pages.items()))

    def _keep(self, owner: str, pages: Iterator[tuple[str, bytes]]) -> None:
        """Write those of ``pages`` that differ from what is there; they are then all that ``owner`` has."""
        known, leaves = self._ledger.site.pages(owner), dict[str, Leaf]()

        def changed() -> Iterator[tuple[str, bytes]]:
            for path, data in pages:
                leaves[path] = leaf = Leaf(len(data), hashlib.sha256(data).digest())
                if not self._is_there(path, leaf, known.get(path), data):
                    yield path, data

        self._out.put_many(changed())
        self._ledger.site.set_pages(owner, leaves)

    def _is_there(self, path: str, leaf: Leaf, known: Leaf | None, data: bytes) -> bool:
        if self._look_at_all:
            return self._out.holds(path, data)
        return leaf == known and has_size(self._root / path, leaf.size)

    # --- trees ---

    def sites(self, now: datetime) -> Sites:
        """The trees over all pages, their listings in the local web root."""
        roots: dict[str, bytes] = {}
        for language in self._config.publication.languages:
            tree = SiteTree.of(language, self._ledger.site.pages(language))
            self._publish_tree(site_owner(language), tree, now)
            if tree.root:
                roots[language] = tree.root
        rest = SiteTree.of("", self._ledger.site.pages(ROOT_OWNER) | self._pictures())
        self._publish_tree(site_owner(ROOT_OWNER), rest, now)
        app = (Target("site.list", len(rest.top_listing), rest.root),) if rest.root else ()
        return Sites(roots, app)

    def _publish_tree(self, owner: str, tree: SiteTree, now: datetime) -> None:
        known = set(self._ledger.needed_files())
        for path, data in tree.files().items():
            if path not in known or not has_size(self._root / path, len(data)):
                self._out.put(path, data)
        self._ledger.set_files(owner, tree.paths(), now)

    def _pictures(self) -> dict[str, Leaf]:
        """Pictures that current stories show, where there are pages that show them."""
        if not self._config.site.enabled:
            return {}
        return {
            path: leaf
            for path in self._ledger.needed_files("pictures")
            if (leaf := self._ledger.memory.variant(path) or _whole_picture(self._root, path))
        }


def site_owner(language: str) -> str:
    """Under which name the ledger keeps the listings of a language's pages."""
    return f"site {language}"


def settings_of(config: Config, state: State) -> Settings:
    """What the press needs of a publication's settings and trust."""
    publication = config.publication
    everywhere = next((front.pins for front in config.fronts if not front.language), ())
    own = {front.language: front.pins for front in config.fronts}
    return Settings(
        publication=publication,
        sections=config.sections,
        notices=config.notices,
        taglines={language: config.site.tagline_in(language) for language in publication.languages},
        pins={language: own.get(language, everywhere) for language in publication.languages},
        colour=config.site.colour,
        stories_in_feed=config.site.stories_in_feed,
        trust=Trust(state.fingerprint, to_words(state.fingerprint), state.rehearsal),
    )


@cache
def press_version() -> str:
    """A hash of the press itself: another version of it makes other pages."""
    digest = hashlib.sha256()
    for package in ("tamizdat.press", "tamizdat.pictures", "tamizdat.markup"):
        for file in sorted(_sources(Path(str(files(package)))), key=lambda path: path.as_posix()):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.suffix in {".py", ".html", ".css"})


def _whole_picture(root: Path, path: str) -> Leaf | None:
    """A picture that bears its hash as its name, if it is there."""
    file = root / path
    try:
        return Leaf(file.stat().st_size, bytes.fromhex(file.stem))
    except (FileNotFoundError, ValueError):
        return None


def _mark(root: Path) -> Path:
    return root.parent / _MARK
