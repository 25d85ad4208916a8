"""Containers of the walk. Each collects parts while it is open and says, when it closes, what they become."""

from collections.abc import Iterable, Mapping
from typing import Final

from tamizdat.limits import LIMITS
from tamizdat.markup.found import FoundEmbed, Part, only_link, split, with_caption
from tamizdat.markup.line import Pieces, has_ink, joined, rich_text
from tamizdat.markup.links import resolve
from tamizdat.markup.tables import Cell, Rows, span
from tamizdat.markup.tags import HEADINGS, POSTS
from tamizdat.story import Heading, ListBlock, Paragraph, Quote, RichText, Run, Table, plain

_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00a0 "


def _fits(texts: list[RichText]) -> bool:
    """Whether the texts may stand as one."""
    return sum(len(run.text) + 1 for text in texts for run in text) <= LIMITS.max_line_chars


def _one(texts: list[RichText]) -> list[Part]:
    """One paragraph of several, unless that would be longer than a story's text may be."""
    if not _fits(texts):
        return [Paragraph(text) for text in texts]
    return [Paragraph(joined(texts))] if texts else []


def _paragraphs(words: Iterable[str]) -> list[Part]:
    return [Paragraph((Run(text),)) for text in words if text]


class Frame:
    """The body itself, and the base of all containers."""

    def __init__(self, attributes: Mapping[str, str] | None = None) -> None:
        self.attributes = attributes or {}
        self.parts: list[Part] = []

    def take(self, pieces: Pieces) -> None:
        """Take one paragraph of text."""
        self.parts.append(Paragraph(rich_text(pieces)))

    def close(self, parent: "Frame") -> None:
        """Hand everything to ``parent``."""
        parent.parts += self.parts


class HeadingFrame(Frame):
    """``<h1>`` to ``<h6>``."""

    def __init__(self, tag: str) -> None:
        super().__init__()
        self._level = HEADINGS[tag]

    def close(self, parent: Frame) -> None:
        """One heading; pictures inside it follow."""
        texts, rest = split(self.parts)
        if texts and _fits(texts):
            parent.parts.append(Heading(joined(texts), self._level))
        else:
            parent.parts += [Paragraph(text) for text in texts]
        parent.parts += rest


class WordsFrame(Frame):
    """Text that a story keeps without marks: a caption, or who said a quotation."""

    def __init__(self) -> None:
        super().__init__()
        self.credit: list[str] = []

    def take(self, pieces: Pieces) -> None:
        """Take one paragraph; what is marked as credit is kept apart."""
        credit = "".join(text for text, mark in pieces if mark.role == "credit").strip(" ")
        words = [(text, mark) for text, mark in pieces if mark.role != "credit"]
        if has_ink(credit):
            self.credit.append(credit)
        if has_ink("".join(text for text, _ in words)):
            self.parts.append(Paragraph(rich_text(words)))

    def close(self, parent: Frame) -> None:
        """Give the words to the figure, quotation or table; pictures go the usual way."""
        texts, rest = split(self.parts)
        words, credit = " ".join(plain(text).strip(" ") for text in texts), " ".join(self.credit)
        room = LIMITS.max_line_chars - len(words) - len(credit) - 2
        if isinstance(parent, QuoteFrame) and room > 0:
            parent.attribute(" ".join(filter(None, (words, credit))))
        elif isinstance(parent, CaptionedFrame) and room > parent.captioned_chars:
            parent.caption(words, credit)
        else:
            parent.parts += [*(Paragraph(text) for text in texts), *_paragraphs(self.credit)]
        parent.parts += rest


class QuoteFrame(Frame):
    """``<blockquote>``, which may be a post of some network."""

    def __init__(self, attributes: Mapping[str, str], base: str) -> None:
        super().__init__(attributes)
        self._base = base
        self._who: list[str] = []

    def take(self, pieces: Pieces) -> None:
        """Take one paragraph; one that is nothing but a ``<cite>`` says who is quoted."""
        cited = [text for text, mark in pieces if mark.role == "cite"]
        around = "".join(text for text, mark in pieces if mark.role != "cite")
        if cited and not around.strip(_DASHES):
            self.attribute("".join(cited))
        else:
            super().take(pieces)

    def attribute(self, words: str) -> None:
        """Note who said it, without the dash before the name."""
        bare = words.lstrip(_DASHES) or words
        self._who += [bare.strip(" ")] if has_ink(bare) else []

    def close(self, parent: Frame) -> None:
        """A quotation and what followed inside it, or the post that it stands for."""
        texts, rest = split(self.parts)
        who = ", ".join(self._who)
        post, title = self._post(texts), " ".join((*(plain(text).strip(" ") for text in texts), who)).strip(" ")
        if post and len(title) <= LIMITS.max_line_chars:
            parent.parts.append(FoundEmbed(post, title))
        elif texts and len(who) <= LIMITS.max_line_chars:
            parent.parts.append(Quote(tuple(texts), who))
        else:
            parent.parts += [*(Paragraph(text) for text in texts), *_paragraphs(self._who)]
        parent.parts += rest

    def _post(self, texts: list[RichText]) -> str:
        """The address of the post, empty for an ordinary quotation."""
        if not POSTS.intersection(self.attributes.get("class", "").split()):
            return ""
        named = (self.attributes.get(name, "") for name in ("cite", "data-instgrm-permalink", "data-href"))
        links = [run.href for text in texts for run in text if run.href]
        found = [resolve(address, self._base) for address in named]
        return next(filter(None, (*found, *reversed(links))), "")


class ListFrame(Frame):
    """``<ul>``, ``<ol>``, ``<dl>``."""

    def __init__(self, *, ordered: bool) -> None:
        super().__init__()
        self._ordered = ordered

    def close(self, parent: Frame) -> None:
        """One list; nested lists stand in it in order, what is more than text follows it."""
        texts, rest = split(self.parts)
        parent.parts += [ListBlock(tuple(texts), self._ordered)] if texts else []
        parent.parts += rest


class ItemFrame(Frame):
    """``<li>``: one item, and the items of lists inside it."""

    def close(self, parent: Frame) -> None:
        """Paragraphs of the item become one text; nested items stay apart."""
        pending: list[RichText] = []
        for part in self.parts:
            if isinstance(part, Paragraph):
                pending.append(part.text)
            else:
                parent.parts += _one(pending)
                pending = []
                parent.parts.append(part)
        parent.parts += _one(pending)


class CaptionedFrame(Frame):
    """What may have a caption, and a credit in it."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        super().__init__(attributes)
        self.captions: list[str] = []
        self.credits: list[str] = []
        self.captioned_chars = 0
        """How long caption and credit are so far, the spaces that will join them included."""

    def caption(self, words: str, credit: str) -> None:
        """Take one caption and its credit; either may be empty."""
        self.captions += [words] if words else []
        self.credits += [credit] if credit else []
        self.captioned_chars += sum(len(part) + 1 for part in (words, credit) if part)


class FigureFrame(CaptionedFrame):
    """``<figure>``: a caption finds what it is about when the figure ends."""

    def close(self, parent: Frame) -> None:
        """Pictures with their caption; a figure that is only a link is something embedded."""
        parts = self.parts
        if embed := only_link(parts):
            parts = [embed]
        caption, credit = " ".join(self.captions), " ".join(self.credits)
        given = False
        # What a gallery as a whole is called is no picture's caption.
        if (caption or credit) and "wp-block-gallery" not in self.attributes.get("class", "").split():
            parts, given = with_caption(parts, caption, credit)
        parent.parts += parts
        if not given:
            parent.parts += _paragraphs((caption, credit))


class TableFrame(CaptionedFrame):
    """``<table>``."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        super().__init__(attributes)
        self.rows = Rows()
        self.in_head = False

    def close(self, parent: Frame) -> None:
        """One table, or what a layout table held. Text between the cells comes first."""
        super().close(parent)
        caption = " ".join((*self.captions, *self.credits))
        layout = self.rows.is_layout or self.attributes.get("role") in {"presentation", "none"}
        table: Table | None = None if layout else self.rows.table(caption)
        if table:
            parent.parts.append(table)
        else:
            parent.parts += _paragraphs((caption,))
            parent.parts += self.rows.parts()


class CellFrame(Frame):
    """``<td>`` and ``<th>``."""

    def __init__(self, attributes: Mapping[str, str], *, heads: bool) -> None:
        super().__init__(attributes)
        self._heads = heads

    def close(self, parent: Frame) -> None:
        """Put the cell into its table's row."""
        width, height = span(self.attributes.get("colspan")), span(self.attributes.get("rowspan"))
        if isinstance(parent, TableFrame):
            parent.rows.add(Cell(self.parts, self._heads, width, height))
        else:
            super().close(parent)
