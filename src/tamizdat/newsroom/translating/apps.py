"""The app of translating."""

from django.apps import AppConfig


class TranslatingConfig(AppConfig):
    """Translations of stories, and the board of all of them."""

    name = "tamizdat.newsroom.translating"
    label = "translating"
    verbose_name = "Translating"

    def ready(self) -> None:
        """Listen for sources that change."""
        from tamizdat.newsroom.translating import noticing  # noqa: PLC0415 - models are loaded only now

        noticing.listen()
