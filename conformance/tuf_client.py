"""The TUF project's client protocol over our verifier: ``init``, ``refresh``, ``download``; exit 0 or 1.

The protocol is CLIENT-CLI.md of https://github.com/theupdateframework/tuf-conformance. Everything that decides is
``tamizdat.trust``; here are only the arguments, HTTP and files.
"""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import urllib3
from tuf.api.metadata import TargetFile

from tamizdat.errors import CarrierError, Failure, TamizdatError, TrustError, UsageError
from tamizdat.limits import LIMITS
from tamizdat.trust.envelope import check_bytes
from tamizdat.trust.refresh import Refresh, Want, bring_up_to_date, find_target
from tamizdat.trust.roles import ROOT
from tamizdat.trust.store import DirectoryStore
from tamizdat.trust.verify import ExpiryPolicy

_MISSING = (403, 404)
_OK = 200


class Http:
    """Fetches files below one base address, whole or not at all, without redirects, retries or compression."""

    def __init__(self, base: str) -> None:
        self._base = base if base.endswith("/") else f"{base}/"
        timeout = urllib3.Timeout(connect=LIMITS.connect_timeout_seconds, read=LIMITS.read_timeout_seconds)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False)

    def get(self, path: str, max_bytes: int) -> bytes | None:
        """The file's bytes, ``None`` if the server has none. Raises CarrierError, TrustError TOO_LARGE."""
        try:
            answer = self._pool.request(
                "GET",
                self._base + path,
                headers={"Accept-Encoding": "identity"},
                preload_content=False,
                decode_content=False,
                redirect=False,
            )
            with contextlib.closing(answer):
                if answer.status in _MISSING:
                    return None
                if answer.status != _OK:
                    raise CarrierError(f"HTTP status {answer.status}", carrier="http", path=path)
                data: bytes = answer.read(max_bytes + 1, decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise CarrierError(str(error), carrier="http", path=path) from error
        if len(data) > max_bytes:
            raise TrustError(Failure.TOO_LARGE, f"more than {max_bytes} bytes", what=path)
        return data


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. The exit code is 0, or 1 for any failure, as the protocol has it."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (TamizdatError, OSError) as error:
        print(f"tuf-client: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tuf-client", description=__doc__)
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("--target-dir", type=Path)
    parser.add_argument("--target-base-url")
    commands = parser.add_subparsers(required=True)
    init = commands.add_parser("init")
    init.add_argument("trusted_root", type=Path)
    init.set_defaults(run=_init)
    commands.add_parser("refresh").set_defaults(run=_refresh)
    commands.add_parser("download").set_defaults(run=_download)
    return parser


def _init(options: argparse.Namespace) -> None:
    options.metadata_dir.mkdir(parents=True, exist_ok=True)
    DirectoryStore(options.metadata_dir).save(ROOT, options.trusted_root.read_bytes())


def _refresh(options: argparse.Namespace) -> None:
    _up_to_date(options)


def _download(options: argparse.Namespace) -> None:
    if options.target_dir is None or options.target_base_url is None or not options.target_name:
        raise UsageError("download needs --target-name, --target-dir and --target-base-url")
    refresh, fetch = _up_to_date(options)
    artifacts = Http(options.target_base_url)
    for name in options.target_name:
        target = find_target(refresh, fetch, name)
        path = options.target_dir / quote(name, safe="")
        if not _have(path, target):
            prefix = bool(refresh.trusted.root.consistent_snapshot)
            _save(path, _get_target(artifacts, target, prefix=prefix))


def _up_to_date(options: argparse.Namespace) -> tuple[Refresh, Callable[[Want], bytes | None]]:
    if options.metadata_url is None:
        raise UsageError("--metadata-url is missing")
    http = Http(options.metadata_url)

    def fetch(want: Want) -> bytes | None:
        return http.get(want.name, want.max_bytes)

    store = DirectoryStore(options.metadata_dir)
    refresh = Refresh(store, now=datetime.now(UTC), policy=ExpiryPolicy.REFUSE)
    bring_up_to_date(refresh, fetch)
    return refresh, fetch


def _get_target(artifacts: Http, target: TargetFile, *, prefix: bool) -> bytes:
    if any(part in {"", ".", ".."} for part in target.path.split("/")):
        raise UsageError(f"{target.path!r} is no path below the address of the artifacts")
    folder, slash, name = target.path.rpartition("/")
    hashed = target.hashes.get("sha256") or next(iter(target.hashes.values()))
    path = f"{folder}{slash}{hashed}.{name}" if prefix else target.path
    data = artifacts.get(quote(path, safe="/"), target.length)
    if data is None:
        raise TrustError(Failure.NOT_FOUND, "the repository does not have it", what=target.path)
    check_bytes(target, data, what=target.path)
    return data


def _have(path: Path, target: TargetFile) -> bool:
    try:
        check_bytes(target, path.read_bytes(), what=target.path)
    except (OSError, TrustError):
        return False
    return True


def _save(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
