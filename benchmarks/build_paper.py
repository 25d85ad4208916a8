"""The newspaper of the build benchmark: what is the same on every page, for the press and for its peers."""

from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from benchmarks import build_stories
from tamizdat.colour import BLACK
from tamizdat.locales import open_locale
from tamizdat.notices import Act, Notice, Who
from tamizdat.press.card import Issue
from tamizdat.press.look import look
from tamizdat.press.paper import Paper, Settings, Trust
from tamizdat.press.templates import icon
from tamizdat.publication import Publication, SectionLabel
from tamizdat.story import Story

LANGUAGE: Final = "en"
_BASE: Final = "https://news.example/"
_TAGLINE: Final = "Printed abroad, read at home"
_LISTED: Final = 30
"""Stories in a feed and on a page of a list."""


def _notice(country: str, acts: tuple[Act, ...], penalty: str) -> Notice:
    return Notice(
        who=(Who.RESIDENTS, Who.CITIZENS),
        acts=acts,
        penalty={"en": penalty},
        law={"": "Law on the Press, article 4"},
        reviewer="Legal Desk",
        reviewed=date(2026, 9, 1),
        expires=date(2027, 9, 1),
        country=country,
    )


@cache
def paper() -> Paper:
    """The whole of it but for the stories."""
    settings = Settings(
        publication=Publication("The Far Shore", (LANGUAGE,), base_url=_BASE),
        sections=tuple(SectionLabel(name, {LANGUAGE: name.title()}) for name in build_stories.SECTIONS),
        notices=(
            _notice("TM", (Act.SHARING, Act.CONTACTING), "A fine or up to two years in prison"),
            _notice("BY", (Act.READING, Act.SHARING), "Up to thirty days of arrest"),
        ),
        taglines={LANGUAGE: _TAGLINE},
        fronts=(),
        colour=BLACK,
        stories_in_feed=_LISTED,
        trust=Trust("3f" * 32, "bofad " * 8 + "zazaz", rehearsal=False),
    )
    return settings.paper(LANGUAGE, build_stories.END)


def issue_of(story: Story) -> Issue:
    """The edition that brought ``story``: one a day."""
    day = story.published.replace(hour=23, minute=30, second=0)
    return Issue((story.published - build_stories.END).days + 3_700, day)


def last_issue() -> Issue:
    """The newest of them."""
    return Issue(3_701, build_stories.END + timedelta(hours=1))


def for_templates() -> dict[str, Any]:
    """What the peers' templates show on every page; style and policy are the press's own."""
    mine = paper()
    texts = open_locale(LANGUAGE).texts
    looks = {kind: look(kind, "Latn", LANGUAGE, BLACK) for kind in ("story", "list", "front")}
    return {
        "name": mine.name,
        "tagline": mine.tagline,
        "base": _BASE,
        "urn": f"urn:tamizdat:{mine.trust.fingerprint[:32]}:{LANGUAGE}",
        "about": texts["about_independent"],
        "desks": [
            {"id": name, "label": link.label} for name, link in zip(mine.section_ids, mine.sections, strict=True)
        ],
        "risk_title": texts["risk_title"],
        "risks": [{"place": risk.place, "acts": risk.acts, "penalty": risk.penalty} for risk in mine.risks],
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": mine.name,
            "url": _BASE,
            "correctionsPolicy": f"{_BASE}{LANGUAGE}/corrections.html",
        },
        "icon": icon(BLACK),
        "look": {kind: {"style": each.style, "policy": each.policy} for kind, each in looks.items()},
    }
