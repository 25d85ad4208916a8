"""Signs of life of work that takes long: whoever gives none any more is dead, and the work is somebody else's."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connections

_BEATS: Final = 4
"""In each time of silence: SQLite may be busy for one or two of them."""
_log: Final = logging.getLogger(__name__)


def silence() -> timedelta:
    """How long a worker may say nothing until another one takes over what it had."""
    return timedelta(seconds=settings.JOB_SILENCE_SECONDS)


@contextmanager
def beating(beat: Callable[[], object]) -> Iterator[None]:
    """Call ``beat`` several times in each :func:`silence` until the block ends, in a thread of its own."""
    ended = threading.Event()
    thread = threading.Thread(target=_go, args=(beat, ended), name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _go(beat: Callable[[], object], ended: threading.Event) -> None:
    try:
        while not ended.wait(silence().total_seconds() / _BEATS):
            try:
                beat()
            except DatabaseError as error:
                _log.warning("no sign of life could be given: %s", error)
                connections.close_all()  # of this thread; the next one begins anew
    finally:
        connections.close_all()
