"""Where a real name stands that a byline has only just got: in the library's pictures, and in what readers have."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db import models

from tamizdat.newsroom.folding import folded, spellings
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pictures.naming import names_somebody
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.named import texts_in
from tamizdat.newsroom.stories.models import StoryPage


class _At(models.Func):
    """Where bytes stand in bytes, from 1; 0 if nowhere."""

    function = "INSTR"
    output_field = models.IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """What it is called there: SQL's own ``POSITION`` has another grammar."""
        return self.as_sql(compiler, connection, function="pg_catalog.position", **context)


def pictures_that_name(name: str) -> list[str]:
    """What the library calls pictures whose words name ``name``; none if readers may see that name."""
    if not names_somebody(name):
        return []
    pictures = LibraryPicture.objects.order_by("pk").values_list("title", "description", "credit", "caption")
    return [title for title, *words in pictures if _is_in(name, words)]


def stories_that_name(name: str) -> list[StoryPage]:
    """Stories that readers have, and of which a text names ``name``; none if they may see that name."""
    written = {spelling.encode() for word in name.split() for spelling in spellings(word)}
    if not written or not names_somebody(name):
        return []
    holds = reduce(or_, (models.Q(_holds(each)) for each in sorted(written)))
    rows = Release.objects.filter(holds, current=True).values_list("story_id", "language", "story")
    found = [key for *key, data in rows.iterator(chunk_size=100) if _is_in(name, texts_in(bytes(data or b"")))]
    live = StoryPage.objects.filter(live=True, story_id__in={story_id for story_id, _language in found})
    return [page for page in live.select_related("locale") if [page.story_id, page.locale.language_code] in found]


def _holds(part: bytes) -> Any:
    where = _At(models.F("story"), models.Value(part, models.BinaryField()))
    return models.lookups.GreaterThan(where, 0)


def _is_in(name: str, texts: Iterable[str]) -> bool:
    words = set(folded(name).split())
    return any(words.issubset(folded(text).split()) for text in texts)
