"""The process of background jobs: it has no keys. It ends when its standard input does."""

import sys
import threading

from tamizdat.newsroom.desk.jobs import work
from tamizdat.newsroom.desk.rounds import rounds


def run_background() -> None:
    """Run jobs until the process that started this one is gone."""
    stopped = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=listen, daemon=True).start()
    work(rounds(), stopped)
