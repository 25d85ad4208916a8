"""From an editor's act to a release: in the same transaction, so that a crash leaves both or neither."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db import models, transaction
from wagtail.signals import page_published, page_unpublished

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.errors import StoryError
from tamizdat.newsroom.corrections.models import (
    Correction,
    as_story_has_them,
    is_down,
    is_taken_down,
    said_among,
    said_of_withdrawn,
)
from tamizdat.newsroom.pictures.naming import Names, secret_names
from tamizdat.newsroom.pressroom.bell import ring
from tamizdat.newsroom.pressroom.left_out import note_left_out
from tamizdat.newsroom.pressroom.models import Gate, Order, Release
from tamizdat.newsroom.pressroom.named import without_names
from tamizdat.newsroom.pressroom.notices import is_wordless, wordless
from tamizdat.newsroom.pressroom.own_links import (
    OwnLinks,
    linking_to,
    note_links,
    own_links,
    with_links_of,
    without_own_links,
)
from tamizdat.newsroom.pressroom.story_of import story_of
from tamizdat.newsroom.stories.letting_go import going_out, is_letting_go
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import whoever_acts
from tamizdat.press.card import story_path
from tamizdat.story import Block, Picture, PictureBlock, Story, withheld

_Key = tuple[str, str]
"""Story id and language."""
_WAITING: Final = "0" * 64
_log: Final = logging.getLogger(__name__)


def listen() -> None:
    """Connect the signals that Wagtail sends, whichever way a story was published or taken back."""
    page_published.connect(_published, sender=StoryPage, dispatch_uid="release")
    page_unpublished.connect(_unpublished, sender=StoryPage, dispatch_uid="take back")
    models.signals.post_delete.connect(_deleted, sender=StoryPage, dispatch_uid="take back deleted")
    going_out.connect(_check_not_taken_down, sender=StoryPage, dispatch_uid="taken down")


def _check_not_taken_down(page: StoryPage, **_: Any) -> None:
    """Raises StoryError, also for what is only to be scheduled: whoever chose a time would count on it."""
    if is_taken_down(page.story_id, page.locale.language_code):
        raise _taken_down()


def _published(instance: StoryPage, revision: Any, **_: Any) -> None:
    if not is_letting_go():
        # A screen of Wagtail's that publishes past StoryPage.publish asks for no embargo, and for nothing that holds.
        raise StoryError("is published on its form and from lists alone; nothing went out", field="story")
    # Who wrote it need not be who lets it go.
    by = whoever_acts() or (revision.user if revision else None)
    # Wagtail says "published" of what is only scheduled, too.
    if instance.live:
        release(instance, by)
    else:
        _taken_back(instance, by)


def _unpublished(instance: StoryPage, **_: Any) -> None:
    _taken_back(instance)


def _taken_back(page: StoryPage, by: Any = None) -> None:
    # That it was retracted is said still: those who kept it have nothing else to learn that from.
    if release_notice(page.story_id, page.locale.language_code, by):
        page.refresh_from_db(fields=["updated"])  # whoever holds the page may save it


def _deleted(instance: StoryPage, **_: Any) -> None:
    release_notice(instance.story_id, instance.locale.language_code)


def release(page: StoryPage, by: Any = None) -> Release | None:
    """Let the live story of ``page`` go to readers; None if they have exactly this already.

    A story that readers had before in other words says when it was updated, also if it was taken back or expired
    since: mirrors and readers may have kept it. Here and below, what nobody is named for was done by
    :func:`whoever_acts`. Raises StoryError.
    """
    by = by or whoever_acts()
    now = datetime.now(UTC).replace(microsecond=0)
    links = own_links(page.body.get_prep_value(), page.locale.language_code)
    with transaction.atomic():
        Gate.enter()  # before it is asked what readers may have, or a takedown could slip in between
        _check_not_taken_down(page)
        left_out: set[str] = set()
        story = _story_of(page, now, links, left_out)
        note_links(page, links, by)
        last = _last_with_words(story.story_id, story.language)
        before = story_from_bytes(bytes(last.story)) if last and last.story is not None else None
        is_out = last is not None and last.current
        if last and before:
            story = _dated(story, before, now)
            _note_update(StoryPage.objects.filter(pk=page.pk), story, now)
            page.updated = story.updated
            is_same = story_to_bytes(named(story)) == bytes(last.story or b"")
            # Whoever tries a name leaves a note, also where it changes nothing for readers.
            if is_out and is_same and left_out <= set(last.left_out or ()):
                return None
        if page.published is None:
            # From now on it is the story's date, whatever happens to the page.
            StoryPage.objects.filter(pk=page.pk).update(published=story.published)
            page.published = story.published
        made = add_release(story.story_id, story.language, story_to_bytes(named(story)), by, story.headline)
        note_left_out([(made, left_out)])
        if not is_out or before is None or story_path(before) != story_path(story):
            relink(story.story_id, by)
        return made


def release_notice(story_id: str, language: str, by: Any = None) -> Release | None:
    """Of a story that is not out, let go to readers what is said of it, and nothing else; None if they have that.

    They and mirrors may have kept it. What was retracted has the headline that they got last: what was written since is
    a draft. Of what was taken down there is a notice if somebody chose to leave one, and it has no word of the story.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    with transaction.atomic():
        Gate.enter()
        pages = StoryPage.objects.filter(story_id=story_id, locale__language_code=language)
        if pages.filter(live=True).exists():
            return None  # there may be two, and a deleted one may have come back by an import
        last = _last_with_words(story_id, language)
        said = said_of_withdrawn(story_id, language)
        if not said or last is None:
            return take_back(story_id, language, by)
        before = story_from_bytes(bytes(last.story or b""))
        if is_taken_down(story_id, language):
            story = wordless(before, said)
        else:
            story = replace(_last_words(story_id, language), **withheld({"corrections": said}))
        story = _dated(story, before, now)
        _note_update(pages, story, now)
        if last.current and story_to_bytes(story) == bytes(last.story or b""):
            return None
        made = add_release(story_id, language, story_to_bytes(story), by, story.headline)
        relink(story_id, by)
        return made


def _last_with_words(story_id: str, language: str) -> Release | None:
    """The newest release of the story that did not take it back."""
    return _with_words(story_id, language).first()


def _last_words(story_id: str, language: str) -> Story:
    """The newest words of the story itself, of which there must be some."""
    found = (story_from_bytes(bytes(each.story or b"")) for each in _with_words(story_id, language).iterator())
    newest = next(found)
    own = (story for story in found if not is_wordless(story))
    return next(own, newest) if is_wordless(newest) else newest


def _with_words(story_id: str, language: str) -> models.QuerySet[Release]:
    return Release.objects.filter(language=language, story_id=story_id, story__isnull=False).order_by("-id")


def _story_of(page: StoryPage, now: datetime, links: OwnLinks, left_out: set[str]) -> Story:
    """The same; what is wrong is said with whose it is: who releases several languages must know which."""
    try:
        return story_of(page, now, links, left_out)
    except StoryError as error:
        field = f"{page.story_id} ({page.locale.language_code}): {error.fields.get('field', '')}"
        raise StoryError(error.detail, field=field) from error


def relink(story_id: str, by: Any = None) -> None:
    """Release anew what links to a story that readers now have, have elsewhere, or have no more. In a transaction.

    With other links, and else as readers have it: whether they see pictures and labels as those are now, somebody
    decides (``renewing.py``).
    """
    for page in linking_to(story_id):
        try:
            _relinked(page, by)
        except StoryError as error:
            # It stays as readers have it: what keeps it from leaving is no fault of whoever works on the other story.
            _log.warning("%s could not be released with its links: %s", page, error)


def _relinked(page: StoryPage, by: Any) -> None:
    Gate.enter()
    last = Release.objects.filter(language=page.locale.language_code, story_id=page.story_id, current=True).first()
    if last is None or last.story is None:
        release(page, by)
        return
    _check_not_taken_down(page)
    links = own_links(page.body.get_prep_value(), page.locale.language_code)
    before, left_out = story_from_bytes(bytes(last.story)), set[str]()
    story = with_links_of(before, _story_of(page, datetime.now(UTC).replace(microsecond=0), links, set()))
    story = without_names(story, left_out=left_out)
    note_links(page, links, by)
    if story != before:
        made = add_release(story.story_id, story.language, story_to_bytes(story), by, story.headline)
        note_left_out([(made, left_out.union(last.left_out or ()))])


def is_as_released(page: StoryPage) -> bool:
    """Whether readers have the live story of ``page`` in the words and pictures that it would get now."""
    last = Release.objects.filter(language=page.locale.language_code, story_id=page.story_id, current=True).first()
    if last is None or last.story is None:
        return False
    now, left_out, noted = datetime.now(UTC).replace(microsecond=0), set[str](), set(last.left_out or ())
    # Names go out of what readers have by themselves.
    before = without_names(story_from_bytes(bytes(last.story)), left_out=noted)
    # What would go without other words is as old as what would go with them: else it would tell that they are a name.
    return _alike(story_of(page, now, left_out=left_out), before) and left_out <= noted


def _alike(story: Story, before: Story) -> bool:
    # How long something counts as breaking news is no word of it.
    same: dict[str, Any] = {"updated": None, "breaking_until": None}
    return without_own_links(replace(named(story), **same)) == without_own_links(replace(before, **same))


def _dated(story: Story, before: Story, now: datetime, secret: Names | None = None) -> Story:
    """The story with the time of its update, if its words are others than those that readers got last.

    Words that go because they name somebody are no update: a date would show where to look.
    """
    return replace(story, updated=before.updated if _alike(story, without_names(before, secret)) else now)


def _note_update(pages: models.QuerySet[StoryPage], story: Story, now: datetime) -> None:
    if story.updated == now:
        pages.update(updated=now)


def release_new(stories: Sequence[Story], what: str, by: Any = None) -> None:
    """Let many stories go to readers at once that readers do not have. Only in the transaction that writes their pages.

    They are as :func:`as_written` makes them. What readers had before is treated as :func:`release` does: other words
    are an update. ``what`` is what the order is called. Raises StoryError for what was taken down.
    """
    by = by or whoever_acts()
    now = datetime.now(UTC).replace(microsecond=0)
    Gate.enter()
    secret, said, before = secret_names(), said_among(each.story_id for each in stories), _past(stories)
    ready, left_out = [], []
    for each in stories:
        left_out.append(set[str]())
        story = without_names(_as_told(each, said), secret, left_out[-1])
        earlier = before.get((story.story_id, story.language))
        ready.append(_dated(story, earlier, now, secret) if earlier else story)
    made = Release.objects.bulk_create(
        Release(story_id=story.story_id, language=story.language, story=story_to_bytes(named(story)), by=by)
        for story in ready
    )
    note_left_out(zip(made, left_out, strict=True))
    _note_updates({(each.story_id, each.language) for each in ready if each.updated == now} & before.keys(), now)
    order(what[:200], by)


def _as_told(story: Story, said: Mapping[str, Sequence[Correction]]) -> Story:
    """The story with what is said of it by now. Raises StoryError."""
    every = said.get(story.story_id, ())
    if is_down(every, story.language):
        raise _taken_down()
    corrections = as_story_has_them(every, story.language)
    if corrections == story.corrections:
        return story
    return replace(story, **withheld({"corrections": corrections}))


def _taken_down() -> StoryError:
    return StoryError("was taken down; revoke that in its record before publishing it again", field="story")


def _past(stories: Sequence[Story]) -> dict[_Key, Story]:
    """What readers got last of these stories; their releases of before are no longer the current ones."""
    keys = {(story.story_id, story.language) for story in stories}
    past = Release.objects.filter(story_id__in={story_id for story_id, _language in keys}).order_by("pk")
    has_words = models.ExpressionWrapper(models.Q(story__isnull=False), models.BooleanField())
    rows = [
        row
        for row in past.annotate(words=has_words).values_list("pk", "story_id", "language", "current", "words")
        if row[1:3] in keys
    ]
    Release.objects.filter(pk__in=[pk for pk, _id, _language, current, _words in rows if current]).update(current=False)
    last = {(story_id, language): pk for pk, story_id, language, _current, words in rows if words}
    found = Release.objects.in_bulk(last.values()) if last else {}
    return {key: story_from_bytes(bytes(found[pk].story or b"")) for key, pk in last.items()}


def _note_updates(keys: Collection[_Key], now: datetime) -> None:
    if keys:
        pages = StoryPage.objects.filter(story_id__in={story_id for story_id, _language in keys})
        rows = pages.values_list("pk", "story_id", "locale__language_code")
        StoryPage.objects.filter(pk__in=[pk for pk, *key in rows if tuple(key) in keys]).update(updated=now)


def take_back(story_id: str, language: str, by: Any = None) -> Release | None:
    """Have the story removed from its editions; None if readers do not have it."""
    by = by or whoever_acts()
    with transaction.atomic():
        last = Release.objects.filter(language=language, story_id=story_id, current=True).first()
        if last is None or last.story is None:
            return None
        made = add_release(story_id, language, None, by, story_id)
        relink(story_id, by)
        return made


def add_release(story_id: str, language: str, story: bytes | None, by: Any, headline: str) -> Release:
    """Make it what readers have, and order editions. In a transaction."""
    Gate.enter()
    Release.objects.filter(language=language, story_id=story_id, current=True).update(current=False)
    made = Release.objects.create(story_id=story_id, language=language, story=story, by=by)
    order(f"{language}: {headline}"[:200], by)
    return made


def order(what: str, by: Any = None) -> Order:
    """Note that readers should see something, and ring for the press once that is certain."""
    with transaction.atomic():
        Gate.enter()
        made = Order.objects.create(what=what, by=by or whoever_acts())
        transaction.on_commit(ring)
    return made


def named(story: Story) -> Story:
    """The story with each picture under its original's hash, so that it has canonical bytes before it is pressed."""
    body: tuple[Block, ...] = tuple(
        PictureBlock(_under_origin(block.picture)) if isinstance(block, PictureBlock) else block for block in story.body
    )
    return replace(story, body=body, picture=_under_origin(story.picture) if story.picture else None)


def _under_origin(picture: Picture) -> Picture:
    return replace(picture, file=picture.file or picture.origin or _WAITING)


def unnamed(story: Story) -> Story:
    """The story as a source gives it: pictures say where they come from, and are still to be pressed."""
    body: tuple[Block, ...] = tuple(
        PictureBlock(_from_origin(block.picture)) if isinstance(block, PictureBlock) else block for block in story.body
    )
    return replace(story, body=body, picture=_from_origin(story.picture) if story.picture else None)


def _from_origin(picture: Picture) -> Picture:
    return replace(picture, file="", width=0, height=0, origin=picture.file)
