"""What people do with a machine's drafts: ask for one, check pieces, say ready."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.machines.opening import machine_name
from tamizdat.newsroom.suggesting.marks import standing, tick, unchecked
from tamizdat.newsroom.suggesting.models import WAITING, MachineDraft
from tamizdat.newsroom.translating.acting import Ready, Save, catching_up, may_edit
from tamizdat.newsroom.translating.beside import newest, script_of
from tamizdat.newsroom.translating.models import Task


@dataclass(frozen=True, slots=True)
class AskMachine:
    """Ask the machine for drafts of what nobody has translated. The background does it, in a moment."""

    tasks: Sequence[Task]
    user: Any

    def check(self) -> None:
        """Raises PermissionDenied unless the person may translate each, ValidationError for no machine or a lock."""
        if not machine_name():
            raise ValidationError(_("No machine is set up: “translate” in [newsroom] of tamizdat.toml."))
        if not all(may_edit(task, self.user) for task in self.tasks):
            raise PermissionDenied
        if any(script_of(task) for task in self.tasks):
            raise ValidationError(_("It follows its source letter for letter: have that one translated."))
        check_unlocked((task.target for task in self.tasks), self.user)

    def execute(self) -> int:
        """How many are to be drafted. Raises what :meth:`check` raises."""
        with transaction.atomic():
            self.check()
            # A row of ours holds its page a little: in the order in which others hold many.
            tasks = sorted(self.tasks, key=lambda task: task.target_id)
            return sum(self._ask(task, datetime.now(UTC)) for task in tasks)

    def _ask(self, task: Task, now: datetime) -> bool:
        begin = {"by": self.user, "asked": now, "due": now}
        draft, made = MachineDraft.objects.get_or_create(page_id=task.target_id, defaults=begin)
        if not made:
            # One that waits already is asked for once.
            MachineDraft.objects.exclude(state=WAITING, tries=0).filter(pk=draft.pk).update(
                **begin, state=WAITING, tries=0, fault="", filled=0
            )
        log(instance=task.target, action="suggesting.ask", user=self.user)
        return True


@dataclass(frozen=True, slots=True)
class SaveChecked:
    """Save rows, and note which of the machine's pieces the person has checked: by a tick on it, as it was shown."""

    save: Save
    checked: Collection[str]

    def execute(self) -> None:
        """Raises what :class:`Save` raises; then nothing is noted either."""
        with transaction.atomic():
            self.save.check()
            # In the order in which the background holds them.
            StoryPage.objects.select_for_update(of=("page_ptr",)).get(pk=self.save.task.target_id)
            if self.checked:
                tick(self.save.task.target_id, self.checked)
            self.save.execute()


@dataclass(frozen=True, slots=True)
class SayReady:
    """Say that a translation may go out. With a machine's unchecked pieces only ``openly``: readers are told."""

    task: Task
    ready: bool
    user: Any
    openly: bool = False
    approved: bool = False

    def check(self) -> None:
        """Raises ValidationError while pieces are unchecked that are not to go out as a machine's."""
        if not self.ready or self.openly:
            return
        if n := standing(newest(self.task.target), unchecked(self.task.target_id)):
            raise ValidationError(
                _("%(n)d pieces are by a machine, unchecked: tick each, or let it go out marked as such."),
                params={"n": n},
            )

    def execute(self) -> bool:
        """Whether that let all go that are held together. Raises what :meth:`check` and :class:`Ready` raise."""
        if self.ready and script_of(self.task):
            # Now, by itself: what it has made is to be seen, also if this is refused because nobody has checked it.
            catching_up.send(Task, source=self.task.source)
        with transaction.atomic():
            # Nothing is locked before Ready locks, in its order: whoever checks pieces meanwhile only does good.
            self.task.refresh_from_db()
            self.check()
            return Ready(self.task, self.ready, self.user, self.approved).execute()
