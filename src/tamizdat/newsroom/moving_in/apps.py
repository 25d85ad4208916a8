"""The app of moving in."""

from django.apps import AppConfig


class MovingInConfig(AppConfig):
    """Imports of whole sites."""

    name = "tamizdat.newsroom.moving_in"
    label = "moving_in"
    verbose_name = "Moving in"
