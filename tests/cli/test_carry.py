"""``tamizdat export`` and ``import`` as a user types them: real processes, real files."""

import json
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from publication_kit import Newsroom, item

# Stands for an installation without what only mirrors need.
WITHOUT_MIRROR = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"h2", "httptools", "brotli", "backports"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from tamizdat.cli.main import main
main()
"""
# A source that never gives its packs.
WITHOUT_END = """
import os, threading
from tamizdat.carriers.directory import DirectoryInbound
fetch = DirectoryInbound.fetch
def wait(self, path, size):
    if path.endswith(".pack"):
        os.write(1, b"waiting\\n")
        threading.Event().wait()
    return fetch(self, path, size)
DirectoryInbound.fetch = wait
from tamizdat.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    room = Newsroom(tmp_path_factory.mktemp("room") / "news", carriers=())
    room.write(item(f"story-{number}", language) for language in ("en", "ru") for number in range(3))
    room.publish(datetime.now(UTC).replace(microsecond=0))
    return room


@pytest.fixture
def run(room, tmp_path):
    def run(*arguments, script=None, trust=True):
        start = ["-c", script] if script else ["-m", "tamizdat.cli.main"]
        more = ("--trust", room.fingerprint) if trust else ()
        return subprocess.run(
            [sys.executable, *start, *map(str, arguments), *more],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


def test_out_by_stick_and_in_again(room, run, tmp_path):
    made = run("export", "news.zip", "--from", room.folder)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("news.zip: ")
    assert "each read back and as signed" in made.stdout
    assert "en 1, ru 1" in made.stdout
    assert made.stderr == ""
    brought = run("import", "news.zip", "--into", "island", "--json")
    assert brought.returncode == 0, brought.stderr
    fields = json.loads(brought.stdout)
    assert (fields["editions"], fields["changed"], fields["fault"]) == ({"en": 1, "ru": 1}, True, "")
    assert fields["archives"] == {"news.zip": {"state": "taken", "detail": ""}}
    listed = run("read", "list", "--from", "island/www", "--language", "ru", "--json")
    assert len(json.loads(listed.stdout)) == 3
    again = run("import", "news.zip", "--into", "island")
    assert "it was there already" in again.stdout
    audited = run("audit", "news.zip", "island/www")
    assert audited.returncode == 0, audited.stdout


def test_for_machines_and_for_mail(room, run, tmp_path):
    small = ("--language", "ru", "--no-pages", "--max-size", "20k")
    made = run("export", "mail.zip", "--from", room.folder, *small, "--json")
    assert made.returncode == 0, made.stderr
    fields = json.loads(made.stdout)
    assert fields["bytes"] == (tmp_path / "mail.zip").stat().st_size < 20_000
    with zipfile.ZipFile(tmp_path / "mail.zip") as archive:
        assert fields["files"] == len(archive.namelist())
    assert (fields["editions"], fields["kept"], fields["expired"]) == ({"ru": 1}, 0, {})
    too_large = run("export", "all.zip", "--from", room.folder, "--max-size", "20k")
    assert too_large.returncode == 2
    assert "--no-pages" in too_large.stderr
    assert not list(tmp_path.glob("all*"))
    assert run("export", "all.zip", "--from", room.folder, "--max-size", "much").returncode == 2


def test_exit_codes(room, run, tmp_path):
    other = Newsroom(tmp_path / "other", carriers=())
    other.write([item("lie")])
    other.publish()
    shutil.make_archive(str(tmp_path / "foreign"), "zip", other.folder / "out")
    (tmp_path / "text").write_text("no archive")
    assert run("export", "news.zip", "--from", room.folder).returncode == 0
    foreign = run("import", "foreign.zip", "news.zip", "--into", "one")
    assert foreign.returncode == 4
    assert "foreign.zip: REFUSED" in foreign.stderr
    assert "one/www: " in foreign.stdout
    broken = run("import", "text", "news.zip", "--into", "two")
    assert (broken.returncode, "text: broken: is no archive" in broken.stderr) == (5, True)
    assert run("import", "text", "--into", "three").returncode == 5
    assert not (tmp_path / "three").exists()
    assert run("export", "x.zip", "--from", other.folder).returncode == 5
    assert run("export", "nowhere/x.zip", "--from", room.folder).returncode == 2
    assert run("export", "x.zip", "--from", "ftp://there").returncode == 2


def test_the_old_import_says_what_it_is_called_now(run):
    for arguments in ((), ("-C", "news"), ("-C", "news", "--json")):
        old = run("import", *arguments, trust=False)
        assert old.returncode == 2
        assert "tamizdat gather" in old.stderr
    assert "--into" in run("import", "news.zip", trust=False).stderr
    assert run("gather", "--help", trust=False).returncode == 0


def test_without_the_packages_of_mirrors_archives_still_travel(room, run):
    made = run("export", "news.zip", "--from", room.folder, script=WITHOUT_MIRROR)
    assert made.returncode == 0, made.stderr
    brought = run("import", "news.zip", "--into", "island", script=WITHOUT_MIRROR)
    assert brought.returncode == 0, brought.stderr
    for arguments in (("mirror", "island", "--from", "news.zip"), ("mirror", "status", "island")):
        refused = run(*arguments, script=WITHOUT_MIRROR, trust=arguments[1] != "status")
        assert refused.returncode == 2
        assert "pip install 'tamizdat[mirror]'" in refused.stderr


def test_ctrl_c_says_that_the_same_command_goes_on(room, run, tmp_path):
    arguments = ["export", "news.tar", "--trust", room.fingerprint, "--from", str(room.folder)]
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_END, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "waiting\n"
        errors = None
        while errors is None:
            process.send_signal(signal.SIGINT)
            # One that arrives while the program is falling asleep is heard only with the next: people press it again.
            with suppress(subprocess.TimeoutExpired):
                _, errors = process.communicate(timeout=5)
    assert process.returncode == 130
    assert "news.tar.part stays; the same command goes on" in errors
    assert (tmp_path / "news.tar.part").exists()
    assert run("export", "news.tar", "--from", room.folder).returncode == 0
    assert not (tmp_path / "news.tar.part").exists()
