"""Imports by the command itself: killed at any instant, resumed, and compared with one that nobody killed."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moving_kit import line, write_lines

from publication_kit import CHEAP, PASSPHRASE
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.place import VARIABLE
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.shown import story_json
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.keyring import create_rehearsal, load_state

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "ntrex"
TAMIZDAT = (sys.executable, "-m", "tamizdat.cli.main")
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", VARIABLE}}
_ENVIRONMENT["TAMIZDAT_PASSPHRASE"] = PASSPHRASE
_LOOK = """
import hashlib, json, sys
from pathlib import Path
from tamizdat.newsroom.opening import open_newsroom
open_newsroom(Path(sys.argv[1]))
from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.moving_in.models import MovedItem
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.set_up import reconcile, set_up
from tamizdat.newsroom.stories.models import StoryPage
set_up()
rows = Release.objects.all()
print(json.dumps({
    "faults": faults_of_pages(),
    "reconciled": reconcile(),
    "pages": sorted(StoryPage.objects.values_list("locale__language_code", "story_id", "title", "slug")),
    "items": sorted(MovedItem.objects.values_list("language", "story_id", "mark")),
    "releases": sorted([r.language, r.story_id, hashlib.sha256(bytes(r.story)).hexdigest()] for r in rows),
}))
"""


def _publication(folder: Path, languages: list[str]) -> Path:
    folder.mkdir()
    settings = f'[publication]\nname = "Far Shore"\nlanguages = {json.dumps(languages)}\n[site]\nprecompress = []\n'
    (folder / "tamizdat.toml").write_text(settings + '[[sources]]\nkind = "newsroom"\n', "utf-8")
    create_rehearsal(folder, languages, PASSPHRASE, "Far Shore", datetime.now(UTC).replace(microsecond=0), CHEAP)
    return folder


def _run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [*TAMIZDAT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=_ENVIRONMENT,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _look(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-c", _LOOK, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_ENVIRONMENT)
    assert not done.returncode, done.stderr
    return dict(json.loads(done.stdout))


def _moved(database: Path) -> int:
    """How many stories have come in for good; -1 before there is a table."""
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM moving_in_moveditem").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


def _kill_when(folder: Path, site: Path, come: int, later: float) -> None:
    """Import, and kill the process ``later`` seconds after ``come`` stories are in."""
    process = subprocess.Popen(
        [*TAMIZDAT, "newsroom", "import", str(folder), str(site)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
    )
    database = folder / "newsroom" / "newsroom.sqlite"
    while process.poll() is None and _moved(database) < come:
        time.sleep(0.005)
    with suppress(subprocess.TimeoutExpired):
        process.wait(later)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it was done before it was killed"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    file = tmp_path_factory.mktemp("site") / "site.jsonl"
    words = ["word " * 60] * 12
    return write_lines(
        file, (line(f"story-{n}", language, paragraphs=words) for n in range(300) for language in ("en", "ru"))
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory, site):
    """What an import leaves that nobody disturbs."""
    folder = _publication(tmp_path_factory.mktemp("whole") / "room", ["en", "ru"])
    _run("newsroom", "import", str(folder), str(site))
    return _look(folder)


@pytest.mark.slow
def test_a_whole_import_is_sound(whole):
    assert not whole["faults"]
    assert whole["reconciled"] == 0
    assert len(whole["pages"]) == len(whole["items"]) == len(whole["releases"]) == 600


@pytest.mark.slow
@pytest.mark.parametrize(("come", "later"), [(0, 0), (0, 0.3), (200, 0), (200, 0.3), (400, 0)])
def test_killed_and_run_again_it_is_as_if_nothing_had_happened(tmp_path, site, whole, come, later):
    folder = _publication(tmp_path / "room", ["en", "ru"])
    _kill_when(folder, site, come, later)
    after = _look(folder)
    assert not after["faults"]
    assert after["reconciled"] == 0
    assert len(after["pages"]) == len(after["items"]) == len(after["releases"]) < 600
    report = json.loads(_run("newsroom", "import", str(folder), str(site), "--json"))
    assert report["same"] == len(after["items"])
    assert report["new"] == 600 - len(after["items"])
    assert _look(folder) == whole
    again = json.loads(_run("newsroom", "import", str(folder), str(site), "--json"))
    assert (again["same"], again["new"], again["changed"]) == (600, 0, 0)
    assert _look(folder) == whole


@pytest.mark.slow
def test_the_command_says_what_it_cannot_do(tmp_path, site):
    assert "no publication" in _run_error("newsroom", "import", str(tmp_path), str(site))
    folder = _publication(tmp_path / "room", ["en", "ru"])
    assert "no such file" in _run_error("newsroom", "import", str(folder), str(tmp_path / "none"), "--kind", "jsonl")
    (tmp_path / "x").write_bytes(b"\0" * 100)
    assert "--kind" in _run_error("newsroom", "import", str(folder), str(tmp_path / "x"))
    assert "is not known" in _run_error("newsroom", "redirects", str(folder), "--form", "iis")
    foreign = write_lines(tmp_path / "s.jsonl", [line("x", "de")])
    assert "not among" in _run("newsroom", "import", str(folder), str(foreign), "--dry-run", code=3)


def _run_error(*arguments: str) -> str:
    done = subprocess.run([*TAMIZDAT, *arguments], capture_output=True, text=True, check=False, env=_ENVIRONMENT)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus/ntrex beside the checkout")
def test_every_paragraph_of_the_corpus_comes_out_of_the_newsroom_as_it_went_in(tmp_path):
    files = sorted(CORPUS.glob("*.jsonl"))
    folder = _publication(tmp_path / "room", [file.stem for file in files])
    report = json.loads(_run("newsroom", "import", str(folder), str(CORPUS), "--json"))
    assert (report["new"], report["faults"]) == (2700, [])
    assert not _look(folder)["faults"]
    _run("publish", "-C", str(folder))
    anchor = Anchor.parse(load_state(folder).fingerprint)
    visit = sync([open_inbound(str(folder / "out"))], anchor, [], MemoryLibrary(), datetime.now(UTC))
    read = {
        (language, name): story_json(story_from_bytes(data))
        for language, edition in visit.editions.items()
        for name, data in edition.stories.items()
    }
    lines = [json.loads(line_) for file in files for line_ in file.read_text("utf-8").splitlines()]
    assert len(read) == len(lines) == 2700
    for item in lines:
        shown = read[item["lang"], item["id"]]
        assert shown["headline"] == item["headline"]
        assert [block["text"] for block in shown["blocks"]] == item["paragraphs"]
