import contextlib
import gzip
import os
import re
import time
import zlib

import pytest
from http_answers import answer_with, plain

from tamizdat.carriers.http import HttpInbound
from tamizdat.errors import CarrierError, Failure, FormatError, MissingFileError
from tamizdat.limits import LIMITS
from tamizdat.net.meter import Meter

BLOB = os.urandom(300_000)


def test_a_static_web_server_gives_its_files(web_root, static_address):
    (web_root / "en").mkdir()
    (web_root / "en" / "a.pack").write_bytes(BLOB)
    carrier = HttpInbound(static_address, proxies={})
    assert carrier.fetch("en/a.pack", len(BLOB)) == BLOB
    with pytest.raises(MissingFileError, match=r"en/b\.pack"):
        carrier.fetch("en/b.pack", 10)
    with pytest.raises(FormatError) as caught:
        carrier.fetch("en/a.pack", len(BLOB) - 1)
    assert caught.value.failure is Failure.TOO_LARGE
    carrier.close()


def test_a_file_of_exactly_the_limit_and_an_empty_one_pass(web_root, static_address):
    (web_root / "full").write_bytes(b"x" * 100)
    (web_root / "empty").write_bytes(b"")
    carrier = HttpInbound(static_address, proxies={})
    assert carrier.fetch("full", 100) == b"x" * 100
    assert carrier.fetch("empty", 0) == b""
    carrier.close()


def test_every_reader_sends_the_same_bytes(script):
    server, carrier = script(answer_with(plain(b"hello")))
    carrier.fetch("en/head", 10)
    host = server.address.removeprefix("http://").rstrip("/")
    sent = [line.lower() for line in server.requests[0].decode().split("\r\n")]
    assert sent[0] == "get /en/head http/1.1"
    assert sorted(filter(None, sent[1:])) == [
        "accept-encoding: gzip",
        "accept: */*",
        f"host: {host}",
        "user-agent: mozilla/5.0",
    ]


def test_cookies_are_not_kept_and_connections_are(script):
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: id=1\r\nContent-Length: 2\r\n\r\nok"
    ports = set()

    def respond(connection, request, number):
        ports.add(connection.getpeername())
        connection.sendall(answer)

    server, carrier = script(respond)
    for _ in range(3):
        carrier.fetch("a", 10)
    assert b"cookie" not in b"".join(server.requests).lower()
    assert len(ports) == 1


def test_a_missing_file_does_not_cost_the_connection(script):
    ports = set()

    def respond(connection, request, number):
        ports.add(connection.getpeername())
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope")

    _, carrier = script(respond)
    for _ in range(2):
        with pytest.raises(MissingFileError):
            carrier.fetch("a", 10)
    assert len(ports) == 1


@pytest.mark.parametrize("status", [403, 404, 410])
def test_statuses_that_mean_no_such_file(script, status):
    _, carrier = script(answer_with(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status))
    with pytest.raises(MissingFileError):
        carrier.fetch("a", 10)


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 416, 429, 500, 503, 999])
def test_other_statuses_are_the_mirrors_fault(script, status):
    _, carrier = script(answer_with(b"HTTP/1.1 %d Odd\r\nContent-Length: 0\r\n\r\n" % status))
    with pytest.raises(CarrierError, match=str(status)) as caught:
        carrier.fetch("some/file", 10)
    assert not isinstance(caught.value, MissingFileError)
    assert carrier.name in str(caught.value)
    assert "some/file" in str(caught.value)


def _timed_refusal(carrier, match):
    began = time.monotonic()
    with pytest.raises(CarrierError, match=match):
        carrier.fetch("a", 1_000_000)
    return time.monotonic() - began


def _drip(prefix, piece):
    def respond(connection, request, number):
        connection.sendall(prefix)
        while True:
            connection.sendall(piece)
            time.sleep(0.05)  # the drip is the attack; it ends when the reader hangs up

    return respond


DRIPS = {
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "one endless header": (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"z"),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"z"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nz\r\n"),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("where", DRIPS)
def test_a_dripping_mirror_is_cut(script, where):
    server, carrier = script(_drip(*DRIPS[where]))
    # Every drip is under 1000 bytes a second, so it earns less than all of the time it takes.
    assert _timed_refusal(carrier, "slower than 1000 bytes a second") < 4
    assert len(server.requests) == 1


FLOODS = {
    "body": (b"HTTP/1.1 200 OK\r\n\r\n", b"z" * 65536, FormatError),
    "chunked body": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1000\r\n" + b"z" * 4096 + b"\r\n",
        FormatError,
    ),
    "chunk of one byte": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"0001;" + b"x" * 1000 + b"\r\nz\r\n",
        CarrierError,
    ),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000, CarrierError),
    "status line": (b"HTTP/1.1 200 ", b"O" * 65536, CarrierError),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, CarrierError),
    "chunk size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 65536, CarrierError),
    "trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        b"X: y\r\n" * 1000,
        CarrierError,
    ),
}


@pytest.mark.parametrize("where", FLOODS)
def test_an_endless_mirror_is_cut(script, where):
    prefix, piece, error = FLOODS[where]
    sent = 0

    def respond(connection, request, number):
        nonlocal sent
        connection.sendall(prefix)
        while True:
            connection.sendall(piece)
            sent += len(piece)

    _, carrier = script(respond, LIMITS)
    with pytest.raises(error):
        carrier.fetch("a", 100_000)
    carrier.close()
    # What the kernel had buffered counts as sent too.
    assert sent < 40_000_000


def test_a_mirror_that_falls_silent_is_cut(script):
    def respond(connection, request, number):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        connection.recv(1)

    server, carrier = script(respond)
    assert _timed_refusal(carrier, "slower than") < 4
    assert len(server.requests) == 1


def test_an_announced_length_over_the_limit_is_refused_unread(script):
    _, carrier = script(answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"))
    with pytest.raises(FormatError) as caught:
        carrier.fetch("a", 100)
    assert caught.value.failure is Failure.TOO_LARGE


def test_gzip_is_inflated(script):
    packed = gzip.compress(BLOB[:5000] * 10)
    header = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    _, carrier = script(answer_with(header + packed))
    assert carrier.fetch("a", 50_000) == BLOB[:5000] * 10


def test_a_gzip_bomb_stops_at_the_limit(script, monkeypatch):
    bomb = gzip.compress(bytes(50_000_000))
    header = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    inflated = []

    class Counting:
        def __init__(self, real):
            self._real = real

        def __getattr__(self, name):
            return getattr(self._real, name)

        def decompress(self, data, limit):
            out = self._real.decompress(data, limit)
            inflated.append(len(out))
            return out

    real = zlib.decompressobj
    monkeypatch.setattr("tamizdat.carriers.http_transfer.zlib.decompressobj", lambda bits: Counting(real(bits)))
    _, carrier = script(answer_with(header + bomb))
    with pytest.raises(FormatError) as caught:
        carrier.fetch("a", 1000)
    assert caught.value.failure is Failure.TOO_LARGE
    assert sum(inflated) == 1001


@pytest.mark.parametrize(
    "packed",
    [b"not gzip", gzip.compress(b"a") + b"rest", gzip.compress(b"a") + gzip.compress(b"b")],
    ids=["no gzip", "more behind it", "two members"],
)
def test_bad_gzip_is_the_mirrors_fault(script, packed):
    header = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    server, carrier = script(answer_with(header + packed))
    with pytest.raises(CarrierError, match="gzip"):
        carrier.fetch("a", 1000)
    assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"gzip, gzip", b"zstd"])
def test_compressions_that_were_not_asked_for_are_refused(script, encoding):
    _, carrier = script(answer_with(b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: 0\r\n\r\n" % encoding))
    with pytest.raises(CarrierError, match="not asked for"):
        carrier.fetch("a", 1000)


def _cutting_server(*, pieces, content=BLOB, headers=b'ETag: "one"\r\n', ranges=True, cut_every=70_000):
    """Sends ``cut_every`` bytes, then hangs up; continues where it is asked to if ``ranges``."""

    def respond(connection, request, number):
        asked = re.search(rb"\r\nRange: bytes=(\d+)-\r\n", request)
        start = int(asked[1]) if asked and ranges else 0
        size = cut_every if number <= pieces else len(content)
        if start:
            status = b"206 Partial Content\r\nContent-Range: bytes %d-%d/%d" % (
                start,
                len(content) - 1,
                len(content),
            )
        else:
            status = b"200 OK"
        connection.sendall(b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(content) - start))
        connection.sendall(content[start : start + size])
        raise OSError("hang up")

    return respond


def test_a_broken_transfer_goes_on_where_it_broke(script):
    server, carrier = script(_cutting_server(pieces=9))
    assert carrier.fetch("a", len(BLOB)) == BLOB
    # 300000 bytes in pieces of 70000, however often it breaks: each attempt moved on.
    assert len(server.requests) == 5
    assert b"Range: bytes=70000-\r\n" in server.requests[1]
    assert b'If-Range: "one"\r\n' in server.requests[1]


def test_a_broken_gzip_transfer_goes_on_too(script):
    packed = gzip.compress(BLOB)
    headers = b'ETag: "one"\r\nContent-Encoding: gzip\r\n'
    server, carrier = script(_cutting_server(pieces=9, content=packed, headers=headers))
    assert carrier.fetch("a", len(BLOB)) == BLOB
    assert len(server.requests) == 5


@pytest.mark.parametrize("headers", [b"", b'ETag: W/"weak"\r\n', b'ETag: W/"weak"\r\nLast-Modified: today\r\n'])
def test_without_a_strong_validator_it_starts_over(script, headers):
    server, carrier = script(_cutting_server(pieces=2, headers=headers))
    assert carrier.fetch("a", len(BLOB)) == BLOB
    assert len(server.requests) == 3
    assert b"Range" not in b"".join(server.requests)


def test_a_date_is_a_validator(script):
    server, carrier = script(_cutting_server(pieces=1, headers=b"Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT\r\n"))
    assert carrier.fetch("a", len(BLOB)) == BLOB
    assert b"If-Range: Sat, 01 Jan 2000 00:00:00 GMT\r\n" in server.requests[1]


def test_a_server_that_ignores_ranges_starts_over(script):
    server, carrier = script(_cutting_server(pieces=2, ranges=False))
    assert carrier.fetch("a", len(BLOB)) == BLOB
    assert len(server.requests) == 3


def test_a_mirror_that_always_breaks_is_given_up(script):
    server, carrier = script(_cutting_server(pieces=99, ranges=False))
    with pytest.raises(CarrierError, match=r"70000 bytes.*gave up after 3"):
        carrier.fetch("a", len(BLOB))
    assert len(server.requests) == 3


def test_a_mirror_that_continues_with_crumbs_is_given_up(script):
    server, carrier = script(_cutting_server(pieces=99_999, cut_every=10))
    with pytest.raises(CarrierError, match="gave up"):
        carrier.fetch("a", len(BLOB))
    assert len(server.requests) == 3


LYING_RANGES = [
    b"bytes 0-9/10",
    b"bytes 6-9/10",
    b"bytes 5-9/11",
    b"bytes 5-10/10",
    b"bytes 5-4/10",
    b"bytes */10",
    b"",
    b"bytes 5-9/" + b"9" * 400,
]


@pytest.mark.parametrize("lie", LYING_RANGES)
def test_a_lying_content_range_is_not_spliced(script, lie):
    def respond(connection, request, number):
        if b"Range" in request:
            connection.sendall(b"HTTP/1.1 206 Partial\r\nContent-Range: %s\r\nContent-Length: 5\r\n\r\nWRONG" % lie)
        elif number == 1:
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 10\r\n\r\n01234')
            raise OSError("hang up")
        else:
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 10\r\n\r\n0123456789')

    server, carrier = script(respond)
    assert carrier.fetch("a", 10) == b"0123456789"
    assert len(server.requests) == 3


def test_a_range_that_the_server_cannot_satisfy_starts_over(script):
    def respond(connection, request, number):
        if b"Range" in request:
            connection.sendall(b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n")
        elif number == 1:
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 10\r\n\r\n01234')
            raise OSError("hang up")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    _, carrier = script(respond)
    assert carrier.fetch("a", 10) == b"ok"


@pytest.mark.parametrize("length", [b"-5", b"5, 6", b"99999999999999999999", b"x"])
def test_absurd_lengths_never_crash(script, length):
    def respond(connection, request, number):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\nhello" % length)
        raise OSError("hang up")

    _, carrier = script(respond)
    with contextlib.suppress(CarrierError, FormatError):
        assert carrier.fetch("a", 1000) in {b"hello", b""}


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\xff" * 50 + b"\r\n\r\n", b"HTTP/9.9 200\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\r\n" * 9],
)
def test_garbage_is_the_mirrors_fault(script, garbage):
    def respond(connection, request, number):
        connection.sendall(garbage)
        raise OSError("hang up")

    _, carrier = script(respond)
    with pytest.raises(CarrierError):
        carrier.fetch("a", 1000)


def test_patience_is_the_read_timeout_and_what_the_bytes_earned():
    now = 100.0
    meter = Meter(10_000, LIMITS, clock=lambda: now)
    assert meter.patience() == LIMITS.read_timeout_seconds
    now += LIMITS.read_timeout_seconds
    with pytest.raises(TimeoutError):
        meter.patience()
    meter.count(64 * 5)
    assert meter.patience() == pytest.approx(5)
    now += 5
    with pytest.raises(TimeoutError):
        meter.patience()


def test_padding_earns_no_patience():
    now = 100.0
    meter = Meter(1000, LIMITS, clock=lambda: now)
    meter.count(100_000)
    now += LIMITS.read_timeout_seconds + (1000 + 8192) / LIMITS.min_bytes_per_second
    with pytest.raises(TimeoutError):
        meter.patience()
