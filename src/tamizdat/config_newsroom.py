"""The ``[newsroom]`` table of ``tamizdat.toml``: where the newsroom keeps what it writes, and who may knock."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from tamizdat.settings_table import Table

DATABASES: Final = ("postgresql", "postgres")
SECOND_FACTORS: Final = ("administrators", "everybody", "nobody")
TRANSLATORS: Final = ("libretranslate", "deepl")
DATABASE_OPTIONS: Final = frozenset({
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_min_protocol_version", "channel_binding",
    "connect_timeout", "target_session_attrs",
})  # fmt: skip
"""What may stand after the ``?`` of a database's address; libpq's manual says what each means."""
_HOST: Final = re.compile(r"\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")


@dataclass(frozen=True, slots=True)
class NewsroomSettings:
    """All that a newsroom can do without: with nothing set it is SQLite and a folder, for this machine alone."""

    database: str = ""
    """``postgresql://user@host:port/name?sslmode=verify-full``; empty for SQLite. Passwords stand elsewhere."""
    hosts: tuple[str, ...] = ()
    """Names under which browsers may ask for it, besides this machine's own."""
    url: str = ""
    """Where colleagues find it; links in e-mails begin with it."""
    pictures: str = ""
    """``s3://bucket/folder`` for originals; empty for a folder."""
    pictures_endpoint: str = ""
    """The address of a store that speaks S3; empty for Amazon's."""
    mail: str = ""
    """``smtp://user@host:port`` or ``smtps://``; empty to send none."""
    mail_from: str = ""
    second_factor: str = ""
    """Who needs a second factor: one of :data:`SECOND_FACTORS`. Empty: administrators, once ``hosts`` names any."""
    translate: str = ""
    """Which machine drafts translations: one of :data:`TRANSLATORS`; empty for none."""
    translate_url: str = ""
    """Where it answers. Empty for DeepL's own addresses."""
    translate_key_file: str = ""
    """The file that holds its key, relative to the publication's folder; empty for the environment's, or for none."""


def newsroom_settings(table: Table) -> NewsroomSettings:
    """What the table says. Raises ConfigError."""
    result = NewsroomSettings(
        database=_address(table, "database", DATABASES, DATABASE_OPTIONS),
        hosts=_hosts(table),
        url=_address(table, "url", ("https", "http")),
        pictures=_address(table, "pictures", ("s3",)),
        pictures_endpoint=_address(table, "pictures_endpoint", ("https", "http")),
        mail=_address(table, "mail", ("smtp", "smtps")),
        mail_from=table.text("mail_from"),
        second_factor=_choice(table, "second_factor", SECOND_FACTORS),
        translate=_choice(table, "translate", TRANSLATORS),
        translate_url=_address(table, "translate_url", ("https", "http")).rstrip("/"),
        translate_key_file=table.text("translate_key_file"),
    )
    if result.mail and not result.mail_from:
        raise table.error("mail_from", "is missing: who the e-mails are from")
    if result.translate == "libretranslate" and not result.translate_url:
        raise table.error("translate_url", "is missing: where your LibreTranslate answers, like http://127.0.0.1:5000")
    for key in ("translate_url", "translate_key_file"):
        if getattr(result, key) and not result.translate:
            raise table.error(key, f"needs translate, one of {', '.join(TRANSLATORS)}")
    table.done()
    return result


def _choice(table: Table, key: str, allowed: tuple[str, ...]) -> str:
    value = table.text(key)
    if value and value not in allowed:
        raise table.error(key, f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _hosts(table: Table) -> tuple[str, ...]:
    hosts = table.texts("hosts")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise table.error("hosts", f"{host!r} is not a host's name in small letters, like news.example")
    return hosts


def _address(table: Table, key: str, schemes: tuple[str, ...], options: frozenset[str] = frozenset()) -> str:
    value = table.text(key)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        usual = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port that is none
        usual = False
    if not usual:
        raise table.error(key, f"{value!r} is not an address that begins with {schemes[0]}://")
    if parts.password:
        raise table.error(key, "holds a password: settings are copied and shown; docs/reference/newsroom.md says where")
    _check_rest(table, key, parts, options)
    return value


def _check_rest(table: Table, key: str, parts: SplitResult, options: frozenset[str]) -> None:
    """Refuse what would be passed over: somebody may rely on it, as on ``sslmode``."""
    try:
        names = [name for name, _value in parse_qsl(parts.query, strict_parsing=True)] if parts.query else []
    except ValueError as error:
        raise table.error(key, f"{parts.query!r} is not name=value&name=value") from error
    for name in names:
        if name not in options:
            known = f"; there are {', '.join(sorted(options))}" if options else ""
            raise table.error(key, f"{name!r} after the ? is not understood{known}")
    if len(set(names)) < len(names) or parts.fragment:
        raise table.error(key, "says something twice after the ?, or has a #")
