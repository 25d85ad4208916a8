"""The app of suggestions."""

from django.apps import AppConfig


class SuggestingConfig(AppConfig):
    """Suggestions for translators."""

    name = "tamizdat.newsroom.suggesting"
    label = "suggesting"
    verbose_name = "Suggestions"

    def ready(self) -> None:
        """Listen for translations that are saved."""
        from tamizdat.newsroom.suggesting import noticing  # noqa: PLC0415 - models are loaded only now

        noticing.listen()
