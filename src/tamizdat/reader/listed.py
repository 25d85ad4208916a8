"""The mirrors that a publication's own editions name, from any mirrors that somebody knows already."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from tamizdat.carriers.port import Inbound
from tamizdat.edition.index import read_index
from tamizdat.errors import TamizdatError
from tamizdat.reader.kept import KeptTrust
from tamizdat.reader.library import MemoryLibrary
from tamizdat.roads.named import Fetch, verify_head
from tamizdat.roads.roads import Roads
from tamizdat.roads.signed import bring_up_to_date, language_fetch, published_languages
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.refresh import Refresh
from tamizdat.trust.verify import ExpiryPolicy


def listed_mirrors(known: Sequence[Inbound], anchor: Anchor, now: datetime) -> tuple[str, ...]:
    """Web addresses of all mirrors that the current edition of any language names, ascending.

    Only indexes are fetched. Raises NoMirrorError or TrustError when not even the publication's signed files can be
    had, or none of the indexes.
    """
    roads, trust = Roads(known), KeptTrust(MemoryLibrary())
    refresh = Refresh(trust, now=now, policy=ExpiryPolicy.REPORT, anchor=anchor)
    bring_up_to_date(refresh, roads, trust, now)
    found: set[str] = set()
    faults: list[TamizdatError] = []
    languages = published_languages(refresh)
    for language in languages:
        try:
            found.update(_named_in(language, refresh, roads))
        except TamizdatError as error:
            faults.append(error)
    if faults and len(faults) == len(languages):
        raise faults[0]
    return tuple(sorted(found))


def _named_in(language: str, refresh: Refresh, roads: Roads) -> tuple[str, ...]:
    fetch, _ = language_fetch(language, refresh, roads)
    index = read_index(roads.first_good(fetch.path, fetch.size, partial(_checked, fetch)))
    verify_head(index.head, refresh.trusted.language_keys(language), language)
    return index.web_mirrors


def _checked(fetch: Fetch, data: bytes) -> bytes:
    fetch.check(data)
    return data
