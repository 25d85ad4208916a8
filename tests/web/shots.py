"""Pictures of every kind of page, for people to look at: ``make shots`` writes them to ``tests/web/shots``.

With the path of a web root, of each page of it: ``python tests/web/shots.py demo-site/out``.
"""

import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from judging import browse, no_browser, serving
from rich_paper import press

LANGUAGES = ("en", "ru", "fa", "ka")
LOOKS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]
SHOTS = Path(__file__).with_name("shots")


def shoot(root: Path, pages: Iterable[tuple[str, str]]) -> int:
    """Take a picture of each ``(name, path below root)`` in each look. Returns how many there are."""
    SHOTS.mkdir(exist_ok=True)
    with serving(root) as address:
        shots = [
            {
                "url": address + path,
                "file": str(SHOTS / f"{name}-{width}-{scheme}.png"),
                "width": width,
                "scheme": scheme,
            }
            for name, path in pages
            for width, scheme in LOOKS
        ]
        return browse("shots", shots=shots)


def everything_in(root: Path) -> list[tuple[str, str]]:
    """Every page of a web root in our languages, named after its path, and those of the whole site."""
    paths = (file.relative_to(root).as_posix() for file in sorted(root.rglob("*.html")))
    ours = (path for path in paths if "/" not in path or path.split("/")[0] in LANGUAGES)
    return [(re.sub(r"\W+", "-", path.removesuffix(".html")), path) for path in ours]


def main(arguments: list[str]) -> None:
    if reason := no_browser():
        raise SystemExit(reason)
    if arguments:
        root = Path(arguments[0])
        print(shoot(root, everything_in(root)), "pictures in", SHOTS)
        return
    with tempfile.TemporaryDirectory() as folder:
        pressed = press(LANGUAGES)
        pressed.write(Path(folder))
        pages = [
            (f"{language or 'site'}-{kind}", path)
            for language, kinds in pressed.kinds.items()
            for kind, path in kinds.items()
        ]
        print(shoot(Path(folder), pages), "pictures in", SHOTS)


if __name__ == "__main__":
    main(sys.argv[1:])
