"""The text of a post as WordPress keeps it, made HTML: shortcodes, comments of blocks, paragraphs by empty lines."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import Final

from tamizdat.sources.fields import as_line

Note = Callable[[str], None]
_BLANK: Final = re.compile(r"\n[ \t\r]*\n[ \t\r\n]*")
_TAG: Final = re.compile(r"(<[^<>]*>)")
_VERBATIM: Final = re.compile(r"</?(pre|script|style|textarea)\b", re.IGNORECASE)
_BLOCK: Final = re.compile(r"<!--\s*(/?)wp:([a-z0-9/-]+)\b([^<>]*?)(/?)-->", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"<sup\b[^<>]{0,400}>\s*<a\b[^<>]{0,400}\bhref=[\"']#[^<>]{0,400}>\s*\[?([^<>\[\]\s]{1,9})\]?\s*</a>\s*</sup>",
    re.IGNORECASE,
)
_BACK: Final = re.compile(
    r"<a\b[^<>]{0,400}\bhref=[\"']#[^<>]{0,400}>\s*[\u21a9\u2191\u21b5][\ufe0e\ufe0f]?\s*</a>", re.IGNORECASE
)
FOOTNOTES: Final = re.compile(r"<!--\s*wp:(?:core/)?footnotes\b[^<>]*/-->", re.IGNORECASE)
_SHORTCODE: Final = re.compile(r"\[(/?)([A-Za-z][\w-]{0,40})((?:[ \t\r\n/][^\[\]]*)?)\]")
_ATTRIBUTE: Final = re.compile(r"(?<![\w-])([\w-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_IMAGE: Final = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_BACKGROUND: Final = re.compile(
    r"<\w{1,20}\b[^<>]{0,400}\bstyle=[\"'][^<>]{0,400}?background-image:\s?url\(([^()<>]{1,2000})\)", re.IGNORECASE
)
_FILE_BUTTON: Final = re.compile(r"<a\b[^<>]{0,2000}\bwp-block-file__button\b[^<>]{0,400}>[^<>]{0,200}</a>")
_REUSED: Final = re.compile(
    r"<!--\s{0,9}wp:(?:core/)?block\s{1,9}\{[^<>]{0,400}?\"ref\"\s?:\s?(\d{1,15})[^<>]{0,2000}?/-->", re.IGNORECASE
)
_MAX_REUSED_DEEP: Final = 8
_MAX_REUSED_CHARS: Final = 2_000_000
_ALT: Final = re.compile(r"\balt\s*=\s*(\"\s*\"|'\s*'|(?=[\s/>]))", re.IGNORECASE)
_SIZE: Final = re.compile(r"-\d{2,5}x\d{2,5}(?=\.\w{3,4}$)")
_ALONE: Final = re.compile(r"^[ \t]*(https?://[^\s<>\"\[\]]+)[ \t\r]*$", re.MULTILINE)
_QUIET_BLOCKS: Final = frozenset({"separator", "spacer", "more", "nextpage", "core/separator", "core/spacer"})
_NETWORKS: Final = frozenset({
    "dailymotion", "facebook", "instagram", "soundcloud", "spotify", "telegram", "tiktok", "tweet", "twitter", "vimeo",
    "vk", "youtube",
})  # fmt: skip
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>\[\]]+")
_LOOKED_AT_CHARS: Final = 4_000
_KNOWN: Final = frozenset({"caption", "wp_caption", "gallery", "embed", "video", "audio", "playlist"})
NO_PICTURES: Final = (
    ".mp3", ".m4a", ".ogg", ".wav", ".mp4", ".webm", ".mov", ".pdf", ".doc", ".docx", ".zip", ".svg",
)  # fmt: skip
"""Endings of files of a library that are nothing to see."""
_MAX_LISTED: Final = 500
_PLAYED: Final = ("src", "mp4", "m4v", "webm", "ogv", "flv", "mp3", "m4a", "ogg", "oga", "wav")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the media library."""

    url: str
    title: str = ""
    alt: str = ""
    caption: str = ""
    parent: str = ""


class Library:
    """The files of an export, by number, by address and by their post; and the blocks that posts share."""

    def __init__(self) -> None:
        self.blocks: dict[str, str] = {}
        """Blocks that are written once and stand in several posts (``wp_block``), by number."""
        self.by_number: dict[str, Attachment] = {}
        self.by_address: dict[str, Attachment] = {}
        self.of_post: dict[str, list[Attachment]] = {}

    def add(self, number: str, about: Attachment) -> None:
        """Take one file."""
        self.by_number[number] = about
        self.by_address[about.url] = about
        self.of_post.setdefault(about.parent, []).append(about)

    def full_size(self, address: str) -> str:
        """The address of the whole picture where ``address`` is a smaller copy that WordPress made."""
        whole = _SIZE.sub("", address)
        return whole if whole in self.by_address else address

    def about(self, address: str) -> Attachment | None:
        """The file at ``address``, or of which that is a smaller copy."""
        return self.by_address.get(address) or self.by_address.get(self.full_size(address))


def post_html(text: str, post: str, library: Library, note: Note, footnotes: Sequence[str] = ()) -> str:
    """HTML of a post's text. ``post`` is its number, for galleries that show whatever belongs to it.

    ``footnotes`` stand where the block of that name is, as HTML.
    """
    unified = _Reused(library, note).put_into(text.replace("\r\n", "\n"))
    if footnotes:
        listed = "".join(f"<li>{each}</li>" for each in footnotes)
        unified = FOOTNOTES.sub(lambda _found: f"<ol>{listed}</ol>", unified, count=1)
    unified = numbered(unified)
    has_blocks = "<!-- wp:" in unified
    unified = _FILE_BUTTON.sub("", unified) if "wp-block-file" in unified else unified
    html = _Shortcodes(post, library, note).run(_without_blocks(unified, note))
    html = _ALONE.sub(lambda found: f"<figure>{escape(found[1])}</figure>", html)
    if "background-image" in html:
        html = _BACKGROUND.sub(_in_front, html)
    # Blocks bring their own paragraphs.
    return _described(html if has_blocks else _paragraphs(html), library)


class _Reused:
    """Puts blocks that are written once and stand in several posts into their places, those inside them, too."""

    def __init__(self, library: Library, note: Note) -> None:
        self._library = library
        self._note = note
        self._room = _MAX_REUSED_CHARS
        self._open: list[str] = []

    def put_into(self, text: str) -> str:
        """The text with the blocks that it names."""
        return _REUSED.sub(self._placed, text)

    def _placed(self, found: re.Match[str]) -> str:
        number = found[1]
        block = self._library.blocks.get(number, "")
        self._room -= len(block)
        if number in self._open or len(self._open) >= _MAX_REUSED_DEEP or self._room < 0:
            self._note(f"reusable block {number} left out: it stands in itself, or there is too much of it")
            return ""
        if not block:
            self._note(f"reusable block {number} left out: the export does not have it")
            return ""
        self._open.append(number)
        whole = self.put_into(block)
        self._open.pop()
        return whole


def _in_front(found: re.Match[str]) -> str:
    """A picture that stands behind a text, before it: a story has no other place for it."""
    address = unescape(found[1]).strip("'\" ")
    return f'<img src="{escape(address)}">{found[0]}'


def numbered(html: str) -> str:
    """Numbers of footnotes in brackets: raised only, ``61`` with note ``1`` would read ``611``. Ways back go."""
    return _BACK.sub("", _NUMBER.sub(r"[\1]", html)) if "#" in html else html


def _paragraphs(text: str) -> str:
    """Empty lines become what :mod:`tamizdat.markup` begins a paragraph at; those inside ``<pre>`` stay."""
    pieces, verbatim = [], 0
    for piece in _TAG.split(text):
        if found := _VERBATIM.match(piece):
            verbatim = max(0, verbatim + (-1 if piece.startswith("</") else 1))
        pieces.append(piece if found or verbatim else _BLANK.sub("<br><br>", piece))
    return "".join(pieces)


def _without_blocks(text: str, note: Note) -> str:
    """Comments that mark blocks go. A block without any HTML of its own was made by a script: that is a loss."""

    def gone(found: re.Match[str]) -> str:
        name = found[2].lower()
        if found[4] and name not in _QUIET_BLOCKS:
            about = f" ({as_line(found[3])[:80]})" if found[3].strip(" {}") else ""
            note(f"block {name}{about} left out: it has no text of its own")
        return ""

    return _BLOCK.sub(gone, text) if "<!--" in text else text


def _described(html: str, library: Library) -> str:
    """Pictures without a text for the blind get that of the media library."""

    def described(found: re.Match[str]) -> str:
        tag = found[0]
        number = re.search(r"wp-image-(\d+)", tag)
        address = re.search(r"\bsrc\s*=\s*[\"']([^\"']*)", tag)
        about = library.by_number.get(number[1]) if number else None
        about = about or (library.about(address[1]) if address else None)
        words = about.alt or about.caption if about else ""
        if not words or (re.search(r"\balt\s*=", tag, re.IGNORECASE) and not _ALT.search(tag)):
            return tag
        return f'<img alt="{escape(words)}"{_ALT.sub("", tag)[4:]}'

    return _IMAGE.sub(described, html)


class _Shortcodes:
    """One walk over a text. What is between brackets and no shortcode that we know stays as it is."""

    def __init__(self, post: str, library: Library, note: Note) -> None:
        self._post = post
        self._library = library
        self._note = note
        self._ends: dict[str, int] = {}

    def run(self, text: str) -> str:
        pieces: list[str] = []
        at = 0
        while found := _SHORTCODE.search(text, at):
            pieces.append(text[at : found.start()])
            at = found.end()
            name, attributes = found[2].lower(), _attributes(found[3])
            if address := self._of_network(text, found):
                pieces.append(f"<figure>{escape(address)}</figure>")
                at = self._inside(text, at, name, found[3])[1]
                continue
            if found[1] or name not in _KNOWN:
                self._other(found, attributes)
                pieces.append("" if found[1] and name in _KNOWN else found[0])
                continue
            inside, at = self._inside(text, at, name, found[3])
            pieces.append(self._html(name, attributes, inside))
        return "".join((*pieces, text[at:]))

    def _of_network(self, text: str, found: re.Match[str]) -> str:
        """The address in a network's own shortcode, or between it and its end; empty if there is none."""
        name = found[2].lower()
        if found[1] or name not in _NETWORKS:
            return ""
        inside, _end = self._inside(text, found.end(), name, found[3])
        address = _ADDRESS.search(f"{found[3]} {inside}"[:_LOOKED_AT_CHARS])
        return address[0] if address else ""

    def _other(self, found: re.Match[str], attributes: Mapping[str, str]) -> None:
        if attributes or (found[1] and found[2].lower() not in _KNOWN):
            self._note(f"shortcode {as_line(found[0])[:60]} stands as text: nobody here knows what it shows")

    def _inside(self, text: str, at: int, name: str, rest: str) -> tuple[str, int]:
        """What stands between the shortcode and its end, and where that end is."""
        if rest.rstrip().endswith("/") or name in {"gallery", "playlist"}:
            return "", at
        end = self._ends.get(name, -1)
        if end < at:
            found = text.find(f"[/{name}]", at)
            end = self._ends[name] = found if found >= 0 else len(text)
        if end == len(text) or text.find(f"[{name}", at, end) >= 0:
            return "", at
        return text[at:end], end + len(name) + 3

    def _html(self, name: str, attributes: Mapping[str, str], inside: str) -> str:
        match name:
            case "caption" | "wp_caption":
                return _captioned(attributes, inside)
            case "gallery":
                return self._gallery(attributes)
            case "playlist":
                return self._playlist(attributes)
            case "embed":
                address = inside.strip() or attributes.get("src", "")
                return f"<figure>{escape(address)}</figure>" if address else ""
        return self._player(name, attributes, inside)

    def _player(self, name: str, attributes: Mapping[str, str], inside: str) -> str:
        address = next((attributes[key] for key in _PLAYED if attributes.get(key)), "")
        if not address:
            self._note(f"shortcode [{name}] left out: it names no file")
            return inside
        about = self._library.by_address.get(address)
        title = escape(about.caption or about.title) if about else ""
        return f'<{name} src="{escape(address)}" title="{title}"></{name}>{inside}'

    def _gallery(self, attributes: Mapping[str, str]) -> str:
        found = self._listed(attributes, self._library.of_post.get(attributes.get("id", self._post), []))
        return "".join(
            f'<figure><img src="{escape(about.url)}" alt="{escape(about.alt or about.title)}">'
            f"<figcaption>{escape(about.caption)}</figcaption></figure>"
            for about in found
            if not about.url.lower().endswith(NO_PICTURES)
        )

    def _playlist(self, attributes: Mapping[str, str]) -> str:
        found = self._listed(attributes, [])
        return "".join(
            f'<figure><a href="{escape(each.url)}">{escape(each.title or each.url)}</a></figure>' for each in found
        )

    def _listed(self, attributes: Mapping[str, str], of_post: Sequence[Attachment]) -> list[Attachment]:
        """The files that a shortcode names, or those of its post."""
        numbers = re.findall(r"\d+", attributes.get("ids") or attributes.get("include") or "")[:_MAX_LISTED]
        found = [self._library.by_number.get(number) for number in numbers] if numbers else [*of_post[:_MAX_LISTED]]
        if not found or None in found:
            self._note("gallery or playlist: files left out that the export does not have")
        return [each for each in found if each]


def _captioned(attributes: Mapping[str, str], inside: str) -> str:
    """``[caption]``: the picture, possibly in a link, and after it (or as an attribute) its caption."""
    image = _IMAGE.search(inside)
    if not image:
        return inside
    after = re.match(r"\s*</a>", inside[image.end() :])
    cut = image.end() + (after.end() if after else 0)
    words = inside[cut:].strip() or escape(attributes.get("caption", ""))
    return f"<figure>{inside[:cut]}<figcaption>{words}</figcaption></figure>"


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text.replace("\u201d", '"').replace("\u201c", '"')[:4_000])
    return {name.lower(): double or single or bare for name, double, single, bare in found}
