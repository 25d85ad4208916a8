"""Wagtail's screens of terms: where stories name one, which its own index of references cannot know."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.views.generic.usage import TitleColumn
from wagtail.snippets.views.snippets import DeleteView, UsageView

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know
from tamizdat.newsroom.stories.using import stories_naming


class Naming(list[int]):
    """The keys of stories that name a term, as Wagtail asks for them."""

    def count(self, *_nothing: Any) -> int:
        """How many they are."""
        return len(self)

    @property
    def is_protected(self) -> bool:
        """Whether the term stays for their sake."""
        return bool(self)


class TermDeleteView(DeleteView):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """Says how many stories name it, and has no button while one does."""

    object: Any

    def get_usage(self) -> Naming:
        """The stories."""
        return Naming(stories_naming(self.object))


class TermUsageView(UsageView):  # type: ignore[misc,unused-ignore] # as above
    """The stories, by their headlines; others than one may know are counted alone."""

    object: Any
    request: Any

    def get_queryset(self) -> list[tuple[StoryPage, tuple[()]]]:
        """Those that whoever asks may know."""
        stories = StoryPage.objects.filter(may_know(self.request.user), pk__in=stories_naming(self.object))
        return [(page, ()) for page in stories.order_by("-pk")]

    @cached_property
    def columns(self) -> list[Any]:
        """One."""
        return [TitleColumn("name", label=_("story"), accessor="label", get_url=lambda row: row["edit_url"])]
