"""The port to a newsroom: who writes stories, and decides what stands where, in a program of its own.

The layers below cannot open it as they open folders and feeds: whoever makes the
:class:`~tamizdat.publisher.pipeline.Publisher` brings it.
"""

from datetime import datetime
from typing import Protocol

from tamizdat.config import Config
from tamizdat.sources.port import Source


class Newsroom(Protocol):
    """What a publish asks of a newsroom. It may be asked by many publishes, one after the other."""

    def source(self, now: datetime) -> Source:
        """Its stories. ``now`` (UTC, whole seconds) is the moment of the publish. Nothing is read yet."""
        ...

    def settle(self, config: Config) -> Config:
        """``config`` with the newsroom's own front pages, notices and sections in place of the settings'.

        Called at the beginning of every publish, and of every step of one. Raises what its database raises.
        """
        ...
