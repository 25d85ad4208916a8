"""What ``tamizdat mirror`` does. Apart from the commands, so that their help need not load it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from tamizdat.cli.anchor import anchor_of
from tamizdat.cli.say import say, say_all, say_json
from tamizdat.cli.sizes import read_size, shown_size
from tamizdat.errors import UsageError
from tamizdat.mirror.copying import Copier, Looked
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.http.tls import TlsFiles
from tamizdat.mirror.plan import Selection
from tamizdat.mirror.running import Mirror, Wishes
from tamizdat.mirror.status import StatusFile, is_healthy, read_status
from tamizdat.mirror.totals import step_text
from tamizdat.mirror.upstream import open_upstream


@dataclass(frozen=True, slots=True)
class Request:
    """``tamizdat mirror DIR`` as it was typed."""

    folder: Path
    trust: str
    addresses: Sequence[str]
    listen: Sequence[str]
    once: bool
    languages: Sequence[str]
    pages: bool
    pictures: bool
    max_disk: str
    max_rate: str
    tls_cert: Path | None
    tls_key: Path | None
    check_seconds: float


def run(request: Request) -> None:
    """Be a mirror. Raises UsageError, LibraryError; typer.Exit with 5 if ``--once`` could not copy."""
    if (request.tls_cert is None) != (request.tls_key is None):
        raise UsageError("TLS needs both: --tls-cert and --tls-key")
    if request.pages and not request.pictures:
        raise UsageError("pages show pictures: --no-pictures goes with --no-pages")
    wishes = Wishes(
        anchor=anchor_of(request.trust),
        upstreams=tuple(open_upstream(address) for address in request.addresses),
        listen=tuple(request.listen),
        selection=Selection(frozenset(request.languages), request.pages, request.pictures),
        max_disk=read_size("--max-disk", request.max_disk) if request.max_disk else None,
        bytes_per_second=read_size("--max-rate", request.max_rate) if request.max_rate else 0,
        tls=TlsFiles(request.tls_cert, request.tls_key) if request.tls_cert and request.tls_key else None,
        check_seconds=request.check_seconds,
    )
    teller = _Teller(request.folder)
    with MirrorFolder(request.folder) as folder:
        if request.once:
            _copy_once(folder, wishes, teller)
        else:
            Mirror(folder, wishes, teller.looked, teller.listening).run()


def _copy_once(folder: MirrorFolder, wishes: Wishes, teller: "_Teller") -> None:
    copier = Copier(folder, wishes.anchor, wishes.selection, wishes.max_disk)
    try:
        looked = copier.look(wishes.upstreams)
        StatusFile(folder, copier, {"listen": []}).write(looked)
    finally:
        copier.close()
    teller.looked(looked)
    if looked.fault:
        raise typer.Exit(5)


class _Teller:
    """Says what changed, once: a mirror that has nothing to say is well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: tuple[object, ...] = ()
        self._fault = ""

    def listening(self, addresses: Sequence[str]) -> None:
        """Say where readers find the mirror."""
        for address in addresses:
            say(f"serving at {address}" if address.startswith("unix:") else f"serving at http://{address}/")

    def looked(self, looked: Looked) -> None:
        """Say what came of a look, if it is new."""
        for name, fault in looked.faults.items():
            if looked.fault and looked.fault != self._fault:
                say(f"upstream {name}: {fault}", err=True)
        if looked.fault != self._fault:
            say(f"trouble: {looked.fault}" if looked.fault else "all is well again", err=True)
            self._fault = looked.fault
        if looked.planned is None or looked.fault:
            return
        state = (tuple(sorted(looked.planned.editions.items())), tuple(looked.planned.faults))
        if state != self._last:
            self._last = state
            editions = ", ".join(f"{language} {number}" for language, number in state[0])
            say(f"holding editions {editions} ({looked.files} files, {looked.bytes} bytes fetched)")
            say_all((f"note: {fault}" for fault in looked.planned.faults), err=True)


def status(root: Path, *, json: bool) -> None:
    """Print how the mirror is. Raises UsageError if there is none; typer.Exit with 5 if it is not well."""
    fields = read_status(root, datetime.now(UTC))
    healthy = is_healthy(fields)
    if json:
        say_json({"healthy": healthy, **fields})
    else:
        say_all(_status_lines(root, fields, healthy=healthy))
    if not healthy:
        raise typer.Exit(5)


def _status_lines(root: Path, fields: Mapping[str, Any], *, healthy: bool) -> Iterator[str]:
    held = fields.get("held", {})
    yield f"{root}: {'well' if healthy else 'needs somebody to look after it'}"
    yield f"  process    {'running' if fields['running'] else 'not running'}"
    editions = ", ".join(f"{language} {number}" for language, number in sorted(held.get("editions", {}).items()))
    yield f"  editions   {editions or 'none yet'}"
    if held.get("checked_as_of"):
        expired = "  EXPIRED: other mirrors take nothing from here" if fields["expired"] else ""
        yield f"  signed     {_shown(held['checked_as_of'])}, counts until {_shown(held['expires'])}{expired}"
    yield f"  files      {fields.get('files', 0):,}, {shown_size(fields.get('bytes', 0))}"
    if fields.get("lost"):
        yield f"  damaged    {fields['lost']} files; they are fetched again as soon as an upstream has them"
    if fields.get("looked"):
        yield f"  last look  {_shown(fields['looked'])}{': ' + fields['fault'] if fields.get('fault') else ''}"
    for upstream in fields.get("upstreams", []):
        trouble = f": {upstream['trouble']}" if upstream["trouble"] else ""
        yield f"  upstream   {upstream['name']}  {upstream['standing']}{trouble}"
    for note in held.get("faults", []):
        yield f"  note       {note}"
    for day, languages in sorted(fields.get("totals", {}).get("days", {}).items(), reverse=True)[:7]:
        counts = ", ".join(f"{name or 'other'} {step_text(served[0])}" for name, served in sorted(languages.items()))
        yield f"  {day} {counts}"


def _shown(moment: str) -> str:
    return moment.replace("T", " ").removesuffix("Z")[:16] + " UTC"
