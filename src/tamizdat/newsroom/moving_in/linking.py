"""Links from story to story of a site that moves in: to its pages here, in whatever order they come.

Of the stories of a chunk those links are made at once whose stories are here by then. The rest is made when the import
ends, in the draft that it wrote itself: that another story has come is no version of this one. So a story that somebody
has edited here keeps the links that it has.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape, unescape
from typing import Any, Final

from django.db import transaction
from wagtail.models import ReferenceIndex, Revision

from tamizdat.markup.found import texts_of
from tamizdat.markup.links import host as name_of_host
from tamizdat.newsroom.moving_in.kept import why_kept
from tamizdat.newsroom.moving_in.knowing import Item, Key
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.places import Places, address_of
from tamizdat.newsroom.pressroom.own_links import led_elsewhere
from tamizdat.newsroom.pressroom.releasing import relink
from tamizdat.newsroom.pressroom.relinking import release_pointed
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.acting import lock_pages
from tamizdat.newsroom.translating.tying import reword
from tamizdat.story import Block, Embed, RichText, SoundBlock, Table

_BATCH_STORIES: Final = 100
_BATCH_IDS: Final = 500
_SHOWN: Final = 20
_SHOWN_CHARS: Final = 100
_LINK: Final = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_NOT_RICH: Final = frozenset({"caption", "attribution", "title", "credit", "alt_text"})
PageAt = Callable[[str], int | None]
"""The page to which an address in a text leads; 0 for the text's own, None for none."""


@dataclass(slots=True)
class _Waiting:
    """Where a story was, and its links into the old site that are not made yet."""

    base: str
    hrefs: tuple[str, ...]


class Linking:
    """The links of one import of ``source``."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places = Places(source)
        self._waiting: dict[Key, _Waiting] = {}
        self._came: list[str] = []
        """Ids of stories that have come."""
        self._inside: list[str] = []
        """Links of stories to themselves, most of them to a place in the text."""
        self._kept: list[str] = []
        """Headlines of stories that are not to be changed, and would have got links."""

    def see(self, items: Sequence[Item]) -> None:
        """Note which of these stories link into the site. Each is said to be a page as soon as it is one."""
        for item in items:
            self._places.learn(None, item.key[1], item.about.address)
        for item in items:
            base = item.about.address
            own = [href for href in _hrefs(item.story.body) if base and address_of(href, base) == address_of(base)]
            self._inside += [f"{href[:_SHOWN_CHARS]} ({item.story.headline[:_SHOWN_CHARS]!r})" for href in own]
            found = (href for href in _hrefs(item.story.body) if self._places.is_there(address_of(href, base)))
            if hrefs := tuple(found):
                self._waiting[item.key] = _Waiting(base, hrefs)

    def learn(self, item: Item, page: int | None) -> None:
        """Note which page a story is; 0 if it would be one."""
        self._places.learn(page, item.key[1], item.about.address, *item.about.others)

    def point(self, newcomers: Iterable[tuple[Item, StoryPage]]) -> list[StoryPage]:
        """Make the links of pages that have just come, as far as their stories are here; those that got some."""
        newcomers = list(newcomers)
        for item, page in newcomers:
            self.learn(item, page.pk)
            self._came.append(page.story_id)
        changed = []
        for item, page in newcomers:
            raw = page.body.get_prep_value()
            if (body := self.pointed(item, raw, page.pk)) is not raw:
                page.body = body
                changed.append(page)
        return changed

    def pointed(self, item: Item, raw: list[dict[str, Any]], page: int) -> list[dict[str, Any]]:
        """The stored body of a story's page with those links; the same if there are none yet."""
        waiting = self._waiting.get(item.key)
        if waiting is None or not self._leads(waiting):
            return raw
        body = pointed(raw, self._page_at(waiting.base, page))
        waiting.hrefs = tuple(href for href in waiting.hrefs if not self._is_here(waiting.base, href))
        return body

    def mend(self, by: Any, ask: Callable[[], None]) -> None:
        """Make the links to stories that came later. Raises what ``ask`` raises, which is asked for each batch."""
        keys = [key for key, waiting in self._waiting.items() if self._leads(waiting)]
        for start in range(0, len(keys), _BATCH_STORIES):
            with transaction.atomic():
                ask()
                live = list(self._mend(keys[start : start + _BATCH_STORIES]))
                if live:
                    release_pointed(live, f"links of {len(live)} stories from {self._source}", by)
        for start in range(0, len(self._came), _BATCH_IDS):
            for story_id in sorted(led_elsewhere(self._came[start : start + _BATCH_IDS])):
                with transaction.atomic():
                    ask()
                    relink(story_id, by)

    def told(self) -> Iterator[str]:
        """What has no link to a page, in words: of stories that nobody but their editors may change, and of others."""
        if self._kept:
            yield _counted(self._kept, "stories were edited, locked, held or unpublished here and keep their old links")
        if self._inside:
            yield _counted(self._inside, "links of a story to a place in itself left out, their words kept")
        counts: Counter[str] = Counter()
        for waiting in self._waiting.values():
            counts.update(href for href in waiting.hrefs if not self._is_here(waiting.base, href))
        if counts:
            listed = [href for href, _count in counts.most_common()]
            yield _counted(listed, "links still lead to the old site", counts.total())

    # --- which page ---

    def _is_here(self, base: str, href: str) -> bool:
        return self._places.page_at(address_of(href, base)) is not None

    def _leads(self, waiting: _Waiting) -> bool:
        return any(self._is_here(waiting.base, href) for href in waiting.hrefs)

    def _page_at(self, base: str, own: int) -> PageAt:
        def page_at(href: str) -> int | None:
            found = self._places.page_at(address_of(href, base))
            return 0 if found == own else found

        return page_at

    # --- later ---

    def _mend(self, keys: Iterable[Key]) -> Iterator[StoryPage]:
        """Give these stories their links; those of them that readers have."""
        wanted = set(keys)
        found = MovedItem.objects.filter(source=self._source, story_id__in={story_id for _language, story_id in wanted})
        rows = {row.page_id: row for row in found if (row.language, row.story_id) in wanted and row.page_id}
        lock_pages(list(rows))
        # Read after that: who waits for a lock on one row of a page gets the other as it was before.
        pages = list(StoryPage.objects.filter(pk__in=rows).order_by("pk"))
        revisions = Revision.objects.in_bulk([page.latest_revision_id for page in pages])
        for page in pages:
            row, revision = rows[page.pk], revisions[page.latest_revision_id]
            page_at = self._page_at(self._waiting[row.language, row.story_id].base, page.pk)
            raw = json.loads(revision.content["body"])
            body = pointed(raw, page_at)
            if body == raw:
                continue
            if why_kept(page, row):
                self._kept.append(page.title)
                continue
            Revision.objects.filter(pk=revision.pk).update(content={**revision.content, "body": json.dumps(body)})
            page.body = pointed(page.body.get_prep_value(), page_at)
            StoryPage.objects.bulk_update([page], ["body"])
            ReferenceIndex.create_or_update_for_object(page)
            reword(page, partial(_pointed_html, page_at=page_at))
            if page.live:
                yield page


def _counted(names: Sequence[str], what: str, count: int = 0) -> str:
    named = ", ".join(each[:_SHOWN_CHARS] for each in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{count or len(names)} {what}: {named}{more}"


def pointed(raw: Iterable[Mapping[str, Any]], page_at: PageAt) -> list[dict[str, Any]]:
    """A stored body whose links to addresses of pages lead to the pages. A text has none to itself.

    What an address alone made a titled link is a line with a link, if it leads to a page: with its headline, if readers
    have it.
    """
    return [_pointed_block(block, page_at) for block in raw]


def _pointed_block(block: Mapping[str, Any], page_at: PageAt) -> dict[str, Any]:
    value = block["value"]
    if block["type"] != "embed":
        return {**block, "value": _pointed_value(value, page_at)}
    page, title = page_at(value["url"]), value["title"]
    if not page:
        return dict(block)
    if title in {value["url"], name_of_host(value["url"])}:
        # What waits or is a draft has a headline that no reader knows.
        out = StoryPage.objects.filter(pk=page, live=True)
        title = out.values_list("title", flat=True).first() or title
    link = f'<a linktype="page" id="{page}">{escape(title)}</a>'
    return {**block, "type": "text", "value": f"<p>{link}</p>"}


def _pointed_value(value: Any, page_at: PageAt) -> Any:
    if isinstance(value, str):
        return _pointed_html(value, page_at) if "<a " in value else value
    if isinstance(value, Mapping):
        return {name: each if name in _NOT_RICH else _pointed_value(each, page_at) for name, each in value.items()}
    return [_pointed_value(each, page_at) for each in value] if isinstance(value, list) else value


def _pointed_html(html: str, page_at: PageAt) -> str:
    def link(found: re.Match[str]) -> str:
        page = page_at(unescape(found[1]))
        if page is None:
            return found[0]
        return f'<a linktype="page" id="{page}">{found[2]}</a>' if page else found[2]

    return _LINK.sub(link, html)


def _hrefs(body: Iterable[Block]) -> Iterator[str]:
    for block in body:
        match block:
            case Embed(url, _):
                yield url
            case Table(rows):
                yield from _of_texts(cell for row in rows for cell in row)
            case SoundBlock(_, transcript):
                yield from _of_texts(transcript)
            case _:
                yield from _of_texts(texts_of(block))


def _of_texts(texts: Iterable[RichText]) -> Iterator[str]:
    for text in texts:
        yield from (run.href for run in text if run.href)
