"""The one screen of breaking news, its confirmation, and its proofs."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.breaking.acting import (
    MAX_HEADLINE_CHARS,
    MAX_LINE_CHARS,
    BreakNews,
    Retracted,
    SayMore,
    SetUntil,
    Words,
    check_until,
    check_words,
)
from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.breaking.presets import DEFAULT, OWN, PRESETS, end_of
from tamizdat.newsroom.breaking.proofs import breaking_proof, story_for
from tamizdat.newsroom.corrections.models import retracted_among
from tamizdat.newsroom.fronts.views import Screen
from tamizdat.newsroom.headers import as_proof
from tamizdat.newsroom.pressroom.models import Run
from tamizdat.newsroom.stories.ids import new_story_id
from tamizdat.newsroom.stories.models import StoryPage

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Column:
    """One language of the form, side by side with the others."""

    language: str
    name: str
    direction: str
    chosen: bool
    headline: str
    line: str
    faults: dict[str, str]
    proofs: tuple[tuple[str, str], ...] = ()
    """What each proof is called, and its address."""


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _said(error: ValidationError | TamizdatError) -> str:
    """Why something was refused, or which story cannot leave and why."""
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)


class BreakingView(Screen):
    """News to put out, and news that is out."""

    page_title = gettext_lazy("Breaking news")
    header_icon = "warning"
    template_name = "breaking/index.html"
    confirming = False
    until: datetime | None = None
    until_fault = ""
    story_id = ""
    faults: Mapping[tuple[str, str], str] = {}
    unsaid: Mapping[int, Mapping[str, str]] = {}
    """By flash, lines by language that somebody typed and that could not be said."""

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """First the proof of it, then the thing itself."""
        self.until = end_of(request.POST.get("until", ""), request.POST.get("own", ""), _now())
        self.faults = check_words(self._words())
        if not self._words():
            messages.error(request, _("Choose at least one language."))
        elif self.until is None:
            self.until_fault = _("Say until when it is breaking.")
        else:
            self.until_fault = check_until(self.until, _now())
        fine = bool(self._words()) and not self.faults and not self.until_fault
        if fine and request.POST.get("act") == "out":
            return self._put_out()
        self.confirming = fine and request.POST.get("act") == "confirm"
        if self.confirming:
            first = next(iter(self._words().values()))
            self.story_id = request.POST.get("story_id") or new_story_id(first.headline)
        return super().get(request, *arguments, **values)

    @property
    def typed(self) -> QueryDict:
        """What stands in the form for new news."""
        return self.request.POST

    def _words(self) -> dict[str, Words]:
        data = self.typed
        return {
            language: Words(data.get(f"headline-{language}", ""), data.get(f"line-{language}", ""))
            for language in self.languages
            if f"in-{language}" in data
        }

    def _put_out(self) -> HttpResponse:
        if self.until is None:
            raise PermissionDenied
        try:
            BreakNews(self.request.user, self.request.POST.get("story_id", ""), self._words(), self.until).execute()
        except (ValidationError, TamizdatError) as error:
            messages.error(self.request, _said(error))
            return super().get(self.request)  # with all that was typed
        return redirect("breaking")

    def get_template_names(self) -> list[str]:
        """Another one while it is to be confirmed."""
        return ["breaking/confirm.html" if self.confirming else self.template_name]

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """Form or confirmation, and what is out."""
        data = self.typed
        context: dict[str, Any] = {
            "columns": [self._column(language) for language in self.languages],
            "presets": PRESETS,
            "own": OWN,
            "choice": data.get("until", DEFAULT),
            "own_until": localtime(self.until).strftime("%Y-%m-%dT%H:%M") if self.until else data.get("own", ""),
            "until": self.until,
            "until_fault": self.until_fault,
            "story_id": self.story_id,
            "most_headline": MAX_HEADLINE_CHARS,
            "most_line": MAX_LINE_CHARS,
        }
        if not self.confirming:
            context["flashes"] = flashes(self.languages, self.unsaid)
        return super().get_context_data(**context, **values)

    def _column(self, language: str) -> Column:
        data = self.typed
        headline, line = data.get(f"headline-{language}", ""), data.get(f"line-{language}", "")
        chosen = f"in-{language}" in data
        faults = {name: text for (tag, name), text in self.faults.items() if tag == language}
        proofs: tuple[tuple[str, str], ...] = ()
        if self.confirming and chosen and self.until:
            news = {"language": language, "headline": headline, "line": line, "until": self.until.isoformat()}
            said = {**news, "story_id": self.story_id, "also": [*self._words()]}
            address = f"{reverse('breaking_proof')}?{urlencode(said, doseq=True)}"
            proofs = ((_("Front page"), f"{address}&page=front"), (_("Its own page"), f"{address}&page=story"))
        direction = "rtl" if is_right_to_left(language) else "ltr"
        return Column(language, endonym(language), direction, chosen, headline, line, faults, proofs)


@dataclass(frozen=True, slots=True)
class Said:
    """One language of news that is out."""

    language: str
    name: str
    direction: str
    headline: str
    edit_url: str
    mine: bool
    retracted: bool
    until: datetime | None
    typed: str
    """A line that somebody typed and that could not be said."""


@dataclass(frozen=True, slots=True)
class Out:
    """News that is out. ``run`` is the publish that brought it to readers; None while the press is at it."""

    flash: Flash
    said: list[Said]
    until: datetime | None
    """Until when it is breaking; None if it no longer is."""
    run: Run | None
    seconds: int
    places: int
    unsaid: Mapping[str, str]
    """All such lines that were typed, by language."""

    @property
    def mine(self) -> list[Said]:
        """The languages in which the person may say more; of what was retracted readers would see nothing."""
        return [each for each in self.said if each.mine and not each.retracted]

    @property
    def left(self) -> dict[str, str]:
        """Lines in languages that are no longer among those."""
        shown = {each.language for each in self.mine}
        return {tag: line for tag, line in self.unsaid.items() if line.strip() and tag not in shown}


def flashes(mine: Iterable[str], unsaid: Mapping[int, Mapping[str, str]]) -> list[Out]:
    """The newest news put out here, with what became of it. Seven queries, however much there is."""
    now, may = _now(), set(mine)
    found = list(Flash.objects.select_related("by").prefetch_related("follow_ups__by")[:_SHOWN])
    ids = [flash.story_id for flash in found]
    pages: dict[str, list[StoryPage]] = {}
    for page in StoryPage.objects.filter(story_id__in=ids, live=True).select_related("locale").order_by("pk"):
        pages.setdefault(page.story_id, []).append(page)
    runs = _runs([flash.ordered for flash in found])
    gone = retracted_among((page.story_id, page.locale.language_code) for each in pages.values() for page in each)
    shown = []
    for flash in found:
        said = [_said_in(page, may, gone, now, unsaid.get(flash.pk, {})) for page in pages.get(flash.story_id, [])]
        shown.append(_out(flash, said, runs.get(flash.ordered), unsaid.get(flash.pk, {})))
    return shown


def _runs(orders: Sequence[int]) -> dict[int, Run]:
    """For each order the first publish that covers it and was done; none for those that still wait for it."""
    done = Run.objects.filter(upto__gte=min(orders, default=0), failed=False, ended__isnull=False)
    # There may be thousands since the oldest: only of those that count is the report read.
    upto = sorted(done.values_list("upto", "pk"))
    keys = {order: upto[at][1] for order in orders if (at := bisect_left(upto, (order, 0))) < len(upto)}
    found = Run.objects.in_bulk(set(keys.values()))
    return {order: found[key] for order, key in keys.items() if key in found}


def _said_in(
    page: StoryPage, may: set[str], gone: set[tuple[str, str]], now: datetime, unsaid: Mapping[str, str]
) -> Said:
    language = page.locale.language_code
    retracted = (page.story_id, language) in gone
    breaking = page.breaking_until is not None and page.breaking_until > now and not retracted
    return Said(
        language,
        endonym(language),
        "rtl" if is_right_to_left(language) else "ltr",
        page.title,
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        language in may,
        retracted,
        page.breaking_until if breaking else None,
        unsaid.get(language, ""),
    )


def _out(flash: Flash, said: list[Said], run: Run | None, unsaid: Mapping[str, str]) -> Out:
    until = max((each.until for each in said if each.until), default=None)
    carriers = [place for place in run.report.get("carriers", []) if not place.get("fault")] if run else []
    seconds = round((run.ended - flash.at).total_seconds()) if run and run.ended else 0
    return Out(flash, said, until, run, seconds, len(carriers), unsaid)


class BreakingProofView(Screen):
    """The front page or the story's page with news that nobody has put out yet."""

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """The pressed page, or a sentence that says why there is none."""
        del arguments, values
        said, now = request.GET, _now()
        if said.get("language") not in self.languages:
            raise PermissionDenied
        try:
            until = datetime.fromisoformat(said.get("until", "")).astimezone(UTC)
            words = Words(said.get("headline", ""), said.get("line", ""))
            story = story_for(said.get("story_id", ""), said["language"], words, until, now)
            also = set(said.getlist("also")) & set(self.languages)
            return as_proof(HttpResponse(breaking_proof(story, said.get("page", ""), now, also)))
        except (TamizdatError, ValueError) as error:
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8")


class FlashView(BreakingView):
    """What is done with news that is out: extend, end, say more. What cannot be said stays in its form."""

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """There is nothing to look at here."""
        del request, arguments, values
        return redirect("breaking")

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Do what the button says."""
        del arguments
        flash = get_object_or_404(Flash, pk=values["pk"])
        act, now = request.POST.get("act", ""), _now()
        try:
            if act == "end":
                SetUntil(request.user, flash, None).execute()
                messages.success(request, _("It is no longer breaking. The story stays where it is."))
            elif act == "say":
                SayMore(
                    request.user, flash, {tag: text for tag, text in self._lines().items() if text.strip()}
                ).execute()
                messages.success(request, _("The line is on its way to readers."))
            elif act.startswith("more:"):
                until = _longer(flash, act.removeprefix("more:"), now)
                SetUntil(request.user, flash, until).execute()
                messages.success(request, _("Breaking until %(when)s") % {"when": f"{until:%Y-%m-%d %H:%M} UTC"})
        except (ValidationError, TamizdatError) as error:
            messages.error(request, _said(error), buttons=_ways_out(error, flash))
            if act == "say":
                self.unsaid = {flash.pk: self._lines()}
                return self.render_to_response(self.get_context_data())
        return redirect("breaking")

    def _lines(self) -> dict[str, str]:
        return {language: self.request.POST.get(f"line-{language}", "") for language in self.languages}

    @property
    def typed(self) -> QueryDict:
        """Nothing: this form is of news that is out."""
        return QueryDict()


def _ways_out(error: Exception, flash: Flash) -> list[Any]:
    """To the record, of what was retracted."""
    if not isinstance(error, Retracted):
        return []
    return [messages.button(reverse("corrections_story", args=[flash.story_id]), _("The record"))]


def _longer(flash: Flash, choice: str, now: datetime) -> datetime:
    """The new end: midnight, or so many minutes after the present one, or after now if it has ended."""
    if choice == "tonight":
        return end_of("tonight", "", now) or now
    pages = StoryPage.objects.filter(story_id=flash.story_id, live=True, breaking_until__gt=now)
    ends = [until for until in pages.values_list("breaking_until", flat=True) if until]
    latest: datetime = max([now, *ends])
    return latest + timedelta(minutes=60 if choice == "60" else 30)
