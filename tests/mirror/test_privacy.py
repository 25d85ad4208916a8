"""No address, user agent or query is written or kept anywhere in our process: markers are planted and searched for.

What is searched: all that the process prints; every file that it can have written; every mapping that is backed by a
file or shared (libraries' own data, the database's memory, memfds); and, some moments after the last connection, the
rest of its memory, where only reused buffers may still hold what the very last requests said.
"""

import base64
import http.client
import json
import os
import random
import re
import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events
import pytest
from chaos_kit import PATIENCE, LiveRoom, Process

from tamizdat.mirror.http.tls import TlsFiles

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks into a process as Linux shows it"),
]

REQUESTS = int(os.environ.get("TAMIZDAT_PRIVACY_REQUESTS", "3000"))
CLIENTS = 8
NETWORK = (127, 83, 91)
"""Clients come from addresses here: nobody else does, so their bytes stand for nothing else."""
FEW = 40
"""Of tens of thousands of markers, so many may be left in buffers that are used again: what was said last."""
OVERWRITING = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_PERTURB_": "165",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}
"""Memory that is given back is overwritten at once. So what is found then is kept, and not just not erased yet."""
KNOWN = {"www", "incoming", "trust", "lock", "register.sqlite", "register.sqlite-wal", "status.json", "totals.json"}


class Planter:
    """Makes markers that occur nowhere else, and remembers them."""

    def __init__(self):
        self._random = random.Random()
        self._lock = threading.Lock()
        self.markers = []

    def __call__(self):
        marker = f"mk{self._random.randbytes(9).hex()}"
        with self._lock:
            self.markers.append(marker)
        return marker


def address(number):
    return ".".join(map(str, (*NETWORK, number)))


def connect(process, number, name=None):
    """A connection from an address of its own; with TLS, asking for ``name``."""
    place = urlsplit(process.address)
    sock = socket.create_connection((place.hostname, place.port), PATIENCE, source_address=(address(number), 0))
    if name is None:
        return sock
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"] if number % 2 else ["http/1.1"])
    return context.wrap_socket(sock, server_hostname=f"{name}.example")


def fields(plant):
    """What a browser, a proxy or a bad extension may say of a reader."""
    return {
        "user-agent": f"Browser/{plant()}",
        "referer": f"https://example.org/{plant()}?from={plant()}",
        "cookie": f"id={plant()}",
        "x-forwarded-for": f"10.9.8.7, {plant()}",
        "authorization": "Basic " + base64.b64encode(f"reader:{plant()}".encode()).decode(),
        "accept-language": f"en, {plant()}",
        f"x-{plant()}": "named so",
        "if-none-match": f'"{plant()}"',
        "range": "bytes=0-9",
    }


def target(plant, paths, number):
    kinds = (
        f"/{paths[number % len(paths)]}?q={plant()}",
        f"/{paths[number % len(paths)]}",
        f"/en/{plant()}.html",
        f"/{plant()}/{plant()}?{plant()}#{plant()}",
    )
    return kinds[number % len(kinds)]


def speak_http1(sock, plant, paths, count):
    for number in range(count):
        body = plant().encode() if number % 10 == 9 else b""
        method = "POST" if body else random.choice(["GET", "HEAD", "GET"])
        lines = [f"{method} {target(plant, paths, number)} HTTP/1.1", f"host: {plant()}.example"]
        lines += [f"{name}: {value}" for name, value in fields(plant).items()]
        lines += [f"content-length: {len(body)}"] if body else []
        sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = http.client.HTTPResponse(sock, method=method)
        answer.begin()
        answer.read()
        if answer.will_close:
            return number + 1
    return count


def speak_http2(sock, plant, paths, count):
    talk = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    talk.initiate_connection()
    for number in range(count):
        stream = talk.get_next_available_stream_id()
        head = [
            (":method", "GET"),
            (":scheme", "http"),
            (":authority", f"{plant()}.example"),
            (":path", target(plant, paths, number).partition("#")[0]),
        ]
        talk.send_headers(stream, [*head, *fields(plant).items()], end_stream=True)
        sock.sendall(talk.data_to_send())
        if not _await_end(sock, talk, stream):
            return number + 1
    return count


def _await_end(sock, talk, stream):
    while True:
        data = sock.recv(1 << 16)
        if not data:
            return False
        for event in talk.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                talk.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if isinstance(event, h2.events.ConnectionTerminated):
                return False
            if isinstance(event, h2.events.StreamEnded | h2.events.StreamReset) and event.stream_id == stream:
                sock.sendall(talk.data_to_send())
                return True
        sock.sendall(talk.data_to_send())


def nonsense(process, plant, tls):
    """Requests that are refused, each in its own way."""
    lines = (
        "{} / HTTP/1.1\r\n\r\n",
        "GET /{} HTTP/9.9\r\n\r\n",
        "GET /\x01{} HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nbad field {}\r\n\r\n",
        "GET /" + "{}/" * 40 + "a" * 3000 + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\nx: {}" + "a" * 20_000 + "\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{}{}{}",
        "{}",
    )
    for number, line in enumerate(lines):
        with connect(process, 200 + 2 * (number % 20), plant() if tls else None) as sock:
            try:
                sock.sendall(re.sub(r"\{\}", lambda _: plant(), line).encode())
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 16):
                    pass
            except OSError:
                continue


def load(process, plant, paths, tls):
    """Thousands of requests over both protocols, from many addresses."""
    faults = []

    def work(client):
        left = REQUESTS // CLIENTS
        try:
            while left > 0:
                with connect(process, 1 + client, plant() if tls else None) as sock:
                    speak = speak_http2 if client % 2 == 0 else speak_http1
                    left -= speak(sock, plant, paths, min(left, 60))
        except Exception as error:
            faults.append(error)
            raise

    threads = [threading.Thread(target=work, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    nonsense(process, plant, tls)


# --- Searching ----------------------------------------------------------------------------------------------------


class Search:
    """Finds markers and addresses in bytes: addresses as text, or as the four bytes of several of them."""

    def __init__(self, markers):
        self._markers = {marker.encode() for marker in markers}
        text = re.escape(".".join(map(str, NETWORK)).encode())
        self._pattern = re.compile(rb"mk[0-9a-f]{18}|" + text + rb"\.[0-9]+")
        self._packed = re.compile(re.escape(bytes(NETWORK)) + rb"[\x01-\xf0]")

    def __call__(self, data):
        found = {hit for hit in self._pattern.findall(data) if hit in self._markers or hit.startswith(b"127.")}
        found |= {hit for hit in self._decoded(data) if hit in self._markers}
        packed = set(self._packed.findall(data))
        # In megabytes of anything one of them stands by chance.
        return found | packed if len(packed) > 3 else found

    @staticmethod
    def _decoded(data):
        """Markers that were kept as somebody sent them in Basic authentication."""
        for text in re.findall(rb"cmVhZGVyOm1r[A-Za-z0-9+/=]{20,}", data):
            yield base64.b64decode(text[: len(text) // 4 * 4]).partition(b":")[2]


def files_below(folder):
    for path in Path(folder).rglob("*"):
        if path.is_file():
            yield path


def found_on_disk(search, *folders):
    found = {}
    for folder in folders:
        for path in files_below(folder):
            if hits := search(path.read_bytes()) | search(str(path).encode()):
                found[str(path)] = hits
    return found


def mappings(pid):
    """Range, permissions and name of every mapping."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, permissions, _, _, inode, *name = line.split(maxsplit=5)
        first, last = (int(part, 16) for part in span.split("-"))
        yield first, last, permissions, inode, name[0] if name else ""


def found_in_memory(search, pid, wanted):
    found = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for first, last, permissions, inode, name in mappings(pid):
            backed = inode != "0" or permissions.endswith("s")
            if (
                "r" not in permissions
                or name in {"[vvar]", "[vsyscall]", "[vvar_vclock]"}
                or not wanted(backed, permissions)
            ):
                continue
            try:
                memory.seek(first)
                data = b"".join(iter(lambda m=memory, end=last: m.read(min(1 << 20, end - m.tell())), b""))
            except OSError:
                continue
            if hits := search(data):
                found.setdefault(name or "heap", set()).update(hits)
    return found


def in_backed_memory(search, pid):
    return found_in_memory(search, pid, lambda backed, permissions: backed and "w" in permissions)


def in_the_rest_of_memory(search, pid):
    found = found_in_memory(search, pid, lambda backed, permissions: not backed and "w" in permissions)
    return set().union(*found.values()) if found else set()


def open_files(pid):
    """Names of all files that it has open, but for sockets that lead nowhere on this machine."""
    paths = {line.split()[6]: line.split()[7] for line in _unix_sockets() if len(line.split()) > 7}
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            name = str(entry.readlink())
        except FileNotFoundError:
            continue
        kind, _, inode = name.partition(":[")
        if kind == "socket":
            name = paths.get(inode.rstrip("]"), "")
        if name and kind not in {"pipe", "anon_inode"} and not name.startswith("anon_inode:"):
            yield name


def _unix_sockets():
    return Path("/proc/net/unix").read_text().splitlines()[1:]


@pytest.fixture(params=["plain", "tls"])
def tls(request, tmp_path):
    if request.param == "plain":
        return None
    from test_server_tls import make_certificate  # noqa: PLC0415 - only where it is needed

    made = TlsFiles(tmp_path / "certificate.pem", tmp_path / "key.pem")
    make_certificate(made)
    return made


def test_nothing_about_who_reads_or_what_is_written_or_kept(tmp_path, tls):
    room = LiveRoom(tmp_path / "news")
    own = tmp_path / "own"
    own.mkdir()
    process = Process(
        tmp_path / "mirror",
        room.fingerprint,
        room.mirror,
        options=("--tls-cert", str(tls.certificate), "--tls-key", str(tls.key)) if tls else (),
        environment=OVERWRITING
        | {"TMPDIR": str(own), "HOME": str(own), "XDG_CACHE_HOME": str(own), "SQLITE_TMPDIR": str(own)},
    )
    plant = Planter()
    try:
        process.start()
        process.await_said("holding editions")
        load(process, plant, sorted(room.pages), tls)
        search = Search(plant.markers)
        assert len(plant.markers) > REQUESTS
        looked = (process.folder, own)
        assert found_on_disk(search, *looked) == {}
        assert search("\n".join(process.said).encode()) == set()
        assert in_backed_memory(search, process.pid) == {}
        ours = (str(process.folder), "/dev/null", "/dev/pts")
        strange = [name for name in open_files(process.pid) if not name.startswith(ours)]
        assert strange == []
        assert_few_are_left(search, process, plant)
    finally:
        process.end()
    assert found_on_disk(search, *looked) == {}
    assert search("\n".join(process.said).encode()) == set()
    assert_totals_are_coarse(process.folder)


def assert_few_are_left(search, process, plant):
    """The connections are closed; what they said is given back within seconds."""
    until = time.monotonic() + 30
    left = in_the_rest_of_memory(search, process.pid)
    while len(left) > FEW and time.monotonic() < until:
        threading.Event().wait(0.2)
        left = in_the_rest_of_memory(search, process.pid)
    last = {marker.encode() for marker in plant.markers[-2_000:]}
    print(f"{len(plant.markers)} markers; left in memory: {len(left)}, {len(left & last)} of them of the last 2,000")
    assert len(left) <= FEW
    assert {hit for hit in left if not hit.startswith(b"mk")} == set()


def assert_totals_are_coarse(folder):
    """Days and languages, numbers of one significant digit, and not even the file's own time says more."""
    assert {path.name for path in folder.iterdir()} <= KNOWN
    file = folder / "totals.json"
    text = file.read_text("utf-8")
    days = json.loads(text)["days"]
    assert days
    for day, languages in days.items():
        datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        assert languages.keys() <= {"", "en", "ru"}
        for counts in languages.values():
            assert all(re.fullmatch("[125]0*", str(count)) for count in counts)
    assert not re.search("[0-9]:[0-9]", text)
    assert file.stat().st_mtime % 86_400 == 0
