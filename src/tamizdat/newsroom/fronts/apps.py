"""The app of front pages."""

from django.apps import AppConfig


class FrontsConfig(AppConfig):
    """Front pages and the order of sections."""

    name = "tamizdat.newsroom.fronts"
    label = "fronts"
    verbose_name = "Front pages"

    def ready(self) -> None:
        """Listen for what changes front pages by itself: breaking news that ends, sections that are edited."""
        from tamizdat.newsroom.fronts import endings, sections  # noqa: PLC0415 - models are loaded only now

        endings.listen()
        sections.listen()
