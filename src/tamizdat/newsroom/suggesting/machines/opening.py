"""The machine that the settings name."""

import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tamizdat.config_newsroom import NewsroomSettings
from tamizdat.errors import ConfigError, TranslatorError
from tamizdat.net.addresses import RefusedAddressError, check_name
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.suggesting.machines.deepl import NAME as DEEPL
from tamizdat.newsroom.suggesting.machines.deepl import DeepL, Shelf
from tamizdat.newsroom.suggesting.machines.libretranslate import NAME as LIBRETRANSLATE
from tamizdat.newsroom.suggesting.machines.libretranslate import LibreTranslate
from tamizdat.newsroom.suggesting.machines.port import Machine

KEY_VARIABLE: Final = "TAMIZDAT_TRANSLATE_KEY"
_NAMES: Final = {"libretranslate": LIBRETRANSLATE, "deepl": DEEPL}
_MAX_KEY_CHARS: Final = 1_000
_DEEPL_HOST: Final = "deepl.com"


def machine_name() -> str:
    """What people call the machine of the settings; empty if there is none, or if the settings cannot be read now."""
    try:
        return _NAMES.get(publication_settings().newsroom.translate, "")
    except ConfigError:  # the desk says so; screens go on
        return ""


def machine_host() -> str:
    """Where texts go to be translated; empty where that is this machine or its own network, or nowhere."""
    try:
        settings = publication_settings().newsroom
    except ConfigError:
        return ""
    host = urlsplit(settings.translate_url).hostname or (_DEEPL_HOST if settings.translate == "deepl" else "")
    try:
        check_name(host)
    except RefusedAddressError:
        return ""
    return host


def open_machine(shelf: Shelf | None = None) -> Machine:
    """The machine of the settings. Raises TranslatorError that names the setting, and ConfigError."""
    settings = publication_settings().newsroom
    key = _key(settings, here().folder)
    if settings.translate == "libretranslate":
        return LibreTranslate(settings.translate_url, key)
    if settings.translate == "deepl":
        if not key:
            detail = f"needs a key: set translate_key_file in [newsroom], or {KEY_VARIABLE} in the environment"
            raise TranslatorError(detail, service=DEEPL, passing=False)
        return DeepL(key, settings.translate_url, shelf)
    raise TranslatorError("set translate in [newsroom] of tamizdat.toml", service="no machine", passing=False)


def _key(settings: NewsroomSettings, folder: Path) -> str:
    """The key; empty if there is none. Raises TranslatorError."""
    if not settings.translate_key_file:
        return os.environ.get(KEY_VARIABLE, "").strip()
    file = folder / settings.translate_key_file
    try:
        key = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "") or "it is not plain text"
        detail = f"translate_key_file: {settings.translate_key_file} cannot be read ({reason})"
        raise TranslatorError(detail, service=_NAMES[settings.translate], passing=False) from error
    if not key or len(key) > _MAX_KEY_CHARS or not key.isprintable():
        detail = f"translate_key_file: {settings.translate_key_file} does not hold one line with a key"
        raise TranslatorError(detail, service=_NAMES[settings.translate], passing=False)
    return key
