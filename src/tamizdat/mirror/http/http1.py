"""HTTP/1.1 over a connection (RFC 9112): requests are answered one after the other, in order."""

import re
from collections import deque
from http import HTTPStatus
from typing import Final

import httptools

from tamizdat.mirror.http.bodies import OpenFile
from tamizdat.mirror.http.connection import Connection, Phase
from tamizdat.mirror.http.house import House, Waiter
from tamizdat.mirror.http.reply import Answer, refusal
from tamizdat.mirror.http.request import WANTED, Request, target_path
from tamizdat.mirror.port import ServedFile

_HEAD_END: Final = b"\r\n\r\n"
_METHOD: Final = re.compile(rb"\s*[A-Za-z-]{1,20} ")
_KNOWN_VERSIONS: Final = frozenset({"1.0", "1.1"})


class _RefusedError(Exception):
    """Ends the parser's work on a request that has been refused."""


class Http1:
    """The talk. llhttp takes requests apart; what is not needed for the answer is dropped in the same moment."""

    __slots__ = (
        "_answering",
        "_asking",
        "_at",
        "_body_bytes",
        "_closing",
        "_connection",
        "_end",
        "_ended",
        "_expects",
        "_field_count",
        "_fields",
        "_file",
        "_head",
        "_head_bytes",
        "_host_count",
        "_house",
        "_in_body",
        "_open",
        "_parser",
        "_ready",
        "_refused",
        "_request_count",
        "_rest",
        "_short",
        "_target",
        "_waiter",
    )

    def __init__(self, connection: Connection, house: House) -> None:
        self._connection = connection
        self._house = house
        self._parser = httptools.HttpRequestParser(self)
        self._rest = b""
        """What came and has not been looked at."""
        self._ready: deque[tuple[Request, bool]] = deque()
        """What has been asked, and whether that is the last of it."""
        self._refused: HTTPStatus | None = None
        self._closing = False
        """The answer that is next is the last one."""
        self._ended = False
        self._request_count = 0
        self._asking = False
        self._answering = False
        self._waiter: Waiter | None = None
        self._begin_request()
        self._head = b""
        self._file: ServedFile | None = None
        self._open: OpenFile | None = None
        self._at = self._end = 0
        self._short = True

    # --- What the connection says ---------------------------------------------------------------------------------

    def receive(self, data: memoryview) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._rest = self._rest + data if self._rest else bytes(data)
        if self._answering:  # one that waits for news, and asks on
            self._connection.read(wanted=False)
        else:
            self._next()

    def receive_end(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._ended = self._closing = True
        if self._waiter is not None:
            self._house.dismiss(self._waiter)
        elif not self._answering:
            self._connection.close()

    def go_on(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._push()
        self._next()

    def waits_too_long(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        if self._asking and not self._answering:
            self._refused = self._refused or HTTPStatus.REQUEST_TIMEOUT
            self._next()
        else:
            self._connection.close()

    def let_go(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        if self._waiter is not None:
            self._house.waiters.pop(self._waiter, None)
            self._waiter = None
        self._release()
        self._rest = b""
        self._ready.clear()

    # --- What the parser says -------------------------------------------------------------------------------------

    def _begin_request(self) -> None:
        self._target = b""
        self._fields: dict[bytes, bytes] = {}
        self._field_count = self._host_count = self._head_bytes = self._body_bytes = 0
        self._in_body = self._expects = False

    def on_url(self, part: bytes) -> None:
        """Part of the target."""
        self._target += part
        if len(self._target) > self._house.limits.max_target_bytes:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or after the body."""
        self._field_count += 1
        if self._field_count > self._house.limits.max_head_fields:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        name = name.lower()
        if self._in_body:
            return
        if name == b"host":
            self._host_count += 1
        elif name in WANTED:
            fields = self._fields
            fields[name] = fields[name] + b"," + value if name in fields else value
        elif name == b"expect":
            self._expects = True
        elif name == b"content-length" and (len(value) > 9 or not value.isdigit() or self._too_long(int(value))):
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _too_long(self, size: int) -> bool:
        return size > self._house.limits.max_body_bytes

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_body = True
        version = self._parser.get_http_version()
        if version not in _KNOWN_VERSIONS:
            self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if self._host_count != 1 and (self._host_count or version != "1.0"):
            self._refuse(HTTPStatus.BAD_REQUEST)
        if self._expects:  # nothing that anybody could send is wanted
            self._refuse(HTTPStatus.EXPECTATION_FAILED)

    def on_body(self, part: bytes) -> None:
        """Part of a body: nobody wants it."""
        self._body_bytes += len(part)
        if self._too_long(self._body_bytes):
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_complete(self) -> None:
        """The request is whole."""
        method = self._parser.get_method()
        if method == b"OPTIONS" and self._target == b"*":
            path: str | None = "*"
        else:
            path = target_path(self._target)
        # After CONNECT comes what is no HTTP.
        last = not self._parser.should_keep_alive() or method == b"CONNECT"
        self._ready.append((Request(method, path, self._fields), last))
        self._asking = False
        self._begin_request()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with that error after what was asked before, and end the connection."""
        if self._refused is None:
            self._refused = status
        raise _RefusedError

    # --- One request after the other ------------------------------------------------------------------------------

    def _next(self) -> None:
        """Go on until there is nothing to do but to wait for somebody."""
        connection = self._connection
        while not self._answering and not connection.closed:
            if self._ready:
                request, last = self._ready.popleft()
                self._closing = self._closing or last
                self._answer(request)
            elif self._refused is not None:
                self._last_word()
            elif self._closing:
                self._leave()
                return
            elif self._rest:
                self._parse()
            else:
                phase = Phase.ASKING if self._asking else Phase.IDLE
                if phase is Phase.IDLE or connection.phase is not Phase.ASKING:
                    connection.enter(phase)
                connection.read(wanted=True)
                return

    def _parse(self) -> None:
        """Feed the parser up to the end of the next head."""
        data = self._rest
        end = data.find(_HEAD_END) + len(_HEAD_END)
        if end < len(_HEAD_END) or end >= len(data):
            self._rest = b""
        else:
            data, self._rest = data[:end], data[end:]
        self._asking = True
        if not self._in_body:
            self._head_bytes += len(data)
        try:
            if self._head_bytes > self._house.limits.max_head_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing is upgraded: what llhttp has not read is the next request.
            self._rest = data[upgrade.args[0] :] + self._rest
        except httptools.HttpParserInvalidMethodError:
            known = HTTPStatus.NOT_IMPLEMENTED if _METHOD.match(data) else HTTPStatus.BAD_REQUEST
            self._refused = self._refused or known
        except (httptools.HttpParserError, _RefusedError):
            self._refused = self._refused or HTTPStatus.BAD_REQUEST

    def _leave(self) -> None:
        """All is said."""
        if self._ended:
            self._connection.close()
        else:
            self._connection.linger()

    def _last_word(self) -> None:
        status, self._refused, self._closing, self._rest = self._refused, None, True, b""
        if status is not None:
            self._begin(refusal(status))

    # --- One answer -----------------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> None:
        self._request_count += 1
        if self._request_count >= self._house.limits.max_requests_per_connection:
            self._closing = True
        found = self._house.answer(request)
        if found.wait_seconds:
            self._answering = True
            self._connection.enter(Phase.WAITING)
            self._waiter = self._house.wait(request, found, self._told)
        else:
            self._begin(found, request)

    def _told(self, found: Answer) -> None:
        """There is news, or time is up."""
        self._waiter = None
        self._connection.guard(lambda: self._tell(found))

    def _tell(self, found: Answer) -> None:
        self._begin(found)
        self._next()

    def _begin(self, found: Answer, request: Request | None = None) -> None:
        """Send an answer, once its file is at hand. If that is gone, ``request`` is answered anew."""
        self._answering = True
        file = found.file
        if file is None or found.bodiless or found.start >= found.end or self._house.bodies.at_hand(file):
            self._start(found)
            return
        self._hold()

        def done(there: bool) -> None:
            self._connection.guard(lambda: self._loaded(found, request, there=there))

        self._house.bodies.load(file, done)

    def _hold(self) -> None:
        """It is our turn, and takes a while."""
        self._connection.enter(Phase.WORKING)
        self._connection.write(wanted=False)
        self._connection.read(wanted=False)

    def _loaded(self, found: Answer, request: Request | None, *, there: bool) -> None:
        if there:
            self._start(found)
        elif request is not None:
            self._begin(self._house.answer(request))
        else:
            self._begin(refusal(HTTPStatus.SERVICE_UNAVAILABLE, ("Retry-After", "60")))
        self._next()

    def _start(self, found: Answer) -> None:
        tally = found.tally
        if tally is not None:
            tally[0] += 1
            tally[1] += 0 if found.bodiless else found.end - found.start
        connection = "close" if self._closing else "keep-alive" if self._parser.get_http_version() == "1.0" else ""
        head = found.to_head(connection)
        self._head = head if found.bodiless else head + found.text
        if found.file is not None and not found.bodiless:
            self._file, self._at, self._end = found.file, found.start, found.end
            self._short = self._house.bodies.is_small(found.file)
            if not self._short:
                self._open = self._house.bodies.take(found.file)
        self._push()

    def _push(self) -> None:
        """Send until all is sent, or somebody else has to do something."""
        connection, bandwidth = self._connection, self._house.bandwidth
        turn = self._house.limits.turn_bytes
        while self._head or self._at < self._end:
            granted = bandwidth.grant(min(turn, len(self._head) + self._end - self._at), short=self._short)
            if not granted:
                self._hold()
                bandwidth.queue(self._pushed_again, short=self._short)
                return
            sent = self._send(granted)
            bandwidth.pay(granted - max(0, sent))
            if sent < 0:
                return
            connection.sent += sent
            turn -= sent
            if not sent or turn <= 0:
                connection.read(wanted=False)
                connection.enter(Phase.TAKING)
                connection.write(wanted=True)
                return
        connection.write(wanted=False)
        self._release()

    def _pushed_again(self) -> None:
        self._connection.guard(self.go_on)

    def _send(self, granted: int) -> int:
        """Send some bytes, about as many as are granted; how many, or -1 if the disk must be waited for."""
        wire, file = self._connection.wire, self._file
        if file is None:
            sent = wire.send(self._head)
        elif self._open is not None:
            if not self._head:
                sent = wire.send_file(self._open.descriptor, self._at, min(granted, self._end - self._at))
                self._at += sent
                return sent
            sent = wire.send(self._head, more=True)
        else:
            body = self._house.bodies.small(file)
            if body is None:  # others needed the room
                self._hold()
                self._house.bodies.load(file, self._came_again)
                return -1
            part = memoryview(body)[self._at : self._end]
            sent = wire.send(b"".join((self._head, part)) if self._head else part)
        of_head = min(sent, len(self._head))
        self._head = self._head[of_head:]
        self._at += sent - of_head
        return sent

    def _came_again(self, there: bool) -> None:
        if there:
            self._connection.guard(self.go_on)
        else:
            self._connection.close()

    def _release(self) -> None:
        """The answer is over."""
        if self._open is not None:
            self._house.bodies.give_back(self._open)
        self._answering = False
        self._head, self._file, self._open, self._at, self._end = b"", None, None, 0, 0
        self._short = True
