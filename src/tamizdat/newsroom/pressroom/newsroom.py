"""What the publisher asks of a newsroom (``publisher/newsroom.py``), answered out of this one's database."""

from datetime import datetime

from tamizdat.config import Config
from tamizdat.newsroom.source import NewsroomSource
from tamizdat.sources.port import Source


class PressNewsroom:
    """The newsroom whose Django is set up in this process."""

    def source(self, now: datetime) -> Source:
        """Its stories."""
        return NewsroomSource(now)

    def settle(self, config: Config) -> Config:
        """The settings with what editors decide in their place: sections, front pages, notices."""
        return config
