"""Stories as templates show them: texts and addresses ready, every decision taken."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Final, NamedTuple

from tamizdat.edition.canonical import time_to_text
from tamizdat.locales import Locale
from tamizdat.locales.corrections import is_marked, said_on
from tamizdat.pictures.variants import Renditions, srcset, variants
from tamizdat.press.address import as_is
from tamizdat.press.card import Card
from tamizdat.story import CLARIFICATION, RETRACTION, Correction, Picture, Story

_HEADLINE_CHARS: Final = 240
_LEAD_CHARS: Final = 320
# Unicode's explicit directional formatting (UAX 9, 2.1 to 2.5), and what closes each.
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP: Final = "\u202c"
_POP_ISOLATE: Final = "\u2069"
_CLOSED_BY: Final = dict.fromkeys("\u202a\u202b\u202d\u202e", _POP) | dict.fromkeys("\u2066\u2067\u2068", _POP_ISOLATE)
# Letters and digits that are read the other way round than the page. Spelled out: Unicode's tables grow with Python's.
_OTHER_WAY: Final = {
    "ltr": re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"),
    "rtl": re.compile("[0-9A-Za-z\u00aa-\u02b8\u0370-\u058f\u0900-\u1fff\u2c00-\ud7ff]"),
}
_ANY_FILE: Final = "0" * 64
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
    """What was said of a story. ``when`` is the whole phrase, "Corrected on ..."."""

    kind: str
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
    marked: bool = False
    """Whether it says beside its headline that it was retracted."""


def balanced(text: str) -> str:
    """``text`` in which all that turns the line's direction ends, and nothing ends that did not begin in it.

    Otherwise a headline could reorder the date beside it, or the newspaper's name in a title.
    """
    if not _TURNING.search(text):
        return text
    result: list[str] = []
    closers: list[str] = []
    for letter in text:
        if letter in _CLOSED_BY:
            closers.append(_CLOSED_BY[letter])
        elif letter == _POP_ISOLATE and letter in closers:  # ends what was opened inside the isolate, too
            while closers[-1] != letter:
                result.append(closers.pop())
            closers.pop()
        elif letter == _POP and closers[-1:] == [letter]:
            closers.pop()
        elif letter in {_POP, _POP_ISOLATE}:
            continue
        result.append(letter)
    return "".join((*result, *reversed(closers)))


def clip(text: str, max_chars: int) -> str:
    """``text``, balanced, cut at a word and marked where it is longer than a list has room for."""
    if len(text) <= max_chars:
        return balanced(text)
    head = text[: max_chars - 1]
    return balanced((head[: head.rfind(" ")] if " " in head[max_chars // 2 :] else head).rstrip(" ,;:—–-") + "…")


def shown_names(names: Iterable[str], locale: Locale) -> str:
    """People or agencies as a list in a sentence. Names that are read the other way round keep their places in it."""
    other_way = _OTHER_WAY[locale.direction]
    isolated = (f"\u2068{name}{_POP_ISOLATE}" if other_way.search(name) else name for name in map(balanced, names))
    return locale.join(tuple(isolated))


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
        caption=balanced(picture.caption),
        credit=balanced(picture.credit),
    )


class _Addresses(NamedTuple):
    """Where the files of a lead picture lie, and its size in pixels."""

    src: str
    avif: str
    jpeg: str
    width: int
    height: int


@lru_cache(maxsize=256)
def _lead_addresses(width: int, height: int, focus: tuple[int, int], up: str) -> _Addresses:
    """For a picture of this shape and focus whose file is called ``_ANY_FILE``: newspapers have few shapes."""
    picture = Picture("any", _ANY_FILE, width=width, height=height, focus=focus)
    shown = shown_picture(picture, variants(picture).lead, up)
    return _Addresses(shown.src, shown.avif, shown.jpeg, shown.width, shown.height)


def _shown_lead(picture: Picture, up: str) -> ShownPicture:
    """What :func:`shown_picture` makes of a lead picture, quicker."""
    any_file = _lead_addresses(picture.width, picture.height, picture.focus, up)
    src, avif, jpeg = (as_is(each.replace(_ANY_FILE, picture.file)) for each in any_file[:3])
    caption, credit = balanced(picture.caption), balanced(picture.credit)
    return ShownPicture(src, avif, jpeg, any_file.width, any_file.height, picture.alt, caption, credit)


def shown_corrections(corrections: tuple[Correction, ...], locale: Locale) -> tuple[ShownCorrection, ...]:
    """Corrections of every kind, the newest first."""
    return tuple(
        ShownCorrection(
            kind=each.kind,
            iso=time_to_text(each.at),
            when=said_on(each, locale),
            text=each.text,
        )
        for each in sorted(corrections, key=lambda correction: correction.at, reverse=True)
    )


def first_and_last(shown: Iterable[ShownCorrection]) -> tuple[list[ShownCorrection], list[ShownCorrection]]:
    """What must be known before the text is read, and what can be read after it."""
    both: tuple[list[ShownCorrection], list[ShownCorrection]] = ([], [])
    for each in shown:
        both[each.kind not in {RETRACTION, CLARIFICATION}].append(each)
    return both


def told_first(story: Story) -> str:
    """What the story says first: its lead, or why it is retracted."""
    reasons = [each for each in story.corrections if each.kind == RETRACTION]
    return max(reasons, key=lambda each: each.at).text if reasons else story.lead


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
        picture=_shown_lead(picture, up) if picture else None,
        corrections=shown_corrections(card.corrections, locale),
        marked=is_marked(card.headline, locale, retracted=card.retracted),
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
