"""Pictures, films and recordings of an item of ninjs: of all renditions the best that we can take."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.errors import ItemError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import plain_text
from tamizdat.markup.links import host, resolve
from tamizdat.sources.fields import Fields
from tamizdat.sources.files import inside
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.times import parse_time
from tamizdat.sources.versions import TAKEN_BACK, status_of
from tamizdat.story import Embed, Picture

Note = Callable[[str], None]
PICTURES: Final = frozenset({"picture", "graphic"})
"""What the type of an item says that is a picture, in lower case."""
_PLAYED: Final = frozenset({"video", "audio"})
_EMBARGOES: Final = ("embargoed", "embargoeduntil")
_TYPES: Final = ("image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/webp", "image/avif")
_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif")
_ABOUT: Final = (
    "name", "type", "mimetype", "renditions", "version", "versioncreated", "firstcreated", "contentcreated",
    "representationtype", "pubstatus", "language", "standard", "$standard", "priority",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item was found, for addresses that are relative to it."""

    base: str = ""
    folder: Path | None = None

    def origin(self, address: str) -> str:
        """What ``Picture.origin`` becomes; empty if nothing can be fetched from ``address``. Raises ItemError."""
        found = resolve(address, self.base)
        if found.lower().startswith(("http://", "https://")):
            return found
        if self.folder is None or not found or ":" in found.partition("/")[0]:
            return ""
        return inside(self.folder, address.strip()).relative_to(self.folder.resolve()).as_posix()


@dataclass(frozen=True, slots=True)
class Media:
    """What an item or an association shows or plays."""

    name: str
    addresses: frozenset[str]
    """Of every rendition: a text may show any of them."""
    shown: Picture | Embed


def media_of(item: Fields, place: Place, note: Note, *, words: str = "") -> Media | None:
    """The picture or player that ``item`` is, or None with a note. ``words`` describe it where it does not itself."""
    kind, name = item.text("type").lower(), item.text("name")
    label = f"{kind or 'media'} {item.text('uri', 'guid') or name}"[:200]
    if status_of(item.text("pubstatus")) in TAKEN_BACK:
        note(f"{label} left out: its status is {item.text('pubstatus')}")
        return None
    renditions = item.objects("renditions")
    headline, caption = item.text("headline") or _headline(item) or item.text("title"), _description(item)
    addresses = addresses_of(item, place)
    if kind in _PLAYED:
        best = _largest(renditions, ("video/", "audio/")) or (renditions[0] if renditions else None)
        url = resolve(best.text("href"), place.base) if best else ""
        if not url:
            note(f"{label} left out: it has no address")
            return None
        _quiet(item, renditions)
        return Media(name, addresses, Embed(url, caption or headline or words or host(url)))
    best = _best_picture(renditions)
    alt = item.text("alt", "alttext", "alt_text") or _role(item, "alt") or caption or headline or words
    try:
        origin = place.origin(best.text("href")) if best else ""
    except ItemError as error:
        note(f"{label} left out: {error.detail}")
        return None
    if not origin or not alt:
        note(f"{label} left out: " + ("it has no text for the blind" if origin else "it has no picture we can take"))
        return None
    _quiet(item, renditions)
    credit = item.text("byline", "by", "creditline", "copyrightholder", "copyrightnotice")
    return Media(name, addresses, Picture(alt, caption=caption, credit=credit, origin=origin))


def addresses_of(item: Fields, place: Place) -> frozenset[str]:
    """Of every rendition."""
    return frozenset(filter(None, (resolve(each.text("href"), place.base) for each in item.objects("renditions"))))


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides whether a picture may go with its item."""

    now: datetime
    embargo: datetime | None
    """The item's."""
    gone: frozenset[str] = frozenset()
    """Ids of what was taken back by itself."""


def why_held(item: Fields, terms: Terms) -> str:
    """Why a picture must not go with its item; empty if it may."""
    named = item.text("uri", "guid")
    if named and story_id_from(named) in terms.gone:
        return "its source took it back by itself"
    if (status := status_of(item.text("pubstatus"))) in TAKEN_BACK:
        return f"its status is {status}"
    if any(item.says(name) and not item.text(name) for name in _EMBARGOES):
        return "its embargo says no time"  # only what names none has none, says ninjs
    text = item.text(*_EMBARGOES)
    try:
        until = parse_time(text, "embargoed") if text else None
    except StoryError:
        return f"its embargo cannot be read: {text[:40]!r}"
    if until and until > terms.now and (terms.embargo is None or until > terms.embargo):
        return f"under embargo until {until:%Y-%m-%d %H:%M} UTC, longer than the text"
    return ""


def words_of(said: Fields) -> str:
    """A headline or description in one line. What says that it is plain text is; all else may hold markup."""
    if said.text("contenttype") == "text/plain":
        return said.text("value")
    return plain_text(said.raw("value"))


def is_media(item: Fields) -> bool:
    """Whether an item is something to see or hear and not a text."""
    return str(item.take("type") or "").lower() in PICTURES | _PLAYED


def _role(item: Fields, role: str) -> str:
    """The headline or description of one role."""
    for each in (*item.objects("headlines"), *item.objects("descriptions")):
        if str(each.take("role") or "").lower() == role and (text := each.text("value")):
            return text
    return ""


def _headline(item: Fields) -> str:
    for each in item.objects("headlines"):
        each.silent("role", "contenttype", "charcount", "wordcount")
        if text := each.text("value"):
            return text
    return ""


def _description(item: Fields) -> str:
    """What an item says about itself, in one line."""
    for each in item.objects("descriptions"):
        each.silent("role", "contenttype", "charcount", "wordcount")
        if text := words_of(each):
            return text
    html = plain_text(item.raw("description_xhtml", "description_html"))
    text = item.text("description_text", "caption")
    return text or html


def _quiet(item: Fields, renditions: list[Fields]) -> None:
    """The other renditions show the same, and sizes are the press's business."""
    item.silent(*_ABOUT)
    for each in renditions:
        each.silent(*each.names())


def _best_picture(renditions: list[Fields]) -> Fields | None:
    fit = [each for each in renditions if _is_picture(each) and _fits(each)]
    return max(fit, key=lambda each: _pixels(each) or 1, default=None)


def _largest(renditions: list[Fields], kinds: tuple[str, ...]) -> Fields | None:
    fit = [each for each in renditions if each.text("contenttype", "mimetype").startswith(kinds)]
    return max(fit, key=_pixels, default=None)


def _is_picture(rendition: Fields) -> bool:
    kind = rendition.text("contenttype", "mimetype").lower().partition(";")[0].strip()
    return kind in _TYPES or (
        not kind.startswith(("image/", "video/", "audio/", "text/"))
        and rendition.text("href").partition("?")[0].lower().endswith(_ENDINGS)
    )


def _fits(rendition: Fields) -> bool:
    size = _number(rendition.text("sizeinbytes"))
    return size <= LIMITS.max_picture_bytes and _pixels(rendition) <= LIMITS.max_picture_pixels


def _pixels(rendition: Fields) -> int:
    return _number(rendition.text("width")) * _number(rendition.text("height"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
