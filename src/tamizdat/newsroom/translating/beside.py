"""A translation beside its source: the rows that a translator sees, and how they are saved."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tamizdat.locales import OtherScript, other_script
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.aligning import (
    CHANGED,
    GONE,
    NEW,
    OWN,
    SAME,
    Pair,
    Row,
    aligned,
    carried,
    pairs_from,
)
from tamizdat.newsroom.translating.fields import LINE, block_of, fields_of
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.parts import exchanged, is_mark, mark_of, parts_of, stored_parts

_FOLLOWED: Final = (
    "byline", "sections", "topics", "agencies", "related", "picture_id", "picture_credit", "breaking_until",
    "published", "embargo", "expire_at",
)  # fmt: skip
_TIMES: Final = frozenset({"embargo", "expire_at"})
_MOST_KEPT: Final = 8
_ASKS: Final = frozenset({CHANGED, GONE})
"""Rows of these states stay until somebody says of their words that they fit, or takes them out."""


@dataclass(frozen=True, slots=True)
class FieldRows:
    """A field's rows. ``exchanged``: what they are about (a picture, a recording, an address) is another one."""

    key: str
    kind: str
    label: Any
    rows: tuple[Row, ...]
    exchanged: bool = False


def newest(page: StoryPage) -> StoryPage:
    """The page's draft."""
    draft: StoryPage = page.get_latest_revision_as_object()
    return draft


def draft_mark(page: StoryPage) -> str:
    """Which draft of a page somebody looks at. Autosave writes a revision anew, so its number alone does not say."""
    return _mark(page.latest_revision_id, page.latest_revision_created_at)


def source_mark(task: Task) -> str:
    """Which version of the source is to be translated: see :func:`source_now`."""
    source = task.source
    return _mark(source.live_revision_id, source.last_published_at) if source.live else draft_mark(source)


def _mark(key: int | None, at: datetime | None) -> str:
    return f"{key or 0}.{at.timestamp():.6f}" if at else f"{key or 0}."


def source_now(task: Task) -> StoryPage:
    """What is to be translated: what readers have, or the draft as long as they have nothing."""
    source: StoryPage = task.source
    return source if source.live else newest(source)


def rows_of(pairs: Mapping[str, Any], source: StoryPage, target: StoryPage) -> list[FieldRows]:
    """All rows, the source's order first. ``pairs`` are a task's."""
    there, here = fields_of(source), fields_of(target)
    blocks, other = {block_of(key) for key in here}, exchanged(pairs, source)
    taken_away = {block_of(key) for key in pairs} - blocks - _left_out(pairs)
    found = []
    for key in (*there, *(key for key in here if key not in there)):
        if block_of(key) in taken_away:
            continue
        field = there.get(key) or here[key]
        before, now = pairs_from(pairs.get(key, ())), here.get(key)
        if now or block_of(key) in blocks:  # a cell may be gone with its row
            # A caption that the page had before anybody translated it is the source's own words, or somebody's.
            before = carried(before, now.pieces if now else ())
        rows = aligned(there[key].pieces if key in there else (), before)
        is_other = block_of(key) in other
        if is_other:
            rows = [_of_another(row) for row in rows]
        found.append(FieldRows(key, field.kind, field.label, tuple(rows), is_other))
    return list(_told(found, other & blocks if _is_begun(pairs, found) else set()))


def _is_begun(pairs: Mapping[str, Any], found: Iterable[FieldRows]) -> bool:
    """Whether anybody translated anything, side by side or not: who has not looks at all of it anyway."""
    done = (pair.done for key, stored in pairs.items() if not is_mark(key) for pair in pairs_from(stored))
    return any(done) or any(row.state != NEW for each in found for row in each.rows)


def _told(found: Iterable[FieldRows], other: Set[str]) -> Iterator[FieldRows]:
    """The fields that have rows. A block of ``other`` of which no row tells has one of its own, or nobody would look.

    It has no word, or what it said was left out on purpose, or all words are the translator's own.
    """
    found = list(found)
    states: dict[str, set[str]] = {}
    for each in found:
        states.setdefault(block_of(each.key), set()).update(row.state for row in each.rows)
    untold = {block for block in other if _is_untold(states.get(block, set()))}
    for each in found:
        if each.rows:
            yield each
        if (block := block_of(each.key)) in untold:
            untold -= {block}
            yield FieldRows(mark_of(block), LINE, _("Picture, recording or address"), (Row(CHANGED, "", "", ""),), True)


def _is_untold(states: Set[str]) -> bool:
    # To translate what is new there says nothing of words that are the translator's own.
    return not states & _ASKS and (NEW not in states or OWN in states)


def _left_out(pairs: Mapping[str, Any]) -> set[str]:
    """The blocks of which the translation never had a word. What changes in them may be wanted after all.

    Those that the translator took away are others: of these there were words once.
    """
    words: dict[str, list[str]] = {}
    for key, stored in pairs.items():
        if not is_mark(key):
            words.setdefault(block_of(key), []).extend(pair.target for pair in pairs_from(stored))
    return {block for block, targets in words.items() if targets and not any(targets)}


def _of_another(row: Row) -> Row:
    """A row whose picture, recording or address is another one: its words may not fit."""
    return replace(row, state=CHANGED, before=row.source) if row.state == SAME and row.text else row


def outstanding(fields: list[FieldRows]) -> tuple[int, int]:
    """How many pieces are to be translated, and how many to be looked at again."""
    states = [row.state for field in fields for row in field.rows]
    return states.count(NEW), states.count(CHANGED) + states.count(GONE)


def untouched(source: StoryPage) -> dict[str, Any]:
    """The pairs of a page that is a copy of its source still."""
    return {
        key: [Pair(piece, piece, done=False).stored() for piece in field.pieces]
        for key, field in fields_of(source).items()
    } | stored_parts(parts_of(source))


def saved(fields: list[FieldRows], settled: Mapping[str, list[Pair | None]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pairs that are to be stored, and the texts that are to stand in the page; lines stay one line."""
    pairs: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for field in fields:
        kept = [pair for pair in settled[field.key] if pair is not None]
        texts[field.key] = [pair.target for pair in kept if pair.target]
        if field.kind == LINE and len(texts[field.key]) > 1:
            kept = [Pair(kept[0].source, " ".join(texts[field.key]))]
        pairs[field.key] = [pair.stored() for pair in kept]
    return pairs, texts


def script_of(task: Task) -> OtherScript | None:
    """How the words of the source become those of the translation; None if that takes a translator."""
    return other_script(task.source.locale.language_code, task.target.locale.language_code)


def follow(task: Task, source: StoryPage, target: StoryPage) -> None:
    """Take over what is no words and changed in the source, unless somebody changed it in the translation, too."""
    for name in _names(script_of(task)):
        # A task of before a field was followed has it not: then what stands in the translation is its own.
        if not task.followed or plain(getattr(target, name)) == task.followed.get(name):
            setattr(target, name, getattr(source, name))
    now = followed_of(source, script_of(task))
    note_times(task, now)
    task.followed = {**task.followed, **now}


def note_times(task: Task, now: Mapping[str, Any]) -> None:
    """Before a task learns which times its source has now: it keeps what they were.

    A form that is open, or an older version, may show them still (``stories/shown_times.py``).
    """
    for name in _TIMES & now.keys() & task.followed.keys():
        if task.followed[name] != now[name]:
            was = f"{name}_was"
            task.followed = {**task.followed, was: [*task.followed.get(was, ()), task.followed[name]][-_MOST_KEPT:]}


def followed_of(source: StoryPage, script: OtherScript | None = None) -> dict[str, Any]:
    """What a translation follows of its source and is no words, as it is stored."""
    return {name: plain(getattr(source, name)) for name in _names(script)}


def _names(script: OtherScript | None) -> tuple[str, ...]:
    # In another script it is as much a machine's as its source.
    return (*_FOLLOWED, "translation") if script else _FOLLOWED


def plain(value: Any) -> Any:
    """As a task keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
