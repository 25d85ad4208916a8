"""Every root of a publication: a mirror serves them all, so that a reader of any age finds the way to the newest."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from tamizdat.errors import NoMirrorError, TrustError
from tamizdat.limits import LIMITS
from tamizdat.mirror.trust_store import MirrorStore
from tamizdat.roads.roads import Roads
from tamizdat.trust.refresh import FIRST_ROOT, Refresh
from tamizdat.trust.roles import ROOT
from tamizdat.trust.verify import ExpiryPolicy, TrustedSet

_WHENEVER: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Old roots are past their time and count no less for that: only their signatures are looked at."""


def every_root(store: MirrorStore, refresh: Refresh, roads: Roads) -> Iterator[bytes]:
    """All roots from the first to the one that ``refresh`` trusts, each checked by the one before.

    What the disk has spoilt is fetched again. Raises NoMirrorError if nobody has it, LibraryError if it cannot be kept.
    """
    first, newest = store.load(FIRST_ROOT), refresh.trusted.raw(ROOT)
    if first is None or newest is None:
        raise NoMirrorError("the first root is missing from the mirror's own memory")
    chain = TrustedSet(first, now=_WHENEVER, policy=ExpiryPolicy.REPORT)
    if store.root(1) != first:
        store.keep_root(1, first)
    yield first

    def take(data: bytes) -> bytes:
        chain.update_root(data)
        return data

    last = refresh.trusted.root.version
    for version in range(2, last + 1):
        kept = store.root(version)
        try:
            data = take((newest if version == last else kept) or b"")
        except TrustError:
            data = roads.first_good(f"metadata/{version}.root.json", LIMITS.max_root_bytes, take)
        if data != kept:
            store.keep_root(version, data)
        yield data
