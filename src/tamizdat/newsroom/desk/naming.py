"""What people read in place of words of machines."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tamizdat.locales import endonym
from tamizdat.roads.trail import Standing

STANDINGS: Final[Mapping[str, Any]] = {
    Standing.LIES: _("serves what we did not sign"),
    Standing.UNREACHABLE: _("does not answer"),
    Standing.INCOMPLETE: _("lacks files"),
    Standing.LAGS: _("is behind"),
    Standing.SLOW: _("slow"),
    Standing.CURRENT: _("up to date"),
    Standing.UNKNOWN: _("not known"),
}
_JOBS: Final[Mapping[str, Any]] = {
    "mirrors": _("Mirrors"),
    "recordings": _("Recordings"),
    "wires": _("Wires"),
    "old wires": _("Wires"),
    "moving in": _("Moving in"),
    "drafts by machine": _("Drafts by machine"),
    "bylines": _("Names behind bylines"),
    "search": _("Search"),
    "tables": _("Database"),
    "failed log-ins": _("Failed log-ins"),
    "sessions": _("Sessions that ended"),
    "proofs": _("Proofs"),
    "uploads": _("Uploads without a description"),
}
_ROLES: Final[Mapping[str, Any]] = {
    "root": _("Whose keys count"),
    "targets": _("Which languages there are"),
    "snapshot": _("What belongs together"),
    "timestamp": _("What is newest"),
    "app": _("Pages and app"),
}


def job_name(name: str) -> str:
    """Of a background job."""
    return str(_JOBS.get(name, name))


def role_name(role: str) -> str:
    """Of what a key signs; a language has its own name."""
    return str(_ROLES[role]) if role in _ROLES else endonym(role)
