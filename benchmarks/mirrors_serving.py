"""Requests a second of one process: ours beside nginx and Caddy, on the same files."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import corpus
from benchmarks.measure import Bench
from benchmarks.mirrors_spread import Process

NGINX: Final = "nginx, files"
OURS: Final = "**Tamizdat**"
_LANGUAGE: Final = "en"
_SECONDS: Final = 5
KINDS: Final = ("page, gzip", "page, plain", "pack", "nothing new (304)", "page, HTTP/2")
"""What is asked for. A pack of some 30 kB; a page of some 10."""
_NGINX: Final = """\
{user}daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
    keepalive_requests 10000000;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {what}
}}
"""
_FILES: Final = """\
    sendfile on; open_file_cache max=10000;
    server {{ listen 127.0.0.1:{port} http2; root {root}; include {root}/server/nginx.conf; }}
    server {{ listen 127.0.0.1:{plain}; root {root}; include {root}/server/nginx.conf; }}"""
_PROXY: Final = """\
    upstream mirror {{ server 127.0.0.1:{behind}; keepalive 64; }}
    access_log off;
    server {{
        listen 127.0.0.1:{plain};
        location / {{ proxy_pass http://mirror; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
    server {{
        listen 127.0.0.1:{port} http2;
        location / {{ proxy_pass http://mirror; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}"""
_CADDY: Final = """\
{{
    admin off
    auto_https off
    servers {{
        protocols h1 h2c
    }}
}}
http://127.0.0.1:{plain} {{
    root * {root}
    import {root}/server/Caddyfile
}}
"""


def measure(folder: Path) -> Mapping[str, tuple[float, ...]]:
    """Requests a second by server, for each of :data:`KINDS`; 0 where a server was not asked."""
    folder.mkdir(parents=True)
    (folder / "news").mkdir()
    room = Bench(folder / "news", [_LANGUAGE])
    room.publish(corpus.stories(_LANGUAGE), datetime.now(UTC).replace(microsecond=0))
    rows: dict[str, tuple[float, ...]] = {}
    with ExitStack() as running:
        mirror = running.enter_context(Process(folder / "mirror", room.state.fingerprint, str(room.folder / "out")))
        mirror.wait_for_edition()
        root, ours = folder / "mirror/www", mirror.address[1]
        ports = [_free_port() for _ in range(5)]
        files = _FILES.format(port=ports[0], plain=ports[1], root=root)
        proxy = _PROXY.format(port=ports[2], plain=ports[3], behind=ours)
        for name, what, plain, h2 in (
            (NGINX, files, ports[1], ports[0]),
            ("nginx before us", proxy, ports[3], ports[2]),
        ):
            with _nginx(folder / name.replace(" ", "-"), what, plain):
                rows[name] = _ask_all(plain, h2, root)
        with _caddy(folder, root, ports[4]):
            rows["Caddy, files"] = _ask_all(ports[4], ports[4], root)
        rows[OURS] = _ask_all(ours, ours, root)
    return rows


def _ask_all(plain: int, h2: int, root: Path) -> tuple[float, ...]:
    page, pack = f"{_LANGUAGE}/index.html", _pack(root)
    tag = _tag(plain, page)
    return (
        _wrk(plain, page, "Accept-Encoding: gzip"),
        _wrk(plain, page),
        _wrk(plain, pack),
        _wrk(plain, page, f"If-None-Match: {tag}"),
        _h2load(h2, page),
    )


def _pack(root: Path) -> str:
    """The pack whose length is nearest to 30 kB."""
    packs = (root / _LANGUAGE).glob("*.pack")
    return f"{_LANGUAGE}/{min(packs, key=lambda file: abs(file.stat().st_size - 30_000)).name}"


def _wrk(port: int, path: str, *headers: str) -> float:
    command = ["wrk", "-t1", "-c50", f"-d{_SECONDS}s", f"http://127.0.0.1:{port}/{path}"]
    said = subprocess.run(
        [*command, *(part for header in headers for part in ("-H", header))], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said and not any("None-Match" in header for header in headers):
        raise RuntimeError(f"{path} at port {port}: {said}")
    return float(re.findall(r"Requests/sec:\s+([0-9.]+)", said)[0])


def _h2load(port: int, path: str) -> float:
    command = ["h2load", "-t1", "-c50", "-m4", "-D", str(_SECONDS), f"http://127.0.0.1:{port}/{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if not re.search(r"status codes: [1-9][0-9]* 2xx, 0 3xx, 0 4xx, 0 5xx", said):
        raise RuntimeError(f"{path} at port {port}: {said}")
    return float(re.findall(r"([0-9.]+) req/s", said)[0])


def _tag(port: int, path: str) -> str:
    command = ["curl", "-sSI", f"http://127.0.0.1:{port}/{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return str(re.findall(r"(?im)^etag: *(\S+)", said)[0])


@contextmanager
def _nginx(folder: Path, what: str, port: int) -> Iterator[None]:
    folder.mkdir()
    settings = folder / "nginx.conf"
    settings.write_text(
        _NGINX.format(user="user root; " if os.geteuid() == 0 else "", folder=folder, what=what), "utf-8"
    )
    with _running([_binary("nginx"), "-p", str(folder), "-c", str(settings)], port):
        yield


@contextmanager
def _caddy(folder: Path, root: Path, port: int) -> Iterator[None]:
    settings = folder / "Caddyfile"
    settings.write_text(_CADDY.format(plain=port, root=root), "utf-8")
    with _running([_binary("caddy"), "run", "--config", str(settings), "--adapter", "caddyfile"], port):
        yield


def _binary(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed; on Debian: apt install nginx-light caddy wrk nghttp2-client curl")
    return found


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError as error:
                if time.monotonic() > until or process.poll() is not None:
                    raise RuntimeError(f"{command[0]} does not serve: {error}") from error
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
