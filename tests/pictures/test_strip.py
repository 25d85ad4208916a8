"""What no published picture may carry, what it looks like, and what no original may do."""

import contextlib
import hashlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from picture_kit import (
    CAPTION,
    CREDIT,
    MARK,
    marked_jpeg,
    marked_others,
    marked_png,
    opened,
    picture,
    png_of_16_bits,
    profile,
    saved,
    swapped_profile,
)
from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import MAX_SIDE, strip
from tamizdat.pictures.variants import variants
from tamizdat.pictures.words import Words
from tamizdat.story import Picture

ORIGINALS = {"jpeg": marked_jpeg(), "png": marked_png(), **marked_others()}
MARKS = [MARK.encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be")]


def published(original, given=None):
    """Every file that is published of an original, the whole picture first, and the sizes of all of them."""
    stripped = strip(original, given)
    file = hashlib.sha256(stripped.data).hexdigest()
    found = variants(Picture("A", file, width=stripped.width, height=stripped.height, focus=(100, 900)))
    needed = {*found.needed(lead=True), *found.needed(lead=False)} - {found.whole}
    return [stripped.data, *(data for _, data in make_variants(stripped.data, needed))]


def corner(data, at=(2, 2)):
    """The colour at a place, which encoders move a little."""
    with opened(data) as image:
        return image.convert("RGB").getpixel(at)


def near(colour, other, most=12):
    return all(abs(one - two) <= most for one, two in zip(colour, other, strict=True))


# --- what is published ---


@pytest.mark.parametrize("kind", ORIGINALS)
def test_nothing_that_was_planted_is_published(kind):
    original = ORIGINALS[kind]
    assert any(mark in original for mark in MARKS)
    files = published(original)
    assert len(files) > 3
    for data in files:
        assert not [mark for mark in MARKS if mark in data]
        with opened(data) as image:
            assert not image.getexif()
            assert not {"exif", "comment", "icc_profile"} & image.info.keys()


def test_the_kit_plants_what_it_says():
    marks = {
        mark
        for mark in ("GPS", "SERIAL", "MAKER-NOTE", "THUMBNAIL", "COMMENT", "TRAILER", "DATE", "UUID", "THUMB")
        if f"{MARK}-{mark}".encode() in ORIGINALS["jpeg"]
    }
    assert len(marks) == 9
    with opened(ORIGINALS["jpeg"]) as image:
        exif = image.getexif()
        assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (41.0, 42.0, 43.0)
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] == f"{MARK}-SERIAL"
    with opened(ORIGINALS["png"]) as image:
        image.load()
        assert image.text["Comment"] == f"{MARK}-ZIPPED"


def test_a_published_jpeg_holds_only_what_a_decoder_needs():
    data = strip(marked_jpeg(), Words("A reader", "A harbour")).data
    segments, at = [], 2
    while data[at + 1] != 0xDA:
        segments.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    assert set(segments) <= {0xE0, 0xDB, 0xC2, 0xC4}  # JFIF, quantization, frame, Huffman
    assert data.endswith(b"\xff\xd9")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_credit_and_caption_are_published_in_every_file(kind):
    for data in published(ORIGINALS[kind]):
        with opened(data) as image:
            assert CREDIT.encode() in image.info["xmp"]
            assert CAPTION.replace("&", "&amp;").encode() in image.info["xmp"]


def test_what_the_newsroom_says_otherwise_is_in_no_file():
    words = Words("A reader", "A harbour")
    assert strip(ORIGINALS["jpeg"], words).words == Words(CREDIT, CAPTION)
    for data in published(ORIGINALS["jpeg"], words):
        assert b"Tesken" not in data
        assert b"Cranes" not in data
        with opened(data) as image:
            assert not {"xmp", "photoshop"} & image.info.keys()


def test_same_original_same_bytes():
    assert published(ORIGINALS["jpeg"]) == published(ORIGINALS["jpeg"])


# --- what it looks like ---


@pytest.mark.parametrize("turned", range(1, 9))
def test_rotation_is_drawn_before_its_tag_goes(turned):
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 32, 16))
    upright.paste("blue", (32, 0, 64, 16))
    ways = Image.Transpose
    undo = [
        None, ways.FLIP_LEFT_RIGHT, ways.ROTATE_180, ways.FLIP_TOP_BOTTOM,
        ways.TRANSPOSE, ways.ROTATE_90, ways.TRANSVERSE, ways.ROTATE_270,
    ][turned - 1]  # fmt: skip
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    result = strip(saved(upright.transpose(undo) if undo is not None else upright, "PNG", exif=exif))
    assert (result.width, result.height) == (64, 32)
    assert near(corner(result.data, (8, 4)), (255, 0, 0), 30)
    assert near(corner(result.data, (56, 4)), (0, 0, 255), 30)


def test_large_pictures_shrink_and_small_ones_stay():
    result = strip(saved(picture((6000, 3000)), "JPEG"))
    assert (result.width, result.height) == (MAX_SIDE, MAX_SIDE // 2)
    assert strip(saved(picture((400, 200)), "JPEG")).width == 400
    tall = strip(saved(picture((20, 9000)), "PNG"))
    assert (tall.width, tall.height) == (3, MAX_SIDE)


def test_transparency_is_white():
    assert near(corner(strip(saved(Image.new("RGBA", (9, 9), (255, 0, 0, 0)), "PNG")).data), (255, 255, 255))
    assert near(corner(strip(saved(Image.new("LA", (9, 9), (0, 128)), "PNG")).data), (127, 127, 127))
    keyed = Image.new("RGB", (90, 90), (1, 2, 3))
    assert near(corner(strip(saved(keyed, "PNG", transparency=(1, 2, 3))).data), (255, 255, 255))
    keyed = Image.new("RGB", (2561, 90), (255, 0, 255))
    keyed.paste("black", (1281, 0, 2561, 90))
    with opened(strip(saved(keyed, "PNG", transparency=(255, 0, 255))).data) as image:
        assert max(abs(red - green) for red, green, _ in image.crop((630, 20, 650, 21)).get_flattened_data()) < 20
    palette = Image.new("P", (9, 9), 0)
    assert near(corner(strip(saved(palette, "GIF", transparency=0)).data), (255, 255, 255))


def test_colours_go_through_their_profile():
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    assert near(corner(strip(saved(red, "JPEG", icc_profile=swapped_profile())).data), (0, 255, 0), 40)
    assert near(corner(strip(saved(red, "JPEG", icc_profile=profile())).data), (255, 0, 0))
    half = Image.new("RGBA", (16, 16), (255, 0, 0, 128))
    assert near(corner(strip(saved(half, "PNG", icc_profile=swapped_profile())).data), (127, 255, 127), 40)


@pytest.mark.parametrize("broken", [b"PLANTED-PROFILE", profile()[:200], profile().replace(b"RGB ", b"CMYK")])
def test_a_profile_that_does_not_work_is_not_used(broken):
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    assert near(corner(strip(saved(red, "PNG", icc_profile=broken)).data), (255, 0, 0))


def test_a_profile_of_other_colours_than_the_pixels_is_not_used():
    grey = Image.new("L", (16, 16), 77)
    assert near(corner(strip(saved(grey, "PNG", icc_profile=profile())).data), (77, 77, 77))


def test_other_kinds_of_pixels():
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    assert near(corner(strip(saved(cmyk, "JPEG")).data), (255, 0, 0), 40)
    deep = Image.new("I;16", (16, 16), 0x8000)
    assert near(corner(strip(saved(deep, "PNG")).data), (128, 128, 128))
    assert near(corner(strip(png_of_16_bits((16, 16), (0xFF00, 0x8000, 0))).data), (255, 128, 0))
    assert near(corner(strip(saved(Image.new("1", (16, 16), 1), "PNG")).data), (255, 255, 255))
    assert near(corner(strip(saved(Image.new("P", (16, 16), 0), "PNG")).data), (0, 0, 0))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_what_moves_the_first_frame_is_shown(kind):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    with opened(data) as image:
        assert image.n_frames > 1
    assert near(corner(strip(data).data), (255, 0, 0), 40)


# --- what no original may do ---


@pytest.mark.parametrize("size", [(20_000, 10_000), (10_000, 8_100)])
def test_too_many_pixels(size):
    bomb = saved(Image.new("1", size), "PNG")
    assert len(bomb) < 100_000
    with pytest.raises(ItemError, match="picture"):
        strip(bomb)


def jpeg_with_scans(side, scans):
    """A grey JPEG, progressive, whose scans after the first say that nothing changes, in a few bytes each."""

    def segment(marker, data):
        return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data

    def bits(text):
        text += "1" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")

    blocks = (side // 8) ** 2
    head = (
        segment(0xDB, b"\0" + b"\1" * 64)
        + segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
        + segment(0xC4, b"\x00\1" + b"\0" * 15 + b"\x00")
        + segment(0xC4, b"\x10\1" + b"\0" * 15 + b"\xe0")
        + segment(0xDA, b"\1\1\0\0\0\0") + bits("0" * blocks)
    )  # fmt: skip
    more = segment(0xDA, b"\1\1\0\1\x3f\0") + bits(f"0{'1' * 14}" * -(-blocks // 32_767))
    return b"\xff\xd8" + head + more * (scans - 1) + b"\xff\xd9"


def test_a_jpeg_that_goes_over_its_pixels_again_and_again():
    """Each scan costs a few bytes, and a walk over all pixels: in 40 MB, an hour."""
    most = LIMITS.max_picture_scans
    assert strip(jpeg_with_scans(64, most)).width == 64
    with pytest.raises(ItemError, match="goes over its pixels more than 100 times"):
        strip(jpeg_with_scans(64, most + 1))


def test_what_only_looks_like_scans_is_none():
    """A film behind a still, as telephones take them, and any bytes in a segment."""
    like_scans = b"\xff\xda\0\2" * 1_000
    comment = b"\xff\xfe" + struct.pack(">H", len(like_scans) + 2) + like_scans
    still = saved(picture((64, 64)), "JPEG", progressive=True)
    assert strip(still[:2] + comment + still[2:] + b"\0\2" + like_scans).width == 64


def test_too_many_bytes():
    with pytest.raises(ItemError, match="limit"):
        strip(b"\0" * (LIMITS.max_picture_bytes + 1))


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM"])
def test_formats_that_are_not_for_the_web_are_refused(kind):
    with pytest.raises(ItemError):
        strip(saved(picture((32, 32)), kind))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(ORIGINALS)),
    st.floats(0, 1),
    st.binary(max_size=20),
    st.sampled_from(["cut", "insert", "replace"]),
)
def test_broken_pictures_raise_only_our_error(kind, place, junk, how):
    data = ORIGINALS[kind]
    at = int(place * len(data))
    broken = {"cut": data[:at], "insert": data[:at] + junk + data[at:], "replace": data[:at] + junk + data[at + 20 :]}
    with contextlib.suppress(ItemError):
        assert strip(broken[how]).width


@given(st.binary(max_size=200))
def test_garbage_is_no_picture(data):
    with pytest.raises(ItemError):
        strip(data)
