"""``python jobs_tool.py ask FILE`` asks for an import; ``... work SECONDS`` is a background worker until it is killed.

For tests that kill workers: one that says nothing for ``SECONDS`` is dead. ``TAMIZDAT_NEWSROOM`` names the publication.
"""

import os
import sys
import threading
from pathlib import Path

import django
from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "tamizdat.newsroom.settings"
django.setup()

from desk_kit import person  # noqa: E402 - needs loaded models
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402 - as above

from tamizdat.newsroom.desk.jobs import work  # noqa: E402 - as above
from tamizdat.newsroom.desk.rounds import rounds  # noqa: E402 - as above
from tamizdat.newsroom.moving_in.uploads import ask_to_move  # noqa: E402 - as above

if sys.argv[1] == "ask":
    ask_to_move(SimpleUploadedFile("site.jsonl", Path(sys.argv[2]).read_bytes()), "site", "", dry=False, by=person())
else:
    settings.JOB_SILENCE_SECONDS = float(sys.argv[2])
    work(rounds(), threading.Event())
