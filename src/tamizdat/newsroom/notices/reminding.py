"""Reviews that end: on screens always, by e-mail where the newsroom has a mail server."""

import contextlib
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, connection, models
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tamizdat.config import FILE_NAME
from tamizdat.newsroom.mail import said_of
from tamizdat.newsroom.notices.acting import in_force, only_in_settings, today
from tamizdat.newsroom.notices.models import LegalNotice, Reminder, SettingsReminder, Wording
from tamizdat.newsroom.notices.writing import data_of, fingerprint
from tamizdat.notices import Notice

STEPS: Final = (30, 14, 3, 0)
"""Days before the end of a review on which people are told; 0: it has ended."""
_MAIL_SECONDS: Final = 30
_log: Final = logging.getLogger(__name__)
_busy: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Due:
    """A review that ends soon, or has ended."""

    wording: Wording
    """Without a number where the notice stands in the settings only."""
    days: int
    """Until its last day; negative once that has passed."""
    place: int = 0
    """Which notice of the settings file it is, from 1; 0 where it stands in the newsroom."""

    @property
    def expired(self) -> bool:
        """Whether it counts no longer."""
        return self.days < 0

    @property
    def step(self) -> int:
        """The reminder that belongs to it, one of :data:`STEPS`."""
        return 0 if self.expired else min(step for step in STEPS if step and self.days <= step)

    @property
    def loud(self) -> bool:
        """Whether it can wait no longer."""
        return self.step in {0, 3}

    @property
    def name(self) -> str:
        """Which it is, without a word of what it is about."""
        notice = _("Notice")  # not inside the text: nobody would find it there for the catalogues
        return f"{notice} {self.place} ({FILE_NAME})" if self.place else f"{notice} {self.wording.notice_id}"

    @property
    def sentence(self) -> str:
        """What there is to do."""
        if self.expired:
            return _("The review has expired. Readers are told that nobody has checked this since.")
        if not self.days:
            return _("The review counts until today.")
        return ngettext(
            "The review counts for %(days)d more day.", "The review counts for %(days)d more days.", self.days
        ) % {"days": self.days}


def due_reviews(day: date | None = None, settings: Iterable[Notice] = ()) -> list[Due]:
    """Notices that readers see whose review ends within 30 days or has ended, the most urgent first.

    ``settings``: those of the settings file, which are told with the newsroom's own. Three queries at most.
    """
    day, listed = day or today(), list(settings)
    wordings = [(wording, 0) for wording in in_force()]
    if listed:
        wordings += [(wording_of(each), listed.index(each) + 1) for each in only_in_settings(listed)]
    found = ((wording, wording.days_left(day), place) for wording, place in wordings)
    return sorted(
        (Due(wording, days, place) for wording, days, place in found if days is not None and days <= STEPS[0]),
        key=lambda due: due.days,
    )


def wording_of(notice: Notice) -> Wording:
    """A notice of the settings as if it were kept here; it is not saved."""
    review = {"reviewer": notice.reviewer, "reviewed": notice.reviewed, "expires": notice.expires}
    return Wording(data=data_of(notice), **review)


def waiting_drafts() -> list[Wording]:
    """Wordings that wait for somebody to sign them off: the newest of each notice, if it is a draft. One query."""
    newer = Wording.objects.filter(notice=models.OuterRef("notice"), number__gt=models.OuterRef("number"))
    drafts = Wording.objects.filter(signed=None, notice__ended=None).exclude(models.Exists(newer))
    return list(drafts.select_related("notice", "by").order_by("at"))


def remind_in_background(notices: Iterable[Notice]) -> None:
    """Send what is due, without keeping the press waiting for a mail server. ``notices``: those of the settings."""
    if not has_mail() or connection.in_atomic_block or not _busy.acquire(blocking=False):
        return
    try:
        threading.Thread(target=_remind_alone, args=(tuple(notices),), daemon=True).start()
    except RuntimeError:
        _busy.release()
        raise


def _remind_alone(notices: Iterable[Notice]) -> None:
    try:
        with contextlib.suppress(DatabaseError):
            remind(settings=notices)
    finally:
        connection.close()
        _busy.release()


def has_mail() -> bool:
    """Whether this newsroom can send e-mail."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def remind(day: date | None = None, settings: Iterable[Notice] = ()) -> int:
    """Tell those who can do something, once for each of :data:`STEPS`. How many reviews; what fails comes again."""
    due = [each for each in due_reviews(day, settings) if not _was_told(each)]
    people = _addresses()
    if not due or not people:
        return 0
    try:
        sent = _message(due, people).send()
    except OSError as error:  # of another way to send it than ours (mail.py), which says by itself why it could not
        _log.warning("reminders could not be sent: %s", said_of(error))
        return 0
    if not sent:
        return 0
    steps = [(each, step) for each in due for step in STEPS if step >= each.step]
    Reminder.objects.bulk_create(
        (Reminder(wording=each.wording, days=step) for each, step in steps if not each.place), ignore_conflicts=True
    )
    SettingsReminder.objects.bulk_create(
        (SettingsReminder(fingerprint=_print(each), days=step) for each, step in steps if each.place),
        ignore_conflicts=True,
    )
    return len(due)


def _print(due: Due) -> str:
    return fingerprint(due.wording.value())


def _was_told(due: Due) -> bool:
    if due.place:
        return SettingsReminder.objects.filter(fingerprint=_print(due), days=due.step).exists()
    return Reminder.objects.filter(wording=due.wording, days=due.step).exists()


def _addresses() -> list[str]:
    """Addresses of those who write or sign notices."""
    names = ("review_notices", "change_legalnotice")
    permissions = Permission.objects.filter(content_type__app_label=LegalNotice._meta.app_label, codename__in=names)  # noqa: SLF001 - Django's public name for it
    may = (
        models.Q(is_superuser=True)
        | models.Q(groups__permissions__in=permissions)
        | models.Q(user_permissions__in=permissions)
    )
    people = get_user_model().objects.filter(may, is_active=True).exclude(email="")
    return sorted(set(people.values_list("email", flat=True)))


def _message(due: Iterable[Due], people: list[str]) -> EmailMessage:
    """Says nothing of what the notices are about: mail is read by others, too."""
    address = settings.WAGTAILADMIN_BASE_URL.rstrip("/") + reverse("notices")
    lines = [f"- {each.name}: {each.sentence}" for each in due]
    return EmailMessage(
        subject=_("Notices to be reviewed"),
        body="\n".join([_("These legal notices should be shown to a lawyer again:"), "", *lines, "", address, ""]),
        bcc=people,
        connection=get_connection(timeout=_MAIL_SECONDS),
    )
