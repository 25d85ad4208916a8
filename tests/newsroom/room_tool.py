"""``python room_tool.py write N PREFIX``: an editor in a process of its own, who says what is certainly published.

For tests that kill it. ``TAMIZDAT_NEWSROOM`` names the publication.
"""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tamizdat.newsroom.settings"
django.setup()

from desk_kit import publish, write  # noqa: E402 - needs loaded models


def main(count: int, prefix: str) -> None:
    """Publish stories one after the other, each by an act of its own."""
    for at in range(count):
        page = publish(write(f"{prefix} {at}", story_id=f"{prefix}-{at}"))
        sys.stdout.write(f"{page.story_id}\n")
        sys.stdout.flush()


main(int(sys.argv[1]), sys.argv[2])
