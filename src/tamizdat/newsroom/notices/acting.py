"""What people do with notices: write, sign off, take out, bring back, take over from the settings."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from wagtail.log_actions import log

from tamizdat.errors import NoticeError, StoryError
from tamizdat.newsroom.notices.models import LegalNotice, Wording
from tamizdat.newsroom.notices.writing import Data, data_of, draft_of, fingerprint, notice_of
from tamizdat.newsroom.pressroom.releasing import order
from tamizdat.notices import MAX_TEXT_CHARS, Notice
from tamizdat.story import check_text

ADD: Final = "notices.add_legalnotice"
CHANGE: Final = "notices.change_legalnotice"
REVIEW: Final = "notices.review_notices"
SIGNED: Final = "notices.sign"
TAKEN_OUT: Final = "notices.end"
BROUGHT_BACK: Final = "notices.back"
"""What the log calls the acts; the reason is kept with the last two."""


class Overtaken(Exception):  # noqa: N818 - nobody's fault
    """Somebody else changed this notice after it was opened."""


def today() -> date:
    """The day that it is in UTC, as for reviews."""
    return datetime.now(UTC).date()


def _demand(user: Any, permission: str) -> None:
    if user is None or not user.has_perm(permission):
        raise PermissionDenied


class WriteNotice:
    """Adds a wording to ``notice`` (None: a new notice), if its newest is still number ``base`` (0: none).

    It is a draft: readers go on seeing the one that was signed off last.
    """

    def __init__(self, user: Any, notice: LegalNotice | None, data: Data, base: int) -> None:
        self._user = user
        self._notice = notice
        self._data = dict(data)
        self._base = base

    def check(self) -> None:
        """Raises PermissionDenied; NoticeError, naming the field, for what no notice can say."""
        _demand(self._user, CHANGE if self._notice else ADD)
        draft_of(self._data, today())

    def execute(self) -> Wording:
        """Save the draft. Raises Overtaken, and what :meth:`check` raises."""
        self.check()
        with transaction.atomic():
            notice = self._notice or LegalNotice.objects.create(position=_last_position() + 1)
            made = _add(notice, self._base, data=self._data, by=self._user)
            log(notice, "wagtail.edit" if self._notice else "wagtail.create", user=self._user, data=_said(made))
        return made


class SignNotice:
    """Signs off wording ``number`` of ``notice``: from the next edition on, readers are warned in these words.

    A wording that is signed off already is reviewed anew: the same words, with the new date.
    """

    def __init__(
        self, user: Any, notice: LegalNotice, number: int, reviewer: str, reviewed: date, expires: date
    ) -> None:
        self._user = user
        self._notice = notice
        self._number = number
        self._review: dict[str, Any] = {"reviewer": reviewer.strip(), "reviewed": reviewed, "expires": expires}

    def check(self) -> None:
        """Raises PermissionDenied; NoticeError; Overtaken if it is not the newest wording that was looked at."""
        _demand(self._user, REVIEW)
        if self._review["reviewed"] > today():
            raise NoticeError("lies in the future", field="reviewed")
        notice_of(self._newest().data, **self._review)

    def _newest(self) -> Wording:
        newest = self._notice.wordings.first()
        if newest is None or newest.number != self._number:
            raise Overtaken
        return newest

    def execute(self) -> Wording:
        """Sign, and order an edition. Raises what :meth:`check` raises."""
        with transaction.atomic():
            self.check()
            newest, signed = self._newest(), {"signed": datetime.now(UTC), "signed_by": self._user, **self._review}
            if newest.signed:
                newest = _add(self._notice, newest.number, data=newest.data, by=self._user, **signed)
            elif not Wording.objects.filter(pk=newest.pk, signed=None).update(**signed):
                raise Overtaken
            newest.refresh_from_db()
            log(self._notice, SIGNED, user=self._user, data={**_said(newest), "reviewer": newest.reviewer})
            order(f"notice {self._notice.pk} signed off", self._user)
        return newest


class EndNotice:
    """Takes ``notice`` out of the newspaper, because of ``reason``: who said that the danger is gone."""

    def __init__(self, user: Any, notice: LegalNotice, reason: str) -> None:
        self._user = user
        self._notice = notice
        self._reason = reason.strip()

    def check(self) -> None:
        """Raises PermissionDenied; NoticeError without a reason, or with one that cannot be kept."""
        _demand(self._user, REVIEW)
        if not self._reason:
            raise NoticeError(
                "is missing: a warning goes only when a lawyer has said that the law is gone", field="reason"
            )
        if len(self._reason) > MAX_TEXT_CHARS:
            raise NoticeError(f"is longer than {MAX_TEXT_CHARS} characters ({len(self._reason)})", field="reason")
        try:
            check_text(self._reason, "reason")
        except StoryError as error:
            raise NoticeError(error.detail, field="reason") from error

    def execute(self) -> None:
        """Take it out, and order an edition."""
        self.check()
        with transaction.atomic():
            LegalNotice.objects.filter(pk=self._notice.pk).update(
                ended=datetime.now(UTC), ended_by=self._user, end_reason=self._reason
            )
            log(self._notice, TAKEN_OUT, user=self._user, data={"reason": self._reason})
            order(f"notice {self._notice.pk} taken out", self._user)


class BringBack:
    """Puts a notice that was taken out where it was. Who had said that the danger is gone stays in its history."""

    def __init__(self, user: Any, notice: LegalNotice) -> None:
        self._user = user
        self._notice = notice

    def check(self) -> None:
        """Raises PermissionDenied."""
        _demand(self._user, CHANGE)

    def execute(self) -> None:
        """Bring it back, and order an edition. To warn again needs no lawyer."""
        self.check()
        with transaction.atomic():
            held = LegalNotice.objects.select_for_update().get(pk=self._notice.pk)
            if held.ended is None:
                return
            LegalNotice.objects.filter(pk=held.pk).update(ended=None, ended_by=None, end_reason="")
            # Of what was taken out before there was a log, this is all that is known.
            log(held, BROUGHT_BACK, user=self._user, data={"reason": held.end_reason})
            order(f"notice {self._notice.pk} brought back", self._user)


class TakeOver:
    """Makes the newsroom's own what stands in the settings, with its review, so that it can be kept up here."""

    def __init__(self, user: Any, notices: Iterable[Notice]) -> None:
        self._user = user
        self._notices = tuple(notices)

    def check(self) -> None:
        """Raises PermissionDenied."""
        _demand(self._user, ADD)

    def execute(self) -> int:
        """Take over what is not here yet; how many. Readers see no difference."""
        self.check()
        with transaction.atomic():
            found = not_taken_over(self._notices)
            for at, notice in enumerate(found, _last_position() + 1):
                made = LegalNotice.objects.create(position=at, origin=fingerprint(notice))
                review = {"reviewer": notice.reviewer, "reviewed": notice.reviewed, "expires": notice.expires}
                _add(made, 0, data=data_of(notice), by=self._user, signed=datetime.now(UTC), **review)
                log(made, "wagtail.create", user=self._user, data={"origin": "settings"})
            if found:
                order("notices taken over", self._user)
        return len(found)


class OrderNotices:
    """Puts notices in the order of their keys."""

    def __init__(self, user: Any, keys: Sequence[int]) -> None:
        self._user = user
        self._keys = tuple(keys)

    def check(self) -> None:
        """Raises PermissionDenied."""
        _demand(self._user, CHANGE)

    def execute(self) -> None:
        """Save the order, and order an edition. Notices that are not named come after."""
        self.check()
        with transaction.atomic():
            named = {key: at for at, key in enumerate(self._keys)}
            notices = sorted(LegalNotice.objects.all(), key=lambda notice: named.get(notice.pk, len(named)))
            moved = [(at, notice) for at, notice in enumerate(notices, 1) if notice.position != at]
            for at, notice in moved:
                notice.position = at
                log(notice, "wagtail.reorder", user=self._user, data={"position": at})
            LegalNotice.objects.bulk_update([notice for _at, notice in moved], ["position"])
            order("notices: order", self._user)


def _said(wording: Wording) -> dict[str, Any]:
    """For the log: which wording; its words stand in it, and it is never deleted."""
    return {"number": wording.number}


def _last_position() -> int:
    return LegalNotice.objects.aggregate(last=models.Max("position"))["last"] or 0


def _add(notice: LegalNotice, base: int, **fields: Any) -> Wording:
    newest = notice.wordings.first()
    if (newest.number if newest else 0) != base:
        raise Overtaken
    try:
        with transaction.atomic():
            return Wording.objects.create(notice=notice, number=base + 1, **fields)
    except IntegrityError:
        raise Overtaken from None


# --- What readers are told ---


def in_force() -> list[Wording]:
    """Of each notice that stands the newest wording that was signed off, in the newspaper's order. One query."""
    signed = Wording.objects.filter(signed__isnull=False, notice__ended=None).select_related("notice")
    found: dict[int, Wording] = {}
    for wording in signed.order_by("notice__position", "notice_id", "-number"):
        found.setdefault(wording.notice_id, wording)
    return list(found.values())


def not_taken_over(notices: Iterable[Notice]) -> list[Notice]:
    """Those of the settings' notices that the newsroom has not made its own."""
    taken = set(LegalNotice.objects.exclude(origin="").values_list("origin", flat=True))
    return [notice for notice in notices if fingerprint(notice) not in taken]


def only_in_settings(settings: Iterable[Notice]) -> list[Notice]:
    """The settings' notices that readers are told after the newsroom's: nobody took them over or wrote them here."""
    own = [wording.value() for wording in in_force()]
    return [notice for notice in not_taken_over(settings) if notice not in own]


def current_notices(settings: Iterable[Notice]) -> tuple[Notice, ...]:
    """What readers are told: the newsroom's notices, and after them whatever of the settings' nobody took over.

    So no warning is lost because another one was written. One that stands in both is told once.
    """
    return (*(wording.value() for wording in in_force()), *only_in_settings(settings))
