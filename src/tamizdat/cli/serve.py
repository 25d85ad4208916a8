"""``tamizdat serve``: look at the site before anybody else does."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from tamizdat.cli.say import say
from tamizdat.config import FILE_NAME
from tamizdat.errors import UsageError
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.publisher.preview import LOOPBACK, preview_server


def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A publication's folder, or any web root.")],
    port: Annotated[int, typer.Option(help="The port; 0 takes any that is free.", min=0, max=65_535)] = 8000,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show the published site on 127.0.0.1, for this machine alone, until Ctrl-C."""
    root = folder / OUT_DIR if (folder / FILE_NAME).is_file() else folder
    if not (root / "index.html").is_file():
        advice = f"publish first: tamizdat publish -C {folder}" if root != folder else "it holds no index.html"
        raise UsageError(f"there is no site in {root}; {advice}")
    try:
        server = preview_server(root, port)
    except OSError as error:
        raise UsageError(f"port {port} cannot be had ({error.strerror}); try another with --port, or 0") from error
    with server:
        address = f"http://{LOOPBACK}:{server.server_port}/"
        say(f"{root} is served at {address} until you press Ctrl-C. Nobody but this machine can see it.")
        if open_:
            webbrowser.open(address)
        server.serve_forever()
