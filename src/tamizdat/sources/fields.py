"""Objects of JSON that know what was taken of them, so that what was not can be told."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tamizdat.limits import LIMITS
from tamizdat.story import clean_text

_MAX_NAMED: Final = 60
_SHOWN_CHARS: Final = 60
_SPACES: Final = re.compile(" +")


class Fields:
    """One object. Names are looked up without regard to case: versions of formats spell them differently.

    Every field that is asked for counts as taken; :meth:`left` says which were not and yet hold something.
    """

    def __init__(self, value: object, path: str = "") -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        self._spelled: dict[str, str] = {}
        for key, held in value.items() if isinstance(value, Mapping) else ():
            self._values.setdefault(str(key).lower(), held)
            self._spelled.setdefault(str(key).lower(), str(key))
        self._taken: set[str] = set()
        self._inside: dict[str, list[Fields]] = {}

    def __contains__(self, name: str) -> bool:
        return _holds(self._values.get(name))

    def names(self) -> list[str]:
        """Names of all fields, in lower case, in order."""
        return list(self._values)

    def says(self, name: str) -> bool:
        """Whether the field is there, be it empty. With null systems write that they have none."""
        return self._values.get(name) is not None

    def take(self, *names: str) -> object:
        """The value of the first of ``names`` that holds anything; None if none does. Only that one counts as taken."""
        for name in names:
            value = self._values.get(name)
            if _holds(value):
                self._taken.add(name)
                return value
        return None

    def text(self, *names: str) -> str:
        """A text or number as one line that a story can carry; empty if there is none."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and (line := as_line(value)):
                self._taken.add(name)
                return line
        return ""

    def raw(self, *names: str) -> str:
        """A text as it stands, line breaks and all; empty if there is none."""
        for name in names:
            value = self._values.get(name)
            if isinstance(value, str) and value.strip():
                self._taken.add(name)
                return value
        return ""

    def objects(self, *names: str) -> "list[Fields]":
        """The objects of a list, of a mapping by name (which becomes ``name``), or the one object there is.

        Texts in a list become ``{"name": text}``. What these objects keep for themselves is told by :meth:`left`.
        """
        for name in names:
            value = self._values.get(name)
            if _holds(value) and name not in self._inside:
                self._taken.add(name)
                self._inside[name] = _objects(value, f"{self._path}{self._spelled[name][:_SHOWN_CHARS]}")
        return [each for name in names for each in self._inside.get(name, ())]

    def silent(self, *names: str) -> None:
        """Count fields as taken that say nothing to readers: sizes, media types, the format's own version."""
        self._taken.update(names)

    def left(self) -> list[str]:
        """Where something is that was not taken: ``people[].name``. Each place once, in order."""
        found: dict[str, None] = {}
        for name, value in self._values.items():
            if name not in self._taken:
                found.update(dict.fromkeys(_leaves(value, f"{self._path}{self._spelled[name][:_SHOWN_CHARS]}")))
        for inside in (each for objects in self._inside.values() for each in objects):
            found.update(dict.fromkeys(inside.left()))
        return list(found)


def left_note(left: list[str]) -> str:
    """One sentence for all that had no place; empty if there is nothing to say."""
    if not left:
        return ""
    more = f", and {len(left) - _MAX_NAMED} more" if len(left) > _MAX_NAMED else ""
    return f"left out, a story has no place for it: {', '.join(map(_shown, left[:_MAX_NAMED]))}{more}"


def as_line(value: str | float) -> str:
    """A text or number as one line; no longer than a story's line may be."""
    text = _SPACES.sub(" ", clean_text(str(value))).strip()
    return text[: LIMITS.max_line_chars].strip()


def _shown(path: str) -> str:
    return clean_text(path)[: 3 * _SHOWN_CHARS]


def _holds(value: object) -> bool:
    return value is not None and value not in ("", [], {}) and not (isinstance(value, str) and not value.strip())


def _objects(value: object, path: str) -> list[Fields]:
    if isinstance(value, list):
        objects = [each if isinstance(each, Mapping) else {"name": each} for each in value if _holds(each)]
        return [Fields(each, f"{path}[].") for each in objects]
    if isinstance(value, Mapping):
        # Newsroom systems write null for what they have not.
        named = {name: each for name, each in value.items() if _holds(each)}
        if named and all(isinstance(each, Mapping) for each in named.values()):
            return [Fields({"name": name, **each}, f"{path}.{name[:_SHOWN_CHARS]}.") for name, each in named.items()]
        return [Fields(value, f"{path}.")]
    return [Fields({"name": value}, f"{path}.")]


def _leaves(value: object, path: str) -> Iterator[str]:
    """Paths of everything below ``value`` that holds something. Iterative: nesting costs no stack."""
    waiting: list[tuple[object, str]] = [(value, path)]
    while waiting:
        held, place = waiting.pop()
        if isinstance(held, Mapping):
            inside = [(each, f"{place}.{str(key)[:_SHOWN_CHARS]}"[-400:]) for key, each in held.items()]
            waiting += reversed(inside)
        elif isinstance(held, list):
            waiting += ((each, f"{place}[]"[-400:]) for each in reversed(held))
        elif _holds(held):
            yield place
