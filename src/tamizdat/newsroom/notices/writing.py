"""A notice as a wording keeps it: JSON of all fields but the review, which somebody else adds."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from tamizdat.errors import NoticeError
from tamizdat.notices import Act, Notice, Who

Data = Mapping[str, Any]
"""``who``, ``acts``, ``languages``: lists; ``country_name``, ``penalty``, ``law``, ``text``: texts by language;
``country``, ``law_url``, ``first_language``: text; ``since``: a day as ISO 8601, or None."""
NOBODY: Final = "—"
"""Stands for the reviewer of a draft, which none has looked at."""


def notice_of(data: Data, reviewer: str, reviewed: date, expires: date) -> Notice:
    """The notice of a wording with its review. Raises NoticeError."""
    who, acts = frozenset(data["who"]), frozenset(data["acts"])
    return Notice(
        who=tuple(one for one in Who if one in who),
        acts=tuple(act for act in Act if act in acts),
        penalty=data["penalty"],
        law=data["law"],
        reviewer=reviewer,
        reviewed=reviewed,
        expires=expires,
        country=data["country"],
        country_name=data["country_name"],
        since=_day(data["since"]),
        law_url=data["law_url"],
        text=data["text"],
        languages=tuple(data["languages"]),
        first_language=data["first_language"],
    )


def draft_of(data: Data, today: date) -> Notice:
    """The notice of a draft, as if it were reviewed today by nobody. Raises NoticeError for what no notice can say."""
    return notice_of(data, NOBODY, today, today)


def data_of(notice: Notice) -> dict[str, Any]:
    """The other way."""
    return {
        "who": [str(one) for one in notice.who],
        "acts": [str(act) for act in notice.acts],
        "country": notice.country,
        "country_name": dict(notice.country_name),
        "penalty": dict(notice.penalty),
        "law": dict(notice.law),
        "text": dict(notice.text),
        "law_url": notice.law_url,
        "since": notice.since.isoformat() if notice.since else None,
        "languages": list(notice.languages),
        "first_language": notice.first_language,
    }


def fingerprint(notice: Notice) -> str:
    """SHA-256 (hex) of all that a notice says and who reviewed it when."""
    said = [data_of(notice), notice.reviewer, notice.reviewed.isoformat(), notice.expires.isoformat()]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise NoticeError(f"{value!r} is not a day", field="since") from error
