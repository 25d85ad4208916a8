"""What people do with translations: save, say ready, hold, release. Each checks, then happens wholly or not."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym
from tamizdat.newsroom.corrections.models import is_taken_down
from tamizdat.newsroom.pressroom.models import Gate
from tamizdat.newsroom.reasons import Sentences, sayable, sentences_of, unforeseen
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.reviewing import forget_times
from tamizdat.newsroom.translating.aligning import CHANGED, GONE, Pair, Row, settled
from tamizdat.newsroom.translating.beside import (
    FieldRows,
    draft_mark,
    newest,
    outstanding,
    plain,
    rows_of,
    source_now,
)
from tamizdat.newsroom.translating.fields import LINE, block_of, check_line
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.newsroom.translating.moments import NotYet, first_moment, wait_anew
from tamizdat.newsroom.translating.parts import Parts, parts_of
from tamizdat.newsroom.translating.sourcing import check_source, mark_held, note_failed
from tamizdat.newsroom.translating.writing import write

_log: Final = logging.getLogger(__name__)
PASSING: Final = (OperationalError, InterfaceError)
"""Faults of a database that are of all that is done just then, and may pass; others are of the one story alone."""
catching_up: Final = Signal()
"""Sent before it is counted what translations of ``source`` lack: whatever makes one of them by itself does it now.

Whoever does answers with the keys of the tasks in which nobody has looked at all that it made.
"""


def may_edit(task: Task, user: Any) -> bool:
    """Whether somebody may translate into this language. Nobody is whoever asked for something, and is gone since."""
    return user is not None and bool(task.target.permissions_for_user(user).can_edit())


def is_newest(target: StoryPage, seen: int | str) -> bool:
    """Whether the draft that somebody saw is the newest: ``seen`` is its ``draft_mark``, or its revision."""
    return str(seen) in {str(target.latest_revision_id), draft_mark(target)}


def said_overtaken() -> str:
    """What whoever saves is told if it is not."""
    return _("Somebody saved this translation while you worked. What you wrote is still here: compare, then save.")


@dataclass(frozen=True, slots=True)
class Save:
    """Save rows of a translation. ``seen`` is the draft that the person saw: its ``draft_mark``, or its revision.

    A translation that was ready is so no longer: nobody has said so of this draft. One that was nobody's is theirs.
    """

    task: Task
    texts: Mapping[tuple[str, int], tuple[str, bool]]
    user: Any
    seen: int | str
    fields: Sequence[FieldRows]

    def check(self) -> None:
        """Raises PermissionDenied, or ValidationError if it is locked, or somebody else saved meanwhile."""
        if not may_edit(self.task, self.user):
            raise PermissionDenied
        target = self.task.target
        check_unlocked([target], self.user)
        if not is_newest(target, self.seen):
            raise ValidationError(said_overtaken())

    def execute(self) -> None:
        """A new draft, whole or not. Raises what :meth:`check` raises, StoryError for a line that no story holds."""
        shown = parts_of(source_now(self.task))
        with transaction.atomic():
            StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=self.task.target_id)
            # Held, because the source may be published at the same moment, which counts anew.
            Task.objects.select_for_update().get(pk=self.task.pk)
            self.task.refresh_from_db(fields=["pairs", "followed", "ready", "translator"])
            self.task.target.refresh_from_db(fields=["latest_revision", "latest_revision_created_at"])
            # Readers may have another source by now than the one whose rows were typed: it is counted against this one.
            self.task.source = StoryPage.objects.select_related("locale").get(pk=self.task.source_id)
            self.check()
            self._check_lines()
            source, target = source_now(self.task), newest(self.task.target)
            settled = {field.key: self._settled(field) for field in self.fields}
            unsure = self._unsure() | self._unseen(shown, parts_of(source))
            write(self.task, source, target, self.fields, settled, unsure)
            # As in the story's own form: what is missing is asked for when it is to go out.
            target.is_unfinished = True
            target.save_revision(user=self.user)
            self.task.ready = False
            if self.task.translator_id is None:
                self.task.translator = self.user
            self.task.save(update_fields=["pairs", "followed", "ready", "translator"])
            recount(self.task, source, target)

    def _check_lines(self) -> None:
        for field in self.fields:
            for at, row in enumerate(field.rows):
                text, _confirmed = self.texts[field.key, at]
                if field.kind == LINE and text != row.text:
                    check_line(field.key, text)

    def _unsure(self) -> set[str]:
        """The blocks that somebody has still to look at."""
        return {
            block_of(field.key)
            for field in self.fields
            for at, row in enumerate(field.rows)
            if self._is_unsure(row, *self.texts[field.key, at])
        }

    def _is_unsure(self, row: Row, text: str, confirmed: bool) -> bool:
        # Words that the source has no more stay until somebody takes them out: with what they are about.
        return not confirmed and (row.state == CHANGED or (row.state == GONE and bool(text)))

    def _unseen(self, shown: Mapping[str, Parts], now: Mapping[str, Parts]) -> set[str]:
        """The blocks with words in which the source shows something since that nobody saw who typed them."""
        blocks = {block_of(field.key) for field in self.fields}
        return {block for block in blocks & now.keys() if block in shown and now[block] != shown[block]}

    def _settled(self, field: FieldRows) -> list[Pair | None]:
        return [settled(row, *self.texts[field.key, at]) for at, row in enumerate(field.rows)]


def recount(task: Task, source: StoryPage, target: StoryPage) -> None:
    """Count what is to be done, and store that, and nothing else of the task. Whoever calls holds its row."""
    task.todo, task.changed = outstanding(rows_of(task.pairs, source, target))
    if task.todo or task.changed:
        task.ready = False
    task.save(update_fields=["todo", "changed", "ready"])


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep translations until they can go out together. A time of None waits for a click, or until all are ready."""

    source: StoryPage
    tasks: tuple[Task, ...]
    user: Any
    at: datetime | None = None
    when_ready: bool = False

    def check(self) -> None:
        """Raises PermissionDenied unless the person may publish each.

        ValidationError for none, or one that is locked or was taken down.
        """
        if not self.tasks:
            raise ValidationError(_("Choose at least one translation."))
        held = Task.objects.filter(together__source=self.source).select_related("target")
        pages = (self.source, *(task.target for task in self.tasks), *(task.target for task in held))
        if not all(may_publish(page, self.user) for page in pages):
            raise PermissionDenied
        check_unlocked(_of_held(self.source, self.tasks), self.user)
        _check_not_taken_down(_of_held(self.source, self.tasks))

    def execute(self) -> Together:
        """What holds them; what waits until all are ready, and is, is out by then. Raises what :meth:`check` raises."""
        with transaction.atomic():
            # Who publishes one of them at this moment has done so, or finds it held.
            lock_pages([self.source.pk, *(task.target_id for task in self.tasks)])
            self.check()
            Together.objects.filter(source=self.source).delete()
            # As it is now: what somebody saw may have been published, or taken back.
            source = StoryPage.objects.get(pk=self.source.pk)
            for page in _of_held(source, self.tasks):
                # None of them leaves alone. The times that drafts have are respected when all go.
                forget_times(page, self.user)
            mark = mark_held(source)
            held = Together.objects.create(
                source=self.source, at=self.at, when_ready=self.when_ready, by=self.user, source_mark=mark
            )
            Task.objects.filter(pk__in=[task.pk for task in self.tasks]).update(together=held)
            log(instance=self.source, action="translating.hold", user=self.user)
            _release_if_ready(held)
            return held


def _of_held(source: StoryPage, tasks: Iterable[Task]) -> list[StoryPage]:
    """What goes out together: the source only if readers do not have it."""
    return [*([] if source.live else [source]), *(task.target for task in tasks)]


def _check_not_taken_down(pages: Iterable[StoryPage]) -> None:
    for page in pages:
        if is_taken_down(page.story_id, page.locale.language_code):
            raise ValidationError(
                _("“%(title)s” (%(language)s) was taken down: revoke that in its record first."),
                params={"title": page.title, "language": page.locale.language_code},
            )


def may_publish(page: StoryPage, user: Any) -> bool:
    """Whether somebody may let a story out; nobody may not."""
    return user is not None and bool(page.permissions_for_user(user).can_publish())


@dataclass(frozen=True, slots=True)
class Ready:
    """Say that a translation may go out, or that it may not yet. The last one of those held lets all go.

    ``approved`` by its reviewers: they need not be those who may edit it.
    """

    task: Task
    ready: bool
    user: Any
    approved: bool = False

    def check(self) -> None:
        """Raises PermissionDenied, or ValidationError while pieces are missing or something in it is unfinished."""
        if not (self.approved or may_edit(self.task, self.user)):
            raise PermissionDenied
        if self.ready and (self.task.todo or self.task.changed):
            raise ValidationError(
                _("%(todo)d pieces are not translated, and %(changed)d changed in the source."),
                params={"todo": self.task.todo, "changed": self.task.changed},
            )
        if self.ready:
            newest(self.task.target).clean()

    def execute(self) -> bool:
        """Whether that let them all go. Raises what :meth:`check` raises."""
        with transaction.atomic():
            hold_pages(self.task.together, self.task.source_id, self.task.target_id)
            catching_up.send(Task, source=self.task.source)
            if Task.objects.filter(pk=self.task.pk, together__isnull=False).exists():
                # Two people who say so of the last two at one moment must not each see the other's as missing.
                Gate.enter()
            self.task.refresh_from_db()
            # The source may have been saved since, and nobody counts drafts of it.
            Task.objects.select_for_update().get(pk=self.task.pk)
            self.task.source = StoryPage.objects.select_related("locale").get(pk=self.task.source_id)
            self.task.target = StoryPage.objects.select_related("locale").get(pk=self.task.target_id)
            recount(self.task, source_now(self.task), newest(self.task.target))
            self.check()
            self.task.ready, self.task.ready_mark = self.ready, draft_mark(self.task.target)
            self.task.save(update_fields=["ready", "ready_mark"])
            return bool(self.ready and self.task.together and _release_if_ready(self.task.together))


def hold_pages(held: Together | None, *others: int) -> None:
    """Lock the pages that go together, and ``others``, in the order of their numbers, before anything else is locked.

    Whoever publishes one of them alone locks its page first, too, and then waits at the gate.
    """
    together = [held.source_id, *held.tasks.values_list("target_id", flat=True)] if held else []
    lock_pages([*together, *others])


def lock_pages(keys: Collection[int]) -> None:
    """Lock pages, and the translations of each: what publishes a page writes these, after it was at the gate."""
    found = set(keys)
    for _level in ("translations", "what is made of those in other letters"):
        found |= set(Task.objects.filter(source__in=found).values_list("target_id", flat=True))
    list(Page.objects.select_for_update().filter(pk__in=sorted(found)).order_by("pk").values_list("pk"))


@dataclass(frozen=True, slots=True)
class ReleaseTogether:
    """Publish the source, if readers do not have it, and the translations that are held with it: all or none."""

    held: Together
    user: Any
    only_ready: bool = True

    def check(self, tasks: Sequence[Task]) -> None:
        """Raises PermissionDenied unless the person may publish each, ValidationError if one is locked or not ready."""
        if not tasks:
            raise ValidationError(_("There is nothing to release: the translations are gone, or out already."))
        if not all(may_publish(page, self.user) for page in (self.held.source, *(task.target for task in tasks))):
            raise PermissionDenied
        # Told to everybody who may publish one of them, and in the history of the source.
        check_unlocked(_of_held(self.held.source, tasks), self.user, openly=True)
        late = [endonym(task.target.locale.language_code) for task in tasks if not is_ready(task)]
        if late and self.only_ready:
            raise ValidationError(_("Not ready yet: %(languages)s"), params={"languages": ", ".join(late)})
        check_source(self.held)

    def execute(self) -> list[StoryPage]:
        """The pages that went out. Raises what :meth:`check` raises, NotYet, and StoryError; then nothing went out."""
        with transaction.atomic():
            hold_pages(self.held)
            ready = {task.pk for task in self.held.tasks.select_related("target") if is_ready(task)}
            answers: list[tuple[Any, Any]] = catching_up.send(Task, source=self.held.source)
            ready = ready.difference(*(unseen for _receiver, unseen in answers))
            Gate.enter()
            tasks = self._tasks(ready)
            self.check(tasks)
            source = self.held.source
            pages = _of_held(source, tasks)
            first = first_moment(map(newest, pages))
            if first and first[0] > datetime.now(UTC):
                raise NotYet(*first)
            dated = newest(source) if source in pages else source  # whichever readers will have
            moment = dated.published or source.first_published_at or datetime.now(UTC).replace(microsecond=0)
            Task.objects.filter(pk__in=[task.pk for task in tasks]).update(together=None, ready=False)
            # Held no longer, or none could go. By its key: if one cannot go, this object is still what holds them.
            Together.objects.filter(pk=self.held.pk).delete()
            for page in pages:
                self._publish(page, moment)
            log(instance=source, action="translating.release", user=self.user)
            return pages

    def _tasks(self, ready: Collection[int]) -> list[Task]:
        """What goes, as the database has it now, counted against the source as it is now.

        The pages were held since it was looked who is ``ready``: what is another draft since then caught up by itself.
        """
        self.held.source = StoryPage.objects.select_related("locale").get(pk=self.held.source_id)
        found = self.held.tasks.select_for_update(of=("self",)).order_by("pk")
        tasks = list(found.select_related("target__locale", "target__latest_revision"))
        for task in tasks:
            if task.source_id == self.held.source_id:
                task.source = self.held.source
            if task.pk in ready:
                task.ready, task.ready_mark = True, draft_mark(task.target)
                task.save(update_fields=["ready", "ready_mark"])
            recount(task, source_now(task), newest(task.target))
        return tasks

    def _publish(self, page: StoryPage, moment: datetime) -> None:
        """One story has one date, in whatever language it is read."""
        # Its draft as it is now: it may have been given another time to expire when its source went out just before.
        draft = newest(StoryPage.objects.get(pk=page.pk))
        task = Task.objects.filter(target=page.pk).first()
        if task and plain(draft.published) == task.followed.get("published"):
            # It has none of its own, and its source may have another one by now.
            draft.published = moment
            task.followed["published"] = plain(moment)
            task.save(update_fields=["followed"])
        draft.published = draft.published or moment
        draft.go_live_at = None
        draft.save_revision(user=self.user).publish(user=self.user)


def _release_if_ready(held: Together) -> bool:
    """Let them all go if they wait for nothing but that, and all are ready; whether they went."""
    return held.when_ready and not held.tasks.filter(ready=False).exists() and _released(held) > 0


def is_ready(task: Task) -> bool:
    """Whether somebody called exactly this draft ready."""
    return task.ready and task.ready_mark == draft_mark(task.target)


def release_due(now: datetime) -> int:
    """Release everything whose time has come; how many pages. What cannot go then stays, and says why."""
    waits_no_more = Q(not_before=None) | Q(not_before__lte=now)
    due = Together.objects.filter(waits_no_more, at__lte=now, failed="").select_related("source", "by").order_by("at")
    return sum(map(_released, due))


def _released(held: Together) -> int:
    """How many pages went out in the name of whoever holds them; none if one cannot, and then it says why."""
    with sayable():
        try:
            return len(ReleaseTogether(held, held.by).execute())
        except NotYet as wait:
            # They wait for that moment, and go then; or at the time that was chosen, if nothing puts it off any more.
            Together.objects.filter(pk=held.pk).update(at=held.at or datetime.now(UTC), not_before=wait.at, failed="")
            wait_anew(held.source)  # it may have been lifted just now
            return 0
        except PermissionDenied:
            why: Sentences = [(_("Whoever chose this may not publish in all these languages."), {})]
        except (ValidationError, TamizdatError) as error:
            why = sentences_of(error)
        except PASSING:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one of them raises is none of the others'
            _log.exception("%s could not be released", held)
            why = unforeseen(error)
    note_failed(held, held.source, why)
    return 0
