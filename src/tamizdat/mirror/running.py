"""A mirror that runs: the keeper in a thread of its own, the server in this one, until somebody ends it."""

import asyncio
import gc
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tamizdat.mirror.copying import Copier, Looked
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.http.limits import HTTP_LIMITS, HttpLimits
from tamizdat.mirror.http.server import Server
from tamizdat.mirror.http.tls import TlsFiles
from tamizdat.mirror.keeper import CHECK_SECONDS, Keeper
from tamizdat.mirror.plan import EVERYTHING, Selection
from tamizdat.mirror.status import StatusFile
from tamizdat.mirror.totals import Totals
from tamizdat.mirror.upstream import Upstream
from tamizdat.trust.fingerprint import Anchor

_FORGET_SECONDS: Final = 5.0
"""Objects that refer to each other, as those of a closed connection do, stay in memory until Python looks for such. On
a quiet mirror that may be hours, and what a reader said last, its user agent and all, would stay as long."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the volunteer asked for. ``listen`` empty: copy only, another web server serves the folder ``www``."""

    anchor: Anchor
    upstreams: tuple[Upstream, ...]
    listen: tuple[str, ...] = ()
    selection: Selection = EVERYTHING
    max_disk: int | None = None
    bytes_per_second: int = 0
    """Of all that is served together; 0 for no cap."""
    tls: TlsFiles | None = None
    check_seconds: float = CHECK_SECONDS
    limits: HttpLimits = HTTP_LIMITS


class Mirror:
    """The mirror in ``folder``, which is locked. ``on_look`` and ``on_listen`` hear what is worth a line.

    ``run`` raises UsageError if an address cannot be had, or the folder is another publication's.
    """

    def __init__(
        self,
        folder: MirrorFolder,
        wishes: Wishes,
        on_look: Callable[[Looked], None],
        on_listen: Callable[[Sequence[str]], None],
    ) -> None:
        self._wishes = wishes
        self._on_look = on_look
        self._on_listen = on_listen
        self._server: Server | None = None
        self._ending = threading.Event()
        self._copier = Copier(
            folder, wishes.anchor, wishes.selection, wishes.max_disk, on_change=self._news, on_damage=self._mend
        )
        self._keeper = Keeper(self._copier, wishes.upstreams, self._looked, wishes.check_seconds)
        self._status = StatusFile(folder, self._copier, {"listen": list(wishes.listen)})
        self._totals = Totals(folder.totals)

    def wake(self) -> None:
        """Look at the upstreams now. Any thread may call it."""
        self._keeper.wake()

    def run(self) -> None:
        """Copy and serve until SIGINT or SIGTERM."""
        try:
            asyncio.run(self._run())
        finally:
            self._copier.close()

    async def _run(self) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
        wishes = self._wishes
        if wishes.listen:
            self._server = Server(
                self._copier.holding,
                wishes.listen,
                wishes.limits,
                self._totals,
                bytes_per_second=wishes.bytes_per_second,
                tls=wishes.tls,
            )
            await self._server.start()
            self._on_listen([str(address) for address in self._server.addresses])
        keeper = threading.Thread(target=self._keep, args=(loop, ended), name="keeper")
        keeper.start()
        forgetting = asyncio.create_task(_forget())
        await ended.wait()
        forgetting.cancel()
        self._keeper.end()
        if self._server is not None:
            await self._server.close()
        self._totals.save()
        # A look that is under way may wait for the network; all that it would bring can be fetched again.
        await asyncio.to_thread(keeper.join, 2.0)

    def _keep(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
        try:
            self._keeper.run()
        finally:
            # Should it ever fail, a mirror that stands still for ever would be worse than one that is started anew.
            loop.call_soon_threadsafe(ended.set)

    def _mend(self) -> None:
        self._keeper.mend()

    def _news(self) -> None:
        if self._server is not None:
            self._server.news()

    def _looked(self, looked: Looked) -> None:
        self._status.write(looked)
        self._on_look(looked)


async def _forget() -> None:
    """Keep nothing of anybody longer than that."""
    gc.collect()
    gc.freeze()  # all that is here from the start stays anyway, and need not be looked at each time
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        gc.collect()
