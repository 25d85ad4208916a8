"""An audit as a table for people: a line for each mirror, narrow enough for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from rich.cells import cell_len

from tamizdat.reader.audit import Audit, Audited
from tamizdat.reader.audit_report import behind
from tamizdat.reader.audit_site import PageState
from tamizdat.roads.harmless import harmless
from tamizdat.way_in import is_onion

_HEADER: Final = ("mirror", "standing", "answers", "editions", "checked", "good", "bad", "missing")
_TO_THE_RIGHT: Final = frozenset({"good", "bad", "missing"})
_NAME_CELLS: Final = 32
_ONION_ENDS: Final = (8, 4)
_FEW: Final = 2
_BAD: Final = frozenset({PageState.ALTERED, PageState.OLDER, PageState.NEWER, PageState.EXTRA})
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def table_lines(audit: Audit, now: datetime) -> Iterator[str]:
    """The table, its header first; nothing where there are no mirrors."""
    if not audit.mirrors:
        return
    names = short_names([mirror.trail.name for mirror in audit.mirrors])
    rows = [_HEADER, *(_row(audit, mirror, name, now) for mirror, name in zip(audit.mirrors, names, strict=True))]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        cells = (
            _padded(text, width, right=title in _TO_THE_RIGHT)
            for text, width, title in zip(row, widths, _HEADER, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def _row(audit: Audit, mirror: Audited, name: str, now: datetime) -> tuple[str, ...]:
    trail = mirror.trail
    states = Counter(finding.state for tree in mirror.trees for finding in tree.findings)
    bad = len({refusal.path for refusal in trail.refusals}) + sum(states[state] for state in _BAD)
    missing = len(trail.missing) + states[PageState.MISSING]
    return (
        name,
        mirror.standing(audit.newest).value.upper(),
        "yes" if mirror.reachable else "no",
        editions_in_words(audit, mirror),
        age_in_words(now - trail.checked_as_of) if trail.checked_as_of else "-",
        f"{trail.files:,}",
        f"{bad:,}",
        f"{missing:,}",
    )


def editions_in_words(audit: Audit, mirror: Audited) -> str:
    """Which editions a mirror serves whole: their numbers if they are few, and how far behind others' they are."""
    if not mirror.editions:
        return "none"
    lag, lacking = behind(audit, mirror), len(audit.newest_editions.keys() - mirror.editions.keys())
    if len(audit.newest_editions) <= _FEW:
        numbers = (
            f"{language} {number}" + (f" (-{lag[language]})" if language in lag else "")
            for language, number in sorted(mirror.editions.items())
        )
        words = ", ".join(numbers)
    elif lag:
        words = f"{len(lag)} of {len(mirror.editions)} behind, by up to {max(lag.values())}"
    else:
        words = f"{len(mirror.editions)}, all newest"
    return words + (f", lacks {lacking}" if lacking else "")


def age_in_words(age: timedelta) -> str:
    """How long ago: ``3 minutes``, ``2 days``. A time to come is a clock that is wrong, somebody's."""
    seconds = int(age.total_seconds())
    if seconds < -_UNITS[-1][0]:
        return f"in {age_in_words(-age)}"
    for length, name in _UNITS:
        if (count := abs(seconds) // length) >= 1:
            return f"{count} {name}{'s' * (count != 1)}"
    return "now"


# --- Names --------------------------------------------------------------------------------------------------------


def short_names(names: Sequence[str]) -> list[str]:
    """Each name short enough for a table, and none like another's; else as it is."""
    short = [_shortened(name) for name in names]
    often = Counter(short)
    return [short_ if often[short_] == 1 else harmless(name) for short_, name in zip(short, names, strict=True)]


def _shortened(name: str) -> str:
    text = harmless(name)
    if is_onion(text):
        return _short_onion(text)
    text = text.removeprefix("https://").removeprefix("http://")
    text = text if text == "/" else text.removesuffix("/")
    if cell_len(text) <= _NAME_CELLS:
        return text
    half = (_NAME_CELLS - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _short_onion(address: str) -> str:
    """Both ends of the long label: what people compare."""
    host = urlsplit(address).hostname or ""
    *before, label, _ = host.split(".")
    first, last = _ONION_ENDS
    return ".".join([*before, f"{label[:first]}…{label[-last:]}", "onion"])
