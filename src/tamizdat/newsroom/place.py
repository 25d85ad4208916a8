"""Where a newsroom keeps its own files: ``newsroom/`` in the publication's folder. Nothing of it is ever published."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tamizdat.errors import CeremonyError
from tamizdat.trust.files import write_new

VARIABLE: Final = "TAMIZDAT_NEWSROOM"
"""The environment variable that names the publication's folder to the newsroom's processes."""
_SECRET_BYTES: Final = 48


@dataclass(frozen=True, slots=True)
class Place:
    """The files of the newsroom of the publication in ``folder``."""

    folder: Path

    @property
    def own(self) -> Path:
        """The newsroom's own folder."""
        return self.folder / "newsroom"

    @property
    def database(self) -> Path:
        """The SQLite file, unless the settings name another database."""
        return self.own / "newsroom.sqlite"

    @property
    def pictures(self) -> Path:
        """Originals and what the screens show of them."""
        return self.own / "pictures"

    @property
    def bell(self) -> Path:
        """The socket at which the press worker hears that there is news."""
        return self.own / "press.bell"

    @property
    def secret_file(self) -> Path:
        """What sessions are signed and second factors are sealed under, on every machine of the newsroom."""
        return self.own / "secret.key"

    def make(self) -> None:
        """Make the folder, for its owner alone."""
        self.own.mkdir(parents=True, exist_ok=True)
        self.own.chmod(0o700)

    def secret(self) -> str:
        """The key under which sessions are signed, made when it is first asked for."""
        file = self.secret_file
        self.make()
        if not file.exists():
            # Another process may be making it, too: the first one counts.
            with contextlib.suppress(CeremonyError):
                write_new(file, secrets.token_urlsafe(_SECRET_BYTES).encode(), mode=0o600)
        return file.read_text("ascii")


def place_from_environment() -> Place | None:
    """The place that the environment names; None if it names none, as when models are only looked at."""
    named = os.environ.get(VARIABLE)
    return Place(Path(named)) if named else None
