"""What the publisher asks of a newsroom (``publisher/newsroom.py``), answered out of this one's database."""

from dataclasses import replace
from datetime import UTC, datetime

from tamizdat.config import Config
from tamizdat.newsroom.fronts.curating import current_fronts
from tamizdat.newsroom.fronts.sections import current_sections
from tamizdat.newsroom.notices.acting import current_notices
from tamizdat.newsroom.notices.reminding import remind_in_background
from tamizdat.newsroom.recordings.covers import current_covers
from tamizdat.newsroom.source import NewsroomSource
from tamizdat.sources.port import Source


class PressNewsroom:
    """The newsroom whose Django is set up in this process."""

    def source(self, now: datetime) -> Source:
        """Its stories."""
        return NewsroomSource(now)

    def settle(self, config: Config) -> Config:
        """The settings with what editors decide in their place: sections, front pages, notices."""
        # The press is the one process that is sure to come by at least once an hour.
        remind_in_background(config.notices)
        return settled(config, datetime.now(UTC))


def settled(config: Config, now: datetime) -> Config:
    """The same for whoever wants to see what readers would be shown at ``now``.

    A front page that editors arranged takes the place of the settings' for its language (and section) alone.
    """
    fronts = {(front.language, front.section): front for front in (*config.fronts, *current_fronts(now))}
    return replace(
        config,
        sections=current_sections(config),
        fronts=tuple(fronts.values()),
        notices=current_notices(config.notices),
        site=replace(config.site, covers=current_covers()),
    )
