"""``python on_postgresql.py COMMAND...``: run a command with a PostgreSQL of its own, gone again afterwards.

The server is Debian's, in a temporary folder, on a free port of 127.0.0.1; ``TAMIZDAT_TEST_DATABASE`` names it to the
command. Ends with the command's exit code; with 0 and a sentence where there is no PostgreSQL.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "TAMIZDAT_TEST_DATABASE"


def binaries() -> Path | None:
    """The newest installed PostgreSQL's programs; None without any."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parent.parent.name))
    return found[-1].parent if found else None


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """A running server; its address."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    # PostgreSQL refuses to be root; Debian made it a user.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
    if as_user:
        entry = pwd.getpwnam("postgres")
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    port = _free_port()
    data = folder / "data"
    _run(
        [*as_user, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], folder
    )
    # A database that lives for minutes need not survive a power cut.
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
    _run([*as_user, programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"], folder)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/newsroom"
    finally:
        _run([*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], folder)
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[object], folder: Path) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(command: list[str]) -> int:
    """Run ``command``; its exit code."""
    programs = binaries()
    if programs is None:
        print("no PostgreSQL here (Debian: postgresql): what needs it is skipped", file=sys.stderr)
        return 0
    with server(programs) as address:
        return subprocess.run(command, env={**os.environ, VARIABLE: address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
