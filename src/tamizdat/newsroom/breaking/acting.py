"""What is done with breaking news: put it out, say more, let it last longer, end it. Each in one transaction."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _
from wagtail.models import Locale, Revision

from tamizdat.errors import StoryError
from tamizdat.locales import open_locale
from tamizdat.newsroom.breaking.models import Flash, FollowUp
from tamizdat.newsroom.corrections.models import retracted_among
from tamizdat.newsroom.fronts.permits import languages_of
from tamizdat.newsroom.pressroom.press import newest_order
from tamizdat.newsroom.stories.holding import hold_newspapers, hold_story
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.stories.times import LONGEST
from tamizdat.story import check_story_id, clean_text

MAX_HEADLINE_CHARS: Final = 160
MAX_LINE_CHARS: Final = 300
line_said: Final = Signal()
"""Sent in the transaction in which a ``flash`` says more: ``lines`` by language, which are block ``block`` in each."""
SAME: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language. ``line`` may be empty."""

    headline: str
    line: str = ""


def check_words(texts: Mapping[str, Words]) -> dict[tuple[str, str], str]:
    """What is wrong with the words, by language and field; empty if nothing is."""
    faults: dict[tuple[str, str], str] = {}
    for language, words in texts.items():
        if not clean_text(words.headline):
            faults[language, "headline"] = _("A headline is missing.")
        for name, most in (("headline", MAX_HEADLINE_CHARS), ("line", MAX_LINE_CHARS)):
            if len(getattr(words, name)) > most:
                faults[language, name] = _("At most %(most)d characters.") % {"most": most}
    return faults


def check_until(until: datetime, now: datetime) -> str:
    """What is wrong with the end; empty if nothing is."""
    if until <= now:
        return _("That moment has passed.")
    return _("Two days at the longest.") if until > now + LONGEST else ""


class BreakNews:
    """Puts ``texts`` out in their languages, as one story, breaking until ``until`` (aware).

    ``story_id`` was made before anybody confirmed: the same news confirmed twice is out once.
    """

    def __init__(self, user: Any, story_id: str, texts: Mapping[str, Words], until: datetime) -> None:
        self._user = user
        self._story_id = story_id
        self._texts = dict(texts)
        self._until = until

    def check(self) -> None:
        """Raises PermissionDenied, or ValidationError."""
        if not self._texts:
            raise ValidationError(_("Choose at least one language."))
        if not self._texts.keys() <= set(languages_of(self._user)):
            raise PermissionDenied
        wrong = [*check_words(self._texts).values(), check_until(self._until, datetime.now(UTC))]
        try:
            check_story_id(self._story_id)
        except StoryError as error:
            wrong.append(error.detail)
        if found := [each for each in wrong if each]:
            raise ValidationError(found)

    def execute(self) -> Flash:
        """Publish a story in every language; what is out already stays as it is. Raises what :meth:`check` raises."""
        self.check()
        try:
            with transaction.atomic():
                flash = Flash.objects.create(story_id=self._story_id, by=self._user)
                self._publish()
                # Whoever publishes holds the gate until the end: this is the last of its own.
                flash.ordered = newest_order()
                flash.save(update_fields=["ordered"])
                return flash
        except IntegrityError:
            return Flash.objects.get(story_id=self._story_id)

    def _publish(self) -> None:
        hold_newspapers()  # all at once: each page goes through the gate, and an import waits there with a newspaper
        now, key = datetime.now(UTC).replace(microsecond=0), uuid4()
        papers = {paper.locale.language_code: paper for paper in Newspaper.objects.select_related("locale")}
        for language, words in self._texts.items():
            page = StoryPage(
                title=clean_text(words.headline),
                lead=clean_text(words.line),
                story_id=self._story_id,
                locale=Locale.objects.get(language_code=language),
                translation_key=key,
                published=now,
                breaking_until=self._until,
                owner=self._user,
                live=False,
            )
            papers[language].add_child(instance=page)
            page.save_revision(user=self._user).publish(user=self._user)


class Retracted(ValidationError):  # noqa: N818 - what is said names the story, not the mistake
    """Readers would see nothing of it: they are told that the newsroom withdrew the story."""

    def __init__(self, languages: Collection[str]) -> None:
        text = _("Retracted, so readers would not see it in: %(languages)s")
        super().__init__(text, params={"languages": ", ".join(sorted(languages))})


class _Change:
    """A change of stories that are out already, in the languages that the user may publish in."""

    def __init__(self, user: Any, flash: Flash) -> None:
        self._user = user
        self._flash = flash

    def pages(self) -> list[StoryPage]:
        """The live stories that the user may change, held.

        Raises PermissionDenied if all there are is others', ValidationError if readers have none of the user's now.
        """
        hold_story(self._flash.story_id)
        mine, stories = languages_of(self._user), StoryPage.objects.filter(story_id=self._flash.story_id)
        own = stories.filter(locale__language_code__in=mine)
        pages = list(own.filter(live=True).select_related("locale").order_by("pk"))
        if pages:
            return pages
        if not mine or (stories.exists() and not own.exists()):
            raise PermissionDenied
        raise ValidationError(_("Readers do not have it any more."))

    def _retracted(self, languages: Collection[str]) -> set[str]:
        """Those of ``languages`` in which the story was retracted."""
        found = retracted_among((self._flash.story_id, language) for language in languages)
        return {language for _story_id, language in found}

    def _apply(self, page: StoryPage, change: Any) -> None:
        """Publish the live story with ``change``, and put it into the draft that somebody may be working on, too.

        A draft of the full story is not let out by the way, and nothing is taken from it: neither its words, whole or
        not, nor the time at which it goes out. Raises ValidationError for a story that somebody locked.
        """
        check_unlocked([page], self._user)
        kept = [(each.as_object(), each.approved_go_live_at) for each in _drafts(page)]
        change(page)
        page.publish(page.save_revision(user=self._user), user=self._user, as_it_is_out=True)
        for draft, goes_at in kept:
            change(draft)
            made = draft.save_revision(user=self._user, clean=False)
            # Publishing took it from every draft.
            Revision.objects.filter(pk=made.pk).update(approved_go_live_at=goes_at)


def _drafts(page: StoryPage) -> list[Revision]:
    """What is to go out at its time, and the newest draft, if that is another; in this order."""
    timed = page.revisions.filter(approved_go_live_at__isnull=False).order_by("-pk").first()
    newest = page.get_latest_revision() if page.has_unpublished_changes else None
    found = {each.pk: each for each in (timed, newest) if each}
    return list(found.values())


class SetUntil(_Change):
    """Lets the news be breaking until ``until``; None ends it now. The story stays."""

    def __init__(self, user: Any, flash: Flash, until: datetime | None) -> None:
        super().__init__(user, flash)
        self._until = until

    def check(self) -> None:
        """Raises ValidationError."""
        if self._until and (wrong := check_until(self._until, datetime.now(UTC))):
            raise ValidationError(wrong)

    def execute(self) -> None:
        """Publish it so; Retracted if it was, in every language. Raises as :meth:`check` and :meth:`pages` do."""
        self.check()
        with transaction.atomic():
            pages = {page.locale.language_code: page for page in self.pages()}
            gone = self._retracted(pages.keys()) if self._until else set()
            if gone >= pages.keys():
                raise Retracted(gone)
            for language, page in pages.items():
                if language not in gone:
                    self._apply(page, self._change)

    def _change(self, page: StoryPage) -> None:
        page.breaking_until = self._until


class SayMore(_Change):
    """Adds a line with the time to the stories of the languages in ``texts``, above what they say already.

    The same words by the same person within :data:`SAME` are said once: a button is pressed twice easily.
    """

    def __init__(self, user: Any, flash: Flash, texts: Mapping[str, str]) -> None:
        super().__init__(user, flash)
        self._texts = {language: clean_text(text) for language, text in texts.items() if clean_text(text)}

    def check(self) -> None:
        """Raises ValidationError."""
        if not self._texts:
            raise ValidationError(_("Write a line in at least one language."))
        if any(len(text) > MAX_LINE_CHARS for text in self._texts.values()):
            raise ValidationError(_("At most %(most)d characters."), params={"most": MAX_LINE_CHARS})

    def execute(self) -> FollowUp:
        """Publish it. Raises PermissionDenied, and what :meth:`check` and :meth:`pages` raise."""
        self.check()
        with transaction.atomic():
            pages = {page.locale.language_code: page for page in self.pages()}
            self._check_languages(pages.keys())
            at = datetime.now(UTC).replace(microsecond=0)
            lately = FollowUp.objects.filter(flash=self._flash, by=self._user, at__gte=at - SAME)
            if said := next((each for each in lately if each.texts == self._texts), None):
                return said
            lines = {language: line_html(language, at, text) for language, text in self._texts.items()}
            block = str(uuid4())
            line_said.send(type(self), flash=self._flash, lines=lines, block=block)
            for language, html in lines.items():
                self._apply(pages[language], lambda page, html=html: _prepend(page, html, block))
            return FollowUp.objects.create(flash=self._flash, texts=self._texts, at=at, by=self._user)

    def _check_languages(self, there: Collection[str]) -> None:
        if not self._texts.keys() <= set(languages_of(self._user)):
            raise PermissionDenied
        if gone := sorted(self._texts.keys() - set(there)):
            raise ValidationError(_("Readers do not have it in: %(languages)s"), params={"languages": ", ".join(gone)})
        if withdrawn := self._retracted(self._texts.keys()):
            raise Retracted(withdrawn)


def _prepend(page: StoryPage, html: str, block: str) -> None:
    page.body = [{"type": "text", "value": html, "id": block}, *page.body.get_prep_value()]


def line_html(language: str, at: datetime, text: str) -> str:
    """A line that was said at a time, as it stands in the story."""
    return f"<p><b>{escape(clock(language, at))}</b> {escape(text)}</p>"


def clock(language: str, when: datetime) -> str:
    """The time of day as pages in ``language`` write it, like 14:05 UTC."""
    locale = open_locale(language)
    return locale.date_time(when).replace(locale.date(when), "", 1).strip(" ,،·")
