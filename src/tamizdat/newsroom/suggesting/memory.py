"""What people translated before: remembered when a translation is saved, found again by hashes, never by a search.

A screen costs three queries, whatever is remembered.
"""

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q

from tamizdat.newsroom.corrections.differences import Piece, compared
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.suggesting.likeness import best, traces
from tamizdat.newsroom.suggesting.marks import is_machines, unchecked
from tamizdat.newsroom.suggesting.models import Remembered, Trace
from tamizdat.newsroom.suggesting.words import digest, plain, words_of
from tamizdat.newsroom.translating.aligning import pairs_from
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.fields import CELL, LINE, RICH, fields_of, inside
from tamizdat.newsroom.translating.models import Task

MOST_SHOWN: Final = 3
_MOST_OF_A_TRACE: Final = 64
"""Pieces in which the same pair of words is remembered: what stands in more of them tells pieces not apart."""
_MOST_EXACT: Final = 2_000
_MOST_TRACES: Final = 20_000
_MOST_JUDGED: Final = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What is remembered of a piece: the translation as HTML of one line, per cent, and what differs in the source."""

    target: str
    percent: int
    differs: Sequence[Piece] = ()


def pair_of(task: Task) -> str:
    """The pair of languages of a task."""
    return f"{task.source.locale.language_code}>{task.target.locale.language_code}"


def line(piece: str, kind: str) -> str:
    """A piece as HTML of one line, whatever its kind."""
    return html.escape(piece, quote=False) if kind == LINE else inside(piece) if kind == RICH else piece


def remember(task: Task) -> int:
    """Remember what people have translated in a task as it was just saved; how many pieces are new."""
    kinds = {key: field.kind for key, field in fields_of(newest(task.target)).items()}
    marks = unchecked(task.target_id)
    rows: dict[str, Remembered] = {}
    for key, stored in task.pairs.items():
        for pair in pairs_from(stored) if key in kinds else ():
            row = _row(task, pair.source or "", pair.target, kinds[key]) if pair.done else None
            if row and not is_machines(plain(pair.target, kinds[key]), marks):
                rows[row.digest] = row
    return _put(task, rows)


def _row(task: Task, source: str, target: str, kind: str) -> Remembered | None:
    one, other = plain(source, kind), plain(target, kind)
    if not (any(map(str.isalpha, one)) and other):
        return None
    return Remembered(
        pair=pair_of(task), digest=digest(one), target_digest=digest(other),
        source=line(source, kind), target=line(target, kind), task=task,
    )  # fmt: skip


def _put(task: Task, rows: Mapping[str, Remembered]) -> int:
    """Store what is new, and forget what the same task said before of the same pieces."""
    wanted = {(row.digest, row.target_digest) for row in rows.values()}
    known = Remembered.objects.filter(pair=pair_of(task), digest__in=rows).order_by("-pk")
    there = {(row.digest, row.target_digest): row for row in known.defer("source", "target")[:_MOST_EXACT]}
    late = [row.pk for key, row in there.items() if row.task_id == task.pk and key not in wanted]
    Remembered.objects.filter(pk__in=late).delete()
    new = [row for row in rows.values() if (row.digest, row.target_digest) not in there]
    Remembered.objects.bulk_create(new, ignore_conflicts=True)
    _trace(pair_of(task), {(row.digest, row.target_digest) for row in new})
    return len(new)


def _trace(pair: str, new: set[tuple[str, str]]) -> None:
    rows = Remembered.objects.filter(pair=pair, digest__in={each for each, _other in new}, traces=None)
    values = {row.pk: traces(plain(row.source, CELL)) for row in rows if (row.digest, row.target_digest) in new}
    counted = Trace.objects.filter(pair=pair, value__in=set().union(*values.values())).values("value")
    full = Counter({each["value"]: each["n"] for each in counted.annotate(n=Count("pk")).order_by()})
    made = []
    for key, found in values.items():
        for value in found:
            full[value] += 1
            if full[value] <= _MOST_OF_A_TRACE:
                made.append(Trace(remembered_id=key, pair=pair, value=value))
    Trace.objects.bulk_create(made)


def note_public(page: StoryPage) -> None:
    """Note that readers have a translation, or no longer."""
    rows = Remembered.objects.filter(task__target_id=page.pk)
    if not page.live:
        rows.filter(public=True).update(public=False)
        return
    if not rows.filter(public=False).exists():
        return
    said = {digest(plain(piece, field.kind)) for field in fields_of(page).values() for piece in field.pieces}
    rows.filter(public=False, target_digest__in=said).update(public=True)


def visible(task: Task, user: Any) -> Q:
    """What somebody may see of what is remembered in a task's pair of languages.

    Who may edit every story in the language sees what was ever translated into it, with its source beside it. Others
    see what readers have had.
    """
    paper = Newspaper.objects.filter(locale_id=task.target.locale_id).first()
    if paper is not None and paper.permissions_for_user(user).can_edit():
        return Q()
    return Q(public=True)


def find(task: Task, texts: Iterable[str], user: Any) -> dict[str, list[Found]]:
    """What is remembered of plain texts of the source, the nearest first."""
    wanted = {digest(text): text for text in texts if any(map(str.isalpha, text))}
    if not wanted:
        return {}
    allowed = Q(visible(task, user), pair=pair_of(task))
    exact: dict[str, list[Found]] = {}
    for row in Remembered.objects.filter(allowed, digest__in=wanted).order_by("-pk")[:_MOST_EXACT]:
        exact.setdefault(row.digest, []).append(Found(row.target, 100))
    near = _near(wanted, allowed, pair_of(task))
    return {text: (exact.get(key, []) + near.get(key, []))[:MOST_SHOWN] for key, text in wanted.items()}


def _near(wanted: Mapping[str, str], allowed: Q, pair: str) -> dict[str, list[Found]]:
    asked: dict[int, list[str]] = {}
    for key, text in wanted.items():
        for value in traces(text):
            asked.setdefault(value, []).append(key)
    shared: dict[str, Counter[int]] = {key: Counter() for key in wanted}
    rows = Trace.objects.filter(pair=pair, value__in=asked).values_list("value", "remembered_id")
    for value, number in rows[:_MOST_TRACES]:
        for key in asked[value]:
            shared[key][number] += 1
    judged = {key: [number for number, _n in each.most_common(_MOST_JUDGED)] for key, each in shared.items()}
    numbers = {number for each in judged.values() for number in each}
    known = {row.pk: row for row in Remembered.objects.filter(allowed, pk__in=numbers)}
    words = {number: words_of(plain(row.source, CELL)) for number, row in known.items()}
    return {
        key: [
            Found(known[number].target, each, list(compared(plain(known[number].source, CELL), text)))
            for number, each in best(
                words_of(text),
                [(number, words[number]) for number in judged[key] if number in known and known[number].digest != key],
                MOST_SHOWN,
            )
        ]
        for key, text in wanted.items()
    }
