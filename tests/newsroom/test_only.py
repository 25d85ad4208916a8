"""Parts of a newsroom alone, as on a second machine: ``tamizdat newsroom DIR --only``."""

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from publication_kit import PASSPHRASE
from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.start import start_only
from tamizdat.newsroom.place import VARIABLE

TAMIZDAT = (sys.executable, "-m", "tamizdat.cli.main")
_OTHERS = {"DJANGO_SETTINGS_MODULE", "TAMIZDAT_PASSPHRASE", VARIABLE}
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in _OTHERS}


@pytest.fixture(scope="module")
def publication(tmp_path_factory):
    folder = tmp_path_factory.mktemp("only") / "news"
    made = [*TAMIZDAT, "init", str(folder), "--name", "The Far Shore", "--languages", "en", "--rehearsal"]
    subprocess.run(made, check=True, capture_output=True, env={**_ENVIRONMENT, "TAMIZDAT_PASSPHRASE": PASSPHRASE})
    settings = folder / "tamizdat.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[[sources]]\nkind = "newsroom"\n', "utf-8")
    return folder


@contextmanager
def _running(folder, *options):
    """The command at work, and its first line. SIGTERM ends it, and it says that all is well."""
    command = [*TAMIZDAT, "newsroom", str(folder), *options]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, env=_ENVIRONMENT, text=True, **pipes) as process:
        try:
            yield process, process.stdout.readline()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


def _children(process):
    """What runs below it, by the last word of its command line."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(process.pid)], check=True, capture_output=True, text=True
    ).stdout
    return sorted(line.split("tamizdat.newsroom ")[1].split()[0] for line in listed.splitlines() if "tamizdat." in line)


@pytest.mark.slow
def test_background_jobs_alone_need_no_keys_and_no_door(publication):
    with _running(publication, "--only", "background") as (process, said):
        assert said == "Running background until you press Ctrl-C.\n"
        assert _children(process) == ["background"]


@pytest.mark.slow
def test_the_web_alone_answers_without_the_passphrase(publication):
    with _running(publication, "--only", "web", "--listen", "127.0.0.1:0") as (process, said):
        address = said.removeprefix("Running web at ").partition(" ")[0]
        with urllib.request.urlopen(f"{address}admin/login/", timeout=60) as answer:
            assert answer.status == 200
        assert _children(process) == ["web"]


@pytest.mark.parametrize(
    ("only", "said"), [(("printer",), "there are web, press, background"), (("web",), "holds no publication")]
)
def test_what_cannot_run_alone_is_said(tmp_path, only, said):
    with pytest.raises(UsageError, match=said):
        start_only(tmp_path, "127.0.0.1:0", lambda: "", lambda _said: None, only)


def test_a_sample_is_made_by_a_whole_newsroom(tmp_path):
    done = subprocess.run(
        [*TAMIZDAT, "newsroom", str(tmp_path / "new"), "--sample", "--only", "web"],
        capture_output=True,
        text=True,
        check=False,
        env=_ENVIRONMENT,
    )
    assert done.returncode == 2
    assert "--sample makes one" in done.stderr
