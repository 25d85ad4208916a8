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
OtherMirrors = Annotated[
    bool,
    typer.Option(
        "--other-mirrors",
        help="If no mirror that you named serves, ask some of those that your kept edition lists. Whoever watches your "
        "line sees which you ask, and such lists are watched first.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No word about mirrors and dates.")]


@app.command("list")
def list_stories(
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
    other_mirrors: OtherMirrors = False,
) -> None:
    """List the stories of the current edition, the front page first."""
    from tamizdat.cli import reading  # noqa: PLC0415 - help must not load what reading needs

    reading.list_stories(reading.Request(trust, from_, language, keep, json_, quiet, other_mirrors))


@app.command("show")
def show_story(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story's id, as `read list` prints it.")],
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
    other_mirrors: OtherMirrors = False,
) -> None:
    """Show one story. The whole edition is fetched all the same, so that nobody sees which story you read."""
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.show_story(reading.Request(trust, from_, language, keep, json_, quiet, other_mirrors), story_id)


@app.command("search")
def search_stories(
    words: Annotated[str, typer.Argument(metavar="WORDS", help="All of these words must occur.")],
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
    other_mirrors: OtherMirrors = False,
) -> None:
    """Search the current edition on this machine; nobody learns what was searched for."""
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.list_stories(reading.Request(trust, from_, language, keep, json_, quiet, other_mirrors), words)


@app.command("mirrors")
def list_mirrors(
    trust: Trust,
    language: Language,
    from_: From = [],  # noqa: B006 - typer copies it
    json_: Json = False,
    keep: Keep = None,
    quiet: Quiet = False,
    other_mirrors: OtherMirrors = False,
) -> None:
    """List the mirrors that the current edition names. None of them is contacted."""
    from tamizdat.cli import reading  # noqa: PLC0415 - as above

    reading.list_mirrors(reading.Request(trust, from_, language, keep, json_, quiet, other_mirrors))


def audit(
    mirrors: Annotated[
        list[str], typer.Argument(metavar="MIRROR...", help="Mirrors to check, file by file.", show_default=False)
    ] = [],  # noqa: B006 - typer copies it
    trust: Annotated[
        str,
        typer.Option(help="The publication's fingerprint, its nine words, or its first root file. Not needed with -C."),
    ] = "",
    from_: Annotated[
        list[str],
        typer.Option("--from", help="A mirror to check, and with it all those that its editions list. Repeatable."),
    ] = [],  # noqa: B006 - typer copies it
    folder: Annotated[
        Path | None,
        typer.Option("-C", help="A publication's folder: check its out/ and the mirrors of its settings."),
    ] = None,
    json_: Json = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of the pages of each language, only some drawn by lot.")
    ] = False,
    patience: Annotated[
        float, typer.Option("--patience", min=0.01, help="Minutes that one mirror gets before it is given up.")
    ] = 15.0,
    evidence: Annotated[
        Path | None,
        typer.Option("--evidence", help="For each mirror that lies, put what proves it into this new folder."),
    ] = None,
) -> None:
    """Check every signed file and every page of every mirror, and say what differs. Exit code 4 if a mirror lies."""
    from tamizdat.cli import auditing  # noqa: PLC0415 - as above

    auditing.audit(auditing.AuditRequest(trust, mirrors, from_, folder, json_, quick, patience, evidence))


def check_evidence(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `audit --evidence` wrote about one mirror.")],
    trust: Trust,
    json_: Json = False,
) -> None:
    """Check evidence against a mirror, offline: signatures, signed hashes, bytes. Exit code 4 if it proves nothing."""
    from tamizdat.cli import auditing  # noqa: PLC0415 - as above

    auditing.check_evidence(trust, folder, json=json_)
