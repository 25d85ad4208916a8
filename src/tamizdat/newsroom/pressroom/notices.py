"""Stories that are not out, of which readers have a notice that they were retracted."""

from django.db.models import QuerySet

from tamizdat.newsroom.corrections.models import standing
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import RETRACTION


def notices(language: str) -> QuerySet[StoryPage, str]:
    """Ids of stories that may be such in ``language``: few, and proofs ask which of them readers have."""
    withdrawn = standing().filter(kind=RETRACTION).values("story_id")
    pages = StoryPage.objects.filter(locale__language_code=language, live=False, story_id__in=withdrawn)
    ids: QuerySet[StoryPage, str] = pages.order_by().values_list("story_id", flat=True)
    return ids
