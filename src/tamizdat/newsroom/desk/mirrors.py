"""Looking at mirrors as readers would: does it answer, is what it serves ours, and how old is it?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tamizdat.carriers.registry import open_inbound
from tamizdat.newsroom.desk.models import MirrorCheck
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.pressroom.models import Run
from tamizdat.reader.audit import Audit, Audited, audit_mirrors
from tamizdat.roads.trail import Standing
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import load_state

KEPT: Final = timedelta(days=400)
COPIED_IN: Final = timedelta(hours=2)
"""Mirrors look for news every hour at least; what is older than this all of them should have."""
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
    ours = _editions_of(now - COPIED_IN)
    MirrorCheck.objects.bulk_create(
        _check(mirror.url, audit, found, ours, now) for mirror, found in zip(mirrors, audit.mirrors, strict=True)
    )


def _editions_of(at: datetime) -> dict[str, int]:
    """The numbers of the editions, by language, that the press had made by then."""
    run = Run.objects.filter(failed=False, ended__lte=at).order_by("-id").first()
    made: dict[str, dict[str, int]] = (run.report.get("editions") or {}) if run else {}
    return {language: about["edition"] for language, about in made.items()}


def _standing(audit: Audit, found: Audited, ours: Mapping[str, int]) -> Standing:
    """Other mirrors tell which are behind them; what the press made tells when all are, or the only one."""
    standing = found.standing(audit.newest)
    behind = any(found.editions.get(language, 0) < number for language, number in ours.items())
    return Standing.LAGS if behind and standing in {Standing.CURRENT, Standing.SLOW} else standing


def _check(url: str, audit: Audit, found: Audited, ours: Mapping[str, int], now: datetime) -> MirrorCheck:
    trail = found.trail
    faults = [f"{refusal.path}: {refusal.detail}" for refusal in trail.refusals] + list(trail.faults)
    return MirrorCheck(
        url=url,
        at=now,
        standing=_standing(audit, found, ours).value,
        editions=dict(found.editions),
        checked_as_of=trail.checked_as_of,
        detail="\n".join(faults)[:_MOST_DETAIL_CHARS],
    )
