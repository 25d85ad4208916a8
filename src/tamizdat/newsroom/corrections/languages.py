"""A story in each of its languages, also where its page was deleted: readers and mirrors may have kept it there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import Newspaper, StoryPage


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A story in one language: its page, or, where that was deleted, the newspaper that it stood in."""

    language: str
    home: StoryPage | Newspaper
    had: bool
    """Whether readers have the story in this language, or had it."""

    @property
    def page(self) -> StoryPage | None:
        """The story's page; None if it was deleted."""
        return self.home if isinstance(self.home, StoryPage) else None

    def may_publish(self, user: Any) -> bool:
        """Whether ``user`` may publish it, or could if it were here still."""
        return bool(self.home.permissions_for_user(user).can_publish_story())

    def may_take_down(self, user: Any) -> bool:
        """Whether ``user`` may take it down: being head of a desk counts in its language alone."""
        return bool(self.home.permissions_for_user(user).can_take_down())


def pages_of(story_id: str) -> list[StoryPage]:
    """The story in all its languages, published or not."""
    pages = StoryPage.objects.filter(story_id=story_id).select_related("locale")
    return list(pages.order_by("locale__language_code"))


def in_languages(story_id: str) -> list[InLanguage]:
    """The same, and where readers had it and its page was deleted; two queries, and one if there are such."""
    released = Release.objects.filter(story_id=story_id, story__isnull=False).order_by()
    had = set(released.values_list("language", flat=True).distinct())
    pages = [(page.locale.language_code, page) for page in pages_of(story_id)]
    found = [InLanguage(language, page, had=page.live or language in had) for language, page in pages]
    if gone := had - {language for language, _page in pages}:
        papers = Newspaper.objects.filter(locale__language_code__in=gone).select_related("locale")
        # An old newsroom may have two of a language: the first is the one whose people have roles.
        firsts = {paper.locale.language_code: paper for paper in papers.order_by("-path")}
        found += (InLanguage(language, paper, had=True) for language, paper in firsts.items())
    return sorted(found, key=lambda each: each.language)


def deleted_among(found: Iterable[InLanguage]) -> frozenset[str]:
    """The languages in which no page is left."""
    every = list(found)
    return frozenset(each.language for each in every) - {each.language for each in every if each.page}


def pages_among(found: Iterable[InLanguage]) -> list[StoryPage]:
    """Those that were not deleted."""
    return [each.page for each in found if each.page]
