"""The app of exchange."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Files for translators who work with programs of their own."""

    name = "tamizdat.newsroom.exchange"
    label = "exchange"
    verbose_name = "Exchange"
