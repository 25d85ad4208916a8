"""The site that the judges look at, pressed once, in a folder and on a mirror."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from judging import serving
from rich_paper import ALSO, JUDGED, Pressed, press


@dataclass(frozen=True)
class Site:
    """A pressed site: ``address`` ends with a slash."""

    pressed: Pressed
    folder: Path
    address: str

    def at(self, languages: tuple[str, ...], kinds: tuple[str, ...] = ()) -> list[str]:
        """Addresses of the pages of ``kinds`` (all, if none are named) in ``languages``; "" is the whole site's own."""
        return [self.address + path for path in self.paths(languages, kinds)]

    def paths(self, languages: tuple[str, ...], kinds: tuple[str, ...] = ()) -> list[str]:
        found = ((kind, path) for language in languages for kind, path in self.pressed.kinds[language].items())
        return [path for kind, path in found if not kinds or kind in kinds]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pressed = press(JUDGED + ALSO)
    folder = tmp_path_factory.mktemp("site")
    pressed.write(folder)
    with serving(folder) as address:
        yield Site(pressed, folder, address)
