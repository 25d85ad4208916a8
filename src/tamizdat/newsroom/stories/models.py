"""A newspaper for each language, and its stories. Translations of a story are pages of one ``translation_key``."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField, TranslatableField

from tamizdat.errors import StoryError
from tamizdat.limits import LIMITS
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.stories.as_it_is_out import PublishAsItIsOut
from tamizdat.newsroom.stories.blocks import BodyBlock, empty_body
from tamizdat.newsroom.stories.deleting import NewspaperPermissions, StoryPermissions
from tamizdat.newsroom.stories.embargoes import drafting, embargo_of, put_off, waits_changed
from tamizdat.newsroom.stories.forms import StoryForm
from tamizdat.newsroom.stories.ids import new_story_id
from tamizdat.newsroom.stories.keys import KeysField
from tamizdat.newsroom.stories.letting_go import check_goes, letting_go
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.meanwhile import went_out
from tamizdat.newsroom.stories.panels import story_panels
from tamizdat.newsroom.stories.terms import Agency, Byline, Section, Term, Topic
from tamizdat.newsroom.stories.times import check_times
from tamizdat.newsroom.stories.whose import in_name_of, whoever_acts
from tamizdat.story import check_story_id


class Newspaper(Page):
    """The newspaper in one language: what all its stories lie under. The settings name the languages."""

    is_creatable = False  # on screens
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["stories.StoryPage"]
    content_panels: ClassVar[list[Any]] = [*Page.content_panels]
    promote_panels: ClassVar[list[Any]] = []
    settings_panels: ClassVar[list[Any]] = []  # none goes out or ends at a time

    class Meta:
        verbose_name = _("newspaper")
        verbose_name_plural = _("newspapers")

    def get_url_parts(self, request: HttpRequest | None = None) -> None:
        """No page of the newsroom has an address of its own: readers find theirs at mirrors."""
        del request

    def is_site_root(self) -> bool:
        """It is none, whatever Wagtail made at first: lists would lead to the screen of sites."""
        return False

    def permissions_for_user(self, user: Any) -> NewspaperPermissions:
        """What ``user`` may do with it."""
        return NewspaperPermissions(user, self)


class StoryPage(Page):
    """A story in one language: its newest draft, and what of it readers have."""

    story_id = models.CharField(
        _("story id"),
        max_length=LIMITS.max_story_id_bytes,
        db_index=True,
        blank=True,
        help_text=_("Stands in the address of every translation. Made from the headline unless you write one."),
    )
    lead = models.TextField(_("lead"), blank=True, help_text=_("One or two sentences that lists show, too."))
    body = StreamField(BodyBlock(), blank=True, default=empty_body, verbose_name=_("body"))
    byline = KeysField(_("byline"), term="byline")
    dateline = models.CharField(_("dateline"), max_length=200, blank=True, help_text=_("Where it was reported from."))
    sections = KeysField(_("sections"), term="section")
    topics = KeysField(_("topics"), term="topic")
    agencies = KeysField(_("with reporting by"), term="agency")
    related = KeysField(_("read also"), term="story", help_text=_("Ids of stories that readers see below this one."))
    picture = models.ForeignKey(
        LibraryPicture,
        verbose_name=_("lead picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    picture_alt = models.CharField(_("what it shows"), max_length=LIMITS.max_caption_chars, blank=True)
    picture_caption = models.CharField(_("caption"), max_length=LIMITS.max_caption_chars, blank=True)
    picture_credit = models.CharField(_("credit"), max_length=LIMITS.max_credit_chars, blank=True)
    published = models.DateTimeField(
        _("date of the story"), null=True, blank=True, help_text=_("Readers see it. Empty: when it is first published.")
    )
    updated = models.DateTimeField(_("updated"), null=True, blank=True, editable=False)
    breaking_until = models.DateTimeField(_("breaking until"), null=True, blank=True)
    embargo = models.DateTimeField(
        _("embargo"), null=True, blank=True, help_text=_("Whoever publishes it, nothing leaves before this time.")
    )
    translation = models.CharField(
        _("translation"),
        max_length=32,
        blank=True,
        choices=[("", _("written or checked by people")), ("machine", _("by a machine, unchecked"))],
    )

    go_live_at: Any  # Wagtail's own fields; they have no types
    live_revision_id: Any
    last_published_at: Any
    parent_page_types: ClassVar[list[str]] = ["stories.Newspaper"]
    subpage_types: ClassVar[list[str]] = []
    search_fields: ClassVar[list[Any]] = [
        *Page.search_fields,
        index.SearchField("lead"),
        index.SearchField("body"),
        *map(index.SearchField, ("dateline", "picture_alt", "picture_caption", "picture_credit", "said_beside")),
        index.FilterField("story_id"),
        index.FilterField("published"),
    ]
    translatable_fields: ClassVar[list[Any]] = [
        TranslatableField("title"),
        TranslatableField("lead"),
        TranslatableField("body"),
        TranslatableField("dateline"),
        TranslatableField("picture_alt"),
        TranslatableField("picture_caption"),
        *(
            SynchronizedField(name)
            for name in (
                "byline",
                "sections",
                "topics",
                "agencies",
                "related",
                "picture",
                "picture_credit",
                "breaking_until",
            )
        ),
        *(SynchronizedField(name, overridable=False) for name in ("story_id", "published", "embargo", "slug")),
    ]
    edit_handler = story_panels()
    base_form_class = StoryForm
    is_unfinished = False
    """Whether a form is saving it as a draft: what is missing, the form asks for when somebody lets it go."""
    is_let_go = False
    """Whether a form is publishing it."""
    is_reviewed_on = False
    """Whether it is being published as readers have it: what is reviewed is another draft, and its review goes on."""

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        # A story's proof looks for its neighbours in time, and for what is breaking.
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["published"], name="stories_published"),
            models.Index(
                fields=["breaking_until"], condition=models.Q(breaking_until__isnull=False), name="stories_breaking"
            ),
        ]

    def get_url_parts(self, request: HttpRequest | None = None) -> None:
        """No page of the newsroom has an address of its own: readers find theirs at mirrors."""
        del request

    @property
    def current_workflow_state(self) -> Any:
        """Its review; publishing ends it, if there is one."""
        return None if self.is_reviewed_on else super().current_workflow_state

    @property
    def said_beside(self) -> list[str]:
        """What a search finds the story by, too, though it stands in other rows: names, and what readers were told."""
        from tamizdat.newsroom.stories.finding import beside  # noqa: PLC0415 - it needs this class

        return beside(self)

    def get_admin_display_title(self) -> str:
        """What Wagtail's screens call it: the headline of its newest draft, or the one that readers have for whoever
        may read no drafts of its language.
        """
        from tamizdat.newsroom.stories.permits import reads_drafts  # noqa: PLC0415 - it needs this class

        user = whoever_acts()
        named: str = super().get_admin_display_title()
        return named if not self.live or named == self.title or not user or reads_drafts(user, self) else self.title

    def permissions_for_user(self, user: Any) -> StoryPermissions:
        """What ``user`` may do with it."""
        return StoryPermissions(user, self)

    def full_clean(self, *arguments: Any, **options: Any) -> None:
        """Give the story its id and slug before anything is checked: people write headlines, not addresses."""
        if not self.story_id and self.title:
            self.story_id = new_story_id(self.title)
        if not self.slug and self.story_id:
            self.slug: str = self.story_id.lower().replace(".", "-").replace("~", "-")
        super().full_clean(*arguments, **options)

    def save(self, *arguments: Any, **options: Any) -> Any:
        """Save it. A story is as new as its newest draft, and before the first of them as itself: lists go by that."""
        if self.latest_revision_created_at is None:
            self.latest_revision_created_at: Any = datetime.now(UTC)
        return super().save(*arguments, **options)

    def clean(self) -> None:
        """Refuse what no story could carry, at the field where it stands; an unfinished draft need not be one yet."""
        from tamizdat.newsroom.pressroom.story_of import story_of  # noqa: PLC0415 - it needs this class

        super().clean()
        if not self.title and not self.story_id:
            return  # the id will be made of the headline, and that it is missing is said where it is asked for
        try:
            check_story_id(self.story_id)
            if not self.is_unfinished:
                story_of(self, datetime.now(UTC).replace(microsecond=0))
        except StoryError as error:
            field = str(error.fields.get("field", "")).partition(":")[0].partition(".")[0]
            field = {"headline": "title"}.get(field, "body" if field.startswith("block") else field)
            known = {each.name for each in self._meta.get_fields()}
            raise ValidationError({field: str(error)} if field in known else str(error)) from error

    def with_content_json(self, content: Any) -> Any:
        """The story as a draft has it. What readers have is no matter of a draft, which may be older than that.

        Wagtail goes by the draft, and takes from readers what it does not know to be out once that is to go out later.
        """
        draft = super().with_content_json(content)
        draft.live_revision_id, draft.last_published_at = self.live_revision_id, self.last_published_at
        return draft

    def save_revision(self, *arguments: Any, **options: Any) -> Any:
        """Save a draft. If it sets or moves an embargo, no language of the story goes out before that any more.

        Nor does an old version that somebody brings back: it knew nothing of the embargo that stands now. A form that
        saves by itself writes its own last version over, but none that went out: the history says what that said.
        """
        if (over := options.get("overwrite_revision")) and went_out(over):
            options["overwrite_revision"] = None
        if options.get("previous_revision") and (newest := self.get_latest_revision()):
            self.embargo = max(filter(None, (self.embargo, newest.as_object().embargo)), default=None)
        with transaction.atomic():
            drafting.send(type(self), page=self)
            revision = super().save_revision(*arguments, **options)
            if self.embargo and self.embargo > datetime.now(UTC):
                put_off(self)
            waits_changed.send(type(self), page=self)
        if self.is_let_go:
            # Wagtail's form publishes this revision past this class, and tells people the time that it reads here.
            self.go_live_at = self._goes_at(revision)
        return revision

    def _goes_at(self, revision: Any) -> datetime | None:
        """When a draft that somebody lets go now may go out. ``revision`` learns it, but is not saved.

        So a draft keeps the time that somebody chose: when an embargo goes, nothing of it stays.
        """
        draft = revision.as_object()
        embargo = embargo_of(draft)
        if embargo and (draft.go_live_at is None or draft.go_live_at < embargo.at):
            draft.go_live_at = embargo.at
            revision.content = {**revision.content, "go_live_at": embargo.at.isoformat()}
        at: datetime | None = draft.go_live_at
        return at

    def publish(
        self, revision: Any, *arguments: Any, user: Any = None, as_it_is_out: bool = False, **options: Any
    ) -> Any:
        """Publish a revision. What readers get is released in the same transaction, or nothing happens at all.

        It is ``user`` who does it, whoever wrote the revision. Raises Held for what goes out with others only, unless
        the revision is what readers have, but for its times; ValidationError for what somebody else locked, and for a
        date far ahead. ``as_it_is_out`` says that it is that: a review of the story goes on, which any other ends.
        """
        content = revision.content
        with transaction.atomic(), in_name_of(user), letting_go():
            if not as_it_is_out:
                check_goes(self)
                if user is not None:  # by its time it goes in the name of whoever chose that, who is asked for there
                    check_unlocked([self], user)
                self._goes_at(revision)
                check_times(revision.as_object())
            try:
                if as_it_is_out:
                    return PublishAsItIsOut(revision, *arguments, user=user, **options).execute()
                return super().publish(revision, *arguments, user=user, **options)
            finally:
                revision.content = content

    def get_scheduled_revision_as_object(self) -> Any:
        """What goes out by itself, with the time at which it does."""
        found = super().get_scheduled_revision_as_object()
        if found:
            found.go_live_at = self.scheduled_revision.approved_go_live_at
        return found

    def unpublish(self, set_expired: bool = False, *arguments: Any, user: Any = None, **options: Any) -> Any:
        """Take the story back, and have it removed from the editions, in one transaction.

        Of one that expires, what is approved to go out after that goes out then; else nothing of it goes out any more.
        """
        from tamizdat.newsroom.stories.reviewing import forget_times  # noqa: PLC0415 - it needs this class

        with transaction.atomic(), in_name_of(user):
            # Before the gate of releases. Whoever has read it before this transaction holds it, and reads it anew.
            list(Page.objects.select_for_update().filter(pk=self.pk).values_list("pk"))
            if not set_expired:
                forget_times(self, user)
            later = self._approved_after_expiry() if set_expired else {}
            done = super().unpublish(set_expired, *arguments, user=user, **options)
            for key, at in later.items():
                self.revisions.filter(pk=key).update(approved_go_live_at=at)
            return done

    def _approved_after_expiry(self) -> dict[int, datetime]:
        """When which revision goes out, of those that are still to be out then."""
        approved = self.revisions.filter(approved_go_live_at__gte=self.expire_at or datetime.now(UTC))
        times = [(each.pk, each.approved_go_live_at, each.as_object().expire_at) for each in approved]
        return {key: at for key, at, end in times if end is None or end > at}

    def delete(self, *arguments: Any, user: Any = None, **options: Any) -> Any:
        """Delete the story; what readers have of it is taken back in the same transaction."""
        with transaction.atomic(), in_name_of(user):
            return super().delete(*arguments, user=user, **options)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The page as the press makes it."""
        from tamizdat.newsroom.pressroom.proof import proof_response  # noqa: PLC0415 - it needs this class

        del request, mode_name
        return proof_response(self)


class StoryLink(models.Model):
    """A link from the text of a story that is out to another story: by which a story's fate finds who links to it.

    Rows of a page are written whenever it is released. ``target`` is no foreign key: what a link led to may be gone.
    """

    page = models.ForeignKey(StoryPage, on_delete=models.CASCADE, related_name="own_links")
    target = models.BigIntegerField()
    story_id = models.CharField(max_length=LIMITS.max_story_id_bytes, db_index=True)
    """Of the story that the link leads to."""
    headline = models.CharField(max_length=255)
    found = models.BooleanField()
    """Whether readers have that story; if not, they see no link."""

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.page_id} → {self.story_id}"


class SearchDue(models.Model):
    """What the search does not find by its newest words yet: a story, or all that name a term (:mod:`.finding`)."""

    page = models.OneToOneField(StoryPage, null=True, on_delete=models.CASCADE, related_name="+")
    term = models.CharField(max_length=220, null=True, unique=True)
    """The term's kind and key, or ``*`` for all stories."""

    page_id: Any
    objects: ClassVar[Any] = models.Manager()
    wagtail_reference_index_ignore = True

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.term or f"#{self.page_id}"


class ChangedDraft(models.Model):
    """A story that is out and has a newer draft, and the words of that (:mod:`.changed`)."""

    page = models.OneToOneField(StoryPage, primary_key=True, on_delete=models.CASCADE, related_name="+")
    words = models.TextField()
    """As searches compare them, each after a space."""

    objects: ClassVar[Any] = models.Manager()
    wagtail_reference_index_ignore = True

    def __str__(self) -> str:
        return f"#{self.pk}"


__all__ = [
    "Agency",
    "Byline",
    "ChangedDraft",
    "Newspaper",
    "SearchDue",
    "Section",
    "StoryLink",
    "StoryPage",
    "Term",
    "Topic",
]
