"""Which stories of a source are here already, whatever their source ties them to by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from tamizdat.newsroom.moving_in.about import About
from tamizdat.newsroom.moving_in.marks import mark_of
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.sources.port import Gathered
from tamizdat.story import Story

Key = tuple[str, str]
"""Language and story id."""


@dataclass(frozen=True, slots=True)
class Item:
    """One story on its way in, cut to what a page can hold."""

    gathered: Gathered
    story: Story
    about: About

    @property
    def key(self) -> Key:
        """What the source calls it; the page may have the id of another language's."""
        return self.story.language, self.about.own_id or self.gathered.story.story_id

    @property
    def mark(self) -> str:
        """Of what its source says of it now."""
        return mark_of(self.gathered, self.about, self.key[1])

    def is_as(self, before: MovedItem) -> bool:
        """Whether the source says of it what it said before. What it is tied to, and by which id, are no news."""
        return before.mark == self._mark_as(before)

    def waited_as(self, before: MovedItem) -> bool:
        """The same of what came in as a draft, waiting for another language: it is asked about again."""
        return before.mark == waiting_mark(self._mark_as(before))

    def _mark_as(self, before: MovedItem) -> str:
        said = replace(self.about, group=before.group)
        return mark_of(self.gathered, said, before.story_id)


def waiting_mark(mark: str) -> str:
    """In place of the ``mark`` of what waits for another language."""
    return f"waits {mark}"[: len(mark)]


class Known:
    """What came in of a source before this import, so that it is known again."""

    def __init__(self, source: str) -> None:
        self._rows = MovedItem.objects.filter(source=source).order_by("pk")
        last = self._rows.last()
        self._last = last.pk if last else 0

    def of(self, items: Sequence[Item]) -> dict[Key, MovedItem]:
        """What came in before, by the keys of ``items``: each is known by its own id, else by its address.

        The latter is for items alone that have lasting addresses: those of sources with a lasting id for each. What
        says another language now is known too, as long as its page is here.
        """
        listed = self._rows.filter(story_id__in={item.key[1] for item in items})
        rows = {(row.language, row.story_id): row for row in listed}
        found = {item.key: rows[item.key] for item in items if item.key in rows}
        lost = [item for item in items if item.about.own_id and item.key not in found]
        return found | self._otherwise(lost, {row.pk for row in found.values()}) if lost and self._last else found

    def _otherwise(self, items: Sequence[Item], used: set[int]) -> dict[Key, MovedItem]:
        """The rows of items that had another id or language. What this import itself wrote is none of them."""
        ids, addresses = {item.key[1] for item in items}, {item.about.address for item in items} - {""}
        rows = self._rows.filter(Q(story_id__in=ids) | Q(address__in=addresses), pk__lte=self._last).exclude(
            pk__in=used
        )
        by_address, by_id = {}, {}
        for row in rows.reverse():
            by_address[row.language, row.address] = row
            if row.page_id:
                by_id[row.story_id] = row
        found: dict[Key, MovedItem] = {}
        for item in items:
            language, own_id = item.key
            there = by_address.get((language, item.about.address)) if item.about.address else None
            there = there or by_id.get(own_id)
            if there is not None and there.pk not in used:
                found[item.key] = there
                used.add(there.pk)
        return found


def note(item: Item, before: MovedItem, *, dry: bool) -> None:
    """Write down under which id and in which group the item is known from now on."""
    now = (item.key[1], item.about.group)
    if (before.story_id, before.group) == now:
        return
    mark = item.mark if item.is_as(before) else waiting_mark(item.mark) if item.waited_as(before) else before.mark
    before.story_id, before.group, before.mark = *now, mark
    if not dry:
        before.save(update_fields=["story_id", "group", "mark", "at"])


class Groups:
    """Which story each group of translations is, over one import. A group may have had another name before."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[str, tuple[str, set[str]]] = {}
        """By what the source calls a group: the id of its story, and the languages that this source has of it.

        What was written here in one of its languages is none of them: of a story that stands here nothing is doubled.
        """

    def tied(self, items: Sequence[Item]) -> list[Item]:
        """The items, with one id for all languages of a text where the source has an id for each."""
        self._look({item.about.group: item for item in items if item.about.group})
        return [self._tied(item) if item.about.group else item for item in items]

    def _look(self, wanted: Mapping[str, Item]) -> None:
        new = {group: item for group, item in wanted.items() if group not in self._found}
        groups = {sister: group for group, item in new.items() for sister in (*item.about.sisters, item.key[1])}
        here = MovedItem.objects.filter(source=self._source, page__isnull=False)
        here = here.filter(Q(group__in=new) | Q(story_id__in=groups)).order_by("pk")
        for name, row_id, story_id in here.values_list("group", "story_id", "page__story_id"):
            group = groups.get(row_id) or name
            if group in new:
                self._found.setdefault(group, (story_id, set()))
        ids = {self._found[group][0]: group for group in new if group in self._found}
        came = MovedItem.objects.filter(source=self._source, page__story_id__in=ids)
        for story_id, language in came.values_list("page__story_id", "page__locale__language_code"):
            self._found[ids[story_id]][1].add(language)

    def _tied(self, item: Item) -> Item:
        story = item.story
        story_id, languages = self._found.setdefault(item.about.group, (story.story_id, set()))
        if story.language in languages:  # two texts in one language are no translations of each other
            return replace(item, story=replace(story, story_id=item.about.own_id or story.story_id))
        languages.add(story.language)
        related = tuple(each for each in story.related if each != story_id)
        return replace(item, story=replace(story, story_id=story_id, related=related))
