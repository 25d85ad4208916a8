"""The screen on which a story is edited, where it is Wagtail's and a little more."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.admin.views.pages.edit import EditView

from tamizdat.errors import StoryError
from tamizdat.newsroom.stories.letting_go import check_goes


class StoryEditView(EditView):
    """Publishes whole or not at all: the form of a story that may not go out comes back with the reason.

    Wagtail's own publishes past :meth:`StoryPage.publish`, outside of any transaction.
    """

    def publish_action(self) -> Any:
        """Publish, with what readers get, in one transaction."""
        try:
            with transaction.atomic():
                check_goes(self.page)
                return super().publish_action()
        except (StoryError, ValidationError) as error:
            self.form.add_error(None, error.messages if isinstance(error, ValidationError) else str(error))
            return self.form_invalid(self.form)
