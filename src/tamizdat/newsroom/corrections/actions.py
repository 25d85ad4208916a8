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
from tamizdat.newsroom.corrections.languages import InLanguage, in_languages, pages_among, pages_of
from tamizdat.newsroom.corrections.models import (
    BORROWING,
    TAKEDOWN,
    Correction,
    CorrectionText,
    said_among,
    tells_all,
)
from tamizdat.newsroom.pressroom.releasing import release, release_notice
from tamizdat.newsroom.stories.finding import find_anew
from tamizdat.newsroom.stories.holding import hold_newspapers, hold_story
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.story import check_text, clean_text


def _may_publish(user: Any, about: Collection[InLanguage]) -> bool:
    return bool(about) and all(each.may_publish(user) for each in about)


def _may_take_down(user: Any, about: Collection[InLanguage]) -> bool:
    return all(each.may_take_down(user) for each in about)


class OnlyInError(ValidationError, PermissionDenied):
    """Somebody may say it in ``languages`` alone, and was to say it in others, too."""

    def __init__(self, message: str, languages: list[str]) -> None:
        super().__init__(message, params={"languages": ", ".join(map(endonym, languages))})
        self.languages = languages


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

    def check(self) -> list[InLanguage]:
        """What it changes. Raises PermissionDenied, or ValidationError that says what to do; OnlyInError is both."""
        about = self._about()
        seen = [each for each in about if each.had]
        if not seen:
            raise ValidationError(_("Nobody has had this story yet: it can simply be changed."))
        # Also those that are not out: what is said of all languages binds them once they are.
        self._check_rights(about)
        if self.kind not in BORROWING and not pages_among(seen):
            raise ValidationError(_("The story was deleted, and nobody would see that. Retract it, or take it down."))
        texts = self._texts()
        if self.kind == TAKEDOWN:
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
        return seen

    def execute(self) -> Correction:
        """Do it, everything or nothing. Raises as :meth:`check`."""
        with transaction.atomic():
            if self.kind == TAKEDOWN or not all(each.page for each in self._about()):
                hold_newspapers()  # or an import might bring it out while it is taken down
            hold_story(self.story_id)
            seen = self.check()
            check_unlocked(pages_among(seen), self.user)
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
            _apply(made, seen, self.user)
            find_anew(pages_of(self.story_id))
        return made

    def _check_rights(self, about: Collection[InLanguage]) -> None:
        """Raises PermissionDenied, or OnlyInError with the languages that have readers in which one may."""
        takes_down = self.kind == TAKEDOWN

        def may(each: InLanguage) -> bool:
            return each.may_publish(self.user) and (not takes_down or each.may_take_down(self.user))

        if all(map(may, about)):
            return
        mine = [each.language for each in in_languages(self.story_id) if each.had and may(each)]
        if not mine:
            raise PermissionDenied
        text = (
            _("You can take it down in %(languages)s alone: choose that, and ask heads of the other desks.")
            if takes_down
            else _("You can say this in %(languages)s alone: choose that, and ask those who publish the others.")
        )
        raise OnlyInError(text, mine)

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

    def _about(self) -> list[InLanguage]:
        return [each for each in in_languages(self.story_id) if not self.languages or each.language in self.languages]

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
            every = in_languages(self.correction.story_id)
            theirs = [each for each in every if each.language == self.language]
            if not _may_publish(self.user, theirs):
                raise PermissionDenied
            self._check_notice(theirs)
            if not pages_among(theirs) and not self._is_seen():
                raise ValidationError(_("The story was deleted in this language, and nobody would see that."))
            if Correction.objects.filter(pk=self.correction.pk).exclude(revoked_at=None).exists():
                raise ValidationError(_("Taken back. It stays in the record."))
            # What is made of it letter for letter is told anew, too.
            theirs += [each for each in every if DERIVED.get(each.language, ("",))[0] == self.language]
            check_unlocked(pages_among(each for each in theirs if each.had), self.user)
            if not text:
                raise ValidationError(_("Say in at least one language what readers should know."))
            _made, is_new = CorrectionText.objects.get_or_create(
                correction=self.correction, language=self.language, defaults={"text": text}
            )
            if not is_new:
                raise ValidationError(
                    _("It has a text in this language. If that is wrong, take the correction back and make another.")
                )
            _log(self.correction, theirs, self.user, "corrections.text")
            _tell(self.correction.story_id, theirs, self.user)
            find_anew(pages_among(every))

    def _is_seen(self) -> bool:
        """Whether the text stands at the story's address, although the page was deleted."""
        told = said_among([self.correction.story_id]).get(self.correction.story_id, ())
        return self.correction.kind in BORROWING or tells_all(told, self.language)

    def _check_notice(self, theirs: list[InLanguage]) -> None:
        """Of a takedown: raises PermissionDenied, or ValidationError if it was to say nothing."""
        if self.correction.kind != TAKEDOWN:
            return
        if not _may_take_down(self.user, theirs):
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
            about = [each for each in in_languages(correction.story_id) if correction.is_about(each.language)]
            if not _may_publish(self.user, about):
                raise PermissionDenied
            if correction.kind == TAKEDOWN and not _may_take_down(self.user, about):
                raise PermissionDenied
            check_unlocked(pages_among(each for each in about if each.had), self.user)
            correction.revoked_at, correction.revoked_by = datetime.now(UTC), self.user
            correction.save(update_fields=["revoked_at", "revoked_by"])
            _log(correction, about, self.user, "corrections.revoke")
            _tell(correction.story_id, about, self.user)
            find_anew(pages_of(correction.story_id))


def _apply(made: Correction, seen: list[InLanguage], user: Any) -> None:
    """Have readers see it. What is taken down is unpublished, too: nobody should take it for something that is out."""
    _log(made, seen, user, f"corrections.{made.kind}")
    for page in pages_among(seen) if made.kind == TAKEDOWN else ():
        if page.live:
            page.unpublish(user=user, log_action=False)
    _tell(made.story_id, seen, user)


def _tell(story_id: str, where: list[InLanguage], user: Any) -> None:
    """Have readers see what is now said. Of what is not out they see a notice alone, the rest when it is again."""
    for each in where:
        if each.page and each.page.live:
            release(each.page, user)
        else:
            release_notice(story_id, each.language, user)


def _log(correction: Correction, where: list[InLanguage], user: Any, action: str) -> None:
    """Into the history of each page; that of what was deleted is the newspaper's."""
    said = {"correction": correction.pk, "reason": correction.reason}
    for each in where:
        data = said if each.page else {**said, "story": correction.story_id}
        log(instance=each.home, action=action, user=user, data=data)
