"""One story as a file for a partner, as the wires of the site have it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from tamizdat.carriers.directory import DirectoryInbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import TamizdatError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.here import here
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.proof import paper_in, with_pictures
from tamizdat.newsroom.pressroom.releasing import unnamed
from tamizdat.press.card import story_path
from tamizdat.press.language_wires import story_wire, story_wire_path
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.wire import Wire
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.story import Story

FORMATS: Final = {"ninjs": ("ninjs", "application/json"), "newsml": ("NewsML-G2", "application/xml")}
"""By the name that addresses have: what it is called, and the media type of the file."""
_VERSION: Final = {
    "ninjs": re.compile(rb'^ "version": "(\d{1,9})"', re.MULTILINE),
    "newsml": re.compile(rb'<newsItem [^>]*? version="(\d{1,9})"'),
}


def wire_file(release: Release, kind: str) -> tuple[str, bytes]:
    """Name and bytes of the item of a story that readers have, or had until it was retracted."""
    story = with_pictures(unnamed(story_from_bytes(bytes(release.story or b""))))
    paper = paper_in(release.language, datetime.now(UTC).replace(microsecond=0))
    path = story_wire_path(kind, story_path(story))
    out = Release.objects.filter(story_id=release.story_id, current=True, story__isnull=False)
    others = dict.fromkeys(out.values_list("language", flat=True), "")
    made = partial(_made, kind, story, paper, others, path)
    ending = path.rpartition(".")[2]
    return f"{story.story_id}.{story.language}.{ending}", _numbered(made, release, kind, path)


def _made(kind: str, story: Story, paper: Paper, others: dict[str, str], path: str, version: int) -> bytes:
    numbered = replace(story, revision=version)
    return story_wire(kind, Wire.of(Manuscript.of(numbered), paper, others, path))


def _numbered(made: Callable[[int], bytes], release: Release, kind: str, path: str) -> bytes:
    """The item with its version. A partner who has a higher one, from wherever, takes it for older and leaves it.

    Where the site has wires, its numbers hold: those of what it says, and the next one for what it is still to say.
    Else it is how many versions readers got.
    """
    there = _VERSION[kind].search(_on_site(f"{release.language}/{path}"))
    if there is None:
        same = Release.objects.filter(language=release.language, story_id=release.story_id, story__isnull=False)
        return made(same.filter(pk__lte=release.pk).count())
    item = made(int(there[1]))
    return item if item == there.string else made(int(there[1]) + 1)


def _on_site(path: str) -> bytes:
    try:
        return DirectoryInbound(here().folder / OUT_DIR).fetch(path, LIMITS.max_site_file_bytes)
    except TamizdatError:
        return b""
