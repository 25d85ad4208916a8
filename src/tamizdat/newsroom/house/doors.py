"""Asks first, where Wagtail's own addresses tell more of a story than somebody may know, or do more than may be done.

Wagtail takes headlines of drafts for something that everybody inside may read. Here a desk's drafts are its own
(:mod:`tamizdat.newsroom.stories.permits`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail.admin.auth import permission_denied
from wagtail.models import Page

from tamizdat.newsroom.people import throttle
from tamizdat.newsroom.people.adapters import wait_error
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import edits_wherever_at_work, locales_of, may_know
from tamizdat.newsroom.stories.whose import in_name_of

Options = Mapping[str, Any]
_MOST_AT_ONCE: Final = 200
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_RESET: Final = "reset"
_UNUSED: Final = (
    # Screens of our own stand in their place, and know who may know what.
    "wagtail_localize:",
    # Nothing here is chosen by them, and bylines they would find by keys that are names.
    "wagtailsnippetchoosers_",
    # Files for download are none of ours. What is handed in would be kept as it came, with the names in it.
    "wagtaildocs:",
    "wagtaildocs_chooser:",
    "wagtailadmin_api:documents:",
    # The settings name the languages. The screen would fill one with copies of another's stories, past everything.
    "wagtaillocales:",
    # No page has an address at a site: readers find theirs at mirrors.
    "wagtailsites:",
)


class Doors:
    """Middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does, in the name of whoever asks: Wagtail forgets it before a screen is drawn."""
        if not request.user.is_authenticated:
            return self._get_response(request)
        with in_name_of(request.user):
            return self._get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _arguments: Any, options: Options) -> HttpResponse | None:
        """Refuse what is not for whoever asks."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name == "wagtailadmin_password_reset" and request.method == "POST":
            return _slowed(request)
        may = _nobody if _is_unused(name) else _ASKED.get(name)
        if may is None or not request.user.is_authenticated or may(request, options):
            return None
        refused: HttpResponse = permission_denied(request)
        return refused


def _is_unused(name: str) -> bool:
    """Whether it is a screen that nobody needs here: the fewer doors there are, the fewer stand open."""
    return name.startswith(_UNUSED) and name != "wagtail_localize:javascript_catalog"


def _slowed(request: HttpRequest) -> HttpResponse | None:
    """A letter to each address now and then: nobody fills a mailbox from here, or keeps the mail server busy."""
    if not (seconds := throttle.begin(_RESET, request.POST.get("email", "").strip())):
        return None
    for said in wait_error(seconds).messages:
        messages.error(request, said)
    return redirect(request.path)


def _knows_all(user: Any, keys: Iterable[int]) -> bool:
    """Whether ``user`` may know of all stories among these pages."""
    stories = StoryPage.objects.filter(pk__in=list(keys)).order_by()
    return not stories.exclude(pk__in=stories.filter(may_know(user)).values("pk")).exists()


def _reads_all(user: Any, keys: Iterable[int]) -> bool:
    """Whether ``user`` may read drafts of all stories among these pages: Wagtail names newest drafts, also of what is
    out.
    """
    stories = StoryPage.objects.filter(pk__in=list(keys)).order_by()
    return bool(user.is_superuser) or not stories.exclude(locale__in=locales_of(user)).exists()


def _of_page(*names: str) -> Callable[[HttpRequest, Options], bool]:
    return lambda request, options: _knows_all(request.user, [options[name] for name in names])


def _of_list(knows_all: Callable[[Any, Iterable[int]], bool]) -> Callable[[HttpRequest, Options], bool]:
    def may(request: HttpRequest, _options: Options) -> bool:
        asked = request.GET.getlist("id")
        if "all" in asked or len(asked) > _MOST_AT_ONCE:
            return bool(request.user.is_superuser)
        # Wagtail takes " 7", "+7" and "007" for 7, too: no screen writes them, and nobody comes in by them.
        return all(map(_NUMBER.fullmatch, asked)) and knows_all(request.user, map(int, asked))

    return may


def _with_translations(request: HttpRequest, options: Options) -> bool:
    """Whether somebody may know of all languages of a story, which Wagtail names with it."""
    there = Page.objects.filter(pk=options["pk"]).values("translation_key")
    return _knows_all(request.user, Page.objects.filter(translation_key__in=there).values_list("pk", flat=True))


def _in_bulk(request: HttpRequest, options: Options) -> bool:
    """Roles are given person by person, where the history says which, and to nobody in bulk."""
    model = (options["app_label"], options["model_name"])
    if model == _PERSON and options["action"] not in _ON_MANY_PEOPLE:
        return False
    if model == _DOCUMENT:
        return False
    return model not in _PAGES or _of_list(_reads_all)(request, options)


def _edits(request: HttpRequest, _options: Options) -> bool:
    return edits_wherever_at_work(request.user)


def _administers(request: HttpRequest, _options: Options) -> bool:
    return bool(request.user.is_superuser)


def _nobody(_request: HttpRequest, _options: Options) -> bool:
    return False


_PERSON: Final = ("people", "person")
_DOCUMENT: Final = ("wagtaildocs", "document")
_ON_MANY_PEOPLE: Final = {"delete", "set_active_state"}
_PAGES: Final = {("wagtailcore", "page"), ("stories", "storypage"), ("stories", "newspaper")}
_ASKED: Final[Mapping[str, Callable[[HttpRequest, Options], bool]]] = {
    "wagtailadmin_choose_page_child": _of_page("parent_page_id"),
    "wagtailadmin_choose_page_chosen_multiple": _of_list(_knows_all),
    "wagtailadmin_explore": _of_page("parent_page_id"),
    "wagtailadmin_explore_results": _of_page("parent_page_id"),
    # Nobody moves a story, which its permissions say, but Wagtail asks only after it has named both.
    "wagtailadmin_pages:move_confirm": _nobody,
    # What older versions copied into a language that followed another is deleted, and is no story of its own.
    "wagtailadmin_pages:convert_alias": _nobody,
    "wagtail_bulk_action": _in_bulk,
    "wagtailadmin_pages:workflow_action": _of_page("page_id"),
    "wagtailadmin_pages:collect_workflow_action_data": _of_page("page_id"),
    "wagtailadmin_pages:confirm_workflow_cancellation": _of_page("page_id"),
    "wagtailadmin_pages:workflow_preview": _of_page("page_id"),
    # What people say to each other beside a draft stands there.
    "wagtailadmin_reports:site_history": _edits,
    "wagtailadmin_reports:site_history_results": _edits,
    "wagtailadmin_reports:page_types_usage": _administers,
    "wagtailadmin_reports:page_types_usage_results": _administers,
    **dict.fromkeys(
        (f"wagtailadmin_workflows:task_{name}" for name in ("chooser", "chooser_results", "chooser_create", "chosen")),
        _administers,
    ),
    "wagtailadmin_api:pages:detail": _with_translations,
    # Copies have the id of a story, and are that story to readers. Screens need none of these acts.
    "wagtailadmin_api:pages:action": _nobody,
    # It would keep nothing from anybody: pictures lie in the store, for whoever is logged in.
    "wagtailadmin_collections:set_privacy": _nobody,
    # Fails for everybody who asks, and fills the log with it.
    "wagtailadmin_error_test": _nobody,
}
