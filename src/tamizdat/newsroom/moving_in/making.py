"""From a story that comes to the page that it becomes: its fields, its pictures, and whether readers get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from wagtail.models import Locale

from tamizdat.errors import ItemError, StoryError
from tamizdat.newsroom.corrections.models import TAKEDOWN, Correction, is_taken_down
from tamizdat.newsroom.moving_in.about import LAST_SHOWN
from tamizdat.newsroom.moving_in.corrected import told_in, untold
from tamizdat.newsroom.moving_in.knowing import Item
from tamizdat.newsroom.moving_in.library import Bringing, with_pictures
from tamizdat.newsroom.moving_in.report import MoveReport
from tamizdat.newsroom.moving_in.writing import moment
from tamizdat.newsroom.pressroom.story_of import as_written
from tamizdat.newsroom.stories.from_story import page_fields, translation_key
from tamizdat.newsroom.stories.mapping import with_ids
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.story import RETRACTION, Picture, Story
from tamizdat.story import Correction as StoryCorrection

MAX_AHEAD_SECONDS: Final = 86_400
TAKEN_DOWN_HERE: Final = "was taken down here: a draft"


@dataclass(frozen=True, slots=True)
class Ready:
    """A page that can be written: the story that readers get of it, but for names, and how many pictures lack."""

    item: Item
    page: StoryPage
    story: Story
    live: bool
    lacking: int
    told: list[StoryCorrection]
    """What its source tells readers of it, and its record here does not say yet."""
    waits: bool = False
    """Whether it is a draft for another language's embargo alone: it is asked about again, though it is as before."""


class Making:
    """Makes pages in ``locales``, by language, with the pictures that ``bringing`` can have.

    ``report`` hears of what is lost. If it is of a dry run, no picture is brought.
    """

    def __init__(self, bringing: Bringing, locales: Mapping[str, Locale], report: MoveReport) -> None:
        self._bringing = bringing
        self._locales = locales
        self._report = report
        self._dry = report.dry
        takedowns = Correction.objects.filter(kind=TAKEDOWN, revoked_at=None)
        self._taken_down = set(takedowns.values_list("story_id", flat=True))

    def page(self, item: Item, groups: Mapping[str, UUID]) -> Ready | None:
        """The page that is not there yet; None, and a word in the report, if there can be none."""
        try:
            fields, lacking = self.fields(item)
            story_id = item.story.story_id
            page = StoryPage(
                locale=self._locales[item.story.language],
                translation_key=groups.get(story_id) or translation_key(story_id),
                live=False,
                embargo=item.about.embargo,
                **fields,
            )
            live = self.is_for_readers(item)
            new = self.untold(item, story_id)
            return Ready(item, page, told_in(as_written(page, moment()), new), live, lacking, new)
        except StoryError as error:
            self._report.leave_out(item.gathered, error.detail, str(error.fields.get("field", "")))
            return None

    def untold(self, item: Item, story_id: str) -> list[StoryCorrection]:
        """What the record of the story does not say of it yet; of a retraction the report says what it does."""
        new = untold(item, story_id)
        if any(each.kind == RETRACTION for each in new):
            self._report.note(item.gathered, "corrections", "RETRACTED there: readers see headline and reason alone")
        return new

    def is_for_readers(self, item: Item) -> bool:
        """Whether the story goes out at once. Why not is said, unless the source itself calls it a draft."""
        now = datetime.now(UTC)
        if item.about.embargo and item.about.embargo > now:
            self._report.note(
                item.gathered, "embargo", f"under embargo until {item.about.embargo:%Y-%m-%d %H:%M}: a draft here"
            )
        elif (item.story.published - now).total_seconds() > MAX_AHEAD_SECONDS:
            self._report.note(item.gathered, "published", "more than a day ahead: a draft here")
        elif item.story.story_id in self._taken_down and is_taken_down(item.story.story_id, item.story.language):
            self._report.note(item.gathered, "", TAKEN_DOWN_HERE)
        else:
            return not item.about.draft
        return False

    def fields(self, item: Item) -> tuple[dict[str, Any], int]:
        """The page's fields, without the pictures that could not be had; and how many those are."""
        lacking: list[Picture] = []

        def had(picture: Picture) -> bool:
            if self._dry:
                return False
            try:
                self._bringing.key_of(picture)
            except ItemError as error:
                lacking.append(picture)
                self._report.note(item.gathered, "picture", f"{picture.origin[:200]} left out: {error.detail}")
                return False
            return True

        story = with_pictures(item.story, had)
        # What was never out gets its date when it goes out.
        dated = item.gathered.dated or not item.about.draft
        fields = page_fields(story, self._bringing.key_of, min(story.published, LAST_SHOWN) if dated else None)
        return {**fields, "body": with_ids(fields["body"])}, len(lacking)
