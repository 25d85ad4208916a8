"""The publication's mirrors in the form of browser extensions that take readers of a blocked site to a mirror of it.

The form is "bypass-mirrors" version 2.0, as the Bypass Censorship extension of the Open Technology Fund reads it: it
looks the host of the open page, without ``www.``, up in ``main_domain``, and takes ``type``, ``proto`` and ``url`` of
what it finds. ``eotk`` is its word for an onion service. It does not read the two times, but its schema wants both, as
texts.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from tamizdat.config import MirrorSettings
from tamizdat.way_in import is_onion

PATH: Final = "mirrors.json"
VERSION: Final = "2.0"


def mirror_list(base_url: str, mirrors: Iterable[MirrorSettings]) -> dict[str, bytes]:
    """Path below the web root, and bytes, of the list; nothing without a host to look up, or without mirrors."""
    domain = _main_domain(base_url)
    alternatives = [_alternative(mirror) for mirror in mirrors]
    if not domain or not alternatives:
        return {}
    site = {"main_domain": domain, "available_alternatives": alternatives}
    return {PATH: (json.dumps({"version": VERSION, "sites": [site]}, indent=1) + "\n").encode()}


def _main_domain(base_url: str) -> str:
    """The host as extensions look it up: what browsers make of it, less the first ``www.``."""
    host = urlsplit(base_url).hostname or ""
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return ""
    return host.replace("www.", "", 1)


def _alternative(mirror: MirrorSettings) -> dict[str, str]:
    onion = is_onion(mirror.url)
    since = _time(mirror.since)
    return {
        "proto": "tor" if onion else urlsplit(mirror.url).scheme,
        "type": "eotk" if onion else "mirror",
        "created_at": since,
        "updated_at": since,
        "url": mirror.url,
    }


def _time(day: date | None) -> str:
    """A day as the form writes times. It has no word for unknown, and the clock would give other bytes every time."""
    return f"{day.isoformat()} 00:00:00" if day else ""
