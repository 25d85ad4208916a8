"""Every page of every mirror: which are altered, missing, of another edition, or nobody's (spec/site.md)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from random import SystemRandom
from typing import Any, Final

from tamizdat.carriers.port import Listable, is_safe_path
from tamizdat.edition.listing import Leaf, copied_file
from tamizdat.errors import CarrierError, PublicationError
from tamizdat.reader.audit_pages import Answer, Pages, Seen
from tamizdat.reader.audit_trees import Listings, Survey, Tree, Walked, other_trees
from tamizdat.reader.patience import MIRRORS_AT_ONCE
from tamizdat.roads.harmless import harmless
from tamizdat.roads.trail import Standing

QUICK_PAGES: Final = 200
"""Pages of each tree that a quick audit draws, and that show whether a mirror without listings has pages at all."""
_MAX_SHOWN: Final = 20
_MAX_EXTRA_LOOKS: Final = 1_000
_OWN_FILE: Final = re.compile(r"[0-9a-f]{64}\.(?:pack|index|shelf)|site/[0-9a-f]{64}\.list")
_OWN_FILE_OUTSIDE: Final = re.compile(r"metadata/.*|[0-9a-f]{64}\.site\.list|site/[0-9a-f]{64}\.list")


class PageState(StrEnum):
    """What is wrong with one page."""

    ALTERED = "altered"
    """Other bytes than any signed tree that is known has there."""
    MISSING = "missing"
    OLDER = "older"
    """As an older signed tree has it."""
    NEWER = "newer"
    """As a newer signed tree has it, which this mirror does not announce yet."""
    EXTRA = "extra"
    """There, and in no signed tree that is known."""


@dataclass(frozen=True, slots=True)
class PageFinding:
    """One page and the evidence: the signed hash, and that of the bytes which came (None: endless, or not fetched)."""

    path: str
    state: PageState
    signed: bytes | None
    served: bytes | None
    detail: str = ""


@dataclass(slots=True)
class TreeAudit:
    """One tree on one mirror. ``there`` is whether the mirror has these pages at all: many serve editions only."""

    tree: Tree
    there: bool = True
    pages: int = 0
    good: int = 0
    asked: int = 0
    findings: list[PageFinding] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        """What the findings make of the mirror."""
        states = {finding.state for finding in self.findings}
        grave = {
            PageState.ALTERED: Standing.LIES,
            PageState.MISSING: Standing.INCOMPLETE,
            PageState.OLDER: Standing.LAGS,
        }
        return next((standing for state, standing in grave.items() if state in states), Standing.CURRENT)


def audit_sites(
    surveys: Sequence[Survey], listings: Listings | None = None, *, quick: bool = False
) -> list[list[TreeAudit]]:
    """The trees of each mirror, in the order of ``surveys``, which have all been made before: each helps the others.

    ``listings`` are those of ``surveys``. ``quick``: of each tree only some pages, drawn so that no mirror can know
    which.
    """
    known = listings or Listings(surveys)
    with ThreadPoolExecutor(MIRRORS_AT_ONCE, thread_name_prefix="site") as workers:
        return list(workers.map(lambda place: _Judge(place, surveys, known, quick=quick).judge(), surveys))


class _Judge:
    """One mirror."""

    def __init__(self, place: Survey, surveys: Sequence[Survey], listings: Listings, *, quick: bool) -> None:
        self._place = place
        self._surveys = surveys
        self._listings = listings
        self._quick = quick
        self._pages = Pages(place)
        self._names = _names(place)
        self._walked: dict[str, Walked] = {}
        self._twins: dict[bytes, str] = {}

    def judge(self) -> list[TreeAudit]:
        found: list[TreeAudit] = []
        for tree in self._place.trees:
            try:
                self._walked[tree.folder] = self._listings.walk(self._place, tree)
            except PublicationError as error:
                self._place.trail.failed(error.what, error)
                continue
            found.append(TreeAudit(tree))
        for result in found:
            self._judge_tree(result, self._walked[result.tree.folder])
        return found

    def _judge_tree(self, result: TreeAudit, walked: Walked) -> None:
        tree, trail = result.tree, self._place.trail
        if tree.top.path in walked.lacking and not self._has_pages(tree, walked.files):
            result.there = False
            return
        trail.missing.extend(walked.lacking)
        result.pages = len(walked.files)
        wanted = _drawn(walked.files, QUICK_PAGES) if self._quick else walked.files
        wrong: list[Seen] = []
        for seen in self._pages.look(wanted.items()):
            result.asked += seen.answer is not Answer.UNASKED
            result.good += seen.answer is Answer.GOOD
            if seen.answer in {Answer.OTHER, Answer.MISSING}:
                wrong.append(seen)
        if walked.whole:
            wrong += self._extras(tree, walked.files)
        result.findings = sorted(self._explain(tree, wrong), key=lambda finding: finding.path)

    def _has_pages(self, tree: Tree, files: Mapping[str, Leaf]) -> bool:
        """Whether a mirror without listings has pages: the outermost, and others drawn from the known tree.

        Pictures and sound do not count, because stories of editions have them too.
        """
        front = f"{tree.top.inside}index.html"
        pages = {path: leaf for path, leaf in files.items() if not path.startswith(("pictures/", "sound/"))}
        outermost = {path: leaf for path, leaf in pages.items() if "/" not in path.removeprefix(tree.top.inside)}
        probes = {front: pages.get(front), **outermost, **_drawn(pages, QUICK_PAGES)}
        return any(seen.answer in {Answer.GOOD, Answer.OTHER} for seen in self._pages.look(probes.items()))

    def _extras(self, tree: Tree, files: Mapping[str, Leaf]) -> Iterator[Seen]:
        """Files in the tree's place that it does not list, as far as the mirror says what it has."""
        inside, languages = tree.top.inside, {f"{language}/" for language in self._place.languages}
        own = _OWN_FILE if inside else _OWN_FILE_OUTSIDE
        extras = [
            name
            for name in self._names
            if name not in files
            and name.startswith(inside)
            and not own.fullmatch(name.removeprefix(inside))
            and (inside or not any(name.startswith(language) for language in languages))
        ]
        asked = [name for name in extras if is_safe_path(name)][:_MAX_EXTRA_LOOKS]
        yield from (seen for seen in self._pages.look((name, None) for name in asked) if seen.answer is Answer.OTHER)
        yield from (Seen(name, None, Answer.OTHER) for name in extras if name not in set(asked))

    # --- What it means ---

    def _explain(self, tree: Tree, wrong: Sequence[Seen]) -> Iterator[PageFinding]:
        """A finding for each: from another signed tree if one explains it, else by what it is."""
        left = {seen.path: seen for seen in wrong}
        others = other_trees(self._place, tree, self._surveys) if left else ()
        for other in others:
            for path, seen in list(left.items()):
                state = self._explained(seen, other, newer=other.version > tree.version)
                if state is not None:
                    del left[path]
                    yield _finding(seen, state, f"as {other.words(tree)} has it")
            if not left:
                return
        for seen in left.values():
            yield self._unexplained(seen)

    def _explained(self, seen: Seen, other: Tree, *, newer: bool) -> PageState | None:
        """Whether a page is as ``other`` has it. A page that is gone is not explained by one that was not there yet."""
        if seen.answer is Answer.MISSING and not newer:
            return None
        leaf, known = self._listings.knows(other, seen.path)
        if not known or (leaf.digest if leaf else None) != seen.digest:
            return None
        if seen.digest is None and seen.answer is not Answer.MISSING:
            return None
        return PageState.NEWER if newer else PageState.OLDER

    def _unexplained(self, seen: Seen) -> PageFinding:
        if seen.answer is Answer.MISSING:
            return _finding(seen, PageState.MISSING, "")
        said = f'; it says "{seen.says}" of itself' if seen.says else ""
        if seen.signed is None:
            return _finding(seen, PageState.EXTRA, f"nobody signed it{said}")
        twin = self._elsewhere(seen.digest)
        swapped = f"; it is {twin}, in another page's place" if twin else ""
        endless = f"; it is longer than the {seen.signed.size} bytes that are signed" if seen.digest is None else ""
        return _finding(seen, PageState.ALTERED, f"is not what the publication signed{swapped}{endless}{said}")

    def _elsewhere(self, digest: bytes | None) -> str:
        """The path of another signed page with this hash."""
        if not self._twins:
            self._twins = {leaf.digest: path for walked in self._walked.values() for path, leaf in walked.files.items()}
        return self._twins.get(digest or b"", "")


def _finding(seen: Seen, state: PageState, detail: str) -> PageFinding:
    return PageFinding(seen.path, state, seen.signed.digest if seen.signed else None, seen.digest, detail)


def _names(place: Survey) -> tuple[str, ...]:
    """All files of a mirror that can be listed."""
    if not isinstance(place.mirror, Listable):
        return ()
    try:
        return tuple(place.mirror.list())
    except CarrierError as error:
        place.trail.failed(".", error)
        return ()


def _drawn(files: Mapping[str, Leaf], count: int) -> dict[str, Leaf]:
    paths = sorted(files)
    return {path: files[path] for path in SystemRandom().sample(paths, min(count, len(paths)))}


# --- In words and as JSON -----------------------------------------------------------------------------------------


def site_lines(trees: Sequence[TreeAudit]) -> Iterator[str]:
    """One line for all trees of a mirror that are as signed, one for each that is not; then the pages in question."""
    there = [result for result in trees if result.there]
    good = [result for result in there if _is_as_signed(result)]
    if good:
        yield f"    pages: {_sum(good)} as signed"
    if trees and not there:
        yield "    pages: no site"
        return
    for result in trees:
        name = result.tree.folder or "outside the languages"
        if not result.there:
            yield f"    pages, {name}: no site"
        elif result not in good:
            asked = "" if result.asked == result.pages else f", {result.asked} asked for"
            yield f"    pages, {name}: {result.good} good of {result.pages}{asked}, {result.tree.words()}"
    findings = [finding for result in trees for finding in result.findings]
    wrong = {(finding.path, finding.state) for finding in findings}
    for state in PageState:
        # A copy that fares as its page does is not named beside it.
        of_state = [
            finding
            for finding in findings
            if finding.state is state
            and (copied_file(finding.path) == finding.path or (copied_file(finding.path), state) not in wrong)
        ]
        for finding in of_state[:_MAX_SHOWN]:
            yield f"    {state}: {harmless(finding.path)}" + (f": {finding.detail}" if finding.detail else "")
        if len(of_state) > _MAX_SHOWN:
            yield f"    {state}: and {len(of_state) - _MAX_SHOWN} more"


def _is_as_signed(result: TreeAudit) -> bool:
    """Whether nothing need be said of a tree but that it is good."""
    return not result.findings and result.good == result.asked > 0


def _sum(good: Sequence[TreeAudit]) -> str:
    languages = sum(bool(result.tree.folder) for result in good)
    places = f"{languages} language{'s' * (languages != 1)}" if languages else "outside the languages"
    pages, asked = sum(result.pages for result in good), sum(result.asked for result in good)
    some = "" if asked == pages else f", {asked:,} asked for,"
    return f"{places}, {pages:,} file{'s' * (pages != 1)}{some}"


def site_json(trees: Iterable[TreeAudit]) -> list[dict[str, Any]]:
    """The trees of a mirror for machines."""
    return [
        {
            "folder": result.tree.folder,
            "edition": result.tree.edition,
            "version": result.tree.version,
            "there": result.there,
            "pages": result.pages,
            "asked": result.asked,
            "good": result.good,
            "findings": [
                {
                    "path": finding.path,
                    "state": finding.state.value,
                    "signed": finding.signed.hex() if finding.signed else None,
                    "served": finding.served.hex() if finding.served else None,
                    "detail": finding.detail,
                }
                for finding in result.findings
            ],
        }
        for result in trees
    ]
