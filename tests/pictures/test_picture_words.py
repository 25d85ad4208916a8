"""Credit and caption: read from whatever comes, kept where the story says the same, written for anybody to read."""

import struct

from hypothesis import given
from hypothesis import strategies as st
from PIL import IptcImagePlugin

from picture_kit import CAPTION, CREDIT, app13, iim, marked_jpeg, opened, picture, saved, xmp
from tamizdat.limits import LIMITS
from tamizdat.pictures.encode import whole_jpeg
from tamizdat.pictures.iim import RESOURCE, read_iim
from tamizdat.pictures.metadata import read_words
from tamizdat.pictures.words import Words, kept, shown
from tamizdat.pictures.xmp import read_xmp
from tamizdat.story import check_text

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=300).map(
    lambda text: " ".join(text.split(" ")).strip(" ")
)


def said(block=b"", packet=b""):
    return read_words({"xmp": packet, "photoshop": {RESOURCE: block}})


def test_xmp_wins_over_iim():
    assert said(iim((110, b"Old"), (120, b"Older")), xmp()) == Words(CREDIT, CAPTION)
    assert said(iim((110, b"Old"), (120, b"Older"))) == Words("Old", "Older")


def test_who_made_it_stands_before_who_sent_it():
    assert said(iim((80, "Нора Велл".encode()), (110, b"Wire"))).credit == "Нора Велл / Wire"
    assert said(iim((80, b"Nora"), (80, b"Bo"))).credit == "Nora, Bo"
    assert said(iim((80, b"Nora"), (110, b"Nora for Wire"))).credit == "Nora for Wire"
    creator = "<dc:creator><rdf:Seq><rdf:li>Nora</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq></dc:creator>"
    assert said(packet=xmp("Wire", more=creator)).credit == "Nora, Bo / Wire"


def test_attributes_and_plain_elements_count_too():
    packet = xmp("", "").replace(b'photoshop:City="', b'photoshop:Credit="Wire" photoshop:City="')
    packet = packet.replace(b"<photoshop:Credit></photoshop:Credit>", b"")
    assert said(packet=packet).credit == "Wire"
    simple = b"<dc:description>Plain</dc:description>"
    assert said(packet=b"".join((xmp().partition(b"<dc:desc")[0], simple, b"</rdf:Description></rdf:RDF>",
                                 b"</x:xmpmeta>"))).caption == "Plain"  # fmt: skip


def test_what_is_said_of_ingredients_is_not_said_of_the_picture():
    inner = "<dc:source><rdf:Description><photoshop:Credit>Another</photoshop:Credit></rdf:Description></dc:source>"
    assert said(packet=xmp("", more=inner)).credit == ""


def test_unknown_character_sets_are_not_guessed():
    cyrillic = "Нора".encode("cp1251")
    assert said(iim((110, cyrillic), (120, b"Plain"), charset=b"")) == Words("", "Plain")
    assert said(iim((110, "Нора".encode()), charset=b"")).credit == "Нора"
    assert said(iim((110, "Нора".encode()), (120, b"Plain"), charset=b"\x1b%/A")) == Words("", "Plain")


def test_one_line_of_bounded_length():
    long = "word " * 1000
    found = said(packet=xmp("a\tb\n  c", long))
    assert found.credit == "a b c"
    assert len(found.caption) <= LIMITS.max_caption_chars
    assert found.caption.endswith("word …") or found.caption.endswith("word…")
    assert len(said(packet=xmp("x" * 1000)).credit) == LIMITS.max_credit_chars


def test_a_packet_that_unfolds_without_end_says_nothing():
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{entities}]>'.encode() + xmp().partition(b"?>")[2]
    found = said(packet=bomb.replace(CREDIT.encode(), b"&e11;"))
    assert "boom" not in found.credit
    outside = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + xmp().partition(b"?>")[2]
    assert "root" not in said(packet=outside.replace(CREDIT.encode(), b"&e;")).credit


def test_too_much_is_not_read():
    assert read_xmp(xmp() + b" " * LIMITS.max_picture_extra_bytes) == {}
    assert len(read_iim(iim(*[(80, b"x")] * 5000))[2, 80]) < 1000


def test_broken_lists_end_where_they_break():
    good = iim((110, b"Wire"))
    assert read_iim(good + b"\x1c\x02\x78\x80\x04\0\0\0\1x")[2, 110] == ["Wire"]
    cut = read_iim(good + b"\x1c\x02\x78\x7f\xff only a few")
    assert cut[2, 110] == ["Wire"]
    assert (2, 120) not in cut
    assert read_iim(good + b"something else" + good)[2, 110] == ["Wire"]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_hostile_bytes_say_nothing_or_something_fit_for_a_story(block, packet):
    found = said(block, packet)
    for text in (found.credit, found.caption):
        assert not text or check_text(text, "text")


@given(st.data())
def test_damaged_words_too(data):
    packet, block = bytearray(xmp()), bytearray(iim((80, b"Nora"), (110, b"Wire"), (120, b"Caption")))
    for whole in (packet, block):
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, len(whole) - 1))
            whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    found = said(bytes(block), bytes(packet))
    for text in (found.credit, found.caption):
        assert not text or check_text(text, "text")


@given(LINES, LINES)
def test_what_is_written_is_read_again(credit, caption):
    words = said(packet=xmp(credit, caption))
    with opened(whole_jpeg(picture((16, 9)), words)) as image:
        assert read_words(image.info) == words


def test_both_forms_are_written_as_far_as_they_have_room():
    with opened(whole_jpeg(picture((16, 9)), Words("Wire", "Нора"))) as image:
        old = IptcImagePlugin.getiptcinfo(image)
        assert old[2, 110] == b"Wire"
        assert old[2, 120] == "Нора".encode()
        assert b"<photoshop:Credit>Wire</photoshop:Credit>" in image.info["xmp"]
    with opened(whole_jpeg(picture((16, 9)), Words("Нора Велл из агентства", ""))) as image:
        assert "photoshop" not in image.info
        assert read_words(image.info).credit == "Нора Велл из агентства"


def test_the_newsroom_has_the_last_word():
    found = Words("Nora Vell", "Nora's kitchen in Kaldra")
    assert shown(Words(), found) == found
    assert kept(Words(), found) == found
    given_words = Words("A reader", "A kitchen")
    assert shown(given_words, found) == given_words
    assert kept(given_words, found) == Words()
    assert kept(Words("Photo: Nora Vell", ""), found) == found


def test_a_whole_jpeg_says_it():
    with opened(marked_jpeg()) as image:
        assert read_words(image.info) == Words(CREDIT, CAPTION)
    with opened(saved(picture(), "JPEG", extra=app13(iim((110, b"Wire"))))) as image:
        assert read_words(image.info).credit == "Wire"


def test_a_text_of_the_largest_size_that_a_set_can_name():
    value = b"x" * 0x7FFF
    assert read_iim(struct.pack(">BBBH", 0x1C, 2, 120, len(value)) + value)[2, 120] == [value.decode()]
