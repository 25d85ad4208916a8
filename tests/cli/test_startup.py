"""A command loads what it needs: on an old machine, what it does not need is most of the waiting."""

import json
import subprocess
import sys

from publication_kit import Newsroom, item

SCRIPT = """
import json, sys
from tamizdat.cli.main import main
try:
    main()
except SystemExit as end:
    print(json.dumps({"code": end.code or 0, "loaded": sorted(sys.modules)}), file=sys.stderr)
"""


def loaded(*arguments):
    ran = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    found = json.loads(ran.stderr.splitlines()[-1])
    assert found["code"] == 0, ran.stderr
    return set(found["loaded"])


def test_help_loads_neither_signatures_nor_the_web():
    assert not loaded("read", "--help") & {"tuf", "cryptography", "urllib3", "tamizdat.reader", "tamizdat.story"}


def test_reading_a_folder_loads_neither_the_web_nor_archives_nor_a_kept_library(tmp_path):
    room = Newsroom(tmp_path / "room")
    room.settings("[site]\nenabled = false\n")
    room.write([item("a")])
    room.publish()
    found = loaded(
        *("read", "list", "--quiet", "--trust", room.fingerprint, "--from", str(room.carriers[0]), "--language", "en")
    )
    assert "tuf.api.metadata" in found
    assert not found & {"urllib3", "tarfile", "tamizdat.carriers.archive", "tamizdat.reader.library_folder"}
    assert not {name for name in found if name.startswith(("tamizdat.publisher", "tamizdat.press", "tamizdat.sources"))}
