"""``tamizdat newsroom import`` and ``redirects``: a whole site moves in, and its old addresses lead to the new ones."""

import time
from pathlib import Path
from typing import Any, Final

from tamizdat.cli.say import say, say_all, say_json
from tamizdat.config import FILE_NAME, load_config
from tamizdat.errors import UsageError
from tamizdat.newsroom.opening import open_newsroom

_EVERY_SECONDS: Final = 5.0
REDIRECT_FORMS: Final = ("nginx", "apache", "caddy")


def _open(folder: Path) -> None:
    """The newsroom of the publication in ``folder``. Raises UsageError or ConfigError."""
    if not (folder / FILE_NAME).is_file():
        raise UsageError(f"{folder} is no publication: there is no {FILE_NAME} in it")
    load_config(folder)
    open_newsroom(folder)


def import_site(folder: Path, place: str, kind: str, language: str, *, dry: bool, json: bool) -> int:
    """Move the source in; the exit code: 3 if anything was left out. Raises UsageError."""
    _open(folder)
    from tamizdat.newsroom.moving_in.kinds import guess_kind  # noqa: PLC0415 - needs the newsroom to be open
    from tamizdat.newsroom.moving_in.running import move_in  # noqa: PLC0415 - as above

    said = [time.monotonic()]

    def step(report: Any) -> None:  # noqa: ANN401 - its class needs the newsroom, too
        if not json and time.monotonic() - said[0] > _EVERY_SECONDS:
            said[0] = time.monotonic()
            say(f"{report.read} read, {report.new} new", err=True)

    report = move_in(place, kind or guess_kind(place), language, dry=dry, step=step)
    if json:
        say_json(report.as_json())
    else:
        say_all(report.lines())
    return 0 if report.whole else 3


def print_redirects(folder: Path, form: str, base: str) -> None:
    """One line for each story that had an address before. Raises UsageError."""
    if form not in REDIRECT_FORMS:
        raise UsageError(f"--form {form!r} is not known; there is: {', '.join(REDIRECT_FORMS)}")
    _open(folder)
    address = base or load_config(folder).publication.base_url
    if not address:
        raise UsageError("say with --base where readers find the new site: base_url is not set")
    from tamizdat.newsroom.moving_in.redirects import redirect_lines  # noqa: PLC0415 - as above

    say_all(redirect_lines(form, address))
