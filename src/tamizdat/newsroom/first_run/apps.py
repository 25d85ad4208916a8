"""The app of the first run: a page to arrive at, and what the keys still need."""

from django.apps import AppConfig


class FirstRunConfig(AppConfig):
    """The first run."""

    name = "tamizdat.newsroom.first_run"
    label = "first_run"
    verbose_name = "First run"
