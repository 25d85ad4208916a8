"""Passphrases: from the environment for machines, asked without echo from people."""

import os
import sys
from getpass import getpass
from typing import Final

from tamizdat.errors import PassphraseError

VARIABLE: Final = "TAMIZDAT_PASSPHRASE"


def passphrase(what: str, role: str = "", *, new: bool = False) -> str:
    """The passphrase for ``what``. ``TAMIZDAT_PASSPHRASE_<ROLE>`` and ``TAMIZDAT_PASSPHRASE`` come before asking.

    A ``new`` one is asked for twice. Raises PassphraseError when there is nobody to ask, or it is empty.
    """
    own = f"{VARIABLE}_{role.upper().replace('-', '_')}" if role else VARIABLE
    for name in (own, VARIABLE):
        if found := os.environ.get(name):
            return found
    if not sys.stdin.isatty():
        raise PassphraseError(f"needs a passphrase: set {VARIABLE}, or run this in a terminal", file=what)
    first = getpass(f"Passphrase for {what}: ")
    if not first.strip():
        raise PassphraseError("an empty passphrase protects nothing", file=what)
    if new and getpass("The same again: ") != first:
        raise PassphraseError("the two passphrases differ", file=what)
    return first
