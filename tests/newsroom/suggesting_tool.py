"""``python suggesting_tool.py N``: in a process of its own, N translations for which somebody asked a machine.

For tests that kill who drafts them. ``TAMIZDAT_NEWSROOM`` names the publication.
"""

import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tamizdat.newsroom.settings"
django.setup()

from desk_kit import person, text, write  # noqa: E402 - needs loaded models

from tamizdat.newsroom.suggesting.acting import AskMachine  # noqa: E402 - as above
from tamizdat.newsroom.translating.sending import Send  # noqa: E402 - as above

desk = person()
for at in range(int(sys.argv[1])):
    body = text("".join(f"<p>Paragraph {nth} of story {at}.</p>" for nth in range(30)))
    AskMachine(Send(write(f"Story {at}", body=body), ("ru",), desk).execute(), desk).execute()
