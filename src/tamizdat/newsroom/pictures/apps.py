"""The app of the picture library."""

from django.apps import AppConfig


class PicturesConfig(AppConfig):
    """The picture library."""

    name = "tamizdat.newsroom.pictures"
    label = "pictures"
    verbose_name = "Pictures"

    def ready(self) -> None:
        """Listen to uploads."""
        from tamizdat.newsroom.pictures.uploads import listen  # noqa: PLC0415 - models are loaded only now

        listen()
