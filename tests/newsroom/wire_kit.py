"""A wire on loopback, a real server of feeds and files, or a watched folder; their contents a test changes."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lxml import html

from tamizdat.newsroom.here import here
from tamizdat.newsroom.ingest.fetching import fetch
from tamizdat.newsroom.ingest.models import FOLDER, Subscription

LATELY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
"""When what comes in was published: old items are not taken in."""
WORDS = (
    "The harbour of the city was closed on Monday after dock workers began a strike over pay and working hours which "
    "their union says have not changed in eleven years while prices rose by more than half in the same time"
)


@dataclass
class Wire:
    """What the server has, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving() -> Iterator[Wire]:
    """A server until the end of the block."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wire.asked.append(self.path)
            data = wire.files.get(self.path, wire.files.get(self.path.partition("?")[0]))
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    wire.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def watched_folder(name: str = "agency") -> Iterator[Path]:
    """A folder that a subscription with this address watches, until the end of the block."""
    place = here().own / FOLDER / name
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def ninjs(**fields: Any) -> dict[str, Any]:
    """An item of ninjs; ``fields`` are said besides, or otherwise."""
    said = {"uri": "urn:x:1", "type": "text", "headline": "Strike", "language": "en", "body_xhtml": "<p>Text.</p>"}
    return {**said, "versioncreated": LATELY.isoformat(), **fields}


def deliver(place: Path, item: dict[str, Any], name: str = "item") -> None:
    """Put an item into a watched folder, instead of the one that came under this name before."""
    (place / f"{name}.json").write_text(json.dumps(item), "utf-8")


def fetched(source: Subscription) -> int:
    """How many items are new or changed, now that it is read once more."""
    source.refresh_from_db()
    return fetch(source)


def rss(*items: str, language: str = "en") -> bytes:
    """A feed of these items."""
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    head = (
        f'<?xml version="1.0"?><rss version="2.0" {media}><channel><title>Wire</title><language>{language}</language>'
    )
    return (head + "".join(items) + "</channel></rss>").encode()


def item(guid: str, title: str = "", text: str = "", more: str = "", date: datetime | None = None) -> str:
    """One item of a feed."""
    shown = text or f"What {guid} says."
    return (
        f"<item><guid>{guid}</guid><title>{title or f'Headline of {guid}'}</title>"
        f"<description>&lt;p&gt;{shown}&lt;/p&gt;</description>"
        f"<pubDate>{format_datetime(date or LATELY)}</pubDate>{more}</item>"
    )


def subscription(address: str, **fields: object) -> Subscription:
    """A subscription in English."""
    given = {"name": "Harbour Wire", "kind": "feed", "language": "en", "agency": "Harbour Wire", **fields}
    return Subscription.objects.create(address=address, **given)


def form_of(page: str | bytes, name: str) -> dict[str, str]:
    """What a form of a page says besides: its hidden field of this name."""
    (field,) = html.fromstring(page).xpath(f"//form//input[@type='hidden'][@name='{name}']")
    return {name: field.get("value", "")}
