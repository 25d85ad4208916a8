"""Two who do something with the same stories at one moment, on a database that lets several write at once."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def needs_several_writers():
    """Skip the test where nobody could wait for anybody."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time")


def both(first, then, second):
    """``first``, and ``then`` in the same transaction once ``second`` waits for it; what the first one raised."""
    holds, waits, faults = threading.Event(), threading.Event(), []

    def begins():
        try:
            with transaction.atomic():
                first()
                holds.set()
                waits.wait(60)
                then()
        except DatabaseError as error:
            faults.append(error)
        finally:
            holds.set()
            connections.close_all()

    one = threading.Thread(target=begins)
    watcher = threading.Thread(target=_until_somebody_waits, args=(one, waits))
    one.start()
    holds.wait(60)
    watcher.start()
    try:
        second()
    finally:
        waits.set()
        for thread in (one, watcher):
            thread.join()
    return faults


def _until_somebody_waits(begun, waits):
    with connection.cursor() as cursor:
        found = 0
        while not found and begun.is_alive() and not waits.wait(0.05):
            cursor.execute(_WAITING)
            (found,) = cursor.fetchone()
    waits.set()
    connections.close_all()
