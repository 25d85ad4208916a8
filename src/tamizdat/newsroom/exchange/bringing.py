"""Bringing translations back: whatever is certain is saved at once, one transaction a file; people choose the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.errors import ItemError, StoryError, TamizdatError
from tamizdat.newsroom.exchange.codes import html_of, tokens_of, was
from tamizdat.newsroom.exchange.files import ReadFile
from tamizdat.newsroom.exchange.matching import (
    CONFLICT,
    FLAGGED,
    OPEN,
    TAKEN,
    Piece,
    matched,
    piece_html,
)
from tamizdat.newsroom.exchange.models import Brought, BroughtFile
from tamizdat.newsroom.exchange.sheet import CHECK, Sheet, Unit, same, tokens_in
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import Save, may_edit
from tamizdat.newsroom.translating.aligning import CHANGED, Row
from tamizdat.newsroom.translating.beside import FieldRows, draft_mark, newest, rows_of, source_mark, source_now
from tamizdat.newsroom.translating.models import Task

_KEPT: Final = timedelta(days=60)
"""How long reports stay, with what was not taken."""
Given = Mapping[tuple[str, int], tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class BringBack:
    """Take what files say into the drafts. ``task`` is the one that somebody looks at, if all is meant for that one."""

    name: str
    files: Sequence[ReadFile]
    user: Any
    task: Task | None = None

    def execute(self) -> Brought:
        """The report. Each file is taken whole, with its report, or not at all; the others go on."""
        Brought.objects.filter(at__lt=datetime.now(UTC) - _KEPT).delete()
        brought = Brought.objects.create(name=self.name[:200], by=self.user)
        for file in self.files:
            if file.fault:
                self._not(brought, file.name, file.fault)
            for sheet in file.sheets:
                self._bring(brought, file.name, sheet)
        return brought

    def _bring(self, brought: Brought, name: str, sheet: Sheet) -> None:
        try:
            task = self._task(sheet)
            # Long files take their time: nobody else should have to wait for it.
            seen = look(task, sheet.units)
            with transaction.atomic():
                pieces = settle(task, sheet.units, self.user, seen=seen)
                counts = Counter(piece.fate for piece in pieces)
                BroughtFile.objects.create(
                    brought=brought, name=name[:200], task=task, counts=counts,
                    units=[stored(piece.unit) for piece in pieces if piece.fate in OPEN],
                )  # fmt: skip
                data = {"file": name[:200], "taken": counts[TAKEN] + counts[FLAGGED]}
                log(instance=task.target, action="exchange.back", user=self.user, data=data)
        except (Task.DoesNotExist, StoryPage.DoesNotExist):
            self._not(brought, name, _("It is of no translation that this newsroom has."))
        except PermissionDenied:
            self._not(brought, name, _("You may not translate into this language."))
        except ValidationError as error:
            self._not(brought, name, " ".join(error.messages))
        except TamizdatError as error:
            self._not(brought, name, str(error))

    def _not(self, brought: Brought, name: str, fault: str) -> None:
        BroughtFile.objects.create(brought=brought, name=name[:200], fault=fault)

    def _task(self, sheet: Sheet) -> Task:
        """The task that the sheet is of. Raises PermissionDenied, or ValidationError if there is none."""
        found = _named(sheet) or (self.task if not sheet.story_id else None)
        if found is None:
            raise ValidationError(_("It is of no translation that this newsroom has."))
        if self.task and self.task.pk != found.pk:
            raise ValidationError(_("It is of another story or language: bring it back there, or on the board."))
        language = found.target.locale.language_code
        if sheet.language and sheet.language.casefold() != language.casefold():
            raise ValidationError(
                _("It is in %(there)s, and this translation is in %(here)s."),
                params={"there": sheet.language, "here": language},
            )
        if not may_edit(found, self.user):
            raise PermissionDenied
        return found


def _named(sheet: Sheet) -> Task | None:
    tasks = Task.objects.select_related("source__locale", "target__locale").filter(source__story_id=sheet.story_id)
    if not sheet.story_id:
        return None
    return tasks.filter(pk=sheet.task).first() or tasks.filter(target__locale__language_code=sheet.language).first()


@dataclass(frozen=True, slots=True)
class Seen:
    """Where units belong in a translation, and ``of`` which drafts that was said."""

    of: tuple[Any, ...]
    fields: list[FieldRows]
    pieces: list[Piece]


def look(task: Task, units: Sequence[Unit]) -> Seen:
    """What would become of each unit now."""
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    return Seen(_drafts(task), fields, matched(fields, units))


def _drafts(task: Task) -> tuple[Any, ...]:
    """What rows are made of. As long as it is the same, so are they."""
    return task.source.live, source_mark(task), draft_mark(task.target), task.pairs


def settle(
    task: Task,
    units: Sequence[Unit],
    user: Any,
    chosen: Mapping[str, tuple[str, str]] | None = None,
    seen: Seen | None = None,
) -> list[Piece]:
    """Save what is certain, and what people have ``chosen``; what became of each unit. Only in a transaction.

    ``chosen`` is unit id -> text as it was typed, and ``was`` of the newsroom's text that the person saw. ``seen`` is
    what was looked at before the transaction began; it counts if nobody saved since. Raises PermissionDenied,
    ValidationError, StoryError for what no story holds, and DoesNotExist if the translation is gone.
    """
    StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=task.target_id)
    Task.objects.select_for_update().get(pk=task.pk)
    task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
    if seen is None or seen.of != _drafts(task):
        seen = look(task, units)
    pieces = [_chosen(piece, chosen or {}) for piece in seen.pieces]
    if any(piece.fate in {TAKEN, FLAGGED} for piece in pieces):
        fields, texts = _texts(seen.fields, pieces)
        Save(task, texts, user, task.target.latest_revision_id, fields).execute()
    return pieces


def _chosen(piece: Piece, chosen: Mapping[str, tuple[str, str]]) -> Piece:
    """The piece with what somebody chose, unless the newsroom's text is no longer the one that was seen."""
    if piece.unit.id not in chosen or piece.field is None or piece.row is None:
        return piece
    typed, seen = chosen[piece.unit.id]
    if seen != was(tokens_in(piece.row.text, piece.field.kind)):
        return replace(piece, fate=CONFLICT)
    try:
        tokens = tokens_of(typed, strict=True)
        return replace(piece, fate=TAKEN if piece.is_certain else FLAGGED, text=piece_html(piece, tokens), why="")
    except ItemError as error:
        raise StoryError(error.detail, field=str(piece.field.label)) from error


def _texts(fields: Sequence[FieldRows], pieces: Sequence[Piece]) -> tuple[list[FieldRows], Given]:
    """What :class:`Save` is told: rows as they are, but for what came in."""
    texts = {(field.key, at): (row.text, False) for field in fields for at, row in enumerate(field.rows)}
    rows = {field.key: list(field.rows) for field in fields}
    for piece in pieces:
        if piece.field is None or piece.row is None or piece.fate not in {TAKEN, FLAGGED}:
            continue
        key = piece.field.key
        texts[key, piece.at] = piece.text, piece.fate == TAKEN
        if piece.fate == FLAGGED:
            rows[key][piece.at] = Row(CHANGED, piece.row.source, _before(piece), piece.row.text)
    return [replace(field, rows=tuple(rows[field.key])) for field in fields], texts


def _before(piece: Piece) -> str:
    """Which source the text translates; empty if nobody can say, so that it is looked at again all the same."""
    field, row = piece.field, piece.row
    if field is None or row is None:
        return ""
    if same(piece.unit.source, tokens_in(row.source, field.kind)):
        if field.exchanged and piece.unit.state != CHECK:
            return row.source  # it is what is shown there that nobody has looked at
        return row.before if row.before != row.source else ""
    try:
        return piece_html(piece, piece.unit.source)
    except StoryError:
        return ""


@dataclass(frozen=True, slots=True)
class Choose:
    """Decide about pieces of a file that were left. ``chosen`` is as for :func:`settle`, ``dropped`` are unit ids."""

    file: BroughtFile
    chosen: Mapping[str, tuple[str, str]]
    dropped: frozenset[str]
    user: Any

    def execute(self) -> None:
        """Save what was chosen; the rest stays open. Raises what :func:`settle` raises; then nothing changed."""
        with transaction.atomic():
            file = (
                BroughtFile.objects.select_for_update(of=("self",)).select_related("task__target").get(pk=self.file.pk)
            )
            if file.task is None:
                raise ValidationError(_("There is nothing to choose."))
            if not may_edit(file.task, self.user):
                raise PermissionDenied
            # Only what was chosen: the rest was settled when the file came, and somebody may have changed it since.
            units = restored([each for each in file.units if each["id"] in self.chosen])
            done = {
                piece.unit.id for piece in settle(file.task, units, self.user, self.chosen) if piece.fate not in OPEN
            }
            file.units = [each for each in file.units if each["id"] not in done | self.dropped]
            file.save(update_fields=["units"])


def open_pieces(file: BroughtFile) -> list[Piece]:
    """What is left of a file, as it stands to the translation now."""
    if file.task is None or not file.units:
        return []
    fields = rows_of(file.task.pairs, source_now(file.task), newest(file.task.target))
    return matched(fields, restored(file.units))


def stored(unit: Unit) -> dict[str, Any]:
    """For JSON."""
    return {
        "id": unit.id, "source": html_of(unit.source), "target": html_of(unit.target), "state": unit.state,
        "was": unit.was, "line": unit.line, "fault": unit.fault, "raw": unit.raw,
    }  # fmt: skip


def restored(units: Sequence[Mapping[str, Any]]) -> list[Unit]:
    """Units out of JSON."""
    return [
        Unit(
            id=each["id"], source=tokens_of(each["source"]), target=tokens_of(each["target"]), state=each["state"],
            was=each["was"], line=each["line"], fault=each["fault"], raw=each["raw"],
        )
        for each in units
    ]  # fmt: skip
