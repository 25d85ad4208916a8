"""WordPress: the file that its own export writes (WXR 1.0 to 1.2), or several files of one export in a folder."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.markup import plain_text
from tamizdat.sources.fields import as_line
from tamizdat.sources.files import inside, is_folder, open_file
from tamizdat.sources.json_files import folder_files
from tamizdat.sources.left_out import LeftOut
from tamizdat.sources.pictures import WebPictures
from tamizdat.sources.port import Gathered, Origin, Report
from tamizdat.sources.wordpress_post import (
    Export,
    attachment,
    group_of,
    is_dated,
    meta,
    own_language,
    story_from_post,
    times_of,
)
from tamizdat.sources.xml_tree import Node, read_elements

_WP: Final = "http://wordpress.org/export/"
_PREFIXES: Final = {
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/2005/Atom": "atom",
}
_AROUND: Final = frozenset({"language", "link", "wp:author", "wp:category"})
_NOT_OUT: Final = {"draft": "a draft", "pending": "waiting for review", "private": "private"}
"""What is there and not for readers, by its status."""
_MAX_NAMED: Final = 20
_SHOWN_CHARS: Final = 160
_MAX_MEMBERS: Final = 64
"""Of one group of translations: more than there are languages of a publication."""
_NO_LOSS: Final = frozenset(
    {"attachment", "revision", "nav_menu_item", "customize_changeset", "oembed_cache", "wp_block", "guest-author"}
)


class WordPressSource:
    """Published posts of an export. ``language`` is for posts that name none: exports know only one for the whole site.

    Translations of one post share the id of the first of them, where Polylang or WPML say which they are. With
    ``embargoed`` posts that are scheduled for later are yielded, and their origin says until when; with ``drafts``
    those that are drafts, private, waiting for review or behind a password, and their origin says that, too.
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
        self.under_embargo: frozenset[str] = frozenset()
        """See :class:`tamizdat.sources.port.EmbargoSource`."""

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`.

        The export is read twice: for its authors, files and groups of translations, then post by post.
        """
        export, left = Export(), LeftOut()
        for node, _ in self._elements():
            self._learn(node, export)
        self.under_embargo = frozenset(group for group, until in export.scheduled.items() if until > self._now)
        seen: dict[tuple[str, str], str] = {}
        for node, shown in self._elements():
            if node.tag != "item":
                continue
            where = f"{shown}:{node.line}"
            try:
                gathered = self._gathered(node, where, export, left, report)
                if gathered is None:
                    continue
                key = (gathered.story.story_id, gathered.story.language)
                if key in seen:
                    gathered = _by_itself(gathered)
                    key = (gathered.story.story_id, gathered.story.language)
                if key in seen:
                    raise ItemError(f"{key[0]} ({key[1]}) is already at {seen[key]}", where=where, what=key[0])
                seen[key] = gathered.where
                yield gathered
            except StoryError as error:
                report(ItemError(str(error), where=where, what=""))
            except ItemError as error:
                report(error)
        for each in left.notes(self.name):
            report(each)
        if text := _told_of_parents(export.parents):
            report(ItemNote(text, where=self.name, what=""))

    def open_picture(self, origin: str) -> bytes:
        """Fetch a picture from the web. Raises ItemError."""
        return self._web.open(origin)

    def _elements(self) -> Iterator[tuple[Node, str]]:
        for file, shown in self._files():
            with open_file(file, shown) as stream:
                for node in read_elements(stream, _is_wanted, name=shown, prefix=_prefix, root="rss"):
                    yield node, shown

    def _files(self) -> list[tuple[Path, str]]:
        if not is_folder(self._path):
            return [(self._path, self.name)]
        files = folder_files(self._path, self.name, (".xml", ".wxr"))
        try:
            return [(inside(self._path, each.name), f"{self.name.rstrip('/')}/{each.name}") for each in files]
        except ItemError as error:
            raise SourceError(error.detail, source=self.name) from error

    @staticmethod
    def _learn(node: Node, export: Export) -> None:
        match node.tag:
            case "language":
                export.language = export.language or node.text().strip()
            case "link":
                export.link = export.link or node.text().strip()
            case "wp:author":
                login = as_line(node.text("wp:author_login"))
                both = f"{node.text('wp:author_first_name')} {node.text('wp:author_last_name')}"
                export.authors.setdefault(login, as_line(node.text("wp:author_display_name")) or as_line(both))
            case "wp:category" if parent := node.text("wp:category_parent").strip():
                name = as_line(plain_text(node.text("wp:cat_name"))) or as_line(node.text("wp:category_nicename"))
                export.parents.setdefault(name, as_line(parent))
            case "item":
                _learn_item(node, export)

    def _gathered(self, item: Node, where: str, export: Export, left: LeftOut, report: Report) -> Gathered | None:
        kind, status = item.text("wp:post_type").strip() or "post", item.text("wp:status").strip() or "publish"
        if kind in _NO_LOSS:
            return None
        if kind != "post":
            # A site whose stories are of another type must see which of them do not come in.
            left.add("pages" if kind == "page" else f"items of type {as_line(kind)[:40]}", item.text("title"))
            return None
        until = times_of(item)[0] if status == "future" else None
        draft = self._draft(item, status, until) if self._drafts else ""
        held = "" if draft else self._held(item, status, until, left)
        if held:
            report(ItemNote(held, where=where, what=""))
        if held or (status not in {"publish", "future"} and not draft):
            return None
        losses = [f"a draft here: there it is {draft}"] if draft not in {"", _NOT_OUT["draft"]} else []
        story, origin, dated = story_from_post(item, export, self._language, self._now, losses.append)
        for loss in dict.fromkeys(losses):
            report(ItemNote(loss, where=where, what=story.story_id))
        # What was never out has the day on which somebody began to write it.
        dated = dated and (status in {"publish", "future"} or is_dated(item))
        return Gathered(story, dated, where, replace(origin, embargoed=until, draft=bool(draft)))

    @staticmethod
    def _draft(item: Node, status: str, until: datetime | None) -> str:
        """What keeps readers of the old site from a post that a newsroom can go on with; empty if nothing does."""
        if status in _NOT_OUT:
            return _NOT_OUT[status]
        if status == "future" and until is None:
            return "scheduled for a time that nobody names"
        return "behind a password" if item.text("wp:post_password").strip() and status in {"publish", "future"} else ""

    def _held(self, item: Node, status: str, until: datetime | None, left: LeftOut) -> str:
        """Why a post must not be published now, where that is worth a note of its own."""
        title = as_line(item.text("title"))[:100]
        if status == "future":
            if until is None:
                return f"{title!r} left out: it is scheduled for a time that nobody names"
            if until > self._now and not self._embargoed:
                return f"{title!r} left out: under embargo until {until:%Y-%m-%d %H:%M} UTC"
        elif status != "publish":
            left.add(f"items of status {as_line(status)[:40]}", title)
        if status in {"publish", "future"} and item.text("wp:post_password").strip():
            return f"{title!r} left out: a password protects it"
        return ""


def _learn_item(node: Node, export: Export) -> None:
    number = node.text("wp:post_id").strip()
    match node.text("wp:post_type").strip():
        case "wp_block":
            if node.text("wp:status").strip() in {"publish", ""}:
                export.library.blocks[number] = node.text("content:encoded")
        case "attachment":
            if about := attachment(node):
                export.library.add(number, about)
        case "guest-author":
            fields = meta(node)
            name = as_line(fields.get("cap-display_name", "")) or as_line(plain_text(node.text("title")))
            export.guests.setdefault(as_line(fields.get("cap-user_login", "")), name)
            export.linked.setdefault(as_line(fields.get("cap-linked_account", "")), name)
        case _ if group := group_of(node, meta(node)):
            first = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
            if guid := node.text("guid").strip():
                members = export.members.setdefault(group, [])
                members += [guid] if len(members) < _MAX_MEMBERS else []
            if node.text("wp:status").strip() == "future":
                _learn_time(node, group, export)
            if guid and node.text("wp:status").strip() == "publish":
                mine = (first, guid, own_language(node, meta(node)))
                export.groups[group] = min(export.groups.get(group, mine), mine)


def _learn_time(node: Node, group: str, export: Export) -> None:
    try:
        until = times_of(node)[0]
    except StoryError:  # told of when the post is read
        return
    if until:
        export.scheduled[group] = max(until, export.scheduled.get(group, until))


def _told_of_parents(parents: Mapping[str, str]) -> str:
    """That categories stand below others there; empty if none does."""
    if not parents:
        return ""
    named = ", ".join(f"{name!r} (below {parent!r})"[:_SHOWN_CHARS] for name, parent in [*parents.items()][:_MAX_NAMED])
    more = f" and {len(parents) - _MAX_NAMED} more" if len(parents) > _MAX_NAMED else ""
    return f"{len(parents)} categories stand beside their parents, as sections do: {named}{more}"


def _by_itself(gathered: Gathered) -> Gathered:
    """Of two texts of a group in one language the second is a translation of nothing."""
    origin = gathered.origin or Origin()
    story = replace(gathered.story, story_id=origin.own_id or gathered.story.story_id)
    return replace(gathered, story=story, origin=replace(origin, group="", sisters=()))


def _is_wanted(tag: str, depth: int) -> bool:
    return tag == "item" or (tag in _AROUND and depth == 3)


def _prefix(namespace: str) -> str:
    if namespace.startswith(_WP):
        return "excerpt" if namespace.rstrip("/").endswith("excerpt") else "wp"
    return _PREFIXES.get(namespace, "")
