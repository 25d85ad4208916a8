"""Correcting, revoking, adding a text. Whatever is done here is released to readers in the same transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from tamizdat.errors import StoryError
from tamizdat.locales import DERIVED, endonym
from tamizdat.newsroom.corrections.models import BORROWING, TAKEDOWN, Correction, CorrectionText
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import release, release_notice
from tamizdat.newsroom.stories.finding import find_anew
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import check_text, clean_text


def pages_of(story_id: str) -> list[StoryPage]:
    """The story in all its languages, published or not."""
    pages = StoryPage.objects.filter(story_id=story_id).select_related("locale")
    return list(pages.order_by("locale__language_code"))


def seen_by_readers(pages: Collection[StoryPage]) -> list[StoryPage]:
    """Those pages of a story that readers have, or had: mirrors and readers may have kept what was taken back."""
    ids = {page.story_id for page in pages}
    released = Release.objects.filter(story_id__in=ids, story__isnull=False).order_by()
    had = set(released.values_list("story_id", "language").distinct())
    return [page for page in pages if page.live or (page.story_id, page.locale.language_code) in had]


def _may_publish(user: Any, pages: Collection[StoryPage]) -> bool:
    return bool(pages) and all(page.permissions_for_user(user).can_publish() for page in pages)


def taken_down_by(user: Any, pages: Collection[StoryPage]) -> list[StoryPage]:
    """Those of ``pages`` that ``user`` may take down: being head of a desk counts in its language alone."""
    return [page for page in pages if page.permissions_for_user(user).can_take_down()]


@dataclass(slots=True)
class Correct:
    """Say something of a story that readers have, or had. ``texts`` by language; ``languages`` empty for all.

    A takedown leaves a notice with its texts at the story's address, and nothing if there are none.
    """

    story_id: str
    kind: str
    texts: Mapping[str, str]
    user: Any
    languages: tuple[str, ...] = ()
    reason: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def check(self) -> list[StoryPage]:
        """The pages that it changes. Raises PermissionDenied, or ValidationError that says what to do."""
        about = self._about()
        pages = seen_by_readers(about)
        if not pages:
            raise ValidationError(_("Nobody has had this story yet: it can simply be changed."))
        # Also those that are not out: what is said of all languages binds them once they are.
        if not _may_publish(self.user, about):
            raise PermissionDenied
        texts = self._texts()
        if self.kind == TAKEDOWN:
            self._check_heads(about)
            if not self.reason.strip():
                raise ValidationError(_("Say why, for the newsroom: colleagues will ask."))
        elif not texts:
            raise ValidationError(_("Say in at least one language what readers should know."))
        self._check_languages(texts)
        for language, text in texts.items():
            try:
                check_text(text, language)
            except StoryError as error:
                raise ValidationError(str(error)) from error
        return pages

    def execute(self) -> Correction:
        """Do it, everything or nothing. Raises as :meth:`check`."""
        with transaction.atomic():
            hold_story(self.story_id)
            pages = self.check()
            check_unlocked(pages, self.user)
            made = Correction.objects.create(
                story_id=self.story_id,
                kind=self.kind,
                languages=list(self.languages),
                reason=self.reason.strip(),
                at=self.at,
                by=self.user,
            )
            texts = self._texts().items()
            CorrectionText.objects.bulk_create(
                CorrectionText(correction=made, language=tag, text=text) for tag, text in texts
            )
            _apply(made, pages, self.user)
            find_anew(pages_of(self.story_id))
        return made

    def _check_heads(self, about: list[StoryPage]) -> None:
        """Raises PermissionDenied, or ValidationError with the languages in which one may."""
        mine = taken_down_by(self.user, about)
        if not mine:
            raise PermissionDenied
        if len(mine) < len(about):
            raise ValidationError(
                _("You can take it down in %(languages)s alone: choose that, and ask heads of the other desks."),
                params={"languages": ", ".join(endonym(page.locale.language_code) for page in mine)},
            )

    def _check_languages(self, texts: Collection[str]) -> None:
        """Raises ValidationError for texts that nobody would see. A retraction without its own borrows another's."""
        others = [endonym(tag) for tag in texts if self.languages and tag not in self.languages]
        if others and self.kind not in BORROWING:
            raise ValidationError(
                _(
                    "You wrote in %(languages)s, but chose other languages only. Choose these, too, or take the text "
                    "out."
                ),
                params={"languages": ", ".join(others)},
            )

    def _about(self) -> list[StoryPage]:
        pages = pages_of(self.story_id)
        return [page for page in pages if not self.languages or page.locale.language_code in self.languages]

    def _texts(self) -> dict[str, str]:
        return {language: clean for language, text in self.texts.items() if (clean := clean_text(text))}


@dataclass(slots=True)
class AddText:
    """Give a correction the text that readers of a language still wait for. What they have is not replaced."""

    correction: Correction
    language: str
    text: str
    user: Any

    def execute(self) -> None:
        """Do it, everything or nothing. Raises PermissionDenied or ValidationError."""
        text = clean_text(self.text)
        with transaction.atomic():
            hold_story(self.correction.story_id)
            every = pages_of(self.correction.story_id)
            pages = [page for page in every if page.locale.language_code == self.language]
            if not _may_publish(self.user, pages):
                raise PermissionDenied
            self._check_notice(pages)
            # What is made of it letter for letter is told anew, too.
            pages += [page for page in every if DERIVED.get(page.locale.language_code, ("",))[0] == self.language]
            check_unlocked(seen_by_readers(pages), self.user)
            if not text:
                raise ValidationError(_("Say in at least one language what readers should know."))
            _made, is_new = CorrectionText.objects.get_or_create(
                correction=self.correction, language=self.language, defaults={"text": text}
            )
            if not is_new:
                raise ValidationError(
                    _("It has a text in this language. If that is wrong, take the correction back and make another.")
                )
            _log(self.correction, pages, self.user, "corrections.text")
            _tell(pages, self.user)
            find_anew(every)

    def _check_notice(self, pages: list[StoryPage]) -> None:
        """Of a takedown: raises PermissionDenied, or ValidationError if it was to say nothing."""
        if self.correction.kind != TAKEDOWN:
            return
        if len(taken_down_by(self.user, pages)) < len(pages):
            raise PermissionDenied
        if not self.correction.texts.exists():
            raise ValidationError(_("It leaves no notice. To leave one, take the story down once more, with a text."))


@dataclass(slots=True)
class Revoke:
    """Take a correction back, as one that should not have been. It stays in the history; readers no longer see it."""

    correction: Correction
    user: Any

    def execute(self) -> None:
        """Do it, everything or nothing. Raises PermissionDenied, or ValidationError for a story that is locked."""
        correction = self.correction
        with transaction.atomic():
            hold_story(correction.story_id)
            pages = [page for page in pages_of(correction.story_id) if correction.is_about(page.locale.language_code)]
            if not _may_publish(self.user, pages):
                raise PermissionDenied
            if correction.kind == TAKEDOWN and len(taken_down_by(self.user, pages)) < len(pages):
                raise PermissionDenied
            check_unlocked(seen_by_readers(pages), self.user)
            correction.revoked_at, correction.revoked_by = datetime.now(UTC), self.user
            correction.save(update_fields=["revoked_at", "revoked_by"])
            _log(correction, pages, self.user, "corrections.revoke")
            _tell(pages, self.user)
            find_anew(pages_of(correction.story_id))


def _apply(made: Correction, pages: list[StoryPage], user: Any) -> None:
    """Have readers see it. What is taken down is unpublished, too: nobody should take it for something that is out."""
    _log(made, pages, user, f"corrections.{made.kind}")
    for page in pages:
        if made.kind == TAKEDOWN and page.live:
            # What waits for its time goes with it, and first: Wagtail lets nobody unpublish what is scheduled.
            page.revisions.update(approved_go_live_at=None)
            page.unpublish(user=user, log_action=False)
    _tell(pages, user)


def _tell(pages: list[StoryPage], user: Any) -> None:
    """Have readers see what is now said. Of what is not out they see a notice alone, the rest when it is again."""
    for page in pages:
        if page.live:
            release(page, user)
        else:
            release_notice(page.story_id, page.locale.language_code, user)


def _log(correction: Correction, pages: list[StoryPage], user: Any, action: str) -> None:
    for page in pages:
        log(instance=page, action=action, user=user, data={"correction": correction.pk, "reason": correction.reason})
