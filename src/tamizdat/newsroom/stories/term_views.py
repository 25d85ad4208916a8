"""Wagtail's screens of terms: where stories name one, which its own index of references cannot know."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.views.generic.usage import TitleColumn
from wagtail.snippets.views.snippets import DeleteView, IndexView, UsageView

from tamizdat.newsroom.folding import folded
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


class BylineIndexView(IndexView):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """The list of bylines. Whoever may not change them gets labels alone: a key may be somebody's name.

    Nor is it told by what a search finds, or by the order in which bylines stand.
    """

    request: Any

    @cached_property
    def _hides_keys(self) -> bool:
        return not self.request.user.has_perm("stories.change_byline")

    @cached_property
    def columns(self) -> list[Any]:
        """Wagtail's, without that of keys."""
        return [column for column in super().columns if not (self._hides_keys and column.name == "key")]

    def order_queryset(self, queryset: Any) -> Any:
        """By label for those who see labels alone."""
        return queryset.order_by("label", "pk") if self._hides_keys else super().order_queryset(queryset)

    def search_queryset(self, queryset: Any) -> Any:
        """Those that have every word, in whatever language; bylines are few."""
        if not self.is_searching:
            return queryset
        words = folded(self.search_query).split()
        texts = {each.pk: each.shown if self._hides_keys else (*each.shown, each.key) for each in queryset}
        found = [key for key, said in texts.items() if all(word in folded("\n".join(said)) for word in words)]
        return queryset.filter(pk__in=found)


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
