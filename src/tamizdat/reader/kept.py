"""What a reader keeps between visits, as named pieces of a library (which may be nothing but memory)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tamizdat.edition.index import read_index
from tamizdat.reader.language import Edition, Held, Mark
from tamizdat.reader.library import Library
from tamizdat.reader.stories import KeptStories, changes, removal
from tamizdat.trust.claims import RetiredKey
from tamizdat.trust.refresh import FIRST_ROOT
from tamizdat.trust.roles import ROOT

_FLOOR: Final = "floor"
_FIRST: Final = "first"
FIRST_ROOT_NAME: Final = f"trust/{_FIRST}"
"""Where the first root lies, which the fingerprint names."""
_EARLIER_NAME: Final = "trust/earlier"
_EARLIER_ROOTS: Final = 16


class KeptTrust:
    """The verifier's store over a library. Nothing is written before :meth:`changes` are put."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._changes: dict[str, bytes | None] = {}

    def load(self, role: str) -> bytes | None:
        """See :class:`tamizdat.trust.store.Store`."""
        return self._get(_trust_name(role))

    def _get(self, name: str) -> bytes | None:
        return self._changes[name] if name in self._changes else self._library.get(name)

    def save(self, role: str, data: bytes) -> None:
        """See :class:`tamizdat.trust.store.Store`."""
        if role == FIRST_ROOT:  # another publication, or the first visit
            self._changes |= dict.fromkeys((_trust_name(ROOT), _EARLIER_NAME))
        elif role == ROOT and (before := self.load(ROOT)) is not None:
            kept = [*self.earlier_roots, before][-_EARLIER_ROOTS:]
            self._changes[_EARLIER_NAME] = json.dumps([root.decode() for root in kept]).encode()
        self._changes[_trust_name(role)] = data

    @property
    def earlier_roots(self) -> tuple[bytes, ...]:
        """The last roots before the current one that this reader trusted in their day. They give no rights."""
        data = self._get(_EARLIER_NAME)
        return () if data is None else tuple(root.encode() for root in json.loads(data))

    def delete(self, role: str) -> None:
        """See :class:`tamizdat.trust.store.Store`."""
        self._changes[_trust_name(role)] = None

    @property
    def roots(self) -> Mapping[str, bytes | None]:
        """The changes that concern root alone."""
        names = {FIRST_ROOT_NAME, _trust_name(ROOT), _EARLIER_NAME}
        return {name: data for name, data in self._changes.items() if name in names}

    @property
    def changes(self) -> Mapping[str, bytes | None]:
        """What the visit changed."""
        return self._changes


def _trust_name(role: str) -> str:
    return f"trust/{role or _FIRST}"


def load_marks(library: Library, language: str) -> dict[bytes, Mark]:
    """High-water marks of ``language`` by key."""
    fields = _read_json(library, f"marks/{language}")
    return {bytes.fromhex(key): Mark(entry[0], bytes.fromhex(entry[1])) for key, entry in fields.items()}


def load_held(library: Library, language: str) -> Held:
    """What the library holds of ``language``."""
    fields = _read_json(library, f"held/{language}")
    if not fields:
        return Held()
    key, index = bytes.fromhex(fields["key"]), library.get(f"index/{language}")
    return Held(fields["log_mark"], KeptStories(library, language), key, fields["number"], index)


def kept_edition(library: Library, language: str) -> Edition | None:
    """The edition that the library holds whole. It was verified before it was put there, and sealed since."""
    data = library.get(f"index/{language}")
    if data is None:
        return None
    held, index = load_held(library, language), read_index(data)
    return Edition(index.head.head, index, held.stories, held.key, data)


def kept_languages(library: Library) -> tuple[str, ...]:
    """Languages of which the library holds an edition."""
    return tuple(sorted(name.removeprefix("held/") for name in library.names() if name.startswith("held/")))


def floor_of(library: Library) -> tuple[int, int]:
    """Versions of root and targets that this reader has verified; 0 for none."""
    fields = _read_json(library, _FLOOR)
    return fields.get("root", 0), fields.get("targets", 0)


def floor_change(root: int, targets: int) -> dict[str, bytes | None]:
    """What to put so that :func:`floor_of` says this from now on."""
    return {_FLOOR: json.dumps({"root": root, "targets": targets}).encode()}


def purge_changes(library: Library, retired: Iterable[RetiredKey]) -> tuple[dict[str, bytes | None], list[str]]:
    """What to put so that nothing stays that a retired key signed after its last good edition, and a word about it."""
    purge: dict[str, bytes | None] = {}
    notes: list[str] = []
    for key in retired:
        held = _read_json(library, f"held/{key.language}")
        if held and held["key"] == key.public.hex() and held["number"] > key.last_good:
            purge |= {f"held/{key.language}": None, f"index/{key.language}": None, **removal(key.language)}
            notes.append(
                f"{key.language}: edition {held['number']} that you kept was signed by a key that has since been "
                f"revoked (last good edition: {key.last_good}); it has been thrown away"
            )
    return purge, notes


def edition_changes(
    edition: Edition, held: Held, marks: Mapping[bytes, Mark], language: str
) -> dict[str, bytes | None]:
    """What to put into the library so that it holds ``edition``; only buckets that differ from ``held``."""
    if edition.stories is held.stories and edition.key == held.key and edition.key in marks:
        return {}
    # Whoever begins anew may have something there that cannot be read.
    nothing = {} if held.stories else removal(language)
    result = {**nothing, **changes(language, held.stories, edition.stories)}
    head = edition.head
    fields = {"log_mark": edition.index.log_end, "key": edition.key.hex(), "number": head.number}
    result[f"index/{language}"] = edition.index_bytes
    result[f"held/{language}"] = json.dumps(fields).encode()
    all_marks = {**marks, edition.key: Mark(head.number, head.root)}
    listed = {key.hex(): [mark.number, mark.root.hex()] for key, mark in all_marks.items()}
    result[f"marks/{language}"] = json.dumps(listed).encode()
    return result


def _read_json(library: Library, name: str) -> dict[str, Any]:
    data = library.get(name)
    return {} if data is None else dict(json.loads(data))
