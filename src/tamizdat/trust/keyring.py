"""A publication's folder of keys and offline-signed files, and the signers that a publish opens.

``DIR/keys/*.key`` holds sealed private keys and ``names.json`` (who holds which offline key; never published);
``DIR/trust/`` holds every ``N.root.json`` and ``N.targets.json``, and the marker ``rehearsal`` if this is one.
"""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from tamizdat.errors import CeremonyError, RootKeyPresentError
from tamizdat.limits import LIMITS
from tamizdat.trust.ceremony import Finished, answer, asked_keys, finish
from tamizdat.trust.changes import first_keys
from tamizdat.trust.files import read_bounded, write_new, write_over
from tamizdat.trust.keyfile import KEY_FORMAT, Argon2, KeyFile, SigningKey
from tamizdat.trust.request import Request
from tamizdat.trust.roles import OFFLINE, ONLINE, ROOT, TARGETS, check_languages, policy_of
from tamizdat.trust.state import State

KEYS: Final = "keys"
TRUST: Final = "trust"
REHEARSAL: Final = "rehearsal"
NAMES: Final = "names.json"
MACHINE: Final = "publishing machine"
"""Who holds the online keys."""
PassphraseFor = Callable[[KeyFile], str]
"""Asked once for each key file that is about to be opened, in the calling thread."""

_METADATA: Final = re.compile(r"([1-9][0-9]{0,8})\.(root|targets)\.json")
_MAX_NAMES_BYTES: Final = 65_536
# A key file with the longest name that we accept; larger files need not be opened to know that they are none.
_KEY_FILE_BYTES: Final = range(300, 2_400)
# Argon2id leaves Python's lock and takes 64 MiB a thread.
_UNLOCKING_THREADS: Final = 4


def is_rehearsal(folder: Path) -> bool:
    """Whether the publication in ``folder`` keeps all keys in one place."""
    return (folder / TRUST / REHEARSAL).exists()


def trust_files(folder: Path) -> dict[str, dict[int, Path]]:
    """The offline-signed files by role and version."""
    found: dict[str, dict[int, Path]] = {ROOT: {}, TARGETS: {}}
    for path in sorted((folder / TRUST).glob("*.json")):
        match = _METADATA.fullmatch(path.name)
        if match:
            found[match[2]][int(match[1])] = path
    return found


def has_state(folder: Path) -> bool:
    """Whether the first ceremony is finished."""
    return bool(trust_files(folder)[ROOT])


def load_state(folder: Path) -> State:
    """Read and verify the offline-signed files. Raises CeremonyError: none yet, a gap, or a bad signature."""
    found = trust_files(folder)
    where = str(folder / TRUST)
    if not found[ROOT] or not found[TARGETS]:
        raise CeremonyError("holds no signed keys yet: run the ceremony first", file=where)
    versions = sorted(found[ROOT])
    if versions != list(range(1, len(versions) + 1)):
        raise CeremonyError("a version of root is missing; every one is kept", file=where)
    roots = tuple(read_bounded(found[ROOT][version], LIMITS.max_root_bytes) for version in versions)
    names = _load_names(folder)
    # After a crash between the two files of one ceremony the newest targets may belong to a root still to come.
    *older, newest = sorted(found[TARGETS])[-2:]
    try:
        return State.verify(roots, _read_targets(found, newest), names, where)
    except CeremonyError:
        if not older:
            raise
        return State.verify(roots, _read_targets(found, older[0]), names, where)


def save_finished(folder: Path, finished: Finished) -> None:
    """Keep what a ceremony made, then delete the online keys that it replaced. Raises CeremonyError.

    Targets comes before root: after a crash between the two, the old root and old targets still stand, and finishing
    again with the same answers completes the step.
    """
    if finished.state.rehearsal:
        write_over(folder / TRUST / REHEARSAL, b"All keys of this publication lie in one place.\n")
    names = json.dumps(dict(finished.state.names()), indent=1, sort_keys=True).encode()
    write_over(folder / KEYS / NAMES, names, mode=0o600)
    for name in sorted(finished.files, key=lambda name: name.endswith(f".{ROOT}.json")):
        _keep(folder / TRUST / name, finished.files[name])
    current = {key.public for role in finished.state.roles for key in finished.state.keys_of(role)}
    for key in load_keys(folder):
        if key.role in finished.state.roles and key.key.public not in current:
            key.path.unlink()


def load_keys(folder: Path) -> list[KeyFile]:
    """Every key file in ``folder/keys``, still sealed. Raises CeremonyError."""
    return [KeyFile.load(path) for path in sorted((folder / KEYS).glob("*.key"))]


def offline_keys_present(folder: Path, extra: Iterable[Path] = ()) -> list[Path]:
    """Private root and targets keys anywhere under ``folder`` or ``extra``, under whatever name."""
    return [path for place in (folder, *extra) for path in _files_under(place) if _is_offline_key(path)]


def refuse_offline_keys(folder: Path, extra: Iterable[Path] = ()) -> None:
    """Raise RootKeyPresentError if an offline key lies here, unless this is a rehearsal. Publishers call it first."""
    if is_rehearsal(folder):
        return
    for path in offline_keys_present(folder, extra):
        raise RootKeyPresentError(file=path)


def create_keys(
    folder: Path, wanted: Iterable[tuple[str, str]], passphrase_for: Callable[[str], str], kdf: Argon2 | None
) -> list[KeyFile]:
    """Make and save a key for each ``(role, name)``. ``passphrase_for`` is asked by role, in the calling thread."""
    asked = [(role, name, passphrase_for(role)) for role, name in wanted]

    def make(given: tuple[str, str, str]) -> KeyFile:
        role, name, passphrase = given
        return KeyFile.create(role, name, passphrase, kdf)

    with ThreadPoolExecutor(_UNLOCKING_THREADS) as pool:
        made = list(pool.map(make, asked))
    return [key.save(folder / KEYS) for key in made]


def create_online_keys(
    folder: Path, languages: Sequence[str], passphrase_for: Callable[[str], str], kdf: Argon2 | None = None
) -> list[KeyFile]:
    """Make the keys of the publishing machine: snapshot, timestamp, app and one for each language.

    Raises UsageError or StoryError for a bad language, PassphraseError, CeremonyError.
    """
    roles = (*ONLINE, *check_languages(tuple(languages)))
    return create_keys(folder, [(role, MACHINE) for role in roles], passphrase_for, kdf)


def create_rehearsal(
    folder: Path,
    languages: Sequence[str],
    passphrase: str,
    name: str,
    now: datetime,
    kdf: Argon2 | None = None,
) -> State:
    """A whole publication's keys in one place, root and targets signed on the spot.

    Raises UsageError or StoryError for a bad language or name, PassphraseError, CeremonyError.
    """
    online = [(role, MACHINE) for role in (*ONLINE, *check_languages(tuple(languages)))]
    offline = [(role, f"rehearsal {number}") for role in OFFLINE for number in range(1, policy_of(role).keys + 1)]
    files = create_keys(folder, [*online, *offline], lambda _: passphrase, kdf)
    request = first_keys(name, [file.key for file in files], now, rehearsal=True)
    signers = unlock([file for file in files if file.role in OFFLINE], lambda _: passphrase)
    return sign_on_the_spot(folder, request, signers.values())


def sign_on_the_spot(folder: Path, request: Request, keys: Iterable[SigningKey]) -> State:
    """A rehearsal's whole ceremony: every key that is asked for answers at once. Raises CeremonyError."""
    wanted = asked_keys(request)
    asked = [answer(request, key) for key in keys if key.key.public in wanted]
    finished = finish(request, asked)
    save_finished(folder, finished)
    return finished.state


def unlock(files: Iterable[KeyFile], passphrase_for: PassphraseFor) -> dict[str, SigningKey]:
    """Open key files, several at a time; by key id. Raises PassphraseError naming the file."""
    asked = [(file, passphrase_for(file)) for file in files]
    with ThreadPoolExecutor(_UNLOCKING_THREADS) as pool:
        opened = pool.map(lambda given: given[0].unlock(given[1]), asked)
        return {key.keyid: key for key in opened}


class Keyring:
    """The signers of a publication, opened when they are first asked for and not before."""

    def __init__(self, files: Mapping[str, tuple[KeyFile, ...]], passphrase_for: PassphraseFor, where: Path) -> None:
        self._files = files
        self._passphrase_for = passphrase_for
        self._where = where
        self._opened: dict[str, SigningKey] = {}

    @classmethod
    def open(cls, folder: Path, passphrase_for: PassphraseFor) -> Self:
        """Find the key files that the newest root and targets name. Opens none. Raises CeremonyError."""
        state = load_state(folder)
        sealed = {file.key.public: file for file in load_keys(folder)}
        files = {
            role: tuple(sealed[key.public] for key in state.keys_of(role) if key.public in sealed)
            for role in state.roles
        }
        return cls(files, passphrase_for, folder / KEYS)

    def unlock(self, roles: Iterable[str]) -> None:
        """Open the keys of ``roles``, several at a time. Raises PassphraseError or CeremonyError."""
        wanted = {file.keyid: file for role in roles for file in self._of(role)}
        closed = [file for keyid, file in wanted.items() if keyid not in self._opened]
        self._opened |= unlock(closed, self._passphrase_for)

    def signers(self, role: str) -> tuple[SigningKey, ...]:
        """The open keys of ``role``; opens them first if need be. Raises PassphraseError or CeremonyError."""
        self.unlock([role])
        return tuple(self._opened[file.keyid] for file in self._of(role))

    def signer(self, role: str) -> SigningKey:
        """The one key of an online role. Raises as :meth:`signers`."""
        return self.signers(role)[0]

    def _of(self, role: str) -> tuple[KeyFile, ...]:
        found = self._files.get(role, ())
        if not found:
            raise CeremonyError(f"no private key here that may sign as {role}", file=self._where)
        return found


def _keep(path: Path, data: bytes) -> None:
    if not path.exists() or read_bounded(path, LIMITS.max_targets_bytes) != data:
        write_new(path, data)


def _read_targets(found: Mapping[str, Mapping[int, Path]], version: int) -> bytes:
    return read_bounded(found[TARGETS][version], LIMITS.max_targets_bytes)


def _load_names(folder: Path) -> Mapping[str, str]:
    path = folder / KEYS / NAMES
    if not path.exists():
        return {}
    try:
        names = json.loads(read_bounded(path, _MAX_NAMES_BYTES))
        return {str(keyid): str(name) for keyid, name in names.items()}
    except (ValueError, AttributeError, RecursionError):
        raise CeremonyError("is not a JSON object of names; it may be deleted", file=path) from None


def _files_under(place: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(place):
        for name in sorted(names):
            yield Path(parent, name)


def _is_offline_key(path: Path) -> bool:
    try:
        if path.stat().st_size not in _KEY_FILE_BYTES:
            return False
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and fields.get("format") == KEY_FORMAT and fields.get("role") in OFFLINE
