"""Sending a story for translation: drafts in other languages, each tied to what it is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Locale

from tamizdat.locales import DERIVED, in_other_script, other_script
from tamizdat.newsroom.stories.ids import new_story_id
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.translating.adopting import adoptable, adopted, new_first
from tamizdat.newsroom.translating.beside import follow, newest, outstanding, rows_of, untouched
from tamizdat.newsroom.translating.models import Task


@dataclass(frozen=True, slots=True)
class Send:
    """Send a story for translation: a draft in each language, tied to the source.

    What is the same in another script of a language that is there is tied to that one, which it follows.
    """

    source: StoryPage
    languages: tuple[str, ...]
    user: Any
    urgent: bool = False

    def check(self) -> None:
        """Raises PermissionDenied where the person may not write, ValidationError where the story is already.

        What is copied is read: a draft is for those who may edit it, in its own language.
        """
        if not may_copy(self.source, self.user):
            raise PermissionDenied
        for paper in self._papers():
            if not paper.permissions_for_user(self.user).can_add_subpage():
                raise PermissionDenied
        spoken = self.source.locale.language_code
        by_hand = any(other_script(spoken, tag) is None for tag in self.languages)
        if by_hand and Task.objects.filter(target=self.source).exists():
            raise ValidationError(_("This is a translation itself: send its source."))
        there = StoryPage.objects.filter(
            translation_key=self.source.translation_key, locale__language_code__in=self.languages
        )
        if there.exclude(pk__in=adoptable(self.source)).exists():
            raise ValidationError(_("The story is there in one of these languages already."))
        if not all(page.permissions_for_user(self.user).can_edit() for page in there):
            raise PermissionDenied

    def _papers(self) -> Sequence[Newspaper]:
        papers = list(Newspaper.objects.filter(locale__language_code__in=self.languages).select_related("locale"))
        if len(papers) < len(self.languages):
            raise ValidationError(_("There is no newspaper in one of these languages."))
        # Last what is an exact copy of another: both may be sent at once.
        return sorted(papers, key=lambda paper: paper.locale.language_code in DERIVED)

    def execute(self) -> list[Task]:
        """The tasks. Raises what :meth:`check` raises."""
        with transaction.atomic():
            self.check()
            self._name()
            return [self._send(paper.locale) for paper in new_first(self._papers(), self.source)]

    def _name(self) -> None:
        """A draft that was never out has no id yet; from now on all its languages share one."""
        if self.source.story_id:
            return
        check_unlocked([self.source], self.user)
        draft = newest(self.source)
        self.source.story_id = draft.story_id = draft.story_id or new_story_id(draft.title)
        StoryPage.objects.filter(pk=self.source.pk).update(story_id=draft.story_id)
        draft.save_revision(user=self.user)
        self.source.refresh_from_db(fields=["latest_revision"])

    def _send(self, locale: Locale) -> Task:
        origin = origin_of(self.source, locale.language_code, self.user)
        if there := adopted(origin, locale, self.user, urgent=self.urgent):
            return there
        source = origin if origin.live else newest(origin)
        script = other_script(origin.locale.language_code, locale.language_code)
        target = source.copy_for_translation(locale, copy_parents=True)
        target.title, target.draft_title, target.slug = source.title, source.title, source.slug
        target.owner, target.translation = self.user, source.translation if script else ""
        target.go_live_at = None  # of the source alone: what goes out with it waits for it, however that moves
        target.save()
        target.save_revision(user=self.user, changed=False)
        task = Task(source=origin, target=target, pairs=untouched(target), urgent=self.urgent)
        follow(task, source, target)
        task.todo, task.changed = outstanding(rows_of(task.pairs, source, target))
        task.save()
        log(instance=self.source, action="translating.send", user=self.user, data={"language": locale.language_code})
        return task


def origin_of(source: StoryPage, language: str, user: Any) -> StoryPage:
    """What a story is made from in ``language``: what says the same in another script, if ``user`` may have that."""
    twins = StoryPage.objects.filter(
        translation_key=source.translation_key, locale__language_code=in_other_script(language)
    )
    twin = twins.select_related("locale").first()
    return twin if twin is not None and may_copy(twin, user) else source


def may_copy(source: StoryPage, user: Any) -> bool:
    """Whether somebody may have copies of a story in other languages: of what is out, and of drafts of their own."""
    return bool(source.live or source.permissions_for_user(user).can_edit())
