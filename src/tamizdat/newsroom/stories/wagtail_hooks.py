"""What stories add to the admin."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Topic


class SectionViewSet(SnippetViewSet):
    """Sections."""

    model = Section
    icon = "list-ul"
    list_display: ClassVar[list[str]] = ["__str__", "key", "position"]


class TopicViewSet(SnippetViewSet):
    """Topics."""

    model = Topic
    icon = "tag"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class AgencyViewSet(SnippetViewSet):
    """Agencies."""

    model = Agency
    icon = "globe"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class BylineViewSet(SnippetViewSet):
    """Bylines. Lists and searches never show whose they are."""

    model = Byline
    icon = "user"
    list_display: ClassVar[list[str]] = ["__str__", "key"]


class TermsGroup(SnippetViewSetGroup):
    """All terms in one menu."""

    menu_label = _("Terms")
    menu_icon = "tag"
    menu_order = 300
    items = (SectionViewSet, TopicViewSet, AgencyViewSet, BylineViewSet)


register_snippet(TermsGroup)
