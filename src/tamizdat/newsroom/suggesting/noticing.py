"""Whatever way a translation is saved: its draft says whether a machine's words stand in it."""

from typing import Any

from django.db.models.signals import pre_save
from wagtail.models import Revision

from tamizdat.newsroom.suggesting.marks import say


def listen() -> None:
    """Connect the signals that Django and Wagtail send."""
    pre_save.connect(_revision, sender=Revision, dispatch_uid="machine's words")


def _revision(instance: Any, **_: Any) -> None:
    say(instance)
