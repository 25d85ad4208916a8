"""The screen with messages about one story, in every language in which it is out."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.locales import endonym
from tamizdat.newsroom.corrections.actions import pages_of
from tamizdat.newsroom.here import publication_settings
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.proof import with_pictures
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.newsroom.sharing.messages import TELEGRAM_CHARS, message_of


def share(request: HttpRequest, story_id: str) -> HttpResponse:
    """Messages ready to be copied."""
    pages = pages_of(story_id)
    if not pages:
        raise Http404
    if not any(page.permissions_for_user(request.user).can_edit() for page in pages):
        raise PermissionDenied
    config = publication_settings()
    out = Release.objects.filter(story_id=story_id, current=True, story__isnull=False).order_by("language")
    stories = [with_pictures(unnamed(story_from_bytes(bytes(each.story or b"")))) for each in out]
    messages = [(message_of(story, config), endonym(story.language)) for story in stories if not story.retracted]
    context = {"page": pages[0], "messages_out": messages, "telegram": TELEGRAM_CHARS, "mirrors": len(config.mirrors)}
    return render(request, "sharing/share.html", context)
