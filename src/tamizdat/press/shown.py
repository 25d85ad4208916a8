"""Stories as templates show them: texts and addresses ready, every decision taken."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.locales import Locale
from tamizdat.pictures.variants import Renditions, srcset, variants
from tamizdat.press.address import as_is
from tamizdat.press.card import Card
from tamizdat.story import Correction, Picture

_HEADLINE_CHARS: Final = 240
_LEAD_CHARS: Final = 320
BODY_SIZES: Final = "(min-width: 60rem) 46rem, 100vw"
"""How wide a picture in the text column is, for ``sizes``."""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture for ``<picture>``: the newest format first, plain JPEG for everybody else."""

    src: str
    avif: str
    jpeg: str
    width: int
    height: int
    alt: str
    caption: str
    credit: str


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """What was put right. ``when`` is the whole phrase, "Corrected on ..."."""

    iso: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A story in a list. ``path`` is below the language's folder, ``href`` from the page that shows it."""

    path: str
    href: str
    headline: str
    lead: str
    iso: str
    date: str
    picture: ShownPicture | None
    corrections: tuple[ShownCorrection, ...]


def clip(text: str, max_chars: int) -> str:
    """``text``, cut at a word and marked where it is longer than a list has room for."""
    if len(text) <= max_chars:
        return text
    head = text[: max_chars - 1]
    return (head[: head.rfind(" ")] if " " in head[max_chars // 2 :] else head).rstrip(" ,;:—–-") + "…"


def shown_picture(picture: Picture, view: Renditions, up: str) -> ShownPicture:
    """``picture`` in the given view, for a page from which ``up`` leads to the language's folder."""
    root, widest = f"{up}../", view.widest
    return ShownPicture(
        src=as_is(f"{root}{widest.path}"),
        avif=as_is(srcset(view.avif, root)),
        jpeg=as_is(srcset(view.jpeg, root)) if len(view.jpeg) > 1 else "",
        width=widest.width,
        height=widest.height,
        alt=picture.alt,
        caption=picture.caption,
        credit=picture.credit,
    )


def shown_corrections(corrections: tuple[Correction, ...], locale: Locale) -> tuple[ShownCorrection, ...]:
    """Corrections, the newest first."""
    ordered = sorted(corrections, key=lambda correction: correction.at, reverse=True)
    return tuple(
        ShownCorrection(time_to_text(each.at), locale.say("corrected_on", date=locale.date_time(each.at)), each.text)
        for each in ordered
    )


def shown_card(card: Card, up: str, locale: Locale, *, pictured: bool = False) -> ShownCard:
    """``card`` for a page from which ``up`` leads to the language's folder."""
    picture = card.picture if pictured else None
    return ShownCard(
        path=as_is(card.path),
        href=as_is(up + card.path),
        headline=clip(card.headline, _HEADLINE_CHARS),
        lead=clip(card.lead, _LEAD_CHARS),
        iso=time_to_text(card.published),
        date=locale.date(card.published),
        picture=shown_picture(picture, variants(picture).lead, up) if picture else None,
        corrections=shown_corrections(card.corrections, locale),
    )


def figure_html(picture: Picture, up: str) -> str:
    """A picture in the body: whole, in the widths that it comes in."""
    shown = shown_picture(picture, variants(picture).body, up)
    source = f'<source type="image/avif" srcset="{shown.avif}" sizes="{BODY_SIZES}">' if shown.avif else ""
    jpeg = f' srcset="{shown.jpeg}" sizes="{BODY_SIZES}"' if shown.jpeg else ""
    size = f' width="{shown.width}" height="{shown.height}"' if shown.width and shown.height else ""
    credit = f"<small>{escape(shown.credit)}</small>" if shown.credit else ""
    words = " ".join(filter(None, (escape(shown.caption), credit)))
    return (
        f'<figure><picture>{source}<img src="{shown.src}"{jpeg}{size} alt="{escape(shown.alt)}" loading="lazy"'
        f' decoding="async"></picture>{f"<figcaption>{words}</figcaption>" if words else ""}</figure>'
    )


def local_moment(moment: datetime | None, locale: Locale) -> tuple[str, str]:
    """A moment for machines and for people; empty for none."""
    return (time_to_text(moment), locale.date_time(moment)) if moment else ("", "")
