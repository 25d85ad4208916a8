"""Notices for readers at risk, as feeds show them: in short at the end of each story, and as text beside the title."""

from html import escape
from typing import Final

from tamizdat.press.feeds.places import Places
from tamizdat.press.paper import Paper, Risk

SAFETY: Final = "safety.html"
# Plain text has no lang and dir: these keep a text of another language from turning the line around it.
_ISOLATE: Final = "\u2068"
_POP: Final = "\u2069"


def notice_html(paper: Paper, places: Places) -> str:
    """What stands below each story; empty if there is no notice."""
    if not paper.risks:
        return ""
    texts = paper.locale.texts
    risks = "".join(map(_risk_html, paper.risks))
    more = ""
    if places.whole:
        more = f'<p><a href="{escape(places.page(SAFETY))}">{escape(texts["find_out_more"])}</a></p>'
    notice = f"<p><strong>{escape(texts['risk_title'])}</strong></p><ul>{risks}</ul>{more}"
    return f"<hr><div{paper.words_lang}>{notice}</div>" if paper.words_lang else f"<hr>{notice}"


def notice_lines(paper: Paper, places: Places) -> list[str]:
    """The lines that a feed's description begins with."""
    texts = paper.locale.texts
    lines = [texts["rehearsal"]] if paper.trust.rehearsal else []
    if paper.risks:
        more = [f"{texts['find_out_more']}: {places.page(SAFETY)}"] if places.whole else []
        lines.append(" · ".join((texts["risk_title"], *map(_risk_text, paper.risks), *more)))
    return lines


def _risk_html(risk: Risk) -> str:
    penalty = escape(risk.penalty)
    if risk.penalty_lang:
        penalty = f"<span{risk.penalty_lang}>{penalty}</span>"
    warning = f" <em>({escape(risk.warning)})</em>" if risk.warning else ""
    place = f"<strong{risk.place_lang}>{escape(risk.place)}</strong>"
    return f"<li>{place}: {escape(risk.acts)}. {penalty}{warning}</li>"


def _risk_text(risk: Risk) -> str:
    place, penalty = _apart(risk.place, risk.place_lang), _apart(risk.penalty, risk.penalty_lang)
    return f"{place}: {risk.acts}. {penalty}{f' ({risk.warning})' if risk.warning else ''}"


def _apart(text: str, lang: str) -> str:
    return f"{_ISOLATE}{text}{_POP}" if lang else text
