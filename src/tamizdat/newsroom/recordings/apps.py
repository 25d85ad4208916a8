"""The app of recordings."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Recordings."""

    name = "tamizdat.newsroom.recordings"
    label = "recordings"
    verbose_name = "Recordings"

    def ready(self) -> None:
        """Listen to deletions."""
        from tamizdat.newsroom.recordings.models import listen  # noqa: PLC0415 - models are loaded only now

        listen()
