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
from tamizdat.press.site import Pressed
from tamizdat.press.sitemap import root_maps
from tamizdat.publisher.compressed import copy_paths, with_copies
from tamizdat.publisher.language_press import LanguagePress
from tamizdat.publisher.ledger import Ledger
from tamizdat.publisher.picturing import has_size
from tamizdat.publisher.warm import Warm, WarmSite
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
    """Presses the site into the local web root ``root``. Use inside one transaction of the ledger.

    Where ``warm`` knows how the last press left a language, only what changed since is looked at.
    """

    def __init__(
        self,
        ledger: Ledger,
        config: Config,
        state: State,
        out: DirectoryOutbound,
        root: Path,
        wholeness: Wholeness,
        warm: Warm,
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._settings = settings_of(config, state)
        self._out = out
        self._root = root
        self._wholeness = wholeness
        self._warm = warm
        self._damage: dict[str, frozenset[str]] = {}
        self._changed: dict[str, list[str]] | None = None

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
        if self._warm.quick:
            return
        wanted = {*self._config.publication.languages, ROOT_OWNER} if self._config.site.enabled else set()
        for owner in self._ledger.site.owners():
            if owner not in wanted:
                self._ledger.site.set_pages(owner, {})
                self._ledger.site.set_context(owner, b"")
                self._ledger.site.forget_shown(owner)
                self._ledger.set_files(site_owner(owner), (), now)

    # --- one language ---

    def _is_due(self, language: str, now: datetime) -> bool:
        if self._warm_site(language):
            return self._is_warm_due(language, now)
        outdated = self._ledger.site.context(language) != self._context(language, now)
        return outdated or bool(self._damaged(language))

    def _damaged(self, owner: str) -> frozenset[str]:
        """Pages of ``owner`` that are not in the local web root as they were pressed."""
        if self._warm.quick:
            return frozenset()
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
        look, issue = self._look(paper), Issue(latest.number, latest.time)
        warm, site = self._warm_site(language), self._warm.presses.pop(language, None)
        if warm and site and warm.look == look:
            press = LanguagePress(self._ledger, paper, look, issue, site, self._touched(language))
            self._keep_changes(language, _inside(language, press.changes(now, ())))
            # Whoever comes without what is known here has to look whether anything else has changed.
            context = b""
        else:
            press = LanguagePress(self._ledger, paper, look, issue)
            known = self._ledger.site.pages(language)
            if press.goes_on and not self._damaged(language):
                below = {path.removeprefix(f"{language}/") for path in known}
                pressed, leaves = press.changes(now, below), dict(known)
            else:
                pressed, leaves = press.everything(now), {}
            self._keep(language, _inside(language, pressed), leaves)
            context = self._context(language, now)
        press.note(now)
        self._ledger.site.set_context(language, context)
        self._warm.presses[language] = press.site

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
        self._grow(owner, self._ledger.site.set_pages(owner, leaves))

    # --- by difference ---

    def _warm_site(self, language: str) -> WarmSite | None:
        return self._warm.sites.get(language) if self._warm.quick else None

    def _is_warm_due(self, language: str, now: datetime) -> bool:
        warm, paper = self._warm.sites[language], self._settings.paper(language, now)
        return (
            warm.latest != self._ledger.latest(language)
            or warm.breaking != tuple(self._ledger.site.breaking(language, now))
            or warm.arranged != (paper.pins, paper.section_pins)
            or warm.look != self._look(paper)
            or bool(self._touched(language))
        )

    def _touched(self, language: str) -> set[str]:
        """Stories of ``language`` of which any version came, went or changed since its pages were pressed."""
        if self._changed is None:
            # What one language's edition brought touches the pages of all others.
            self._changed = {
                name: self._ledger.changed_since(name, warm.log_end) for name, warm in self._warm.sites.items() if name
            }
        mine = set(self._changed.get(language, ()))
        others = (story_id for name, ids in self._changed.items() if name != language for story_id in ids)
        return mine | {story_id for story_id in others if self._ledger.story(language, story_id) is not None}

    def _keep_changes(self, owner: str, pages: Iterable[tuple[str, bytes | None]]) -> None:
        """Like :meth:`_keep`, of pages that changed or went; all others stay as they are, and are not looked at."""
        page, leaves = self._ledger.site.page, dict[str, Leaf | None]()
        encodings = self._config.site.precompress

        def there() -> Iterator[tuple[str, bytes]]:
            for path, data in pages:
                leaves.update((copy, None) for copy in copy_paths(path, ENCODINGS) if page(copy))
                if data is not None:
                    yield path, data
                elif page(path):
                    leaves[path] = None

        def missing(path: str, data: bytes) -> Iterable[str]:
            leaves[path], copies = _leaf(data), copy_paths(path, encodings)
            if leaves[path] != page(path):
                return copies.values()
            kept = {copy: leaf for copy in copies if (leaf := page(copy))}
            leaves.update(kept)
            return [encoding for copy, encoding in copies.items() if copy not in kept]

        def changed() -> Iterator[tuple[str, bytes]]:
            for path, data, copies in with_copies(there(), missing):
                if leaves[path] != page(path):
                    yield path, data
                leaves.update((copy, _leaf(packed)) for copy, packed in copies)
                yield from copies

        self._out.put_many(changed())
        changes = {path: leaf for path, leaf in leaves.items() if leaf != page(path)}
        self._ledger.site.change_pages(owner, changes)
        self._grow(owner, changes)

    def _grow(self, owner: str, changes: Mapping[str, Leaf | None]) -> None:
        """The tree over the pages of ``owner`` with these changes, where it is known."""
        if warm := self._warm_site(owner):
            warm.tree = warm.tree.with_changes(changes)

    def files_changed(self, shown: Iterable[str], dropped: Iterable[str]) -> None:
        """These files of pictures and sound are shown now, and those no longer."""
        if self._config.site.enabled:
            leaves = {path: self._picture(path) for path in shown}
            there = {path: leaf for path, leaf in leaves.items() if leaf}
            self._grow(ROOT_OWNER, there | dict.fromkeys(dropped))

    def warm_up(self, now: datetime) -> None:
        """Have every language in mind as it was pressed last."""
        for language, warm in self._warm.sites.items() if self._config.site.enabled else ():
            if language and language not in self._warm.presses and warm.latest is not None:
                paper, issue = self._settings.paper(language, now), Issue(warm.latest.number, warm.latest.time)
                pages = {path.removeprefix(f"{language}/") for path in self._ledger.site.pages(language)}
                press = LanguagePress(self._ledger, paper, warm.look, issue)
                self._warm.presses[language] = press.resumed(pages)

    def keep_warm(self, now: datetime) -> None:
        """Have in mind from what the pages were pressed, for the next publish. Use once all is done."""
        for language in self._config.publication.languages if self._config.site.enabled else ():
            if warm := self._warm.sites.get(language):
                paper = self._settings.paper(language, now)
                warm.look, warm.arranged = self._look(paper), (paper.pins, paper.section_pins)
                warm.latest, warm.log_end = self._ledger.latest(language), self._ledger.end(language)[0]
                warm.breaking = tuple(self._ledger.site.breaking(language, now))

    # --- trees ---

    def sites(self, now: datetime) -> Sites:
        """The trees over all pages, their listings in the local web root."""
        roots: dict[str, bytes] = {}
        for language in self._config.publication.languages:
            tree = self._tree(language, now)
            if tree.root:
                roots[language] = tree.root
        rest = self._tree(ROOT_OWNER, now)
        app = (Target("site.list", len(rest.top_listing), rest.root),) if rest.root else ()
        return Sites(roots, app)

    def _tree(self, owner: str, now: datetime) -> SiteTree:
        warm = self._warm_site(owner)
        if warm is None:
            pages = self._ledger.site.pages(owner)
            files = pages if owner != ROOT_OWNER else pages | self._pictures()
            warm = self._warm.sites[owner] = WarmSite(SiteTree.of(owner, files))
        if warm.published is None:
            self._publish_tree(site_owner(owner), warm.tree, now)
        elif warm.published != warm.tree:
            self._publish_changes(site_owner(owner), warm.published, warm.tree, now)
        warm.published = warm.tree
        return warm.tree

    def _publish_tree(self, owner: str, tree: SiteTree, now: datetime) -> None:
        known = set(self._ledger.needed_files())
        for path, data in tree.files().items():
            if path not in known or not has_size(self._root / path, len(data)):
                self._out.put(path, data)
        self._ledger.set_files(owner, tree.paths(), now)

    def _publish_changes(self, owner: str, before: SiteTree, tree: SiteTree, now: datetime) -> None:
        there, wanted = before.paths(), tree.paths()
        files = tree.files(beside=before)
        if not wanted - there <= files.keys():
            files = tree.files()  # one that was there may now be the top, which lies elsewhere
        self._out.put_many((path, files[path]) for path in sorted(wanted - there))
        self._ledger.change_files(owner, sorted(wanted - there), there - wanted, now)

    def _pictures(self) -> dict[str, Leaf]:
        """Pictures and sound that current stories show, where there are pages that show them."""
        if not self._config.site.enabled:
            return {}
        return {path: leaf for path in self._ledger.needed_files("pictures") if (leaf := self._picture(path))} | (
            self._ledger.sounds.leaves()
        )

    def _picture(self, path: str) -> Leaf | None:
        memory, sounds = self._ledger.memory, self._ledger.sounds
        return memory.variant(path) or sounds.leaf(path) or _whole_picture(self._root, path)


def _inside(language: str, pressed: Pressed) -> Iterator[tuple[str, bytes | None]]:
    return ((f"{language}/{path}", data) for path, data in pressed)


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
        covers=config.site.covers,
        trust=Trust(state.fingerprint, to_words(state.fingerprint), state.rehearsal),
        wires=config.site.wires,
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
