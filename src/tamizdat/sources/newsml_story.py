"""One ``<newsItem>`` of NewsML-G2 into a story. The only I/O is asking whether a picture is there."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import Markup, read_html, read_text
from tamizdat.sources.fields import as_line, left_note
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.sources.newsml_item import Item, described
from tamizdat.sources.newsml_media import media_in, origins_of
from tamizdat.sources.ninjs_media import Note, Place
from tamizdat.sources.nitf import Article, html_of, read_nitf, unread_of
from tamizdat.sources.port import Author, Origin
from tamizdat.sources.times import parse_time
from tamizdat.sources.versions import Dates, number_of
from tamizdat.sources.xml_tree import Node
from tamizdat.story import Block, Picture, PictureBlock, Story, check_language

_WORDS: Final = re.compile(r"\w+")
_HTML: Final = frozenset({"html", "body", "div", "article", "section", "p"})
_HEAD: Final = "nitf/body/body.head"
_CAPTIONS: Final = ("caption", "description", "")
_STORY_ID: Final = "urn:tamizdat:story-id"
"""The type of the alternative id that is a story's own, from a publication like ours."""
_LEAD: Final = "lead"
"""The class of the figure that is the story's picture and stands first in its text."""


def item_id(node: Node) -> str:
    """What the item is called by its agency, or by a publication like ours. Raises StoryError."""
    meta = node.find("contentMeta")
    for each in meta.all("altId") if meta else []:
        if each.attributes.get("typeuri") == _STORY_ID and (own := as_line(each.text())):
            return own
    if guid := node.attributes.get("guid", "").strip():
        return guid
    raise StoryError("is missing", field="guid")


def _tags(node: Node) -> list[str]:
    meta = node.find("contentMeta")
    return [each.attributes.get("tag", "") for each in meta.all("language")] if meta else []


def item_language(node: Node, fallback: str) -> str:
    """The language of the item's text, else of the item, else of the settings. Raises StoryError."""
    tags = _tags(node)
    for tag in (*tags[:1], node.attributes.get("lang", "")):
        if language := normal_language(tag):
            return check_language(language)
    if not fallback:
        raise StoryError("neither the item nor the settings name one; set it for this source", field="language")
    return check_language(fallback)


def item_dates(item: Item) -> Dates:
    """Raises StoryError; an embargo that cannot be read must not be overlooked."""

    def time_of(path: str) -> datetime | None:
        text = item.text(path)
        return parse_time(text, path) if text else None

    if any(not each.text().strip() for each in item.all("itemMeta/embargoed")):
        raise StoryError("says no time: it must not be used until its source says more", field="itemMeta/embargoed")
    created, versioned = time_of("itemMeta/firstCreated"), time_of("itemMeta/versionCreated")
    content, modified = item.text("contentMeta/contentCreated"), item.text("contentMeta/contentModified")
    published = created or (versioned if not content else _lenient(content)) or versioned
    changed = versioned or (_lenient(modified) if modified else None)
    updated = changed if published and changed and changed > published else None
    return Dates(published, updated, time_of("itemMeta/embargoed"))


def _lenient(text: str) -> datetime | None:
    """When a picture was taken may be a year alone: no reason to leave it out."""
    try:
        return parse_time(text, "contentCreated")
    except StoryError:
        return None


def revision(node: Node) -> int:
    """The version, where it is a number that a revision can be; else 1."""
    return number_of(node.attributes.get("version", "").strip()) or 1


def story_from_item(
    item: Item,
    language: str,
    dates: Dates,
    now: datetime,
    place: Place,
    note: Note,
    gone: Collection[str] = (),
) -> Story:
    """The story. ``note`` hears of everything that it could not take. Raises StoryError.

    Pictures whose files are at addresses in ``gone`` were taken back by themselves, and stay out of it.
    """
    article, markup, shown = _content(item, place, note)
    kinds = ("description", "abstract", "summary", "teaser", "caption", "")
    lead = article.abstract or described(item, kinds)
    headline = _headline(item, article, markup.words or lead)
    if article.headline not in {"", headline}:
        note(f"{_HEAD}/hedline/hl1 left out, the item has another headline: {article.headline[:100]!r}")
    picture, players = media_in(item, headline, lead, place, note)
    picture, blocks = _without(gone, picture or shown, (*markup.blocks, *players), place, note)
    if picture and picture.caption == lead:
        lead = ""
    body = (*_paragraphs(article.subheadlines), *blocks)
    named = [item.take(each) for each in item.all("contentMeta/by")]
    byline = named or list(article.byline)
    if named and (other := [each for each in article.byline if each not in named]):
        note(f"{_HEAD}/byline left out, the item has another: {', '.join(other)[:100]!r}")
    if named_items := _linked(item):
        note(f"items that it names left out: {', '.join(named_items[:20])}")
    for own in item.all("contentMeta/altId"):
        if own.attributes.get("typeuri") == _STORY_ID:
            item.take(own)
    return Story(
        story_id=story_id_from(item_id(item.node)),
        language=language,
        headline=headline,
        published=dates.published or now,
        updated=dates.updated,
        revision=revision(item.node),
        lead="" if lead and " ".join(markup.words.split()).startswith(lead) else lead,
        byline=_few(byline or item.names("contentMeta/creator", language), "authors", note),
        dateline=item.text("contentMeta/dateline") or article.dateline or _located(item, language),
        sections=_few(item.names("contentMeta/genre", language), "genres", note),
        topics=_few(_topics(item, language), "subjects", note),
        agencies=_few(_agencies(item, language), "agencies", note),
        picture=picture,
        body=body,
    )


def _without(
    gone: Collection[str], picture: Picture | None, blocks: Iterable[Block], place: Place, note: Note
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The same without what is ``gone``."""

    def stays(each: Picture) -> bool:
        is_gone = bool(gone) and any(origin in gone for origin in origins_of(each.origin, place))
        if is_gone:
            note(f"picture {each.origin[:200]} left out: its source took it back by itself")
        return not is_gone

    left = tuple(block for block in blocks if not isinstance(block, PictureBlock) or stays(block.picture))
    return picture if picture and stays(picture) else None, left


def origin_of(item: Item, dates: Dates, story: Story) -> Origin:
    """What is known of the item beside its story."""
    urgency, guid = item.text("contentMeta/urgency"), item.node.attributes.get("guid", "")
    page = next((item.take(each) for each in item.all("itemMeta/altRep") if _is_page(each)), guid)
    holder = next(iter(item.names("rightsInfo/copyrightHolder")), "")
    notice = item.texts("rightsInfo/copyrightNotice")
    creators = item.all("contentMeta/creator")
    return Origin(
        link=page if page.startswith(("http://", "https://")) else "",
        provider=story.agencies[0] if story.agencies else holder,
        rights=notice if holder in notice else f"{holder}. {notice}".strip(" ."),
        usage_terms=item.texts("rightsInfo/usageTerms"),
        embargoed=dates.embargoed,
        note=item.texts("itemMeta/edNote"),
        urgency=int(urgency) if urgency in set("123456789") else 0,
        authors=tuple(
            Author(each.attributes.get("qcode") or each.attributes.get("uri", ""), item.take(name))
            for each in creators
            if (name := each.find("name"))
        ),
    )


def _is_page(alternative: Node) -> bool:
    return "html" in alternative.attributes.get("contenttype", "").lower()


# --- text ---


def _headline(item: Item, article: Article, words: str) -> str:
    found = item.text("contentMeta/headline") or article.headline
    if found := found or item.text("itemMeta/title") or item.text("contentMeta/slugline"):
        return found
    if not words:
        raise StoryError("is missing, and there is no text to take one from", field="headline")
    return words if len(words) <= 100 else words[:99].rpartition(" ")[0].strip() + "\u2026"


_Text = tuple[bool, str, Article, Markup, Picture | None]
"""Whether it is a form of markup, what to call it, what NITF says of it, its blocks, and the picture it begins with."""


def _content(item: Item, place: Place, note: Note) -> tuple[Article, Markup, Picture | None]:
    """The longest of the item's texts, NITF or XHTML before plain text."""
    headline = item.text("contentMeta/headline")
    found = [text for each in item.all("contentSet/inlineXML") for text in _inline_xml(each, place, headline, note)]
    found += [text for each in item.all("contentSet/inlineData") if (text := _inline_data(each, note))]
    for each in (*item.all("contentSet/inlineXML"), *item.all("contentSet/inlineData")):
        item.take(each)
    if not found:
        return Article(), Markup(), None
    best = max(found, key=lambda each: (each[0], len(each[3].words)))
    for loss in best[3].notes:
        note(loss)
    known = set(_WORDS.findall(best[3].words))
    for _, label, _, markup, _ in found:
        if surplus := set(_WORDS.findall(markup.words)) - known:
            note(f"{label} left out: it says other words than the text that was taken ({len(surplus)} of them)")
    return best[2], best[3], best[4]


def _inline_xml(inline: Node, place: Place, headline: str, note: Note) -> list[_Text]:
    found: list[_Text] = []
    label = f"inlineXML (line {inline.line})"
    for root in inline.children:
        if root.tag == "nitf":
            article = read_nitf(root)
            for rest in filter(None, (_nitf_rest(root), left_note(unread_of(root)))):
                note(rest)
            found.append((True, label, article, read_html(article.html, base=place.base), None))
        elif root.tag in _HTML:
            shown = _lead_picture(root, place)
            body = root.find("body") or root
            found.append((True, label, Article(), read_html(html_of(body), base=place.base), shown))
            if (title := _title(root)) not in {"", headline}:
                note(f"{label}: its title left out, the item has another headline: {title[:100]!r}")
        else:
            note(f"inlineXML <{root.tag[:60]}> (line {root.line}) left out: it is neither NITF nor XHTML")
    return found


def _inline_data(inline: Node, note: Note) -> _Text | None:
    kind = inline.attributes.get("contenttype", "text/plain").lower()
    text, label = inline.text(), f"inlineData (line {inline.line})"
    if inline.attributes.get("encoding") or not kind.startswith("text/"):
        note(f"{label} left out: {as_line(kind)[:60]} is no text that we read")
        return None
    if not text.strip():
        return None
    return "html" in kind, label, Article(), read_html(text) if "html" in kind else read_text(text), None


def _title(html: Node) -> str:
    head = html.find("head")
    return as_line(head.text("title")) if head else ""


def _lead_picture(root: Node, place: Place) -> Picture | None:
    """Take the figure that is marked as the story's picture out of an XHTML text, if it begins with one."""
    body = root.find("body") or root
    first = next(iter(body.children), None)
    if first is None or first.tag != "figure" or first.attributes.get("class", "") != _LEAD:
        return None
    blocks = read_html(html_of(first), base=place.base).blocks
    if len(blocks) != 1 or not isinstance(blocks[0], PictureBlock):
        return None
    body.parts.remove(first)
    return blocks[0].picture


def _nitf_rest(nitf: Node) -> str:
    """What an NITF document holds outside of what :func:`tamizdat.sources.nitf.read_nitf` reads."""
    document = Item(nitf)
    read = ("hedline/hl1", "hedline/hl2", "byline", "dateline", "abstract")
    for path in (*(f"body/body.head/{each}" for each in read), "body/body.content", "body/body.end"):
        for each in document.all(path):
            document.take(each)
    return left_note([f"nitf/{path}" for path in document.left()])


def _paragraphs(lines: tuple[str, ...]) -> tuple[Block, ...]:
    return tuple(block for line in lines for block in read_text(line).blocks)


# --- who and what ---


def _linked(item: Item) -> list[str]:
    """Other items that it names, but for its translations, and how it is related to them."""
    found = []
    for each in item.all("itemMeta/link"):
        relation = each.attributes.get("rel", "") or each.attributes.get("reluri", "")
        named = each.attributes.get("residref") or each.attributes.get("href", "")
        if named and "translation" not in relation.lower():
            found.append(as_line(f"{relation.rpartition(':')[2]} {named}")[:200])
    return found


def _located(item: Item, language: str) -> str:
    return next(iter(item.names("contentMeta/located", language)), "")


def _topics(item: Item, language: str) -> list[str]:
    return [
        *item.names("contentMeta/subject", language),
        *(item.take(each) for each in item.all("contentMeta/keyword")),
    ]


def _agencies(item: Item, language: str) -> list[str]:
    sources = item.names("contentMeta/infoSource", language)
    provider = item.names("itemMeta/provider", language) or item.names("rightsInfo/copyrightHolder", language)
    return [*sources, *provider]


def _few(names: list[str], what: str, note: Note) -> tuple[str, ...]:
    distinct = tuple(dict.fromkeys(filter(None, map(as_line, names))))
    if (surplus := len(distinct) - LIMITS.max_header_values) > 0:
        note(f"{surplus} {what} left out: a story has {LIMITS.max_header_values} at most")
    return distinct[: LIMITS.max_header_values]


def rest_note(item: Item) -> str:
    """One sentence for all words that had no place; empty if there are none."""
    return left_note(item.left())
