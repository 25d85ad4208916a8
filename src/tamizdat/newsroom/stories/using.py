"""What stories use stays: one that lost a picture or a recording could not even be corrected, and one that lost a term
would show readers its key, which may be somebody's name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.signals import pre_delete
from django.utils.translation import gettext as _
from wagtail.models import ReferenceIndex, Revision, TaskState

from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.keys import naming
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic

FIELDS: Final[Mapping[type[Term], str]] = {Section: "sections", Topic: "topics", Agency: "agencies", Byline: "byline"}
"""Where stories name the terms of each kind."""
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
    for model in FIELDS:
        pre_delete.connect(_term_asked, sender=model, dispatch_uid="stories name it")


def stories_naming(term: Term) -> list[int]:
    """The keys of the stories that name a term, as they are out, as drafts, or as they are to go out."""
    field = FIELDS[type(term)]
    stories = StoryPage.objects.filter(Q(live=True) | Q(latest_revision=None))
    rows = naming(stories, field, term.key).values_list("pk", flat=True)
    named = naming(_drafts().order_by(), "content", term.key).values_list("object_id", "content")
    return sorted({*rows, *(int(page) for page, content in named if term.key in (content.get(field) or ()))})


def _term_asked(instance: Any, **_options: Any) -> None:
    if pages := stories_naming(instance):
        raise InUseError(pages)


def stories_using(item: LibraryPicture | LibraryRecording) -> list[int]:
    """Keys of the stories that use it: as readers have them, or as they may yet get them."""
    used = ReferenceIndex.get_references_to(item).filter(content_type=ContentType.objects.get_for_model(StoryPage))
    return sorted({*map(int, used.values_list("object_id", flat=True)), *_drafts_using(item)})


def _drafts_using(item: Any) -> Iterator[int]:
    """Stories of which a draft uses it. Wagtail's index knows none: it reads pages, and drafts wait in revisions."""
    number = str(item.pk)
    body: Any = StoryPage.body.field
    # Whoever has the number in its text is looked at; most have not, and are not read at all.
    drafts = _drafts().annotate(raw=Cast("content", TextField())).filter(raw__contains=number)
    for key, content in drafts.values_list("object_id", "content").iterator():
        found = {(LibraryPicture, str(content.get("picture")))}
        if number in str(content.get("body")):
            found |= {(model, pk) for model, pk, *_path in body.extract_references(body.to_python(content["body"]))}
        if (type(item), number) in found:
            yield int(key)


def _drafts() -> QuerySet[Revision]:
    """What may go out yet: what was saved last, what waits for its time, what was submitted."""
    unpublished = StoryPage.objects.filter(Q(live=False) | Q(has_unpublished_changes=True))
    submitted = TaskState.objects.filter(status=TaskState.STATUS_IN_PROGRESS)
    drafts: QuerySet[Revision] = Revision.page_revisions.filter(
        Q(pk__in=unpublished.values("latest_revision"))
        | Q(pk__in=submitted.values("revision"))
        | Q(approved_go_live_at__isnull=False)
    )
    return drafts.filter(content_type=ContentType.objects.get_for_model(StoryPage))


def _asked(instance: Any, **_options: Any) -> None:
    if pages := stories_using(instance):
        raise InUseError(pages)
