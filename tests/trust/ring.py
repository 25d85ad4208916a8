"""People with devices, and a publication whose first ceremony they held: for tests of ceremonies and keyrings."""

from datetime import UTC, datetime, timedelta

from tamizdat.trust.ceremony import answer, asked_keys, finish
from tamizdat.trust.changes import first_keys
from tamizdat.trust.keyfile import Argon2, KeyFile

FAST = Argon2(64, 1)
NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=300)
PEOPLE = ("Anna", "Boris", "Clara")


def opened(role, name="publishing machine"):
    return KeyFile.create(role, name, "p", FAST).unlock("p")


def people(role):
    return [opened(role, name) for name in PEOPLE]


def everybody(languages=("fa", "ru")):
    """Keys by role."""
    online = {role: [opened(role)] for role in ("snapshot", "timestamp", "app", *languages)}
    return {"root": people("root"), "targets": people("targets"), **online}


def publics(ring):
    return [key.key for keys in ring.values() for key in keys]


def signed(request, keys):
    """What comes of the request when those of ``keys`` that are asked answer."""
    return finish(request, [answer(request, key) for key in keys if key.key.public in asked_keys(request)])


def begun(ring, **extra):
    """The state after the first ceremony."""
    request = first_keys("Over There", publics(ring), NOW, **extra)
    return signed(request, [*ring["root"], *ring["targets"]]).state
