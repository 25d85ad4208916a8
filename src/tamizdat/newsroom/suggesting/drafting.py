"""The background's part: what somebody asked a machine for, asked, and saved as if a translator had typed it, marked.

A worker that is killed has saved nothing or all; the claim runs out, and another one asks again for what is missing.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.errors import StoryError, TamizdatError, TranslatorError
from tamizdat.locales import DERIVED
from tamizdat.newsroom.clock import LITTLE, shared_now
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.agreed import Word, machine_words
from tamizdat.newsroom.suggesting.machines.opening import open_machine
from tamizdat.newsroom.suggesting.machines.port import Machine, Pair, Wish
from tamizdat.newsroom.suggesting.machines.tags import Sent, is_echo, returned, sent
from tamizdat.newsroom.suggesting.marks import mark
from tamizdat.newsroom.suggesting.models import DONE, FAILED, WAITING, MachineDraft
from tamizdat.newsroom.suggesting.shelf import LentShelf
from tamizdat.newsroom.suggesting.words import in_script
from tamizdat.newsroom.translating.acting import Save, may_edit
from tamizdat.newsroom.translating.aligning import NEW, Row
from tamizdat.newsroom.translating.beside import FieldRows, newest, rows_of, source_now
from tamizdat.newsroom.translating.fields import CELL, LINE, RICH, check_line, has_marks, inside, to_type, typed
from tamizdat.newsroom.translating.models import Task

MOST_TRIES: Final = 5
_AT_MOST: Final = timedelta(minutes=5)
"""How long a claim lasts. It is renewed before each request, none of which takes half as long."""
_WORK_SECONDS: Final = 900.0
_WAIT: Final = timedelta(seconds=20)
_SHOWN_CHARS: Final = 1_000
_log: Final = logging.getLogger(__name__)
Opening = Callable[[], Machine]
Piece = tuple[str, str]
"""A piece of the source, and its kind."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a machine made of pieces, the languages it was asked for; pieces whose marks it lost, or that it echoed."""

    pair: Pair
    texts: dict[Piece, str]
    lost: int
    same: int
    whole: bool


def draft_waiting(opening: Opening | None = None) -> int:
    """Draft whatever waits and is due; how many translations got pieces."""
    done = 0
    for draft in MachineDraft.objects.filter(_due(shared_now()), state=WAITING).order_by("asked", "pk"):
        if claim := Claim.take(draft, shared_now()):
            done += _drafted(claim, opening or (lambda: open_machine(LentShelf())))
    return done


def _due(now: datetime) -> Q:
    """Drafts whose time has come, or should wait for longer than any wait: a clock was ahead."""
    return Q(due__lte=now) | Q(due__gt=now + _WAIT * 2**MOST_TRIES + LITTLE)


class Lost(Exception):  # noqa: N818 - no error: somebody else does it
    """The claim ran out, and another worker has the draft."""


class Claim:
    """A draft that is ours until ``until``."""

    def __init__(self, draft: MachineDraft, until: datetime) -> None:
        self.draft, self.until = draft, until

    @classmethod
    def take(cls, draft: MachineDraft, now: datetime) -> "Claim | None":
        """The claim; None if it is another's."""
        until = now + _AT_MOST
        free = Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_until__gt=until + LITTLE)
        rows = MachineDraft.objects.filter(free, _due(now), pk=draft.pk, state=WAITING)
        return cls(draft, until) if rows.update(claimed_until=until) == 1 else None

    @property
    def rows(self) -> QuerySet[MachineDraft]:
        """The draft's row as long as it is ours."""
        return MachineDraft.objects.filter(pk=self.draft.pk, state=WAITING, claimed_until=self.until)

    def renew(self) -> None:
        """Keep it for longer. Raises Lost."""
        until = shared_now() + _AT_MOST
        if self.rows.update(claimed_until=until) != 1:
            raise Lost
        self.until = until


def _drafted(claim: Claim, opening: Opening) -> bool:
    try:
        task = Task.objects.select_related("source__locale", "target__locale").get(target_id=claim.draft.page_id)
        _check_asker(claim.draft, task)
        machine = opening()
        drafted = ask(machine, task, time.monotonic() + _WORK_SECONDS, claim.renew)
        return _filled(claim, drafted, machine.name) > 0
    except Lost:
        return False
    except Task.DoesNotExist:
        _put_off(claim, _("It is no translation any more: its source was deleted."), passing=False)
    except TranslatorError as error:
        _put_off(claim, str(error), passing=bool(error.fields.get("passing")))
    except PermissionDenied:
        _put_off(claim, _("Whoever asked for it may not translate into this language."), passing=False)
    except (ValidationError, TamizdatError) as error:
        said = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        _put_off(claim, said, passing=False)
    except Exception as error:  # noqa: BLE001 - one draft that cannot be made is none of the others'
        _log.exception("drafting %s failed", claim.draft.page_id)
        _put_off(claim, f"{type(error).__name__}: {error}", passing=True)
    return False


def _check_asker(draft: MachineDraft, task: Task) -> None:
    """Before a machine is paid for what nobody may save. Raises PermissionDenied."""
    if not may_edit(task, MachineDraft.objects.select_related("by").get(pk=draft.pk).by):
        raise PermissionDenied


def _put_off(claim: Claim, fault: str, *, passing: bool) -> None:
    tries = claim.draft.tries + 1
    again = passing and tries < MOST_TRIES
    claim.rows.update(
        state=WAITING if again else FAILED,
        tries=tries,
        due=shared_now() + _WAIT * 2**tries,
        claimed_until=None,
        fault=fault[:_SHOWN_CHARS],
    )


def ask(machine: Machine, task: Task, until: float, before_each: Callable[[], None] = lambda: None) -> Drafted:
    """What the machine makes of all that nobody has translated; not all of it if it takes longer than ``until``.

    ``before_each`` is called before each request. Raises TranslatorError, and what that raises.
    """
    languages = task.source.locale.language_code, task.target.locale.language_code
    pair = machine.pair(*languages)
    pieces = list(dict.fromkeys((row.source, field.kind) for field, _at, row in _missing(task)))
    words = machine_words(*languages)
    kept = [word.term for word in words if word.kept]
    texts: dict[Piece, str] = {}
    lost = same = 0
    for batch in _batches([(piece, sent(_inner(*piece), kept)) for piece in pieces], machine):
        if texts and time.monotonic() > until:
            return Drafted(pair, texts, lost, same, whole=False)
        before_each()
        wish = Wish(pair, [each.text for _piece, each in batch], _lent(words))
        for (piece, given), text in zip(batch, machine.translate(wish), strict=True):
            found = _back(text, given, pair, languages[1])
            if is_echo(text, given):
                same += 1
            elif found:
                texts[piece] = found
            else:
                lost += 1
    return Drafted(pair, texts, lost, same, whole=True)


def _lent(words: Sequence[Word]) -> dict[str, str]:
    return {word.term: word.translations[0] for word in words if word.translations and not word.kept}


def _missing(task: Task) -> Iterator[tuple[FieldRows, int, Row]]:
    """The rows that nobody has translated."""
    for field in rows_of(task.pairs, source_now(task), newest(task.target)):
        yield from ((field, at, row) for at, row in enumerate(field.rows) if row.state == NEW and row.source)


def _inner(piece: str, kind: str) -> str:
    """A piece as HTML without the element that it is."""
    if kind == LINE:
        return piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return inside(piece) if kind == RICH else piece


def _back(text: str, given: Sent, pair: Pair, language: str) -> str:
    """What came back as HTML inside a piece; empty if it is no translation."""
    found = returned(text, given)
    if found is None or not found.strip():
        return ""
    return in_script(found, "", DERIVED[language][1]) if pair.latin else found


def _batches(pieces: Sequence[tuple[Piece, Sent]], machine: Machine) -> Iterator[list[tuple[Piece, Sent]]]:
    """Pieces in portions that one request may hold."""
    batch: list[tuple[Piece, Sent]] = []
    chars = 0
    for each in pieces:
        size = len(each[1].text)
        if batch and (len(batch) >= machine.bounds.most_texts or chars + size > machine.bounds.most_chars):
            yield batch
            batch, chars = [], 0
        batch.append(each)
        chars += size
    if batch:
        yield batch


def _filled(claim: Claim, drafted: Drafted, service: str) -> int:
    """Save what still nobody has translated, with its marks and the draft's own end, wholly or not; how many pieces.

    Raises what :class:`Save` raises, and StoryError.
    """
    with transaction.atomic():
        # In the order in which translators' own saves hold them: the page, the task, and then what is ours.
        task = Task.objects.get(target_id=claim.draft.page_id)
        StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=task.target_id)
        Task.objects.select_for_update().get(pk=task.pk)
        now = claim.rows.select_for_update(of=("self",)).select_related("by").first()
        if now is None:
            return 0
        task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
        filled, bad = _save(task, drafted, now.by, service)
        now.state, now.filled, now.claimed_until = (DONE if drafted.whole else WAITING), filled, None
        now.due, now.tries, now.fault = shared_now(), 0, _left(drafted, bad)
        now.save(update_fields=["state", "filled", "claimed_until", "due", "tries", "fault"])
        return filled


def _save(task: Task, drafted: Drafted, user: object, service: str) -> tuple[int, int]:
    """How many pieces were saved, and how many no story can hold."""
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    texts = {(field.key, at): (row.text, False) for field in fields for at, row in enumerate(field.rows)}
    filled: list[Piece] = []
    bad = 0
    for field in fields:
        for at, row in enumerate(field.rows):
            inner = drafted.texts.get((row.source, field.kind), "") if row.state == NEW else ""
            if not inner:
                continue
            try:
                text = _piece(inner, field.kind, row.source)
                if field.kind == LINE:
                    check_line(field.key, text)
            except StoryError:
                bad += 1
                continue
            texts[field.key, at] = text, False
            filled.append((text, field.kind))
    if filled:
        mark(task.target_id, filled, service)
        Save(task, texts, user, task.target.latest_revision_id, fields).execute()
        log(
            instance=task.target,
            action="suggesting.machine",
            user=user,
            data={"service": service, "pieces": len(filled)},
        )
    return len(filled), bad


def _piece(inner: str, kind: str, like: str) -> str:
    """A piece out of a machine's HTML. Raises StoryError for what no story holds."""
    if kind == LINE:
        return typed(to_type(inner, CELL), kind, like, marks=False)
    marked = has_marks(inner, CELL)
    return typed(inner if marked else to_type(inner, CELL), kind, like, marked)


def _left(drafted: Drafted, bad: int) -> str:
    """What people should know of a draft that is there."""
    said = []
    if drafted.lost:
        said.append(_("It lost the marks (links, bold) of %(n)d pieces, which are left to you.") % {"n": drafted.lost})
    if n := drafted.same + bad:
        said.append(_("Left to you, because it did not translate them or made them too long: %(n)d.") % {"n": n})
    if drafted.pair.instead:
        said.append(_("It has no words for this language: it drafted in “%(tag)s”.") % {"tag": drafted.pair.instead})
    return " ".join(said)
