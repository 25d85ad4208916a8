"""A story as partners get it, before any format: its name for ever, where its parts are, what editors are told of it.

A wire's ``guid`` is the name that the story has in feeds (:func:`tamizdat.press.feeds.entry.story_urn`): the same on
every mirror and whatever the site's address is. Each language is an item of its own; its translations are named in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.markup.write import block_html
from tamizdat.pictures.variants import variants
from tamizdat.press.address import up
from tamizdat.press.card import story_path
from tamizdat.press.feeds.entry import last_change, paper_urn
from tamizdat.press.feeds.places import Places
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.story import Block, Picture, SoundBlock, SoundFile, Story

STORY_ID: Final = "story-id"
"""What the alternative id that is ours is called."""
STORY_ID_URI: Final = "urn:tamizdat:story-id"
LEAD_CLASS: Final = "lead"
"""The class of the figure with the lead picture, where a format has no other place for it."""
_MACHINE: Final = "Machine translation that nobody has checked: say so to your readers."
_IMAGE: Final = re.compile(r"(<img [^>]*)>")


@dataclass(frozen=True, slots=True)
class Wire:
    """One story, and what its item says beside it. Addresses are whole where the site has a base address."""

    story: Story
    guid: str
    page: str
    """Where readers find it."""
    holder: str
    """The publication, as readers of the language know it."""
    terms: str
    """What may be done with it; empty if agencies have a part in it, whose text nobody else can give away."""
    direction: str
    translations: tuple[tuple[str, str], ...]
    """Language and guid of each other version."""
    related: tuple[str, ...]
    """Guids of what to read also."""
    places: Places

    @classmethod
    def of(cls, manuscript: Manuscript, paper: Paper, others: Mapping[str, str], at: str) -> "Wire":
        """The story of ``manuscript`` for a file at ``at`` below the language's folder; ``others`` as the site's."""
        head = manuscript.head
        places = Places.of(paper, up(at))
        languages = sorted(others.keys() - {paper.language})
        return cls(
            story=replace(head, body=tuple(manuscript.blocks())),
            guid=guid_of(paper, paper.language, head.story_id),
            page=places.page(story_path(head)),
            holder=paper.name,
            terms="" if head.agencies else paper.locale.texts["about_copies"],
            direction=paper.locale.direction,
            translations=tuple((language, guid_of(paper, language, head.story_id)) for language in languages),
            related=tuple(guid_of(paper, paper.language, other) for other in head.related),
            places=places,
        )

    @property
    def changed(self) -> datetime:
        """When the item last said something new: its text or a correction."""
        return last_change(self.story)

    @property
    def note(self) -> str:
        """What editors are told: that nobody has checked a translation, and every correction with its time."""
        machine = [_MACHINE] if self.story.translation == "machine" else []
        said = (f"{each.kind.upper()} {time_to_text(each.at)}: {each.text}" for each in self.story.corrections)
        return " ".join((*machine, *said))

    def picture(self, picture: Picture) -> str:
        """Where the whole picture is; where it came from as long as it has not been pressed."""
        return self.places.file(variants(picture).whole.path) if picture.file else picture.origin

    def sound(self, file: SoundFile) -> str:
        """Where a file of a recording is."""
        return self.places.file(file.path)

    def body_html(self) -> str:
        """The body as HTML that is XML, too; links hold wherever it is read."""
        html = "\n".join(map(self._block, self.story.body))
        if self.places.whole:
            html = self.places.resolve(html, story_path(self.story))
        return closed(html)

    def _block(self, block: Block) -> str:
        html = block_html(block, self.picture)
        if isinstance(block, SoundBlock) and block.recording:
            at, title = escape(self.sound(block.recording.files[-1])), escape(block.title)
            player = f'<audio src="{at}" controls="controls" title="{title}"></audio>'
            html = html.replace("</h4>", f"</h4>{player}", 1)
        return html


def closed(html: str) -> str:
    """Our own HTML with its pictures closed as XML wants it. In attributes there is no ``>``."""
    return _IMAGE.sub(r"\1/>", html)


def guid_of(paper: Paper, language: str, story_id: str) -> str:
    """The name of a story in one of the publication's languages."""
    return f"{paper_urn(paper).rpartition(':')[0]}:{language}:{story_id.replace('~', '!')}"
