"""The words of the interface: compiled gettext catalogues, each backed by those its readers understand."""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Final

from tamizdat.errors import UsageError
from tamizdat.locales.serbian import to_cyrillic, to_latin

SOURCE_LANGUAGE: Final = "en"
# Whose words stand in for what a catalogue lacks. A warning that is understood comes before pride: most who read
# Chechen or Kazakh read Russian too, and few of them English. English is behind all.
_STANDS_IN: Final = {
    "ba": ("ru",),
    "be": ("ru",),
    "bs": ("hr", "sr-Latn"),
    "ce": ("ru",),
    "cnr": ("bs", "sr-Latn"),
    "crh": ("uk",),
    "hr": ("bs", "sr-Latn"),
    "kk": ("ru",),
    "ky": ("ru",),
    "prs": ("fa",),
    "ps": ("prs", "fa"),
    "tg": ("ru",),
    "tt": ("ru",),
}
DERIVED: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {"sr-Latn": ("sr", to_latin)}
"""Languages whose script another one's is turned into letter for letter: from which, and how.

They are written only where somebody wants other words than the exact copy.
"""


@dataclass(frozen=True, slots=True)
class OtherScript:
    """How a text becomes one in the language's other script. Not ``exact``: a person has to read what comes of it."""

    change: Callable[[str], str]
    exact: bool


_SCRIPTS: Final = {
    ("sr", "sr-Latn"): OtherScript(to_latin, exact=True),
    ("sr-Latn", "sr"): OtherScript(to_cyrillic, exact=False),
}


IN_TWO_SCRIPTS: Final = frozenset(tag for tag, _other in _SCRIPTS)
"""Languages that are the same as another one in another script."""


def other_script(source: str, target: str) -> OtherScript | None:
    """How a text in ``source`` becomes one in ``target`` without being translated; None if that takes a translator."""
    return _SCRIPTS.get((source, target))


def in_other_script(tag: str) -> str:
    """The language that is the same as ``tag`` in another script; empty if there is none."""
    return next((source for source, target in _SCRIPTS if target == tag), "")


@dataclass(frozen=True, slots=True)
class Plural:
    """One text in all its numbers: ``forms[rule(n)]``."""

    rule: Callable[[int], int]
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts by id. ``made`` is how: ``original``, ``checked`` by a person, or by a ``machine``."""

    texts: Mapping[str, str]
    plurals: Mapping[str, Plural]
    made: str

    def over(self, other: "Catalogue") -> "Catalogue":
        """These words, and those of ``other`` where there are none."""
        return replace(self, texts={**other.texts, **self.texts}, plurals={**other.plurals, **self.plurals})

    def mapped(self, change: Callable[[str], str]) -> "Catalogue":
        """All words changed, as into another script."""
        return replace(
            self,
            texts={name: change(text) for name, text in self.texts.items()},
            plurals={
                name: Plural(plural.rule, tuple(map(change, plural.forms))) for name, plural in self.plurals.items()
            },
        )


class _Compiled(gettext.GNUTranslations):
    """A ``.mo`` file; the standard library reads it but gives no list of what it read."""

    _catalog: dict[str | tuple[str, int], str]

    def catalogue(self) -> Catalogue:
        forms: dict[str, dict[int, str]] = {}
        texts: dict[str, str] = {}
        for name, text in self._catalog.items():
            if isinstance(name, tuple):
                forms.setdefault(name[0], {})[name[1]] = text
            elif name:
                texts[name] = text
        rule: Callable[[int], int] = self.plural  # type: ignore[attr-defined] # made by _parse; typeshed has it not
        plurals = {name: Plural(rule, tuple(text for _, text in sorted(of.items()))) for name, of in forms.items()}
        return Catalogue(texts, plurals, self.info().get("x-translation", ""))


def _written(tag: str) -> Catalogue | None:
    """The catalogue that somebody wrote for ``tag``."""
    file = resources.files("tamizdat.locales") / "catalogues" / f"{tag}.mo"
    try:
        with file.open("rb") as opened:
            return _Compiled(opened).catalogue()
    except FileNotFoundError:
        return None


def _own(tag: str) -> Catalogue | None:
    """What is written for ``tag``, over what can be derived for it from another script."""
    written = _written(tag)
    if tag not in DERIVED:
        return written
    other, change = DERIVED[tag]
    source = _written(other)
    derived = source.mapped(change) if source else None
    return written.over(derived) if written and derived else written or derived


def stand_ins(tag: str) -> tuple[str, ...]:
    """The languages whose words stand in for what ``tag`` lacks, in order."""
    chain = (*_STANDS_IN.get(tag, ()), SOURCE_LANGUAGE)
    return tuple(other for other in chain if other != tag)


def catalogue_for(tag: str) -> Catalogue:
    """All words for interface language ``tag``: every id of the English catalogue has a text.

    Raises UsageError if the catalogues were never compiled.
    """
    result = _own(tag) or Catalogue({}, {}, "")
    for other in stand_ins(tag):
        if behind := _own(other):
            result = result.over(behind)
    if not result.texts:
        detail = "the catalogues of the interface are not compiled; run `make`, or install the package"
        raise UsageError(detail)
    return replace(result, texts=MappingProxyType(result.texts), plurals=MappingProxyType(result.plurals))
