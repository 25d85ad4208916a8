"""From what a source gives to the items that editors see: new ones, newer versions, copies, items taken back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.errors import ItemWithdrawn
from tamizdat.newsroom.corrections.differences import words_of
from tamizdat.newsroom.ingest.likeness import ALIKE, bands, likeness, shingles
from tamizdat.newsroom.ingest.models import MAX_TEXT_CHARS, Subscription, WireItem, WirePart, WireRead
from tamizdat.newsroom.moving_in.about import LAST_SHOWN, About, about
from tamizdat.newsroom.moving_in.marks import mark_of, name_of, under_names, wire_mark_of
from tamizdat.sources.port import Gathered

_LOOK_BACK: Final = timedelta(days=3)
_MOST_COMPARED: Final = 40
_CHUNK: Final = 500
_MAX_WHY_CHARS: Final = 2_000
_MAX_SECTION_CHARS: Final = 200
_WITH_PICTURE: Final = Q(pk__in=WirePart.objects.filter(withdrawn=True).values("item"))
"""What was not taken back by itself, but with a picture of it."""


def keep(subscription: Subscription, gathered: Gathered, now: datetime, gone: Collection[str] = ()) -> WireItem | None:
    """The item, if it is new or another version; None if it is known, or not wanted.

    ``gone`` is what its source took back: a picture that the new version lacks for that is still a part of it, so that
    whoever knows the version before is told once.
    """
    said = about(gathered)
    story, mark = gathered.story, wire_mark_of(gathered, said)
    parts = gathered.origin.parts if gathered.origin else ()
    listed = WireItem.objects.filter(subscription=subscription, language=story.language, story_id=story.story_id)
    known = listed.annotate(has_parts=Exists(WirePart.objects.filter(item=OuterRef("pk")))).first()
    if known and _stands(known) and (known.mark == mark or _is_as_noted_before(known, gathered, said)):
        if parts and not known.has_parts:
            _note_parts(known, parts)  # older versions kept none
        return None
    if known is None and _was_forgotten(subscription, gathered, now):
        return None
    text = "\n".join(words_of(story))[:MAX_TEXT_CHARS]
    if known is None and not _wanted(subscription, text, (*story.sections, *story.topics)):
        return None
    item = known or WireItem(
        subscription=subscription, story_id=story.story_id, language=story.language, received=now, version=0
    )
    item.mark, item.text, item.headline = mark, text, story.headline
    item.story = story_to_bytes(under_names(story))
    item.origins = {name_of(picture.origin): picture.origin for picture in story.pictures}
    item.section = (story.sections[0] if story.sections else "")[:_MAX_SECTION_CHARS]
    item.address, item.rights, item.credit = said.address, said.rights or subscription.rights, said.credit
    item.note, item.urgency, item.embargo = said.note, _urgency(said), said.embargo
    item.published, item.changed, item.version = min(story.published, LAST_SHOWN), now, item.version + 1
    item.withdrawn, item.withdrawn_why = None, ""
    groups = shingles(text)
    item.band0, item.band1, item.band2, item.band3 = bands(groups) or (None, None, None, None)
    with transaction.atomic():
        if known is None or item.same_as_id:  # what stands in the list stays there
            item.same_as = _first_to_say(item, groups)
        item.save()
        if known:
            _fold_anew(item.copies.all())
            parts = (*parts, *_lost(item, gone, parts))
            item.parts.all().delete()
        _note_parts(item, parts)
        WireRead.objects.filter(item=item).delete()
    return item


def _lost(item: WireItem, gone: Collection[str], parts: Collection[str]) -> list[str]:
    """The pictures that it had before, that it has no longer, and that were taken back meanwhile.

    None if nobody made a story of it: there is nobody to be told, and its text may be used.
    """
    is_used = bool(gone) and item.taken.exists()
    before = item.parts.filter(withdrawn=False).values_list("story_id", flat=True) if is_used else ()
    return [part for part in before if part in gone and part not in parts]


def _note_parts(item: WireItem, parts: Iterable[str]) -> None:
    """Note by which ids its pictures may be taken back."""
    WirePart.objects.bulk_create(WirePart(item=item, story_id=part) for part in parts)


def _stands(known: WireItem) -> bool:
    """Whether what is said of it again is no news: a picture that was taken back does not stand again with its text."""
    return known.withdrawn is None or known.parts.filter(withdrawn=True).exists()


def _urgency(said: About) -> int:
    return max(0, min(said.urgency, 9))


def _is_as_noted_before(known: WireItem, gathered: Gathered, said: About) -> bool:
    """Whether it is as it was kept when marks said nothing of rights: then it is no news to anybody."""
    if known.mark != mark_of(gathered, said):
        return False
    kept = (known.credit, known.note, known.urgency, known.rights if said.rights else "")
    return kept == (said.credit, said.note, _urgency(said), said.rights)


def _was_forgotten(subscription: Subscription, gathered: Gathered, now: datetime) -> bool:
    """Whether it is older than items are kept: its source lists it still, and it would come back as news for ever."""
    story = gathered.story
    return max(story.published, story.updated or story.published) < _limit(subscription, now)


def _limit(subscription: Subscription, now: datetime) -> datetime:
    return now - timedelta(days=subscription.keep_days)


def _wanted(subscription: Subscription, text: str, names: tuple[str, ...]) -> bool:
    words = [word.strip().casefold() for word in subscription.words.splitlines() if word.strip()]
    if words and not any(word in text.casefold() for word in words):
        return False
    only = {line.strip().casefold() for line in subscription.sections.splitlines() if line.strip()}
    return not only or any(name.casefold() in only for name in names)


def _first_to_say(item: WireItem, groups: frozenset[str]) -> WireItem | None:
    """The item of another subscription that is the same or says nearly the same.

    What one source says twice in nearly the same words is an update, which has to be seen. So is another version, and
    it is like none that was taken back.
    """
    lately = WireItem.objects.filter(
        language=item.language, same_as=None, withdrawn=None, received__gte=item.received - _LOOK_BACK
    ).exclude(subscription=item.subscription)
    same = lately.filter(story_id=item.story_id)
    if item.pk:
        lately = lately.filter(Q(received__lt=item.received) | Q(received=item.received, pk__lt=item.pk))
        same = lately.filter(story_id=item.story_id, text=item.text)
    if found := same.first():
        return found
    if item.band0 is None:
        return None
    near = Q(band0=item.band0) | Q(band1=item.band1) | Q(band2=item.band2) | Q(band3=item.band3)
    candidates = lately.filter(near).order_by("-received").only("pk", "text")[:_MOST_COMPARED]
    alike = [(likeness(groups, shingles(each.text)), -each.pk, each) for each in candidates]
    best = max(alike, default=None, key=lambda found: found[:2])
    return best[2] if best and best[0] >= ALIKE else None


def _fold_anew(copies: QuerySet[WireItem]) -> None:
    """After what they were folded under has changed, or was taken back: each shows itself, or stands with another."""
    waiting = list(copies.order_by("received", "pk"))
    copies.update(same_as=None)
    for each in waiting:
        if first := _first_to_say(each, shingles(each.text)):
            WireItem.objects.filter(pk=each.pk).update(same_as=first)


def withdraw(subscription: Subscription, note: ItemWithdrawn, now: datetime) -> int:
    """Mark the item that its source took back, in the language in which it did, or in all; how many items that were.

    One that names no language takes back all of them. With a picture goes what shows it. What is taken back is unread
    again, like an item in a newer version.
    """
    why, what = str(note.fields["why"] or note.fields["status"])[:_MAX_WHY_CHARS], str(note.fields["what"])
    # Whoever answered for an item without a picture did not answer for what is now said of the whole.
    rows = WireItem.objects.filter(Q(withdrawn=None) | _WITH_PICTURE, subscription=subscription, story_id=what)
    if note.fields["language"]:
        rows = rows.filter(language=note.fields["language"])
    with transaction.atomic():
        keys = list(rows.values_list("pk", flat=True))
        WirePart.objects.filter(item__in=keys).update(withdrawn=False)
        return _take_back(keys, why, now) + _take_back_with_picture(subscription, what, why, now)


def _take_back_with_picture(subscription: Subscription, picture: str, why: str, now: datetime) -> int:
    """The same of what shows a picture that was taken back, but for what was taken back itself."""
    shows = WirePart.objects.filter(story_id=picture, withdrawn=False).values("item")
    rows = WireItem.objects.filter(Q(withdrawn=None) | _WITH_PICTURE, subscription=subscription, pk__in=shows)
    keys = list(rows.values_list("pk", flat=True))
    WirePart.objects.filter(story_id=picture, item__in=keys).update(withdrawn=True)
    return _take_back(keys, why, now)


def _take_back(keys: Sequence[int], why: str, now: datetime) -> int:
    with transaction.atomic():
        WireRead.objects.filter(item__in=keys).delete()
        # It shows itself, even where another source still says it, and hides no other.
        done = WireItem.objects.filter(pk__in=keys).update(withdrawn=now, withdrawn_why=why, changed=now, same_as=None)
        _fold_anew(WireItem.objects.filter(same_as__in=keys))
        return done


def note_listed(subscription: Subscription, undated: Iterable[tuple[str, str]], now: datetime) -> None:
    """After all of a source was read: these, by language and story id, say no date of their own and stand in it."""
    by_language: dict[str, list[str]] = {}
    for language, story_id in undated:
        by_language.setdefault(language, []).append(story_id)
    for language, ids in by_language.items():
        for start in range(0, len(ids), _CHUNK):
            part = ids[start : start + _CHUNK]
            subscription.items.filter(language=language, story_id__in=part).update(listed=now)


def forget_old(now: datetime) -> int:
    """Delete items whose newest version is older than their subscription keeps them.

    Those that became drafts stay as long as the drafts do, and what is dated ahead as long as it would come in again.
    What says no date stays as long as its source lists it, and is old when it was listed last so long ago: if it came
    back, nothing would tell it from news.
    """
    gone = 0
    for subscription in Subscription.objects.all():
        limit = _limit(subscription, now)
        last = subscription.items.aggregate(last=Max("listed"))["last"] or limit
        gone_there = Q(listed=None) | Q(listed__lt=min(last, limit))
        old = subscription.items.filter(gone_there, changed__lt=limit, taken=None)
        old = old.exclude(published__range=(limit, now + timedelta(days=subscription.keep_days)))
        gone += old.delete()[1].get(WireItem._meta.label, 0)  # noqa: SLF001 - Django's name for it
    return gone
