"""What HTTP/2 keeps of a connection, and of each request on it."""

from dataclasses import dataclass
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings

from tamizdat.mirror.http.bodies import OpenFile
from tamizdat.mirror.http.house import Waiter
from tamizdat.mirror.http.limits import HttpLimits
from tamizdat.mirror.http.request import Request
from tamizdat.mirror.port import ServedFile

_CONFIGURATION: Final = H2Configuration(client_side=False, header_encoding=None)


class Engine(H2Connection):
    """The state machine of the protocol, with less memory for what is over."""

    MAX_CLOSED_STREAMS = 256


def engine(limits: HttpLimits) -> Engine:
    """One that has its greeting ready."""
    made = Engine(_CONFIGURATION)
    made.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: limits.max_streams,
            SettingCodes.MAX_HEADER_LIST_SIZE: limits.max_head_bytes,
        },
    )
    made.decoder.max_header_list_size = limits.max_head_bytes
    made.initiate_connection()
    return made


@dataclass(slots=True, eq=False)
class Stream:
    """A request and what is left of its answer: ``text``, or bytes ``at`` to before ``end`` of ``file``."""

    number: int
    request: Request
    body_bytes: int = 0
    waiter: Waiter | None = None
    ended: bool = False
    """The whole request has come."""
    answered: bool = False
    text: bytes = b""
    file: ServedFile | None = None
    opened: OpenFile | None = None
    at: int = 0
    end: int = 0
    working: bool = False
    """It waits for the disk or for bandwidth."""

    @property
    def left(self) -> int:
        """Bytes of the body that are left to send."""
        return self.end - self.at if self.file is not None else len(self.text)
