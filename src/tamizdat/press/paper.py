"""What stays the same from page to page of one language: name, sections, notices, look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tamizdat.locales import Locale, interface_of, open_locale
from tamizdat.locales.territories import territory_name
from tamizdat.notices import Notice, NoticeState, notices_for
from tamizdat.press.address import as_is, stack_path
from tamizdat.press.stack import StackName
from tamizdat.publication import Cover, FrontPage, LocalText, Publication, SectionLabel, cover_in, pins_in


@dataclass(frozen=True, slots=True)
class Link:
    """A place of the newspaper and what it is called. ``path`` is below the language's folder."""

    path: str
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_is(self.path))


@dataclass(frozen=True, slots=True)
class Risk:
    """A notice in one language, ready to be shown. Texts in another language say which in their ``_lang`` field."""

    place: str
    place_lang: str
    who: str
    acts: str
    penalty: str
    penalty_lang: str
    law: str
    law_lang: str
    law_url: str
    text: str
    text_lang: str
    since: str
    reviewed: str
    warning: str
    """That the last review has expired; empty while it has not."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What readers compare: the fingerprint in digits and words. ``rehearsal``: all keys lie in one place."""

    fingerprint: str
    words: str
    rehearsal: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """One language's newspaper, but for its stories. All pages of the language depend on every field."""

    language: str
    name: str
    tagline: str
    base_url: str
    sections: tuple[Link, ...]
    section_ids: tuple[str, ...]
    pins: tuple[str, ...]
    """What stands on top of the front page, which alone depends on it."""
    risks: tuple[Risk, ...]
    about: tuple[str, ...]
    about_lang: str
    trust: Trust
    colour: str
    stories_in_feed: int
    interface: str = ""
    """The language whose words the newsroom chose for this one; empty where it left that to us."""
    section_pins: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What stands on top of the first page of each section that has such, which alone depends on it."""
    wires: tuple[str, ...] = ()
    """Formats in which stories are there for partners, too."""

    cover: Cover | None = None
    """The picture of the podcast."""

    @property
    def locale(self) -> Locale:
        """Words, dates and direction of the interface."""
        return open_locale(self.language, self.interface)

    @property
    def words_language(self) -> str:
        """The language of the interface, where it is another than the stories'; empty where it is theirs."""
        return words_language(self.locale)

    @property
    def words_lang(self) -> str:
        """Attributes of what holds words of the interface alone, where they are in another language than the page."""
        return _lang_in(self.language, self.words_language) if self.words_language else ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the publication's settings say, for all languages."""

    publication: Publication
    sections: tuple[SectionLabel, ...]
    notices: tuple[Notice, ...]
    taglines: Mapping[str, str]
    fronts: tuple[FrontPage, ...]
    colour: str
    stories_in_feed: int
    trust: Trust
    wires: tuple[str, ...] = ()

    covers: tuple[Cover, ...] = ()

    def paper(self, language: str, now: datetime) -> Paper:
        """The newspaper in ``language``. ``now`` decides only whether a notice's review still counts."""
        publication, interface = self.publication, self.publication.interface_in(language)
        locale = open_locale(language, interface)
        about = publication.about_in(language)
        return Paper(
            language=language,
            name=publication.name_in(language),
            tagline=self.taglines.get(language, ""),
            base_url=publication.base_url and publication.base_url.rstrip("/") + "/",
            sections=tuple(
                Link(stack_path(StackName("section", label.section)), label.label_in(language))
                for label in self.sections
            ),
            section_ids=tuple(label.section for label in self.sections),
            pins=pins_in(self.fronts, language),
            risks=tuple(_risk(notice, locale, now) for notice in notices_for(self.notices, language)),
            about=about.paragraphs if about else (),
            about_lang=_other(about, words_language(locale) or language),
            trust=self.trust,
            colour=self.colour,
            stories_in_feed=self.stories_in_feed,
            cover=cover_in(self.covers, language),
            interface=interface,
            section_pins=tuple(
                (label.section, pins)
                for label in self.sections
                if (pins := pins_in(self.fronts, language, label.section))
            ),
            wires=self.wires,
        )


def _risk(notice: Notice, locale: Locale, now: datetime) -> Risk:
    texts, language = locale.texts, locale.tag
    around = words_language(locale) or language
    place = notice.country_in(language) or territory_name(language, notice.country)
    penalty, law, text = notice.penalty_in(language), notice.law_in(language), notice.text_in(language)
    expired = notice.state_at(now) is NoticeState.EXPIRED
    # A Latin name would draw the date after it to its own side.
    reviewer = f"\u2068{notice.reviewer}\u2069" if locale.direction == "rtl" else notice.reviewer
    return Risk(
        place=place.text,
        place_lang=_other(place, around),
        who=locale.join([texts[f"who_{who}"] for who in notice.who]),
        acts=locale.join([texts[f"act_{act}"] for act in notice.acts]),
        penalty=penalty.text,
        penalty_lang=_other(penalty, around),
        law=law.text,
        law_lang=_other(law, around),
        law_url=notice.law_url,
        text=text.text if text else "",
        text_lang=_other(text, around),
        since=locale.date(notice.since) if notice.since else "",
        reviewed=_one_stop(locale.say("risk_reviewed", reviewer=reviewer, date=locale.date(notice.reviewed))),
        warning=_one_stop(locale.say("risk_expired", date=locale.date(notice.reviewed))) if expired else "",
    )


def _one_stop(sentence: str) -> str:
    """``sentence`` with one full stop where a date brings its own, like 2 июня 2025 г."""
    return sentence.replace("..", ".")


def words_language(locale: Locale) -> str:
    """The language of the words of ``locale``, where it only stands in for the locale's own; else empty."""
    return "" if locale.interface == interface_of(locale.tag) else locale.interface


def _lang_in(around: str, language: str) -> str:
    """Attributes of a text in ``language`` in the midst of ``around``; the direction is said where it changes."""
    direction = open_locale(language).direction
    turned = f' dir="{direction}"' if direction != open_locale(around).direction else ""
    return f' lang="{language}"{turned}'


def _other(text: LocalText | None, language: str) -> str:
    """Attributes that say which language a text is in, where it is not the one in the midst of which it stands."""
    if text is None or text.language in {"", language}:
        return ""
    return f' lang="{text.language}" dir="{open_locale(text.language).direction}"'
