"""The demo's newsroom: a copy of the sample publication, signed a week ago and again now."""

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tamizdat.cli.progress import Bars
from tamizdat.config import FILE_NAME, load_config
from tamizdat.publisher.pipeline import Publisher, Report
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyring import Keyring, create_rehearsal

SAMPLE: Final = Path(__file__).with_name("publication")
PASSPHRASE: Final = "a passphrase for the demo alone"  # noqa: S105 - printed by the demo; it protects nothing
FIRST_EDITION: Final = frozenset({"bread-prices", "lorrin-permits", "night-signal", "school-lists", "tarn-road"})
"""What the newsroom had a week ago; tarn-road is in all languages, so each has an older edition."""

_WEEK: Final = timedelta(days=7)
_BREAKING_FOR: Final = timedelta(hours=6)
_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BREAKING: Final = re.compile(r"(?m)^breaking_until: .*$")
_FRONT_MATTER: Final = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A published publication. ``stale_time`` is when its older edition was signed."""

    folder: Path
    languages: tuple[str, ...]
    fingerprint: str
    words: str
    stale_time: datetime
    report: Report

    @property
    def stories(self) -> Path:
        """The folder of what went in: ``<story id>/<language>.md``."""
        return self.folder / "stories"


def make_newsroom(folder: Path, *, stale: Path, current: Iterable[Path], now: datetime) -> Newsroom:
    """Publish an older edition to the folder ``stale``, then the current one to the folders ``current``."""
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    news = _dated(now)
    stale_time = min(now - _WEEK, _earliest(text for name, text in news.items() if not _is_old(name)) - _WEEK / 168)
    _write(folder, {name: text for name, text in news.items() if _is_old(name)})
    _name_mirrors(folder, [stale])
    config = load_config(folder)
    languages = config.publication.languages
    state = create_rehearsal(folder, languages, PASSPHRASE, config.publication.name, stale_time)
    _publish(folder, stale_time)
    _write(folder, news)
    _name_mirrors(folder, current)
    report = _publish(folder, now)
    return Newsroom(folder, languages, state.fingerprint, to_words(state.fingerprint), stale_time, report)


def _publish(folder: Path, now: datetime) -> Report:
    with Bars() as bars:
        report = Publisher(folder, Keyring.open(folder, lambda _: PASSPHRASE), bars).publish(now)
    if report.failed:
        faults = [str(fault) for fault in report.gathering.faults] + [place.fault for place in report.pushed]
        raise SystemExit("\n".join(["the sample publication did not go out whole:", *filter(None, faults)]))
    return report


def _dated(now: datetime) -> dict[str, str]:
    """The sample's stories by relative path, moved by whole weeks (weekdays are named in them) up to ``now``.

    Those of the older edition go back one more week, so that they are older than it.
    """
    texts = {str(file.relative_to(SAMPLE)): file.read_text("utf-8") for file in sorted(SAMPLE.glob("stories/*/*.md"))}
    newest = max(when for text in texts.values() for when in _times(_BREAKING.sub("", _front_matter(text))))
    weeks = (now - newest) // _WEEK * _WEEK
    breaking = f"breaking_until: {_shown(now + _BREAKING_FOR)}"

    def moved(name: str, text: str) -> str:
        by = weeks - _WEEK if _is_old(name) else weeks
        front = _front_matter(text)
        new = _TIME.sub(lambda found: _shown(_read(found[0]) + by), front)
        return _BREAKING.sub(breaking, new) + text[len(front) :]

    return {name: moved(name, text) for name, text in texts.items()}


def _is_old(name: str) -> bool:
    return Path(name).parent.name in FIRST_EDITION


def _front_matter(text: str) -> str:
    found = _FRONT_MATTER.match(text)
    return found[0] if found else ""


def _times(text: str) -> list[datetime]:
    return [_read(found) for found in _TIME.findall(text)]


def _earliest(texts: Iterable[str]) -> datetime:
    return min(when for text in texts for when in _times(_front_matter(text)))


def _read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _write(folder: Path, texts: dict[str, str]) -> None:
    shutil.copy(SAMPLE / FILE_NAME, folder / FILE_NAME)
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        for picture in (SAMPLE / name).parent.glob("*.webp"):
            shutil.copy(picture, file.parent)


def _name_mirrors(folder: Path, mirrors: Iterable[Path]) -> None:
    """Settings as the sample has them, and one carrier for each mirror."""
    paths = (os.path.relpath(mirror, folder) for mirror in mirrors)
    tables = [f'\n[[carriers]]\nkind = "directory"\npath = "{path}"\n' for path in paths]
    (folder / FILE_NAME).write_text((SAMPLE / FILE_NAME).read_text("utf-8") + "".join(tables), "utf-8")
