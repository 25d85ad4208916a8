"""WordPress over its REST interface: published posts page by page, with authors, terms and pictures embedded."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.markup import plain_text, read_html
from tamizdat.markup.links import resolve
from tamizdat.sources.fetch import FeedState
from tamizdat.sources.fields import Fields, left_note
from tamizdat.sources.ids import story_id_from
from tamizdat.sources.json_files import fetch_bytes, parse_json
from tamizdat.sources.languages import normal_language
from tamizdat.sources.pictures import WebPictures
from tamizdat.sources.port import Author, Gathered, Origin, Report
from tamizdat.sources.times import parse_time
from tamizdat.sources.wordpress_post import headline_of
from tamizdat.sources.wordpress_text import numbered
from tamizdat.story import Block, Picture, PictureBlock, Story, check_language

_PAGE: Final = 50
_MAX_PAGES: Final = 2_000
_LATE: Final = timedelta(days=1)
"""Sites let out what was scheduled when somebody comes by: so much later than they say."""
_ELLIPSIS: Final = re.compile(r"\s*\[?\s*(\u2026|\.\.\.)\s*\]?\s*$")
_TECHNICAL: Final = (
    "id", "slug", "status", "type", "author", "featured_media", "comment_status", "ping_status", "sticky", "template",
    "format", "categories", "tags", "class_list", "_links", "date", "modified", "jetpack_featured_media_url",
    "generated_slug", "permalink_template", "yoast_head", "yoast_head_json", "jetpack_shortlink",
)  # fmt: skip
_SECTIONS: Final = "category"
_TOPICS: Final = "post_tag"


class WordPressRestSource:
    """Published posts of the site at ``url``: its own address, or that of ``.../wp-json/wp/v2/posts``.

    With the ``state`` of a run before only posts are asked for that were changed or came out since. It does not list
    everything current, as feeds do not: a post that is gone stays. ``language`` is for posts that name none (Polylang
    names one).
    """

    complete = False

    def __init__(
        self,
        url: str,
        *,
        name: str,
        now: datetime,
        language: str = "",
        state: FeedState | None = None,
    ) -> None:
        self.name = name
        self._url = url
        self._now = now
        self._language = language
        self._since = _since(state, url)
        self._newest = self._since
        self._is_read = False
        self._web = WebPictures(url)

    @property
    def state(self) -> FeedState:
        """How far this run came, for the next one: as before, unless everything was read that its reader wanted."""
        when = self._newest if self._is_read else self._since
        return FeedState(self._url, when.isoformat()) if when else FeedState()

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. One page of posts is in memory at a time, newest first."""
        try:
            yield from self._stories(report)
        except GeneratorExit:
            # Whoever stops has had the newest, and does not want what is older.
            self._is_read = True
            raise
        self._is_read = True

    def _stories(self, report: Report) -> Iterator[Gathered]:
        seen: set[tuple[str, str]] = set()
        numbers: set[str] = set()
        for post in self._posts():
            item = Fields(post)
            number = item.text("id")
            where = f"{self.name}, post {number or '?'}"
            # What came out since was changed since, as a rule. And while pages are turned somebody may publish: then
            # the last of one page is the first of the next.
            if number in numbers:
                continue
            numbers |= {number} - {""}
            try:
                gathered = self._gathered(item, where, report)
            except StoryError as error:
                report(ItemError(str(error), where=where, what=""))
                continue
            if gathered and (key := (gathered.story.story_id, gathered.story.language)) not in seen:
                seen.add(key)
                yield gathered

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web. Raises ItemError."""
        return self._web.open(origin)

    def _posts(self) -> Iterator[object]:
        """Posts of all pages. Raises SourceError."""
        if self._since:
            # What was scheduled comes out without being saved again.
            yield from self._pages({"after": _iso(self._since - _LATE)})
            # Once more those of the last second: others may have been saved in it.
            yield from self._pages({"modified_after": _iso(self._since - timedelta(seconds=1))})
        else:
            yield from self._pages({})

    def _pages(self, asked: dict[str, str]) -> Iterator[object]:
        page, pages = 1, 1
        while page <= min(pages, _MAX_PAGES):
            data, about = fetch_bytes(self._address(page, asked), self._url)
            value = parse_json(data, self.name)
            if not isinstance(value, list):
                raise SourceError("is no list of WordPress's posts: [...]", source=self.name)
            yield from (each if isinstance(each, dict) else {} for each in value)
            pages = about.pages or (page + 1 if len(value) == _PAGE else page)
            page += 1
        if pages > _MAX_PAGES:
            raise SourceError(f"has more than {_MAX_PAGES} pages: the rest was not read", source=self.name)

    def _address(self, page: int, more: dict[str, str]) -> str:
        parts = urlsplit(self._url)
        is_api = "/wp-json/" in parts.path or "rest_route=" in parts.query
        path = parts.path if is_api else f"{parts.path.rstrip('/')}/wp-json/wp/v2/posts"
        asked = {"_embed": "1", "per_page": str(_PAGE), "page": str(page), "orderby": "date", "order": "desc", **more}
        query = urlencode({**asked, **dict(parse_qsl(parts.query)), "page": str(page)})
        return urlunsplit((parts.scheme, parts.netloc, path, query, ""))

    def _gathered(self, item: Fields, where: str, report: Report) -> Gathered | None:
        status = item.text("status")
        content, losses = _part(item, "content"), list[str]()
        if status != "publish" or content.take("protected"):
            why = f"its status is {status[:40]}" if status != "publish" else "a password protects it"
            title = plain_text(_part(item, "title").raw("rendered"))[:100]
            report(ItemNote(f"{title!r} left out: {why}", where=where, what=""))
            return None
        story, origin = self._story(item, content, losses)
        for loss in dict.fromkeys(losses):
            report(ItemNote(loss, where=where, what=story.story_id))
        return Gathered(story, bool(item.text("date_gmt")), where, origin)

    def _story(self, item: Fields, content: Fields, losses: list[str]) -> tuple[Story, Origin]:
        link = resolve(item.text("link"))
        markup = read_html(numbered(content.raw("rendered")), base=link or self._url)
        losses.extend(markup.notes)
        if not markup.blocks:
            losses.append("has no text: what a page builder shows there is not in the post")
        embedded = _part(item, "_embedded")
        picture, body = _featured(item.text("featured_media"), embedded, markup.blocks, losses)
        authors = tuple(Author(each.text("slug"), plain_text(each.raw("name"))) for each in embedded.objects("author"))
        terms = _terms(embedded, losses)
        published = parse_time(text, "date_gmt") if (text := item.text("date_gmt")) else None
        modified = parse_time(text, "modified_gmt") if (text := item.text("modified_gmt")) else None
        if modified and modified <= self._now and (self._newest is None or modified > self._newest):
            self._newest = modified
        lead = plain_text(_part(item, "excerpt").raw("rendered"))
        repeats = " ".join(markup.words.split()).startswith(" ".join(_ELLIPSIS.sub("", lead).split()))
        story_id = story_id_from(self._guid(item, link))
        story = Story(
            story_id=story_id,
            language=self._tongue(item),
            headline=headline_of(_part(item, "title").raw("rendered"), markup.words, losses.append),
            published=published or self._now,
            updated=modified if published and modified and modified > published else None,
            lead="" if repeats else lead,
            body=body,
            byline=_few([author.name for author in authors]),
            sections=_few(terms.get(_SECTIONS, [])),
            topics=_few(terms.get(_TOPICS, [])),
            picture=picture,
        )
        for name in ("title", "content", "excerpt", "guid"):
            _part(item, name).silent("rendered", "protected", "raw")
        item.silent(*_TECHNICAL, "_embedded", "translations", "lang")
        if "wp-block-footnotes" in content.raw("rendered"):
            _part(item, "meta").silent("footnotes")
        _note_embedded(embedded, losses)
        left = [each for each in item.left() if not each.startswith("_embedded.")]
        losses.extend(filter(None, [left_note(left)]))
        return story, Origin(link, authors=authors, group=_group(item), own_id=story_id)

    @staticmethod
    def _guid(item: Fields, link: str) -> str:
        """As the site's feed and its export call the post. Raises StoryError."""
        if guid := _part(item, "guid").text("rendered") or link:
            return guid
        raise StoryError("is missing, and so is a link", field="guid")

    def _tongue(self, item: Fields) -> str:
        language = normal_language(item.text("lang")) or self._language
        if not language:
            raise StoryError("neither the post nor the settings name one; set it for this source", field="language")
        return check_language(language)


def _iso(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}Z"


def _group(item: Fields) -> str:
    """What a post shares with its translations: the number of the first of those that Polylang names."""
    named = item.take("translations")
    numbers = [each for each in named.values() if type(each) is int] if isinstance(named, dict) else []
    return f"polylang {min(numbers)}" if numbers else ""


def _since(state: FeedState | None, url: str) -> datetime | None:
    """How far a run before came; None if there was none, or one of another address."""
    if state is None or state.etag != url or not state.last_modified:
        return None
    try:
        return parse_time(state.last_modified, "state")
    except StoryError:
        return None


def _note_embedded(embedded: Fields, losses: list[str]) -> None:
    """What came with the post and has no place in a story: comments, and what is said of authors and pictures."""
    replies = embedded.take("replies")
    if count := sum(len(each) for each in (replies if isinstance(replies, list) else []) if isinstance(each, list)):
        losses.append(f"{count} comments left out")
    for each in embedded.objects("author"):
        if each.text("code") and not each.text("name"):
            losses.append("author left out: the site does not show who it is")
            each.silent("message", "data")
        each.silent("id", "link", "url", "avatar_urls", "_links", "slug")
    for each in embedded.objects("wp:featuredmedia"):
        each.silent(
            *_TECHNICAL,
            "code",
            "message",
            "data",
            "media_type",
            "mime_type",
            "media_details",
            "link",
            "guid",
            "source_url",
        )
        title = _part(each, "title").text("rendered")
        if title and title != each.text("alt_text"):
            losses.append(f"featured picture: its title {title[:100]!r} left out")
        _part(each, "caption").silent("rendered", "raw", "protected")
    embedded.silent("up", "self", "wp:term")
    if note := left_note(embedded.left()):
        losses.append(note)


def _part(item: Fields, name: str) -> Fields:
    """The one object that a field holds; an empty one if it holds none."""
    return next(iter(item.objects(name)), Fields({}))


def _featured(
    number: str, embedded: Fields, body: tuple[Block, ...], losses: list[str]
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The featured picture; if the text shows it too, it is taken from there with its words."""
    about = _part(embedded, "wp:featuredmedia")
    origin = resolve(about.text("source_url"))
    if not origin.startswith(("http://", "https://")):
        if number not in {"", "0"}:
            losses.append(f"featured picture {number[:20]} left out: the site does not show it")
        return None, body
    for at, block in enumerate(body):
        if isinstance(block, PictureBlock) and block.picture.origin == origin:
            return block.picture, body[:at] + body[at + 1 :]
    caption = plain_text(_part(about, "caption").raw("rendered"))
    if alt := about.text("alt_text") or caption:
        return Picture(alt, caption=caption, origin=origin), body
    losses.append(f"featured picture {origin[:200]} left out: it has neither text for the blind (alt) nor a caption")
    return None, body


def _terms(embedded: Fields, losses: list[str]) -> dict[str, list[str]]:
    """Names of terms by taxonomy."""
    found: dict[str, list[str]] = {}
    groups = embedded.take("wp:term")
    for group in groups if isinstance(groups, list) else []:
        for each in group if isinstance(group, list) else []:
            term = Fields(each)
            found.setdefault(term.text("taxonomy"), []).append(plain_text(term.raw("name")))
    others = [each for each in found if each not in {_SECTIONS, _TOPICS}][:20]
    losses.extend(f"{each[:60]} left out, neither category nor tag: {', '.join(found[each][:20])}" for each in others)
    return found


def _few(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))[: LIMITS.max_header_values]
