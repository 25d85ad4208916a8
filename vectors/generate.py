"""Writes the test vectors of ``spec/``; with ``--check``, fails if the files differ from what it writes."""

import json
import sys
from pathlib import Path

from of_catchup import editions, plans, proofs
from of_indexes import heads, indexes, shelves
from of_packs import codepages, packs
from of_sites import listings, sites
from of_stories import stories
from of_ways_in import ways_in

FOLDER = Path(__file__).resolve().parent / "edition"
KINDS = {
    "story": stories,
    "pack": packs,
    "codepage": codepages,
    "head": heads,
    "index": indexes,
    "shelf": shelves,
    "proof": proofs,
    "plan": plans,
    "edition": editions,
    "listing": listings,
    "site": sites,
    "ways-in": ways_in,
}


def files() -> dict[str, str]:
    """Every file by name."""
    return {
        f"{kind}.json": json.dumps({"kind": kind, "vectors": list(make())}, ensure_ascii=True, indent=1) + "\n"
        for kind, make in KINDS.items()
    }


def main() -> int:
    """Write, or check."""
    made = files()
    if "--check" in sys.argv[1:]:
        there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")}
        differing = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
        for name in differing:
            print(f"vectors/edition/{name} is not what vectors/generate.py writes", file=sys.stderr)
        return bool(differing)
    FOLDER.mkdir(exist_ok=True)
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
