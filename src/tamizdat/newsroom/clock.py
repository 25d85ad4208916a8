"""Moments that no clock that is right can have written down: one was ahead, and what it wrote would hold for years.

What waits for such a moment waits no longer than if it had been written down now, and the desk says so.
"""

from datetime import timedelta
from typing import Final

LITTLE: Final = timedelta(minutes=1)
"""How far two clocks, or one before and after it was set, may be apart."""
