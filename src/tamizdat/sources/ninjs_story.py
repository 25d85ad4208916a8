"""One item of ninjs, of any version, into a story. The only I/O is asking whether a picture is there."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tamizdat.errors import SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import Markup, plain_text, read_html, read_text
from tamizdat.sources.fields import Fields, as_line
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.languages import normal_language
from tamizdat.sources.ninjs_media import Media, Note, Place, Terms, addresses_of, is_media, media_of, why_held, words_of
from tamizdat.sources.nitf import nitf_in
from tamizdat.sources.port import Author, Origin
from tamizdat.sources.times import parse_time
from tamizdat.sources.versions import Dates, number_of
from tamizdat.story import Block, Embed, Heading, Picture, PictureBlock, Story, check_language, plain

_STORY_ID_ROLE: Final = "story-id"
_WORDS: Final = re.compile(r"\w+")
_TRANSLATION: Final = "translation"
_NAMED_ONLY: Final = frozenset({_TRANSLATION, "seeAlso"})
"""Relations to other items that come by themselves, if at all."""
_BESIDE_THE_TEXT: Final = frozenset({"summary", "sidebar", "teaser", "abstract", "caption", "infobox", "factbox"})
"""Roles of bodies that are no story's text, however long, where there is another one."""
_LEADING: Final = frozenset({"featuremedia", "main", "mainpic", "mainpicture", "lead", "leadpicture", "topimage"})
_BESIDE: Final = (
    "charcount",
    "wordcount",
    "type",
    "mimetype",
    "standard",
    "$standard",
    "$schema",
    "representationtype",
)


def item_id(item: Fields) -> str:
    """What the item is called by its agency, or by a publication like ours. Raises StoryError."""
    for each in item.objects("altids"):
        if str(each.take("role") or "") == _STORY_ID_ROLE and (own := each.text("value")):
            item.silent("uri", "guid")
            return own
    found = item.text("uri", "guid")
    if not found:
        raise StoryError("is missing", field="uri")
    return found


def item_language(item: Fields, fallback: str) -> str:
    """The language of the item's edition. Raises StoryError."""
    named = item.text("language")
    language = normal_language(named) or named or fallback
    if not language:
        raise StoryError("neither the item nor the settings name one; set it for this source", field="language")
    return check_language(language)


def item_dates(item: Fields) -> Dates:
    """Raises StoryError; an embargo that cannot be read must not be overlooked."""

    def time_of(*names: str) -> datetime | None:
        text = item.text(*names)
        return parse_time(text, names[0]) if text else None

    for name in ("embargoed", "embargoeduntil"):
        if item.take(name) is not None and not item.text(name):
            raise StoryError("is no time", field=name)
    created, versioned = time_of("firstcreated", "firstpublished"), time_of("versioncreated")
    published = created or time_of("contentcreated") or versioned
    updated = versioned if published and versioned and versioned > published else None
    return Dates(published, updated, time_of("embargoed", "embargoeduntil"))


def revision(item: Fields) -> int:
    """The version, where it is a number that a revision can be; else 1."""
    return number_of(item.text("version")) or 1


def story_from_item(
    item: Fields,
    language: str,
    dates: Dates,
    now: datetime,
    place: Place,
    note: Note,
    gone: frozenset[str] = frozenset(),
) -> Story:
    """The story. ``note`` hears of everything that it could not take. Raises StoryError.

    Pictures whose ids are in ``gone`` were taken back by themselves, and stay out of it.
    """
    headline, text = _headline(item), _body(item, place, note)
    lead = _lead(item)
    if not headline and not lead and not text.blocks:
        raise StoryError("is missing, and there is no text to take one from", field="headline")
    if not headline:
        note("has no headline: its first words stand in")
        headline = _shortened(lead or text.words or "Untitled")
    terms = Terms(now, dates.embargoed, gone)
    blocks, held = _held_media(item, _without_headline(text.blocks, headline), place, terms, note)
    picture, body = _with_media(item, blocks, held, place, headline, note)
    if isinstance(picture, Picture) and picture.caption == lead:
        lead = ""
    agencies = _agencies(item, note)
    story = Story(
        story_id=story_id_from(item_id(item)),
        language=language,
        headline=headline,
        published=dates.published or now,
        updated=dates.updated,
        revision=revision(item),
        lead="" if lead and " ".join(text.words.split()).startswith(lead) else lead,
        byline=_few(_byline(item), "bylines", note),
        dateline=item.text("located", "dateline"),
        sections=_names(item, ("genre", "genres", "service", "anpa_category"), "sections", note),
        topics=_names(item, ("subject", "subjects", "keywords"), "subjects", note),
        agencies=agencies,
        picture=picture,
        body=body,
    )
    item.silent(*_BESIDE, "pubstatus", "language")
    return story


def origin_of(item: Fields, dates: Dates, story: Story, now: datetime, gone: frozenset[str] = frozenset()) -> Origin:
    """What is known of the item beside its story, which came without what is ``gone``."""
    urgency = item.text("urgency", "priority")
    rights = item.text("copyrightnotice")
    holder = item.text("copyrightholder")
    return Origin(
        link=item.text("link", "canonicalurl") or _page(item),
        provider=story.agencies[0] if story.agencies else holder,
        rights=rights if holder in rights else f"{holder}. {rights}".strip(" ."),
        usage_terms=item.text("usageterms"),
        embargoed=dates.embargoed,
        note=item.text("ednote"),
        urgency=int(urgency) if urgency in set("123456789") else 0,
        authors=tuple(Author(each.text("code", "uri"), each.text("name")) for each in item.objects("authors")),
        parts=tuple(dict.fromkeys(_parts(item, Terms(now, dates.embargoed, gone)))),
    )


def _page(item: Fields) -> str:
    """Where readers find it: its rendition as a page, or its own name, where that is an address."""
    for each in item.objects("renditions"):
        if each.text("name") == "page" and each.text("contenttype") == "text/html":
            return each.text("href")
    uri = item.text("uri")
    return uri if uri.startswith("http") else ""


# --- text ---


def _headline(item: Fields) -> str:
    found = item.objects("headlines")
    for each in found:
        each.silent("role", "contenttype", "charcount", "wordcount")
    main = [each for each in found if str(each.take("role") or "").lower() in {"", "main", "headline"}]
    for each in (*main, *found):
        if text := words_of(each):
            return text
    return plain_text(item.raw("headline")) or item.text("title", "name", "slugline")


def _lead(item: Fields) -> str:
    for each in item.objects("descriptions"):
        each.silent("role", "contenttype", "charcount", "wordcount")
        if text := words_of(each):
            return text
    texts = [plain_text(item.raw(name)) for name in item.names() if name.startswith(("description_", "abstract"))]
    return next(filter(None, texts), "")


def _body(item: Fields, place: Place, note: Note) -> Markup:
    """The richest of the texts: the main one, markup before plain text, the longer before the shorter."""
    found: list[tuple[tuple[bool, bool], str, Markup]] = []
    for name in item.names():
        if name.startswith("body_") and (text := item.raw(name)):
            is_html, markup = _read(name, text, place, note)
            found.append(((True, is_html), name, markup))
    for at, each in enumerate(item.objects("bodies")):
        each.silent("charcount", "wordcount")
        kind, role = each.text("contenttype"), each.text("role")
        if text := each.raw("value"):
            is_html, markup = _read(f"{kind} {role}".lower(), text, place, note)
            rank = (role.rpartition(":")[2].lower() not in _BESIDE_THE_TEXT, is_html)
            found.append((rank, f"bodies[{at}] ({role or kind})", markup))
    if not found:
        return Markup()
    best = max(found, key=lambda each: (each[0], len(each[2].words)))
    for loss in best[2].notes:
        note(loss)
    known = set(_WORDS.findall(best[2].words))
    for _, label, markup in found:
        if surplus := set(_WORDS.findall(markup.words)) - known:
            note(f"{label} left out: it says other words than the text that was taken ({len(surplus)} of them)")
    return best[2]


def _read(kind: str, text: str, place: Place, note: Note) -> tuple[bool, Markup]:
    """Whether it is a form of HTML, and its blocks. Pictures stand in NITF otherwise than in HTML."""
    is_html = "html" in kind
    if "nitf" in kind or text.lstrip().startswith("<nitf"):
        try:
            article = nitf_in(text)
        except SourceError as error:
            note(f"its NITF is read as if it were HTML: it {error.detail}")
        else:
            if around := ", ".join(filter(None, (*article.byline, article.dateline))):
                note(f"its NITF's byline and dateline left out: {around[:200]}")
            return is_html, read_html(article.html, base=place.base)
    is_markup = is_html or "xml" in kind or "nitf" in kind
    return is_html, read_html(text, base=place.base) if is_markup else _read_plain(text)


def _read_plain(text: str) -> Markup:
    """Plain text: empty lines part paragraphs, or, where there are none, all line breaks do."""
    joined = text.replace("\r\n", "\n").strip()
    return read_text(joined if re.search(r"\n[ \t]*\n", joined) else joined.replace("\n", "\n\n"))


def _without_headline(blocks: tuple[Block, ...], headline: str) -> tuple[Block, ...]:
    first = blocks[0] if blocks else None
    repeated = isinstance(first, Heading) and " ".join(plain(first.text).split()) == headline
    return blocks[1:] if repeated else blocks


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:99].rpartition(" ")[0].strip() + "\u2026"


# --- pictures ---


def _held_media(
    item: Fields, blocks: tuple[Block, ...], place: Place, terms: Terms, note: Note
) -> tuple[tuple[Block, ...], list[Fields]]:
    """The text without pictures that must not go with it, and which those are."""
    held: list[Fields] = []
    hidden: set[str] = set()
    for each in item.objects("associations"):
        if (is_media(each) or "renditions" in each) and (why := why_held(each, terms)):
            label = f"{each.text('type') or 'media'} {each.text('uri', 'guid') or each.text('name')}"
            note(f"{label[:200]} left out: {why}")
            hidden |= addresses_of(each, place)
            held.append(each)
            each.silent(*each.names())
    return tuple(block for block in blocks if _address(block) not in hidden), held


def _address(block: Block) -> str:
    return block.picture.origin if isinstance(block, PictureBlock) else str(getattr(block, "url", ""))


def _parts(item: Fields, terms: Terms) -> Iterator[str]:
    """What its pictures are called as items by themselves."""
    for each in item.objects("associations"):
        if is_media(each) and (named := each.text("uri", "guid")) and not why_held(each, terms):
            yield story_id_from(named)


def _with_media(
    item: Fields, blocks: tuple[Block, ...], held: list[Fields], place: Place, headline: str, note: Note
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The lead picture, and the body with the other pictures and players in it or after it."""
    media: list[Media] = []
    if "renditions" in item:
        if is_media(item):
            own = media_of(item, place, note, words=headline)
            media += [own] if own else []
        else:
            media += _other_forms(item, place, note)
    for each in item.objects("associations"):
        if str(each.take("rel") or "") in _NAMED_ONLY and not is_media(each):
            each.silent("name", "type", "language")
            if str(each.take("rel") or "") != _TRANSLATION and (named := each.text("uri")):
                note(f"item that it names left out: {named[:200]}")
            each.silent("uri")
        elif each in held:
            continue
        elif is_media(each) or "renditions" in each:
            found = media_of(each, place, note)
            media += [found] if found else []
        else:
            label = each.text("uri", "guid") or each.text("name")
            note(f"association {label[:200]} left out: it is no picture, film or recording")
    shown, rest = _in_place(blocks, media)
    lead = next((each for each in rest if each.name.lower() in _LEADING and isinstance(each.shown, Picture)), None)
    lead = lead or next((each for each in rest if isinstance(each.shown, Picture)), None)
    after = (each.shown for each in rest if each is not lead)
    body = (*shown, *(each if isinstance(each, Embed) else PictureBlock(each) for each in after))
    return lead.shown if lead and isinstance(lead.shown, Picture) else None, body


def _other_forms(item: Fields, place: Place, note: Note) -> list[Media]:
    """A text's own renditions: pictures among them are its picture, all else are other forms of the text."""
    kinds = [each.text("contenttype", "mimetype") for each in item.objects("renditions")]
    if any(kind.startswith("image/") for kind in kinds):
        found = media_of(item, place, note)
        return [found] if found else []
    return []


def _in_place(blocks: tuple[Block, ...], media: list[Media]) -> tuple[list[Block], list[Media]]:
    """Pictures of the text in their best form, and the media that the text does not show itself."""
    by_address = {address: each for each in media for address in each.addresses}
    shown: list[Block] = []
    used: set[str] = set()
    for block in blocks:
        found = by_address.get(_address(block))
        if found is None:
            shown.append(block)
            continue
        used.update(found.addresses)
        shown.append(_merged(block, found.shown))
    return shown, [each for each in media if used.isdisjoint(each.addresses)]


def _merged(block: Block, better: Picture | Embed) -> Block:
    if isinstance(block, PictureBlock) and isinstance(better, Picture):
        said = block.picture
        return PictureBlock(
            Picture(
                said.alt or better.alt,
                caption=said.caption or better.caption,
                credit=said.credit or better.credit,
                origin=better.origin,
            )
        )
    return block


# --- who and what ---


def _byline(item: Fields) -> list[str]:
    if line := plain_text(item.raw("byline", "by")):
        return [line]
    people = [each for each in item.objects("people") if str(each.take("rel") or "") == "creator"]
    if names := [each.text("name") for each in people]:
        return names
    return [each.text("name") for each in item.objects("authors")]


def _agencies(item: Fields, note: Note) -> tuple[str, ...]:
    named = [each.text("name") for each in item.objects("infosource", "infosources")]
    named += [item.text("source"), item.text("provider")]
    found = list(dict.fromkeys(filter(None, named))) or [item.text("copyrightholder")]
    return _few(found, "agencies", note)


def _names(item: Fields, fields: tuple[str, ...], what: str, note: Note) -> tuple[str, ...]:
    names = []
    for each in item.objects(*fields):
        names.append(each.text("name", "literal", "code", "qcode"))
        each.silent("rel", "creator", "relevance", "confidence")
    return _few(names, what, note)


def _few(names: list[str], what: str, note: Note) -> tuple[str, ...]:
    distinct = tuple(dict.fromkeys(filter(None, map(as_line, names))))
    if (surplus := len(distinct) - LIMITS.max_header_values) > 0:
        note(f"{surplus} {what} left out: a story has {LIMITS.max_header_values} at most")
    return distinct[: LIMITS.max_header_values]
