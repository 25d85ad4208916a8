"""What tells one version of a source's item from another; and stories whose pictures are still where they came from."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.newsroom.moving_in.about import About
from tamizdat.sources.port import Gathered
from tamizdat.story import Block, Picture, PictureBlock, Story


def mark_of(gathered: Gathered, said: About, story_id: str = "") -> str:
    """A hash of all that the source says of an item; the time of this run, which stands in for a date, is not of it.

    ``story_id`` is what the item is known as, if that is not its story's id.
    """
    story = gathered.story if gathered.dated else replace(gathered.story, published=datetime(1970, 1, 1, tzinfo=UTC))
    story = replace(story, story_id=story_id or story.story_id)
    origins = [picture.origin for picture in story.pictures]
    # As the source says it: what we round is no change.
    embargo = gathered.origin.embargoed if gathered.origin else None
    words = [said.address, said.group, embargo.isoformat() if embargo else "", str(said.draft)]
    rest = "\0".join([*origins, "\1", *words]).encode("utf-8", "surrogatepass")
    return hashlib.sha256(story_to_bytes(under_names(story)) + b"\0" + rest).hexdigest()


def wire_mark_of(gathered: Gathered, said: About) -> str:
    """The same for a wire, whose editors are also told what may be done with an item, by whom it is and how urgent."""
    words = [mark_of(gathered, said), said.rights, said.credit, said.note, str(said.urgency)]
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def under_names(story: Story) -> Story:
    """The story with each picture under the SHA-256 of its origin, so that it has canonical bytes before it is here."""
    body: tuple[Block, ...] = tuple(
        PictureBlock(_under_name(block.picture)) if isinstance(block, PictureBlock) else block for block in story.body
    )
    return replace(story, body=body, picture=_under_name(story.picture) if story.picture else None)


def _under_name(picture: Picture) -> Picture:
    return replace(picture, file=picture.file or name_of(picture.origin))


def name_of(origin: str) -> str:
    """What :func:`under_names` calls a picture."""
    return hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()
