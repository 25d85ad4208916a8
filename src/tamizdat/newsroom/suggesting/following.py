"""Translations that follow their source letter for letter: Serbian in one script, out of Serbian in the other.

What nobody edited is made anew as often as the source is; what a person edited stays, and counts as changed when its
source changes, as in any translation. Latin out of Cyrillic is exact. Cyrillic out of Latin is not: until a person has
checked them such pieces are a machine's, and so is whatever is made of a piece that is a machine's itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from wagtail.log_actions import log

from tamizdat.errors import StoryError
from tamizdat.locales import IN_TWO_SCRIPTS, OtherScript, in_other_script
from tamizdat.newsroom.reasons import as_data, sayable, sentences_of
from tamizdat.newsroom.stories.locks import lock_for
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.marks import is_machines, mark_new, standing, tick_words, unchecked
from tamizdat.newsroom.suggesting.models import DONE, MachineDraft
from tamizdat.newsroom.suggesting.words import digest, in_script, plain, sentences
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.aligning import CHANGED, GONE, NEW, OWN, Pair, Row, carried, pairs_from, settled
from tamizdat.newsroom.translating.beside import FieldRows, newest, rows_of, script_of, source_now
from tamizdat.newsroom.translating.fields import LINE, block_of, check_line, fields_of
from tamizdat.newsroom.translating.models import Task, tasks_of
from tamizdat.newsroom.translating.writing import write

_SERVICE = "letters"
_Piece = tuple[str, str]
"""A piece, and its kind."""

_left: Final[ContextVar[Callable[[StoryPage], bool]]] = ContextVar("_left", default=lambda _page: False)


@contextmanager
def leaving(whose: Callable[[StoryPage], bool]) -> Iterator[None]:
    """Nothing is made anew inside of the pages of which ``whose`` says so: somebody else writes them."""
    token = _left.set(whose)
    try:
        yield
    finally:
        _left.reset(token)


@dataclass(frozen=True, slots=True)
class _Original:
    """What a translation in another script is made from: how, its pieces that nobody translated, a machine's words."""

    script: OtherScript
    copies: frozenset[tuple[str, str]] = frozenset()
    marks: frozenset[str] = frozenset()

    def made(self, key: str, piece: str, kind: str) -> str | None:
        """The piece in the other script; None as long as it is in another language, or where it is too long in this."""
        if (key, piece) in self.copies:
            return None
        text = in_script(piece, kind, self.script.change)
        try:
            if kind == LINE:
                check_line(key, text)  # one letter may be two in the other script
        except StoryError:
            return None
        return text

    def is_checked(self, piece: str, kind: str) -> bool:
        """Whether what is made of a piece needs nobody who looks at it."""
        words = plain(piece, kind)
        exact = self.script.exact or self.script.change(words) == words
        return exact and not is_machines(words, self.marks)

    def checked(self, piece: str, kind: str) -> Iterator[str]:
        """What needs nobody who looks at it of the words that are made of a piece: the whole of it, its sentences."""
        if not self.is_checked(piece, kind):
            return
        words = plain(piece, kind)
        yield self.script.change(words)
        # A piece is people's if most of it is: what else stands in it is the machine's still.
        yield from (self.script.change(each) for each in sentences(words) if not is_machines(each, self.marks))


def _original(task: Task, script: OtherScript, source: StoryPage) -> _Original:
    own = Task.objects.filter(target_id=task.source_id).first()
    marks = unchecked(task.source_id)
    if own is None:
        return _Original(script, marks=marks)
    copies = {
        (key, pair.target)
        for key, each in fields_of(source).items()
        for pair in carried(pairs_from(own.pairs.get(key, ())), each.pieces)
        if not pair.done
    }
    return _Original(script, frozenset(copies), marks)


def renew(task: Task, user: Any = None) -> bool:
    """Make anew what nobody edited; whether that left pieces for a person to check.

    Readers get it at once if they had it as it was. A translation with pieces to look at again, that is locked, or with
    a draft that is not out, waits for people.
    """
    script = script_of(task)
    if script is None:
        return False
    with transaction.atomic():
        StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=task.target_id)
        Task.objects.select_for_update().get(pk=task.pk)
        task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
        # Of a source that readers do not have, nobody has let out a word: what follows its draft is a draft.
        out = task.source.live and task.target.live and not task.target.has_unpublished_changes
        source, target = source_now(task), newest(task.target)
        marks = unchecked(task.target_id)
        left = lock_for(task.target, user) or _left.get()(task.target)
        if left or not _write(task, source, target, _original(task, script, source)):
            recount(task, source, target)
            return False
        # Unfinished as it may be: whoever saves or publishes the source is not who can finish it.
        revision = target.save_revision(user=user, log_action=True, clean=False)
        task.save(update_fields=["pairs", "followed"])
        task.refresh_from_db(fields=["ready"])  # which it is no longer: this is another draft
        recount(task, source, target)
        unseen = standing(target, unchecked(task.target_id) - marks) > 0
        if out and not (task.todo or task.changed or (unseen and not script.exact)):
            _publish(task, revision, user)
        return unseen


def _publish(task: Task, revision: Any, user: Any) -> None:
    """Let readers have it. What cannot go out (it was taken down) stays a draft, whose history says why.

    Its source goes out all the same, and whoever may publish that need not have a right in this language.
    """
    try:
        with transaction.atomic(), sayable():
            log(instance=task.target, action="suggesting.follow", user=user)
            revision.publish(user=user, skip_permission_checks=True)
    except (ValidationError, StoryError) as error:
        with sayable():
            why = sentences_of(error)
        log(instance=task.target, action="suggesting.late", user=user, data=as_data(why))


def _write(task: Task, source: StoryPage, target: StoryPage, original: _Original) -> bool:
    """Give the translation's draft what follows from the source; whether that is another draft than before."""
    before, marks = (target.serializable_data(), task.pairs), unchecked(task.target_id)
    fields = rows_of(task.pairs, source, target)
    settled = {each.key: [_settled(row, each, original) for row in each.rows] for each in fields}
    write(task, source, target, fields, settled, _unsure(fields, original))
    _note(task, fields, original)
    changed = (target.serializable_data(), task.pairs) != before
    return changed or standing(target, marks) != standing(target, unchecked(task.target_id))


def _settled(row: Row, of: FieldRows, original: _Original) -> Pair | None:
    made = original.made(of.key, row.source, of.kind)
    if made is not None and _is_made_anew(row, of.kind, original.script):
        return Pair(row.source, made)
    if row.state == NEW:
        return settled(row, "", confirmed=False)
    return settled(row, row.text, confirmed=row.state == GONE and _follows(row, of.kind, original.script))


def _unsure(fields: list[FieldRows], original: _Original) -> set[str]:
    """The blocks in which something is for people to look at."""
    return {block_of(each.key) for each in fields for row in each.rows if _is_unsure(row, each, original)}


def _is_unsure(row: Row, of: FieldRows, original: _Original) -> bool:
    """Whether the row is for people, or has their own words, which may not fit what is shown now."""
    if row.state == CHANGED and original.made(of.key, row.source, of.kind) is None:
        return True
    return row.state == OWN or (row.state in {CHANGED, GONE} and not _follows(row, of.kind, original.script))


def _is_made_anew(row: Row, kind: str, script: OtherScript) -> bool:
    return row.state == NEW or (row.state == CHANGED and _follows(row, kind, script))


def _follows(row: Row, kind: str, script: OtherScript) -> bool:
    """Whether nobody edited the text. Compared by words: marks may have been written anew by an editor's form."""
    return digest(plain(row.text, kind)) == digest(plain(in_script(row.before, kind, script.change), kind))


def _note(task: Task, fields: list[FieldRows], original: _Original) -> None:
    """Note which of the pieces that are made anew are for a person to check, and what was checked in the source."""
    to_check: list[_Piece] = []
    checked: list[str] = []
    for each in fields:
        for row in each.rows:
            made = original.made(each.key, row.source, each.kind)
            if made is None or not row.source:
                continue
            if original.is_checked(row.source, each.kind):
                checked += original.checked(row.source, each.kind)
            elif _is_made_anew(row, each.kind, original.script):
                to_check.append((made, each.kind))
    tick_words(task.target_id, checked)
    if to_check:
        # A draft by a machine that nobody asked for: it says so wherever others do.
        now = datetime.now(UTC)
        MachineDraft.objects.get_or_create(page_id=task.target_id, defaults={"state": DONE, "asked": now, "due": now})
        mark_new(task.target_id, to_check, _SERVICE)


def source_changed(source: StoryPage, user: Any = None) -> None:
    """Renew what follows a source that has another text now."""
    if in_other_script(source.locale.language_code):
        _renewed(Task.objects.filter(source_id=source.pk), user)


def caught_up(source: StoryPage) -> frozenset[int]:
    """Renew whatever is made from a story and its translations; the tasks in which a person should look at pieces."""
    return _renewed(tasks_of(source), None)


def _renewed(tasks: QuerySet[Task], user: Any) -> frozenset[int]:
    found = tasks.filter(target__locale__language_code__in=IN_TWO_SCRIPTS).select_related(
        "source__locale", "target__locale"
    )
    return frozenset(task.pk for task in found.order_by("pk") if renew(task, user))
