"""The screens on which a story is written, where they are Wagtail's and a little more."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.utils import get_user_display_name
from wagtail.admin.views.pages.create import CreateView
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.revisions import RevisionsRevertView

from tamizdat.errors import StoryError
from tamizdat.newsroom.stories.letting_go import check_goes, letting_go
from tamizdat.newsroom.stories.locks import check_unlocked
from tamizdat.newsroom.stories.meanwhile import CONFIRMED, compare_url, is_confirmed, is_own_save, mark_of


class _SaysWhatIsMissing:
    """Where a form that saves by itself cannot: it says so at the top, and Wagtail's own words name nothing."""

    def json_error_response(self, error_code: str, error_message: str) -> Any:
        """The same, with what a draft cannot do without."""
        view: Any = self
        if error_code == "validation_error" and not view.request.POST.get("title", "").strip():
            error_message = _("Not saved yet: the headline is missing.")
        parent: Any = super()
        return parent.json_error_response(error_code, error_message)


class StoryCreateView(_SaysWhatIsMissing, CreateView):
    """Wagtail's own, but for that."""


class StoryEditView(_SaysWhatIsMissing, EditView):
    """Publishes whole or not at all: the form of a story that may not go out comes back with the reason.

    Wagtail's own publishes past :meth:`StoryPage.publish`, outside of any transaction. And it refuses older forms only
    where they save by themselves: here none takes the place of what somebody saved meanwhile, unless they say so.
    """

    is_told = False
    """Whether the answer says that the story is newer than the form."""

    @cached_property
    def is_out_of_date(self) -> bool:
        """Whether the story is newer than the form, and whoever sent it does not know."""
        if not super().is_out_of_date:
            return False
        if self.expects_json_response:
            return True
        data, newest = self.request.POST, self.latest_revision
        return not is_confirmed(data, newest) and not is_own_save(data, self.page, self.request.user)

    def post(self, request: HttpRequest, *arguments: Any, **values: Any) -> Any:
        """Save or publish; an older form comes back as it was typed."""
        if self.expects_json_response or self.page.alias_of_id or not self.is_out_of_date:
            return super().post(request, *arguments, **values)
        self.form = self.form_class(
            request.POST,
            request.FILES,
            instance=self.page,
            subscription=self.subscription,
            parent_page=self.parent,
            for_user=request.user,
        )
        self.form.defer_required_fields()
        self.form.is_valid()
        self.form.restore_required_fields()
        self._tell()
        self.is_told = self.has_unsaved_changes = True
        return self.render_to_response(self.get_context_data())

    def _tell(self) -> None:
        newest = self.latest_revision
        text = _(
            "%(name)s saved this story meanwhile. What you typed is here still, and is not saved. See what changed "
            "first; if you press the button again, yours takes its place."
        )
        said = text % {"name": get_user_display_name(newest.user) if newest.user else _("Somebody")}
        field = '{} <input type="hidden" form="page-edit-form" name="{}" value="{}">'
        url = compare_url(self.request.POST, self.page, newest)
        buttons = [messages.button(url, _("What changed"), new_window=True)]
        messages.error(self.request, format_html(field, said, CONFIRMED, mark_of(newest)), buttons=buttons)

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        """The same; a form that is told so does not save by itself before somebody pressed a button."""
        context: dict[str, Any] = super().get_context_data(**values)
        return {**context, "loaded_revision_created_at": ""} if self.is_told else context

    def publish_action(self) -> Any:
        """Publish, with what readers get, in one transaction."""
        try:
            with transaction.atomic(), letting_go():
                check_goes(self.page)
                # Held since: somebody may have locked it after the form was let in.
                check_unlocked([self.page], self.request.user)
                self.form.instance.is_let_go = True
                return super().publish_action()
        except (StoryError, ValidationError) as error:
            self.form.add_error(None, error.messages if isinstance(error, ValidationError) else str(error))
            return self.form_invalid(self.form)


class StoryRevertView(StoryEditView, RevisionsRevertView):
    """Brings an old version back, and publishes it as the story's form does. Wagtail's own view knows of no embargo."""
