"""Language tags as services write them."""

from collections.abc import Collection, Mapping
from typing import Final

from tamizdat.locales import DERIVED

_OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "zh-Hans": ("zh", "zh-CN"),
    "zh-Hant": ("zt", "zh-TW"),
    "pt-BR": ("pb", "pt"),
    "pt": ("pt-PT", "pt-BR"),
    "en": ("en-GB", "en-US"),
    "nb": ("no",),
    "no": ("nb",),
    "fil": ("tl",),
    "he": ("iw",),
    "cnr": ("sr-Latn",),
}
INSTEAD: Final[Mapping[str, str]] = {"prs": "fa"}
"""Languages so close that a draft in the other one is worth having, if a service says that it has that one alone."""


def named(tag: str, known: Collection[str]) -> str:
    """What a service that knows ``known`` calls a language; empty if it lacks it."""
    there = {each.casefold(): each for each in known}
    for name in (tag, *_OTHERS.get(tag, ()), *(() if tag in DERIVED else _shorter(tag))):
        if name.casefold() in there:
            return there[name.casefold()]
    return ""


def _shorter(tag: str) -> tuple[str, ...]:
    """``ckb-IQ`` is ``ckb`` to most; a script is something else."""
    head, dash, tail = tag.rpartition("-")
    return (head,) if dash and len(tail) != 4 else ()
