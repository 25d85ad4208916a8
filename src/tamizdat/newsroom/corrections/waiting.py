"""Corrections that readers of some language do not see yet, for the people who work in that language."""

from dataclasses import dataclass
from typing import Any, Final

from tamizdat.locales import endonym
from tamizdat.newsroom.corrections.models import Correction, lacks_text, standing
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import locales_of

_LOOKED_AT: Final = 500
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A story that is out in a language in which a correction has no text."""

    correction: Correction
    page: StoryPage

    @property
    def language(self) -> str:
        """The language, by its own name."""
        return endonym(self.page.locale.language_code)


def waiting_texts(user: Any) -> list[Waiting]:
    """What waits in the languages in which somebody edits or translates, newest first; of the newest corrections."""
    mine = locales_of(user, frozenset({"change", "publish"}))
    newest = list(standing().order_by("-at", "-pk").prefetch_related("texts")[:_LOOKED_AT]) if mine else []
    pages: dict[str, list[StoryPage]] = {}
    live = StoryPage.objects.filter(story_id__in={each.story_id for each in newest}, live=True, locale__in=mine)
    for page in live.select_related("locale").defer("body").order_by("pk"):
        pages.setdefault(page.story_id, []).append(page)
    found = (Waiting(each, page) for each in newest for page in pages.get(each.story_id, ()))
    return [each for each in found if lacks_text(each.correction, each.page.locale.language_code)][:_MOST]
