"""``tamizdat read`` and ``tamizdat audit``: fetch, check, show."""

import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tamizdat.carriers.registry import open_inbound
from tamizdat.cli.ask import passphrase
from tamizdat.cli.say import say, say_all, say_json
from tamizdat.errors import UsageError
from tamizdat.reader.contents import find_story, listed
from tamizdat.reader.language import Edition
from tamizdat.reader.library import EncryptedLibrary, Library, MemoryLibrary
from tamizdat.reader.report import mirror_lines, state_lines, warning_lines
from tamizdat.reader.show import Sheet, list_lines, story_lines
from tamizdat.reader.shown import story_json, summary_json
from tamizdat.reader.sync import Visit, sync
from tamizdat.trust.fingerprint import Anchor

app = typer.Typer(help="Fetch the news from any mirrors, check every byte, and read.", no_args_is_help=True)

Trust = Annotated[str, typer.Option(help="The publication's fingerprint, its nine words, or its first root file.")]
From = Annotated[
    list[str],
    typer.Option(
        "--from", help="A mirror: web address, folder or archive file. Repeatable; none to read a kept library."
    ),
]
Language = Annotated[str, typer.Option(help="Language to read, like ru or sr-Latn.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Keep = Annotated[Path | None, typer.Option(help="Keep an encrypted library in this folder. Nothing is kept without.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No word about mirrors and dates.")]


@app.command("list")
def list_stories(
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
) -> None:
    """List the stories of the current edition, the front page first."""
    visit, edition = _visit(trust, from_, language, keep, quiet=quiet, json_=json_)
    stories = listed(edition, _now())
    if json_:
        say_json([summary_json(story) for story in stories])
        return
    if not quiet:
        _print_state(visit, edition)
    say_all(list_lines(stories, _sheet(language), _now()))


@app.command("show")
def show_story(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story's id, as `read list` prints it.")],
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
) -> None:
    """Show one story. The whole edition is fetched all the same, so that nobody sees which story you read."""
    visit, edition = _visit(trust, from_, language, keep, quiet=quiet, json_=json_)
    story = find_story(edition, story_id)
    if json_:
        say_json(story_json(story))
        return
    if not quiet:
        _print_state(visit, edition)
    say_all(story_lines(story, _sheet(language)))


@app.command("search")
def search_stories(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="All of these words must occur.")],
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
) -> None:
    """Search the current edition on this machine; nobody learns what was searched for."""
    visit, edition = _visit(trust, from_, language, keep, quiet=quiet, json_=json_)
    found = listed(edition, _now(), words)
    if json_:
        say_json([summary_json(story) for story in found])
        return
    if not quiet:
        _print_state(visit, edition)
    say_all(list_lines(found, _sheet(language), _now()))
    if not found:
        say("Nothing found.")


def audit(
    trust: Trust,
    mirrors: Annotated[list[str], typer.Argument(metavar="MIRROR...", help="Mirrors to check, file by file.")],
    json_: Json = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of the pages of each language, only some drawn by lot.")
    ] = False,
) -> None:
    """Check every signed file and every page of every mirror, and say what differs. Exit code 4 if a mirror lies."""
    from tamizdat.reader.audit import audit_json, audit_lines, audit_mirrors  # noqa: PLC0415 - readers seldom need it

    anchor = _anchor(trust)
    result = audit_mirrors([open_inbound(address) for address in mirrors], anchor, _now(), quick=quick)
    if json_:
        say_json(audit_json(result))
    else:
        say_all(audit_lines(result))
    if result.lies:
        raise typer.Exit(4)
    if result.failed:
        raise typer.Exit(5)


def _visit(
    trust: str, addresses: list[str], language: str, keep: Path | None, *, quiet: bool, json_: bool
) -> tuple[Visit, Edition]:
    anchor = _anchor(trust)
    if not addresses and keep is None:
        raise UsageError("name a mirror with --from, or a kept library with --keep")
    mirrors = [open_inbound(address) for address in addresses]
    with _library(keep) as library:
        visit = sync(mirrors, anchor, [language], library, _now())
    if not quiet:
        say_all(mirror_lines(visit), err=True)
    if json_ and language in visit.editions:
        say_all(warning_lines(visit, _now()), err=True)
    if fault := visit.faults.get(language):
        if language not in visit.languages:
            raise UsageError(f"{language} is not among this publication's languages: {', '.join(visit.languages)}")
        raise fault
    return visit, visit.editions[language]


def _anchor(trust: str) -> Anchor:
    path = Path(trust)
    # A fingerprint has no dot and words have no slash; anything that is a file is a root file.
    if len(trust) < 1000 and path.is_file():
        return Anchor.of_root(path.read_bytes())
    return Anchor.parse(trust)


def _library(keep: Path | None) -> AbstractContextManager[Library]:
    if keep is None:
        return nullcontext(MemoryLibrary())
    if keep.exists():
        return EncryptedLibrary.open(keep, passphrase(str(keep)))
    say(
        "A kept library is encrypted, but its folder shows that somebody keeps one. Where reading can be punished, "
        "keep nothing.",
        err=True,
    )
    return EncryptedLibrary.create(keep, passphrase(str(keep), new=True))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _sheet(language: str) -> Sheet:
    shown = sys.stdout.isatty()
    return Sheet(language, shutil.get_terminal_size().columns, align=shown)


def _print_state(visit: Visit, edition: Edition) -> None:
    say_all(state_lines(visit, edition, _now()))
