"""Addresses of the ``[newsroom]`` table as Django wants them. Passwords come from the environment, not from a file."""

import os
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from tamizdat.config_newsroom import NewsroomSettings
from tamizdat.newsroom.place import Place

DATABASE_PASSWORD: Final = "TAMIZDAT_DATABASE_PASSWORD"  # noqa: S105 - a variable's name
MAIL_PASSWORD: Final = "TAMIZDAT_MAIL_PASSWORD"  # noqa: S105 - a variable's name
_LOCK_SECONDS: Final = 20
_MAIL_SECONDS: Final = 20
_PRAGMAS: Final = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 134217728;"


def database_settings(settings: NewsroomSettings | None, place: Place | None) -> dict[str, Any]:
    """``DATABASES["default"]``: the database that the settings name, else SQLite in the newsroom's folder."""
    if settings and settings.database:
        return _postgresql(settings.database)
    if place:
        place.make()
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(place.database) if place else ":memory:",
        # A transaction that will write says so when it begins: one that found out later could only give up.
        "OPTIONS": {"timeout": _LOCK_SECONDS, "transaction_mode": "IMMEDIATE", "init_command": _PRAGMAS},
    }


def _postgresql(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": os.environ.get(DATABASE_PASSWORD, ""),  # libpq's own ways (PGPASSFILE, peer) serve too
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def storage_settings(settings: NewsroomSettings | None, place: Place | None) -> dict[str, Any]:
    """``STORAGES["default"]``: where originals of pictures lie."""
    if settings and settings.pictures:
        parts = urlsplit(settings.pictures)
        options = {"bucket_name": parts.hostname, "location": parts.path.strip("/"), "file_overwrite": False}
        if settings.pictures_endpoint:
            # Names of buckets as parts of host names need a certificate and a name server that know of it.
            options |= {"endpoint_url": settings.pictures_endpoint, "addressing_style": "path"}
        return {"BACKEND": "tamizdat.newsroom.pictures.bucket.Bucket", "OPTIONS": options}
    if not place:
        return {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    return {
        "BACKEND": "tamizdat.newsroom.pictures.keeping.Originals",
        "OPTIONS": {"location": str(place.pictures), "base_url": "/pictures/"},
    }


def mail_settings(settings: NewsroomSettings | None) -> dict[str, Any]:
    """Settings for sending e-mail; a newsroom that named no server sends none."""
    if not settings or not settings.mail:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(settings.mail)
    return {
        "EMAIL_BACKEND": "tamizdat.newsroom.mail.Mail",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": os.environ.get(MAIL_PASSWORD, ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_TIMEOUT": _MAIL_SECONDS,
        "DEFAULT_FROM_EMAIL": settings.mail_from,
        "WAGTAILADMIN_NOTIFICATION_FROM_EMAIL": settings.mail_from,
    }
