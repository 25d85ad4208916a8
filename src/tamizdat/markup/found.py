"""What the walk has found but cannot judge yet: a caption that comes later may be all that a picture needs."""

from dataclasses import dataclass, replace

from tamizdat.markup.line import joined
from tamizdat.markup.links import host, resolve
from tamizdat.story import Block, Embed, Heading, ListBlock, Paragraph, Picture, PictureBlock, Quote, RichText, Run


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture whose text for readers who cannot see it may still come from its caption."""

    origin: str
    alt: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class FoundEmbed:
    """Something foreign whose title may still come from its caption."""

    url: str
    title: str = ""


Part = Block | FoundPicture | FoundEmbed


def texts_of(part: Part) -> tuple[RichText, ...]:
    """The running text of a part, in order; empty for pictures, tables and embeds, which are more than text."""
    match part:
        case Paragraph(text) | Heading(text):
            return (text,)
        case ListBlock(items):
            return items
        case Quote(paragraphs, attribution):
            return (*paragraphs, (Run(attribution),)) if attribution else paragraphs
        case _:
            return ()


def split(parts: list[Part]) -> tuple[list[RichText], list[Part]]:
    """Running text, and what is more than text."""
    texts = [text for part in parts for text in texts_of(part)]
    return texts, [part for part in parts if not texts_of(part)]


def settle(part: Part) -> tuple[Block | None, str]:
    """The block that a part becomes, if any, and what was lost."""
    match part:
        case FoundPicture(origin, alt, caption, credit):
            if not (alt or caption):
                kept = Paragraph((Run(credit),)) if credit else None
                return kept, f"picture {origin[:200]} left out: it has neither text for the blind (alt) nor a caption"
            return PictureBlock(Picture(alt or caption, caption=caption, credit=credit, origin=origin)), ""
        case FoundEmbed(url, title):
            return Embed(url, title or host(url)), ""
        case _:
            return part, ""


def with_caption(parts: list[Part], caption: str, credit: str) -> tuple[list[Part], bool]:
    """Give a figure's caption to what it is about: the first picture without one, else a player without title."""
    for at, part in enumerate(parts):
        if isinstance(part, FoundPicture) and not (part.caption or part.credit):
            return [*parts[:at], replace(part, caption=caption, credit=credit), *parts[at + 1 :]], True
        words = f"{caption} {credit}".strip()
        if isinstance(part, FoundEmbed) and not part.title:
            return [*parts[:at], replace(part, title=words), *parts[at + 1 :]], True
        if isinstance(part, Quote) and not part.attribution:
            return [*parts[:at], replace(part, attribution=words), *parts[at + 1 :]], True
    return parts, False


def only_link(parts: list[Part]) -> FoundEmbed | None:
    """The embed that a figure stands for when all it holds is one link, or one bare address."""
    if len(parts) != 1 or not isinstance(parts[0], Paragraph):
        return None
    text = parts[0].text
    title = joined([text])
    words = "".join(run.text for run in title)
    if text[0].href and all(run.href == text[0].href for run in text):
        return FoundEmbed(text[0].href, words)
    if words.startswith(("https://", "http://")) and " " not in words and (address := resolve(words)):
        return FoundEmbed(address, words)
    return None
