"""What stories use stays in the libraries: a story that lost a picture or a recording could not even be corrected."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _
from wagtail.models import ReferenceIndex

from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know

_MOST_NAMED = 10


class InUseError(ValidationError):
    """Raised instead of deleting; ``pages`` are the keys of the stories that use it."""

    def __init__(self, pages: list[int]) -> None:
        super().__init__("")
        self.pages = pages

    def said_to(self, user: Any) -> str:
        """Where it is used. Stories that are none of ``user``'s business have a number and no headline."""
        stories: QuerySet[StoryPage] = StoryPage.objects.filter(pk__in=self.pages)
        known = dict(stories.filter(may_know(user)).values_list("pk", "title"))
        named = [f"“{known[key]}”" if key in known else f"#{key}" for key in self.pages[:_MOST_NAMED]]
        more = ["…"] if len(self.pages) > _MOST_NAMED else []
        return _("Stories use it: %(stories)s. Take it out of them first.") % {"stories": ", ".join(named + more)}


def listen() -> None:
    """Ask before anything of a library is deleted, whichever way."""
    for library in (LibraryPicture, LibraryRecording):
        pre_delete.connect(_asked, sender=library, dispatch_uid="stories use it")


def _asked(instance: Any, **_options: Any) -> None:
    used = ReferenceIndex.get_references_to(instance).filter(content_type=ContentType.objects.get_for_model(StoryPage))
    if pages := sorted(set(map(int, used.values_list("object_id", flat=True)))):
        raise InUseError(pages)
