"""The app of the pressroom."""

from django.apps import AppConfig


class PressroomConfig(AppConfig):
    """Releases, orders and runs of the press."""

    name = "tamizdat.newsroom.pressroom"
    label = "pressroom"
    verbose_name = "Pressroom"

    def ready(self) -> None:
        """Listen for stories that are published or taken back."""
        from tamizdat.newsroom.pressroom import releasing  # noqa: PLC0415 - models are loaded only now

        releasing.listen()
