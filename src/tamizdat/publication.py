"""A publication: a newsroom's identity, as frozen values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text and the language it is in, which may be another than the reader's: pages have to mark that.

    ``language`` is empty where nobody said which it is. Each line of ``text`` is a paragraph.
    """

    text: str
    language: str

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs, in order."""
        return tuple(self.text.split("\n"))


def with_parents(language: str) -> Iterator[str]:
    """``sr-Latn-RS``, ``sr-Latn``, ``sr``: the language, then each one that it is a variety of (RFC 4647, lookup)."""
    while language:
        yield language
        language = language.rpartition("-")[0]


def text_in(texts: Mapping[str, str], language: str, *instead: str) -> LocalText | None:
    """The text for readers of ``language`` or of what it is a variety of; else in the first of ``instead`` it has."""
    for wanted in (*with_parents(language), *instead):
        if wanted in texts:
            return LocalText(texts[wanted], wanted)
    return None


@dataclass(frozen=True, slots=True)
class Publication:
    """Name, languages and what an edition says about its newsroom. Languages are BCP 47 tags."""

    name: str
    languages: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """The name in languages where it differs."""
    base_url: str = ""
    about: Mapping[str, str] = field(default_factory=dict)
    """What the newsroom says about itself; each line of a text is a paragraph."""
    interface: Mapping[str, str] = field(default_factory=dict)
    """Which language's words stand around stories, for languages that take another one's."""

    def name_in(self, language: str) -> str:
        """The publication's name as readers of ``language`` know it."""
        return self.names.get(language, self.name)

    def interface_in(self, language: str) -> str:
        """The interface language that the newsroom chose for ``language``; empty where it left that to us."""
        return self.interface.get(language, "")

    def about_in(self, language: str) -> LocalText | None:
        """What the newsroom says about itself: in ``language``, else in English, else in its own first language."""
        return text_in(self.about, language, "en", self.languages[0])


@dataclass(frozen=True, slots=True)
class Cover:
    """The square picture of a podcast: a JPEG and its SHA-256 (hex). ``language`` is empty for one that serves all."""

    language: str
    digest: str
    data: bytes = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """Where it lies below a language's folder: another picture has another address, because programs keep them."""
        return f"podcast-{self.digest[:20]}.jpg"


def cover_in(covers: Iterable[Cover], language: str) -> Cover | None:
    """The cover of the podcast in ``language``."""
    by_language = {cover.language: cover for cover in covers}
    return next((by_language[tag] for tag in (*with_parents(language), "") if tag in by_language), None)


@dataclass(frozen=True, slots=True)
class SectionLabel:
    """A section of the newspaper and its labels by language."""

    section: str
    labels: Mapping[str, str]

    def label_in(self, language: str) -> str:
        """The label in ``language``, or the section's id where none is given."""
        return self.labels.get(language, self.section)


@dataclass(frozen=True, slots=True)
class FrontPage:
    """What editors put on top, in order. ``language`` is empty for a front page that holds for all.

    ``section`` is empty for the front page itself; else it is the first page of that section.
    """

    language: str
    pins: tuple[str, ...]
    """Story ids; the first is the lead. Newest first follows."""
    section: str = ""


def pins_in(fronts: Iterable[FrontPage], language: str, section: str = "") -> tuple[str, ...]:
    """What stands on top in ``language``: its own pins, even if they are none; else those that hold for all."""
    found = {front.language: front.pins for front in fronts if front.section == section}
    return found.get(language, found.get("", ()))
