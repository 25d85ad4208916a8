"""What an import leaves as it stands here, although its source has changed."""

from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.holding import is_held


def why_kept(page: StoryPage | None, before: MovedItem) -> str:
    """Why what stands here is not changed, as the report says it; empty if nobody has touched what the import wrote."""
    if page is None:
        return "changed at the source, and was deleted here"
    if page.latest_revision_id != before.revision:
        return "changed at the source, and was edited here: what stands here was kept"
    if page.locked:
        return "changed at the source, and is locked here: what stands here was kept"
    if is_held(page):
        return "changed at the source, and is held here, to go out with others: what stands here was kept"
    if _was_taken_off(page):
        return "changed at the source, and was unpublished here: it stays unpublished"
    return ""


def is_as_written(page: StoryPage) -> bool:
    """Whether a page came in, and nobody has touched it since."""
    return MovedItem.objects.filter(page=page.pk, revision=page.latest_revision_id or 0).exists()


def _was_taken_off(page: StoryPage) -> bool:
    """Whether its newest revision was out and is not any more.

    To unpublish makes no revision. What an import itself takes from readers gets one, which never was out.
    """
    out, written = page.last_published_at, page.latest_revision_created_at
    return not page.live and out is not None and written is not None and out >= written
