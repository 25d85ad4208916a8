"""Moving in: from a source's stories to pages, chunk by chunk, each chunk whole or not at all.

A chunk's pages, revisions, releases and the note that they came in are one transaction. Whatever kills an import, the
next one finds each item either done or not begun.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from wagtail.models import Locale

from tamizdat.errors import ItemError, ItemWithdrawn, SourceError, StoryError, TamizdatError
from tamizdat.newsroom.corrections.models import (
    TAKEDOWN,
    Correction,
    is_down,
    is_taken_down,
    retracted_among,
    said_among,
)
from tamizdat.newsroom.moving_in.about import About, about
from tamizdat.newsroom.moving_in.corrected import lacks, note_in_history, record, tell, told_in, untold
from tamizdat.newsroom.moving_in.kept import is_as_written, why_kept
from tamizdat.newsroom.moving_in.knowing import Groups, Item, Key, Known, note
from tamizdat.newsroom.moving_in.library import Bringing, with_pictures
from tamizdat.newsroom.moving_in.linking import Linking
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.naming import Names
from tamizdat.newsroom.moving_in.report import Fault, MoveReport
from tamizdat.newsroom.moving_in.taken_back import take_back
from tamizdat.newsroom.moving_in.tying import catch_up_rewritten, tie_translations
from tamizdat.newsroom.moving_in.waiting import waits_until, why_waiting
from tamizdat.newsroom.moving_in.writing import Newcomer, add_pages, moment
from tamizdat.newsroom.planning import look_at_tables
from tamizdat.newsroom.pressroom.releasing import release_new
from tamizdat.newsroom.pressroom.relinking import with_links
from tamizdat.newsroom.pressroom.story_of import as_written
from tamizdat.newsroom.stories.from_story import fitted, page_fields, translation_key
from tamizdat.newsroom.stories.holding import hold_newspapers
from tamizdat.newsroom.stories.mapping import with_ids
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.times import may_break_until
from tamizdat.newsroom.stories.whose import in_name_of
from tamizdat.newsroom.suggesting.following import leaving
from tamizdat.newsroom.translating.acting import lock_pages
from tamizdat.newsroom.translating.fields import Field, fields_of
from tamizdat.sources.port import Gathered, Source
from tamizdat.story import RETRACTION, Picture, Story
from tamizdat.story import Correction as StoryCorrection

CHUNK_STORIES: Final = 200
_CHUNK_BLOCKS: Final = 20_000
_MAX_NAMED: Final = 20
_SHOWN_CHARS: Final = 60
MAX_AHEAD_SECONDS: Final = 86_400
MAY_NOT: Final = "whoever asked for this may not move sites in any more"
ADD_SECTION: Final = "stories.add_section"
_TAKEN_DOWN: Final = "was taken down here: a draft"
_STANDS_HERE: Final = "a story of this id stands here already and did not come from this source"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A page that can be written: the story that readers get of it, but for names, and how many pictures lack."""

    item: Item
    page: StoryPage
    story: Story
    live: bool
    lacking: int
    told: list[StoryCorrection]
    """What its source tells readers of it, and its record here does not say yet."""


class Mover:
    """Moves the stories of ``source`` in, for ``by``. ``step`` is called with the report after each chunk.

    What came in before under the same ``name`` (the source's own, unless one is given) is known again, whoever moved it
    in. ``may`` is asked for each chunk, and again before anything is written: an import ends with its permission.
    """

    def __init__(
        self,
        source: Source,
        kind: str,
        *,
        name: str = "",
        by: Any = None,
        dry: bool = False,
        may: Callable[[], bool] = lambda: True,
        step: Callable[[MoveReport], None] = lambda _report: None,
    ) -> None:
        self._source = source
        self._name = (name or source.name)[:500]
        self._by = by
        self._dry = dry
        self._may = may
        self._step = step
        self._locales = {locale.language_code: locale for locale in Locale.objects.all()}
        self._bringing = Bringing(self._name, source.open_picture)
        self._foreign: dict[str, list[str]] = {}
        self._known = Known(self._name)
        self._groups = Groups(self._name)
        self._links = Linking(self._name)
        self._rewritten: dict[int, Mapping[str, Field]] = {}
        """Pages that this chunk wrote anew, and their words before."""
        self._seen: set[Key] = set()
        self._withdrawn: list[ItemWithdrawn] = []
        self._not_made: set[str] = set()
        """Names of sections of which it is said already that they were not made."""
        takedowns = Correction.objects.filter(kind=TAKEDOWN, revoked_at=None)
        self._taken_down = set(takedowns.values_list("story_id", flat=True))
        self.report = MoveReport(self._name, kind, dry)

    def move(self) -> MoveReport:
        """Everything that the source has. Nothing is raised but what the database raises."""
        try:
            for chunk in self._chunks():
                self._ask()
                # A source that has its own text in both scripts says what stands in each.
                with in_name_of(self._by), leaving(is_as_written):
                    self._take(chunk)
                self.report.pictures = self._bringing.brought
                self._step(self.report)
            with in_name_of(self._by), leaving(is_as_written):
                take_back(self._withdrawn, self.report, seen=self._seen, by=self._by, ask=self._ask)
        except (SourceError, PermissionDenied) as error:
            self.report.fault = str(error)
        self._link()
        for language, headlines in sorted(self._foreign.items()):
            names = ", ".join(repr(each[:_SHOWN_CHARS]) for each in headlines[:_MAX_NAMED])
            more = f" and {len(headlines) - _MAX_NAMED} more" if len(headlines) > _MAX_NAMED else ""
            text = f"{len(headlines)} stories left out: {language} is not among the publication's languages"
            self.report.add(Fault(self._name, "", "language", f"{text}: {names}{more}", left_out=True))
            self.report.left_out += len(headlines) - 1
        if not self._dry:
            tie_translations(self._name)
        look_at_tables()
        self._step(self.report)
        return self.report

    def _link(self) -> None:
        """Make the links to stories that came after those that link to them; say which lead nowhere here."""
        try:
            if not self._dry:
                with in_name_of(self._by):
                    self._links.mend(self._by, self._ask)
        except PermissionDenied as error:
            self.report.fault = str(error)
        for text in self._links.told():
            self.report.add(Fault(self._name, "", "links", text, left_out=False))

    def _ask(self) -> None:
        if not self._may():
            raise PermissionDenied(MAY_NOT)

    def _keep_names(self, names: Names) -> None:
        refused = names.keep(sections=self._by is None or self._by.has_perm(ADD_SECTION))
        for name in refused.keys() - self._not_made:
            self._not_made.add(name)
            text = f"{name!r} was not made a section: {refused[name]}"
            self.report.add(Fault(self._name, "", "sections", text, left_out=False))

    # --- what comes ---

    def _chunks(self) -> Iterator[list[Item]]:
        chunk: list[Item] = []
        blocks = 0
        for item in self._items():
            chunk.append(item)
            blocks += len(item.story.body)
            if len(chunk) >= CHUNK_STORIES or blocks >= _CHUNK_BLOCKS:
                yield chunk
                chunk, blocks = [], 0
        if chunk:
            yield chunk

    def _items(self) -> Iterator[Item]:
        for gathered in self._source.stories(self._hear):
            self.report.read += 1
            self.report.name(gathered.story.story_id, gathered.story.headline)
            language, said = gathered.story.language, about(gathered)
            key = (language, said.own_id or gathered.story.story_id)
            self.report.languages[language] = self.report.languages.get(language, 0) + 1
            if language not in self._locales:
                self._foreign.setdefault(language, []).append(gathered.story.headline)
            elif key in self._seen:
                self._leave_out(gathered, "the source has another story of this id in this language")
            else:
                self._seen.add(key)
                yield self._item(gathered, said)

    def _hear(self, error: ItemError) -> None:
        self.report.take(error)
        if isinstance(error, ItemWithdrawn):
            self._withdrawn.append(error)

    def _item(self, gathered: Gathered, said: About) -> Item:
        # Those go into the story's record.
        fit = fitted(replace(gathered.story, corrections=()))
        for field, text in fit.losses:
            self._note(gathered, field, text)
        story = fit.story
        if not may_break_until(story.breaking_until, said.embargo):
            self._note(gathered, "breaking_until", "more than two days ahead: left out, it is not breaking news here")
            story = replace(story, breaking_until=None)
        return Item(gathered, story, said)

    # --- a chunk ---

    def _take(self, chunk: list[Item]) -> None:
        self._links.see(chunk)
        here = self._known.of(chunk)
        fresh: list[Item] = []
        for item in chunk:
            before = here.get(item.key)
            if before is None:
                fresh.append(item)
            elif before.language != item.story.language:
                self._keep(
                    item, f"is in {item.story.language} there now: what stands here in {before.language} was kept"
                )
            else:
                self._links.learn(item, before.page_id)
                note(item, before, dry=self._dry)
                if item.is_as(before) and not before.lacking and not lacks(item, before):
                    self.report.same += 1
                else:
                    self._change(item, before)
        if fresh:
            self._add(fresh)
        if self._rewritten:
            catch_up_rewritten(self._name, self._rewritten)
            self._rewritten = {}

    def _add(self, items: list[Item]) -> None:
        """New pages for what is not here. Pictures first: they take long, and no transaction waits for them."""
        items = self._groups.tied(items)
        keys = {item.story.story_id for item in items}
        there = StoryPage.objects.filter(story_id__in=keys)
        rows = there.values_list("locale__language_code", "story_id", "translation_key")
        taken = {(language, story_id) for language, story_id, _key in rows}
        groups = {story_id: key for _language, story_id, key in rows}
        names = Names(item.story for item in items)
        ready: list[_Ready] = []
        for item in items:
            if (item.story.language, item.story.story_id) in taken:
                self._leave_out(item.gathered, _STANDS_HERE)
                continue
            made = self._page(item, groups)
            if made:
                ready.append(made)
                taken.add((item.story.language, item.story.story_id))
        if self._dry:
            ready = self._with_others(ready)
            for each in ready:
                self._links.learn(each.item, 0)
        elif ready:
            ready = self._write(ready, names)
        self.report.new += len(ready)
        self.report.drafts += sum(not each.live for each in ready)
        self.report.addresses += sum(bool(each.item.about.address) for each in ready)

    def _write(self, ready: list[_Ready], names: Names) -> list[_Ready]:
        """Write the pages; those of them that were written: while pictures came, somebody may have made one."""
        with transaction.atomic():
            # Whoever adds a page changes its newspaper, too: nobody does from here on.
            hold_newspapers()
            self._ask()
            ready = self._with_others(self._may_be_out(self._still_free(ready)))
            self._keep_names(names)
            told = [
                (each.page, record(each.item, each.page, each.told, self._name, self._by))
                for each in ready
                if each.told
            ]
            comers, now = [Newcomer(each.page, each.live) for each in ready], moment()
            linking = add_pages(
                comers, self._by, now, lambda: self._links.point((each.item, each.page) for each in ready)
            )
            for page, made in told:
                note_in_history(page, made, self._by)
            out = {each.page.pk: each.story for each in ready if each.live}
            if out:
                out |= with_links([page for page in linking if page.pk in out], out.values(), now, self._by)
                release_new(list(out.values()), f"{len(out)} stories from {self._name}", self._by)
            MovedItem.objects.bulk_create(self._row(each.item, each.page, each.lacking) for each in ready)
        return ready

    def _still_free(self, ready: list[_Ready]) -> list[_Ready]:
        there = StoryPage.objects.filter(story_id__in={each.item.story.story_id for each in ready})
        taken = set(there.values_list("locale__language_code", "story_id"))
        free = []
        for each in ready:
            if (each.item.story.language, each.item.story.story_id) in taken:
                self._leave_out(each.item.gathered, _STANDS_HERE)
            else:
                free.append(each)
        return free

    def _may_be_out(self, ready: list[_Ready]) -> list[_Ready]:
        """The same, without readers for what was taken down meanwhile."""
        said = said_among(each.story.story_id for each in ready)
        found = []
        for each in ready:
            is_out = each.live and not is_down(said.get(each.story.story_id, ()), each.story.language)
            if each.live and not is_out:
                self._note(each.item.gathered, "", _TAKEN_DOWN)
            found.append(replace(each, live=is_out))
        return found

    def _with_others(self, ready: list[_Ready]) -> list[_Ready]:
        """The same; what waits for other languages of its story is a draft, and the report says so."""
        waiting = []
        for each, why in zip(ready, why_waiting([each.page for each in ready]), strict=True):
            if each.live and why:
                self._note(each.item.gathered, "embargo", why)
            waiting.append(replace(each, live=each.live and not why))
        return waiting

    def _row(self, item: Item, page: StoryPage, lacking: int) -> MovedItem:
        return MovedItem(
            source=self._name,
            story_id=item.key[1],
            language=item.story.language,
            group=item.about.group,
            mark=item.mark,
            page_id=page.pk,
            revision=page.latest_revision_id or 0,
            lacking=lacking,
            address=item.about.address,
            at=datetime.now(UTC),
        )

    def _page(self, item: Item, groups: Mapping[str, UUID]) -> _Ready | None:
        """The page that is not there yet; None, and a word in the report, if there can be none."""
        try:
            fields, lacking = self._fields(item)
            story_id = item.story.story_id
            page = StoryPage(
                locale=self._locales[item.story.language],
                translation_key=groups.get(story_id) or translation_key(story_id),
                live=False,
                embargo=item.about.embargo,
                **fields,
            )
            live = self._is_for_readers(item)
            new = self._untold(item, story_id)
            return _Ready(item, page, told_in(as_written(page, moment()), new), live, lacking, new)
        except StoryError as error:
            self._leave_out(item.gathered, error.detail, str(error.fields.get("field", "")))
            return None

    def _untold(self, item: Item, story_id: str) -> list[StoryCorrection]:
        new = untold(item, story_id)
        if any(each.kind == RETRACTION for each in new):
            self._note(item.gathered, "corrections", "RETRACTED there: readers see headline and reason alone")
        return new

    def _is_for_readers(self, item: Item) -> bool:
        """Whether the story goes out at once. Why not is said, unless the source itself calls it a draft."""
        now = datetime.now(UTC)
        if item.about.embargo and item.about.embargo > now:
            self._note(
                item.gathered, "embargo", f"under embargo until {item.about.embargo:%Y-%m-%d %H:%M}: a draft here"
            )
        elif (item.story.published - now).total_seconds() > MAX_AHEAD_SECONDS:
            self._note(item.gathered, "published", "more than a day ahead: a draft here")
        elif item.story.story_id in self._taken_down and is_taken_down(item.story.story_id, item.story.language):
            self._note(item.gathered, "", _TAKEN_DOWN)
        else:
            return not item.about.draft
        return False

    def _fields(self, item: Item) -> tuple[dict[str, Any], int]:
        """The page's fields, without the pictures that could not be had; and how many those are."""
        lacking: list[Picture] = []

        def had(picture: Picture) -> bool:
            if self._dry:
                return True
            try:
                self._bringing.key_of(picture)
            except ItemError as error:
                lacking.append(picture)
                self._note(item.gathered, "picture", f"{picture.origin[:200]} left out: {error.detail}")
                return False
            return True

        story = with_pictures(item.story, had)
        key_of: Callable[[Picture], int] = (lambda _picture: 0) if self._dry else self._bringing.key_of
        if self._dry:
            story = with_pictures(story, lambda _picture: False)
        # What was never out gets its date when it goes out.
        dated = item.gathered.dated or not item.about.draft
        fields = page_fields(story, key_of, story.published if dated else None)
        return {**fields, "body": with_ids(fields["body"])}, len(lacking)

    # --- what changed at the source ---

    def _change(self, item: Item, before: MovedItem) -> None:
        page = before.page
        if page is None or why_kept(page, before):
            self._keep(item, why_kept(page, before))
            return
        try:
            self._write_change(replace(item, story=replace(item.story, story_id=page.story_id)), before)
        except TamizdatError as error:
            self._leave_out(item.gathered, error.detail, str(error.fields.get("field", "")))
        except ValidationError as error:
            self._rewritten.pop(page.pk, None)
            self._leave_out(item.gathered, " ".join(error.messages))

    def _write_change(self, item: Item, before: MovedItem) -> None:
        names = Names([item.story])
        fields, lacking = self._fields(item)
        if item.is_as(before) and lacking >= before.lacking and not lacks(item, before):
            self.report.same += 1
            return
        self._untold(item, item.story.story_id)
        if self._dry:
            self.report.changed += 1
            return
        with transaction.atomic():
            self._ask()
            lock_pages([page.pk for page in (before.page,) if page])
            # While pictures came, somebody may have edited the page: what counts is how it stands now.
            page = StoryPage.objects.select_for_update().filter(pk=before.page_id).first()
            before = MovedItem.objects.select_for_update().get(pk=before.pk)
            if page is None or why_kept(page, before):
                self._keep(item, why_kept(page, before))
                return
            self._keep_names(names)
            tell(item, page, self._name, self._by)
            if not item.gathered.story.retracted:
                fields["embargo"] = item.about.embargo
                fields["body"] = self._links.pointed(item, fields["body"], page.pk)
                before.revision = self._save(item, page, fields)
                if retracted_among([(page.story_id, item.story.language)]):
                    self._note(item.gathered, "corrections", "is retracted here: readers see no more than that")
            before.mark, before.lacking, before.address = item.mark, lacking, item.about.address
            before.save()
        self.report.changed += 1

    def _save(self, item: Item, page: StoryPage, fields: Mapping[str, Any]) -> int:
        """Write the page's new draft, and let it go to readers or take it from them; its revision's key."""
        self._rewritten[page.pk] = fields_of(page)
        body = with_ids(fields["body"], page.body.get_prep_value())
        for name, value in {**fields, "body": body}.items():
            setattr(page, name, value)
        revision = page.save_revision(user=self._by, log_action=True, clean=False)
        if self._is_for_readers(item):
            revision.publish(user=self._by)
            if revision.approved_go_live_at:
                self._note(item.gathered, "embargo", waits_until(revision.approved_go_live_at))
        elif page.live:
            page.unpublish(user=self._by)
        return int(revision.pk)

    def _keep(self, item: Item, text: str) -> None:
        self.report.kept += 1
        self._note(item.gathered, "", f"RETRACTED there: {text}" if item.gathered.story.retracted else text)

    def _note(self, gathered: Gathered, field: str, text: str) -> None:
        story = gathered.story
        self.report.add(Fault(gathered.where, story.story_id, field, text, left_out=False, name=story.headline[:100]))

    def _leave_out(self, gathered: Gathered, text: str, field: str = "") -> None:
        story = gathered.story
        self.report.add(Fault(gathered.where, story.story_id, field, text, left_out=True, name=story.headline[:100]))
