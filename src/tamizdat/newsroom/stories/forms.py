"""The form of a story, as far as it is not made of its panels."""

from wagtail.admin.forms import WagtailAdminPageForm


class StoryForm(WagtailAdminPageForm):
    """Saves drafts as they are, whole or not: what is typed beside an unfinished block is kept.

    Whoever publishes or submits is told what is missing.
    """

    def _post_clean(self) -> None:
        self.instance.is_unfinished = self.is_deferred_validation
        super()._post_clean()
