"""HTTP/2 over a connection (RFC 9113): many requests at once, answered in turns."""

import os
from collections import deque
from http import HTTPStatus
from typing import Final

from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError
from hyperframe.frame import GoAwayFrame

from tamizdat.mirror.http.connection import Connection, Phase
from tamizdat.mirror.http.frames import FloodError, FrameMeter
from tamizdat.mirror.http.house import House
from tamizdat.mirror.http.reply import Answer, refusal
from tamizdat.mirror.http.request import WANTED, Request, target_path
from tamizdat.mirror.http.streams import Stream, engine
from tamizdat.mirror.port import ServedFile

_PREFACE_BYTES: Final = 24
_ENCODER_TABLE_BYTES: Final = 4_096
"""Of our own answers' fields; whoever offers more shall not have us keep more."""
_FRAME_BYTES: Final = 16_384
_BUFFER_BYTES: Final = 32_768
"""Frames that are made and not sent."""
_TOO_MUCH_BYTES: Final = 65_536
"""Of frames that are not taken: until they are, nobody reads what else is wanted."""


class Http2:
    """The talk. h2 takes frames apart, after :class:`FrameMeter` has let them pass."""

    __slots__ = (
        "_answered",
        "_connection",
        "_engine",
        "_house",
        "_last",
        "_meter",
        "_out",
        "_preface",
        "_request_count",
        "_streams",
        "_turns",
    )

    def __init__(self, connection: Connection, house: House) -> None:
        house.burden(connection)
        self._connection = connection
        self._house = house
        self._engine = engine(house.limits)
        self._meter = FrameMeter(house.limits, house.loop.time)
        self._preface = _PREFACE_BYTES
        self._streams: dict[int, Stream] = {}
        self._turns: deque[Stream] = deque()
        """Streams of which something can be sent."""
        self._out = b""
        self._request_count = 0
        self._answered = False
        self._last = False
        """No new requests are taken; what is under way is finished."""

    # --- What the connection says ---------------------------------------------------------------------------------

    def receive(self, data: memoryview) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        skipped = min(self._preface, len(data))
        self._preface -= skipped
        try:
            self._meter.count(data[skipped:])
            events = self._engine.receive_data(bytes(data))
        except FloodError:
            self._abort(ErrorCodes.ENHANCE_YOUR_CALM)
            return
        except ProtocolError:  # h2 has its farewell ready
            self._leave()
            return
        for event in events:
            self._on(event)
            if self._connection.closed or self._connection.phase is Phase.LINGER:
                return
        self.go_on()

    def receive_end(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._connection.close()

    def waits_too_long(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        self._abort(ErrorCodes.NO_ERROR)

    def let_go(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        for stream in list(self._streams.values()):
            self._drop(stream)
        self._out = b""

    def _abort(self, code: ErrorCodes) -> None:
        self._engine.close_connection(code)
        self._leave()

    def _leave(self) -> None:
        """Say what is to say, if it can be said at once, and end."""
        self._out += self._engine.data_to_send()
        self._connection.sent += self._connection.wire.send(self._out)
        self.let_go()
        self._connection.linger()

    # --- Events ---------------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._ask(event)
        elif isinstance(event, DataReceived):
            self._body(event)
        elif isinstance(event, StreamEnded):
            stream = self._streams.get(event.stream_id)
            if stream is not None:
                stream.ended = True
                if not stream.answered:
                    self._answer(stream)
        elif isinstance(event, StreamReset):
            if event.stream_id in self._streams:
                self._drop(self._streams[event.stream_id])
        elif isinstance(event, WindowUpdated | RemoteSettingsChanged):
            table = self._engine.encoder
            if table.header_table_size > _ENCODER_TABLE_BYTES:
                table.header_table_size = _ENCODER_TABLE_BYTES
            self._take_turns(getattr(event, "stream_id", 0))
        elif isinstance(event, ConnectionTerminated):
            self._leave()

    def _ask(self, event: RequestReceived) -> None:
        fields: dict[bytes, bytes] = {}
        method = target = length = b""
        for name, value in event.headers:
            if name == b":method":
                method = bytes(value)
            elif name == b":path":
                target = bytes(value)
            elif name == b"content-length":
                length = bytes(value)
            elif name in WANTED:
                fields[name] = fields[name] + b"," + value if name in fields else bytes(value)
        self._request_count += 1
        number = event.stream_id
        if self._last:
            self._engine.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return
        path = target_path(target) if len(target) <= self._house.limits.max_target_bytes else None
        stream = self._streams[number] = Stream(number, Request(method, path, fields))
        if self._request_count >= self._house.limits.max_streams_per_connection:
            self._say_last(number)
        if length and (not length.isdigit() or int(length[:18]) > self._house.limits.max_body_bytes):
            self._refuse_body(stream)

    def _say_last(self, number: int) -> None:
        """Tell the client to make a new connection. h2 knows only how to break off, so the frame is ours."""
        self._last = True
        self._out += self._engine.data_to_send() + GoAwayFrame(0, last_stream_id=number).serialize()

    def _body(self, event: DataReceived) -> None:
        """Nobody wants it."""
        self._engine.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        stream = self._streams.get(event.stream_id)
        if stream is not None and not stream.answered:
            stream.body_bytes += event.flow_controlled_length
            if stream.body_bytes > self._house.limits.max_body_bytes:
                self._refuse_body(stream)

    def _refuse_body(self, stream: Stream) -> None:
        self._start(stream, refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))

    # --- Answers --------------------------------------------------------------------------------------------------

    def _answer(self, stream: Stream) -> None:
        found = self._house.answer(stream.request)
        if found.wait_seconds:
            stream.waiter = self._house.wait(
                stream.request, found, lambda told: self._connection.guard(lambda: self._tell(stream, told))
            )
        else:
            self._begin(stream, found, again=True)

    def _tell(self, stream: Stream, found: Answer) -> None:
        stream.waiter = None
        self._begin(stream, found, again=True)
        self.go_on()

    def _begin(self, stream: Stream, found: Answer, *, again: bool) -> None:
        """Send an answer, once its file is at hand. If that is gone, the request is answered anew, once."""
        file = found.file
        if file is None or found.bodiless or found.start >= found.end or self._house.bodies.at_hand(file):
            self._start(stream, found)
            return
        stream.working = stream.answered = True

        def done(there: bool) -> None:
            self._connection.guard(lambda: self._loaded(stream, found, there=there, again=again))

        self._house.bodies.load(file, done)

    def _loaded(self, stream: Stream, found: Answer, *, there: bool, again: bool) -> None:
        if stream.number not in self._streams:
            return
        stream.working = False
        if there:
            self._start(stream, found)
        elif again:
            self._begin(stream, self._house.answer(stream.request), again=False)
        else:
            self._start(stream, refusal(HTTPStatus.SERVICE_UNAVAILABLE, ("Retry-After", "60")))
        self.go_on()

    def _start(self, stream: Stream, found: Answer) -> None:
        stream.answered = self._answered = True
        self._meter.earn(1, 0)
        if found.tally is not None:
            found.tally[0] += 1
            found.tally[1] += 0 if found.bodiless else found.end - found.start
        fields = [(":status", str(int(found.status))), *((name.lower(), value) for name, value in found.fields)]
        if found.length is not None:
            fields.append(("content-length", str(found.length)))
        if not found.bodiless:
            stream.text = found.text
            if found.file is not None:
                stream.file, stream.at, stream.end = found.file, found.start, found.end
        try:
            self._engine.send_headers(stream.number, fields, end_stream=not stream.left)
        except ProtocolError:  # the client has closed it in the same breath
            self._drop(stream)
            return
        if stream.left:
            if stream.file is not None and not self._house.bodies.is_small(stream.file):
                stream.opened = self._house.bodies.take(stream.file)
            self._turns.append(stream)
        else:
            self._finish(stream)

    def _finish(self, stream: Stream) -> None:
        """All is sent. If the client has more to say, nobody wants to hear it."""
        if not stream.ended:
            self._engine.reset_stream(stream.number, ErrorCodes.NO_ERROR)
        self._drop(stream)

    def _drop(self, stream: Stream) -> None:
        """Nothing more is to be said on this stream."""
        self._streams.pop(stream.number, None)
        if stream.waiter is not None:
            self._house.waiters.pop(stream.waiter, None)
            stream.waiter = None
        if stream.opened is not None:
            self._house.bodies.give_back(stream.opened)
            stream.opened = None
        if stream in self._turns:
            self._turns.remove(stream)

    def _take_turns(self, number: int) -> None:
        """A window has grown: of one stream, or (0) of all."""
        found = self._streams.get(number)
        for stream in [found] if found else list(self._streams.values()) if not number else []:
            if stream.left and not stream.working and stream not in self._turns:
                self._turns.append(stream)

    # --- Sending --------------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        """See :class:`~tamizdat.mirror.http.connection.Talk`."""
        connection = self._connection
        turn = self._house.limits.turn_bytes
        blocked = False
        while not blocked:
            if len(self._out) < _BUFFER_BYTES:
                self._fill()
            if not self._out:
                break
            sent = connection.wire.send(self._out)
            connection.sent += sent
            self._meter.earn(0, sent)
            self._out = self._out[sent:]
            turn -= sent
            blocked = not sent or turn <= 0
        connection.write(wanted=bool(self._out or self._turns))
        connection.read(wanted=len(self._out) < _TOO_MUCH_BYTES)
        self._enter_phase()

    def _enter_phase(self) -> None:
        connection = self._connection
        streams = self._streams.values()
        if self._out or any(stream.left and not stream.working for stream in streams):
            connection.enter(Phase.TAKING)
        elif any(stream.working for stream in streams):
            connection.enter(Phase.WORKING)
        elif any(stream.waiter for stream in streams):
            connection.enter(Phase.WAITING)
        elif self._last and not self._streams:
            connection.linger()
        elif self._answered or connection.phase is not Phase.IDLE:
            self._answered = False
            connection.enter(Phase.IDLE)

    def _fill(self) -> None:
        """Make frames, a frame of each stream in turn."""
        made = [self._out, self._engine.data_to_send()]
        size = len(made[0]) + len(made[1])
        while self._turns and size < _BUFFER_BYTES:
            stream = self._turns.popleft()
            if self._frame(stream):
                if stream.left:
                    self._turns.append(stream)
                else:
                    self._finish(stream)
            made.append(self._engine.data_to_send())
            size += len(made[-1])
        self._out = b"".join(made)

    def _frame(self, stream: Stream) -> bool:
        """Make a frame of what is left of a stream; False if that has to wait for something."""
        try:
            window = self._engine.local_flow_control_window(stream.number)
        except ProtocolError:
            self._drop(stream)
            return False
        wanted = min(window, stream.left, _FRAME_BYTES)
        if wanted <= 0:
            return False
        short = stream.file is None or self._house.bodies.is_small(stream.file)
        granted = self._house.bandwidth.grant(wanted, short=short)
        if not granted:
            stream.working = True
            self._house.bandwidth.queue(lambda: self._connection.guard(lambda: self._again(stream)), short=short)
            return False
        data = self._bytes(stream, granted)
        if data is None:
            self._house.bandwidth.pay(granted)
            return False
        self._engine.send_data(stream.number, data, end_stream=not stream.left)
        return True

    def _again(self, stream: Stream) -> None:
        stream.working = False
        if stream.number in self._streams:
            self._take_turns(stream.number)
            self.go_on()

    def _bytes(self, stream: Stream, count: int) -> bytes | None:
        """The next bytes of the body; None if the disk must be waited for."""
        if stream.file is None:
            data, stream.text = stream.text[:count], stream.text[count:]
            return data
        if stream.opened is not None:
            data = os.pread(stream.opened.descriptor, count, stream.at)
            if len(data) < count:
                raise OSError("the file is shorter than it was")
        else:
            body = self._house.bodies.small(stream.file)
            if body is None:
                self._load_again(stream, stream.file)
                return None
            data = body[stream.at : stream.at + count]
        stream.at += count
        return data

    def _load_again(self, stream: Stream, file: ServedFile) -> None:
        stream.working = True

        def done(there: bool) -> None:
            if there:
                self._connection.guard(lambda: self._again(stream))
            else:
                self._connection.close()

        self._house.bodies.load(file, done)
