"""From a story's page, draft or live, to the story that readers get."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.models import corrections_of
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.named import without_names
from tamizdat.newsroom.pressroom.own_links import OwnLinks, own_links
from tamizdat.newsroom.recordings.models import LibraryRecording
from tamizdat.newsroom.stories.mapping import story_body, worded
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.terms import Agency, Byline, Topic, labels_of
from tamizdat.story import Picture, Recording, Story, clean_text, withheld


def story_of(page: StoryPage, now: datetime, links: OwnLinks | None = None, left_out: set[str] | None = None) -> Story:
    """The story of ``page`` as readers get it: :func:`as_written`, and no picture says whose name must not come out.

    ``left_out``: see :func:`without_names`.
    """
    return without_names(as_written(page, now, links), left_out=left_out)


def as_written(page: StoryPage, now: datetime, links: OwnLinks | None = None) -> Story:
    """The story of ``page`` as it stands. ``now`` (UTC, whole seconds) is its date if it has none yet.

    ``links`` are those to other stories, for callers who need them themselves.

    Pictures name their originals: ``origin`` is the SHA-256 (hex) of a library picture's bytes, ``file`` is empty.
    Raises StoryError, naming the field or block, for what no story may carry.
    """
    language = page.locale.language_code
    raw = list(page.body.get_prep_value())
    pictures = _library(_picture_keys(page, raw))

    def picture_of(key: int) -> Picture:
        if key not in pictures:
            raise StoryError("the picture is no longer in the library", field="picture")
        return pictures[key]

    lead_picture = pictures.get(page.picture_id) if page.picture_id else None
    fields: dict[str, Any] = {
        "story_id": page.story_id,
        "language": language,
        "headline": clean_text(page.title),
        "published": _moment(page.published) or _moment(page.first_published_at) or now,
        "updated": _moment(page.updated),
        "breaking_until": _moment(page.breaking_until),
        "lead": clean_text(page.lead),
        "dateline": clean_text(page.dateline),
        "body": story_body(raw, picture_of, (links or own_links(raw, language)).address, _recordings(raw).get),
        "byline": labels_of(Byline, page.byline, language),
        "sections": tuple(page.sections),
        "topics": labels_of(Topic, page.topics, language),
        "agencies": labels_of(Agency, page.agencies, language),
        "translation": page.translation,
        "picture": worded(lead_picture, page.picture_alt, page.picture_caption, page.picture_credit)
        if lead_picture
        else None,
        "corrections": corrections_of(page.story_id, language),
        "related": tuple(page.related),
    }
    return Story(**withheld(fields))


def _picture_keys(page: StoryPage, raw: Iterable[dict[str, Any]]) -> set[int]:
    inside = {item["value"]["picture"]["image"] for item in raw if item["type"] == "picture"}
    return {key for key in (page.picture_id, *inside) if key}


def _recordings(raw: Iterable[dict[str, Any]]) -> dict[int, Recording]:
    """Recordings that are ready, by key; one query, none for no keys."""
    keys = {item["value"]["recording"] for item in raw if item["type"] == "sound"} - {None}
    found = LibraryRecording.objects.filter(pk__in=keys) if keys else ()
    return {each.pk: recording for each in found if (recording := each.as_story_has_it())}


def _library(keys: set[int]) -> dict[int, Picture]:
    """Library pictures by key, without any story's words; one query, none for no keys."""
    found = LibraryPicture.objects.filter(pk__in=keys) if keys else ()
    return {
        image.pk: Picture(
            alt=clean_text(image.description) or clean_text(image.title) or "—",
            credit=clean_text(image.credit),
            focus=image.focus,
            origin=image.digest,
        )
        for image in found
    }


def _moment(when: datetime | None) -> datetime | None:
    """A time as stories carry it: UTC, whole seconds."""
    return when.astimezone(UTC).replace(microsecond=0) if when else None
