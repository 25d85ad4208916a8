"""A story as IPTC's NewsML-G2 2.35, conformance *power*: one ``newsItem`` for each language, and the front page as a
``packageItem``.

Our own source of kind ``newsml`` reads it back; docs/reference/wires-out.md says what does not survive. A retracted
story has no text any more and is sent as ``stat:canceled``, with the reason for editors.
"""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from tamizdat.edition.canonical import time_to_text
from tamizdat.markup.write import block_html
from tamizdat.press.card import Card, Issue
from tamizdat.press.feeds.entry import paper_urn
from tamizdat.press.paper import Paper
from tamizdat.press.wire import LEAD_CLASS, STORY_ID_URI, Wire, closed, guid_of
from tamizdat.press.xml import DECLARATION, element, possible
from tamizdat.story import CLARIFICATION, CORRECTION, UPDATE, PictureBlock

MEDIA_TYPE: Final = "application/vnd.iptc.g2.newsitem+xml"
_NAMESPACE: Final = "http://iptc.org/std/nar/2006-10-01/"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_CATALOG: Final = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml"
_STANDARD: Final = {"standard": "NewsML-G2", "standardversion": "2.35", "conformance": "power"}
TRANSLATION: Final = "https://schema.org/workTranslation"
"""The relation to other languages' versions: IPTC's own vocabulary has no word for one."""
_SIGNALS: Final = {CORRECTION: "sig:correction", CLARIFICATION: "sig:correction", UPDATE: "sig:update"}


def newsml_file(item: bytes) -> bytes:
    """An item of :func:`newsml_item` or :func:`front_package` as a document of its own."""
    return DECLARATION + item + b"\n"


def newsml_item(wire: Wire) -> bytes:
    """One ``newsItem``, UTF-8, the same bytes for the same story."""
    story = wire.story
    said = "".join((
        element("catalogRef", href=_CATALOG),
        _rights(wire),
        _around("itemMeta", _item_meta(wire)),
        _around("contentMeta", _content_meta(wire)),
        "" if story.retracted else _content(wire),
    ))  # fmt: skip
    named = {"guid": wire.guid, "version": str(story.revision), "xml:lang": story.language, "dir": wire.direction}
    return _around("newsItem", [said], xmlns=_NAMESPACE, **_STANDARD, **named).encode()


def front_package(paper: Paper, issue: Issue, cards: Iterable[Card], hrefs: Iterable[str]) -> bytes:
    """The front page as a ``packageItem``: ``cards`` in its order, and where each story's item is."""
    references = [_reference(paper, card, href) for card, href in zip(cards, hrefs, strict=True)]
    meta = (
        element("itemClass", qcode="ninat:composite"),
        _around("provider", [element("name", paper.name)]),
        element("versionCreated", time_to_text(issue.time)),
        element("pubStatus", qcode="stat:usable"),
        element("title", paper.name),
    )
    group = _around("group", references, id="front", role="group:main")
    said = (
        element("catalogRef", href=_CATALOG),
        _around("itemMeta", meta),
        _around("contentMeta", [element("headline", paper.name)]),
        _around("groupSet", [group], root="front"),
    )
    named = {"guid": f"{paper_urn(paper)}:front", "version": str(issue.number), "xml:lang": paper.language}
    return _around("packageItem", said, xmlns=_NAMESPACE, **_STANDARD, **named).encode()


def newsml_message(paper: Paper, issue: Issue, items: Iterable[bytes]) -> bytes:
    """Items in one ``newsMessage``. ``issue`` says when: the same edition gives the same bytes."""
    header = element("sent", time_to_text(issue.time)) + element("sender", paper.name)
    inside = b"\n".join(items)
    return (
        DECLARATION
        + f'<newsMessage xmlns="{_NAMESPACE}"><header>{header}</header><itemSet>\n'.encode()
        + inside
        + b"\n</itemSet></newsMessage>\n"
    )


# --- parts of an item ---


def _rights(wire: Wire) -> str:
    holder = _around("copyrightHolder", [element("name", wire.holder)])
    terms = [element("usageTerms", wire.terms)] if wire.terms else []
    return _around("rightsInfo", [holder, *terms])


def _item_meta(wire: Wire) -> Iterator[str]:
    story = wire.story
    yield element("itemClass", qcode="ninat:text")
    yield _around("provider", [element("name", wire.holder)])
    yield element("versionCreated", time_to_text(wire.changed))
    yield element("firstCreated", time_to_text(story.published))
    yield element("pubStatus", qcode="stat:canceled" if story.retracted else "stat:usable")
    if wire.note:
        yield element("edNote", wire.note)
    for signal in dict.fromkeys(_SIGNALS.get(each.kind, "sig:correction") for each in story.corrections):
        yield element("signal", qcode=signal)
    if wire.places.whole:
        yield element("altRep", wire.page, contenttype="text/html")
    for language, guid in wire.translations:
        yield element("link", reluri=TRANSLATION, residref=guid, contenttype=MEDIA_TYPE, **{"xml:lang": language})
    for guid in wire.related:
        yield element("link", rel="irel:seeAlso", residref=guid, contenttype=MEDIA_TYPE)
    for recording in story.recordings:
        for each in recording.files:
            held = {"href": wire.sound(each), "contenttype": each.media_type, "size": str(each.size)}
            yield element("link", rel="irel:associatedWith", **held)


def _content_meta(wire: Wire) -> Iterator[str]:
    story = wire.story
    if story.picture:
        width, height = (str(side or "") for side in (story.picture.width, story.picture.height))
        held = {"contenttype": story.picture.media_type, "width": width, "height": height}
        yield element("icon", href=wire.picture(story.picture), **held)
    for tag, names in (("infoSource", story.agencies), ("creator", story.byline)):
        yield from (_around(tag, [element("name", name)]) for name in names)
    yield element("altId", story.story_id, typeuri=STORY_ID_URI)
    yield element("language", tag=story.language)
    for tag, names in (("genre", story.sections), ("subject", story.topics)):
        yield from (_around(tag, [element("name", name)]) for name in names)
    yield element("headline", story.headline)
    if story.dateline:
        yield element("dateline", story.dateline)
    if story.lead:
        yield element("description", story.lead, role="drol:summary")


def _content(wire: Wire) -> str:
    lead = wire.story.picture
    figure = block_html(PictureBlock(lead), wire.picture) if lead else ""
    marked = closed(figure).replace("<figure>", f'<figure class="{LEAD_CLASS}">', 1)
    title = f"<head><title>{escape(wire.story.headline)}</title></head>"
    html = f'<html xmlns="{_XHTML}">{title}<body>{marked}\n{wire.body_html()}</body></html>'
    return f'<contentSet><inlineXML contenttype="application/xhtml+xml">{possible(html)}</inlineXML></contentSet>'


def _reference(paper: Paper, card: Card, href: str) -> str:
    said = (
        element("itemClass", qcode="ninat:text"),
        _around("provider", [element("name", paper.name)]),
        element("pubStatus", qcode="stat:usable"),
        element("title", card.headline),
    )
    guid = guid_of(paper, card.language, card.story_id)
    return _around("itemRef", said, residref=guid, contenttype=MEDIA_TYPE, href=href)


def _around(tag: str, inside: Iterable[str], /, **attributes: str) -> str:
    """An element with elements in it."""
    return element(tag, **attributes).removesuffix("/>") + f">{''.join(inside)}</{tag}>"
