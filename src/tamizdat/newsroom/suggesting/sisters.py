"""Close languages: what was made of the same piece in a sister language, to begin with."""

from collections.abc import Iterable
from typing import Any, Final

from tamizdat.locales import DERIVED, other_script
from tamizdat.newsroom.suggesting.marks import is_machines, unchecked
from tamizdat.newsroom.suggesting.memory import line
from tamizdat.newsroom.suggesting.words import digest, in_script, plain
from tamizdat.newsroom.translating.acting import may_edit
from tamizdat.newsroom.translating.aligning import pairs_from
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.fields import CELL, Field, fields_of
from tamizdat.newsroom.translating.models import Task

GROUPS: Final = (
    ("sr-Latn", "bs", "hr", "cnr", "sr"),
    ("fa", "prs"),
    ("cs", "sk"),
    ("pt", "pt-BR"),
    ("id", "ms"),
    ("zh-Hans", "zh-Hant"),
    ("nb", "nn", "da"),
    ("bg", "mk"),
)
"""Languages whose speakers read each other's texts; none is the other in another script."""
_LATIN: Final = frozenset({"sr-Latn", "bs", "hr", "cnr"})
Told = tuple[str, str]
"""A field's key, and a piece of the source."""


def sisters(language: str) -> tuple[str, ...]:
    """The languages that are close to one."""
    return tuple(tag for group in GROUPS if language in group for tag in group if tag != language)


def told(task: Task, user: Any) -> dict[Told, list[tuple[str, str]]]:
    """By field and source piece: languages and texts (HTML of one line) of its sisters. Only what one may see."""
    language = task.target.locale.language_code
    near = sisters(language)
    if not near:
        return {}
    found: dict[Told, list[tuple[str, str]]] = {}
    rows = Task.objects.filter(source_id=task.source_id, target__locale__language_code__in=near).order_by("pk")
    for each in rows.select_related("target__locale", "source__locale"):
        tag = each.target.locale.language_code
        for key, source, text in _pairs(each, user):
            found.setdefault((key, source), []).append((tag, in_letters_of(language, tag, text)))
    return found


def _pairs(task: Task, user: Any) -> Iterable[tuple[str, str, str]]:
    """Field, source and translation of all that people made of it, as far as the person may see it."""
    editing = may_edit(task, user)
    if not (editing or task.target.live):
        return
    fields: dict[str, Field] = fields_of(newest(task.target) if editing else task.target)
    marks = unchecked(task.target_id)
    for key, stored in task.pairs.items():
        field = fields.get(key)
        if field is None:
            continue
        # What no longer stands there, or what only a draft says that one may not see, is not told.
        texts = [plain(piece, field.kind) for piece in field.pieces]
        there = {digest(text) for text in texts if not is_machines(text, marks)}
        for pair in pairs_from(stored):
            if pair.done and pair.source and digest(plain(pair.target, field.kind)) in there:
                yield key, pair.source, line(pair.target, field.kind)


def in_letters_of(language: str, tag: str, text: str) -> str:
    """Serbian in the letters of the language that it is for."""
    if script := other_script(tag, language):
        return in_script(text, CELL, script.change)
    return in_script(text, CELL, DERIVED["sr-Latn"][1]) if tag == "sr" and language in _LATIN else text
