"""``--trust``: what a person knows of a publication beforehand."""

from pathlib import Path

from tamizdat.trust.fingerprint import Anchor


def anchor_of(trust: str) -> Anchor:
    """The anchor in a fingerprint, its nine words, or the name of a first root file. Raises UsageError."""
    path = Path(trust)
    # A fingerprint has no dot and words have no slash; anything that is a file is a root file.
    if len(trust) < 1000 and path.is_file():
        return Anchor.of_root(path.read_bytes())
    return Anchor.parse(trust)
