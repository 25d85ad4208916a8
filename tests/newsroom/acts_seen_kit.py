"""What readers and editors have after two acts, in one line; and what must be true whatever the acts were."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from acts_room_kit import ID
from desk_kit import newspaper
from wagtail.models import PageLogEntry, Revision

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.corrections.models import is_taken_down
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.embargoes import embargo_of
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.holding import is_held
from tamizdat.newsroom.translating.models import Task, Together
from tamizdat.story import Story, plain

LANGUAGES = ("en", "fa")


def releases(tag: str) -> list[Release]:
    """All of them, oldest first."""
    return list(Release.objects.filter(story_id=ID, language=tag).order_by("pk"))


def story(release: Release) -> Story | None:
    """What readers got."""
    return story_from_bytes(bytes(release.story)) if release.story is not None else None


def _pages() -> Any:
    """The story in all languages."""
    return StoryPage.objects.filter(story_id=ID).order_by("locale__language_code")


def _words(made: Story) -> str:
    """Which words readers have, by the act that they come from."""
    if made.retracted:
        return "notice"
    more = "+more" if any("قطار" in plain(each.text) or "Trains" in plain(each.text) for each in made.body) else ""
    label = "+label" if made.byline == ("Renamed",) else ""
    return made.headline.lower() + more + label


def of_readers(tag: str, since: int) -> str:
    """What they have in a language, how they are told, and how many releases were made of it after ``since``."""
    every = releases(tag)
    made = story(every[-1]) if every else None
    n = sum(each.pk > since for each in every)
    if made is None:
        return f"{'gone' if every else 'nothing'} {n}"
    marks = ["updated"] * bool(made.updated) + [each.kind for each in made.corrections]
    marks += ["breaking"] * bool(made.breaking_until)
    return " ".join([_words(made), *marks, str(n)])


def scheduled() -> list[str]:
    """What goes out by itself, or stays for others."""
    keys = {str(page): tag for page, tag in _pages().values_list("pk", "locale__language_code")}
    timed = Revision.page_revisions.filter(object_id__in=keys, approved_go_live_at__isnull=False).order_by("pk")
    found = [f"{keys[each.object_id]} {each.content['title'].lower()}" for each in timed]
    held = Together.objects.all()
    return found + [f"together {'failed' if each.failed else 'at' if each.at else 'click'}" for each in held]


def of_editors() -> list[str]:
    """Which drafts there are that readers do not have, and what the translation lacks."""
    drafts = _pages().filter(has_unpublished_changes=True).values_list("locale__language_code", "draft_title")
    found = [f"{tag} {headline.lower()}" for tag, headline in drafts]
    task = Task.objects.filter(target__story_id=ID, target__locale__language_code="fa").defer("pairs").first()
    if task and (task.todo or task.changed):
        found.append("fa behind")
    if task and task.ready:
        found.append("fa ready")
    return found


@dataclass(frozen=True, slots=True)
class Before:
    """How it was before an act."""

    release: int
    log: int
    pages: dict[str, int]
    """By language; those that the act deletes have a history still."""


def before() -> Before:
    """Now."""
    newest_release = Release.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    newest_entry = PageLogEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Before(newest_release, newest_entry, dict(_pages().values_list("locale__language_code", "pk")))


def faults(was: Before) -> Iterator[str]:
    """What is not as it must be after any act at all."""
    here = {page.locale.language_code: page for page in _pages().select_related("locale")}
    for tag in LANGUAGES:
        every = releases(tag)
        made = story(every[-1]) if every else None
        if [each for each in every if each.current] != every[-1:]:
            yield f"{tag}: the newest release is not the only current one"
        new = [each for each in every if each.pk > was.release]
        if new:
            yield from _of_new(tag, every, was)
        told = [words.headline for each in every if each.pk <= was.release and (words := story(each))]
        is_other = made is not None and made.headline not in told[-1:]
        yield from _of_page(here[tag], made, is_other) if tag in here else _of_none(tag, made)


def _of_new(tag: str, every: list[Release], was: Before) -> Iterator[str]:
    """Of releases that the act made: readers are told of other words, and colleagues whose act it was."""
    told: Story | None = None
    for each in every:
        made = story(each)
        is_new = bool(made and told and each.pk > was.release)
        if is_new and _words_alone(made) != _words_alone(told) and _said(made) == _said(told):
            yield f"{tag}: other words, and readers are not told"
        if each.pk > was.release and each.by is None:
            yield f"{tag}: nobody let it go"
        told = made or told
    pages = [was.pages.get(tag), newspaper(tag).pk]  # which has the history of what was deleted
    if not PageLogEntry.objects.filter(page__in=pages, pk__gt=was.log, user__isnull=False).exists():
        yield f"{tag}: readers have something else, and the history does not say whose act that was"


def _words_alone(made: Story) -> Story:
    return replace(made, updated=None, corrections=(), breaking_until=None)


def _said(made: Story) -> object:
    return made.updated, made.corrections


def _of_page(page: StoryPage, made: Story | None, is_other: bool) -> Iterator[str]:
    """Readers have what is live here, or the notice of a retraction."""
    tag = page.locale.language_code
    has_words = made is not None and not made.retracted
    if page.live != has_words and not (made and made.retracted):
        yield f"{tag}: {'live' if page.live else 'not live'} here, and readers have {'it' if has_words else 'nothing'}"
    if made and has_words and made.headline != page.title:
        yield f"{tag}: readers have {made.headline}, and here {page.title} is live"
    if is_taken_down(ID, tag) and (made or page.approved_schedule):
        yield f"{tag}: taken down, and {'readers have something' if made else 'it is scheduled'}"
    if is_other and has_words:
        if embargo_of(newest(page)):
            yield f"{tag}: let out under an embargo"
        if is_held(page):
            yield f"{tag}: let out, and it is held"


def _of_none(tag: str, made: Story | None) -> Iterator[str]:
    if made is not None and not made.retracted:
        yield f"{tag}: deleted, and readers have its words"


def ending(was: Before) -> str:
    """How it ended: what readers have, what is to come, and what editors have. What is not there is not named."""
    parts = [f"{tag}={of_readers(tag, was.release)}" for tag in LANGUAGES]
    found = {"scheduled": scheduled(), "drafts": of_editors()}
    return "; ".join([*parts, *(f"{name}={', '.join(each)}" for name, each in found.items() if each)])


def is_anything_due() -> bool:
    """Whether time alone changes something."""
    return bool(scheduled()) or _pages().filter(live=True, expire_at__isnull=False).exists()
