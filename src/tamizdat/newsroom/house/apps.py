"""The app of looks and menus."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Looks and menus."""

    name = "tamizdat.newsroom.house"
    label = "house"
    verbose_name = "House"

    def ready(self) -> None:
        """Take out buttons that cost a list two queries for each of its rows."""
        from tamizdat.newsroom.house import buttons  # noqa: PLC0415 - models are loaded only now

        buttons.take_out()
