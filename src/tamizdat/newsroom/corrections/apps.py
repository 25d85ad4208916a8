"""The app of corrections."""

from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """Right and wrong."""

    name = "tamizdat.newsroom.corrections"
    label = "corrections"
    verbose_name = "Corrections"
