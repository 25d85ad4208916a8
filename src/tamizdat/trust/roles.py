"""Which roles a publication has, how many keys each needs and how long its signatures last (spec/edition.md).

Offline roles live on other devices; online roles lie, encrypted, on the machine that publishes. A language's role
bears the language's own tag as its name.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.story import check_language

ROOT: Final = "root"
TARGETS: Final = "targets"
SNAPSHOT: Final = "snapshot"
TIMESTAMP: Final = "timestamp"
APP: Final = "app"

OFFLINE: Final = (ROOT, TARGETS)
"""Signed in a ceremony, on devices that do not publish."""
ONLINE: Final = (SNAPSHOT, TIMESTAMP, APP)
"""Signed at every publish, besides one role for each language."""
RESERVED: Final = frozenset((*OFFLINE, *ONLINE))
"""Names that no language may bear. (``app`` is also the ISO 639-3 code of Apma; it would need ``app-VU``.)"""

RETIRED_FIELD: Final = "x-tamizdat-retired"
"""In targets: ``[{"language", "public", "last_good"}]``, language keys that are no longer used."""
REHEARSAL_FIELD: Final = "x-tamizdat-rehearsal"
"""In root: ``true`` when all keys lie in one place. Every reader says so."""
TIME_FIELD: Final = "x-tamizdat-time"
"""In timestamp: when it was made, RFC 3339 in UTC; what readers show as *checked as of*."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a new role starts with: ``keys`` keys, of which ``threshold`` sign, each time for ``lifetime``."""

    keys: int
    threshold: int
    lifetime: timedelta


_OFFLINE_POLICY: Final = Policy(keys=3, threshold=2, lifetime=timedelta(days=365))
_LANGUAGE_POLICY: Final = Policy(keys=1, threshold=1, lifetime=timedelta(days=90))
_ONLINE_POLICIES: Final = {
    SNAPSHOT: Policy(keys=1, threshold=1, lifetime=timedelta(days=30)),
    TIMESTAMP: Policy(keys=1, threshold=1, lifetime=timedelta(days=7)),
    APP: Policy(keys=1, threshold=1, lifetime=timedelta(days=365)),
}


def policy_of(role: str) -> Policy:
    """How ``role`` is kept. Raises UsageError for a name that is neither a role nor a language tag."""
    if role in OFFLINE:
        return _OFFLINE_POLICY
    if role in _ONLINE_POLICIES:
        return _ONLINE_POLICIES[role]
    check_role(role)
    return _LANGUAGE_POLICY


def is_language(role: str) -> bool:
    """Whether ``role`` can only be a language's."""
    return role not in RESERVED


def check_role(role: str) -> str:
    """Return ``role`` if it is one of ours or a language tag. Raises StoryError for anything else."""
    return role if role in RESERVED else check_language(role, "role")


def check_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``languages`` if each can have a role. Raises UsageError or StoryError."""
    if not languages:
        raise UsageError("a publication needs at least one language")
    for language in languages:
        if not is_language(language):
            raise UsageError(f"{language!r} cannot be a language here: it is the name of a role")
        check_language(language)
    if len(set(languages)) != len(languages):
        raise UsageError("a language is named twice")
    return languages


def paths_of(role: str) -> tuple[str, ...]:
    """Path patterns of a delegated role: a language's folder; for ``app`` root-level pages and the app's folder.

    TUF's ``*`` does not cross a slash, so no two roles share a path. Language roles own one level (the index);
    what lies deeper is reached from it by hash.
    """
    return ("*", "app/*") if role == APP else (f"{role}/*",)


def expiry(role: str, now: datetime) -> datetime:
    """When a signature made at ``now`` (UTC) by ``role`` expires, to the second."""
    return now.replace(microsecond=0) + policy_of(role).lifetime


def is_due(role: str, expires: datetime, now: datetime) -> bool:
    """Whether a publisher should renew: less than half of the role's lifetime is left.

    Half, so that readers still find fresh signatures after the machine was down for days.
    """
    return expires - now < policy_of(role).lifetime / 2
