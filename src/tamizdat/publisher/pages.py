"""The site of one publish: pages into the local web root, their hashes into the trees that the roles sign.

Pages are overwritten in place, so a publish that is killed leaves some that are not those of its ledger. Every publish
looks at all of them, reads those that were written to, and presses again what is not as it should be, whoever altered
it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.config import ENCODINGS, Config
from tamizdat.edition.listing import Leaf
from tamizdat.edition.site import SiteTree
from tamizdat.press.card import Issue
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.mirror_list import mirror_list
from tamizdat.press.paper import Paper, Settings, Trust
from tamizdat.press.server_files import server_files
from tamizdat.press.sitemap import root_maps
from tamizdat.publisher.compressed import copy_paths, with_copies
from tamizdat.publisher.language_press import LanguagePress
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.picturing import has_size
from tamizdat.publisher.wholeness import Wholeness
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.sign import Target
from tamizdat.trust.state import State

ROOT_OWNER: Final = ""
"""Who owns pages that lie in no language's folder."""


@dataclass(frozen=True, slots=True)
class Sites:
    """What the roles sign: the root of each language's tree, and the targets of the role ``app``."""

    roots: Mapping[str, bytes]
    app: tuple[Target, ...]


class Pages:
    """Presses the site into the local web root ``root``. Use inside one transaction of the ledger."""

    def __init__(
        self, ledger: Ledger, config: Config, state: State, out: DirectoryOutbound, root: Path, wholeness: Wholeness
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._settings = settings_of(config, state)
        self._out = out
        self._root = root
        self._wholeness = wholeness
        self._damage: dict[str, frozenset[str]] = {}

    def due(self, now: datetime) -> list[str]:
        """Languages of which some page would come out differently, or is missing or altered."""
        if not self._config.site.enabled:
            return []
        published = [language for language in self._config.publication.languages if self._ledger.latest(language)]
        return [language for language in published if self._is_due(language, now)]

    def press(self, languages: Iterable[str], now: datetime, step: Callable[[], None]) -> None:
        """Press the pages of ``languages`` and those of the whole site; ``step`` after each language.

        Pages of languages that are no longer published go. :meth:`sites` is what is then to be signed.
        """
        for language in languages:
            self._press_language(language, now)
            step()
        self._press_rest(now)
        wanted = {*self._config.publication.languages, ROOT_OWNER} if self._config.site.enabled else set()
        for owner in self._ledger.site.owners():
            if owner not in wanted:
                self._ledger.site.set_pages(owner, {})
                self._ledger.site.set_context(owner, b"")
                self._ledger.site.forget_shown(owner)
                self._ledger.set_files(site_owner(owner), (), now)

    # --- one language ---

    def _is_due(self, language: str, now: datetime) -> bool:
        outdated = self._ledger.site.context(language) != self._context(language, now)
        return outdated or bool(self._damaged(language))

    def _damaged(self, owner: str) -> frozenset[str]:
        """Pages of ``owner`` that are not in the local web root as they were pressed."""
        if owner not in self._damage:
            pages = self._ledger.site.pages(owner).items()
            is_whole = self._wholeness.is_whole
            self._damage[owner] = frozenset(path for path, leaf in pages if not is_whole(path, leaf.digest))
        return self._damage[owner]

    def _context(self, language: str, now: datetime) -> bytes:
        """A hash of everything that the language's pages are made from."""
        site, latest = self._ledger.site, self._ledger.latest(language)
        paper = self._settings.paper(language, now)
        shown = (latest, site.breaking(language, now), site.others(language), paper.pins, paper.section_pins)
        return hashlib.sha256(self._look(paper) + repr(shown).encode()).digest()

    def _look(self, paper: Paper) -> bytes:
        """A hash of what all pages of a language share: not what stands on top of single ones."""
        common = replace(paper, pins=(), section_pins=())
        parts = (press_version(), common, self._config.site.precompress, sorted(paper.locale.texts.items()))
        return hashlib.sha256(repr(parts).encode()).digest()

    def _press_language(self, language: str, now: datetime) -> None:
        """Press what changed; or everything, where all pages look otherwise than before or some were damaged."""
        latest = self._ledger.latest(language)
        if latest is None:
            return
        paper = self._settings.paper(language, now)
        press = LanguagePress(self._ledger, paper, self._look(paper), Issue(latest.number, latest.time))
        known = self._ledger.site.pages(language)
        if press.goes_on and not self._damaged(language):
            below = {path.removeprefix(f"{language}/") for path in known}
            pressed, leaves = press.changes(now, below), dict(known)
        else:
            pressed, leaves = press.everything(now), {}
        self._keep(language, ((f"{language}/{path}", data) for path, data in pressed), leaves)
        press.note(now)
        self._ledger.site.set_context(language, self._context(language, now))

    def _press_rest(self, now: datetime) -> None:
        """Pages that lie in no language's folder."""
        papers: list[Paper] = []
        if self._config.site.enabled:
            languages = self._config.publication.languages
            papers = [self._settings.paper(language, now) for language in languages if self._ledger.latest(language)]
        if papers:
            pages = {"index.html": chooser(papers), "404.html": not_found(papers)}
            mirrors = mirror_list(self._config.publication.base_url, self._config.mirrors)
            self._keep(ROOT_OWNER, (pages | root_maps(papers) | server_files() | mirrors).items(), {})

    def _keep(self, owner: str, pages: Iterable[tuple[str, bytes | None]], leaves: dict[str, Leaf]) -> None:
        """Write what differs from what is there: ``pages`` with their copies. None takes a page away.

        ``leaves`` are those of pages that stay as they are; with ``pages`` they are then all that ``owner`` has.
        """
        known, damaged = self._ledger.site.pages(owner), self._damaged(owner)
        encodings = self._config.site.precompress

        def there() -> Iterator[tuple[str, bytes]]:
            for path, data in pages:
                for copy in copy_paths(path, ENCODINGS):
                    leaves.pop(copy, None)
                if data is None:
                    leaves.pop(path, None)
                else:
                    yield path, data

        def missing(path: str, data: bytes) -> Iterable[str]:
            """Encodings in which ``path`` needs a new copy; those that it has stay as long as the page does."""
            leaves[path] = _leaf(data)
            copies = copy_paths(path, encodings)
            if leaves[path] == known.get(path):
                kept = copies.keys() & known.keys() - damaged
                leaves.update((copy, known[copy]) for copy in kept)
                return [encoding for copy, encoding in copies.items() if copy not in kept]
            return copies.values()

        def changed() -> Iterator[tuple[str, bytes]]:
            for path, data, copies in with_copies(there(), missing):
                if leaves[path] != known.get(path) or path in damaged:
                    yield path, data
                leaves.update((copy, _leaf(packed)) for copy, packed in copies)
                yield from copies

        self._out.put_many(changed())
        self._ledger.site.set_pages(owner, leaves)

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
        """Pictures and sound that current stories show, where there are pages that show them."""
        if not self._config.site.enabled:
            return {}
        return {
            path: leaf
            for path in self._ledger.needed_files("pictures")
            if (leaf := self._ledger.memory.variant(path) or _whole_picture(self._root, path))
        } | self._ledger.sounds.leaves()


def site_owner(language: str) -> str:
    """Under which name the ledger keeps the listings of a language's pages."""
    return f"site {language}"


def settings_of(config: Config, state: State) -> Settings:
    """What the press needs of a publication's settings and trust."""
    publication = config.publication
    return Settings(
        publication=publication,
        sections=config.sections,
        notices=config.notices,
        taglines={language: config.site.tagline_in(language) for language in publication.languages},
        fronts=config.fronts,
        colour=config.site.colour,
        stories_in_feed=config.site.stories_in_feed,
        trust=Trust(state.fingerprint, to_words(state.fingerprint), state.rehearsal),
    )


@cache
def press_version() -> str:
    """A hash of the press itself: another version of it makes other pages."""
    digest = hashlib.sha256()
    for package in ("tamizdat.press", "tamizdat.pictures", "tamizdat.markup", "tamizdat.locales"):
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


def _leaf(data: bytes) -> Leaf:
    return Leaf(len(data), hashlib.sha256(data).digest())
