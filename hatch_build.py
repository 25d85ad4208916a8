"""Compiles the catalogues while the package is built: ``*.po`` are the sources, ``*.mo`` what programs read."""

import importlib.util
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALES = "src/tamizdat/locales"
FOLDERS = ("catalogues", "newsroom")
# Serbian in Latin letters is an exact copy, which Django cannot make by itself as ours do.
DERIVED = {"newsroom/sr_Latn/LC_MESSAGES/django.mo": "newsroom/sr/LC_MESSAGES/django.po"}


class _AsWritten(Catalog):
    """A catalogue that keeps its header: Babel's own loses what it does not know, and adds the time of the build."""

    _header: tuple[tuple[str, str], ...] = ()

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header's lines, in order."""
        return list(self._header)

    @mime_headers.setter
    def mime_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        self._header = tuple(headers)
        self._set_mime_headers(self._header)


def compile_catalogue(source: Path, target: Path, change: Callable[[str], str] = str) -> None:
    """Write ``target`` (.mo) from ``source`` (.po), its texts changed: the same bytes for the same source.

    Raises PoFileError.
    """
    catalogue = _AsWritten()
    with source.open("rb") as file:
        PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True).parse(file)
    for message in catalogue:
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            made = tuple(map(change, texts)) if all(texts) else ()  # a part of the numbers would be worse than none
            message.string = made if message.pluralizable else "".join(made)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".new")
    beside.write_bytes(compiled.getvalue())
    beside.replace(target)  # whoever reads meanwhile sees the old one or the new one


def compile_all(locales: Path) -> None:
    """Compile every catalogue under ``locales``, and remove what is compiled of none."""
    made = set()
    for source in (source for folder in FOLDERS for source in sorted((locales / folder).rglob("*.po"))):
        compile_catalogue(source, source.with_suffix(".mo"))
        made.add(source.with_suffix(".mo"))
    for target, source in DERIVED.items():
        compile_catalogue(locales / source, locales / target, _to_latin(locales))
        made.add(locales / target)
    for old in set(locales.rglob("*.mo")) - made:
        old.unlink()


def _to_latin(locales: Path) -> Callable[[str], str]:
    """What the package does with Serbian; the package itself is not installed yet."""
    found = importlib.util.spec_from_file_location("serbian", locales / "serbian.py")
    module = importlib.util.module_from_spec(found)  # type: ignore[arg-type] # the file is there
    found.loader.exec_module(module)  # type: ignore[union-attr] # as above
    change: Callable[[str], str] = module.to_latin
    return change


class CompileCatalogues(BuildHookInterface[Any]):
    """The build hook that pyproject.toml names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling names it
        """Compile before files are collected; git ignores what is made here, so the wheel is told to take it."""
        compile_all(Path(self.root, LOCALES))
        build_data["artifacts"].append(f"/{LOCALES}/**/*.mo")
