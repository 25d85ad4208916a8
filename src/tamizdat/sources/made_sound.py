"""A port for sources that make recordings themselves, before anybody publishes: encoding takes minutes."""

from typing import Protocol, runtime_checkable

from tamizdat.sources.port import Source
from tamizdat.story import SoundFile


@runtime_checkable
class MadeSoundSource(Source, Protocol):
    """A source whose recordings are made: its stories name their files."""

    def sound_made(self, file: SoundFile) -> bytes:
        """The bytes of a file of one of its recordings. Raises ItemError when they cannot be had.

        Whoever asks compares them with the hash that names them.
        """
        ...
