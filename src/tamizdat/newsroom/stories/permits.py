"""Who learns of stories that are not out: those who work in their language, or translate them into one of theirs."""

from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q
from wagtail.permission_policies.pages import PagePermissionPolicy

from tamizdat.newsroom.stories.models import Newspaper, StoryPage

_ANY: Final = frozenset({"add", "change", "publish", "lock", "unlock", "bulk_delete"})


def locales_of(user: Any, may: frozenset[str] = _ANY) -> frozenset[int]:
    """The keys of the locales in whose newspapers ``user`` may do one of these things."""
    if user is None or not user.is_active:
        return frozenset()
    pages = PagePermissionPolicy().instances_user_has_any_permission_for(user, may)
    papers = Newspaper.objects.filter(pk__in=pages.order_by().values("pk"))
    return frozenset(papers.values_list("locale_id", flat=True))


def may_write(user: Any) -> bool:
    """Whether ``user`` may write stories in some language."""
    return bool(user and user.is_active and user.is_superuser) or bool(locales_of(user, frozenset({"add"})))


def edits_wherever_at_work(user: Any) -> bool:
    """Whether ``user`` may edit drafts in every language in which they have anything to do: in one at least."""
    if user.is_superuser:
        return True
    works = locales_of(user)
    return bool(works) and works == locales_of(user, frozenset({"change"}))


def may_know(user: Any, *, translating: bool = True) -> Q:
    """Stories whose headlines ``user`` may read: what is out, and drafts as below. A filter of StoryPage.

    Searches cannot follow translations: they ask without ``translating``.
    """
    return Q(live=True) | may_read(user, translating=translating)


def may_read(user: Any, *, translating: bool = True) -> Q:
    """Stories of which ``user`` may read drafts, and what they once said: of their languages, or to be translated."""
    mine = locales_of(user)
    known = Q(locale__in=mine)
    if user is None or user.is_superuser or not translating:
        return known
    task: Any = StoryPage.translating_into.rel.related_model
    # Plus nothing: or SQLite would begin with all stories of the languages, for each story anew.
    theirs = task.objects.annotate(at=F("target__locale") + 0).filter(source=OuterRef("pk"), at__in=mine)
    # What is written in other letters is made from a translation, and that from the story.
    beyond = task.objects.annotate(at=F("target__locale") + 0)
    beyond = beyond.filter(source__translating_from__source=OuterRef("pk"), at__in=mine)
    return known | Q(Exists(theirs)) | Q(Exists(beyond))


def knows(user: Any, page: StoryPage) -> bool:
    """The same of one story."""
    return bool(StoryPage.objects.filter(may_know(user), pk=page.pk).exists())


def reads_drafts(user: Any, page: StoryPage) -> bool:
    """Whether ``user`` may read drafts of the story's language. No query for each of many stories."""
    return bool(user.is_superuser or page.permissions_for_user(user).permissions & _ANY)
