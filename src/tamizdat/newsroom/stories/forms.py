"""The forms of stories and terms, as far as they are not made of their panels."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm

from tamizdat.newsroom.people.real_names import SEES_REAL_NAMES
from tamizdat.newsroom.stories.shown_times import with_source
from tamizdat.newsroom.stories.times import check_times


class StoryForm(WagtailAdminPageForm):
    """Saves drafts as they are, whole or not: what is typed beside an unfinished block is kept.

    Whoever publishes or submits is told what is missing.
    """

    embargo_shown = forms.CharField(required=False, widget=forms.HiddenInput)
    expire_at_shown = forms.CharField(required=False, widget=forms.HiddenInput)
    """These times as the form showed them when it was opened."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for name in ("embargo", "expire_at"):
            if at := self.initial.get(name):
                self.initial[f"{name}_shown"] = at.isoformat()
        if (field := self.fields.get("byline")) and self.for_user:
            field.hides_keys = not self.for_user.has_perm("stories.change_byline")

    def clean_embargo(self) -> datetime | None:
        """What was typed. What the form showed as its source's is not: that may have moved, or gone, since then."""
        return self._with_source("embargo")

    def clean_expire_at(self) -> datetime | None:
        """The same."""
        return self._with_source("expire_at")

    def _with_source(self, name: str) -> datetime | None:
        shown = self.data.get(self.add_prefix(f"{name}_shown"))
        return with_source(self.instance, name, self.cleaned_data.get(name), shown)

    def _post_clean(self) -> None:
        self.instance.is_unfinished = self.is_deferred_validation
        super()._post_clean()
        if self.is_deferred_validation:
            return
        self._check_times()
        if not self.errors and self.for_user and self.for_user.has_perm(SEES_REAL_NAMES):
            self._check_names()

    def _update_errors(self, errors: ValidationError) -> None:
        """What is wrong with what the form does not show, an id, say, is said above all fields."""
        if hasattr(errors, "error_dict"):
            said: dict[str, list[ValidationError]] = {}
            for name, found in errors.error_dict.items():
                said.setdefault(name if name in self.fields else NON_FIELD_ERRORS, []).extend(found)
            errors = ValidationError(said)
        super()._update_errors(errors)

    def _check_names(self) -> None:
        """Tell who may see real names; of what anybody else writes, names are left out where readers get it."""
        from tamizdat.newsroom.pressroom.named import names_said  # noqa: PLC0415 - models are loaded only now
        from tamizdat.newsroom.pressroom.story_of import as_written  # noqa: PLC0415 - as above

        for field, said in names_said(as_written(self.instance, datetime.now(UTC).replace(microsecond=0))).items():
            self.add_error(field if field in self.fields else None, said)

    def _check_times(self) -> None:
        try:
            check_times(self.instance)
        except ValidationError as error:
            for name, said in error.message_dict.items():
                self.add_error(name if name in self.fields else None, said)


class TermForm(WagtailAdminModelForm):
    """A key is written once: stories, pins and front pages name the term by it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk and (key := self.fields.get("key")):
            key.disabled = True
