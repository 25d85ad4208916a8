"""The app of notices."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Legal notices."""

    name = "tamizdat.newsroom.notices"
    label = "notices"
    verbose_name = "Notices"
