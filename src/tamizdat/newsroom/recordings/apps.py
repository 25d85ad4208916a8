"""The app of recordings."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Recordings."""

    name = "tamizdat.newsroom.recordings"
    label = "recordings"
    verbose_name = "Recordings"
