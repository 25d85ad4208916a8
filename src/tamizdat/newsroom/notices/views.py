"""Screens of notices: the list, one notice with its proof and review, its form."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.models import ModelLogEntry

from tamizdat.errors import NoticeError, TamizdatError
from tamizdat.locales import endonym
from tamizdat.newsroom.headers import as_proof
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.notices.acting import (
    ADD,
    BROUGHT_BACK,
    CHANGE,
    REVIEW,
    TAKEN_OUT,
    BringBack,
    EndNotice,
    OrderNotices,
    Overtaken,
    SignNotice,
    TakeOver,
    WriteNotice,
    not_taken_over,
    today,
)
from tamizdat.newsroom.notices.forms import (
    ACTS,
    NoticeForm,
    ReviewForm,
    add_notice_error,
    country_name,
    facts_of,
    since_of,
)
from tamizdat.newsroom.notices.models import LegalNotice, Wording
from tamizdat.newsroom.notices.proofs import notice_proof
from tamizdat.newsroom.notices.reminding import STEPS, Due, wording_of
from tamizdat.notices import Act
from tamizdat.publication import text_in


def may_see(user: Any) -> bool:
    """Whether notices are any business of this person."""
    return bool(user.has_perm(CHANGE) or user.has_perm(ADD) or user.has_perm(REVIEW))


def title_of(data: Any) -> str:
    """What a notice is called in the newsroom: country and acts."""
    named = text_in(data["country_name"], get_language() or "en", "en", data["first_language"])
    place = named.text if named else country_name(data["country"])
    return f"{place}: {', '.join(str(ACTS[Act(act)]) for act in data['acts'])}"


class Screen(WagtailAdminTemplateMixin, TemplateView):
    """A screen for those who write or sign notices."""

    header_icon = "lock"

    def dispatch(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Refuse all others."""
        if not may_see(request.user):
            raise PermissionDenied
        return super().dispatch(request, *arguments, **values)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The way here."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("notices"), "label": _("Notices")},
            *([{"url": "", "label": title}] if (title := self.get_page_title()) != _("Notices") else []),
        ]


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice as the list shows it."""

    notice: LegalNotice
    newest: Wording
    signed: Wording | None
    due: Due | None

    @property
    def title(self) -> str:
        """Country and acts."""
        return title_of(self.newest.data)

    @property
    def draft(self) -> bool:
        """Whether the newest wording waits to be signed off."""
        return self.newest.signed is None


def standings(day: date) -> list[Standing]:
    """All notices, those that were taken out too, in the newspaper's order. Two queries."""
    notices = LegalNotice.objects.prefetch_related("wordings__by", "wordings__signed_by").select_related("ended_by")
    found: list[Standing] = []
    for notice in notices:
        wordings = list(notice.wordings.all())
        if not wordings:
            continue
        signed = next((wording for wording in wordings if wording.signed), None)
        days = signed.days_left(day) if signed else None
        due = Due(signed, days) if signed and days is not None and days <= STEPS[0] else None
        found.append(Standing(notice, wordings[0], signed, due))
    return found


class NoticesView(Screen):
    """All notices."""

    page_title = gettext_lazy("Notices")
    template_name = "notices/index.html"
    keys: tuple[int, ...] = ()

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Order them, or take over what the settings have."""
        act = request.POST.get("act", "")
        keys = [int(key) for key in request.POST.getlist("pin") if key.isdecimal()]
        if act == "take":
            count = TakeOver(request.user, publication_settings().notices).execute()
            messages.success(request, _("%(count)d notices are kept here now, with their reviews.") % {"count": count})
        elif act == "save":
            OrderNotices(request.user, keys).execute()
            messages.success(request, _("Saved. Every page gets the new order with the next edition."))
        else:
            kind, _colon, key = act.partition(":")
            if kind in {"up", "down"} and key.isdecimal() and int(key) in keys:
                at = keys.index(int(key))
                keys.insert(max(0, at - 1) if kind == "up" else at + 1, keys.pop(at))
            self.keys = tuple(keys)
            return super().get(request, *arguments, **values)
        return redirect("notices")

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """Those that stand, those that do not, and those of the settings."""
        found = standings(today())
        place = {key: at for at, key in enumerate(self.keys)}
        standing = [row for row in found if row.notice.ended is None]
        user: Any = self.request.user
        return super().get_context_data(
            rows=sorted(standing, key=lambda row: place.get(row.notice.pk, len(place))),
            ended=[row for row in found if row.notice.ended is not None],
            settings_only=_of_settings(today()),
            may_add=user.has_perm(ADD),
            may_change=user.has_perm(CHANGE),
            **values,
        )


def _of_settings(day: date) -> list[tuple[str, Due]]:
    """What stands in the settings only, each with how long its review counts."""
    found = (
        (wording_of(notice), (notice.expires - day).days) for notice in not_taken_over(publication_settings().notices)
    )
    return [(title_of(wording.data), Due(wording, days)) for wording, days in found]


class NoticeFormView(Screen):
    """A notice's form. Saving makes a draft: readers go on seeing what was signed off."""

    template_name = "notices/form.html"
    notice: LegalNotice | None = None
    form: NoticeForm
    overtaken = False

    def setup(self, request: HttpRequest, *arguments: Any, **values: Any) -> None:
        """Find the notice; a new one has no key."""
        super().setup(request, *arguments, **values)
        if "pk" in values:
            self.notice = get_object_or_404(LegalNotice, pk=values["pk"])

    def dispatch(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Refuse those who may not write it."""
        user: Any = request.user
        if not user.has_perm(CHANGE if self.notice else ADD):
            raise PermissionDenied
        return super().dispatch(request, *arguments, **values)

    def get_page_title(self) -> str:
        """What is done."""
        newest = self.notice.wordings.first() if self.notice else None
        return title_of(newest.data) if newest else _("New notice")

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """The newest wording."""
        self.form = NoticeForm(initial=self._initial(), first_language=_first_language())
        return super().get(request, *arguments, **values)

    def _initial(self) -> dict[str, Any]:
        newest = self.notice.wordings.first() if self.notice else None
        return {**newest.data, "since": since_of(newest.data), "base": newest.number} if newest else {"base": 0}

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Save the draft."""
        self.form = NoticeForm(request.POST, first_language=_first_language())
        if self.form.is_valid():
            base = self.form.cleaned_data["base"]
            try:
                made = WriteNotice(request.user, self.notice, self.form.data_of_notice, base).execute()
            except Overtaken:
                self.overtaken = True
                newest = self.notice.wordings.first() if self.notice else None
                posted = request.POST.copy()
                posted["base"] = str(newest.number if newest else 0)
                self.form = NoticeForm(posted, first_language=_first_language())
            else:
                messages.success(request, _("Saved as a draft. Readers see it when somebody has signed it off."))
                return redirect("notice", made.notice_id)
        return super().get(request, *arguments, **values)

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """The form."""
        newest = self.notice.wordings.first() if self.overtaken and self.notice else None
        return super().get_context_data(
            form=self.form, notice=self.notice, overtaken=newest, media=self.form.media, **values
        )


def _first_language() -> str:
    return publication_settings().publication.languages[0]


class NoticeView(Screen):
    """One notice: its proof, its review, its history."""

    template_name = "notices/notice.html"
    review: ReviewForm | None = None
    end_fault = ""

    def setup(self, request: HttpRequest, *arguments: Any, **values: Any) -> None:
        """Find the notice. Raises Http404."""
        super().setup(request, *arguments, **values)
        self.notice = get_object_or_404(LegalNotice.objects.select_related("ended_by"), pk=values["pk"])
        self.wordings = list(self.notice.wordings.select_related("by", "signed_by"))
        if not self.wordings:
            raise Http404

    def get_page_title(self) -> str:
        """Country and acts."""
        return title_of(self.wordings[0].data)

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Sign off, take out, bring back."""
        act = request.POST.get("act", "")
        if act == "sign":
            if self._sign():
                return redirect("notice", self.notice.pk)
        elif act == "end":
            try:
                EndNotice(request.user, self.notice, request.POST.get("reason", "")).execute()
            except NoticeError as error:
                self.end_fault = error.detail
            else:
                messages.success(request, _("Taken out of the newspaper. It can be brought back."))
                return redirect("notices")
        elif act == "back":
            BringBack(request.user, self.notice).execute()
            messages.success(request, _("It stands in the newspaper again with the next edition."))
            return redirect("notice", self.notice.pk)
        return super().get(request, *arguments, **values)

    def _sign(self) -> bool:
        self.review = form = ReviewForm(self.request.POST)
        if not form.is_valid():
            return False
        said = form.cleaned_data
        try:
            SignNotice(
                self.request.user, self.notice, said["number"], said["reviewer"], said["reviewed"], said["expires"]
            ).execute()
        except NoticeError as error:
            add_notice_error(form, error)
            return False
        except Overtaken:
            messages.error(self.request, _("Somebody changed this notice in the meantime. Read it again, then sign."))
            return True
        messages.success(self.request, _("Signed off. Readers are warned in these words with the next edition."))
        return True

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """All of it."""
        newest = self.wordings[0]
        signed = next((wording for wording in self.wordings if wording.signed), None)
        days = signed.days_left(today()) if signed else None
        proposal = ReviewForm.proposal(signed.reviewer if signed else "", newest.number)
        user: Any = self.request.user
        return super().get_context_data(
            notice=self.notice,
            newest=newest,
            signed=signed,
            due=Due(signed, days) if signed and days is not None and days <= STEPS[0] else None,
            wordings=[(wording, facts_of(wording.data)) for wording in self.wordings],
            acts=ModelLogEntry.objects.for_instance(self.notice).filter(action__in=(TAKEN_OUT, BROUGHT_BACK)),
            review=self.review or ReviewForm(initial=proposal),
            end_fault=self.end_fault,
            end_reason=self.request.POST.get("reason", "") if self.end_fault else "",
            may_review=user.has_perm(REVIEW),
            may_change=user.has_perm(CHANGE),
            proofs=[
                (tag, endonym(tag), f"{reverse('notice_proof', args=[self.notice.pk])}?language={tag}")
                for tag in newest.data["languages"] or settings.CONTENT_LANGUAGES
                if tag in settings.CONTENT_LANGUAGES
            ],
            **values,
        )


class NoticeProofView(Screen):
    """The page on safe reading as the press makes it, with the newest wording."""

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """The pressed page, or a sentence that says why there is none."""
        del arguments
        newest = get_object_or_404(LegalNotice, pk=values["pk"]).wordings.select_related("notice").first()
        language = request.GET.get("language", "")
        if newest is None or language not in settings.CONTENT_LANGUAGES:
            raise Http404
        try:
            return as_proof(HttpResponse(notice_proof(newest, language)))
        except TamizdatError as error:
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
