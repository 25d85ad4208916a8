"""The app of wires."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Subscriptions, what comes from them, and what became of it."""

    name = "tamizdat.newsroom.ingest"
    label = "ingest"
    verbose_name = "Wires"
