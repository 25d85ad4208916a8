"""The mirror's half that never sleeps: waits for news everywhere, takes them, mends what broke, and says how it is.

Each upstream has a thread of its own that waits for news there, so none that hangs keeps others from being heard.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from tamizdat.errors import CarrierError
from tamizdat.mirror.copying import Copier, Looked
from tamizdat.mirror.upstream import Upstream

CHECK_SECONDS: Final = 60.0
"""How often each upstream is asked at least."""
_WAIT_SECONDS: Final = 50.0
"""How long an upstream is asked to hold its answer back until there are news. Proxies between commonly cut at 60."""
_RETRY_SECONDS: Final = (2.0, 5.0, 15.0, 30.0, CHECK_SECONDS)
_SETTLE_SECONDS: Final = 0.05
"""Upstreams have the news at about the same moment: some of them are asked together."""
_MEND_SECONDS: Final = 0.5
"""How long damage waits, in case that more is found: each reader finds some."""
_SCRUB_BYTES: Final = 20_000_000
"""How much is read again after each minute of rest: 2 GB in less than two hours."""
_EAGER_SECONDS: Final = 0.1
"""An upstream that has news, of which none proved to be any, is heard so much later, and twice that the next time. For
each look asks all upstreams, and one that always has news would make us a burden to the others."""


class Keeper:
    """Keeps ``copier`` at the newest edition that ``upstreams`` have. ``on_look`` is told what came of each look."""

    def __init__(
        self,
        copier: Copier,
        upstreams: Sequence[Upstream],
        on_look: Callable[[Looked], None],
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        self._copier = copier
        self._upstreams = tuple(upstreams)
        self._on_look = on_look
        self._check_seconds = check_seconds
        self._ending = threading.Event()
        self._news = threading.Event()
        self._heard = False
        self._taken = 0
        """How often a look brought something newer."""

    def wake(self) -> None:
        """Look now: there may be news. Any thread may call it; it returns at once."""
        self._heard = True
        self._news.set()

    def mend(self) -> None:
        """Look soon: something was found damaged. Any thread may call it; it returns at once."""
        self._news.set()

    def end(self) -> None:
        """Make ``run`` return after the look that is under way. Any thread may call it."""
        self._ending.set()
        self._news.set()

    def run(self) -> None:
        """Look, wait for news or for the time to try again, and look, until ``end``."""
        for number, upstream in enumerate(self._upstreams):
            threading.Thread(target=self._watch, args=(upstream,), name=f"upstream {number}", daemon=True).start()
        failures = 0
        while not self._ending.is_set():
            self._heard = False
            self._news.clear()
            held = self._copier.held_version
            looked = self._copier.look(self._upstreams)
            self._taken += self._copier.held_version != held
            self._on_look(looked)
            failures = failures + 1 if looked.fault else 0
            self._rest(failures)

    def _rest(self, failures: int) -> None:
        """Wait for news; after a failure no longer than is due before another attempt, nor past a file's time to go."""
        left = self._check_seconds
        if failures:
            left = min(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1], self._check_seconds)
        parting = self._copier.seconds_to_parting()
        if parting is not None:
            left = min(left, parting)
        # As long as nothing is to do, what lies there is read again, slowly: another server may be serving it.
        while not (heard := self._news.wait(left)) and not failures and parting is None:
            self._copier.scrub(_SCRUB_BYTES)
            parting = self._copier.seconds_to_parting()
        if heard and not self._ending.is_set():
            self._ending.wait(_SETTLE_SECONDS if self._heard else _MEND_SECONDS)

    def _watch(self, upstream: Upstream) -> None:
        """Wait for news at one upstream, for ever."""
        taken, pause = -1, 0.0
        while not self._ending.is_set():
            try:
                changed, waited = upstream.wait(min(_WAIT_SECONDS, self._check_seconds))
            except CarrierError:
                changed, waited = False, False
            except Exception:  # noqa: BLE001 - whatever an upstream does to our code, nobody would hear its news again
                changed, waited = False, False
            if changed:
                idle, taken = self._taken == taken, self._taken
                pause = min(max(_EAGER_SECONDS, 2 * pause), self._check_seconds) if idle else 0.0
                self._ending.wait(pause)
                self.wake()
            elif not waited:
                self._ending.wait(self._check_seconds)
