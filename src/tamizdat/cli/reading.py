"""What ``tamizdat read`` does. Apart from the commands, so that their help need not load it."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Final

from tamizdat.carriers.registry import open_inbound
from tamizdat.cli.anchor import anchor_of
from tamizdat.cli.ask import passphrase
from tamizdat.cli.say import say, say_all, say_json
from tamizdat.errors import UsageError
from tamizdat.reader.contents import find_story, listed
from tamizdat.reader.language import Edition
from tamizdat.reader.library import Library, MemoryLibrary
from tamizdat.reader.report import mirror_lines, state_lines, warning_lines
from tamizdat.reader.show import Sheet, list_lines, story_lines
from tamizdat.reader.shown import story_json, summary_json
from tamizdat.reader.sync import Visit, sync
from tamizdat.way_in import is_onion

_MAX_OTHERS: Final = 8
"""How many of the mirrors that a kept edition lists are asked."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options that all reading commands share."""

    trust: str
    addresses: Sequence[str]
    language: str
    keep: Path | None
    json: bool
    quiet: bool
    other_mirrors: bool = False


def list_stories(request: Request, words: str = "") -> None:
    """List the stories, or those that hold all ``words``. Raises what :func:`sync` raises, and UsageError."""
    with _visited(request) as (visit, edition):
        stories = listed(edition, now(), words)
    if request.json:
        say_json([summary_json(story) for story in stories])
        return
    if not request.quiet:
        say_all(state_lines(visit, edition, now()))
    say_all(list_lines(stories, _sheet(request.language), now()))
    if words and not stories:
        say("Nothing found.")


def show_story(request: Request, story_id: str) -> None:
    """Show one story. Raises as :func:`list_stories`."""
    with _visited(request) as (visit, edition):
        story = find_story(edition, story_id)
    if request.json:
        say_json(story_json(story))
        return
    if not request.quiet:
        say_all(state_lines(visit, edition, now()))
    say_all(story_lines(story, _sheet(request.language)))


def list_mirrors(request: Request) -> None:
    """List the mirrors that the edition names. Raises as :func:`list_stories`."""
    with _visited(request) as (visit, edition):
        mirrors = edition.index.web_mirrors
    if request.json:
        say_json([{"url": url, "onion": is_onion(url)} for url in mirrors])
        return
    if not request.quiet:
        say_all(state_lines(visit, edition, now()))
    say_all(mirrors)
    if not mirrors:
        say("This edition names no mirrors.")


@contextmanager
def _visited(request: Request) -> Iterator[tuple[Visit, Edition]]:
    """What came of a visit; stories are opened while they are read, so the library stays open as long."""
    anchor, language = anchor_of(request.trust), request.language
    if not request.addresses and request.keep is None:
        raise UsageError("name a mirror with --from, or a kept library with --keep")
    mirrors = [open_inbound(address) for address in request.addresses]
    with _library(request.keep) as library:
        visit = sync(mirrors, anchor, [language], library, now())
        if request.other_mirrors and language in visit.editions and not visit.was_served:
            mirrors += map(open_inbound, _other_mirrors(visit.editions[language], request.addresses))
            visit = sync(mirrors, anchor, [language], library, now())
        if not request.quiet:
            say_all(mirror_lines(visit), err=True)
        if request.json and language in visit.editions:
            say_all(warning_lines(visit, now()), err=True)
        if fault := visit.faults.get(language):
            if language not in visit.languages:
                raise UsageError(f"{language} is not among this publication's languages: {', '.join(visit.languages)}")
            raise fault
        yield visit, visit.editions[language]


def _other_mirrors(kept: Edition, named: Sequence[str]) -> list[str]:
    """Some of the mirrors that a kept edition lists, by lot: not all readers should knock at the first door."""
    others = [address for address in kept.index.web_mirrors if address not in named]
    return SystemRandom().sample(others, min(len(others), _MAX_OTHERS))


def _library(keep: Path | None) -> AbstractContextManager[Library]:
    if keep is None:
        return nullcontext(MemoryLibrary())
    from tamizdat.reader.library_folder import EncryptedLibrary  # noqa: PLC0415 - most readers keep nothing

    if keep.exists():
        return EncryptedLibrary.open(keep, passphrase(str(keep)))
    say(
        "A kept library is encrypted, but its folder shows that somebody keeps one. Where reading can be punished, "
        "keep nothing.",
        err=True,
    )
    return EncryptedLibrary.create(keep, passphrase(str(keep), new=True))


def now() -> datetime:
    """This moment, in whole seconds, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def _sheet(language: str) -> Sheet:
    shown = sys.stdout.isatty()
    return Sheet(language, shutil.get_terminal_size().columns, align=shown)
