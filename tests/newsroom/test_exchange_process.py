"""kill -9 before a statement of saving, bringing back or releasing: afterwards all is old, or all is new."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from newsroom_settings import ROOM

from tamizdat.newsroom.place import VARIABLE

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" in os.environ, reason="makes a newsroom of its own, on SQLite"),
]


def _run(folder, *arguments):
    environment = {
        **os.environ,
        VARIABLE: str(folder),
        "DJANGO_SETTINGS_MODULE": "tamizdat.newsroom.settings",
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed") / "room"
    folder.mkdir()
    for name in ("keys", "trust"):
        shutil.copytree(ROOM / name, folder / name)
    shutil.copy(ROOM / "tamizdat.toml", folder)
    _run(folder, "-m", "tamizdat.newsroom", "set-up")
    _run(folder, str(HERE / "exchange_tool.py"), "prepare")
    return folder


OLD = {
    "words": ["old"], "pairs": ["old"], "todo": 0, "changed": 0, "ready": True, "out": [], "live": 0, "held": 1,
    "tied": 2, "orders": 0, "reports": 0,
}  # fmt: skip
NEW = {
    "save": {**OLD, "words": ["new"], "pairs": ["new"], "ready": False},
    "back": {**OLD, "words": ["new"], "pairs": ["new"], "ready": False, "reports": 1},
    "release": {**OLD, "ready": False, "out": ["en", "fa", "ru"], "live": 3, "held": 0, "tied": 0, "orders": 3},
}


@pytest.mark.parametrize("act", ["save", "back", "release"])
def test_killed_anywhere_all_is_old_and_done_again_all_is_new(prepared, tmp_path, act):
    for file in (prepared / "newsroom").glob("newsroom.sqlite*"):
        shutil.copy(file, tmp_path)
    found = json.loads(_run(prepared, str(HERE / "exchange_tool.py"), act, str(tmp_path)))
    assert len(found["killed"]) > 5
    for state, wanted in ((found["whole"], NEW[act]), *((each, OLD) for each in found["killed"])):
        assert {key: state[key] for key in wanted} == wanted
    assert all({key: each[key] for key in OLD} == NEW[act] for each in found["again"])
