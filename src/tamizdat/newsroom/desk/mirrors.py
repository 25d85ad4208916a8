"""Looking at mirrors as readers would: does it answer, is what it serves ours, and how old is it?"""

from datetime import UTC, datetime, timedelta
from typing import Final

from tamizdat.carriers.registry import open_inbound
from tamizdat.newsroom.desk.models import MirrorCheck
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.reader.audit import Audit, Audited, audit_mirrors
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import load_state

KEPT: Final = timedelta(days=400)
_MOST_DETAIL_CHARS: Final = 2_000


def check_mirrors() -> None:
    """Look at every mirror that the settings name, write down what was seen, forget what is long past."""
    mirrors = publication_settings().mirrors
    now = datetime.now(UTC)
    MirrorCheck.objects.filter(at__lt=now - KEPT).delete()
    if not mirrors:
        return
    anchor = Anchor.parse(load_state(here().folder).fingerprint)
    # Pages are drawn by lot: a look every half hour is to cost a volunteer's mirror little.
    audit = audit_mirrors([open_inbound(mirror.url) for mirror in mirrors], anchor, now, quick=True)
    MirrorCheck.objects.bulk_create(
        _check(mirror.url, audit, found, now) for mirror, found in zip(mirrors, audit.mirrors, strict=True)
    )


def _check(url: str, audit: Audit, found: Audited, now: datetime) -> MirrorCheck:
    trail = found.trail
    faults = [f"{refusal.path}: {refusal.detail}" for refusal in trail.refusals] + list(trail.faults)
    return MirrorCheck(
        url=url,
        at=now,
        standing=found.standing(audit.newest).value,
        editions=dict(found.editions),
        checked_as_of=trail.checked_as_of,
        detail="\n".join(faults)[:_MOST_DETAIL_CHARS],
    )
