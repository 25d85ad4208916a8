"""Thousands of slow or hostile connections, and one who only wants to read."""

import resource
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from serving import FolderFiles, quick, read_all, serving, talk

from tamizdat.mirror.http.bandwidth import Bandwidth
from tamizdat.mirror.http.connection import Phase
from tamizdat.mirror.http.listening import read_address
from tamizdat.mirror.http.server import Server

PAGE = b"<p>" + b"news " * 2_000
PACK = bytes(range(256)) * 20_000


@pytest.fixture
def files(tmp_path):
    files = FolderFiles(tmp_path)
    files.put("index.html", b"front")
    files.put("en/page.html", PAGE)
    files.put("en/long.pack", PACK)
    return files


def asked(path: str, *fields: str) -> bytes:
    return "\r\n".join((f"GET /{path} HTTP/1.1", "Host: x", *fields, "", "")).encode()


def serves(running) -> bool:
    return talk(running, asked("index.html")).endswith(b"front")


def until_closed(sock) -> bytes:
    try:
        return read_all(sock)
    except ConnectionError:
        return b""


# --- Slow ones ----------------------------------------------------------------------------------------------------


def test_a_head_that_takes_too_long_is_told_so(files):
    with serving(files, limits=quick(head_seconds=0.3)) as running, running.connect() as sock:
        stop = threading.Event()

        def drip():
            for byte in asked("index.html", *(f"X-{number}: y" for number in range(90))):
                if stop.wait(0.01):
                    return
                try:
                    sock.sendall(bytes([byte]))
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        began = time.monotonic()
        dripping.start()
        received = until_closed(sock)
        assert 0.25 < time.monotonic() - began < 3
        stop.set()
        dripping.join()
        assert received == b"" or received.startswith(b"HTTP/1.1 408 ")


def test_a_body_that_takes_too_long_is_no_different(files):
    with serving(files, limits=quick(head_seconds=0.2)) as running, running.connect() as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx")
        assert until_closed(sock).startswith(b"HTTP/1.1 408 ")


def test_who_says_nothing_is_let_go(files):
    with serving(files, limits=quick(idle_seconds=0.2)) as running:
        silent, content = running.connect(), running.connect()
        content.sendall(asked("index.html"))
        assert content.recv(1 << 16).endswith(b"front")
        assert until_closed(content) == b""
        assert until_closed(silent) == b""
        silent.close()
        content.close()


def test_half_a_preface_is_half_a_head(files):
    with serving(files, limits=quick(head_seconds=0.2)) as running, running.connect() as sock:
        sock.sendall(b"PRI * HT")
        assert until_closed(sock) == b""


def test_who_takes_nothing_is_dropped(files):
    with serving(files, limits=quick(slow_window_seconds=0.3)) as running:
        with running.connect(receive_buffer=4_096) as sock:
            sock.sendall(asked("en/long.pack"))
            running.until(lambda server: server.connections == 1)
            running.until(lambda server: server.connections == 0)
        assert serves(running)


def test_what_the_kernel_holds_was_not_taken(files):
    with serving(files) as running, running.connect(receive_buffer=4_096) as sock:
        sock.sendall(asked("en/long.pack"))
        running.until(lambda server: any(guest.phase is Phase.TAKING for guest in server._house.guests))
        received = sock.recv(1_000, socket.MSG_WAITALL)

        def counted(server):
            (guest,) = server._house.guests
            return guest.sent, guest._taken()

        sent, taken = running.ask(counted)
        assert len(received) <= taken < sent
        assert taken < 20_000 < sent


def test_who_takes_a_little_all_the_time_is_dropped_too(files):
    limits = quick(slow_window_seconds=0.3, min_bytes_per_second=1_000_000, unsent_bytes=16_384)
    with serving(files, limits=limits) as running, running.connect(receive_buffer=4_096) as sock:
        sock.sendall(asked("en/long.pack"))
        received, began = 0, time.monotonic()
        try:
            while part := sock.recv(1_000):
                received += len(part)
                threading.Event().wait(0.02)
        except ConnectionError:
            pass
        assert received < len(PACK)
        assert time.monotonic() - began < 10


def test_who_takes_enough_gets_everything(files):
    """Over several windows, at about 2 MB/s where 200,000 bytes are asked."""
    limits = quick(slow_window_seconds=0.3, min_bytes_per_second=200_000)
    with serving(files, limits=limits) as running, running.connect(receive_buffer=16_384) as sock:
        sock.sendall(asked("en/long.pack", "Connection: close"))
        received, began = bytearray(), time.monotonic()
        while part := sock.recv(20_000):
            received += part
            threading.Event().wait(0.005)
        assert received.endswith(PACK)
        assert time.monotonic() - began > 0.6


def test_resets_and_vanished_clients_leave_nothing_behind(files):
    with serving(files) as running:
        for path in ("en/long.pack", "index.html"):
            for _ in range(20):
                sock = running.connect(receive_buffer=4_096)
                sock.sendall(asked(path) * 3)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
        running.until(lambda server: server.connections == 0)
        assert running.ask(lambda server: [opened.users for opened in server._house.bodies._open.values()]) in ([], [0])
        assert serves(running)


# --- Many ---------------------------------------------------------------------------------------------------------


def test_new_readers_are_served_however_many_sit_there(files):
    limits = quick(max_connections=50)
    with serving(files, limits=limits) as running:
        hostile = []
        for number in range(300):
            hostile.append(running.connect())
            if number % 3 == 1:
                hostile[-1].sendall(b"GET / HT")
            if number % 3 == 2:
                hostile[-1].sendall(asked("index.html"))
        assert serves(running)
        assert running.ask(lambda server: server.connections) <= 50
        for sock in hostile:
            sock.close()


def test_the_slowest_takers_go_first_when_all_take(files):
    with serving(files, limits=quick(max_connections=10, idle_seconds=99)) as running:
        hostile = [running.connect(receive_buffer=4_096) for _ in range(10)]
        for sock in hostile:
            sock.sendall(asked("en/long.pack"))
        running.until(lambda server: sum(guest.busy for guest in server._house.guests) == 10)
        assert serves(running)
        for sock in hostile:
            sock.close()


def test_who_waits_or_reads_is_kept_while_idle_ones_go(files):
    files.put("metadata/timestamp.json", b"1")
    with serving(files, limits=quick(max_connections=20)) as running:
        tag = talk(running, asked("metadata/timestamp.json")).split(b"ETag: ")[1].split(b"\r\n")[0].decode()
        with running.connect() as patient, running.connect(receive_buffer=4_096) as reading:
            patient.sendall(
                asked("metadata/timestamp.json", f"If-None-Match: {tag}", "Prefer: wait=60", "Connection: close")
            )
            running.until(lambda server: server.waiting == 1)
            reading.sendall(asked("en/long.pack", "Connection: close"))
            received = bytearray(reading.recv(1_000))
            idle = [running.connect() for _ in range(200)]
            running.until(lambda server: server.connections <= 20)
            files.put("metadata/timestamp.json", b"2")
            running.server.news()
            assert read_all(patient).endswith(b"\r\n\r\n2")
            received += read_all(reading)
            assert received.endswith(PACK)
            for sock in idle:
                sock.close()


MANY = """
import resource, select, socket, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
port, count, request = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode().decode("unicode_escape").encode()
socks = []
for number in range(count):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.sendall(request.replace(b"NUMBER", b"%d" % (number % 200)))
    socks.append(sock)
print("ready", flush=True)
sys.stdin.read()
"""
SERVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from serving import FolderFiles, Running
running = Running(FolderFiles(Path(sys.argv[2])))
print(running.port, flush=True)
for line in sys.stdin:
    print(running.ask(lambda server: (server.connections, server.faults)), flush=True)
running.end()
"""


def resident_bytes(process) -> int:
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) * 1024


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_text",
    [
        "GET /",
        "GET /en/long.pack HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n",
        "GET /en/NUMBER.html HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" * 60,
    ],
    ids=["heads", "long", "pipelined"],
)
def test_five_thousand_slow_connections_cost_little_memory(files, tmp_path, request_text):
    many = 5_000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < many * 3 // 2:
        pytest.skip("the system allows too few open files")
    for number in range(200):
        (tmp_path / f"en/{number}.html").write_bytes(bytes([number]) * 60_000)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(Path(__file__).parent), str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    port = server.stdout.readline().strip()
    hostile = subprocess.Popen(
        [sys.executable, "-c", MANY, port, str(many), request_text],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert hostile.stdout.readline() == "ready\n"
        with socket.create_connection(("127.0.0.1", int(port)), 20) as sock:
            sock.sendall(asked("index.html", "Connection: close"))
            assert read_all(sock).endswith(b"front")
        server.stdin.write("?\n")
        server.stdin.flush()
        assert server.stdout.readline() == f"({many}, 0)\n"
        assert resident_bytes(server) < 150_000_000
    finally:
        for process in (hostile, server):
            process.communicate("")


# --- Bandwidth ----------------------------------------------------------------------------------------------------


def test_all_together_send_no_more_than_the_cap(files):
    with serving(files, bytes_per_second=4_000_000) as running:
        received = []

        def take():
            with running.connect() as sock:
                sock.sendall(asked("en/long.pack", "Connection: close"))
                received.append(len(read_all(sock)))

        began = time.monotonic()
        takers = [threading.Thread(target=take) for _ in range(2)]
        for taker in takers:
            taker.start()
        # Meanwhile pages are served ahead.
        for _ in range(20):
            page_began = time.monotonic()
            assert talk(running, asked("en/page.html")).endswith(PAGE)
            assert time.monotonic() - page_began < 0.5
        for taker in takers:
            taker.join()
        spent = time.monotonic() - began
        sent = sum(received) + 20 * len(PAGE)
        assert min(received) > len(PACK)
        assert spent > (sent - 1_000_000) / 4_000_000 * 0.95
        assert spent < sent / 4_000_000 * 2 + 1


def test_a_capped_server_does_not_call_its_clients_slow(files):
    limits = quick(slow_window_seconds=0.1, min_bytes_per_second=10_000_000)
    with serving(files, limits=limits, bytes_per_second=10_000_000) as running:
        assert talk(running, asked("en/long.pack")).endswith(PACK)


class Loop:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_later(self, delay, work):
        self.timers.append((self.now + delay, work))
        return self

    def cancel(self):
        pass

    def run(self, seconds):
        end = self.now + seconds
        while self.timers and min(self.timers, key=lambda timer: timer[0])[0] <= end:
            at, work = self.timers.pop(self.timers.index(min(self.timers, key=lambda timer: timer[0])))
            self.now = at
            work()
        self.now = end


@pytest.mark.parametrize("rate", [500, 10_000, 1_000_000])
def test_the_bucket_is_fair_and_exact(rate):
    loop = Loop()
    bandwidth = Bandwidth(rate, 65_536, loop)
    got = {"a": 0, "b": 0}

    def greedy(name):
        def again():
            granted = bandwidth.grant(1 << 20, short=False)
            got[name] += granted
            bandwidth.queue(again, short=False)

        return again

    for name in got:
        greedy(name)()
    loop.run(60)
    assert 0.95 * 60 * rate <= sum(got.values()) <= 60.5 * rate
    assert abs(got["a"] - got["b"]) <= max(65_536, rate / 2)
    # Everything goes to long answers, and still a short one is granted at once and whole, until the credit is used up.
    assert [bandwidth.grant(rate // 2, short=True) for _ in range(5)] == [rate // 2] * 3 + [0, 0]
    later = []
    bandwidth.queue(lambda: later.append(loop.now), short=True)
    asked_at = loop.now
    loop.run(5)
    assert later
    assert later[0] - asked_at < 1.1
    # What was not sent can be granted again.
    bandwidth.close()
    loop.run(100)
    while granted := bandwidth.grant(rate, short=False):
        last = granted
    bandwidth.pay(last)
    assert last <= bandwidth.grant(rate, short=False) < last + 4_096


# --- Addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("[::1]:8000", "[::1]:8000"),
        (":8000", ":8000"),
        ("localhost:0", "localhost:0"),
        ("unix:/run/mirror.socket", "unix:/run/mirror.socket"),
    ],
)
def test_addresses_are_read(text, shown):
    assert str(read_address(text)) == shown


def test_everywhere_is_everywhere(files):
    with serving(files, listen=(":0",)) as running:
        assert len({address.port for address in running.server.addresses}) == 1
        assert serves(running)
        if socket.has_ipv6 and len(running.server.addresses) == 2:
            with socket.create_connection(("::1", running.port), 20) as sock:
                sock.sendall(asked("index.html", "Connection: close"))
                assert read_all(sock).endswith(b"front")


def test_a_server_may_have_many_addresses(files, tmp_path):
    (tmp_path / "stale.socket").touch()
    (tmp_path / "stale.socket").unlink()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "stale.socket"))
    with serving(files, listen=("127.0.0.1:0", "127.0.0.1:0", f"unix:{tmp_path}/stale.socket")) as running:
        assert len(running.server.addresses) == 3
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"{tmp_path}/stale.socket")
            sock.sendall(asked("index.html", "Connection: close"))
            assert read_all(sock).endswith(b"front")


def test_the_process_may_have_as_many_files_open_as_the_system_lets_it(files):
    with serving(files):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == hard


def test_select_is_not_what_it_waits_with(files):
    """Descriptors beyond 1,023 work."""
    spare = [socket.socket() for _ in range(1_100)]
    try:
        with serving(files) as running:
            assert serves(running)
            with pytest.raises(ValueError, match="range"):
                select.select([spare[-1]], [], [], 0)
    finally:
        for sock in spare:
            sock.close()


def test_it_can_be_closed_before_it_has_begun(files):
    import asyncio  # noqa: PLC0415 - only here

    asyncio.run(Server(files, ["127.0.0.1:0"]).close())
