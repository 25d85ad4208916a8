"""A mirror on the web that holds some answers back, for as long as the test wants."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOW = ("before the answer", "after the headers", "dripping")
_ENOUGH = 60


class StallingServer:
    """Serves a folder. Answers for which ``stalls`` says so stop in the way that ``how`` says, until :meth:`release`.

    ``on_stall`` is called, in the server's thread, once an answer has stopped. ``stalled`` counts the answers that
    stopped, ``delivered`` those among them that were let go.
    """

    def __init__(
        self, folder: Path, stalls: Callable[[str], bool] = lambda _: False, how: str = HOW[0], on_stall=lambda: None
    ) -> None:
        self.folder, self.stalls, self.how, self.on_stall = folder, stalls, how, on_stall
        self.asked: list[str] = []
        self.stalled = self.delivered = 0
        self.hung_up = threading.Semaphore(0)
        self._released = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"mirror": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "StallingServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def release(self) -> None:
        self._released.set()

    def hold(self, drip: Callable[[], None]) -> None:
        """Wait until released; meanwhile let ``drip`` send something now and then."""
        with self._lock:
            self.stalled += 1
        self.on_stall()
        try:
            for _ in range(_ENOUGH * 50):
                if self._released.wait(0.02):
                    break
                drip()
        except OSError:
            self.hung_up.release()
            raise
        with self._lock:
            self.delivered += 1


class _Handler(BaseHTTPRequestHandler):
    mirror: StallingServer
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.mirror.asked.append(path)
        file = self.mirror.folder / path
        if self.mirror.stalls(path) and self.mirror.how == HOW[0]:
            self.mirror.hold(lambda: None)
        if not file.is_file():
            self.send_error(404)
            return
        data = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        sent = 0
        if self.mirror.stalls(path) and self.mirror.how != HOW[0]:

            def drip() -> None:
                nonlocal sent
                if self.mirror.how == HOW[2] and sent < len(data) - 1:
                    self.wfile.write(data[sent : sent + 1])
                    sent += 1

            self.mirror.hold(drip)
        self.wfile.write(data[sent:])

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            return  # the reader hung up

    def log_message(self, *args: object) -> None:
        pass
