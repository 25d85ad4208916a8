"""The newsroom opened in another program's process: for ``tamizdat publish``, which is no process of the newsroom's."""

import os
from pathlib import Path

import django

from tamizdat.newsroom.place import VARIABLE
from tamizdat.publisher.newsroom import Newsroom


def open_newsroom(folder: Path) -> Newsroom:
    """The newsroom of the publication in ``folder``. Once a process: Django has one set of settings."""
    os.environ[VARIABLE] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tamizdat.newsroom.settings")
    django.setup()
    from tamizdat.newsroom.pressroom.newsroom import PressNewsroom  # noqa: PLC0415 - needs loaded models

    return PressNewsroom()
