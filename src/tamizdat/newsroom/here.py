"""The place and the settings of the newsroom whose Django runs in this process."""

from django.conf import settings

from tamizdat.config import Config, load_config
from tamizdat.errors import UsageError
from tamizdat.newsroom.place import VARIABLE, Place


def here() -> Place:
    """Where this newsroom keeps its files. Raises UsageError if the process was started without one."""
    place: Place | None = settings.PLACE
    if place is None:
        raise UsageError(f"{VARIABLE} names no publication")
    return place


def publication_settings() -> Config:
    """``tamizdat.toml`` as it is now. Raises ConfigError."""
    return load_config(here().folder)
