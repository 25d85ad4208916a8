"""The templates of one language, compiled once, with all that does not change from page to page already in them."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from minijinja import Environment

from tamizdat.press.address import as_is, up
from tamizdat.press.card import Issue
from tamizdat.press.look import look
from tamizdat.press.paper import Link, Paper

_COLOPHON: Final = (
    ("about.html", "about_us"),
    ("corrections.html", "corrections"),
    ("safety.html", "safe_reading"),
    ("verify.html", "verify_page"),
    ("archive.html", "archive"),
    ("../index.html", "languages"),
)
_ICON_SVG: Final = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path fill='{colour}' d='M0 0h9v9H0z'/>"
    "<path stroke='#fff' d='M2 2.5h5m-5 2h5m-5 2h3'/></svg>"
)


def icon(colour: str) -> str:
    """A newspaper in the accent colour, as a data address: no file, no request. Needs no escaping between quotes."""
    return "data:image/svg+xml," + quote(_ICON_SVG.format(colour=colour), safe="/=':")


class Pages:
    """Renders pages of one language."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.locale = locale = paper.locale
        self._environment = environment()
        texts = locale.texts
        for name, value in {
            "paper": paper,
            "base": as_is(escape(paper.base_url)),
            "t": texts,
            **_languages(paper),
            "direction": locale.direction,
            "icon": icon(paper.colour),
            "colophon": tuple(Link(path, texts[label]) for path, label in _COLOPHON),
        }.items():
            self._environment.add_global(name, value)

    def render(self, template: str, kind: str, path: str, issue: Issue | None, **values: object) -> bytes:
        """The page at ``path`` below the language's folder, of a kind that :mod:`tamizdat.press.look` knows.

        ``issue`` is the edition that brought what the page shows; None for pages that only the settings make.
        """
        paper = self.paper
        text = self._environment.render_template(
            f"{template}.html",
            look=look(kind, self.locale.script, paper.language, paper.colour),
            path=as_is(path),
            up=as_is(up(path)),
            issue=issue,
            edition=self._edition(issue) if issue else "",
            **{"podcast": "", **values},
        )
        return text.encode()

    def _edition(self, issue: Issue) -> str:
        number, time = self.locale.number(issue.number), self.locale.date_time(issue.time)
        return self.locale.say("edition_line", number=number, date=time)


def _languages(paper: Paper) -> dict[str, str]:
    """Attributes that tell words of the interface from those of the newspaper; all empty where both are one language.

    ``t_lang`` is for what holds words of the interface alone. ``t_label`` is for a box of which only the label is the
    interface's, so it turns nothing; ``paper_label`` is for what stands in such a box.
    """
    names = ("t_lang", "t_label", "paper_label")
    words, language = paper.words_language, paper.language
    said = (paper.words_lang, f' lang="{words}"', f' lang="{language}"') if words else ("", "", "")
    return dict(zip(names, map(as_is, said), strict=True))


def environment() -> Environment:
    """Templates without the globals of a language."""
    env = Environment(loader=_source, undefined_behavior="strict")
    env.trim_blocks = env.lstrip_blocks = True
    return env


@cache
def _source(name: str) -> str:
    return (files("tamizdat.press") / "templates" / name).read_text("utf-8")
