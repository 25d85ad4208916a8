"""The app of sharing."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Messages for chats and networks."""

    name = "tamizdat.newsroom.sharing"
    label = "sharing"
    verbose_name = "Sharing"
