"""Changes of stories that readers have, as far as they are not out: a search finds them for who may read them.

Anybody in the newsroom may know a story that is out, so the index has no word of it that readers have not. Who may read
drafts of its language is told of these apart.
"""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import prefetch_related_objects
from wagtail.search import index

from tamizdat.newsroom.folding import asked_for, folded_for_index
from tamizdat.newsroom.stories.models import ChangedDraft, StoryPage
from tamizdat.newsroom.stories.permits import locales_of

SHOWN: Final = 10
_MOST: Final = 1_000
"""Stories that have the words; of these the newest are shown."""


def as_editors_have_them(pages: Iterable[StoryPage]) -> list[StoryPage]:
    """Stories as a search is to find them: as readers have them, or as the newest draft is while they have nothing."""
    listed = list(pages)
    _look_at_drafts(page for page in listed if not page.live)
    return [page if page.live else _newest_draft(page) for page in listed]


def note_changed(pages: Iterable[StoryPage]) -> None:
    """Keep the words of those of ``pages`` that have changes which are not out, and forget them once they are."""
    out = [page for page in pages if page.live]
    changed = [page for page in out if page.has_unpublished_changes]
    _look_at_drafts(changed)
    ChangedDraft.objects.filter(page__in={page.pk for page in out} - {page.pk for page in changed}).delete()
    ChangedDraft.objects.bulk_create(
        (ChangedDraft(page_id=page.pk, words=_words(_newest_draft(page))) for page in changed),
        update_conflicts=True, update_fields=["words"], unique_fields=["page"],
    )  # fmt: skip


def found_in_changes(words: str, user: Any) -> list[StoryPage]:
    """The newest stories whose changes that are not out have all these words, of those that ``user`` may read."""
    asked = asked_for(words).split()
    if not asked:
        return []
    changed = ChangedDraft.objects.order_by("-pk")
    for word in asked:
        changed = changed.filter(words__contains=f" {word}")
    # In two steps: SQLite would begin with all stories.
    keys = list(changed.values_list("pk", flat=True)[:_MOST])
    if not keys:
        return []
    seen = StoryPage.objects.filter(pk__in=keys, live=True, locale__in=locales_of(user)).select_related("locale")
    return list(seen.order_by("-latest_revision_created_at")[:SHOWN])


def _look_at_drafts(pages: Iterable[StoryPage]) -> None:
    prefetch_related_objects(list(pages), "latest_revision")


def _newest_draft(page: StoryPage) -> StoryPage:
    if not page.latest_revision:
        return page
    # Its fields alone: the whole draft, with what Wagtail reads beside it, no search asks for.
    draft: StoryPage = StoryPage.from_serializable_data(page.latest_revision.content, check_fks=False)
    draft.pk, draft.locale, draft.live = page.pk, page.locale, page.live
    return draft


def _words(draft: StoryPage) -> str:
    """All that the search would find the story by, each word after a space."""
    fields = [each for each in draft.get_search_fields() if isinstance(each, index.SearchField)]
    texts = (text for each in fields for text in _texts(each.get_value(draft)))
    return f" {folded_for_index(' '.join(texts))}"


def _texts(value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return [str(value)] if value else []
