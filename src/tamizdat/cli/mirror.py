"""``tamizdat mirror``: be a mirror. What it does stands in :mod:`tamizdat.cli.mirroring`."""

from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from tamizdat.cli.running import RunningGroup
from tamizdat.errors import UsageError

app = typer.Typer(
    cls=RunningGroup,
    help="Be a mirror: copy a publication from anywhere, check every byte, and serve it to everybody.",
    no_args_is_help=True,
    subcommand_metavar="DIR | COMMAND [ARGS]...",
)

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's folder; it is made if it is not there.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("run")
def run(
    folder: Dir,
    trust: Annotated[str, typer.Option(help="The publication's fingerprint, its nine words, or its first root file.")],
    from_: Annotated[
        list[str],
        typer.Option(
            "--from",
            help="Where to copy from: a publisher or mirror on the web, a folder, an archive file, or a folder where "
            "somebody drops such files. Repeatable: the more, the harder it is to keep the news from you.",
        ),
    ],
    listen: Annotated[
        list[str],
        typer.Option(help="Where to serve: HOST:PORT, :PORT for everywhere, or unix:/path. Repeatable."),
    ] = ["127.0.0.1:8080"],  # noqa: B006 - typer copies it
    no_listen: Annotated[
        bool, typer.Option("--no-listen", help="Copy only; another web server serves the folder DIR/www.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Copy what is there now, and end. Nothing is served.")] = False,
    language: Annotated[list[str], typer.Option(help="Only this language. Repeatable; all without.")] = [],  # noqa: B006 - as above
    no_pages: Annotated[
        bool, typer.Option("--no-pages", help="Only signed editions, for readers that check; no pages for browsers.")
    ] = False,
    no_pictures: Annotated[bool, typer.Option("--no-pictures", help="With --no-pages: no pictures either.")] = False,
    max_disk: Annotated[str, typer.Option(help="Use no more of the disk than this, like 500M or 2G.")] = "",
    max_rate: Annotated[str, typer.Option(help="Send no faster than this in all, in bytes a second, like 2M.")] = "",
    tls_cert: Annotated[Path | None, typer.Option(help="Serve with TLS: the file of the certificate chain.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The file of its key.")] = None,
    check_every: Annotated[float, typer.Option(min=1, max=3600, help="Seconds between looks for news.")] = 60.0,
) -> None:
    """Copy a publication from anywhere, check every byte, and serve it. Ends with Ctrl-C or SIGTERM."""
    mirroring = _mirroring()
    mirroring.run(
        mirroring.Request(
            folder=folder,
            trust=trust,
            addresses=from_,
            listen=[] if no_listen or once else listen,
            once=once,
            languages=language,
            pages=not no_pages,
            pictures=not no_pictures,
            max_disk=max_disk,
            max_rate=max_rate,
            tls_cert=tls_cert,
            tls_key=tls_key,
            check_seconds=check_every,
        )
    )


@app.command("status")
def status(folder: Dir, json_: Json = False) -> None:
    """Say how the mirror in DIR is. Exit code 0 if it runs and is well, 5 if somebody should look after it."""
    mirroring = _mirroring()
    mirroring.status(folder, json=json_)


def _mirroring() -> ModuleType:
    """What mirroring needs, which help must not load. Raises UsageError where it is not installed."""
    try:
        from tamizdat.cli import mirroring  # noqa: PLC0415 - as said
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed; mirror needs: pip install 'tamizdat[mirror]'") from error
    return mirroring
