"""HTTP/2 over real sockets, with a client that is honest and others that are not."""

import shutil
import socket
import subprocess

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import FolderFiles, quick, serving

from tamizdat.mirror.http.frames import FloodError, FrameMeter
from tamizdat.mirror.http.limits import HTTP_LIMITS

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HASH = "5f" * 32
PAGE = b"<p>" + b"news " * 2_000
PACK = bytes(range(256)) * 4_000
FILES = {
    "index.html": b"front",
    "404.html": b"not here",
    "en/index.html": PAGE,
    "en/index.html.gz": b"packed",
    f"en/{HASH}.pack": PACK,
    "metadata/timestamp.json": b"{}",
}
CALM = 11


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    root = tmp_path_factory.mktemp("web")
    for path, data in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(data)
    return FolderFiles(root)


@pytest.fixture(scope="module")
def running(files):
    with serving(files, limits=quick()) as server:
        yield server


class Client:
    """One connection. ``answers`` by stream: the fields, then the body."""

    def __init__(self, sock: socket.socket, window: int | None = None) -> None:
        self.sock = sock
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        changed = {} if window is None else {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
        self.h2.local_settings = h2.settings.Settings(client=True, initial_values=changed)
        self.h2.initiate_connection()
        self.flush()
        self.answers: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.done: set[int] = set()
        self.reset: dict[int, int] = {}
        self.goaway: int | None = None
        self.closed = False
        self.ack = True

    def flush(self):
        self.sock.sendall(self.h2.data_to_send())

    def ask(self, path, method="GET", end=True, **fields) -> int:
        number = self.h2.get_next_available_stream_id()
        named = [(name.replace("_", "-"), value) for name, value in fields.items()]
        pseudo = [(":method", method), (":path", path), (":scheme", "http"), (":authority", "mirror")]
        self.h2.send_headers(number, pseudo + named, end_stream=end)
        self.flush()
        return number

    def receive(self) -> None:
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
            return
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.answers[event.stream_id] = (dict(event.headers), bytearray())
            elif isinstance(event, h2.events.DataReceived):
                self.answers[event.stream_id][1].extend(event.data)
                if self.ack:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.done.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset[event.stream_id] = event.error_code
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goaway = event.error_code
        if not self.goaway:
            self.flush()

    def until(self, holds) -> None:
        while not holds():
            assert not self.closed
            self.receive()

    def get(self, path, method="GET", **fields):
        number = self.ask(path, method, **fields)
        self.until(lambda: number in self.done or number in self.reset)
        named, body = self.answers[number]
        return int(named[":status"]), named, bytes(body)


@pytest.fixture
def client(running):
    with running.connect() as sock:
        yield Client(sock)


def test_everything_is_served(client):
    for path, data in FILES.items():
        status, named, body = client.get(f"/{path}")
        assert (status, body, named["content-length"]) == (200, data, str(len(data))), path
    status, named, body = client.get("/en/", accept_encoding="gzip")
    assert (status, named["content-encoding"], body) == (200, "gzip", b"packed")
    assert named["content-security-policy"]
    assert client.get("/en/", "HEAD")[2] == b""
    assert client.get("/", "OPTIONS")[0] == 204
    assert client.get("/", "POST")[0] == 405
    assert client.get("/nowhere")[::2] == (404, b"not here")
    assert client.get("/%zz")[0] == 400
    assert client.get(f"/en/{HASH}.pack", range="bytes=70000-70009")[::2] == (206, PACK[70_000:70_010])
    tag = client.get("/")[1]["etag"]
    assert client.get("/", if_none_match=tag)[0] == 304


def test_many_streams_share_a_connection(client):
    numbers = [client.ask(f"/en/{HASH}.pack" if number % 2 else "/en/") for number in range(30)]
    client.until(lambda: client.done >= set(numbers))
    for position, number in enumerate(numbers):
        assert client.answers[number][1] == (PACK if position % 2 else PAGE)


def test_short_answers_do_not_wait_for_long_ones(running):
    with running.connect() as sock:
        client = Client(sock, window=1 << 20)
        client.h2.increment_flow_control_window(1 << 24)
        long = [client.ask(f"/en/{HASH}.pack") for _ in range(10)]
        short = client.ask("/")
        client.until(lambda: short in client.done)
        assert not client.done & set(long[1:])


@pytest.mark.parametrize("window", [1, 1_000])
def test_windows_are_respected(running, window):
    with running.connect() as sock:
        client = Client(sock, window=window)
        client.ack = False
        number = client.ask("/en/")
        client.until(lambda: number in client.answers and len(client.answers[number][1]) == window)
        other = client.ask("/nowhere", "HEAD")
        client.until(lambda: other in client.done)  # all that was sent before this has come
        assert len(client.answers[number][1]) == window
        client.h2.increment_flow_control_window(len(PAGE), number)
        client.flush()
        client.until(lambda: number in client.done)
        assert client.answers[number][1] == PAGE


def test_small_bodies_are_thrown_away_and_large_ones_refused(client):
    number = client.ask("/", "POST", end=False)
    client.h2.send_data(number, b"x" * 100, end_stream=True)
    client.flush()
    client.until(lambda: number in client.done)
    assert client.answers[number][0][":status"] == "405"
    number = client.ask("/", "POST", end=False)
    client.h2.send_data(number, b"x" * 10_000)
    client.flush()
    client.until(lambda: number in client.done)
    assert client.answers[number][0][":status"] == "413"
    client.until(lambda: number in client.reset)
    number = client.ask("/", "POST", end=False, content_length="99999999")
    client.until(lambda: number in client.reset)
    assert client.answers[number][0][":status"] == "413"
    assert client.get("/")[0] == 200


def test_waiting_for_news_is_for_streams_too(tmp_path):
    files = FolderFiles(tmp_path)
    files.put("metadata/timestamp.json", b"1")
    files.put("index.html", b"front")
    with serving(files, limits=quick(idle_seconds=0.2)) as running, running.connect() as sock:
        client = Client(sock)
        tag = client.get("/metadata/timestamp.json")[1]["etag"]
        number = client.ask("/metadata/timestamp.json", if_none_match=tag, prefer="wait=50")
        running.until(lambda server: server.waiting == 1)
        assert client.get("/")[2] == b"front"
        files.put("metadata/timestamp.json", b"2")
        running.server.news()
        client.until(lambda: number in client.done)
        named, body = client.answers[number]
        assert (named[":status"], named["preference-applied"], body) == ("200", "wait", b"2")
        number = client.ask("/metadata/timestamp.json", if_none_match=named["etag"], prefer="wait=50")
        running.until(lambda server: server.waiting == 1)
        client.h2.reset_stream(number)
        client.flush()
        running.until(lambda server: server.waiting == 0)


def test_after_many_requests_a_client_is_told_to_come_again(files):
    with serving(files, limits=quick(max_streams_per_connection=5)) as running, running.connect() as sock:
        client = Client(sock)
        for _ in range(4):
            assert client.get("/")[0] == 200
        last = client.ask("/en/")
        # The client of h2 gives up at GOAWAY, as its protocol does not say: look at the frames.
        received = b""
        while part := sock.recv(1 << 16):
            received += part
        assert PAGE[-1_000:] in received
        assert (last).to_bytes(4, "big") + b"\0\0\0\0" in received


def test_an_idle_connection_gets_a_farewell(files):
    with serving(files, limits=quick(idle_seconds=0.1)) as running, running.connect() as sock:
        client = Client(sock)
        client.until(lambda: client.goaway is not None)
        assert client.goaway == 0


def begin(sock) -> None:
    sock.sendall(PREFACE + SettingsFrame(0).serialize())


def ended(sock) -> bytes:
    """All that came until the connection ended."""
    received = b""
    try:
        while part := sock.recv(1 << 16):
            received += part
    except ConnectionError:
        pass
    return received


def send_much(sock, frame: bytes, count=5_000) -> bytes:
    begin(sock)
    try:
        for _ in range(count // 50):
            sock.sendall(frame * 50)
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    return ended(sock)


FLOODS = {
    "PING": PingFrame(0, b"12345678").serialize(),
    "SETTINGS": SettingsFrame(0, {4: 65_535}).serialize(),
    "empty SETTINGS": SettingsFrame(0).serialize(),
    "PRIORITY": PriorityFrame(1, depends_on=3, stream_weight=3).serialize(),
    "WINDOW_UPDATE": WindowUpdateFrame(0, 1).serialize(),
    "unknown": b"\0\0\0\xee\0\0\0\0\0",
}


@pytest.mark.parametrize("flood", FLOODS)
def test_floods_end_the_connection(running, flood):
    with running.connect() as sock:
        received = send_much(sock, FLOODS[flood])
    assert CALM.to_bytes(4, "big") in received[-20:] or received == b""
    assert running.ask(lambda server: server.faults) == 0


HEAD = bytes.fromhex("8286 8441 0178".replace(" ", ""))
"""GET / over http, :authority x, in HPACK's static table."""


def opened(number: int) -> bytes:
    return HeadersFrame(number, HEAD, flags=["END_HEADERS", "END_STREAM"]).serialize()


def test_rapid_reset_ends_the_connection(running):
    with running.connect() as sock:
        begin(sock)
        sent = 0
        try:
            for number in range(1, 20_001, 2):
                sock.sendall(opened(number) + RstStreamFrame(number, 8).serialize())
                sent += 1
        except OSError:
            pass
        received = ended(sock)
    assert CALM.to_bytes(4, "big") in received or sent < 10_000
    assert running.ask(lambda server: server.faults) == 0


def test_heads_without_end_end_the_connection(running):
    with running.connect() as sock:
        begin(sock)
        sent = HeadersFrame(1, HEAD).serialize()
        try:
            for _ in range(1_000):
                sock.sendall(sent)
                sent = ContinuationFrame(1, b"\0" * 1_000).serialize()
        except OSError:
            pass
        ended(sock)
    assert running.ask(lambda server: server.faults) == 0


def test_a_head_that_is_too_long_ends_the_connection_before_it_has_ended(running):
    with running.connect() as sock:
        begin(sock)
        parts = [ContinuationFrame(1, b"\0" * 1_000).serialize() for _ in range(17)]
        sock.sendall(HeadersFrame(1, HEAD).serialize() + b"".join(parts))
        assert CALM.to_bytes(4, "big") in ended(sock)[-20:]


def test_a_compressed_bomb_ends_the_connection(running):
    """One long field in the table, named over and over by a byte each."""
    block = HEAD + b"\x40\x01a\x7f\x81\x1e" + b"a" * 4_000 + b"\xbe" * 10_000
    with running.connect() as sock:
        begin(sock)
        sock.sendall(HeadersFrame(1, block[:16_000], flags=["END_HEADERS", "END_STREAM"]).serialize())
        assert b"HTTP" not in ended(sock)
    assert running.ask(lambda server: server.faults) == 0


def test_more_streams_than_allowed_end_the_connection(running):
    with running.connect() as sock:
        begin(sock)
        head = b"".join(HeadersFrame(number, HEAD, flags=["END_HEADERS"]).serialize() for number in range(1, 201, 2))
        sock.sendall(head)
        ended(sock)
    assert running.ask(lambda server: server.faults) == 0


def test_a_window_that_never_opens_is_slow(files):
    with serving(files, limits=quick(slow_window_seconds=0.2)) as running, running.connect() as sock:
        client = Client(sock, window=0)
        client.ask(f"/en/{HASH}.pack")
        while not client.closed:
            client.receive()
    assert client.goaway is None


def test_a_table_that_a_client_offers_is_not_filled(running):
    with running.connect() as sock:
        client = Client(sock)
        client.h2.update_settings({h2.settings.SettingCodes.HEADER_TABLE_SIZE: 1 << 30})
        client.flush()
        for path in FILES:
            assert client.get(f"/{path}")[0] == 200
        sizes = running.ask(lambda server: [guest._talk._engine.encoder.header_table_size for guest in guests(server)])
        assert max(sizes) <= 4_096


def guests(server):
    return [guest for guest in server._house.guests if hasattr(guest._talk, "_engine")]


def test_the_meter_counts_frames_however_they_are_cut():
    data = memoryview(
        b"".join((opened(1), PingFrame(0, b"12345678").serialize(), DataFrame(1, b"x" * 300).serialize()))
    )
    for size in (1, 3, 9, 1_000):
        meter = FrameMeter(HTTP_LIMITS, lambda: 0.0)
        for start in range(0, len(data), size):
            meter.count(data[start : start + size])
        assert meter._left == HTTP_LIMITS.max_chores - (1 + 8 / 256) - (1 + 300 / 256)
    with pytest.raises(FloodError):
        FrameMeter(HTTP_LIMITS, lambda: 0.0).count(memoryview(b"\xff\xff\xff\0\0\0\0\0\1"))


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_with_prior_knowledge(running):
    url = f"http://127.0.0.1:{running.port}/en/{HASH}.pack"
    found = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", url], capture_output=True, check=True)
    assert found.stdout == PACK


FRAMES = st.sampled_from(
    [
        *FLOODS.values(),
        *(opened(number) for number in (1, 3, 5, 2, 0x7FFFFFFF)),
        HeadersFrame(1, HEAD, flags=["END_HEADERS"]).serialize(),
        HeadersFrame(7, HEAD).serialize(),
        ContinuationFrame(7, b"", flags=["END_HEADERS"]).serialize(),
        DataFrame(1, b"x" * 5_000).serialize(),
        DataFrame(1, b"", flags=["END_STREAM"]).serialize(),
        RstStreamFrame(1, 8).serialize(),
        WindowUpdateFrame(1, 0x7FFFFFFF).serialize(),
        WindowUpdateFrame(3, 1).serialize(),
        SettingsFrame(0, {4: 0, 5: 16_384, 1: 0}).serialize(),
        SettingsFrame(0, {4: 0x7FFFFFFF}).serialize(),
        SettingsFrame(0, flags=["ACK"]).serialize(),
        b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\0\0\1\x05\4\0\0\0\1\x82",
    ]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(FRAMES, FRAMES, st.binary(max_size=20)), max_size=12))
def test_whatever_frames_come_the_connection_ends_well(running, frames):
    with running.connect() as sock:
        try:
            begin(sock)
            sock.sendall(b"".join(frames))
            sock.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        ended(sock)
    assert running.ask(lambda server: server.faults) == 0
