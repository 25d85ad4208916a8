"""Publishing what readers have already, with a line or a time more: it is not the draft that somebody reviews."""

from typing import Any

from wagtail.actions.publish_page_revision import PublishPageRevisionAction


class PublishAsItIsOut(PublishPageRevisionAction):  # type: ignore[misc,unused-ignore] # Wagtail has no types
    """Wagtail's own, but a review that goes on beside it is not over by that."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.object.is_reviewed_on = True
