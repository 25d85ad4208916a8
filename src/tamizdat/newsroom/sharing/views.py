"""The screen with messages about one story, in every language in which it is out."""

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.locales import endonym
from tamizdat.newsroom.corrections.languages import pages_of
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.proof import with_pictures
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.newsroom.sharing.messages import TELEGRAM_CHARS, message_of
from tamizdat.newsroom.sharing.wires import FORMATS, wire_file
from tamizdat.newsroom.stories.models import StoryPage


def share(request: HttpRequest, story_id: str) -> HttpResponse:
    """Messages ready to be copied, and files for partners."""
    pages = _pages(request, story_id)
    config = publication_settings()
    out = _out(story_id).order_by("language")
    stories = [with_pictures(unnamed(story_from_bytes(bytes(each.story or b"")))) for each in out]
    messages = [(message_of(story, config), endonym(story.language)) for story in stories if not story.retracted]
    context = {
        "page": pages[0],
        "messages_out": messages,
        "telegram": TELEGRAM_CHARS,
        "mirrors": len(config.mirrors),
        "wires": [(story.language, endonym(story.language), story.retracted) for story in stories],
        "formats": [(kind, name) for kind, (name, _) in FORMATS.items()],
    }
    return render(request, "sharing/share.html", context)


def take_out(request: HttpRequest, story_id: str, language: str, kind: str) -> HttpResponse:
    """The story in one language as a file. Nothing that is not out has one: embargoes hold here, too."""
    _pages(request, story_id)
    if kind not in FORMATS:
        raise Http404
    name, data = wire_file(get_object_or_404(_out(story_id), language=language), kind)
    response = HttpResponse(data, content_type=FORMATS[kind][1])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _pages(request: HttpRequest, story_id: str) -> list[StoryPage]:
    """The story in all languages, for who may edit one of them."""
    pages = pages_of(story_id)
    if not pages:
        raise Http404
    if not any(page.permissions_for_user(request.user).can_edit() for page in pages):
        raise PermissionDenied
    return pages


def _out(story_id: str) -> QuerySet[Release]:
    """What readers have of the story."""
    return Release.objects.filter(story_id=story_id, current=True, story__isnull=False)
