"""Whose languages are whose: front pages and breaking news are for those who may publish in a language."""

from typing import Any

from django.conf import settings
from wagtail.permission_policies.pages import PagePermissionPolicy

from tamizdat.newsroom.stories.models import Newspaper


def languages_of(user: Any) -> tuple[str, ...]:
    """The languages in whose newspaper ``user`` may publish, in the publication's order."""
    if user is None or not user.is_active:
        return ()
    if user.is_superuser:
        return tuple(settings.CONTENT_LANGUAGES)
    pages = PagePermissionPolicy().instances_user_has_permission_for(user, "publish")
    papers = Newspaper.objects.filter(pk__in=pages.values("pk"))
    found = set(papers.values_list("locale__language_code", flat=True))
    return tuple(language for language in settings.CONTENT_LANGUAGES if language in found)
