"""The process of the press: its keys' passphrase comes in by standard input, whose end is also the sign to stop."""

import sys
import threading

from tamizdat.newsroom.here import here
from tamizdat.newsroom.pressroom.bell import Bell, ring
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.set_up import reconcile
from tamizdat.trust.keyring import Keyring


def run_press() -> None:
    """Work until standard input ends, which it does when the process that started this one is gone."""
    passphrase = sys.stdin.readline().rstrip("\n")
    folder = here().folder
    keyring = Keyring.open(folder, lambda _file: passphrase)
    stopped = threading.Event()
    bell = Bell(here().bell)

    def listen() -> None:
        sys.stdin.read()
        stopped.set()
        ring()

    threading.Thread(target=listen, daemon=True).start()
    reconcile()
    try:
        Press(folder, keyring).work(bell, stopped.is_set)
    finally:
        bell.close()
