"""Notices: legal risk as data. Who is at risk, where, for which act, since when, who reviewed it, until when.

A notice warns; it never promises safety. So nothing here hides one: an expired notice is still shown and says that
it is, a text that a language lacks comes in another one, and a notice for one language holds for its varieties.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from tamizdat.errors import NoticeError, StoryError
from tamizdat.publication import LocalText, text_in, with_parents
from tamizdat.story import check_language, check_text, is_safe_url

ANY_LANGUAGE: Final = ""
"""The key of a text that stands as it is in every language, like the official title of a law."""

MAX_TEXT_CHARS: Final = 600
"""Of one text in one language: notices stand at the foot of every page, on slow networks."""

MAX_REVIEW_DAYS: Final = 731
"""How long one review can count. Law changes; a warning that nobody looks at again must say so in the end."""

# ISO 3166-1 alpha-2, officially assigned, and XK, which CLDR and most registries use for Kosovo.
_CODES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_CODES.split())


class Who(StrEnum):
    """Who is at risk."""

    RESIDENTS = "residents"
    CITIZENS = "citizens"
    STATELESS = "stateless"


class Act(StrEnum):
    """What may be punished. Each of them warns first."""

    READING = "reading"
    SHARING = "sharing"
    LIKING = "liking"
    COMMENTING = "commenting"
    SAVING = "saving"
    CONTACTING = "contacting"
    DONATING = "donating"


class NoticeState(StrEnum):
    """What the last review of a notice is worth."""

    CURRENT = "current"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Notice:
    """One law of one country, and whom it threatens for what. Raises NoticeError.

    ``country`` is an ISO 3166-1 alpha-2 code; a place that has none is named by ``country_name`` alone, which otherwise
    replaces the usual name in the languages it has. Texts are by language; each that is there has one in English or in
    ``first_language`` (the publication's own). ``law`` may instead be one text under ``ANY_LANGUAGE``. ``expires`` is
    the last day on which the review counts. ``languages`` are the editions that show the notice; empty means all.
    """

    who: tuple[Who, ...]
    acts: tuple[Act, ...]
    penalty: Mapping[str, str]
    law: Mapping[str, str]
    reviewer: str
    reviewed: date
    expires: date
    country: str = ""
    country_name: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    law_url: str = ""
    text: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    first_language: str = "en"

    def __post_init__(self) -> None:
        self._check_country()
        for name, values, kind in (("who", self.who, Who), ("acts", self.acts, Act)):
            _check_choice(name, values, kind)
        for name in ("penalty", "law"):
            if not getattr(self, name):
                raise NoticeError("is missing", field=name)
        for name in ("penalty", "law", "text"):
            self._check_texts(name, getattr(self, name))
        _check("reviewer", self.reviewer)
        if self.law_url and not (is_safe_url(self.law_url) and self.law_url.startswith(("https://", "http://"))):
            raise NoticeError(f"{self.law_url!r} is not a web address", field="law_url")
        self._check_days()
        for language in self.languages:
            _check_tag("languages", language)

    def _check_country(self) -> None:
        if not self.country and not self.country_name:
            raise NoticeError(
                "is missing; give a code like TM, or country_name for a place without one", field="country"
            )
        if self.country and self.country not in COUNTRIES:
            advice = "use the code of ISO 3166-1 in capitals, like TM; a place without one takes country_name instead"
            raise NoticeError(f"{self.country!r} is not a country; {advice}", field="country")
        self._check_texts("country_name", self.country_name, complete=not self.country)

    def _check_texts(self, name: str, texts: Mapping[str, str], *, complete: bool = True) -> None:
        for language, value in texts.items():
            if language != ANY_LANGUAGE or name != "law":
                _check_tag(f"{name}.{language}", language)
            _check(f"{name}.{language}" if language else name, value)
        if complete and texts and not {"en", self.first_language, ANY_LANGUAGE} & set(texts):
            wanted = " or ".join(dict.fromkeys(("en", self.first_language)))
            raise NoticeError(f"needs a text in {wanted}, for readers of languages that lack one", field=name)

    def _check_days(self) -> None:
        if self.expires < self.reviewed:
            raise NoticeError(f"{self.expires} is before the review ({self.reviewed})", field="expires")
        if self.expires - self.reviewed > timedelta(days=MAX_REVIEW_DAYS):
            latest = self.reviewed + timedelta(days=MAX_REVIEW_DAYS)
            raise NoticeError(
                f"{self.expires} is more than two years after the review; {latest} at the latest", field="expires"
            )

    def state_at(self, now: datetime) -> NoticeState:
        """Whether the review still counts on the day that ``now`` (aware) falls on in UTC."""
        if now.tzinfo is None:
            raise ValueError("now must say its time zone")
        return NoticeState.EXPIRED if now.astimezone(UTC).date() > self.expires else NoticeState.CURRENT

    def shown_in(self, language: str) -> bool:
        """Whether the edition in ``language`` shows this notice. One for ``sr`` holds for ``sr-Latn`` too."""
        return not self.languages or any(tag in self.languages for tag in with_parents(language))

    def country_in(self, language: str) -> LocalText | None:
        """The newsroom's own name of the country; None where the usual one of ``country`` serves."""
        return text_in(self.country_name, language, *(() if self.country else self._instead))

    def penalty_in(self, language: str) -> LocalText:
        """What may happen."""
        return self._said(self.penalty, language)

    def law_in(self, language: str) -> LocalText:
        """The law that says so. Its language is empty if one text serves all."""
        return self._said(self.law, language)

    def text_in(self, language: str) -> LocalText | None:
        """The newsroom's free sentence, if there is one."""
        return text_in(self.text, language, *self._instead)

    @property
    def _instead(self) -> tuple[str, ...]:
        return ("en", self.first_language, ANY_LANGUAGE)

    def _said(self, texts: Mapping[str, str], language: str) -> LocalText:
        tag = next(tag for tag in (*with_parents(language), *self._instead) if tag in texts)
        return LocalText(texts[tag], tag)


def notices_for(notices: Iterable[Notice], language: str) -> tuple[Notice, ...]:
    """The notices that the edition in ``language`` shows, in the newsroom's order."""
    return tuple(notice for notice in notices if notice.shown_in(language))


def for_act(notices: Iterable[Notice], language: str, act: Act) -> tuple[Notice, ...]:
    """What the edition in ``language`` says before somebody does ``act``, in the newsroom's order."""
    return tuple(notice for notice in notices_for(notices, language) if act in notice.acts)


def _check_choice(name: str, values: tuple[Who, ...] | tuple[Act, ...], kind: type[Who] | type[Act]) -> None:
    if not values:
        raise NoticeError(f"is missing; at least one of {', '.join(kind)}", field=name)
    if len(set(values)) != len(values):
        raise NoticeError("names one of them twice", field=name)


def _check(name: str, value: str) -> None:
    try:
        check_text(value.strip(), name)
    except StoryError as error:
        raise NoticeError(error.detail, field=name) from error
    if len(value) > MAX_TEXT_CHARS:
        raise NoticeError(f"is longer than {MAX_TEXT_CHARS} characters ({len(value)})", field=name)


def _check_tag(name: str, value: str) -> None:
    try:
        check_language(value)
    except StoryError as error:
        raise NoticeError(error.detail, field=name) from error
