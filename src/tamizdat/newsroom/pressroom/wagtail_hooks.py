"""What the pressroom adds to the history, what it tells, and its screen."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES
from tamizdat.newsroom.pressroom import renewing_views
from tamizdat.newsroom.pressroom.already_named import pictures_that_name, stories_that_name
from tamizdat.newsroom.pressroom.own_links import LOST, links_to
from tamizdat.newsroom.pressroom.renewing import RENEWED
from tamizdat.newsroom.pressroom.scheduling import FAILED
from tamizdat.newsroom.reasons import said
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.terms import Byline

_MOST_TOLD: Final = 10


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    """Where stories are brought up to date that show an older picture or label."""
    return [path("up-to-date/<str:kind>/<int:key>/", renewing_views.renew, name="renew_stories")]


@hooks.register("register_log_actions")
def log_actions(actions: Any) -> None:
    """A schedule that could not be kept, with its reason; links and pictures that changed."""
    actions.register_action(RENEWED, _("Bring up to date"), _("Brought up to date with its pictures and terms"))

    @actions.register_action(FAILED)
    class _Failed(LogFormatter):
        label = _("Schedule not kept")

        def format_message(self, log_entry: Any) -> str:
            text = str(_("Could not be published or taken back on schedule: %(reason)s"))
            return text % {"reason": said(log_entry.data)}

    @actions.register_action(LOST)
    class _Lost(LogFormatter):
        label = _("Link taken out")

        def format_message(self, log_entry: Any) -> str:
            text = str(_("Readers no longer have “%(headline)s”: the link to it is plain text now"))
            return text % {"headline": log_entry.data.get("headline", "")}


@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def tell_of_names(request: HttpRequest, term: Any) -> None:
    """Tell whoever notes whose name a byline stands for where that name stands already."""
    user: Any = request.user
    if not isinstance(term, Byline) or not term.real_name or not user.has_perm(SEES_REAL_NAMES):
        return
    if pictures := pictures_that_name(term.real_name):
        text = _("The library has pictures whose credit, caption or description has this name: %(pictures)s.")
        messages.warning(request, text % {"pictures": _named(pictures)})
    if stories := stories_that_name(term.real_name):
        text = _("Readers have stories in which this name stands: %(stories)s.")
        messages.warning(request, text % {"stories": _named([story.title for story in stories])})


def _named(titles: list[str]) -> str:
    more = ["…"] if len(titles) > _MOST_TOLD else []
    return ", ".join([f"“{title}”" for title in titles[:_MOST_TOLD]] + more)


@hooks.register("after_publish_page")
def tell_of_links(request: HttpRequest, page: Any) -> None:
    """Tell whoever publishes a story of its links to stories that readers do not have."""
    if not isinstance(page, StoryPage):
        return
    links = list(page.own_links.filter(found=False)[:_MOST_TOLD])
    linked = StoryPage.objects.filter(pk__in=[link.target for link in links])
    # Somebody may have typed the number of a story that is none of their business.
    foreign = set(
        linked.exclude(pk__in=linked.filter(may_know(request.user)).values("pk")).values_list("pk", flat=True)
    )
    for link in links:
        text = _("“%(headline)s” is not out: where you link to it, readers see plain text until it is.")
        messages.warning(request, text % {"headline": f"#{link.target}" if link.target in foreign else link.headline})


@hooks.register("after_unpublish_page")
def tell_of_lost_links(request: HttpRequest, page: Any) -> None:
    """Tell whoever takes a story back which stories linked to it."""
    if not isinstance(page, StoryPage):
        return
    for link in links_to(page.story_id).filter(found=False).select_related("page")[:_MOST_TOLD]:
        text = _("“%(headline)s” linked to this story; readers see plain text there now.")
        messages.warning(request, text % {"headline": link.page.title})
