"""``tamizdat newsroom``: write, translate and publish in the browser. What it does stands in ``tamizdat.newsroom``."""

import json
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Annotated, Final

import typer

from tamizdat.cli.ask import passphrase
from tamizdat.cli.running import RunningGroup
from tamizdat.cli.say import say
from tamizdat.config import FILE_NAME, load_config
from tamizdat.errors import UsageError

LISTEN: Final = "127.0.0.1:8700"


app = typer.Typer(
    cls=RunningGroup,
    help="Write, translate and publish in the browser.",
    no_args_is_help=True,
    subcommand_metavar="DIR | COMMAND [ARGS]...",
)

Dir = Annotated[Path, typer.Argument(metavar="DIR", help="The publication's folder.")]


@app.command("run")
def run(
    folder: Dir,
    listen: Annotated[str, typer.Option(help="Where browsers find it: HOST:PORT.")] = LISTEN,
    sample: Annotated[bool, typer.Option("--sample", help="Make a sample newspaper to look around in.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Run this alone: web, press or background; more than once for two. For more machines."),
    ] = None,
) -> None:
    """Start the newsroom of the publication in DIR, or make one there in the browser. Ends with Ctrl-C or SIGTERM."""
    begin = _start()
    if (folder / FILE_NAME).is_file():
        load_config(folder)
    if only and sample:
        raise UsageError("--only runs a part of a newsroom that is there; --sample makes one")
    secret = partial(passphrase, f"the keys in {folder}")
    if only:
        begin.start_only(folder, listen, secret, say, tuple(only))
    else:
        begin.start(folder, listen, secret, say, sample=sample)


@app.command("import")
def import_(
    folder: Dir,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A file, a folder or an address.")],
    kind: Annotated[str, typer.Option(help="What it is; found out if you do not say.")] = "",
    language: Annotated[str, typer.Option(help="The language of stories that name none.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come in.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Move a whole site into the newsroom in DIR. Exit code 3 if anything was left out; run it again to go on."""
    need_wagtail()
    from tamizdat.cli.newsroom_import import import_site  # noqa: PLC0415 - needs Django, which help must not load

    if code := import_site(folder, source, kind, language, dry=dry_run, json=json_):
        raise typer.Exit(code)


@app.command("let-in")
def let_in(
    folder: Dir,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A log-in name.")],
    administrator: Annotated[bool, typer.Option("--administrator", help="Make it an administrator's.")] = False,
) -> None:
    """Give an account a new password, without second factors: for whoever has the machine and nobody to ask."""
    said = _start().ask(folder, "let-in", json.dumps({"name": name, "administrator": administrator}))
    say(f"Log-in name  {name}")
    say(f"Password     {said['password']}")
    say("Its second factors are forgotten and its sessions ended. Choose a password of your own after logging in.")


@app.command("redirects")
def redirects(
    folder: Dir,
    form: Annotated[str, typer.Option(help="For which server: nginx, apache or caddy.")] = "nginx",
    base: Annotated[str, typer.Option(help="Where readers find the new site; publication.base_url otherwise.")] = "",
) -> None:
    """Print where stories that moved in from another site are now, for the old site's server."""
    need_wagtail()
    from tamizdat.cli.newsroom_import import print_redirects  # noqa: PLC0415 - as above

    print_redirects(folder, form, base)


def need_wagtail() -> None:
    """Raise UsageError where it is not installed."""
    if find_spec("wagtail") is None:
        raise UsageError("wagtail is not installed; newsroom needs: pip install 'tamizdat[newsroom]'")


def _start() -> ModuleType:
    """What a newsroom needs, which help must not load. Raises UsageError where it is not installed."""
    need_wagtail()
    from tamizdat.newsroom.first_run import start  # noqa: PLC0415 - as said

    return start
