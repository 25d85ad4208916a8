"""A small publication made fast: cheap key derivation, one JSON Lines source, as many carriers as a test wants."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tamizdat.publisher.pipeline import Publisher, Report
from tamizdat.trust.changes import replace_online
from tamizdat.trust.keyfile import Argon2, KeyFile
from tamizdat.trust.keyring import Keyring, create_rehearsal, load_keys, load_state, sign_on_the_spot, unlock

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
CHEAP = Argon2(memory_kib=64, iterations=1)
PASSPHRASE = "correct horse"


class Newsroom:
    """A publication folder with a source file that tests rewrite."""

    def __init__(
        self, folder: Path, languages: Iterable[str] = ("en", "ru"), carriers: Iterable[str] = ("mirror",)
    ) -> None:
        self.folder = folder
        self.languages = tuple(languages)
        self.carriers = tuple(folder / name for name in carriers)
        folder.mkdir(parents=True)
        self.settings()
        self.state = create_rehearsal(folder, self.languages, PASSPHRASE, "Test", NOW, CHEAP)
        self.write([])

    def settings(self, extra: str = "") -> None:
        """Write ``tamizdat.toml``."""
        text = f'[publication]\nname = "Test"\nlanguages = {json.dumps(list(self.languages))}\n'
        text += '[[sources]]\nkind = "jsonl"\npath = "stories.jsonl"\n'
        text += "".join(f'[[carriers]]\nkind = "directory"\npath = {json.dumps(str(p))}\n' for p in self.carriers)
        (self.folder / "tamizdat.toml").write_text(text + extra, "utf-8")

    @property
    def fingerprint(self) -> str:
        return self.state.fingerprint

    def write(self, stories: Iterable[dict[str, Any]]) -> None:
        """What the source lists from now on."""
        lines = "".join(json.dumps(story, ensure_ascii=False) + "\n" for story in stories)
        (self.folder / "stories.jsonl").write_text(lines, "utf-8")

    def rotate(self, language: str, last_good: int, now: datetime = NOW) -> None:
        """Give ``language`` another key; what the old one signed after ``last_good`` no longer counts."""
        known = load_keys(self.folder)
        new = KeyFile.create(language, "another", PASSPHRASE, CHEAP).save(self.folder / "keys")
        request = replace_online("Test", load_state(self.folder), [new.key], now, {language: last_good})
        offline = unlock([key for key in known if key.role in {"root", "targets"}], lambda _: PASSPHRASE)
        sign_on_the_spot(self.folder, request, offline.values())

    def publisher(self) -> Publisher:
        return Publisher(self.folder, Keyring.open(self.folder, lambda _: PASSPHRASE))

    def publish(self, now: datetime = NOW) -> Report:
        return self.publisher().publish(now)


def item(story_id: str, language: str = "en", headline: str = "", *paragraphs: str, **more: Any) -> dict[str, Any]:
    """One line of the source."""
    return {
        "id": story_id,
        "lang": language,
        "headline": headline or f"Headline of {story_id}",
        "paragraphs": list(paragraphs) or [f"First of {story_id}.", f"Second of {story_id}."],
        "published": "2026-11-23T10:00:00Z",
        **more,
    }
