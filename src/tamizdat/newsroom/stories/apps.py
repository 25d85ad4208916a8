"""The app of stories."""

from django.apps import AppConfig


class StoriesConfig(AppConfig):
    """Newspapers, stories, and the terms that stories use."""

    name = "tamizdat.newsroom.stories"
    label = "stories"
    verbose_name = "Stories"
