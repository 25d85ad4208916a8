"""From an item to a draft: one act, with credit, pictures, sections and embargo in their places."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tamizdat.errors import ItemError, TamizdatError
from tamizdat.newsroom.ingest.fetching import open_subscription
from tamizdat.newsroom.ingest.models import Taken, WireItem
from tamizdat.newsroom.moving_in.library import Bringing
from tamizdat.newsroom.moving_in.naming import Names
from tamizdat.newsroom.stories.from_story import MAX_TERM_CHARS, fitted, page_fields
from tamizdat.newsroom.stories.holding import hold_newspapers
from tamizdat.newsroom.stories.ids import new_story_id
from tamizdat.newsroom.stories.keys import of_others
from tamizdat.newsroom.stories.models import Newspaper, StoryPage
from tamizdat.story import Block, Picture, PictureBlock, Story, clean_text

_MAX_LOSS_CHARS: Final = 300


@dataclass(slots=True)
class TakeAsDraft:
    """Make a draft of an item, in its own language or, if the publication has that not, in ``language``.

    Whoever does it twice gets the draft of the first time.
    """

    item: WireItem
    user: Any
    language: str = ""
    losses: list[str] = field(default_factory=list)
    """What did not come along, in words."""

    def check(self) -> Newspaper:
        """The newspaper that it goes into. Raises PermissionDenied, or ValidationError that says what to do."""
        _check_stands(self.item)
        tag = self.language or self.item.language
        papers = Newspaper.objects.select_related("locale")
        paper: Newspaper | None = papers.filter(locale__language_code=tag).first()
        if paper is None:
            raise ValidationError(
                _("The publication has no %(language)s: choose a language."), params={"language": tag}
            )
        if not paper.permissions_for_user(self.user).can_add_subpage():
            raise PermissionDenied
        return paper

    def execute(self) -> StoryPage:
        """Do it. Raises as :meth:`check`, also for what happens to the item while its pictures come."""
        paper = self.check()
        story = self._ours(self.item.as_story(), paper)
        # Pictures take long; no transaction waits for them.
        bringing = Bringing(f"wire:{self.item.subscription_id}", self._open)
        story = _without(story, self._lacking(story, bringing))
        with transaction.atomic():
            hold_newspapers()  # before names are kept, as imports do
            item = WireItem.objects.select_for_update().filter(pk=self.item.pk).first()
            if item is None:
                raise ValidationError(_("The item is no longer kept."))
            _check_stands(item)
            before = Taken.objects.filter(item=item, page__locale=paper.locale).select_related("page").first()
            if before:
                return before.page
            names = Names([story])
            story = self._in_our_sections(story, names)
            names.keep(sections=False)
            page = StoryPage(
                live=False,
                locale=paper.locale,
                embargo=item.embargo if item.embargo and item.embargo > datetime.now(UTC) else None,
                owner=self.user,
                **page_fields(story, bringing.key_of),
            )
            page.updated = None
            page.byline = of_others(page.byline)
            paper.refresh_from_db()
            paper.add_child(instance=page)
            page.save_revision(user=self.user, log_action="wagtail.create")
            Taken.objects.create(
                item=item,
                page=page,
                source=item.subscription.name,
                address=item.address,
                rights=item.rights,
                story=bytes(self.item.story),
                mark=self.item.mark,
                by=self.user,
            )
        return page

    def _ours(self, story: Story, paper: Newspaper) -> Story:
        """The item under an id of ours, with the credit that its subscription asks for and our sections."""
        subscription = self.item.subscription
        credit = clean_text(subscription.agency or self.item.credit or "")[:MAX_TERM_CHARS]
        agencies = tuple(dict.fromkeys(filter(None, (credit, *story.agencies))))
        fit = fitted(replace(story, agencies=agencies, sections=subscription.sections_here(story), corrections=()))
        self.losses += [f"{name}: {text}" for name, text in fit.losses]
        return replace(
            self._from_origins(fit.story),
            story_id=new_story_id(story.headline),
            language=paper.locale.language_code,
            breaking_until=None,
            related=(),
        )

    def _in_our_sections(self, story: Story, names: Names) -> Story:
        ours = names.in_known_sections(story)
        if lost := [name for name in story.sections if name not in ours.sections]:
            what, become = _("sections"), _("left out")
            self.losses.append(f"{what} ({become}): {', '.join(lost)[:_MAX_LOSS_CHARS]}")
        return ours

    def _from_origins(self, story: Story) -> Story:
        def back(picture: Picture) -> Picture:
            return replace(picture, file="", origin=self.item.origins.get(picture.file, ""))

        body: tuple[Block, ...] = tuple(
            PictureBlock(back(block.picture)) if isinstance(block, PictureBlock) else block for block in story.body
        )
        return replace(story, body=body, picture=back(story.picture) if story.picture else None)

    def _open(self, origin: str) -> bytes:
        try:
            return open_subscription(self.item.subscription, datetime.now(UTC).replace(microsecond=0)).open_picture(
                origin
            )
        except ItemError:
            raise
        except TamizdatError as error:
            raise ItemError(str(error), where=origin[:200]) from error

    def _lacking(self, story: Story, bringing: Bringing) -> set[str]:
        lacking: set[str] = set()
        for picture in story.pictures:
            try:
                bringing.key_of(picture)
            except ItemError as error:
                lacking.add(picture.origin)
                self.losses.append(_("picture left out: %(why)s") % {"why": str(error)[:_MAX_LOSS_CHARS]})
        return lacking


def _check_stands(item: WireItem) -> None:
    if item.withdrawn:
        raise ValidationError(_("Its source has taken this item back: it must not be used."))


def _without(story: Story, origins: Iterable[str]) -> Story:
    """The story without the pictures of these origins."""
    lacking = set(origins)
    body = tuple(b for b in story.body if not (isinstance(b, PictureBlock) and b.picture.origin in lacking))
    return replace(
        story, body=body, picture=None if story.picture and story.picture.origin in lacking else story.picture
    )


def seen_of(item: WireItem | None) -> str:
    """What whoever looks at an item sees of it: which version, and whether and when it was taken back."""
    if item is None:
        return ""
    return f"{item.mark} {item.withdrawn.isoformat() if item.withdrawn else ''}".strip()


def know(taken: Taken, seen: str) -> None:
    """Note that the draft's editors know the item as they saw it: its newest version, or that it was taken back.

    ``seen`` is :func:`seen_of` the item that they were shown. Raises ValidationError if the item is another one now.
    """
    with transaction.atomic():
        item = WireItem.objects.select_for_update().filter(taken=taken).first()
        if item is None:
            return
        if seen != seen_of(item):
            raise ValidationError(_("Its source has changed it again, or taken it back, since you looked: look again."))
        taken.story, taken.mark, taken.rights = bytes(item.story), item.mark, item.rights
        taken.answered = item.withdrawn
        taken.save(update_fields=["story", "mark", "rights", "answered"])
