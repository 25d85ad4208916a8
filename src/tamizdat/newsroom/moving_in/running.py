"""An import from the command line, in the process that asks for it."""

from collections.abc import Callable
from pathlib import Path

from tamizdat.errors import UsageError
from tamizdat.newsroom.moving_in.models import MovedItem, ReadState
from tamizdat.newsroom.moving_in.moving import Mover
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.writing import moment
from tamizdat.newsroom.set_up import set_up
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.registry import open_source
from tamizdat.sources.wordpress_rest import WordPressRestSource


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
        drafts=True,
        state=_state(place) if not dry else None,
    )
    report = Mover(source, kind, dry=dry, step=step).move()
    if isinstance(source, WordPressRestSource):
        _keep(source, place, report)
    return report


def _state(place: str) -> FeedState | None:
    """How far the source was read. All of it is asked for again as long as a picture lacks that it may have now."""
    if MovedItem.objects.filter(source=place, lacking__gt=0).exists():
        return None
    row = ReadState.objects.filter(source=place).first()
    return FeedState(row.etag, row.last_modified) if row else None


def _keep(source: WordPressRestSource, place: str, report: MoveReport) -> None:
    """Note how far the source was read. What was left out may fit another time: then all is asked for again."""
    if report.dry or report.fault:
        return
    if report.left_out:
        ReadState.objects.filter(source=place).delete()
        return
    held = {"etag": source.state.etag, "last_modified": source.state.last_modified}
    ReadState.objects.update_or_create(source=place, defaults=held)
