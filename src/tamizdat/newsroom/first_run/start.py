"""``tamizdat newsroom DIR``: whatever is missing is made first, then the newsroom runs, all at one address."""

import json
import secrets
import socket
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tamizdat.config import load_config
from tamizdat.errors import UsageError
from tamizdat.newsroom.first_run.answers import Account, Keys, Paper
from tamizdat.newsroom.first_run.folder import is_publication, make_publication
from tamizdat.newsroom.first_run.sample import SAMPLE_LOGIN, sample_paper
from tamizdat.newsroom.first_run.serving import answering, open_door
from tamizdat.newsroom.first_run.wizard import Wizard
from tamizdat.newsroom.place import Place
from tamizdat.newsroom.processes import ALL, BACKGROUND, PRESS, WEB, Processes, ask
from tamizdat.trust.keyring import has_state

Say = Callable[[str], None]
_LOOK_SECONDS: Final = 3_600.0


class _Work:
    """What the wizard has done, in processes of the newsroom's own where that needs Django."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = str(folder)
        self._folder = folder
        self._say = say
        self._paper: Paper | None = None

    def keys(self, paper: Paper, keys: Keys) -> None:
        """See :class:`tamizdat.newsroom.first_run.wizard.Work`."""
        make_publication(self._folder, paper, keys, datetime.now(UTC).replace(microsecond=0))

    def database(self) -> None:
        """As above."""
        ask(self._folder, "set-up")

    def sample(self) -> tuple[Paper, Keys, Account]:
        """As above. One secret for all: there is nothing to protect."""
        secret = "-".join(secrets.token_hex(2) for _ in range(5))
        return sample_paper(), Keys(rehearsal=True, passphrase=secret), Account(SAMPLE_LOGIN, "", secret)

    def fill(self) -> None:
        """As above."""
        ask(self._folder, "sample")

    def account(self, account: Account) -> tuple[str, bool]:
        """As above."""
        given = {"login": account.login, "shown": account.shown, "password": account.password}
        said = ask(self._folder, "first-account", json.dumps({**given, "language": account.language}))
        return (said["arrival"], True) if "arrival" in said else (said.get("fault", ""), False)


def start(folder: Path, listen: str, passphrase: Callable[[], str], say: Say, *, sample: bool = False) -> None:
    """Run the newsroom of ``folder`` at ``listen`` until Ctrl-C; make what is missing first.

    ``passphrase`` is asked for if there are keys already. Raises UsageError, PassphraseError and what making raises.
    """
    exists = is_publication(folder)
    if exists and sample:
        raise UsageError(f"{folder} holds a publication; a sample needs a folder of its own")
    known = passphrase() if exists else ""
    with open_door(listen) as door:
        if sample:
            known = _sample(folder, say)
        elif not exists:
            known = _first_run(folder, door, say, only_account=False)
        elif not ask(folder, "set-up").get("accounts"):
            _first_run(folder, door, say, only_account=True)
        said = f"The newsroom is at http://{_address(door)}/ until you press Ctrl-C."
        Processes(folder, door, known).run(lambda: say(said))


def start_only(folder: Path, listen: str, passphrase: Callable[[], str], say: Say, only: tuple[str, ...]) -> None:
    """Run some of the newsroom's processes until Ctrl-C, as beside those on another machine.

    Makes nothing. ``passphrase`` is asked for the press alone. Raises UsageError and PassphraseError.
    """
    if unknown := [name for name in only if name not in ALL]:
        raise UsageError(f"--only {unknown[0]}: there are {', '.join(ALL)}")
    if not is_publication(folder):
        raise UsageError(f"{folder} holds no publication; only a whole newsroom can make one")
    _check_copied(folder, only)
    known = passphrase() if PRESS in only else ""
    ask(folder, "set-up")
    names = ", ".join(dict.fromkeys(only))
    with open_door(listen) if WEB in only else nullcontext() as door:
        said = f" at http://{_address(door)}/" if door else ""
        Processes(folder, door, known, tuple(dict.fromkeys(only))).run(
            lambda: say(f"Running {names}{said} until you press Ctrl-C.")
        )


def _check_copied(folder: Path, only: tuple[str, ...]) -> None:
    """Raises UsageError if this machine lacks what it needs of the one where the newsroom was made.

    Without a database that others reach, too, this is that one.
    """
    if not load_config(folder).newsroom.database:
        return
    place = Place(folder)
    missing = [] if place.secret_file.exists() else [str(place.secret_file.relative_to(folder))]
    if not has_state(folder) and not {WEB, BACKGROUND}.isdisjoint(only):
        missing.append("trust/ (it is there once the ceremony is finished)")
    if missing:
        needs = ", ".join(missing)
        raise UsageError(f"{folder} lacks {needs}: copy it from the machine where the newsroom was made")


def _first_run(folder: Path, door: socket.socket, say: Say, *, only_account: bool) -> str:
    """Let one browser answer what is missing; the passphrase that it chose."""
    work = _Work(folder, say)
    if only_account:
        work.database()
    token = secrets.token_urlsafe(24)
    wizard = Wizard(token, work, only_account=only_account)
    say("Nobody has an account here yet. Open this link in your browser; it works once:")
    say(f"\n  http://{_address(door)}/begin/{token}\n")
    with answering(door, wizard):
        while not wizard.finished.wait(_LOOK_SECONDS):
            pass
    return wizard.passphrase


def _sample(folder: Path, say: Say) -> str:
    """A sample newspaper without questions; its passphrase."""
    work = _Work(folder, say)
    paper, keys, account = work.sample()
    say("Making a sample newspaper. That takes half a minute.")
    work.keys(paper, keys)
    work.database()
    work.fill()
    work.account(account)
    say(f"Log-in name  {account.login}")
    say(f"Password     {account.password}")
    say("The keys have the same passphrase: the newsroom asks for it when it is started again.")
    return keys.passphrase


def _address(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
