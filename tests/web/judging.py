"""Judges from outside: what they need to be there, how they are called, and a mirror for them to look at."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tamizdat.press.server_files import HEADERS

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MOST_SECONDS = 600
"""After so long a judge hangs."""


def chromium() -> str | None:
    return next(filter(None, map(shutil.which, _CHROMIUMS)), None)


def no_browser() -> str:
    """Why no browser can be driven; empty if one can."""
    if not chromium():
        return "there is no Chromium; on Debian: apt install chromium"
    if not shutil.which("node"):
        return "there is no Node.js; on Debian: apt install nodejs npm"
    return "" if MODULES.is_dir() else "the judges are not installed; make judges does that"


def no_vnu() -> str:
    """Why pages cannot be validated; empty if they can."""
    if not shutil.which("java"):
        return "there is no Java; on Debian: apt install default-jre-headless"
    return "" if MODULES.is_dir() else "the judges are not installed; make judges does that"


def browse(script: str, **job: Any) -> Any:
    """What a script of ``browser/`` answers to a job, in a browser of its own that ends with it."""
    ran = subprocess.run(
        ["node", HERE / "browser" / f"{script}.mjs"],
        input=json.dumps({"chromium": chromium(), **job}),
        capture_output=True,
        text=True,
        check=False,
        timeout=_MOST_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def validate(addresses: list[str]) -> list[dict[str, Any]]:
    """All that vnu has to say about the pages at ``addresses``."""
    jar = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    # It looks at no page of this machine unless told so; reading files it would take every picture for a stranger's.
    options = ["-Xss8m", "-Dnu.validator.servlet.allow-forbidden-hosts=true"]
    ran = subprocess.run(
        ["java", *options, "-jar", jar, "--format", "json", "--stdout", *addresses],
        capture_output=True,
        text=True,
        check=False,
        timeout=_MOST_SECONDS,
    )
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout)["messages"]


class _Mirror(SimpleHTTPRequestHandler):
    """A mirror that follows the settings we ship, and says nothing."""

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A mirror of ``folder`` on this machine: its address, with a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Mirror, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(findings: list[Mapping[str, Any]], *fields: str) -> str:
    """Findings for people to read, each once, with how often it occurs."""
    counted: dict[str, int] = {}
    for finding in findings:
        line = " | ".join(str(finding.get(field, "")) for field in fields)
        counted[line] = counted.get(line, 0) + 1
    return "\n".join(f"{number}x {line}" for line, number in counted.items())
