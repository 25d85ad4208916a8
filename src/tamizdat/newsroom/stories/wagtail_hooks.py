"""What stories add to the admin."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from tamizdat.newsroom.stories import views
from tamizdat.newsroom.stories.embargoes import MOVED, said_of
from tamizdat.newsroom.stories.holding import gone, hold_anew, hold_to_delete
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.reviewing import forget_times
from tamizdat.newsroom.stories.term_views import BylineIndexView, TermDeleteView, TermUsageView
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Topic


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Addresses that the story's form asks."""
    return [path("terms/<str:kind>/", views.terms, name="story_terms")]


@hooks.register("before_copy_page")
def no_copies(request: HttpRequest, page: Page) -> None:
    """Nobody copies a story: the copy would have its id and language, and be that story to readers."""
    del request
    if issubclass(page.specific_class or Page, StoryPage):
        raise PermissionDenied


@hooks.register("before_edit_page")
def tell_of_embargo(request: HttpRequest, page: Any) -> None:
    """Say above a draft until when it waits, in whatever language the embargo stands."""
    if request.method != "GET" or not isinstance(page, StoryPage):
        return
    if said := said_of(page.get_latest_revision_as_object()):
        messages.warning(request, said)


@hooks.register("before_bulk_action")
def hold_many(request: HttpRequest, act: str, objects: list[Any], action: Any) -> None:
    """In the same transaction as what is done with many stories, past the methods of :class:`StoryPage`.

    All are locked first, as by who does it with one: the first leads to the gate of releases, and who published the
    next just now would wait there for this one. What somebody deleted meanwhile is left out, and named. Raises
    ValidationError if somebody locked one of them for others after it was asked who may.
    """
    if action.model is not Page or act not in {"publish", "unpublish", "delete"}:
        return
    hold = hold_to_delete if act == "delete" else hold_anew
    there = hold(objects)
    for page in objects:
        if page not in there:
            messages.warning(request, gone(page).messages[0])
    objects[:] = there  # what is done is done with these
    check_unlocked(objects, request.user)
    for page in objects if act == "unpublish" else ():
        forget_times(page, request.user)


@hooks.register("before_delete_page")
def hold_deleted(request: HttpRequest, page: Page) -> None:
    """The same of one story that is deleted, in its transaction: its row goes after the gate of releases.

    Raises PermissionDenied for whoever may delete it no more, ValidationError if somebody has.
    """
    if request.method != "POST":
        return
    if not hold_to_delete([page]):
        raise gone(page)
    if not page.permissions_for_user(request.user).can_delete():
        raise PermissionDenied


@hooks.register("before_bulk_action")
def no_newspapers_at_once(request: HttpRequest, act: str, objects: list[Any], action: Any) -> None:
    """Nobody lets all drafts of a newspaper go with it, those that nobody looked at among them."""
    del request
    if action.model is Page and act == "publish" and Newspaper.objects.filter(pk__in=[o.pk for o in objects]).exists():
        raise PermissionDenied


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """What the history calls a time that was put off."""

    @actions.register_action(MOVED)
    class _Moved(LogFormatter):
        label = _("Embargo")

        def format_message(self, log_entry: Any) -> str:
            return str(_("Waits for an embargo until %(at)s UTC")) % {"at": log_entry.data.get("at", "")}


@hooks.register("construct_page_chooser_queryset")
def drafts_to_choose(pages: Any, request: HttpRequest) -> Any:
    """Who chooses a page to link to sees no headlines of drafts that are none of theirs."""
    user: Any = request.user
    return pages if user.is_superuser else pages.filter(may_know(user, translating=False))


@hooks.register("insert_global_admin_css")
def writing_css() -> str:
    """What the story's form looks like."""
    return format_html('<link rel="stylesheet" href="{}">', static("stories/writing.css"))


@hooks.register("insert_global_admin_js")
def kept_js() -> str:
    """What is typed before Wagtail looks is kept, too, and comments that are begun while it saves."""
    scripts = [(static(f"stories/{name}.js"),) for name in ("kept", "comments")]
    return format_html_join("", '<script src="{}"></script>', scripts)


class TermViewSet(SnippetViewSet):
    """Terms are not copied: a key is written once, and the name behind a byline is nobody else's."""

    copy_view_enabled = False
    delete_view_class = TermDeleteView
    usage_view_class = TermUsageView


class SectionViewSet(TermViewSet):
    """Sections."""

    model = Section
    icon = "list-ul"
    list_display: ClassVar[list[str]] = ["__str__", "key", "position"]


class TopicViewSet(TermViewSet):
    """Topics."""

    model = Topic
    icon = "tag"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class AgencyViewSet(TermViewSet):
    """Agencies."""

    model = Agency
    icon = "globe"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class BylineViewSet(TermViewSet):
    """Bylines. Lists and searches never show whose they are; a story chooses them in a field of its own."""

    index_view_class = BylineIndexView
    model = Byline
    icon = "user"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class TermsGroup(SnippetViewSetGroup):
    """All terms in one menu."""

    menu_label = _("Terms")
    menu_icon = "tag"
    menu_order = 300
    items = (SectionViewSet, TopicViewSet, AgencyViewSet, BylineViewSet)


register_snippet(TermsGroup)
