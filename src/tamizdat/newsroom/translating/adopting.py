"""Languages in which a story went out as breaking news, and is to be translated now: the page is there, and stays.

And what more is said of it once they are tied.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from django.db.models import QuerySet
from wagtail.log_actions import log
from wagtail.models import Locale

from tamizdat.newsroom.breaking.acting import line_html
from tamizdat.newsroom.breaking.models import Flash
from tamizdat.newsroom.stories.holding import hold_story
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.newsroom.translating.acting import recount
from tamizdat.newsroom.translating.aligning import Pair
from tamizdat.newsroom.translating.beside import follow, newest, outstanding, rows_of, source_now
from tamizdat.newsroom.translating.expiring import follow_expiry
from tamizdat.newsroom.translating.fields import block_of, elements, fields_of
from tamizdat.newsroom.translating.models import Task


def adoptable(source: StoryPage) -> QuerySet[StoryPage]:
    """The pages of the same breaking news that translate nothing, and that nothing translates."""
    if not Flash.objects.filter(story_id=source.story_id).exists():
        nothing: QuerySet[StoryPage] = StoryPage.objects.none()
        return nothing
    pages = StoryPage.objects.filter(translation_key=source.translation_key, story_id=source.story_id)
    free: QuerySet[StoryPage] = pages.exclude(pk=source.pk).filter(translating_from=None, translating_into=None)
    return free


def new_first(papers: Iterable[Newspaper], source: StoryPage) -> list[Newspaper]:
    """Newspapers that get a page come first: of all rows theirs are held first, pages that are there after them."""
    there = set(adoptable(source).values_list("locale_id", flat=True))
    return sorted(papers, key=lambda paper: paper.locale_id in there)


def adopted(source: StoryPage, locale: Locale, user: Any, *, urgent: bool) -> Task | None:
    """Tie the page in ``locale`` to ``source``; None if there is none. Only in a transaction.

    What was said in both languages is translated, the rest is not yet. Nothing that the page says is lost: readers keep
    what they have, and what has no counterpart is the translator's own. Raises ValidationError if it is locked.
    """
    if not adoptable(source).filter(locale=locale).exists():
        return None
    hold_story(source.story_id)
    page = adoptable(source).select_related("locale").get(locale=locale)
    check_unlocked([page], user)
    now = source if source.live else newest(source)
    began = source.revisions.order_by("pk").first()
    flash = began.as_object() if began else now
    target = newest(page)
    task = Task(source=source, target=page, pairs=_headlines(flash, target), urgent=urgent)
    follow(task, flash, newest(page))  # what it began with: where the page has that still, it follows
    follow(task, now, target)
    _lines(task, now, target)
    task.todo, task.changed = outstanding(rows_of(task.pairs, now, target))
    target.save_revision(user=user, clean=False)
    task.save()
    if source.live:
        follow_expiry(source)  # what readers have of the page, too, not only its draft
    log(instance=source, action="translating.send", user=user, data={"language": page.locale.language_code})
    return task


def _headlines(flash: StoryPage, target: StoryPage) -> dict[str, Any]:
    there, here = fields_of(flash), fields_of(target)
    own = [key for key in there if not block_of(key)]
    return {key: [pair.stored() for pair in _met(there[key].pieces, here[key].pieces)] for key in own}


def _met(there: tuple[str, ...], here: tuple[str, ...]) -> Iterator[Pair]:
    """A line and its translation. One that nobody wrote in this language is still to be translated."""
    if here:
        yield Pair(there[0] if there else None, here[0])


def _lines(task: Task, source: StoryPage, target: StoryPage) -> None:
    """Lines that were said in both languages are blocks with ids of their own: from now on they share the source's."""
    blocks = deepcopy(list(target.body.get_prep_value()))
    there = {elements(each["value"]): each["id"] for each in source.body.get_prep_value() if each["type"] == "text"}
    here = {elements(each["value"]): each for each in blocks if each["type"] == "text"}
    languages = source.locale.language_code, target.locale.language_code
    for flash in Flash.objects.filter(story_id=source.story_id).prefetch_related("follow_ups"):
        for more in flash.follow_ups.all():
            old, new = (elements(line_html(tag, more.at, more.texts.get(tag, ""))) for tag in languages)
            if old in there and new in here:
                here[new]["id"] = there[old]
                task.pairs[f"{there[old]}/"] = [Pair(a, b).stored() for a, b in zip(old, new, strict=True)]
    target.body = blocks


def tie_line(flash: Flash, lines: Mapping[str, str], block: str, **_options: Any) -> None:
    """What was said in a source and in its translation is translated. Only in a transaction that holds the pages."""
    pages = StoryPage.objects.filter(story_id=flash.story_id, locale__language_code__in=lines)
    spoken = dict(pages.values_list("pk", "locale__language_code"))
    tasks = Task.objects.select_for_update(of=("self",)).filter(source__in=spoken, target__in=spoken).order_by("pk")
    for task in tasks.select_related("source__locale", "target__locale"):
        old, new = (elements(lines[spoken[key]]) for key in (task.source_id, task.target_id))
        task.pairs[f"{block}/"] = [Pair(a, b).stored() for a, b in zip(old, new, strict=True)]
        task.save(update_fields=["pairs"])
        recount(task, source_now(task), newest(task.target))
