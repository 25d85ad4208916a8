"""What a first contact and a visit with nothing new cost: sizes, so a test and not a benchmark."""

import gzip
from datetime import timedelta

from publication_kit import NOW, Newsroom, item

LANGUAGES = tuple(f"{first}{second}" for first in "abcdefghij" for second in "xyz")


def test_signed_files_of_one_of_thirty_languages_fit(tmp_path):
    room = Newsroom(tmp_path / "room", LANGUAGES)
    room.write([item("a", LANGUAGES[7])])
    room.publish()
    room.publish(NOW + timedelta(days=1))
    names = ("1.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", f"1.{LANGUAGES[7]}.json")
    folder = room.carriers[0] / "metadata"
    sizes = {name: len(gzip.compress((folder / name).read_bytes(), 9, mtime=0)) for name in names}
    assert sum(sizes.values()) <= 5_500, sizes
    assert sizes["timestamp.json"] <= 500
