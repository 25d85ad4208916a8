"""``tamizdat read`` and ``tamizdat audit``: fetch, check, show. What they do stands in :mod:`tamizdat.cli.reading`."""

from pathlib import Path
from typing import Annotated

import typer

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
    from tamizdat.cli import reading  # noqa: PLC0415 - help must not load what reading needs

    reading.list_stories(reading.Request(trust, from_, language, keep, json_, quiet))


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
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.show_story(reading.Request(trust, from_, language, keep, json_, quiet), story_id)


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
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.list_stories(reading.Request(trust, from_, language, keep, json_, quiet), words)


def audit(
    trust: Trust,
    mirrors: Annotated[list[str], typer.Argument(metavar="MIRROR...", help="Mirrors to check, file by file.")],
    json_: Json = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of the pages of each language, only some drawn by lot.")
    ] = False,
) -> None:
    """Check every signed file and every page of every mirror, and say what differs. Exit code 4 if a mirror lies."""
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.audit(trust, mirrors, json=json_, quick=quick)
