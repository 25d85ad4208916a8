"""One clock for all who work on the same rows, and moments that no clock that is right can have written down.

Workers on several machines compare with the database's clock: one whose own is a minute ahead would take what is alive.
What waits for a moment that lies too far ahead waits no longer than if it had been written down now, and the desk says
so: some clock was ahead, and what it wrote would hold for years.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection

LITTLE: Final = timedelta(minutes=1)
"""How far two clocks, or one before and after it was set, may be apart."""


def shared_now() -> datetime:
    """Now (UTC) by the clock of the database's server; a database that is a file of this machine has this one's."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")  # not NOW(): in a transaction that is when it began
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
