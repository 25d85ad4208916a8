"""The app of looks and menus."""

from django.apps import AppConfig


class HouseConfig(AppConfig):
    """Looks and menus."""

    name = "tamizdat.newsroom.house"
    label = "house"
    verbose_name = "House"
