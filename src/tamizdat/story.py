"""A story: one article in one language at one revision, as frozen values.

Everything that enters an edition passes through these classes, so they refuse what the canonical byte form
(``edition/canonical.py``, spec/edition.md "Story") could not carry: control characters, empty texts, naive times.
Text is otherwise kept exactly as the newsroom wrote it; nothing is normalised.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS

_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8})*")
_STORY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")
_TRANSLATION: Final = re.compile(r"[a-z][a-z-]{0,31}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# Spelled out because \w and \s mean other characters in each language and each version of Unicode.
_NOT_IN_URL: Final = re.compile(
    '[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff\ufeff<>"\\\\^`{|}]'
)
_URL_START: Final = re.compile(r"#|/|\.{0,2}/?[A-Za-z0-9_%.~\u0080-\U0010ffff-]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Signs like * and # make service codes, which some telephones dial at a touch.
_TELEPHONE: Final = re.compile(r"tel:\+?[0-9][0-9().-]*", re.IGNORECASE)
_SAFE_SCHEMES: Final = ("http:", "https:", "mailto:", "tel:", "geo:", "magnet:")
_SHOWN_CHARS: Final = 60
_KIND: Final = _TRANSLATION
FOCUS_CENTRE: Final = (500, 500)
SOUND_ENDINGS: Final = {"audio/ogg": "ogg", "audio/mpeg": "mp3"}
"""By media type, how the names of sound files end."""
CORRECTION: Final = "correction"
CLARIFICATION: Final = "clarification"
UPDATE: Final = "update"
RETRACTION: Final = "retraction"


def check_text(value: str, name: str) -> str:
    """Return ``value`` if a story can carry it: not empty, one line, no control characters or lone surrogates."""
    if not value:
        raise StoryError("is empty", field=name)
    # What can be printed holds no control characters; asking that first is quick.
    if not value.isprintable() and (found := _CONTROL.search(value)):
        raise StoryError(f"holds the control character U+{ord(found[0]):04X}", field=name)
    if len(value) > LIMITS.max_line_chars:
        raise StoryError(f"is longer than {LIMITS.max_line_chars} characters", field=name)
    return value


def clean_text(value: str) -> str:
    """Make foreign text fit for a story: line breaks and tabs become spaces, other C0 controls go, ends are trimmed."""
    spaced = re.sub(r"[\t\n\v\f\r]+", " ", value)
    return _CONTROL.sub("", spaced).strip(" ")


def check_language(value: str, name: str = "language") -> str:
    """Return ``value`` if it is a BCP 47 tag in canonical case (``ru``, ``sr-Latn``, ``pt-BR``)."""
    if not _LANGUAGE.fullmatch(value) or len(value) > LIMITS.max_language_bytes:
        raise StoryError(f"{value[:_SHOWN_CHARS]!r} is not a language tag like 'ru' or 'sr-Latn' (BCP 47)", field=name)
    return value


def check_story_id(value: str, name: str = "story_id") -> str:
    """Return ``value`` if it can name a story in addresses, files and commands."""
    if not _STORY_ID.fullmatch(value) or len(value) > LIMITS.max_story_id_bytes:
        raise StoryError(
            f"{value[:_SHOWN_CHARS]!r} must begin with a letter or digit and hold only A-Z a-z 0-9 . _ ~ - "
            f"(at most {LIMITS.max_story_id_bytes})",
            field=name,
        )
    return value


def is_safe_url(value: str) -> bool:
    """Whether a link may stand in a story: web, mail, telephone, place, magnet or relative; never script or data."""
    if not _URL_START.match(value) or _NOT_IN_URL.search(value):
        return False
    scheme = _SCHEME.match(value)
    if scheme and scheme[0].lower() == "tel:":
        return _TELEPHONE.fullmatch(value) is not None
    return scheme is None or scheme[0].lower() in _SAFE_SCHEMES


def check_time(value: datetime, name: str) -> datetime:
    """Return ``value`` if it is an aware UTC time in whole seconds between 1970 and 9999."""
    if value.tzinfo is None or value.utcoffset() != UTC.utcoffset(None):
        raise StoryError(f"{value.isoformat()} is not in UTC", field=name)
    if value.microsecond or value.year < 1970:
        raise StoryError(f"{value.isoformat()} is not whole seconds after 1970", field=name)
    return value


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text with one set of marks."""

    text: str
    emphasis: bool = False
    strong: bool = False
    href: str = ""

    def __post_init__(self) -> None:
        check_text(self.text, "text")
        if self.href and not is_safe_url(self.href):
            raise StoryError(f"{self.href[:_SHOWN_CHARS]!r} is not a web, mail or relative address", field="link")

    def same_marks(self, other: "Run") -> bool:
        """Whether both runs carry the same marks."""
        return (self.emphasis, self.strong, self.href) == (other.emphasis, other.strong, other.href)


RichText = tuple[Run, ...]


def plain(text: RichText) -> str:
    """The text without its marks."""
    return "".join(run.text for run in text)


def rich(value: "str | Iterable[Run]") -> RichText:
    """Rich text in its one normal form: neighbouring runs with the same marks are one run."""
    groups: list[list[Run]] = []
    for run in (Run(value),) if isinstance(value, str) else value:
        if groups and groups[-1][0].same_marks(run):
            groups[-1].append(run)
        else:
            groups.append([run])
    if not groups:
        raise StoryError("is empty", field="text")
    # Joined once: run by run, a paragraph of a thousand pieces would be copied and checked a thousand times.
    return tuple(group[0] if len(group) == 1 else _joined(group) for group in groups)


def _joined(runs: list[Run]) -> Run:
    return Run("".join(run.text for run in runs), runs[0].emphasis, runs[0].strong, runs[0].href)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and all that a reader who cannot see it needs.

    ``file`` is the SHA-256 (hex) of the published bytes and is empty until the press has made them out of
    ``origin`` (an address or a path that only the source understands). ``focus`` is the point that crops keep, in
    thousandths of width and height from the top left.
    """

    alt: str
    file: str = ""
    media_type: str = "image/jpeg"
    width: int = 0
    height: int = 0
    caption: str = ""
    credit: str = ""
    focus: tuple[int, int] = FOCUS_CENTRE
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_text(self.alt, "picture.alt")
        for name in ("caption", "credit"):
            if value := getattr(self, name):
                check_text(value, f"picture.{name}")
        if self.file and not _SHA256.fullmatch(self.file):
            raise StoryError("is not 64 hexadecimal digits", field="picture.file")
        if self.media_type not in {"image/jpeg", "image/png", "image/avif", "image/webp"}:
            raise StoryError(f"{self.media_type!r} is not a picture type we publish", field="picture.media_type")
        if not all(0 <= part <= 1000 for part in self.focus):
            raise StoryError("each part must lie between 0 and 1000", field="picture.focus")
        if not all(0 <= side <= 65_535 for side in (self.width, self.height)):
            raise StoryError("width and height must lie between 0 and 65535", field="picture")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: RichText


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the body; levels 2 to 4 (the headline is level 1)."""

    text: RichText
    level: int = 2

    def __post_init__(self) -> None:
        if self.level not in {2, 3, 4}:
            raise StoryError(f"level {self.level} is not 2, 3 or 4", field="heading")


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quotation of one or more paragraphs, and who said it."""

    paragraphs: tuple[RichText, ...]
    attribution: str = ""

    def __post_init__(self) -> None:
        if not self.paragraphs:
            raise StoryError("has no paragraph", field="quote")
        if self.attribution:
            check_text(self.attribution, "quote.attribution")


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list, ordered or not."""

    items: tuple[RichText, ...]
    ordered: bool = False

    def __post_init__(self) -> None:
        if not self.items:
            raise StoryError("has no item", field="list")


@dataclass(frozen=True, slots=True)
class PictureBlock:
    """A picture inside the body."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal width; a cell may be empty (``()``). With ``header`` the first row names the columns."""

    rows: tuple[tuple[RichText, ...], ...]
    header: bool = False
    caption: str = ""

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows}
        if len(widths) != 1 or 0 in widths:
            raise StoryError("rows must be equally wide and not empty", field="table")
        if sum(len(row) for row in self.rows) > LIMITS.max_table_cells:
            raise StoryError(f"has more than {LIMITS.max_table_cells} cells", field="table")
        if self.caption:
            check_text(self.caption, "table.caption")


@dataclass(frozen=True, slots=True)
class Embed:
    """Something foreign (video, post, map) kept as a titled link: nothing third-party is ever loaded."""

    url: str
    title: str

    def __post_init__(self) -> None:
        check_text(self.title, "embed.title")
        if not is_safe_url(self.url):
            raise StoryError(f"{self.url[:_SHOWN_CHARS]!r} is not an address we link to", field="embed.url")


@dataclass(frozen=True, slots=True)
class SoundFile:
    """One form of a recording: SHA-256 (hex) of its bytes, how many there are, and kilobits a second."""

    file: str
    media_type: str
    kilobits: int
    size: int

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.file):
            raise StoryError("is not 64 hexadecimal digits", field="sound.file")
        if self.media_type not in SOUND_ENDINGS:
            raise StoryError(f"{self.media_type!r} is not a type of sound we publish", field="sound.media_type")
        if not 1 <= self.kilobits <= LIMITS.max_sound_kilobits:
            raise StoryError(f"must lie between 1 and {LIMITS.max_sound_kilobits}", field="sound.kilobits")
        if not 1 <= self.size <= LIMITS.max_site_file_bytes:
            raise StoryError(f"must lie between 1 and {LIMITS.max_site_file_bytes} bytes", field="sound.size")

    @property
    def path(self) -> str:
        """Where the file lies under the web root."""
        return f"sound/{self.file}.{SOUND_ENDINGS[self.media_type]}"


@dataclass(frozen=True, slots=True)
class Recording:
    """Something to listen to, in one form or several, the smallest first. ``seconds`` is how long it takes."""

    seconds: int
    files: tuple[SoundFile, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.seconds <= LIMITS.max_sound_seconds:
            raise StoryError(f"must lie between 1 and {LIMITS.max_sound_seconds}", field="sound.seconds")
        if not 1 <= len({each.file for each in self.files}) == len(self.files) <= LIMITS.max_sound_files:
            raise StoryError(f"must be 1 to {LIMITS.max_sound_files} different ones", field="sound.files")


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """A recording inside the body, what it is called, and every word of it for who cannot hear or load it.

    ``recording`` is None until the press has made it out of ``origin``, which only the source understands.
    """

    title: str
    transcript: tuple[RichText, ...]
    recording: Recording | None = None
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_text(self.title, "sound.title")
        if not self.transcript:
            raise StoryError("has no transcript", field="sound")


Block = Paragraph | Heading | Quote | ListBlock | PictureBlock | Table | Embed | SoundBlock


@dataclass(frozen=True, slots=True)
class Correction:
    """What the newsroom says of a story that has been published, and when.

    A correction puts right what was wrong; a clarification says how something is meant; an update, what has been
    added; a retraction, why the story is withdrawn. Kinds of later versions are read as corrections.
    """

    at: datetime
    text: str
    kind: str = CORRECTION

    def __post_init__(self) -> None:
        check_time(self.at, "correction.at")
        check_text(self.text, "correction.text")
        if not _KIND.fullmatch(self.kind):
            raise StoryError(f"{self.kind[:_SHOWN_CHARS]!r} is not a word like 'retraction'", field="correction.kind")


@dataclass(frozen=True, slots=True)
class Story:
    """One article in one language at one revision. Translations share ``story_id``. Times are UTC."""

    story_id: str
    language: str
    headline: str
    published: datetime
    body: tuple[Block, ...] = ()
    revision: int = 1
    lead: str = ""
    byline: tuple[str, ...] = ()
    dateline: str = ""
    sections: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    updated: datetime | None = None
    breaking_until: datetime | None = None
    agencies: tuple[str, ...] = ()
    """Who reported with us: the credit line is "With reporting by ..." over these."""
    translation: str = ""
    """``machine`` for a machine's translation that nobody has checked: readers are told."""
    picture: Picture | None = None
    corrections: tuple[Correction, ...] = ()
    related: tuple[str, ...] = ()
    """Ids of stories to read also, chosen by the newsroom. They need not be in the edition."""
    recordings: tuple[Recording, ...] = ()
    """Those of the body, in order. Need not be given with a body; without one, those that the whole story has."""

    def __post_init__(self) -> None:
        check_story_id(self.story_id)
        check_language(self.language)
        check_text(self.headline, "headline")
        check_time(self.published, "published")
        if not 1 <= self.revision < 2**32:
            raise StoryError("must lie between 1 and 4294967295", field="revision")
        if self.translation and not _TRANSLATION.fullmatch(self.translation):
            raise StoryError(f"{self.translation[:_SHOWN_CHARS]!r} is not a word like 'machine'", field="translation")
        for name in ("updated", "breaking_until"):
            if (when := getattr(self, name)) is not None:
                check_time(when, name)
        self._check_texts()
        if self.body:
            heard = (block.recording for block in self.body if isinstance(block, SoundBlock))
            object.__setattr__(self, "recordings", tuple(filter(None, heard)))
        if len(self.body) > LIMITS.max_blocks:
            raise StoryError(f"has more than {LIMITS.max_blocks} blocks", field="body")
        if self.retracted and any(getattr(self, name) for name in _WITHHELD):
            raise StoryError("is retracted, and shows headline and reason alone: see withheld()", field="story")

    def _check_texts(self) -> None:
        for name in ("lead", "dateline"):
            if value := getattr(self, name):
                check_text(value, name)
        for name in ("byline", "sections", "topics", "agencies"):
            for value in getattr(self, name):
                check_text(value, name)
        for name in ("byline", "sections", "topics", "agencies", "corrections", "related", "recordings"):
            if len(getattr(self, name)) > LIMITS.max_header_values:
                raise StoryError(f"has more than {LIMITS.max_header_values} values", field=name)
        for other in self.related:
            check_story_id(other, "related")
        if len({self.story_id, *self.related}) <= len(self.related):
            raise StoryError("names a story twice, or itself", field="related")

    @property
    def retracted(self) -> bool:
        """Whether the newsroom has withdrawn the story and says why. What readers see of it then is only that."""
        return any(each.kind == RETRACTION for each in self.corrections)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Every picture of the story, the lead picture first."""
        inside = tuple(block.picture for block in self.body if isinstance(block, PictureBlock))
        return ((self.picture,) if self.picture else ()) + inside

    def is_breaking(self, now: datetime) -> bool:
        """Whether the story belongs in the breaking slot at ``now``."""
        return self.breaking_until is not None and now < self.breaking_until


_WITHHELD: Final[Mapping[str, Any]] = {
    "body": (), "lead": "", "picture": None, "breaking_until": None, "recordings": ()
}  # fmt: skip
"""What a story that is retracted has no more of."""


def withheld(fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` of a :class:`Story`; where a retraction is among them, without what it withdraws."""
    retracted = any(each.kind == RETRACTION for each in fields.get("corrections", ()))
    return {**fields, **_WITHHELD} if retracted else dict(fields)


def reading_order(story: Story) -> tuple[float, str]:
    """Sort key: newest first, then by id. The order of lists wherever an index pins nothing."""
    return (-story.published.timestamp(), story.story_id)
