"""Stories that show readers what a picture of the library, or a term, was before somebody changed it.

A release is what it was when it was made. Whoever changes a picture or a label decides whether readers see that.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Cast
from wagtail.log_actions import log

from tamizdat.edition.canonical import story_header
from tamizdat.errors import StoryError
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.releasing import is_as_released, release
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.keys import naming
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Term, Topic

MOST_AT_ONCE: Final = 200
"""Stories that one press of the button releases; of more, the rest are offered again."""
RENEWED: Final = "pressroom.renew"
"""What the history calls it."""
_TAGS: Final[dict[type[Term], tuple[str, str]]] = {
    Byline: ("byline", "b"),
    Topic: ("topics", "t"),
    Agency: ("agencies", "a"),
}
"""Where stories name terms, and the tags of their labels in releases. Sections stand on pages, and not in stories."""


def stale(
    thing: LibraryPicture | Term, most: int = MOST_AT_ONCE, locales: Collection[int] | None = None
) -> list[StoryPage]:
    """Up to ``most`` stories, of ``locales`` or of all, that are out and show something older than ``thing`` is now."""
    live = _live() if locales is None else _live().filter(locale__in=locales)
    pages = _with_picture(live, thing) if isinstance(thing, LibraryPicture) else _with_term(live, thing)
    return list(islice((page for page in pages if _is_stale(page)), most))


def _is_stale(page: StoryPage) -> bool:
    try:
        return not is_as_released(page)
    except StoryError:  # it could not go out as it is now: whoever tries to renew it is told why
        return True


def _live() -> Any:
    return StoryPage.objects.filter(live=True).select_related("locale").order_by("-pk")


def _with_picture(live: Any, picture: LibraryPicture) -> Iterator[StoryPage]:
    inside = models.Q(text__contains=f'"image": {picture.pk}')  # what begins alike is sorted out by the comparison
    yield from live.annotate(text=Cast("body", models.TextField())).filter(models.Q(picture=picture) | inside)


def _with_term(live: Any, term: Term) -> Iterator[StoryPage]:
    """Those whose release lacks its label: more stories may name a term than can be compared whole."""
    if type(term) not in _TAGS:
        return
    name, tag = _TAGS[type(term)]
    for page in naming(live, name, term.key).iterator(chunk_size=200):
        rows = Release.objects.filter(language=page.locale.language_code, story_id=page.story_id, current=True)
        story = rows.values_list("story", flat=True).first()
        label = f"{tag}{term.label_in(page.locale.language_code)}"
        if story and label not in story_header(bytes(story)).decode().split("\n"):
            yield page


@dataclass(slots=True)
class Renew:
    """Release stories as they would go out now, dated, in the name of ``user``."""

    pages: Iterable[StoryPage]
    user: Any
    left: list[tuple[StoryPage, str]] = field(default_factory=list)
    """Those that stay as they are, with the reason; none for what is not theirs to publish."""

    def execute(self) -> int:
        """How many were released. One that cannot be is none of the others'."""
        return sum(map(self._renewed, self.pages))

    def _renewed(self, found: StoryPage) -> bool:
        try:
            with transaction.atomic():
                hold_story(found.story_id)
                page = _live().filter(pk=found.pk).first()  # as it is now
                if page is None:
                    return False
                if not page.permissions_for_user(self.user).can_publish():
                    self.left.append((page, ""))
                    return False
                check_unlocked([page], self.user)
                if release(page, self.user) is None:
                    return False
                log(instance=page, action=RENEWED, user=self.user)
                return True
        except ValidationError as error:
            self.left.append((found, " ".join(error.messages)))
        except StoryError as error:
            self.left.append((found, str(error)))
        return False
