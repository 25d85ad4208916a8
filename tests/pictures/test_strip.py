"""What no published picture may carry, and what no original may do."""

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from tamizdat.errors import ItemError
from tamizdat.limits import LIMITS
from tamizdat.pictures.strip import MAX_SIDE, strip


def jpeg(size=(400, 200), **extra):
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, "JPEG", **extra)
    return out.getvalue()


def marked():
    """A JPEG with a place, a serial number, a thumbnail's worth of comment and an XMP packet."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "PLANTED-CAMERA"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (41.0, 42.0, 43.0)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "PLANTED-SERIAL"
    return jpeg(exif=exif, comment=b"PLANTED-COMMENT", xmp=b"<x>PLANTED-XMP</x>", icc_profile=b"PLANTED-PROFILE")


def test_no_metadata_survives():
    original = marked()
    assert original.count(b"PLANTED") == 5
    result = strip(original)
    assert b"PLANTED" not in result.data
    with Image.open(io.BytesIO(result.data)) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & image.info.keys()
        assert image.size == (result.width, result.height) == (400, 200)


def test_png_text_and_transparency():
    out = io.BytesIO()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "PLANTED")
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG", pnginfo=text)
    result = strip(out.getvalue())
    assert b"PLANTED" not in result.data
    with Image.open(io.BytesIO(result.data)) as image:
        assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_rotation_is_drawn_before_its_tag_goes():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    result = strip(jpeg((400, 200), exif=exif))
    assert (result.width, result.height) == (200, 400)


def test_large_pictures_shrink():
    result = strip(jpeg((3000, 1500)))
    assert (result.width, result.height) == (MAX_SIDE, MAX_SIDE // 2)


def test_same_original_same_bytes():
    assert strip(marked()).data == strip(marked()).data


def test_too_many_pixels():
    out = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(ItemError, match="picture"):
        strip(out.getvalue())


def test_too_many_bytes():
    with pytest.raises(ItemError, match="limit"):
        strip(b"\0" * (LIMITS.max_picture_bytes + 1))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=20), st.sampled_from(["cut", "insert", "replace"]))
def test_broken_pictures_raise_only_our_error(at, junk, how):
    data = marked()
    broken = {"cut": data[:at], "insert": data[:at] + junk + data[at:], "replace": data[:at] + junk + data[at + 20 :]}
    with contextlib.suppress(ItemError):
        assert strip(broken[how]).width


@given(st.binary(max_size=200))
def test_garbage_is_no_picture(data):
    with pytest.raises(ItemError):
        strip(data)
