"""The order of sections, by drag, by keyboard or by buttons."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from tamizdat.config import MAX_LABEL_CHARS, MAX_SECTIONS
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.fronts.sections import ADD, CHANGE, OrderSections, TakeOverSections, only_in_settings
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.stories.terms import Section


class SectionsView(WagtailAdminTemplateMixin, TemplateView):
    """All sections in their order, with their labels in every language."""

    page_title = gettext_lazy("Sections")
    header_icon = "list-ul"
    template_name = "fronts/sections.html"
    keys: list[str] | None = None

    def dispatch(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Refuse those who may not change sections."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        return super().dispatch(request, *arguments, **values)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """The way here."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> HttpResponse:
        """Move one on the screen, save the order, or take over what the settings have."""
        act, keys = request.POST.get("act", ""), request.POST.getlist("pin")
        try:
            if act == "save":
                OrderSections(request.user, keys).execute()
                messages.success(request, _("Saved. Every page gets the new order with the next edition."))
            elif act == "take":
                count = TakeOverSections(request.user, publication_settings()).execute()
                messages.success(request, _("%(count)d sections can be edited here now.") % {"count": count})
            else:
                self.keys = _moved(keys, act)
                return super().get(request, *arguments, **values)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("sections")

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """Sections in the order of the screen."""
        config = publication_settings()
        languages = config.publication.languages
        place = {key: at for at, key in enumerate(self.keys or [])}
        sections = sorted(Section.objects.all(), key=lambda section: place.get(section.key, len(place)))
        user: Any = self.request.user
        return super().get_context_data(
            sections=[
                {
                    "section": section,
                    "url": reverse(section.snippet_viewset.get_url_name("edit"), args=[section.pk]),
                    "labels": [
                        (language, "rtl" if is_right_to_left(language) else "ltr", section.label_in(language))
                        for language in languages
                    ],
                }
                for section in sections
            ],
            languages=[(language, endonym(language)) for language in languages],
            settings_only=only_in_settings(config),
            may_take=user.has_perm(ADD),
            add_url=reverse(Section.snippet_viewset.get_url_name("add")),
            most=MAX_SECTIONS,
            most_chars=MAX_LABEL_CHARS,
            **values,
        )


def _moved(keys: list[str], act: str) -> list[str]:
    """``keys`` after ``up:KEY`` or ``down:KEY``."""
    kind, _colon, key = act.partition(":")
    if key in keys and kind in {"up", "down"}:
        at = keys.index(key)
        keys.insert(max(0, at - 1) if kind == "up" else at + 1, keys.pop(at))
    return keys
