"""One story as a file for a partner, as the wires of the site have it."""

from datetime import UTC, datetime
from typing import Final

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.proof import paper_in, with_pictures
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.press.card import story_path
from tamizdat.press.language_wires import story_wire, story_wire_path
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.wire import Wire

FORMATS: Final = {"ninjs": ("ninjs", "application/json"), "newsml": ("NewsML-G2", "application/xml")}
"""By the name that addresses have: what it is called, and the media type of the file."""


def wire_file(release: Release, kind: str) -> tuple[str, bytes]:
    """Name and bytes of the item of a story that readers have, or had until it was retracted."""
    story = with_pictures(unnamed(story_from_bytes(bytes(release.story or b""))))
    paper = paper_in(release.language, datetime.now(UTC).replace(microsecond=0))
    out = Release.objects.filter(story_id=release.story_id, current=True, story__isnull=False)
    others = dict.fromkeys(out.values_list("language", flat=True), "")
    path = story_wire_path(kind, story_path(story))
    wire = Wire.of(Manuscript.of(story), paper, others, path)
    ending = path.rpartition(".")[2]
    return f"{story.story_id}.{story.language}.{ending}", story_wire(kind, wire)
