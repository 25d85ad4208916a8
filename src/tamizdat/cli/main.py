"""Entry point: the commands, and how an error becomes a sentence and an exit code."""

import sys
from typing import NoReturn

import typer

from tamizdat.cli import carry
from tamizdat.cli import mirror as mirror_commands
from tamizdat.cli import read as read_commands
from tamizdat.cli.say import say
from tamizdat.errors import TamizdatError, UsageError

app = typer.Typer(
    name="tamizdat",
    help="News that any untrusted mirror can carry, and that every reader can check.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # loading rich for --help would cost every command a tenth of a second
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(read_commands.app, name="read")
app.add_typer(mirror_commands.app, name="mirror")
app.command("export")(carry.export)
app.command("import")(carry.import_)
app.command("audit")(read_commands.audit)
app.command("check-evidence")(read_commands.check_evidence)


def _add_publisher_commands() -> None:
    """The newsroom's commands. Keys need nothing that readers lack; the others need the ``publish`` extra."""
    from tamizdat.cli import keys, newsroom  # noqa: PLC0415 - readers must start without the newsroom's code

    app.add_typer(keys.app, name="keys")
    app.add_typer(newsroom.app, name="newsroom")
    try:
        from tamizdat.cli import publish, serve  # noqa: PLC0415 - as above, and its packages may not be installed
    except ImportError as error:
        for name in ("init", "publish", "gather", "press", "sign", "push", "withdraw", "serve"):
            _explain_missing(name, error.name or "a package")
        return
    app.command("init")(publish.init)
    app.command("publish")(publish.publish)
    app.command("gather")(publish.gather)
    app.command("press")(publish.press)
    app.command("sign")(publish.sign)
    app.command("push")(publish.push)
    app.command("withdraw")(publish.withdraw)
    app.command("serve")(serve.serve)


def _explain_missing(command: str, package: str) -> None:
    @app.command(command, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def missing() -> NoReturn:
        """Needs the publisher's packages: pip install 'tamizdat[publish]'."""
        raise UsageError(f"{package} is not installed; {command} needs: pip install 'tamizdat[publish]'")


def main() -> None:
    """Run the command line."""
    if len(sys.argv) < 2 or sys.argv[1] not in {"read", "audit", "check-evidence", "mirror", "export", "import"}:
        _add_publisher_commands()
    try:
        app()
    except TamizdatError as error:
        say(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
