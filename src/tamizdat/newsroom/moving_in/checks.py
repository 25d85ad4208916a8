"""Whether the tables say of pages what Wagtail would have them say; for tests, and for whoever doubts it."""

from collections import Counter

from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page, ReferenceIndex, Revision

from tamizdat.newsroom.stories.models import Newspaper, StoryPage


def faults_of_pages() -> list[str]:
    """Everything that is wrong with the tree, with revisions and with the index of references; empty if nothing is."""
    return [*_tree(), *_revisions(), *_references()]


def _tree() -> list[str]:
    found = [f"tree: {kind}" for kind, rows in zip(_KINDS, Page.find_problems(), strict=True) if rows]
    for paper in Newspaper.objects.all():
        children = paper.get_children()
        if paper.numchild != children.count():
            found.append(f"{paper}: numchild is {paper.numchild}")
        slugs = Counter(children.values_list("slug", flat=True))
        found += [f"{paper}: {count} pages are called {slug}" for slug, count in slugs.items() if count > 1]
        wrong = [row for row in children if row.url_path != f"{paper.url_path}{row.slug}/"]
        found += [f"page {row.pk}: its address is {row.url_path}" for row in wrong]
    keys = Counter(StoryPage.objects.values_list("locale", "story_id"))
    return found + [f"story {story_id} is there {count} times" for (_, story_id), count in keys.items() if count > 1]


_KINDS = ("evil characters", "steps", "orphans", "depth", "numchild")


def _revisions() -> list[str]:
    found = []
    base = ContentType.objects.get_for_model(Page)
    have = {
        int(key): (pk, content)
        for pk, key, content in Revision.objects.filter(base_content_type=base)
        .order_by("pk")
        .values_list("pk", "object_id", "content")
    }
    for page in StoryPage.objects.all():
        pk, content = have.get(page.pk, (None, {}))
        if page.latest_revision_id != pk:
            found.append(f"page {page.pk}: its latest revision is {page.latest_revision_id}, not {pk}")
        if page.live and page.live_revision_id is None:
            found.append(f"page {page.pk}: is live without a revision")
        if content and (content["pk"] != page.pk or content["path"] != page.path):
            found.append(f"page {page.pk}: its revision is of page {content['pk']}")
    return found


def _references() -> list[str]:
    found = []
    kind = ContentType.objects.get_for_model(Page)
    for page in StoryPage.objects.all():
        wanted = set(ReferenceIndex._extract_references_from_object(page))  # noqa: SLF001 - Wagtail has no way to look
        rows = ReferenceIndex.objects.filter(base_content_type=kind, object_id=str(page.pk))
        have = set(rows.values_list("to_content_type_id", "to_object_id", "model_path", "content_path"))
        if wanted != have:
            found.append(f"page {page.pk}: references {wanted ^ have}")
    return found
