"""Every size out of the whole picture."""

import hashlib
import os

import pytest
from PIL import Image

from picture_kit import opened, picture, saved
from tamizdat.errors import ItemError
from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import strip
from tamizdat.pictures.variants import variants
from tamizdat.story import Picture

WHOLE = strip(saved(picture((2000, 1500)), "JPEG", quality=90))
FOUND = variants(
    Picture("A", hashlib.sha256(WHOLE.data).hexdigest(), width=WHOLE.width, height=WHOLE.height, focus=(500, 200))
)


def test_format_and_size_are_what_the_name_says():
    wanted = {*FOUND.needed(lead=True), *FOUND.needed(lead=False)} - {FOUND.whole}
    made = dict(make_variants(WHOLE.data, wanted))
    assert made.keys() == wanted
    for variant, data in made.items():
        with opened(data) as image:
            assert image.format == ("AVIF" if variant.path.endswith(".avif") else "JPEG")
            assert image.size == (variant.width, variant.height)
            assert image.mode == "RGB"


def test_it_is_the_part_round_the_focus():
    striped = Image.new("RGB", (1280, 960), "blue")
    striped.paste("red", (0, 0, 1280, 100))
    whole = strip(saved(striped, "PNG"))
    for focus, colour in (((500, 0), "red"), ((500, 1000), "blue")):
        found = variants(Picture("A", "0" * 64, width=1280, height=960, focus=focus))
        for variant, data in make_variants(whole.data, (found.lead.avif[0], found.lead.jpeg[0], found.card)):
            with opened(data) as image:
                red, _, blue = image.getpixel((variant.width // 2, 4))
                assert (red > 200 > 60 > blue) if colour == "red" else (blue > 200 > 60 > red)


def test_bytes_do_not_depend_on_the_processors_that_there_are(monkeypatch):
    wide, made = FOUND.lead.avif[-1], set()
    for count in (1, 8):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, count=count: set(range(count)), raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        made.add(dict(make_variants(WHOLE.data, [wide]))[wide])
    assert len(made) == 1


@pytest.mark.parametrize("broken", [b"", b"no picture", WHOLE.data[:200], WHOLE.data[: len(WHOLE.data) // 2]])
def test_a_whole_picture_that_is_not_whole(broken):
    with pytest.raises(ItemError, match="another size"):
        list(make_variants(broken, [FOUND.lead.avif[0]]))
