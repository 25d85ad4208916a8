"""The pictures that stories name, where no tree lists them: a publication without pages, or a copy without them."""

from collections.abc import Callable, Iterable, Iterator

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.edition.catchup import plan
from tamizdat.edition.index import Segment
from tamizdat.edition.pack import Put, decode_pack
from tamizdat.mirror.register import Register
from tamizdat.roads.named import Fetch


class Pictures:
    """Finds the pictures of an edition in its packs. What a pack shows is remembered: packs never change.

    ``obtain`` gives the bytes of a pack. Raises FormatError for packs that readers refuse.
    """

    def __init__(self, register: Register, obtain: Callable[[Fetch], bytes]) -> None:
        self._register = register
        self._obtain = obtain

    def of(self, language: str, log_end: int, segments: Iterable[Segment]) -> Iterator[bytes]:
        """The hash of each picture that the current stories of a language show; some more than once."""
        for segment in plan(0, log_end, segments):
            if segment.size:
                yield from self._shown(language, segment)

    def _shown(self, language: str, segment: Segment) -> tuple[bytes, ...]:
        known = self._register.pictures_of(segment.digest)
        if known is None:
            pack = Fetch(f"{language}/{segment.digest.hex()}.pack", segment.size, segment.digest)
            records = decode_pack(self._obtain(pack), language)
            stories = (story_from_bytes(record.story) for record in records if isinstance(record, Put))
            known = tuple({bytes.fromhex(picture.file): None for story in stories for picture in story.pictures})
            with self._register.transaction():
                self._register.note_pictures(segment.digest, known)
        return known
