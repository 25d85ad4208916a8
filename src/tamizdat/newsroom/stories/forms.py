"""The forms of stories and terms, as far as they are not made of their panels."""

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm


class StoryForm(WagtailAdminPageForm):
    """Saves drafts as they are, whole or not: what is typed beside an unfinished block is kept.

    Whoever publishes or submits is told what is missing.
    """

    def _post_clean(self) -> None:
        self.instance.is_unfinished = self.is_deferred_validation
        super()._post_clean()


class TermForm(WagtailAdminModelForm):
    """A key is written once: stories, pins and front pages name the term by it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.instance.pk and (key := self.fields.get("key")):
            key.disabled = True
