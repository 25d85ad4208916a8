"""Pages that change with the settings and not with the news: about, safe reading, verifying, errors, the chooser."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import segno

from tamizdat.locales import open_locale
from tamizdat.press.address import as_is, feed_paths
from tamizdat.press.look import look
from tamizdat.press.paper import Link, Paper
from tamizdat.press.stack import ALL
from tamizdat.press.templates import Pages, environment, icon

_FEED_NAMES: Final = {"atom": "Atom", "rss": "RSS 2.0", "json": "JSON Feed"}
_ERROR_LANGUAGES: Final = 3


def fixed_pages(templates: Pages) -> Iterator[tuple[str, bytes]]:
    """Path below the language's folder, and bytes, of each."""
    paper, texts = templates.paper, templates.locale.texts
    for path, label, values in (
        ("about.html", "about_us", {"feeds": _feeds()}),
        ("safety.html", "safe_reading", {}),
        ("verify.html", "verify_page", _verify(paper)),
        ("error.html", "not_found_title", {}),
    ):
        yield (
            path,
            templates.render(
                path.removesuffix(".html"),
                "fixed",
                path,
                None,
                title=f"{texts[label]} — {paper.name}",
                description=_DESCRIPTIONS[path](texts),
                breaking=(),
                alternates=(),
                og_type="",
                card_image="",
                linked_data="",
                **values,
            ),
        )


_Texts = Mapping[str, str]
_DESCRIPTIONS: Final[dict[str, Callable[[_Texts], str]]] = {
    "about.html": lambda texts: texts["about_independent"],
    "safety.html": lambda texts: texts["safe_intro"],
    "verify.html": lambda texts: texts["verify_intro"],
    "error.html": lambda texts: texts["not_found_text"],
}


def _feeds() -> list[Link]:
    return [Link(path, _FEED_NAMES[form]) for form, path in feed_paths(ALL).items()]


def _verify(paper: Paper) -> dict[str, object]:
    trust = paper.trust
    code = segno.make(trust.fingerprint.upper(), error="m", micro=False)
    return {
        "groups": " ".join(trust.fingerprint[at : at + 8] for at in range(0, len(trust.fingerprint), 8)),
        "qr": code.svg_inline(border=2, light="#fff", omitsize=True, svgclass=None, lineclass=None),
    }


# --- The whole site -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Choice:
    """One language of the chooser. ``paper`` is the publication's name in it."""

    tag: str
    name: str
    direction: str
    paper: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence in one language."""

    tag: str
    direction: str
    text: str


def chooser(papers: Sequence[Paper]) -> bytes:
    """``index.html`` of the whole site: every language in its own words."""
    return _root_page(papers, "index.html", "", [], _first(papers).name)


def not_found(papers: Sequence[Paper]) -> bytes:
    """``404.html``, which servers show in place of any page, so its links are from the top of the server."""
    texts = [_said(paper, "not_found_text") for paper in papers[:_ERROR_LANGUAGES]]
    return _root_page(papers, "404.html", "/", texts, _first(papers).locale.texts["not_found_title"])


def _first(papers: Sequence[Paper]) -> Paper:
    """Whose words the pages of the whole site begin with: English if there is any, else the publication's first."""
    return next((paper for paper in papers if paper.language == "en"), papers[0])


def _said(paper: Paper, name: str) -> _Said:
    """A text of the interface, in whatever language the interface is."""
    language = paper.words_language or paper.language
    return _Said(language, open_locale(language).direction, paper.locale.texts[name])


def _root_page(papers: Sequence[Paper], path: str, up: str, texts: list[_Said], heading: str) -> bytes:
    first = _first(papers)
    kind = look("chooser", "Zyyy", "", first.colour)
    label = first.locale.texts["choose_language"]
    choices = sorted((_choice(paper) for paper in papers), key=lambda choice: choice.name.casefold())
    return (
        environment()
        .render_template(
            "chooser.html",
            first=_said(first, "choose_language"),
            policy=kind.policy,
            style=kind.style,
            title=f"{heading} — {label}",
            description=first.locale.texts["about_independent"],
            icon=icon(first.colour),
            base_url=as_is(escape(first.base_url)) if path == "index.html" else "",
            path="",
            heading=heading,
            texts=texts,
            label=label,
            rehearsal=first.locale.texts["rehearsal"] if first.trust.rehearsal else "",
            languages=choices,
            up=up,
        )
        .encode()
    )


def _choice(paper: Paper) -> _Choice:
    locale = open_locale(paper.language)
    return _Choice(paper.language, locale.language_name, locale.direction, paper.name)
