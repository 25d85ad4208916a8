"""Nothing that a reader's client says of itself is written anywhere, whatever becomes of the request."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from serving import read_all

from tamizdat.mirror.http.request import WANTED

MARK = "planted-marker"
SERVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from serving import FolderFiles
from tamizdat.mirror.http.server import Server
from tamizdat.mirror.totals import Totals
import asyncio

async def main():
    server = Server(FolderFiles(Path("web")), ["127.0.0.1:0"], totals=Totals(Path("totals.json")))
    await server.start()
    print(server.addresses[0].port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    # An error of our own, in the middle of a request.
    server._house.catalogue.choose = None
    print("broken", flush=True)
    while not server.faults:
        await asyncio.sleep(0.01)
    await server.close()

asyncio.run(main(), debug=True)
"""
REQUESTS = (
    f"GET /?{MARK} HTTP/1.1\r\nHost: {MARK}\r\nUser-Agent: {MARK}\r\nCookie: {MARK}\r\nReferer: {MARK}\r\n\r\n",
    f"GET /{MARK} HTTP/1.1\r\nHost: x\r\n\r\n",
    f"GET /%{MARK} HTTP/1.1\r\nHost: x\r\n\r\n",
    f"{MARK}\r\n\r\n",
    f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{MARK}",
    f"GET / HTTP/1.1\r\nHost: x\r\n{MARK}\r\n\r\n",
)


def test_nothing_about_anybody_is_written(tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web/index.html").write_bytes(b"front")
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", SERVER, str(Path(__file__).parent)],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    port = int(process.stdout.readline())

    def ask(request: str) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 20) as sock:
            sock.sendall(request.encode())
            sock.shutdown(socket.SHUT_WR)
            return read_all(sock)

    for request in REQUESTS * 3:
        assert MARK.encode() not in ask(request)
    process.stdin.close()
    assert process.stdout.readline() == "broken\n"
    assert ask(REQUESTS[0]) == b""
    process.wait(30)
    said = process.stdout.read() + process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert MARK not in said
    assert "Traceback" not in said
    assert process.returncode == 0
    for file in tmp_path.rglob("*"):
        assert MARK not in file.name
        assert not file.is_file() or MARK.encode() not in file.read_bytes()


def test_no_field_that_tells_of_the_client_is_even_looked_at():
    assert not WANTED & {
        b"user-agent",
        b"cookie",
        b"referer",
        b"origin",
        b"from",
        b"x-forwarded-for",
        b"accept-language",
    }


def test_no_code_of_the_server_asks_for_an_address():
    folder = Path(__file__).parents[2] / "src/tamizdat/mirror/http"
    for file in folder.glob("*.py"):
        text = file.read_text()
        assert "getpeername" not in text
        assert "import logging" not in text
        assert "print(" not in text
    assert len(os.listdir(folder)) > 10  # noqa: PTH208 - only a number
