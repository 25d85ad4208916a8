"""The app of the publication desk."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The publication desk."""

    name = "tamizdat.newsroom.desk"
    label = "desk"
    verbose_name = "Publication desk"
