"""Django's settings for tests: those of a newsroom, in a publication that each test process makes for itself.

``TAMIZDAT_TEST_DATABASE`` names a PostgreSQL server (``postgresql://user@host:port/name``); without it it is SQLite.
"""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import create_rehearsal

PASSPHRASE = "only for tests"
ROOM = Path(tempfile.mkdtemp(prefix="newsroom-"))
_DATABASE = os.environ.get("TAMIZDAT_TEST_DATABASE", "")
_SETTINGS = """\
[publication]
name = "The Far Shore"
languages = ["en", "ru", "fa", "sr", "sr-Latn"]
base_url = "https://far-shore.example/"

[site]
precompress = []

[[sources]]
kind = "newsroom"
"""

(ROOM / "tamizdat.toml").write_text(
    _SETTINGS + (f'\n[newsroom]\ndatabase = "{_DATABASE}"\n' if _DATABASE else ""), "utf-8"
)
_now = datetime.now(UTC).replace(microsecond=0)
create_rehearsal(
    ROOM, ("en", "ru", "fa", "sr", "sr-Latn"), PASSPHRASE, "The Far Shore", _now, Argon2(memory_kib=64, iterations=1)
)
os.environ["TAMIZDAT_NEWSROOM"] = str(ROOM)

from tamizdat.newsroom.settings import *  # noqa: E402, F403 - only now do they know the publication

if not _DATABASE:
    # In a file as in a newsroom: in memory, all threads of a browser's test would share a connection and transactions.
    DATABASES["default"]["TEST"] = {"NAME": str(ROOM / "test.sqlite")}  # noqa: F405 - of the settings above

# What a password costs is for attackers to pay, not for tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
