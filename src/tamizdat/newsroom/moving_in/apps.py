"""The app of moving in."""

from django.apps import AppConfig


class MovingInConfig(AppConfig):
    """Imports of whole sites."""

    name = "tamizdat.newsroom.moving_in"
    label = "moving_in"
    verbose_name = "Moving in"

    def ready(self) -> None:
        """Listen for stories that are out for the first time."""
        from tamizdat.newsroom.moving_in import tying  # noqa: PLC0415 - models are loaded only now

        tying.listen()
