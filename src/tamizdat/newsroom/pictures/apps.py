"""The app of the picture library."""

from django.apps import AppConfig


class PicturesConfig(AppConfig):
    """The picture library."""

    name = "tamizdat.newsroom.pictures"
    label = "pictures"
    verbose_name = "Pictures"
