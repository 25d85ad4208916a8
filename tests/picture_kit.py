"""Originals with everything planted in them that a camera, a program or a person could have left there."""

import io
import struct
import zlib

from PIL import Image, ImageCms, PngImagePlugin

MARK = "PLANTED"
CREDIT = "Maro Tesken / Reed Quay Wire"
CAPTION = "Cranes «at dawn» & nobody unloading"

_ASCII, _LONG, _RATIONAL, _UNDEFINED = 2, 4, 5, 7


def picture(size=(400, 300), mode="RGB"):
    """A picture in which every place looks different."""
    bands = [Image.linear_gradient("L").rotate(angle).resize(size) for angle in (0, 90, 180, 270)]
    return Image.merge(mode, bands[: len(mode)]) if len(mode) > 1 else bands[0]


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data):
    return Image.open(io.BytesIO(data))


def exif():
    """TIFF with a place, a serial number, a maker note, a date, an author and a thumbnail, put together by hand."""
    text = [(tag, _ASCII, f"{MARK}-{tag:x}\0".encode()) for tag in (0x10E, 0x10F, 0x110, 0x131, 0x132, 0x13B, 0x8298)]
    camera = [
        (0x9003, _ASCII, f"{MARK}:DATE\0".encode()),
        (0x927C, _UNDEFINED, f"{MARK}-MAKER-NOTE".encode()),
        (0xA420, _ASCII, f"{MARK}-UNIQUE-ID\0".encode()),
        (0xA431, _ASCII, f"{MARK}-SERIAL\0".encode()),
        (0xA435, _ASCII, f"{MARK}-LENS-SERIAL\0".encode()),
    ]
    place = [(2, _RATIONAL, struct.pack("<6I", 41, 1, 42, 1, 43, 1)), (0x12, _ASCII, f"{MARK}-GPS\0".encode())]
    thumbnail = f"\xff\xd8{MARK}-THUMBNAIL".encode("latin-1")
    data = bytearray(b"II*\0\0\0\0\0")
    at = {name: _ifd(data, entries) for name, entries in (("camera", camera), ("place", place))}
    start = len(data)
    data += thumbnail
    small = _ifd(data, [(0x201, _LONG, struct.pack("<I", start)), (0x202, _LONG, struct.pack("<I", len(thumbnail)))])
    pointers = [(0x8769, _LONG, struct.pack("<I", at["camera"])), (0x8825, _LONG, struct.pack("<I", at["place"]))]
    first = _ifd(data, sorted(text + pointers), small)
    data[4:8] = struct.pack("<I", first)
    return b"Exif\0\0" + bytes(data)


def _ifd(data, entries, following=0):
    """Append a directory to ``data`` and say where it begins."""
    sizes = {_ASCII: 1, _LONG: 4, _RATIONAL: 8, _UNDEFINED: 1}
    rows = b""
    for tag, kind, value in entries:
        inline = value if len(value) <= 4 else struct.pack("<I", len(data))
        data += value if len(value) > 4 else b""
        rows += struct.pack("<HHI", tag, kind, len(value) // sizes[kind]) + inline.ljust(4, b"\0")
    begin = len(data)
    data += struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)
    return begin


def iim(*sets, charset=b"\x1b%G"):
    """IPTC-IIM: ``(number, bytes)`` of record 2."""
    rows = [(1, 90, charset), *((2, number, value) for number, value in sets)] if charset else [
        (2, number, value) for number, value in sets
    ]  # fmt: skip
    return b"".join(struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in rows)


def app13(data):
    """A JPEG segment with IIM and other resources of Photoshop's around it."""

    def resource(number, value):
        return b"8BIM" + struct.pack(">HHI", number, 0, len(value)) + value + b"\0" * (len(value) % 2)

    body = b"Photoshop 3.0\0" + resource(0x040C, f"{MARK}-THUMB".encode()) + resource(0x0404, data)
    body += resource(0x0422, f"{MARK}-EXIF-AGAIN".encode())
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def xmp(credit=CREDIT, caption=CAPTION, more=""):
    """An XMP packet as programs write it, full of other things."""
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in (credit, caption)]
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{MARK}-TOOLKIT">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="{MARK}-UUID" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
    xmp:CreatorTool="{MARK}-TOOL" xmp:CreateDate="{MARK}-DATE" exif:GPSLatitude="{MARK}-LATITUDE"
    aux:SerialNumber="{MARK}-SERIAL" photoshop:City="{MARK}-CITY">
   <photoshop:Credit>{escaped[0]}</photoshop:Credit>
   <dc:description><rdf:Alt>
    <rdf:li xml:lang="ru">{MARK}-RU</rdf:li><rdf:li xml:lang="x-default">{escaped[1]}</rdf:li>
   </rdf:Alt></dc:description>
   <dc:subject><rdf:Bag><rdf:li>{MARK}-KEYWORD</rdf:li></rdf:Bag></dc:subject>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{MARK}-RIGHTS</rdf:li></rdf:Alt></dc:rights>{more}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def profile():
    """An sRGB profile that names a device."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    name = "sRGB built-in".encode("utf-16-be")
    assert name in data
    return data.replace(name, f"{MARK}-ICC--".encode("utf-16-be"))


def swapped_profile():
    """A profile in which red is green and green is red."""
    data = bytearray(profile())
    count = struct.unpack_from(">I", data, 128)[0]
    at = {bytes(data[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    for half in (4, 8):
        red, green = at[b"rXYZ"] + half, at[b"gXYZ"] + half
        data[red : red + 4], data[green : green + 4] = data[green : green + 4], data[red : red + 4]
    return bytes(data)


def marked_jpeg(image=None, *, credit=CREDIT, caption=CAPTION):
    """Everything at once, with credit and caption in both forms and something hidden after the end."""
    sets = [
        (80, credit.partition(" /")[0].encode()),
        (55, b"PLANTED-DATE"),
        (90, b"PLANTED-TOWN"),
        (110, credit.encode()),
        (120, caption.encode()),
    ]
    return (
        saved(
            image or picture(),
            "JPEG",
            exif=exif(),
            comment=f"{MARK}-COMMENT".encode(),
            xmp=xmp(credit, caption),
            icc_profile=profile(),
            extra=app13(iim(*sets)),
        )
        + f"{MARK}-TRAILER".encode()
    )


def marked_png():
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", f"{MARK}-AUTHOR")
    text.add_text("Comment", f"{MARK}-ZIPPED", zip=True)
    text.add_itxt("XML:com.adobe.xmp", xmp().decode())
    return saved(picture(), "PNG", pnginfo=text, exif=exif(), icc_profile=profile())


def marked_others():
    """The same in the other formats that originals come in."""
    return {
        "webp": saved(picture(), "WEBP", exif=exif(), xmp=xmp(), icc_profile=profile()),
        "avif": saved(picture(), "AVIF", exif=exif(), xmp=xmp(), icc_profile=profile(), max_threads=1),
        "gif": saved(picture().quantize(16), "GIF", comment=f"{MARK}-COMMENT".encode()),
    }


def png_of_16_bits(size, pixel):
    """A PNG with three channels of 16 bits, which Pillow reads but does not write. ``pixel`` has three numbers."""
    row = b"\0" + struct.pack(">3H", *pixel) * size[0]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", *size, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * size[1])),
        (b"IEND", b""),
    ]
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)
