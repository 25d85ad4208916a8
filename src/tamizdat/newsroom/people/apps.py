"""The app of people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Accounts."""

    name = "tamizdat.newsroom.people"
    label = "people"
    verbose_name = "People"
