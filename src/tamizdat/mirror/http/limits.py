"""Every bound of the server on those who ask it, in one frozen place. Units stand in the names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds that keep thousands of slow or hostile connections from costing more than they should."""

    # All connections together; fewer where the system allows fewer open files.
    max_connections: int = 8_192
    # A connection with TLS costs 20 KB of memory, one with HTTP/2, too, 50 KB: fewer of these.
    max_heavy_connections: int = 1_500
    # Those who wait for news; whoever comes after them is answered at once.
    max_waiting: int = 4_096

    # From the first byte of a request's head to its last, and for the whole of a TLS handshake.
    head_seconds: float = 10.0
    # Between one answer and the next request, and from the connection to the first byte.
    idle_seconds: float = 30.0
    # Whoever takes less of an answer than this, over the whole of such a window, is dropped. The slowest telephone
    # networks manage 1,000 bytes a second.
    min_bytes_per_second: int = 256
    slow_window_seconds: float = 20.0
    # How long a refused connection is still read from, so that the refusal arrives.
    linger_seconds: float = 2.0
    # How often all of these are looked at.
    sweep_seconds: float = 1.0
    # Answers under way get this long when the server closes.
    closing_seconds: float = 3.0

    # One request: its head, the target in it, its number of fields, and what may come after it and is thrown away.
    max_head_bytes: int = 16_384
    max_target_bytes: int = 2_048
    max_head_fields: int = 100
    max_body_bytes: int = 4_096
    # One read from a connection; so much may lie about for each that asks before it has been answered.
    read_bytes: int = 8_192
    # A client may ask so often on one connection.
    max_requests_per_connection: int = 100_000

    # Files up to this length are held in memory, as many as fit.
    small_file_bytes: int = 65_536
    cache_bytes: int = 16_000_000
    # Which file a path and a choice of codings stand for.
    cache_entries: int = 8_192
    # Long files: what goes out in one turn before others have theirs, and how many stay open without being sent.
    turn_bytes: int = 131_072
    idle_open_files: int = 32
    # The kernel takes so much of an answer before it has been sent.
    unsent_bytes: int = 131_072
    # Threads that wait for the disk.
    disk_threads: int = 4

    # RFC 7240: the longest wait for news.
    max_wait_seconds: int = 60

    # HTTP/2: streams at once, streams in all, bytes of one frame, and frames that bring no request (SETTINGS, PING,
    # RST_STREAM, WINDOW_UPDATE, PRIORITY, ...): so many at once, and so many more a second and for each answer.
    max_streams: int = 32
    max_streams_per_connection: int = 1_000
    max_frame_bytes: int = 16_384
    max_chores: int = 256
    chores_per_second: float = 32.0
    chores_per_answer: float = 8.0


HTTP_LIMITS = HttpLimits()
