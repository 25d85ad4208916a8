"""Why something could not be done, kept so that everybody reads it in their own language, whoever was told first.

What refuses it is raised inside :func:`sayable`; what was raised is kept with :func:`kept`, and read with :func:`said`.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext, override

_AS_WRITTEN: Final = "en"
"""The language of the texts in the code, by which catalogues have their translations."""
_REASON, _PARTS = "reason", "parts"

Sentences = list[tuple[str, dict[str, Any]]]
"""Texts as the code has them, each with what stands in its places."""


@contextmanager
def sayable() -> Iterator[None]:
    """What is raised inside has the texts of the code, in whichever language the process works."""
    with override(_AS_WRITTEN):
        yield


def sentences_of(error: Exception) -> Sentences:
    """What ``error`` says; only inside :func:`sayable`. What stands in places is text, or a whole number."""
    if not isinstance(error, ValidationError):
        return [(str(error), {})]
    errors = (
        [each for found in error.error_dict.values() for each in found] if _is_of_fields(error) else error.error_list
    )
    return [_sentence(each) for each in errors]


def unforeseen(error: Exception) -> Sentences:
    """What is kept of an error that nobody thought of. Databases quote the row that they refuse: of theirs no words."""
    name = type(error).__name__
    return [(name if isinstance(error, DatabaseError) else f"{name}: {error}", {})]


def _sentence(error: ValidationError) -> tuple[str, dict[str, Any]]:
    text = str(error.message)
    if not text:  # Django's text of one or of many has no words before it has its number
        return str(next(iter(error))), {}
    # No more is kept than is said: Django's own errors carry the whole value of the field.
    return text, {name: _plain(value) for name, value in (error.params or {}).items() if f"%({name})" in text}


def _is_of_fields(error: ValidationError) -> bool:
    return hasattr(error, "error_dict")


def _plain(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)


def kept(parts: Sentences) -> str:
    """The reason as a text to be stored; not empty."""
    return json.dumps(parts, ensure_ascii=False)


def as_data(parts: Sentences) -> dict[str, Any]:
    """The reason as data of an entry of the history; nothing for none."""
    return {_REASON: _joined(parts, translated=False), _PARTS: parts} if parts else {}


def said(reason: str | Mapping[str, Any]) -> str:
    """What was kept, either way, in the language of whoever reads; what older versions kept as it is."""
    if not isinstance(reason, str):
        return said(kept(reason[_PARTS])) if reason.get(_PARTS) else str(reason.get(_REASON, ""))
    try:
        parts = [(str(text), dict(params)) for text, params in json.loads(reason)]
    except (ValueError, TypeError):
        return reason
    return _joined(parts, translated=True)


def _joined(parts: Sentences, *, translated: bool) -> str:
    texts = ((gettext(text) if translated and text else text, params) for text, params in parts)
    return "; ".join(text % params if params else text for text, params in texts)
