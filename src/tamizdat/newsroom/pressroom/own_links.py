"""Links from story to story: by the newsroom's page while people write, by its address once the text leaves.

A link leads to the story in the language of the text that links, else in the language whose page was chosen, else in
any in which readers have it. Where they have it in none there is no link, and when that changes, the stories that link
to it are released anew.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from wagtail.log_actions import log

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Newspaper, StoryLink, StoryPage
from tamizdat.newsroom.stories.richtext import kept_link, page_key
from tamizdat.press.address import FRONT
from tamizdat.press.card import story_path
from tamizdat.story import Block, Heading, ListBlock, Paragraph, Quote, RichText, SoundBlock, Story, Table, rich

LOST: Final = "tamizdat.link_lost"
"""The history's name for a link that led to a story which readers no longer have."""
_ANCHOR: Final = re.compile(r"<a\s[^>]*>")
_ATTRIBUTE: Final = re.compile(r'\b(linktype|id)="([^"]*)"')
_OWN_ADDRESS: Final = re.compile(r"\.\./\.\./(?:\.\./[A-Za-z0-9-]+/)?[0-9]{4}/[0-9]{2}/[^/]+\.html")


@dataclass(frozen=True, slots=True)
class Target:
    """A story that a text links to: the page that was chosen, and the address from the text; empty if it has none.

    Of a page that is gone nothing is known any more but its number.
    """

    page: int
    story_id: str
    headline: str
    address: str


@dataclass(frozen=True, slots=True)
class OwnLinks:
    """The stories that a text links to, by the pages that its links name."""

    targets: Mapping[int, Target]

    def address(self, attributes: dict[str, str]) -> str:
        """Of an ``<a>`` of the editor; empty for a story that readers do not have."""
        key = page_key(attributes)
        if key is None:
            return kept_link(attributes)
        return self.targets[key].address if key in self.targets else ""


Paths = Mapping[str, Mapping[str, str]]
"""Where stories lie in the folder of a language: by id, then by language."""


def own_links(raw: Iterable[Mapping[str, Any]], language: str, coming: Paths = MappingProxyType({})) -> OwnLinks:
    """Where the links of a stored body lead from a story in ``language``; two or three queries, none without links.

    Stories of ``coming`` count as out: they are let go to readers in the same transaction.
    """
    keys = {key for text in _texts(raw) for key in _keys(text)}
    if not keys:
        return OwnLinks({})
    rows = StoryPage.objects.filter(pk__in=keys).values_list("pk", "story_id", "title", "locale__language_code")
    found = list(rows)
    out = _out({story_id for _pk, story_id, _title, _language in found}, coming)
    targets = {key: Target(key, "", "", "") for key in keys}
    for pk, story_id, title, written in found:
        targets[pk] = Target(pk, story_id, title, _address(out.get(story_id, {}), language, written))
    if others := keys - {pk for pk, *_rest in found}:
        for paper in Newspaper.objects.filter(pk__in=others).select_related("locale"):
            way = _way(paper.locale.language_code, language)
            targets[paper.pk] = Target(paper.pk, "", paper.title, way + FRONT)
    return OwnLinks(targets)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Iterable):
        for each in value:
            yield from _texts(each)


def _keys(html: str) -> Iterator[int]:
    for anchor in _ANCHOR.findall(html) if "linktype" in html else ():
        if (key := page_key(dict(_ATTRIBUTE.findall(anchor)))) is not None:
            yield key


def _out(story_ids: set[str], coming: Paths) -> Paths:
    """Where readers have the stories."""
    out = {story_id: dict(coming.get(story_id, {})) for story_id in story_ids}
    for release in Release.objects.filter(story_id__in=story_ids, current=True, story__isnull=False):
        if release.language not in out[release.story_id]:
            out[release.story_id][release.language] = story_path(story_from_bytes(bytes(release.story or b"")))
    return out


def _address(by_language: Mapping[str, str], language: str, written: str) -> str:
    """From a story's page in ``language`` to the story; empty if nobody has it."""
    for tag in (language, written, *settings.CONTENT_LANGUAGES, *sorted(by_language)):
        if tag in by_language:
            return _way(tag, language) + by_language[tag]
    return ""


def _way(to: str, language: str) -> str:
    """From the page of a story in ``language`` to the folder of the language ``to``."""
    return "../../" if to == language else f"../../../{to}/"


def note_links(page: StoryPage, links: OwnLinks, by: Any = None) -> None:
    """Keep whom ``page`` links to; what readers lost by that is written into its history."""
    before = {each.target: each for each in page.own_links.all()}
    rows = [_row(page, target, before.get(target.page)) for target in links.targets.values()]
    for row in rows:
        if not row.found and row.target in before and before[row.target].found:
            log(page, LOST, user=by, data={"headline": row.headline})
    if {(row.target, row.found) for row in rows} != {(row.target, row.found) for row in before.values()}:
        page.own_links.all().delete()
        StoryLink.objects.bulk_create(rows)


def _row(page: StoryPage, target: Target, was: StoryLink | None) -> StoryLink:
    story_id = target.story_id or (was.story_id if was else "")
    headline = target.headline or (was.headline if was else "") or f"#{target.page}"
    return StoryLink(page=page, target=target.page, story_id=story_id, headline=headline, found=bool(target.address))


def links_to(story_id: str) -> QuerySet[StoryLink]:
    """Links to this story, in any language, from stories that are out; not from its own translations."""
    # A draft has no story id before it is checked for the first time: its page is known all the same.
    pages = StoryPage.objects.filter(story_id=story_id).values("pk")
    found = StoryLink.objects.filter(Q(story_id=story_id) | Q(target__in=pages), page__live=True)
    return found.exclude(page__story_id=story_id)


def led_elsewhere(story_ids: Collection[str]) -> set[str]:
    """Those of the stories to which links may lead otherwise by now: readers have them, or in more languages."""
    same = StoryPage.objects.filter(story_id=OuterRef("story_id"), locale=OuterRef("page__locale"), live=True)
    nearer = Q(Exists(same.exclude(pk=OuterRef("target"))))
    found = StoryLink.objects.filter(nearer | Q(found=False), story_id__in=story_ids, page__live=True)
    return set(found.values_list("story_id", flat=True))


def linking_to(story_id: str) -> list[StoryPage]:
    """Stories that are out and link to this one."""
    return list(StoryPage.objects.filter(pk__in=links_to(story_id).values("page")))


def without_own_links(story: Story) -> Story:
    """The story as if it linked to no other of ours: where another story lies is no word of this one."""
    return replace(story, body=tuple(_mapped(block, _unlinked) for block in story.body))


def with_links_of(story: Story, other: Story) -> Story:
    """The story with its links to stories of ours as ``other`` has them, wherever that says the same."""
    texts: list[RichText] = []

    def noted(text: RichText) -> RichText:
        texts.append(text)
        return text

    for block in other.body:
        _mapped(block, noted)
    coming = iter(texts)

    def linked(text: RichText) -> RichText:
        new = next(coming, text)
        return new if _unlinked(new) == _unlinked(text) else text

    return replace(story, body=tuple(_mapped(block, linked) for block in story.body))


def _unlinked(text: RichText) -> RichText:
    if not any(_OWN_ADDRESS.fullmatch(run.href) for run in text):
        return text
    return rich(replace(run, href="") if _OWN_ADDRESS.fullmatch(run.href) else run for run in text)


def _mapped(block: Block, change: Callable[[RichText], RichText]) -> Block:
    """The block with each of its texts changed."""
    match block:
        case Paragraph(text) | Heading(text, _):
            return replace(block, text=change(text))
        case ListBlock(items, _):
            return replace(block, items=tuple(map(change, items)))
        case Quote(paragraphs, _):
            return replace(block, paragraphs=tuple(map(change, paragraphs)))
        case SoundBlock(_, transcript):
            return replace(block, transcript=tuple(map(change, transcript)))
        case Table(rows, _, _):
            return replace(block, rows=tuple(tuple(change(cell) if cell else () for cell in row) for row in rows))
        case _:
            return block
