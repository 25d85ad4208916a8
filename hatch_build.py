"""Compiles the catalogues while the package is built: ``*.po`` are the sources, ``*.mo`` what programs read."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "src/tamizdat/locales/catalogues"


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


def compile_catalogue(source: Path, target: Path) -> None:
    """Write ``target`` (.mo) from ``source`` (.po): the same bytes for the same source. Raises PoFileError."""
    catalogue = _AsWritten()
    with source.open("rb") as file:
        PoFileParser(catalogue, ignore_obsolete=True, abort_invalid=True).parse(file)
    made = BytesIO()
    write_mo(made, catalogue)
    beside = target.with_suffix(".new")
    beside.write_bytes(made.getvalue())
    beside.replace(target)  # whoever reads meanwhile sees the old one or the new one


class CompileCatalogues(BuildHookInterface[Any]):
    """The build hook that pyproject.toml names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling names it
        """Compile before files are collected; git ignores what is made here, so the wheel is told to take it."""
        folder = Path(self.root, CATALOGUES)
        for source in sorted(folder.glob("*.po")):
            compile_catalogue(source, source.with_suffix(".mo"))
        for old in folder.glob("*.mo"):
            if not old.with_suffix(".po").exists():
                old.unlink()
        build_data["artifacts"].append(f"/{CATALOGUES}/*.mo")
