"""All stories in one list: newest first, by language, state, section and words. Made for a hundred thousand of them."""

from typing import Any, Final

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.ui.tables.pages import BulkActionsColumn, PageStatusColumn, PageTitleColumn
from wagtail.admin.views.pages.listing import ExplorableIndexView, IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet, PageViewSet
from wagtail.models import Locale, Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from tamizdat.newsroom.house.new_story import NewStoryView
from tamizdat.newsroom.stories.by_time import newest_first
from tamizdat.newsroom.stories.editing import StoryCreateView, StoryEditView, StoryRevertView
from tamizdat.newsroom.stories.models import Section, StoryPage
from tamizdat.newsroom.stories.taking_back import StoryUnpublishView


class StoryFilters(WagtailFilterSet):
    """By language, state, section, and whose it is."""

    # Not "locale", which Wagtail takes for the screen's own; not distinct, which would sort every row.
    language = django_filters.ModelMultipleChoiceFilter(
        label=_("Language"),
        field_name="locale",
        queryset=lambda _request: Locale.objects.all(),
        widget=CheckboxSelectMultiple,
        distinct=False,
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[
            ("out", _("Out")),
            ("changed", _("Out, with changes that are not")),
            ("draft", _("Draft")),
            ("breaking", _("Breaking news")),
        ],
        widget=RadioSelect,
        empty_label=_("Any"),
    )
    section = django_filters.ChoiceFilter(
        label=_("Section"),
        method="by_section",
        choices=lambda: [(each.key, str(each)) for each in Section.objects.all()],
    )
    mine = django_filters.ChoiceFilter(
        label=_("Whose"),
        method="by_owner",
        choices=[("me", _("Mine"))],
        widget=RadioSelect,
        empty_label=_("Everybody's"),
    )

    class Meta:
        model = StoryPage
        fields: list[str] = []

    def by_state(self, stories: QuerySet[StoryPage], _name: str, state: str) -> QuerySet[StoryPage]:
        """Stories in a state."""
        match state:
            case "out":
                return stories.filter(live=True)
            case "changed":
                return stories.filter(live=True, has_unpublished_changes=True)
            case "breaking":
                return stories.filter(breaking_until__isnull=False)
            case _:
                return stories.filter(live=False)

    def by_section(self, stories: QuerySet[StoryPage], _name: str, section: str) -> QuerySet[StoryPage]:
        """Stories in a section. The list of keys is searched as text: not every database looks into JSON."""
        with_text: Any = stories.annotate(keys=Cast("sections", TextField()))
        found: QuerySet[StoryPage] = with_text.filter(keys__contains=f'"{section}"')
        return found

    def by_owner(self, stories: QuerySet[StoryPage], _name: str, _value: str) -> QuerySet[StoryPage]:
        """Stories that whoever asks began."""
        return stories.filter(owner=self.request.user)


_POLICY: Final = PagePermissionPolicy(StoryPage)
_NEWEST: Final = "-latest_revision_created_at"
_WIDE: Final = "house-wide"
"""What a telephone has no room for beside a headline."""
_A_PAGE: Final = 25
"""Rows of a list, as on the board: each costs some three milliseconds of templates, and a telephone a long way down."""
_MOST: Final = 5_000
"""How many stories words or filters show: nobody turns a hundred pages, and to count more takes longer than that."""


class StoriesView(IndexView):
    """The list."""

    paginate_by = _A_PAGE
    results_template_name = "house/stories_results.html"
    base_filterset_class = StoryFilters
    base_columns = [
        BulkActionsColumn("bulk_actions"),
        PageTitleColumn("title", label=_("Headline"), sort_key="title", classname="title"),
        Column("sections", label=_("Sections"), width="14%"),
        DateColumn(
            "latest_revision_created_at",
            label=_("Changed"),
            sort_key="latest_revision_created_at",
            width="12%",
            classname=_WIDE,
        ),
        PageStatusColumn("status", label=_("State"), sort_key="live", width="12%"),
    ]

    def setup(self, *arguments: Any, **options: Any) -> None:
        """Sections have the names that they have in the language of whoever looks."""
        super().setup(*arguments, **options)
        names = {each.key: each.label_in(get_language() or "") for each in Section.objects.all()}
        sections = Column(
            "sections",
            label=_("Sections"),
            accessor=lambda story: ", ".join(names.get(key, key) for key in story.sections),
            width="14%",
            classname=_WIDE,
        )
        self.columns: list[Column] = [sections if each.name == "sections" else each for each in self.base_columns]

    def get_base_queryset(self) -> Any:
        """Stories that whoever asks may see, by where they stand in the tree: a list of their keys would be long."""
        return self.annotate_queryset(_POLICY.explorable_instances(self.request.user))

    def get_paginator(self, *arguments: Any, **options: Any) -> Any:
        """All of them are counted where there is no other table to join; of what words or filters leave, the newest."""
        made = super().get_paginator(*arguments, **options)
        if self.is_searching or self.is_filtering:
            found = made.object_list.get_queryset() if self.is_searching else made.object_list
            made.count = found.order_by().values("pk")[:_MOST].count()
            if self.is_searching:
                made.object_list.query_compiler.tell(made.count)
        else:
            pages = PagePermissionPolicy(Page).explorable_instances(self.request.user)
            made.count = pages.filter(content_type=ContentType.objects.get_for_model(StoryPage)).count()
        return made

    def order_queryset(self, queryset: Any) -> Any:
        """By the index, where that is what is asked for."""
        return newest_first(queryset) if self.ordering == _NEWEST else super().order_queryset(queryset)


class NewspaperView(ExplorableIndexView):
    """A newspaper in the tree."""

    paginate_by = _A_PAGE

    def get_base_queryset(self) -> Any:
        """As above, unless somebody searches, which is Wagtail's to do."""
        if self.is_searching or self.is_filtering:
            return super().get_base_queryset()
        seen = PagePermissionPolicy(Page).explorable_instances(self.request.user)
        return self.annotate_queryset(seen.child_of(self.parent_page))

    def get_reorder_url(self) -> str:
        """None: nobody puts stories in another order by hand."""
        return ""

    def order_queryset(self, queryset: Any) -> Any:
        """As above."""
        return newest_first(queryset) if self.ordering == _NEWEST else super().order_queryset(queryset)


class StoryPages(PageViewSet):
    """Screens of stories; the list of them below a newspaper is among these."""

    model = StoryPage
    index_view_class = NewspaperView
    add_view_class = StoryCreateView
    edit_view_class = StoryEditView
    revisions_revert_view_class = StoryRevertView
    unpublish_view_class = StoryUnpublishView


class StoriesListing(PageListingViewSet):
    """All stories."""

    model = StoryPage
    index_view_class = StoriesView
    choose_parent_view_class = NewStoryView
    filterset_class = StoryFilters
    menu_label = _("Stories")
    icon = "newspaper"
    menu_order = 90
    add_to_admin_menu = True
    search_fields = None


stories_listing = StoriesListing("all_stories", url_prefix="stories")
story_pages = StoryPages()
