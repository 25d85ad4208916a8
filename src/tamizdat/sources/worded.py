"""A port for sources in which people see and change what is said of a picture, before anybody publishes."""

from typing import Protocol, runtime_checkable

from tamizdat.sources.port import Source


@runtime_checkable
class WordedSource(Source, Protocol):
    """A source that may say of a picture all that readers are to be told.

    A credit that somebody took out there does not come back out of the picture's file.
    """

    @property
    def words_are_all(self) -> bool:
        """Whether it does."""
        ...


def says_all(source: Source) -> bool:
    """Whether the source is one, and does."""
    return isinstance(source, WordedSource) and source.words_are_all
