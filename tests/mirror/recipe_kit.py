"""The recipes of docs/mirrors, for tests: files as they are printed, a publication, a mirror that runs, and curl."""

import os
import re
import select
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from publication_kit import CHEAP, PASSPHRASE, Newsroom, item
from tamizdat.trust.keyring import create_rehearsal

PAGES = Path(__file__).parents[2] / "docs" / "mirrors"
FILES = PAGES / "files"
PROGRAM = Path(sys.executable).parent / "tamizdat"
INSTALLED = "/opt/tamizdat/bin/tamizdat"
SOCKET = "/run/tamizdat-mirror/socket"
NEWS = "metadata/timestamp.json"
MARKER = "planted-marker-5f3c"
"""What no file may hold after somebody sent it: as a path, a query, a header."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def printed(name, *changes):
    """A file of docs/mirrors/files, with ``changes``: pairs of what stands there and what a test needs instead."""
    text = (FILES / name).read_text("utf-8")
    for old, new in changes:
        assert old in text, f"{name} does not say {old!r} any more"
        text = text.replace(old, str(new))
    return text


class Paper(Newsroom):
    """A publication of today, with a short story and, if it shall have so many ``paragraphs``, a long one."""

    def __init__(self, folder, paragraphs=0):
        self.folder = folder
        self.languages = ("en", "ru")
        self.carriers = ()
        folder.mkdir(parents=True)
        self.settings()
        self.state = create_rehearsal(folder, self.languages, PASSPHRASE, "Test", datetime.now(UTC), CHEAP)
        self.number = 0
        # Words that hardly compress: a pack of more bytes than any proxy's buffers hold.
        self.noise = [" ".join(os.urandom(6).hex() for _ in range(400)) for _ in range(paragraphs)]
        self.news()

    def news(self):
        """Publish another edition."""
        self.number += 1
        newest = item("newest", "en", f"News number {self.number}")
        self.write([newest, *([item("noise", "en", "Noise", *self.noise)] if self.noise else [])])
        self.publish(datetime.now(UTC).replace(microsecond=0))

    @property
    def out(self):
        return self.folder / "out"


@dataclass
class Mirror:
    """A mirror that runs, started as a unit starts it."""

    folder: Path
    process: subprocess.Popen
    log: Path

    @property
    def www(self):
        return self.folder / "www"

    def path(self, suffix):
        """The path of the largest file that ends so."""
        found = max(self.www.rglob(f"*{suffix}"), key=lambda file: file.stat().st_size)
        return found.relative_to(self.www).as_posix()


def command_of(unit, folder, settings):
    """The last ``ExecStart`` of a unit as systemd would run it. ``settings``: bytes of its environment file."""
    line = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)[-1]
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", settings, re.MULTILINE))
    assert line.startswith(f"{INSTALLED} ")
    words = []
    for word in line.split()[1:]:
        named = re.fullmatch(r"\$(\w+)|\$\{(\w+)\}", word)
        if named is None:
            words.append(word.replace("%S/tamizdat-mirror", str(folder)))
        elif named[1]:  # as words
            words += shlex.split(values[named[1]])
        else:
            words.append(values[named[2]])
    return [str(PROGRAM), *words]


def settings_for(paper, socket):
    """mirror.conf as a volunteer fills it in, but for places."""
    return printed(
        "mirror.conf",
        ("\nTRUST=\n", f"\nTRUST={paper.fingerprint}\n"),
        ("https://news.example/", paper.folder),
        (SOCKET, socket),
    )


@contextmanager
def running(command, folder, log, first=""):
    """Run a mirror until the end, from when it is well. ``first``: Python that its process runs before that."""
    if first:
        first += "\nimport os, sys\nos.execv(sys.argv[1], sys.argv[1:])"
        command = [sys.executable, "-c", first, *command]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=ENVIRONMENT, cwd=folder.parent)
    try:
        until(
            lambda: (
                subprocess.run([PROGRAM, "mirror", "status", folder], capture_output=True, check=False).returncode == 0
            ),
            process,
        )
        yield Mirror(folder, process, log)
    finally:
        process.terminate()
        process.wait(20)


def until(holds, process=None, seconds=60.0):
    """Wait until ``holds()``, while ``process`` lives."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never came"
        assert process is None or process.poll() is None, "ended before that"
        select.select([], [], [], 0.02)


@dataclass
class Answer:
    status: int
    version: str
    fields: list
    body: bytes

    def __getitem__(self, name):
        return dict(self.fields).get(name.lower())

    def all(self, name):
        return [value for key, value in self.fields if key == name.lower()]


def curl_command(url, *options, headers=(), method="GET"):
    """A question that ignores settings of whoever runs the tests."""
    words = ["curl", "-q", "--silent", "--show-error", "--include", "--max-time", "90", *options]
    words += [word for header in headers for word in ("--header", header)]
    return [*words, *(["--head"] if method == "HEAD" else ["--request", method]), url]


def read_answer(data):
    """What curl printed: a head, and the body."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    version, status, *_ = line.split(" ")
    named = [tuple(field.split(": ", 1)) for field in fields]
    return Answer(int(status), version, [(name.lower(), value) for name, value in named], body)


def curl(url, *options, **more):
    done = subprocess.run(curl_command(url, *options, **more), capture_output=True, env=ENVIRONMENT, check=False)
    assert done.returncode == 0, done.stderr
    return read_answer(done.stdout)


def files_with(text, *places):
    """Files below ``places`` that hold ``text``."""
    wanted = text.encode()
    return [
        file for place in places for file in Path(place).rglob("*") if file.is_file() and wanted in file.read_bytes()
    ]
