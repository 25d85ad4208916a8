"""What a publication's own signed fields say: when it was checked, which keys are retired, which edition is current.

TUF lets signed files carry fields of their own (specification 1.0, section 4). These readers are for fields of files
whose signatures have been verified; they refuse what a publisher of ours would never write.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tuf.api.metadata import Root, TargetFile, Targets, Timestamp

from tamizdat.errors import Failure, StoryError, TrustError
from tamizdat.story import check_language
from tamizdat.trust.envelope import MAX_NUMBER
from tamizdat.trust.roles import REHEARSAL_FIELD, RETIRED_FIELD, ROOT, TARGETS, TIME_FIELD, TIMESTAMP

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A language's former Ed25519 key (32 bytes): its heads count up to edition ``last_good`` and no further."""

    language: str
    public: bytes
    last_good: int


@dataclass(frozen=True, slots=True)
class EditionClaim:
    """What a language's role says of its current edition: number, Merkle root (32 bytes), time (UTC)."""

    number: int
    root: bytes
    time: datetime


def checked_as_of(timestamp: Timestamp) -> datetime | None:
    """When the timestamp was made, in UTC; ``None`` if it does not say. Raises TrustError MALFORMED."""
    value = timestamp.unrecognized_fields.get(TIME_FIELD)
    return None if value is None else _time(value, TIMESTAMP)


def retired_keys(targets: Targets) -> tuple[RetiredKey, ...]:
    """The language keys that are no longer used, as listed in the top-level targets. Raises TrustError MALFORMED."""
    listed = targets.unrecognized_fields.get(RETIRED_FIELD, [])
    if not isinstance(listed, list):
        raise TrustError(Failure.MALFORMED, f"{RETIRED_FIELD} is no list", what=TARGETS)
    return tuple(_retired(entry) for entry in listed)


def is_rehearsal(root: Root) -> bool:
    """Whether all keys of the publication lie in one place, as it says itself. Raises TrustError MALFORMED."""
    value = root.unrecognized_fields.get(REHEARSAL_FIELD, False)
    if not isinstance(value, bool):
        raise TrustError(Failure.MALFORMED, f"{REHEARSAL_FIELD} is neither true nor false", what=ROOT)
    return value


def edition_claim(target: TargetFile) -> EditionClaim:
    """The edition that a language's index target names in ``custom``. Raises TrustError MALFORMED."""
    custom = target.unrecognized_fields.get("custom")
    if not isinstance(custom, dict):
        raise TrustError(Failure.MALFORMED, "says nothing of an edition", what=target.path)
    number = _number(custom.get("edition"), target.path, least=1)
    return EditionClaim(number, _hex32(custom.get("root"), target.path), _time(custom.get("time"), target.path))


def site_claim(target: TargetFile) -> bytes | None:
    """The hash (32 bytes) of the top listing of the language's pages; ``None`` if there are none (spec/site.md).

    ``target`` is that of the language's index. Readers need not look. Raises TrustError MALFORMED.
    """
    custom = target.unrecognized_fields.get("custom")
    value = custom.get("site") if isinstance(custom, dict) else None
    return None if value is None else _hex32(value, target.path)


def _retired(entry: object) -> RetiredKey:
    if not isinstance(entry, dict):
        raise TrustError(Failure.MALFORMED, f"{RETIRED_FIELD} lists what is no key", what=TARGETS)
    try:
        language = check_language(str(entry.get("language")))
    except StoryError as error:
        raise TrustError(Failure.MALFORMED, str(error), what=TARGETS) from error
    return RetiredKey(language, _hex32(entry.get("public"), TARGETS), _number(entry.get("last_good"), TARGETS, least=0))


def _number(value: object, what: str, *, least: int) -> int:
    if type(value) is not int or not least <= value <= MAX_NUMBER:
        raise TrustError(Failure.MALFORMED, f"{value!r:.40} is no edition number", what=what)
    return value


def _hex32(value: object, what: str) -> bytes:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise TrustError(Failure.MALFORMED, f"{value!r:.40} is not 64 hexadecimal digits", what=what)
    return bytes.fromhex(value)


def _time(value: object, what: str) -> datetime:
    try:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise TrustError(Failure.MALFORMED, f"{value!r:.40} is no time like 2026-01-31T12:00:00Z", what=what) from None
