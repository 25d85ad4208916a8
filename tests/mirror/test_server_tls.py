"""TLS: agreed protocols, renewed certificates, handshakes that never end."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from serving import FolderFiles, Running, quick, read_all, serving

from tamizdat.errors import UsageError
from tamizdat.mirror.http.tls import Tls, TlsFiles
from tamizdat.mirror.http.wire import TlsWire

PACK = bytes(range(256)) * 8_000
PAGE = b"<p>" + b"news " * 2_000


def make_certificate(files: TlsFiles, name="mirror") -> None:
    """A key and a certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    replace(files.key, key.private_bytes(pem, kind, serialization.NoEncryption()))
    replace(files.certificate, made.public_bytes(pem))


def replace(file, data: bytes) -> None:
    file.with_suffix(".new").write_bytes(data)
    file.with_suffix(".new").replace(file)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    files = TlsFiles(folder / "certificate.pem", folder / "key.pem")
    make_certificate(files)
    return files


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    files = FolderFiles(tmp_path_factory.mktemp("web"))
    files.put("index.html", b"front")
    files.put("en/page.html", PAGE)
    files.put("en/long.pack", PACK)
    return files


@pytest.fixture(scope="module")
def running(files, tls):
    with serving(files, limits=quick(), tls=tls) as server:
        yield server


def secure(running, tls, *protocols, **more) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=tls.certificate)
    if protocols:
        context.set_alpn_protocols(protocols)
    return context.wrap_socket(running.connect(**more), server_hostname="127.0.0.1")


def test_http1_over_tls(running, tls):
    with urllib3.PoolManager(ca_certs=str(tls.certificate)) as pool:
        for path, data in (("", b"front"), ("en/page.html", PAGE), ("en/long.pack", PACK)):
            answer = pool.request("GET", f"https://127.0.0.1:{running.port}/{path}")
            assert (answer.status, answer.data) == (200, data)


def test_whole_and_ended_well(running, tls):
    """A client that minds truncation finds none."""
    with secure(running, tls) as sock:
        sock.sendall(b"GET /en/long.pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(sock).endswith(PACK)


def test_pipelined_requests_that_came_in_one_record(running, tls):
    """What OpenSSL has deciphered is not forgotten, though the socket shows nothing of it."""
    with secure(running, tls) as sock:
        sock.sendall(
            b"GET /en/long.pack HTTP/1.1\r\nHost: x\r\n\r\n" * 5
            + b"GET / HTTP/1.0\r\nX: "
            + b"y" * 11_000
            + b"\r\n\r\n"
        )
        received = read_all(sock)
    assert received.count(b"HTTP/1.1 200 ") == 6
    assert received.endswith(b"front")


@pytest.mark.parametrize(("offered", "agreed"), [(("h2", "http/1.1"), "h2"), (("http/1.1",), "http/1.1"), ((), None)])
def test_protocols_are_agreed_on(running, tls, offered, agreed):
    with secure(running, tls, *offered) as sock:
        assert sock.selected_alpn_protocol() == agreed
        assert sock.version() == "TLSv1.3"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_curl(running, tls, tmp_path, option, version):
    command = [
        "curl",
        "-sS",
        option,
        "--cacert",
        str(tls.certificate),
        "-o",
        str(tmp_path / "got"),
        "-w",
        "%{http_version}",
    ]
    found = subprocess.run(
        [*command, f"https://127.0.0.1:{running.port}/en/long.pack"], capture_output=True, check=True
    )
    assert found.stdout.decode() == version
    assert (tmp_path / "got").read_bytes() == PACK


def test_nobody_is_known_again(running, tls):
    """Neither by a ticket nor, under TLS 1.2 and after the next sweep, by the name of a session."""
    context = ssl.create_default_context(cafile=tls.certificate)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context.maximum_version = version
        session = None
        for _ in range(2):
            used = running.ask(lambda server: server._tls._context)
            with context.wrap_socket(running.connect(), server_hostname="127.0.0.1", session=session) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                read_all(sock)
                assert not sock.session_reused
                assert sock.session is None or not sock.session.has_ticket
                session = sock.session
            running.until(lambda server, used=used: server._tls._context is not used)


def test_handshakes_that_never_end_are_ended(files, tls):
    with serving(files, limits=quick(head_seconds=0.3, idle_seconds=99), tls=tls) as running:
        silent, begun = running.connect(), running.connect()
        begun.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        running.until(lambda server: server.connections == 2)
        running.until(lambda server: server.connections == 0)
        silent.close()
        begun.close()


def test_what_is_no_tls_ends_the_connection(running):
    for garbage in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff" + os.urandom(5_000), b"\0" * 1_000):
        with running.connect() as sock:
            try:
                sock.sendall(garbage)
                received = read_all(sock)
            except ConnectionError:
                received = b""
            assert b"HTTP" not in received
    with running.connect():  # and one that goes at once
        pass
    assert running.ask(lambda server: server.faults) == 0


def test_garbage_after_the_handshake_ends_the_connection(running, tls):
    with secure(running, tls) as sock:
        sock.sendall(b"GET / HTT")
        raw = socket.socket(fileno=os.dup(sock.fileno()))
        raw.settimeout(20)
        raw.sendall(b"\x17\x03\x03\x00\x20" + os.urandom(32))
        try:
            while raw.recv(1_000):
                pass
        except ConnectionError:
            pass
        raw.close()
    assert running.ask(lambda server: server.faults) == 0


def test_slow_takers_of_tls_get_the_right_bytes(files, tls):
    with serving(files, limits=quick(), tls=tls) as running, secure(running, tls, receive_buffer=4_096) as sock:
        sock.sendall(b"GET /en/long.pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = bytearray()
        while part := sock.recv(3_000):
            received += part
        assert received.endswith(PACK)


def test_tls_with_a_cap_gives_the_right_bytes(files, tls):
    capped = serving(files, limits=quick(), tls=tls, bytes_per_second=5_000_000)
    with capped as running, secure(running, tls, receive_buffer=4_096) as sock:
        sock.sendall(b"GET /en/long.pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(sock).endswith(PACK)


def test_a_record_that_was_not_taken_is_tried_again_as_it_was(tls):
    """OpenSSL refuses to go on with another; under a cap the next try may be granted less."""
    here, there = socket.socketpair()
    here.setblocking(False)
    wire = TlsWire(here, Tls(tls).context())
    got = []

    def client():
        context = ssl.create_default_context(cafile=tls.certificate)
        with context.wrap_socket(there, server_hostname="127.0.0.1") as sock:
            drain.wait(20)
            while part := sock.recv(1 << 16):
                got.append(part)

    drain = threading.Event()
    reader = threading.Thread(target=client)
    reader.start()
    while isinstance(wire.handshake(), bool):
        pass
    data, sent = os.urandom(20_000), 0
    while taken := wire.send(data):
        sent += taken
    drain.set()
    while not (taken := wire.send(data[:100])):
        pass
    sent += taken
    assert taken == 16_384
    wire.end()
    reader.join(20)
    wire.close()
    assert b"".join(got) == data[:16_384] * (sent // 16_384)


def test_a_renewed_certificate_is_used_from_then_on(files, tmp_path):
    tls = TlsFiles(tmp_path / "certificate.pem", tmp_path / "key.pem")
    make_certificate(tls)
    with serving(files, limits=quick(), tls=tls) as running:
        context = ssl.create_default_context(cafile=tls.certificate)
        with context.wrap_socket(running.connect(), server_hostname="127.0.0.1") as old:
            make_certificate(tls, "renewed")
            running.until(lambda server: server._tls._seen == server._tls._look() and not server._tls._used)
            with secure(running, tls) as new:
                assert new.getpeercert()["subject"] == ((("commonName", "renewed"),),)
            old.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert read_all(old).endswith(b"front")
        replace(tls.key, b"broken")
        running.until(lambda server: server._tls._seen == server._tls._look())
        with secure(running, tls) as new:
            assert new.getpeercert()["subject"] == ((("commonName", "renewed"),),)


@pytest.mark.parametrize("broken", ["missing", "empty", "encrypted"])
def test_no_usable_certificate(files, tmp_path, broken):
    tls = TlsFiles(tmp_path / "certificate.pem", tmp_path / "key.pem")
    make_certificate(tls)
    if broken == "missing":
        tls.key.unlink()
    elif broken == "empty":
        tls.certificate.write_bytes(b"")
    else:
        key = serialization.load_pem_private_key(tls.key.read_bytes(), None)
        secret = serialization.BestAvailableEncryption(b"secret")
        tls.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret))
    with pytest.raises(UsageError, match="no usable certificate"):
        Running(files, tls=tls)


def test_only_so_many_costly_connections(files, tls):
    with serving(files, limits=quick(max_heavy_connections=20), tls=tls) as running:
        hostile = [running.connect() for _ in range(100)]
        client = http.client.HTTPSConnection(
            "127.0.0.1", running.port, timeout=20, context=ssl.create_default_context(cafile=tls.certificate)
        )
        client.request("GET", "/")
        assert client.getresponse().read() == b"front"
        assert running.ask(lambda server: server._house.heavy) <= 20
        client.close()
        for sock in hostile:
            sock.close()
