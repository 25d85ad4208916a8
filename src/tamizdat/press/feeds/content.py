"""The full text of a story as HTML that stands alone: no style, every address as the feed needs it."""

from collections.abc import Iterator
from html import escape
from typing import Final

from tamizdat.markup.write import block_html
from tamizdat.pictures.variants import Renditions, Variant, variants
from tamizdat.press.address import up
from tamizdat.press.body import page_html
from tamizdat.press.feeds.notice import notice_html
from tamizdat.press.feeds.places import Places
from tamizdat.press.manuscript import Manuscript
from tamizdat.press.paper import Paper
from tamizdat.press.shown import ShownCorrection, balanced, first_and_last, shown_corrections, shown_names
from tamizdat.press.sounds import plain_sound_html
from tamizdat.story import Block, Picture, SoundBlock, Table

_PICTURE_WIDTH: Final = 640
"""Feed readers fetch every picture of a feed, and know no ``srcset``: this is enough for a phone."""


class Contents:
    """Full texts for feeds at one depth below the language's folder."""

    def __init__(self, paper: Paper, places: Places) -> None:
        self._locale = paper.locale
        self._places = places
        self._notice = notice_html(paper, places)
        self._said = paper.words_lang
        self._direction = f'<div lang="{paper.language}" dir="rtl">' if self._locale.direction == "rtl" else ""

    def html(self, manuscript: Manuscript, path: str) -> str:
        """All of a story but its headline and byline. ``path`` is its page's."""
        text = self._places.resolve("\n".join(self._parts(manuscript, path)), path)
        return f"{self._direction}\n{text}\n</div>" if self._direction else text

    def _parts(self, manuscript: Manuscript, path: str) -> Iterator[str]:
        # Links are read as those of the story's page.
        root = self._places.root if self._places.whole else f"{up(path)}../"
        story, texts = manuscript.head, self._locale.texts
        first, last = first_and_last(shown_corrections(story.corrections, self._locale))
        yield from map(self._correction, first)
        if story.retracted:
            yield f"<p{self._said}>{escape(texts['retracted_text'])}</p>"
        if story.translation == "machine":
            yield f"<p{self._said}><em>{escape(texts['machine_translation'])}</em></p>"
        if story.lead:
            yield f"<p><strong>{escape(story.lead)}</strong></p>"
        if story.picture:
            yield self._figure(story.picture, variants(story.picture).lead)
        if story.dateline:
            yield f"<p>{escape(story.dateline)}</p>"
        yield from manuscript.html(lambda block: self._block(block, root))
        if last:
            yield f"<h2{self._said}>{escape(texts['corrections'])}</h2>"
        yield from map(self._correction, last)
        if story.agencies:
            agencies = self._locale.say("with_reporting_by", agencies=shown_names(story.agencies, self._locale))
            yield f"<p{self._said}><em>{escape(agencies)}</em></p>"
        if self._notice:
            yield self._notice

    def _correction(self, shown: ShownCorrection) -> str:
        when = f'<time datetime="{shown.iso}"{self._said}>{escape(shown.when)}</time>'
        return f"<p>{when}: {escape(shown.text)}</p>"

    def _block(self, block: Block, root: str) -> str:
        if isinstance(block, Table):
            return block_html(block)
        if isinstance(block, SoundBlock):
            return plain_sound_html(block, root, self._locale, self._said)
        return page_html(block, self._body_figure, self._locale.texts["leads_elsewhere"], self._said)

    def _body_figure(self, picture: Picture) -> str:
        return self._figure(picture, variants(picture).body)

    def _figure(self, picture: Picture, view: Renditions) -> str:
        variant = feed_variant(view)
        size = f' width="{variant.width}" height="{variant.height}"' if variant.width and variant.height else ""
        credit = ""
        if picture.credit:
            credit = f"<small>{escape(balanced(picture.credit))}</small>"
        words = " ".join(filter(None, (escape(balanced(picture.caption)), credit)))
        caption = f"<figcaption>{words}</figcaption>" if words else ""
        address = escape(self._places.file(variant.path))
        return f'<figure><img src="{address}" alt="{escape(picture.alt)}"{size}>{caption}</figure>'


def feed_variant(view: Renditions) -> Variant:
    """The size in which feeds show a picture."""
    return next((variant for variant in reversed(view.jpeg) if variant.width <= _PICTURE_WIDTH), view.jpeg[0])
