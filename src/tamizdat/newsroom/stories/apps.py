"""The app of stories."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """Newspapers, stories, and the terms that stories use."""

    name = "tamizdat.newsroom.stories"
    label = "stories"
    verbose_name = "Stories"

    def ready(self) -> None:
        """Keep what stories use, what was refused from going out, and what a search finds them by."""
        from tamizdat.newsroom.stories import finding, reviewing, using  # noqa: PLC0415 - models are loaded only now

        using.listen()
        reviewing.listen()
        finding.listen()
