"""One post of a WordPress export into a story. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from tamizdat.errors import SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import plain_text, read_html
from tamizdat.markup.links import resolve
from tamizdat.sources.fields import as_line
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.json_files import parse_json
from tamizdat.sources.languages import normal_language
from tamizdat.sources.port import Author, Origin
from tamizdat.sources.times import parse_time
from tamizdat.sources.wordpress_text import FOOTNOTES, NO_PICTURES, Attachment, Library, Note, post_html
from tamizdat.sources.xml_tree import Node
from tamizdat.story import Block, Embed, Picture, PictureBlock, Story, check_language

_SPOKEN_OF: Final = frozenset({
    "title", "link", "pubDate", "dc:creator", "guid", "description", "content:encoded", "excerpt:encoded", "category",
    "wp:post_id", "wp:post_date", "wp:post_date_gmt", "wp:post_modified", "wp:post_modified_gmt", "wp:comment_status",
    "wp:ping_status", "wp:post_name", "wp:status", "wp:post_parent", "wp:menu_order", "wp:post_type",
    "wp:post_password", "wp:is_sticky", "wp:postmeta", "wp:comment", "wp:attachment_url",
})  # fmt: skip
_DOMAINS: Final = frozenset({"category", "post_tag", "language", "post_translations", "author", "post_format"})
_FOOTNOTES: Final = "footnotes"
_NEVER: Final = "0000-00-00 00:00:00"
_GROUPS: Final = ("_wpml_import_translation_group", "trid")
_LANGUAGES: Final = ("_wpml_import_language_code", "_wpml_language", "wpml_language")


@dataclass(slots=True)
class Export:
    """What an export says once for all of its posts."""

    language: str = ""
    link: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    guests: dict[str, str] = field(default_factory=dict)
    """Guest authors of Co-Authors Plus, by their own logins."""
    linked: dict[str, str] = field(default_factory=dict)
    """The same by the accounts for which they stand: readers saw the guest's name, never the account's."""
    library: Library = field(default_factory=Library)
    parents: dict[str, str] = field(default_factory=dict)
    """Of categories below others, by name: what the one above is called in addresses."""
    groups: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """Of each group of translations the first published post: its number, guid and own language."""
    members: dict[str, list[str]] = field(default_factory=dict)
    """The guids of all posts of each group."""
    scheduled: dict[str, datetime] = field(default_factory=dict)
    """Of groups: when the last of those posts comes out that are scheduled."""


def meta(item: Node) -> dict[str, str]:
    """The custom fields of a post; of those that stand twice, the last."""
    return {each.text("wp:meta_key"): each.text("wp:meta_value") for each in item.all("wp:postmeta")}


def attachment(item: Node) -> Attachment | None:
    """The file that an item of type ``attachment`` is."""
    url = resolve(item.text("wp:attachment_url") or item.text("guid"))
    if not url:
        return None
    caption = plain_text(item.text("excerpt:encoded")) or plain_text(item.text("content:encoded"))
    alt = as_line(meta(item).get("_wp_attachment_image_alt", ""))
    return Attachment(url, as_line(plain_text(item.text("title"))), alt, caption, item.text("wp:post_parent").strip())


def group_of(item: Node, fields: Mapping[str, str]) -> str:
    """What the translations of a post share (Polylang, WPML); empty if nothing says."""
    named = _terms(item, "post_translations", nice=True)
    return named[0] if named else next((fields[key] for key in _GROUPS if fields.get(key)), "")


def guid_of(item: Node) -> str:
    """What a feed of the same site would call the post. Raises StoryError."""
    guid = item.text("guid").strip() or item.text("link").strip()
    if not guid:
        raise StoryError("is missing, and so is a link", field="guid")
    return guid


def times_of(item: Node) -> tuple[datetime | None, datetime | None]:
    """When it was published and, if that is later, last changed. Raises StoryError."""
    published = _time(item, "wp:post_date_gmt") or _rfc_822(item.text("pubDate")) or _time(item, "wp:post_date")
    changed = _time(item, "wp:post_modified_gmt") or _time(item, "wp:post_modified")
    return published, changed if published and changed and changed > published else None


def is_dated(item: Node) -> bool:
    """Whether the post says when it was published, as a draft that was never out does not."""
    return item.text("wp:post_date_gmt").strip() not in {"", _NEVER}


def story_from_post(item: Node, export: Export, settled: str, now: datetime, note: Note) -> tuple[Story, Origin, bool]:
    """The story, what is known beside it, and whether it is dated. ``settled`` is the language of the settings.

    Raises StoryError.
    """
    fields, number = meta(item), item.text("wp:post_id").strip()
    link = resolve(item.text("link"))
    text = item.text("content:encoded")
    footnotes = _footnotes(fields.get(_FOOTNOTES, "")) if FOOTNOTES.search(text) else ()
    if footnotes:
        del fields[_FOOTNOTES]
    html = post_html(text, number, export.library, note, footnotes)
    markup = read_html(html, base=link or export.link)
    for loss in markup.notes:
        note(loss)
    if not markup.blocks:
        note("has no text: what a page builder shows there is not in the post")
    lead = plain_text(item.text("excerpt:encoded"))
    body = _full_sizes(markup.blocks, export.library)
    picture, body = _featured(fields.get("_thumbnail_id", "").strip(), body, export.library, note)
    body += _enclosures(fields.get("enclosure", ""), body)
    published, updated = times_of(item)
    authors = _authors(item, export)
    guid, language = guid_of(item), _language(item, fields, export, settled)
    shared, group, sisters = _tied(guid, language, group_of(item, fields), export)
    story = Story(
        story_id=story_id_from(shared),
        language=language,
        headline=headline_of(item.text("title"), markup.words, note),
        published=published or now,
        updated=updated,
        lead="" if lead and " ".join(markup.words.split()).startswith(lead) else lead,
        body=body,
        byline=_few([author.name for author in authors], "authors", note),
        sections=_few(_terms(item, "category"), "categories", note),
        topics=_few(_terms(item, "post_tag"), "tags", note),
        picture=picture,
    )
    _note_rest(item, fields, note)
    others = (f"{export.link.rstrip('/')}/?p={number}",) if export.link and number else ()
    origin = Origin(link, others, authors=authors, group=group, own_id=story_id_from(guid), sisters=sisters)
    return story, origin, published is not None


def _tied(guid: str, language: str, group: str, export: Export) -> tuple[str, str, tuple[str, ...]]:
    """The guid that it shares with its translations, their group, and their ids by themselves.

    Of two texts of a group in one language the second is a translation of nothing.
    """
    _number, first, tongue = export.groups.get(group, (0, guid, ""))
    if first != guid and tongue == language:
        return guid, "", ()
    return first, group, tuple(story_id_from(each) for each in export.members.get(group, ()) if each != guid)


def _footnotes(stored: str) -> tuple[str, ...]:
    """What WordPress keeps beside a post: a list of ``{"id": ..., "content": HTML}``, in the order of their numbers."""
    try:
        listed = parse_json(stored.encode("utf-8", "replace"), "footnotes")
    except SourceError:
        return ()
    found = [each.get("content") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(each for each in found if isinstance(each, str) and each.strip())


def headline_of(title: str, words: str, note: Note) -> str:
    """The headline of a post: its title, which is HTML, else the first of its words. Raises StoryError."""
    if headline := plain_text(title):
        return headline
    if not words:
        raise StoryError("is missing, and there is no text to take one from", field="title")
    note("has no title: its first words are the headline")
    return words if len(words) <= 100 else words[:99].rpartition(" ")[0].strip() + "\u2026"


def own_language(item: Node, fields: Mapping[str, str]) -> str:
    """The language that the post itself names; empty if it names none."""
    named = [*_terms(item, "language", nice=True), *(fields.get(key, "") for key in _LANGUAGES)]
    return next(filter(None, map(normal_language, named)), "")


def _language(item: Node, fields: Mapping[str, str], export: Export, settled: str) -> str:
    if language := own_language(item, fields):
        return check_language(language)
    if language := settled or normal_language(export.language):
        return check_language(language)
    raise StoryError("neither the export nor the settings name one; set it for this source", field="language")


def _terms(item: Node, domain: str, *, nice: bool = False) -> list[str]:
    found = [each for each in item.all("category") if each.attributes.get("domain", "category") == domain]
    return [each.attributes.get("nicename", "") if nice else as_line(plain_text(each.text())) for each in found]


def _authors(item: Node, export: Export) -> tuple[Author, ...]:
    """Those of Co-Authors Plus, else the one that WordPress knows. E-mail addresses are not published.

    Whoever saved the post is one of its co-authors only if the plugin says so.
    """
    logins = _terms(item, "author") or [as_line(item.text("dc:creator"))]
    found = [Author(login, _shown(login, export)) for login in dict.fromkeys(filter(None, logins))]
    return tuple(replace(author, name="") if "@" in author.name else author for author in found)


def _shown(login: str, export: Export) -> str:
    """What readers saw of whoever has this login. An account's own name may be what a guest's is there to hide."""
    names = (known.get(login, "") for known in (export.guests, export.linked, export.authors))
    return as_line(next(filter(None, names), login))


def _time(item: Node, tag: str) -> datetime | None:
    text = item.text(tag).strip()
    return None if text in {"", _NEVER} else parse_time(text, tag)


def _rfc_822(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip()[:100]) if text.strip() else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return parse_time(found, "pubDate") if found and found.year > 1 else None


# --- pictures ---


def _full_sizes(blocks: tuple[Block, ...], library: Library) -> tuple[Block, ...]:
    return tuple(
        PictureBlock(replace(block.picture, origin=library.full_size(block.picture.origin)))
        if isinstance(block, PictureBlock)
        else block
        for block in blocks
    )


def _featured(
    number: str, body: tuple[Block, ...], library: Library, note: Note
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The featured picture; if the text shows it too, it is taken from there with its words."""
    if not number:
        return None, body
    about = library.by_number.get(number)
    if about is None or about.url.lower().endswith(NO_PICTURES):
        note(f"featured picture {number[:20]} left out: the export does not have it")
        return None, body
    for at, block in enumerate(body):
        if isinstance(block, PictureBlock) and block.picture.origin == about.url:
            return block.picture, body[:at] + body[at + 1 :]
    if alt := about.alt or about.caption:
        return Picture(alt, caption=about.caption, origin=about.url), body
    note(f"featured picture {about.url[:200]} left out: it has neither text for the blind (alt) nor a caption")
    return None, body


def _enclosures(text: str, body: tuple[Block, ...]) -> tuple[Block, ...]:
    """A recording or film that podcasts hang on a post: its address is the first line."""
    url = resolve(text.strip().partition("\n")[0])
    known = {block.url for block in body if isinstance(block, Embed)}
    if not url.lower().startswith(("http://", "https://")) or url in known:
        return ()
    return (Embed(url, url.partition("?")[0].rstrip("/").rpartition("/")[2] or url),)


# --- what is lost ---


def _note_rest(item: Node, fields: Mapping[str, str], note: Note) -> None:
    if comments := len(item.all("wp:comment")):
        note(f"{comments} comments left out")
    terms = [each for each in item.all("category") if each.attributes.get("domain", "category") not in _DOMAINS]
    for each in terms[:20]:
        label = as_line(each.attributes["domain"])[:60]
        note(f"{label} {as_line(each.text())[:60]!r} left out: neither a category nor a tag")
    own = [
        as_line(key)[:60] for key, value in fields.items() if key[:1] != "_" and key != "enclosure" and value.strip()
    ]
    own += [key for key in fields if key.startswith("_yoast_wpseo_metadesc") and fields[key].strip()]
    if own:
        more = f" and {len(own) - 20} more" if len(own) > 20 else ""
        note(f"custom fields left out: {', '.join(own[:20])}{more}")
    for each in item.children:
        if each.tag not in _SPOKEN_OF and each.text().strip():
            note(f"<{each.tag[:60]}> (line {each.line}) left out: {as_line(each.text())[:60]!r}")
    if item.text("description").strip():
        note("<description> left out: the text stands in <content:encoded>")


def _few(names: list[str], what: str, note: Note) -> tuple[str, ...]:
    distinct = tuple(dict.fromkeys(filter(None, names)))
    if (surplus := len(distinct) - LIMITS.max_header_values) > 0:
        note(f"{surplus} {what} left out: a story has {LIMITS.max_header_values} at most")
    return distinct[: LIMITS.max_header_values]
