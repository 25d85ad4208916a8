"""Ghost: the JSON that its own export writes (5.x, and 3.x and 4.x, which differ little)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import plain_text, read_html, read_text
from tamizdat.markup.links import resolve
from tamizdat.sources.fields import Fields, as_line, left_note
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.json_files import JsonFile, json_files
from tamizdat.sources.languages import normal_language
from tamizdat.sources.left_out import LeftOut
from tamizdat.sources.pictures import WebPictures, folder_picture
from tamizdat.sources.port import Author, Gathered, Origin, Report
from tamizdat.sources.times import parse_time
from tamizdat.story import Block, Picture, PictureBlock, Story, check_language

_ADDRESS: Final = "__GHOST_URL__"
_STATUSES: Final = frozenset({"published", "sent", "scheduled"})
_SENT: Final = "sent"
_DRAFT: Final = "draft"
_GATED: Final = "<!--kg-gated-block:begin"
_GATE_ENDS: Final = "<!--kg-gated-block:end-->"
_OPEN: Final = "nonMember:true"
_TECHNICAL: Final = (
    "id", "uuid", "comment_id", "slug", "type", "status", "visibility", "featured", "locale", "created_at",
    "updated_at", "created_by", "updated_by", "published_by", "author_id", "email_recipient_filter", "newsletter_id",
    "show_title_and_feature_image", "post_id", "email_only", "lexical", "mobiledoc", "plaintext", "primary_author_id",
)  # fmt: skip
_REPEATED: Final = ("meta_title", "og_title", "twitter_title", "og_image", "twitter_image")


@dataclass(slots=True)
class _Tables:
    """The tables of an export that posts point into, by id."""

    posts: list[Mapping[str, Any]] = field(default_factory=list)
    meta: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tags: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    authors: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    language: str = ""


class GhostSource:
    """Published posts of an export file, or of all ``*.json`` of a folder.

    An export does not say where the site is: its addresses begin with ``__GHOST_URL__``, which becomes nothing. So
    links into the site begin with ``/``, and its pictures are looked for in the ``content`` folder beside the export.
    With ``embargoed`` what is scheduled is yielded, and with ``drafts`` what is a draft, for members or e-mail alone.
    Of public posts, what members alone are shown is left out with a note.
    """

    complete = True

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        now: datetime,
        language: str = "",
        embargoed: bool = False,
        drafts: bool = False,
    ) -> None:
        self.name = name
        self._path = path
        self._now = now
        self._language = language
        self._embargoed = embargoed
        self._drafts = drafts
        self._web = WebPictures()

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. One file is in memory at a time: Ghost writes one."""
        seen: dict[tuple[str, str], str] = {}
        for file in json_files(self._path, self.name, report):
            left = LeftOut()
            for post, tables in self._posts(file, report):
                where = f"{file.where} ({as_line(str(post.get('slug') or post.get('id') or ''))[:100]})"
                try:
                    gathered = self._gathered(post, tables, where, left, report)
                    if gathered is None:
                        continue
                    key = (gathered.story.story_id, gathered.story.language)
                    if key in seen:
                        raise ItemError(f"{key[0]} ({key[1]}) is already at {seen[key]}", where=where, what=key[0])
                    seen[key] = where
                    yield gathered
                except StoryError as error:
                    report(ItemError(str(error), where=where, what=""))
                except ItemError as error:
                    report(error)
            for each in left.notes(file.where):
                report(each)

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web, or read one of the folder. Raises ItemError."""
        if origin.lower().startswith(("http://", "https://")):
            return self._web.open(origin)
        return folder_picture(self._path if self._path.is_dir() else self._path.parent, origin.lstrip("/"))

    def _posts(self, file: JsonFile, report: Report) -> Iterator[tuple[Mapping[str, Any], _Tables]]:
        tables = [_tables(data) for data in _databases(file.value)]
        if not tables:
            error = SourceError(
                'is no export of Ghost: it has no {"db": [{"data": {"posts": [...]}}]}', source=file.where
            )
            if file.where == self.name:
                raise error
            report(ItemError(error.detail, where=file.where, what=""))
        for each in tables:
            for post in each.posts:
                yield post, each

    def _gathered(
        self, post: Mapping[str, Any], tables: _Tables, where: str, left: LeftOut, report: Report
    ) -> Gathered | None:
        item, losses = Fields(post), list[str]()
        status, kind = item.text("status"), item.text("type") or ("page" if post.get("page") else "post")
        title = item.text("title")
        draft = self._drafts and (status == _DRAFT or (status == "scheduled" and not item.text("published_at")))
        if kind != "post":
            left.add("pages" if kind == "page" else f"items of type {kind[:40]}", title)
            return None
        if status not in _STATUSES and not draft:
            left.add(f"posts of status {(status or 'unknown')[:40]}", title)
            return None
        if why := _not_for_all(item, status, tables.meta.get(item.text("id"), {})):
            if not self._drafts:
                report(ItemNote(f"{title[:100]!r} left out: {why}", where=where, what=""))
                return None
            draft = True
            losses.append(f"a draft here: there {why}")
        until = parse_time(item.text("published_at"), "published_at") if status == "scheduled" and not draft else None
        if until and until > self._now and not self._embargoed:
            detail = f"{title[:100]!r} left out: under embargo until {until:%Y-%m-%d %H:%M} UTC"
            report(ItemNote(detail, where=where, what=""))
            return None
        story, origin = self._story(item, tables, losses)
        for loss in dict.fromkeys(losses):
            report(ItemNote(loss, where=where, what=story.story_id))
        origin = Origin(origin.link, authors=origin.authors, embargoed=until, draft=draft)
        return Gathered(story, item.text("published_at") != "", where, origin)

    def _story(self, item: Fields, tables: _Tables, losses: list[str]) -> tuple[Story, Origin]:
        """Raises StoryError."""
        number = item.text("id")
        meta = Fields(tables.meta.get(number, {}), "posts_meta.")
        body = _body(item, losses)
        published = item.text("published_at")
        updated = item.text("updated_at")
        when = parse_time(published, "published_at") if published else self._now
        changed = parse_time(updated, "updated_at") if updated else None
        authors = tuple(
            Author(as_line(str(each.get("slug") or "")), as_line(str(each.get("name") or "")))
            for each in tables.authors.get(number, ())
        )
        visible = [each for each in tables.tags.get(number, ()) if not str(each.get("name", "")).startswith("#")]
        picture, body = _feature(item, meta, body, losses)
        lead = item.text("custom_excerpt")
        story = Story(
            story_id=story_id_from(item.text("uuid") or number or item.text("slug")),
            language=self._tongue(item, tables),
            headline=plain_text(item.raw("title")),
            published=when,
            updated=changed if published and changed and changed > when else None,
            lead=lead,
            body=body,
            byline=tuple(dict.fromkeys(author.name for author in authors if author.name))[: LIMITS.max_header_values],
            sections=_names(visible[:1]),
            topics=_names(visible[1:]),
            picture=picture,
        )
        if len(visible) - 1 > LIMITS.max_header_values:
            losses.append(f"{len(visible) - 1 - LIMITS.max_header_values} tags left out")
        hidden = [as_line(str(each.get("name")))[:60] for each in tables.tags.get(number, ()) if each not in visible]
        if hidden:
            losses.append(f"internal tags left out: {', '.join(hidden[:20])}")
        link = resolve(_local(item.text("canonical_url"))) or resolve(f"/{item.text('slug')}/")
        _note_rest(item, meta, losses)
        return story, Origin(link, authors=authors)

    def _tongue(self, item: Fields, tables: _Tables) -> str:
        """The language of the post, which Ghost seldom knows; else of the settings; else of the site."""
        language = normal_language(item.text("locale")) or self._language or normal_language(tables.language)
        if not language:
            raise StoryError("neither the export nor the settings name one; set it for this source", field="language")
        return check_language(language)


def _not_for_all(item: Fields, status: str, meta: Mapping[str, Any]) -> str:
    """Why the site does not show the post to everybody; empty if it does."""
    if (who := item.text("visibility")) not in {"", "public"}:
        return f"it is not for everybody, its visibility is {who[:40]}"
    # What is scheduled for e-mail alone is not called "sent" yet.
    return "it is for e-mail alone and never stood on the site" if status == _SENT or meta.get("email_only") else ""


def _for_everybody(html: str) -> tuple[str, int]:
    """The text without what members alone are shown, and how many pieces that were. One without an end goes on."""
    text, *gated = html.split(_GATED)
    cut = 0
    for each in gated:
        who, _, rest = each.partition("-->")
        piece, _, after = rest.partition(_GATE_ENDS)
        if _OPEN in who:
            text += piece
        else:
            cut += 1
        text += after
    return text, cut


def _body(item: Fields, losses: list[str]) -> tuple[Block, ...]:
    if html := item.raw("html"):
        html, cut = _for_everybody(html)
        if cut:
            losses.append(f"{cut} pieces of the text left out: the site shows them to members alone")
        markup = read_html(_local(html))
        losses.extend(markup.notes)
        return markup.blocks
    if other := next((name for name in ("lexical", "mobiledoc") if item.raw(name)), ""):
        losses.append(f"has no html, only {other}, which is not read: save the post again in Ghost, then export")
    elif not item.raw("plaintext"):
        losses.append("has no text")
    return read_text(item.raw("plaintext")).blocks


def _local(text: str) -> str:
    """Addresses of the site itself, without the site."""
    return text.replace(_ADDRESS, "")


def _feature(
    item: Fields, meta: Fields, body: tuple[Block, ...], losses: list[str]
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The feature image; if the text shows it too, it is taken from there with its words."""
    origin = resolve(_local(item.text("feature_image")))
    if not origin:
        return None, body
    alt, caption = meta.text("feature_image_alt"), plain_text(meta.raw("feature_image_caption"))
    for at, block in enumerate(body):
        if isinstance(block, PictureBlock) and block.picture.origin == origin:
            return block.picture, body[:at] + body[at + 1 :]
    if alt or caption:
        return Picture(alt or caption, caption=caption, origin=origin), body
    losses.append(f"feature_image {origin[:200]} left out: it has neither alt (text for the blind) nor a caption")
    return None, body


def _note_rest(item: Fields, meta: Fields, losses: list[str]) -> None:
    item.silent(*_TECHNICAL)
    meta.silent(*_TECHNICAL, *_REPEATED)
    if note := left_note([*item.left(), *meta.left()]):
        losses.append(note)


def _databases(value: object) -> list[Mapping[str, Any]]:
    """The ``data`` of every database of an export, in the shapes of all versions."""
    held = value.get("db", value) if isinstance(value, Mapping) else value
    found = [each.get("data") for each in held if isinstance(each, Mapping)] if isinstance(held, list) else [held]
    found = [each.get("data", each) if isinstance(each, Mapping) else each for each in found]
    return [each for each in found if isinstance(each, Mapping) and isinstance(each.get("posts"), list)]


def _rows(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = data.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _tables(data: Mapping[str, Any]) -> _Tables:
    settings = {str(each.get("key")): each.get("value") for each in _rows(data, "settings")}
    tables = _Tables(_rows(data, "posts"))
    tables.meta = {str(each.get("post_id")): each for each in _rows(data, "posts_meta")}
    tables.tags = _joined(data, "posts_tags", "tag_id", _rows(data, "tags"))
    tables.authors = _joined(data, "posts_authors", "author_id", _rows(data, "users"))
    tables.language = str(settings.get("locale") or settings.get("lang") or settings.get("default_locale") or "")
    return tables


def _joined(
    data: Mapping[str, Any], table: str, key: str, rows: Iterable[Mapping[str, Any]]
) -> dict[str, list[Mapping[str, Any]]]:
    """Rows by the post that ``table`` joins them to, in its order."""
    by_id = {str(row.get("id")): row for row in rows}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(_rows(data, table), key=_order):
        if (joined := by_id.get(str(row.get(key)))) is not None:
            found.setdefault(str(row.get("post_id")), []).append(joined)
    return found


def _order(row: Mapping[str, Any]) -> int:
    order = row.get("sort_order")
    return order if isinstance(order, int) else 0


def _names(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    names = (as_line(str(each.get("name") or "")) for each in rows)
    return tuple(dict.fromkeys(filter(None, names)))[: LIMITS.max_header_values]
