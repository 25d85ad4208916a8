"""The publication's folder, made whole or not at all.

Everything is made in ``DIR/.first-run`` first. When it is whole, the marker ``ready`` says so; then keys and
signatures move into place, and the settings last: a folder with settings is a publication. Whatever the moment of a
crash, the next start either moves the rest or throws away what was never whole.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.config import FILE_NAME, parse_config
from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.answers import Keys, Paper, settings_text
from tamizdat.trust.files import write_over
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import KEYS, TRUST, create_online_keys, create_rehearsal

STAGE: Final = ".first-run"
_READY: Final = "ready"
_MOVED: Final = (KEYS, TRUST, FILE_NAME)
"""In this order: the settings, which make it a publication, come last."""


def is_publication(folder: Path) -> bool:
    """Whether ``folder`` holds one; what a crash left of an earlier first run is moved into place or thrown away.

    Raises UsageError for a folder of something else, in which nothing may be begun.
    """
    stage = folder / STAGE
    if (stage / _READY).exists():
        _move(folder)
    shutil.rmtree(stage, ignore_errors=True)
    if (folder / FILE_NAME).is_file():
        return True
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something, and no publication; give a folder that is empty or not there yet")
    return False


def make_publication(folder: Path, paper: Paper, keys: Keys, now: datetime, kdf: Argon2 | None = None) -> None:
    """Settings and keys of a new publication. Raises ConfigError, CeremonyError, UsageError; leaves nothing half."""
    stage = folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    text = settings_text(paper)
    parse_config(text, stage / FILE_NAME)
    if keys.rehearsal:
        create_rehearsal(stage, paper.languages, keys.passphrase, paper.name, now, kdf)
    else:
        create_online_keys(stage, paper.languages, lambda _role: keys.passphrase, kdf)
    write_over(stage / FILE_NAME, text.encode())
    write_over(stage / _READY, b"")
    _move(folder)


def _move(folder: Path) -> None:
    stage = folder / STAGE
    for name in _MOVED:
        if (stage / name).exists():
            (stage / name).rename(folder / name)
    shutil.rmtree(stage)
