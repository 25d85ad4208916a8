"""Stories that are not out, of which readers have a notice: that they were retracted, or taken down."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from tamizdat.locales import open_locale
from tamizdat.newsroom.corrections.models import BORROWING, Correction
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import Correction as StoryCorrection
from tamizdat.story import Story


def notices(language: str) -> QuerySet[Correction, str]:
    """Ids of stories that may be such in ``language``: few, and proofs ask which of them readers have."""
    out = StoryPage.objects.filter(story_id=OuterRef("story_id"), locale__language_code=language, live=True)
    # Also of what was deleted: asked of the corrections and not of pages.
    withdrawn = Correction.objects.filter(~Exists(out), kind__in=BORROWING, revoked_at=None)
    ids: QuerySet[Correction, str] = withdrawn.order_by().values_list("story_id", flat=True)
    return ids


def wordless(story: Story, said: Iterable[StoryCorrection]) -> Story:
    """What stands in place of a story that was taken down: ``said`` at its address and with its date, no word of it."""
    word = open_locale(story.language).texts["retracted"]
    return Story(
        story.story_id, story.language, word, story.published, updated=story.updated, corrections=tuple(said)
    )  # fmt: skip


def is_wordless(story: Story) -> bool:
    """Whether ``story`` is such a notice; one of a story that had nothing but this headline is no other."""
    return story.retracted and story == wordless(story, story.corrections)
