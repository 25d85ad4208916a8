"""The app of breaking news."""

from django.apps import AppConfig


class BreakingConfig(AppConfig):
    """Breaking news."""

    name = "tamizdat.newsroom.breaking"
    label = "breaking"
    verbose_name = "Breaking news"
