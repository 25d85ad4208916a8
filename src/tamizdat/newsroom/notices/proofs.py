"""The page on safe reading, with a notice as it would stand there."""

from dataclasses import replace

from tamizdat.newsroom.fronts.views import now
from tamizdat.newsroom.here import here, publication_settings
from tamizdat.newsroom.notices.acting import in_force, not_taken_over, today
from tamizdat.newsroom.notices.models import Wording
from tamizdat.newsroom.notices.writing import draft_of
from tamizdat.newsroom.pressroom.newsroom import settled
from tamizdat.newsroom.pressroom.proof import at_home
from tamizdat.notices import Notice
from tamizdat.press.fixed_pages import fixed_pages
from tamizdat.press.templates import Pages
from tamizdat.publisher.pages import settings_of
from tamizdat.trust.keyring import load_state

_PAGE = "safety.html"


def notice_proof(wording: Wording, language: str) -> bytes:
    """The page in ``language`` with ``wording`` in its place among the others; its own notice alone is another one."""
    config = settled(publication_settings(), now())
    value = wording.value() if wording.signed else draft_of(wording.data, today())
    own: list[Notice] = [value if each.notice_id == wording.notice_id else each.value() for each in in_force()]
    if value not in own:
        own.append(value)
    notices = (*own, *not_taken_over(publication_settings().notices))
    # To look at one edition's notice, it has to be one that this edition shows.
    shown = replace(config, notices=tuple(notices))
    paper = settings_of(shown, load_state(here().folder)).paper(language, now())
    html = next(page for path, page in fixed_pages(Pages(paper)) if path == _PAGE)
    return at_home(html, f"{language}/{_PAGE}")
