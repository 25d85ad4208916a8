"""``tamizdat.toml``: read once, checked whole, every error naming file, line and key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tamizdat.colour import TEXT_CONTRAST, WHITE, contrast, is_colour, readable_on
from tamizdat.config_newsroom import NewsroomSettings, newsroom_settings
from tamizdat.errors import ConfigError, NoticeError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.locales import INTERFACE_LANGUAGES
from tamizdat.notices import Act, Notice, Who
from tamizdat.publication import Cover, FrontPage, Publication, SectionLabel, text_in
from tamizdat.settings_table import Table
from tamizdat.story import check_story_id, is_safe_url
from tamizdat.way_in import fault_of, is_mistyped_onion, tidy

FILE_NAME: Final = "tamizdat.toml"
NEWSROOM: Final = "newsroom"
"""The kind of source that has no place: the newsroom of this publication."""
SOURCE_KINDS: Final = ("feed", "folder", "jsonl", "ninjs", "newsml", "wordpress", "ghost", NEWSROOM)
_WEB_KINDS: Final = frozenset({"feed", "ninjs", "newsml", "wordpress"})
CARRIER_KINDS: Final = ("directory",)
TABLES: Final = ("publication", "site", "sources", "carriers", "mirrors", "sections", "front", "notices", "newsroom")
ENCODINGS: Final = ("gzip", "br", "zstd")
WIRES: Final = ("ninjs", "newsml")
DEFAULT_COLOUR: Final = "#8a1c1c"
MAX_STORIES_IN_FEED: Final = 200
MAX_ABOUT_CHARS: Final = 6_000
MAX_TAGLINE_CHARS: Final = 120
MAX_NAME_CHARS: Final = 120
MAX_LABEL_CHARS: Final = 60
MAX_SECTIONS: Final = 40
"""They stand on every page, and every page has to stay within the budget of the press."""
_DECODE_LINE: Final = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """One ``[[sources]]`` table. Exactly one of ``path`` (relative to the settings) and ``url`` is set.

    Neither is for a newsroom, of which there is one at most.
    """

    kind: str
    path: str = ""
    url: str = ""
    language: str = ""

    @property
    def name(self) -> str:
        """What messages call the source."""
        return self.url or self.path or self.kind


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """One ``[[carriers]]`` table."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """One ``[[mirrors]]`` table: a mirror that editions make known. ``url`` is a way in without fault."""

    url: str
    languages: tuple[str, ...] = ()
    """The editions that name it; all if empty."""
    since: date | None = None

    def is_named_in(self, language: str) -> bool:
        """Whether editions in ``language`` name it."""
        return not self.languages or language in self.languages


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The ``[site]`` table. ``precompress`` names HTTP content encodings, in the order of the file."""

    enabled: bool = True
    precompress: tuple[str, ...] = ENCODINGS
    stories_in_feed: int = 30
    colour: str = DEFAULT_COLOUR
    """``#rrggbb``; text in it can be read on white. For dark pages there is ``colour.readable_on``."""
    tagline: Mapping[str, str] = field(default_factory=dict)
    wires: tuple[str, ...] = ()
    """Formats of :data:`WIRES`, in that order, in which stories are there for partners, too."""

    covers: tuple[Cover, ...] = ()
    """Of podcasts. Only a newsroom has them: they stand in no file of settings."""

    def tagline_in(self, language: str) -> str:
        """The line under the newspaper's name, or empty: one in another language than the page's would only confuse."""
        found = text_in(self.tagline, language)
        return found.text if found else ""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a publication. ``base_dir`` is the folder that holds them."""

    base_dir: Path
    publication: Publication
    sources: tuple[SourceSettings, ...] = ()
    carriers: tuple[CarrierSettings, ...] = ()
    mirrors: tuple[MirrorSettings, ...] = ()
    sections: tuple[SectionLabel, ...] = ()
    fronts: tuple[FrontPage, ...] = ()
    notices: tuple[Notice, ...] = ()
    site: SiteSettings = field(default_factory=SiteSettings)
    newsroom: NewsroomSettings = field(default_factory=NewsroomSettings)


def load_config(folder: Path) -> Config:
    """The settings of the publication in ``folder``. Raises ConfigError."""
    file = folder / FILE_NAME
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror}); make a publication with `tamizdat init`",
            file=str(file),
            line=0,
            key="-",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", file=file.name, line=0, key="-") from error
    return parse_config(text, file)


def parse_config(text: str, file: Path) -> Config:
    """The settings in ``text``, which came from ``file``. Raises ConfigError."""
    document = _document(text, file)
    lines = text.split("\n")

    def tables(name: str) -> list[Table]:
        values = document.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise Table(file, lines, name, 0, {}).error("", f"must be written as [[{name}]]")
        return [Table(file, lines, name, nth, value) for nth, value in enumerate(values)]

    def table(name: str) -> Table:
        values = document.get(name, {})
        if not isinstance(values, dict):
            raise Table(file, lines, name, 0, {}).error("", f"must be written as [{name}]")
        return Table(file, lines, name, 0, values)

    for key in document:
        if key not in TABLES:
            raise Table(file, lines, key, 0, {}).error("", f"is not a table of {FILE_NAME}: {', '.join(TABLES)}")
    if "publication" not in document:
        raise ConfigError("is missing", file=file.name, line=0, key="[publication]")
    publication = _publication(table("publication"))
    sections = tuple(map(_section, tables("sections")))
    fronts = tuple(_front(table, publication, sections) for table in tables("front"))
    _each_once(tables("sections"), "id", [label.section for label in sections])
    if len(sections) > MAX_SECTIONS:
        raise tables("sections")[MAX_SECTIONS].error(
            "", f"is one more than the {MAX_SECTIONS} that pages have room for"
        )
    _each_once(tables("front"), "language", list(map(_front_name, fronts)))
    return Config(
        base_dir=file.parent,
        publication=publication,
        sources=_sources(tables("sources"), publication),
        carriers=tuple(_carrier(table) for table in tables("carriers")),
        mirrors=_mirrors(tables("mirrors"), publication),
        sections=sections,
        fronts=fronts,
        notices=_notices(tables("notices"), publication),
        site=_site(table("site")),
        newsroom=newsroom_settings(table("newsroom")),
    )


def _document(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _DECODE_LINE.search(str(error))
        raise ConfigError(str(error), file=file.name, line=int(found[1]) if found else 0, key="-") from error


def _publication(table: Table) -> Publication:
    languages = table.texts("languages")
    if not languages:
        raise table.error("languages", 'is missing: at least one language, like ["en"]')
    for position, language in enumerate(languages):
        table.language("languages", language)
        if language in languages[:position]:
            raise table.error("languages", f"{language} stands twice")
    base_url = _base_url(table)
    name = table.text("name", required=True)
    if len(name) > MAX_NAME_CHARS:
        raise table.error("name", f"is longer than {MAX_NAME_CHARS} characters ({len(name)})")
    names = _limited(table, "names", table.labels("names"), MAX_NAME_CHARS)
    about = _limited(table, "about", table.labels("about", paragraphs=True), MAX_ABOUT_CHARS)
    if about and not {"en", languages[0]} & set(about):
        wanted = " or ".join(dict.fromkeys(("en", languages[0])))
        raise table.error("about", f"needs a text in {wanted}, for readers of languages that lack one")
    interface = _interface(table, languages)
    table.done()
    return Publication(name, languages, names, base_url, about, interface)


def _base_url(table: Table) -> str:
    """Where the site will be found. It stands in every page, and paths are put behind it."""
    base_url = table.text("base_url")
    if not base_url:
        return ""
    try:
        parts = urlsplit(base_url)
        usual = is_safe_url(base_url) and parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:  # brackets, or a port that is none
        usual = False
    if not usual:
        raise table.error("base_url", f"{base_url!r} is not a web address")
    if "@" in parts.netloc:
        raise table.error("base_url", "names a user: everybody would read that")
    if "?" in base_url or "#" in base_url:
        raise table.error("base_url", f"{base_url!r} must end with a path: neither ? nor #")
    return base_url


def _interface(table: Table, languages: tuple[str, ...]) -> dict[str, str]:
    interface = table.by_language("interface")
    for language, chosen in interface.items():
        if language not in languages:
            raise table.error(f"interface.{language}", f"{language} is not among the publication's languages")
        if chosen not in INTERFACE_LANGUAGES:
            choice = ", ".join(INTERFACE_LANGUAGES)
            raise table.error(f"interface.{language}", f"there is no interface in {chosen!r}; there is in {choice}")
    return interface


def _limited(table: Table, key: str, texts: dict[str, str], most: int) -> dict[str, str]:
    for language, text in texts.items():
        if len(text) > most:
            raise table.error(f"{key}.{language}", f"is longer than {most} characters ({len(text)})")
    return texts


def _site(table: Table) -> SiteSettings:
    encodings, wires = table.some_of("precompress", ENCODINGS), table.some_of("wires", WIRES)
    result = SiteSettings(
        enabled=table.flag("enabled", default=True),
        precompress=encodings if table.has("precompress") else ENCODINGS,
        stories_in_feed=table.number("stories_in_feed", 30, 1, MAX_STORIES_IN_FEED),
        colour=_colour(table),
        tagline=_limited(table, "tagline", table.labels("tagline"), MAX_TAGLINE_CHARS),
        wires=tuple(name for name in WIRES if name in wires),
    )
    table.done()
    return result


def _colour(table: Table) -> str:
    """The accent colour. It is refused if text in it could not be read on white paper."""
    colour = table.text("colour").lower() or DEFAULT_COLOUR
    if not is_colour(colour):
        raise table.error("colour", f"must be written like {DEFAULT_COLOUR}, not {colour!r}")
    ratio = contrast(colour, WHITE)
    if ratio < TEXT_CONTRAST:
        shown = int(ratio * 100) / 100  # never rounded up to what it does not reach
        better = readable_on(WHITE, colour)
        raise table.error(
            "colour", f"has a contrast of {shown}:1 on white, and text needs {TEXT_CONTRAST}:1; {better} has it"
        )
    return colour


def _sources(tables: list[Table], publication: Publication) -> tuple[SourceSettings, ...]:
    sources = tuple(_source(table, publication) for table in tables)
    newsrooms = [table for table, source in zip(tables, sources, strict=True) if source.kind == NEWSROOM]
    if len(newsrooms) > 1:
        raise newsrooms[1].error("kind", "a publication has one newsroom at most")
    return sources


def _source(table: Table, publication: Publication) -> SourceSettings:
    kind = table.one_of("kind", SOURCE_KINDS)
    path, url, language = table.text("path"), table.text("url"), table.text("language")
    if kind == NEWSROOM:
        return _newsroom_source(table)
    if bool(path) == bool(url):
        raise table.error("path", "give either path or url")
    if url and not url.startswith(("http://", "https://")):
        raise table.error("url", f"{url!r} is not an http or https address")
    if url and kind not in _WEB_KINDS:
        raise table.error("url", f"a {kind} source takes a path")
    if language and language not in publication.languages:
        raise table.error("language", f"{language} is not among the publication's languages")
    table.done()
    return SourceSettings(kind, path, url, language)


def _newsroom_source(table: Table) -> SourceSettings:
    for key in ("path", "url", "language"):
        if table.text(key):
            raise table.error(key, "is nothing that a newsroom takes: [newsroom] says where it keeps what it writes")
    table.done()
    return SourceSettings(NEWSROOM)


def _carrier(table: Table) -> CarrierSettings:
    result = CarrierSettings(table.one_of("kind", CARRIER_KINDS), table.text("path", required=True))
    table.done()
    return result


def _mirrors(tables: list[Table], publication: Publication) -> tuple[MirrorSettings, ...]:
    mirrors = tuple(_mirror(table, publication) for table in tables)
    _each_once(tables, "url", [mirror.url for mirror in mirrors])
    if len(mirrors) > LIMITS.max_ways_in:
        detail = f"is one more than the {LIMITS.max_ways_in} that an edition can name"
        raise tables[LIMITS.max_ways_in].error("", detail)
    return mirrors


def _mirror(table: Table, publication: Publication) -> MirrorSettings:
    url = tidy(table.text("url", required=True))
    if fault := fault_of(url):
        raise table.error("url", fault)
    if is_mistyped_onion(url):
        raise table.error("url", f"{url!r} is mistyped: the onion address does not fit its own checksum")
    languages = table.some_of("languages", publication.languages)
    if table.has("languages") and not languages:
        raise table.error("languages", "is empty; leave it out to name the mirror in all languages")
    result = MirrorSettings(url, languages, table.day("since"))
    table.done()
    return result


def _section(table: Table) -> SectionLabel:
    labels = _limited(table, "labels", table.labels("labels"), MAX_LABEL_CHARS)
    result = SectionLabel(table.text("id", required=True), labels)
    table.done()
    return result


def _each_once(tables: list[Table], key: str, values: list[str]) -> None:
    """Refuse the second of two tables with the same ``key``: one of them would never be seen."""
    for position, (table, value) in enumerate(zip(tables, values, strict=True)):
        if value in values[:position]:
            raise table.error(key, f"{value or 'one for all languages'} stands twice")


def _front(table: Table, publication: Publication, sections: tuple[SectionLabel, ...]) -> FrontPage:
    language, section = table.text("language"), table.text("section")
    if language and language not in publication.languages:
        raise table.error("language", f"{language} is not among the publication's languages")
    if section and section not in {label.section for label in sections}:
        raise table.error("section", f"{section!r} is not the id of one of the [[sections]]")
    pins = table.texts("pins")
    for pin in pins:
        try:
            check_story_id(pin)
        except StoryError as error:
            raise table.error("pins", error.detail) from error
    table.done()
    return FrontPage(language, pins, section)


def _front_name(front: FrontPage) -> str:
    """What a message calls the table; empty for the one of all languages."""
    if not front.section:
        return front.language
    return f"{front.language or 'all languages'}, section {front.section}"


def _notices(tables: list[Table], publication: Publication) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    for table in tables:
        notice = _notice(table, publication)
        if notice in notices:
            raise table.error("", "says the same as an earlier one; take one of them out")
        notices.append(notice)
    return tuple(notices)


def _notice(table: Table, publication: Publication) -> Notice:
    languages = table.some_of("languages", publication.languages)
    if table.has("languages") and not languages:
        raise table.error("languages", "is empty; leave it out to show the notice in all languages")
    who, acts = table.some_of("who", tuple(Who)), table.some_of("acts", tuple(Act))
    country, country_name = table.text("country"), table.labels("country_name")
    penalty, law, text = table.labels("penalty"), table.labels_or_text("law"), table.labels("text")
    since, reviewed, expires = table.day("since"), table.day("reviewed"), table.day("expires")
    reviewer, law_url = table.text("reviewer", required=True), table.text("law_url")
    table.done()
    if reviewed is None or expires is None:
        missing = "reviewed" if reviewed is None else "expires"
        raise table.error(missing, "is missing; a day, like 2026-11-23")
    try:
        return Notice(
            who=tuple(one for one in Who if one in who),
            acts=tuple(act for act in Act if act in acts),
            penalty=penalty,
            law=law,
            reviewer=reviewer,
            reviewed=reviewed,
            expires=expires,
            country=country,
            country_name=country_name,
            since=since,
            law_url=law_url,
            text=text,
            languages=languages,
            first_language=publication.languages[0],
        )
    except NoticeError as error:
        raise table.error(str(error.fields["field"]), error.detail) from error
