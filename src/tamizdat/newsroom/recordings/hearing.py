"""Listening in the newsroom: what readers get, from our own origin, with its length and how much has to be loaded."""

from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.permission_policies import ModelPermissionPolicy

from tamizdat.locales import open_locale
from tamizdat.newsroom.recordings.models import LibraryRecording, form_path
from tamizdat.newsroom.recordings.parts import part_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.using import stories_using
from tamizdat.press.sounds import clock, file_words

_LIBRARY: Final = ("add", "change", "delete", "view")
"""Who may do any of these sees the list of recordings."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as the screens show it. ``files``: address, media type and what is said of each form."""

    title: str
    state: str
    fault: str
    seconds: int = 0
    length: str = ""
    files: tuple[tuple[str, str, str], ...] = ()


def heard(recording: LibraryRecording) -> Heard:
    """What is said of it in the language of the screens, in the words that readers see."""
    made = recording.as_story_has_it()
    if made is None:
        return Heard(recording.title, str(recording.get_state_display()), recording.fault)
    locale = open_locale(get_language() or "en")
    files = tuple(
        (reverse("recording_form", args=[recording.pk, at]), file.media_type, file_words(file, locale))
        for at, file in enumerate(made.files)
    )
    return Heard(recording.title, "", "", made.seconds, clock(made.seconds, locale), files)


def may_hear(user: Any, recording: LibraryRecording) -> bool:
    """Whether ``user`` sees it in the library, or works on a story with it: translators have no library."""
    if ModelPermissionPolicy(LibraryRecording).user_has_any_permission(user, _LIBRARY):
        return True
    return bool(StoryPage.objects.filter(may_know(user), pk__in=stories_using(recording)).exists())


@require_safe
def recording_form(request: HttpRequest, key: int, at: int) -> HttpResponseBase:
    """The bytes of one form, or the part that a player asks for."""
    recording = _found(request, key)
    made = recording.as_story_has_it()
    if made is None or at >= len(made.files):
        raise Http404
    form = made.files[at]
    try:
        file = default_storage.open(form_path(form.file))
    except OSError as error:
        raise Http404 from error
    return part_of(request, file, form.size, form.media_type)


@require_safe
def recording_shown(request: HttpRequest, key: int) -> HttpResponse:
    """A piece of a page: what the story's form shows below the recording that is chosen."""
    return render(request, "recordings/heard.html", {"heard": heard(_found(request, key))})


def _found(request: HttpRequest, key: int) -> LibraryRecording:
    recording = get_object_or_404(LibraryRecording, pk=key)
    if not may_hear(request.user, recording):
        raise PermissionDenied
    return recording
