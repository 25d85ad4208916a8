"""Moving in: from a source's stories to pages, chunk by chunk, each chunk whole or not at all.

A chunk's pages, revisions, releases and the note that they came in are one transaction. Whatever kills an import, the
next one finds each item either done or not begun.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from wagtail.models import Locale

from tamizdat.errors import SourceError, TamizdatError
from tamizdat.newsroom.corrections.models import is_down, retracted_among, said_among
from tamizdat.newsroom.moving_in.coming import Coming
from tamizdat.newsroom.moving_in.corrected import lacks, note_in_history, record, tell
from tamizdat.newsroom.moving_in.kept import is_as_written, why_kept
from tamizdat.newsroom.moving_in.knowing import Groups, Item, Known, note, waiting_mark
from tamizdat.newsroom.moving_in.library import Bringing
from tamizdat.newsroom.moving_in.linking import Linking
from tamizdat.newsroom.moving_in.making import TAKEN_DOWN_HERE, Making, Ready
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.moving_in.naming import Names
from tamizdat.newsroom.moving_in.report import Fault, MoveReport
from tamizdat.newsroom.moving_in.taken_back import take_back
from tamizdat.newsroom.moving_in.tying import catch_up_rewritten, tie_translations
from tamizdat.newsroom.moving_in.waiting import UNDER_EMBARGO, waits_until, why_waiting
from tamizdat.newsroom.moving_in.writing import Newcomer, add_pages, moment
from tamizdat.newsroom.planning import look_at_tables
from tamizdat.newsroom.pressroom.releasing import release_new
from tamizdat.newsroom.pressroom.relinking import with_links
from tamizdat.newsroom.stories.holding import hold_newspapers
from tamizdat.newsroom.stories.mapping import with_ids
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.whose import in_name_of
from tamizdat.newsroom.suggesting.following import leaving
from tamizdat.newsroom.translating.acting import lock_pages
from tamizdat.newsroom.translating.fields import Field, fields_of
from tamizdat.sources.port import Source

MAY_NOT: Final = "whoever asked for this may not move sites in any more"
ADD_SECTION: Final = "stories.add_section"
_STANDS_HERE: Final = "a story of this id stands here already and did not come from this source"


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
        self._name = (name or source.name)[:500]
        self._by = by
        self._dry = dry
        self._may = may
        self._step = step
        self._locales = {locale.language_code: locale for locale in Locale.objects.all()}
        self._bringing = Bringing(self._name, source.open_picture)
        self._known = Known(self._name)
        self._groups = Groups(self._name)
        self._links = Linking(self._name)
        self._rewritten: dict[int, Mapping[str, Field]] = {}
        """Pages that this chunk wrote anew, and their words before."""
        self._only_tried: list[StoryPage] = []
        """Under an embargo, and not written as nothing is: what comes later waits for them, too."""
        self._not_made: set[str] = set()
        """Names of sections of which it is said already that they were not made."""
        self.report = MoveReport(self._name, kind, dry)
        self._making = Making(self._bringing, self._locales, self.report)
        self._coming = Coming(source, self._locales.keys(), self.report)

    def move(self) -> MoveReport:
        """Everything that the source has. Nothing is raised but what the database raises."""
        try:
            for chunk in self._coming.chunks():
                self._ask()
                # A source that has its own text in both scripts says what stands in each.
                with in_name_of(self._by), leaving(is_as_written):
                    self._take(chunk)
                self.report.pictures = self._bringing.brought
                self._step(self.report)
            with in_name_of(self._by), leaving(is_as_written):
                coming = self._coming
                take_back(coming.withdrawn, self.report, seen=coming.seen, by=self._by, ask=self._ask)
        except (SourceError, PermissionDenied) as error:
            self.report.fault = str(error)
        self._link()
        self._coming.tell_foreign()
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
                if not before.lacking and not lacks(item, before) and _is_done(item, before):
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
        ready: list[Ready] = []
        for item in items:
            if (item.story.language, item.story.story_id) in taken:
                self.report.leave_out(item.gathered, _STANDS_HERE)
                continue
            made = self._making.page(item, groups)
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

    def _write(self, ready: list[Ready], names: Names) -> list[Ready]:
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
            MovedItem.objects.bulk_create(self._row(each) for each in ready)
        return ready

    def _still_free(self, ready: list[Ready]) -> list[Ready]:
        there = StoryPage.objects.filter(story_id__in={each.item.story.story_id for each in ready})
        taken = set(there.values_list("locale__language_code", "story_id"))
        free = []
        for each in ready:
            if (each.item.story.language, each.item.story.story_id) in taken:
                self.report.leave_out(each.item.gathered, _STANDS_HERE)
            else:
                free.append(each)
        return free

    def _may_be_out(self, ready: list[Ready]) -> list[Ready]:
        """The same, without readers for what was taken down meanwhile."""
        said = said_among(each.story.story_id for each in ready)
        found = []
        for each in ready:
            is_out = each.live and not is_down(said.get(each.story.story_id, ()), each.story.language)
            if each.live and not is_out:
                self.report.note(each.item.gathered, "", TAKEN_DOWN_HERE)
            found.append(replace(each, live=is_out))
        return found

    def _with_others(self, ready: list[Ready]) -> list[Ready]:
        """The same; what waits for other languages of its story is a draft, and the report says so."""
        waiting, pages = [], [each.page for each in ready]
        whys = why_waiting([*self._only_tried, *pages])[len(self._only_tried) :]
        if self._dry:
            self._only_tried += [page for page in pages if page.embargo and page.embargo > datetime.now(UTC)]
        for each, why in zip(ready, whys, strict=True):
            if each.live and why:
                self.report.note(each.item.gathered, "embargo", why)
            waiting.append(replace(each, live=each.live and not why, waits=each.live and why.startswith(UNDER_EMBARGO)))
        return waiting

    def _row(self, ready: Ready) -> MovedItem:
        item, page = ready.item, ready.page
        return MovedItem(
            source=self._name,
            story_id=item.key[1],
            language=item.story.language,
            group=item.about.group,
            mark=waiting_mark(item.mark) if ready.waits else item.mark,
            page_id=page.pk,
            revision=page.latest_revision_id or 0,
            lacking=ready.lacking,
            address=item.about.address,
            at=datetime.now(UTC),
        )

    # --- what changed at the source ---

    def _change(self, item: Item, before: MovedItem) -> None:
        page = before.page
        if page is None or why_kept(page, before):
            self._keep(item, why_kept(page, before))
            return
        try:
            self._write_change(replace(item, story=replace(item.story, story_id=page.story_id)), before)
        except TamizdatError as error:
            self.report.leave_out(item.gathered, error.detail, str(error.fields.get("field", "")))
        except ValidationError as error:
            self._rewritten.pop(page.pk, None)
            self.report.leave_out(item.gathered, " ".join(error.messages))

    def _write_change(self, item: Item, before: MovedItem) -> None:
        names = Names([item.story])
        fields, lacking = self._making.fields(item)
        if item.is_as(before) and lacking >= before.lacking and not lacks(item, before):
            self.report.same += 1
            return
        self._making.untold(item, item.story.story_id)
        if self._dry:
            self.report.changed += 1
            return
        with transaction.atomic():
            self._ask()
            lock_pages([page.pk for page in (before.page,) if page])
            # While pictures came, somebody may have edited the page: what counts is how it stands now.
            page = StoryPage.objects.select_for_update(of=("page_ptr",)).filter(pk=before.page_id).first()
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
                    self.report.note(item.gathered, "corrections", "is retracted here: readers see no more than that")
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
        if self._making.is_for_readers(item):
            revision.publish(user=self._by)
            if revision.approved_go_live_at:
                self.report.note(item.gathered, "embargo", waits_until(revision.approved_go_live_at))
        elif page.live:
            page.unpublish(user=self._by)
        return int(revision.pk)

    def _keep(self, item: Item, text: str) -> None:
        self.report.kept += 1
        self.report.note(item.gathered, "", f"RETRACTED there: {text}" if item.gathered.story.retracted else text)


def _is_done(item: Item, before: MovedItem) -> bool:
    """Whether an import has nothing more to do with an item, of which its source says what it said before."""
    if item.is_as(before):
        return True
    if not item.waited_as(before):
        return False
    page = before.page
    return page is None or page.live or page.approved_schedule or bool(why_kept(page, before))
