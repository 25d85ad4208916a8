"""An import from the command line, in the process that asks for it."""

from collections.abc import Callable
from pathlib import Path

from tamizdat.errors import UsageError
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.writing import moment
from tamizdat.newsroom.set_up import set_up
from tamizdat.sources.registry import open_source


def move_in(place: str, kind: str, language: str, *, dry: bool, step: Callable[[MoveReport], None]) -> MoveReport:
    """Move the source at ``place`` into the newsroom of this process. Raises UsageError for a place it cannot have."""
    set_up()
    web = place.lower().startswith(("http://", "https://"))
    if not web and not Path(place).exists():
        raise UsageError(f"{place}: there is no such file or folder")
    source = open_source(
        kind,
        base_dir=Path.cwd(),
        now=moment(),
        path=None if web else place,
        url=place if web else None,
        language=language or None,
        embargoed=True,
    )
    return Mover(source, kind, dry=dry, step=step).move()
