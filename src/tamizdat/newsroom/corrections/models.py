"""What the newsroom says of stories that are out, or were: objects of their own, so that all translations say the same.

A row is changed only to revoke it, and never deleted: what a newsroom took back of its corrections is history, too.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tamizdat.locales import DERIVED
from tamizdat.story import CLARIFICATION, CORRECTION, RETRACTION, UPDATE
from tamizdat.story import Correction as StoryCorrection

TAKEDOWN = "takedown"
BORROWING = frozenset({RETRACTION, TAKEDOWN})
"""Kinds whose readers are told in another language's words where there are none in theirs."""
KINDS = [
    (CORRECTION, _("Correction: something was wrong")),
    (CLARIFICATION, _("Clarification: it could be misread")),
    (UPDATE, _("Update: something was added")),
    (RETRACTION, _("Retraction: the story is withdrawn, and says so at its address")),
    (TAKEDOWN, _("Takedown: the story goes; whether its address says so is your choice")),
]


class Correction(models.Model):
    """One correction of one story, in all its languages or in some.

    ``reason`` is for the newsroom and never leaves it. What readers see are the texts, one for each language. Those of
    a takedown are the notice that it leaves at the story's address; without any it leaves nothing.
    """

    story_id = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS, default=CORRECTION)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    """Those that it is about; all if empty. A mistake of one translation is no mistake of the others."""
    reason = models.TextField(_("why, for the newsroom"), blank=True, help_text=_("Readers never see this."))
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        permissions = [("take_down", "Can take stories down")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.story_id})"

    def is_about(self, language: str) -> bool:
        """Whether readers of ``language`` are to see it."""
        return not self.languages or language in self.languages


class CorrectionText(models.Model):
    """What readers of one language see of a correction."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=35)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["correction", "language"], name="one_text_per_language")]

    def __str__(self) -> str:
        return self.text


def standing() -> models.QuerySet[Correction]:
    """What readers are told, or are to be told once there is a text in their language."""
    return Correction.objects.filter(revoked_at=None).exclude(kind=TAKEDOWN)


def texts_of(correction: Correction) -> dict[str, str]:
    """The texts by language. In another script, where nobody wrote it, it is what is written letter for letter."""
    texts = {each.language: each.text for each in correction.texts.all()}
    made = {tag: change(texts[other]) for tag, (other, change) in DERIVED.items() if other in texts}
    return {**made, **texts}


def lacks_text(correction: Correction, language: str) -> bool:
    """Whether readers of ``language`` still wait for it, or see it in another language's words."""
    texts = texts_of(correction)
    # A takedown without any text is one that somebody wants to say nothing.
    return correction.is_about(language) and language not in texts and (correction.kind != TAKEDOWN or bool(texts))


def corrections_of(story_id: str, language: str) -> tuple[StoryCorrection, ...]:
    """What the story in ``language`` says of itself, oldest first; one query, or two.

    A correction without a text in ``language`` waits for one. A retraction does not: its reason in another language is
    better than a story that the newsroom no longer stands behind.
    """
    return as_story_has_them(standing().filter(story_id=story_id).prefetch_related("texts"), language)


def as_story_has_them(every: Iterable[Correction], language: str) -> tuple[StoryCorrection, ...]:
    """The same out of ``every`` correction of the story that nobody revoked, for whoever has many."""
    told = told_in((each for each in every if each.kind != TAKEDOWN), language)
    return tuple(StoryCorrection(_moment(each.at), text, each.kind) for each, text in told)


def said_among(story_ids: Iterable[str]) -> dict[str, list[Correction]]:
    """What was said of these stories and not revoked, oldest first, with its texts; one query, or two."""
    said: dict[str, list[Correction]] = {}
    found = Correction.objects.filter(story_id__in=set(story_ids), revoked_at=None)
    for each in found.prefetch_related("texts"):
        said.setdefault(each.story_id, []).append(each)
    return said


def told_in(every: Iterable[Correction], language: str) -> list[tuple[Correction, str]]:
    """Which of a story's corrections that nobody revoked, oldest first, readers of ``language`` see, with their texts.

    Once it is taken down that is the notice of the newest takedown, or nothing: others may quote what was taken down.
    """
    about = [each for each in every if each.is_about(language)]
    takedowns = [each for each in about if each.kind == TAKEDOWN]
    shown = ((each, text_in(each, language)) for each in takedowns[-1:] or about)
    return [(each, text) for each, text in shown if text]


def said_of_withdrawn(story_id: str, language: str) -> tuple[StoryCorrection, ...]:
    """What stands at the address of the story while it is not out in ``language``; one query, or two.

    All that is said of it, if it was retracted. Of what was taken down the notice alone, which readers know as a
    retraction. Else nothing.
    """
    told = told_in(_not_revoked(story_id).prefetch_related("texts"), language)
    if not any(each.kind in BORROWING for each, _text in told):
        return ()
    kinds = {TAKEDOWN: RETRACTION}
    return tuple(StoryCorrection(_moment(each.at), text, kinds.get(each.kind, each.kind)) for each, text in told)


def text_in(correction: Correction, language: str) -> str:
    """What readers of ``language`` see of a correction that is about it; empty while they wait for it."""
    texts = texts_of(correction)
    if language in texts or correction.kind not in BORROWING:
        return texts.get(language, "")
    return next((texts[tag] for tag in ("en", *sorted(texts)) if tag in texts), "")


def retracted_among(keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of ``keys``, story ids and languages, of which readers are told so; one query for all of them."""
    wanted = set(keys)
    withdrawn = standing().filter(kind=RETRACTION, story_id__in={story_id for story_id, _language in wanted})
    about: dict[str, list[Correction]] = {}
    for each in withdrawn:
        about.setdefault(each.story_id, []).append(each)
    return {key for key in wanted if any(each.is_about(key[1]) for each in about.get(key[0], ()))}


def is_taken_down(story_id: str, language: str) -> bool:
    """Whether the story must not be published in ``language``."""
    return is_down(_not_revoked(story_id), language)


def is_down(every: Iterable[Correction], language: str) -> bool:
    """The same out of ``every`` correction of the story that nobody revoked."""
    return any(each.kind == TAKEDOWN and each.is_about(language) for each in every)


def _not_revoked(story_id: str) -> models.QuerySet[Correction]:
    return Correction.objects.filter(story_id=story_id, revoked_at=None)


def missing_texts(
    story_id: str, languages: Iterable[str], deleted: Collection[str] = frozenset()
) -> dict[int, list[str]]:
    """For each correction of the story that nobody revoked, by key, the languages that it has no text in and needs.

    In languages in which the story was ``deleted`` nobody waits for anything but what stands at its address.
    """
    wanted, every = list(languages), list(_not_revoked(story_id).prefetch_related("texts"))
    silent = {language for language in deleted if not tells_all(every, language)}
    found: dict[int, list[str]] = {}
    for each in every:
        seen = [language for language in wanted if language not in silent or each.kind in BORROWING]
        if lacking := [language for language in seen if lacks_text(each, language)]:
            found[each.pk] = lacking
    return found


def tells_all(every: Iterable[Correction], language: str) -> bool:
    """Whether of a story that is not out in ``language`` its address has all of ``every`` that nobody revoked.

    So it is once it was retracted, unless it was taken down.
    """
    kinds = {each.kind for each in every if each.is_about(language)}
    return RETRACTION in kinds and TAKEDOWN not in kinds


def _moment(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(microsecond=0)


Person = Any
"""A row of ``people.Person``, or None for the newsroom itself."""
