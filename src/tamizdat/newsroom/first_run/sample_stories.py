"""The sample's stories, written and published as an editor would. Nothing happens twice."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from tamizdat.errors import ItemError
from tamizdat.newsroom.first_run.sample import sample_folder
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.stories.mapping import raw_body
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.sources.folder import FolderSource
from tamizdat.story import Picture, Story

_KEYS: Final = UUID("0a0f6b57-6d7e-53b4-8a0e-0f4c7a3f3c11")
_AGO: Final = timedelta(hours=1)


def fill() -> int:
    """Write what is not there yet; how many stories in how many languages that were. Raises ItemError."""
    now = datetime.now(UTC).replace(microsecond=0)
    source = FolderSource(sample_folder(), name="sample", now=now)
    faults: list[ItemError] = []
    stories = [gathered.story for gathered in source.stories(faults.append)]
    newest = max((story.published for story in stories), default=now)
    with transaction.atomic():
        return sum(_write(story, now - _AGO - newest, source) for story in stories)


def _write(story: Story, later: timedelta, source: FolderSource) -> int:
    parent = Newspaper.objects.filter(locale__language_code=story.language).first()
    known = Q(story_id=story.story_id, locale__language_code=story.language)
    if parent is None or StoryPage.objects.filter(known).exists():
        return 0
    picture = _in_library(story.picture, source) if story.picture else None
    page = StoryPage(
        title=story.headline,
        locale=parent.locale,
        translation_key=uuid5(_KEYS, story.story_id),
        live=False,
        published=story.published + later,
        **_texts(story),
        body=raw_body(story.body, lambda shown: _in_library(shown, source).pk),
        picture=picture,
        picture_alt=story.picture.alt if story.picture else "",
        picture_caption=story.picture.caption if story.picture else "",
    )
    parent.add_child(instance=page)
    page.save_revision().publish()
    return 1


def _texts(story: Story) -> dict[str, Any]:
    lists: Iterable[str] = ("byline", "sections", "topics", "agencies", "related")
    return {
        **{name: list(getattr(story, name)) for name in lists},
        **{name: getattr(story, name) for name in ("story_id", "lead", "dateline", "translation")},
    }


def _in_library(picture: Picture, source: FolderSource) -> LibraryPicture:
    """The library's picture, brought in when it is first asked for. Its focus is that of the story."""
    found: LibraryPicture | None = LibraryPicture.objects.filter(title=picture.origin).first()
    if found:
        return found
    made = LibraryPicture(title=picture.origin, description=picture.alt, credit=picture.credit)
    made.take(source.open_picture(picture.origin))
    x, y = picture.focus
    made.focal_point_x, made.focal_point_y = x * made.width // 1000, y * made.height // 1000
    made.focal_point_width = made.focal_point_height = 1
    made.save()
    return made
