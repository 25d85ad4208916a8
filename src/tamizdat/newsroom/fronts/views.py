"""Screens of front pages: all of them, one of them with its proof, what was changed by whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.fronts.changes import changes
from tamizdat.newsroom.fronts.curating import (
    MAX_PINS,
    SHOWN_PINS,
    Overtaken,
    Pinned,
    Place,
    SaveFront,
    newest,
    pins_of,
)
from tamizdat.newsroom.fronts.models import FrontVersion
from tamizdat.newsroom.fronts.permits import languages_of
from tamizdat.newsroom.fronts.proofs import front_proof
from tamizdat.newsroom.fronts.sections import current_sections
from tamizdat.newsroom.fronts.standing import search, standings, suggestions, troubles
from tamizdat.newsroom.headers import as_proof
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.publication import SectionLabel

_HISTORY: Final = 50


def now() -> datetime:
    """The moment, as editions count it."""
    return datetime.now(UTC).replace(microsecond=0)


class Screen(WagtailAdminTemplateMixin, TemplateView):
    """A screen with the admin's header. Only for those who may publish in some language."""

    header_icon = "home"
    parents: tuple[tuple[str, Any], ...] = ()

    def dispatch(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Refuse those whose languages are none."""
        if not self.languages:
            raise PermissionDenied
        return super().dispatch(request, *arguments, **values)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those in which the person may publish."""
        return languages_of(self.request.user)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The way here."""
        above = [{"url": reverse(name), "label": label} for name, label in self.parents]
        return [*self.breadcrumbs_items, *above, {"url": "", "label": self.get_page_title()}]


@dataclass(frozen=True, slots=True)
class FrontRow:
    """One front page in the list of all."""

    place: Place
    label: str
    url: str
    version: FrontVersion | None
    pins: int
    warnings: int


class FrontsView(Screen):
    """All front pages that the person may arrange."""

    page_title = gettext_lazy("Front pages")
    template_name = "fronts/index.html"

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """Languages, each with its front page and those of its sections."""
        found = FrontVersion.objects.filter(current=True, language__in=self.languages)
        versions = {
            Place(version.language, version.section): version
            for version in found.select_related("by").prefetch_related("pins")
        }
        sections = current_sections(publication_settings())
        warned = troubles({place: pins_of(version) for place, version in versions.items()}, now())

        def row(place: Place, label: str) -> FrontRow:
            version = versions.get(place)
            return FrontRow(place, label, front_url(place), version, len(pins_of(version)), warned.get(place, 0))

        groups = [
            {
                "tag": language,
                "name": endonym(language),
                "rows": [
                    row(Place(language), _("Front page")),
                    *(row(Place(language, label.section), label.label_in(language)) for label in sections),
                ],
            }
            for language in self.languages
        ]
        return super().get_context_data(groups=groups, **values)


def front_url(place: Place, name: str = "front_edit", **query: Any) -> str:
    """The address of a screen of the front page at ``place``."""
    query = {**({"section": place.section} if place.section else {}), **query}
    return reverse(name, args=[place.language]) + (f"?{urlencode(query, doseq=True)}" if query else "")


class _OneFront(Screen):
    """A screen of one front page."""

    parents = (("fronts", gettext_lazy("Front pages")),)

    def setup(self, request: HttpRequest, *arguments: Any, **values: Any) -> None:
        """Find out which one. Raises Http404 for what is none."""
        super().setup(request, *arguments, **values)
        self.place = Place(values["language"], request.GET.get("section", ""))
        if self.place.section and self.section is None:
            raise Http404

    def dispatch(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Refuse languages that are not the person's."""
        if self.place.language not in self.languages:
            raise PermissionDenied
        return super().dispatch(request, *arguments, **values)

    @cached_property
    def section(self) -> SectionLabel | None:
        """The section; None for the front page itself."""
        sections = current_sections(publication_settings())
        return next((label for label in sections if label.section == self.place.section), None)

    @property
    def named(self) -> str:
        """What this front page is called."""
        language = endonym(self.place.language)
        return f"{language} — {self.section.label_in(self.place.language)}" if self.section else language

    def get_page_title(self) -> str:
        """Its name."""
        return _("Front page: %(front)s") % {"front": self.named}


@dataclass(frozen=True, slots=True)
class Draft:
    """Pins on somebody's screen, and the version that they began with (0: none)."""

    pins: tuple[Pinned, ...]
    base: int

    @classmethod
    def of(cls, version: FrontVersion | None) -> "Draft":
        """As it was saved last."""
        return cls(pins_of(version), version.number if version else 0)

    @classmethod
    def posted(cls, data: Any) -> "Draft":
        """As a form says it. What is no number or time counts as none."""
        ids = dict.fromkeys(data.getlist("pin"))
        base = data.get("base", "")
        pins = tuple(Pinned(story_id, _moment(data.get(f"until-{story_id}", ""))) for story_id in ids)
        return cls(pins[: MAX_PINS * 2], int(base) if base.isdecimal() else 0)

    def after(self, act: str) -> "Draft":
        """After one press of a button: ``up:ID``, ``down:ID``, ``first:ID``, ``drop:ID``, ``add:ID``."""
        kind, _colon, story_id = act.partition(":")
        pins = list(self.pins)
        at = next((at for at, pin in enumerate(pins) if pin.story_id == story_id), None)
        if kind == "add" and at is None and story_id:
            pins.append(Pinned(story_id))
        elif at is not None and kind == "drop":
            del pins[at]
        elif at is not None and kind in {"up", "down", "first"}:
            to = {"up": max(0, at - 1), "down": at + 1, "first": 0}[kind]
            pins.insert(to, pins.pop(at))
        return replace(self, pins=tuple(pins))


def _moment(text: str) -> datetime | None:
    """A time of a form, which is in UTC."""
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        return None
    return make_aware(found) if found and found.tzinfo is None else found


class FrontView(_OneFront):
    """One front page: pins in order, what follows them, and the proof beside it."""

    template_name = "fronts/edit.html"
    draft: Draft
    overtaken: FrontVersion | None = None
    words = ""

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """As it was saved last."""
        self.draft = Draft.of(newest(self.place))
        return super().get(request, *arguments, **values)

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Do what the pressed button says; only one of them saves."""
        act = request.POST.get("act", "")
        self.draft, self.words = Draft.posted(request.POST).after(act), request.POST.get("find", "")
        if act == "save":
            if (answer := self._save()) is not None:
                return answer
        elif act == "theirs":
            return redirect(front_url(self.place))
        return super().get(request, *arguments, **values)

    def _save(self) -> HttpResponse | None:
        try:
            SaveFront(self.request.user, self.place, self.draft.pins, self.draft.base).execute()
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
            return None
        except Overtaken as error:
            self.overtaken = error.newest
            # Whoever presses the button again has seen what they overwrite.
            self.draft = replace(self.draft, base=error.newest.number)
            return None
        messages.success(self.request, _("Saved. Readers get this front page with the next edition, in a moment."))
        return redirect(front_url(self.place))

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """All that the screen shows."""
        moment, place, pins = now(), self.place, self.draft.pins
        rows = standings(place, pins, moment)
        context = {
            "place": place,
            "rows": [
                {"story": row, "until": _local(row.until), "waiting": at >= SHOWN_PINS and not place.section}
                for at, row in enumerate(rows)
            ],
            "next": suggestions(place, pins),
            "found": search(place, self.words, pins),
            "words": self.words,
            "base": self.draft.base,
            "most": MAX_PINS,
            "shown": SHOWN_PINS,
            "overtaken": self.overtaken,
            "theirs": self._differences(),
            "proof_url": front_url(place, "front_proof"),
            "proof_now": front_url(place, "front_proof", pin=[pin.story_id for pin in pins if pin.holds(moment)]),
            "history_url": front_url(place, "front_history"),
            "action": front_url(place),
            "direction": "rtl" if is_right_to_left(place.language) else "ltr",
        }
        return super().get_context_data(**context, **values)

    def _differences(self) -> list[str]:
        """What saving now would change of what the other one saved."""
        if self.overtaken is None:
            return []
        theirs = pins_of(self.overtaken)
        return changes(theirs, self.draft.pins, headlines(self.place, [*theirs, *self.draft.pins]))


def _local(when: datetime | None) -> str:
    return localtime(when).strftime("%Y-%m-%dT%H:%M") if when else ""


def headlines(place: Place, pins: Sequence[Pinned]) -> dict[str, str]:
    """Headlines by story id; one query."""
    ids = {pin.story_id for pin in pins}
    found = StoryPage.objects.filter(locale__language_code=place.language, story_id__in=ids)
    return dict(found.values_list("story_id", "title")) if ids else {}


class FrontProofView(_OneFront):
    """The front page as the press makes it, with the pins of the address."""

    def get(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """The pressed page, or a sentence that says why there is none."""
        del arguments, values
        try:
            html = front_proof(self.place.language, self.place.section, request.GET.getlist("pin")[:MAX_PINS], now())
        except TamizdatError as error:
            return HttpResponse(str(error), content_type="text/plain; charset=utf-8")
        return as_proof(HttpResponse(html))


class FrontHistoryView(_OneFront):
    """Who changed what when; any version can be brought back."""

    template_name = "fronts/history.html"

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Bring a version back, as a new one."""
        del arguments, values
        number, base = request.POST.get("number", ""), request.POST.get("base", "")
        mine = {"language": self.place.language, "section": self.place.section}
        found = FrontVersion.objects.filter(**mine, number=int(number) if number.isdecimal() else -1).first()
        if number != "0" and found is None:
            raise Http404
        try:
            SaveFront(request.user, self.place, pins_of(found), int(base) if base.isdecimal() else 0).execute()
        except Overtaken:
            messages.error(request, _("Somebody saved this front page in the meantime. Look at it first."))
        else:
            messages.success(request, _("Brought back. Readers get it with the next edition, in a moment."))
        return redirect(front_url(self.place, "front_history"))

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """Versions, newest first, with what each changed."""
        found = FrontVersion.objects.filter(language=self.place.language, section=self.place.section)
        versions = list(found.select_related("by").prefetch_related("pins")[: _HISTORY + 1])
        known = headlines(self.place, [pin for version in versions for pin in pins_of(version)])
        rows = []
        for at, version in enumerate(versions[:_HISTORY]):
            before = pins_of(versions[at + 1]) if at + 1 < len(versions) else ()
            said = changes(before, pins_of(version), known) or [_("Nothing was pinned any more.")]
            order = [known.get(pin.story_id, pin.story_id) for pin in pins_of(version)]
            rows.append({"version": version, "changes": said, "order": order})
        base = versions[0].number if versions else 0
        mine = {
            "rows": rows,
            "base": base,
            "edit_url": front_url(self.place),
            "action": front_url(self.place, "front_history"),
            "language": self.place.language,
        }
        return super().get_context_data(**{**values, **mine})

    def get_page_title(self) -> str:
        """Its name."""
        return _("History of %(front)s") % {"front": self.named}
