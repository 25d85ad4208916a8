"""Vectors for stories: every header line, every block, and each way of being wrong."""

from collections.abc import Iterator
from dataclasses import replace

from samples import FULL, HEARD, NOON, RETRACTED, SMALL, TOLD, Vector, bad, good, value_json

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.story import Heading, ListBlock, Paragraph, Quote, Run, Story, Table, rich

BASE = story_to_bytes(SMALL)
PICTURE = b"0f" * 32 + b"\x1fimage/jpeg\x1f1\x1f1\x1f0\x1f0\x1fa\x1f\x1f\n"
RECORDING = b"61\x1f" + b"5e" * 32 + b"\x1faudio/ogg\x1f12\x1f9\n"
TIME = b"2026-11-23T12:00:00Z"


def swapped(old: str, new: str) -> bytes:
    """The small story with one thing put for another."""
    data = BASE.replace(old.encode(), new.encode(), 1)
    if data == BASE:
        raise LookupError(old)
    return data


def stories() -> Iterator[Vector]:
    """All vectors of this kind."""
    for name, rule, story in _good_stories():
        yield good(name, rule, story_to_bytes(story), value_json(story))
    yield from _later_stories()
    for name, rule, data, failure in (*_bad_lines(), *_bad_header(), *_bad_marks(), *_bad_blocks()):
        yield bad(name, rule, data, failure)
    yield from _large_stories()


def _good_stories() -> Iterator[tuple[str, str, Story]]:
    yield "smallest", "lines in order", SMALL
    yield "everything", "lines in order", FULL
    yield "kinds of corrections, related stories", "n after c; f", TOLD
    yield "sounds", "j, and S then N, in the same order", HEARD
    yield "retraction", "n after c; a retraction has no body", RETRACTED
    yield "no body", "a body may be empty", replace(SMALL, body=())
    kept = (
        Paragraph(rich("نیم\u200cفاصله  \u200e(1)\u0084")),
        Paragraph(rich("\ufeffe\u0301 é \u2028 🗳 ")),
    )
    yield (
        "text is kept",
        "direction marks, double spaces, C1 controls, a byte order mark are text; nothing is normalised",
        Story("a", "fa", "\u200fسلام", NOON, kept),
    )
    for language in ("sr-Latn", "pt-BR", "es-419", "zh-Hant-TW", "be-tarask"):
        yield f"language {language}", "BCP 47 in canonical case", replace(SMALL, language=language)
    yield "id of 200", "at most 200", replace(SMALL, story_id="9" * 200)
    yield "last moment", "times up to 9999", replace(SMALL, published=NOON.replace(year=9999))
    yield "first moment", "times from 1970", replace(SMALL, published=NOON.replace(year=1970, month=1, day=1, hour=0))
    yield "highest revision", "up to 2^32-1", replace(SMALL, revision=2**32 - 1)
    yield (
        "translation of tomorrow",
        "v is any word of small letters and hyphens",
        replace(SMALL, translation="human-checked"),
    )
    addresses = [
        "https://a.example/x?y=%20#z",
        "HTTP://a.example",
        "mailto:a@b.example",
        "tel:+1",
        "geo:1,2",
        "magnet:?xt=1",
        "#",
        "#a",
        "/",
        "/a",
        "../a",
        "./a",
        "a.html",
        "%61",
        "~a",
        "_a",
        "//a.example",
        "дом/я",
    ]
    links = tuple(Paragraph((Run("a", href=address),)) for address in addresses)
    yield "addresses", "relative or of a harmless kind", replace(SMALL, body=links)
    marks = [(e, s, h) for e in (False, True) for s in (False, True) for h in ("", "/x", "/y")]
    runs = tuple(
        Run(f"{a}{b}", *mark)
        for a, first in enumerate(marks)
        for b, second in enumerate(marks)
        if first != second
        for mark in (first, second)
    )
    yield "every change of marks", "one order of marks", replace(SMALL, body=(Paragraph(rich(runs)),))
    yield (
        "side by side",
        "blocks begin with their own tags",
        replace(
            SMALL,
            body=(
                Quote((rich("a"),)),
                Quote((rich("b"),), "B"),
                ListBlock((rich("c"),)),
                ListBlock((rich("d"),)),
                Heading(rich("e"), 2),
                Heading(rich("f"), 4),
            ),
        ),
    )
    yield "table of one empty cell", "cells may be empty", replace(SMALL, body=(Table((((),),)),))
    yield "most values", "at most 64", replace(SMALL, topics=("a",) * 64)


def _later_stories() -> Iterator[Vector]:
    header = BASE.replace(b"d2026", b"zlater\x01\nd2026", 1)
    yield good("later header line", "an unknown small letter is left out", header, value_json(SMALL))
    kinds = story_to_bytes(RETRACTED).replace(b"\nn", b"\nzlater\nn", 1)
    yield good("later header line before a kind", "an unknown small letter is left out", kinds, value_json(RETRACTED))
    lines = BASE + "Zслова\x1fещё\n0нуль\nX\x03/a\x04b\x05\n".encode() + b"Y\x01\n"
    words = (*SMALL.body, *(Paragraph(rich(text)) for text in ("слова ещё", "нуль", "/a b", "-")))
    rule = "an unknown capital letter or digit is a paragraph of its words, or of a hyphen"
    yield good("later body lines", rule, lines, value_json(replace(SMALL, body=words)))
    rule = "all other lines are spelled as ever"
    yield bad(
        "later header line beside a second spelling", rule, header.replace(b"gru\n", b"gru\nr1\n"), "noncanonical"
    )
    yield bad("later body line beside a second spelling", rule, lines + b"Pa\x01\x01\n", "noncanonical")
    yield bad("later body line with a control character", "no U+007F", BASE + b"Za\x7f\n", "malformed")


Case = tuple[str, str, bytes, str]


def _bad_lines() -> Iterator[Case]:
    yield "empty", "a story has lines", b"", "malformed"
    yield "no last line feed", "every line ends with a line feed", BASE[:-1], "malformed"
    yield "empty line", "there is no empty line", swapped("\nP", "\n\nP"), "malformed"
    yield "not UTF-8", "text is UTF-8", BASE + b"P\xff\n", "malformed"
    yield "surrogate", "UTF-8 has no surrogates", BASE + b"P\xed\xa0\x80\n", "malformed"
    yield "overlong", "UTF-8 in its shortest form", BASE + b"P\xc1\x81\n", "malformed"
    yield "byte order mark", "the first character is a tag", b"\xef\xbb\xbf" + BASE, "malformed"
    yield "carriage return", "no control characters", BASE[:-1] + b"\r\n", "malformed"
    yield "delete", "no U+007F", BASE + b"Pa\x7f\n", "malformed"
    yield "tab in the headline", "no control characters", swapped("\nd", "\tx\nd"), "malformed"
    yield "mark in the headline", "marks stand in marked text only", swapped("\nd", "\x01x\x01\nd"), "malformed"
    yield "field in a paragraph", "fields stand in cells, pictures, embeds", BASE + b"Pa\x1fb\n", "malformed"
    yield "header after body", "the header comes first", BASE + "hЕщё\n".encode(), "malformed"
    yield "later header after body", "the header comes first", BASE + b"za\n", "malformed"
    yield "small letter that is not a to z", "tags are ASCII", swapped("\nd", "\néa\nd"), "malformed"
    yield "capital letter that is not A to Z", "tags are ASCII", BASE + "Éa\n".encode(), "malformed"
    yield "space for a tag", "tags are letters and digits", BASE + b" a\n", "malformed"


def _bad_header() -> Iterator[Case]:
    yield "no id", "i is there", BASE.partition(b"\n")[2], "malformed"
    yield "no language", "g is there", swapped("gru\n", ""), "malformed"
    yield "no headline", "h is there", swapped("hЗабастовка\n", ""), "malformed"
    yield "no date", "d is there", swapped("d2026-11-23T12:00:00Z\n", ""), "malformed"
    yield (
        "header out of order",
        "header lines come in order",
        swapped("istrike\ngru\n", "gru\nistrike\n"),
        "noncanonical",
    )
    for tag, value in (
        ("i", "strike"),
        ("g", "ru"),
        ("r", "2"),
        ("h", "a"),
        ("l", "a"),
        ("w", "a"),
        ("v", "machine"),
        *((tag, TIME.decode()) for tag in "duk"),
        ("m", PICTURE.decode()[:-1]),
    ):
        lines = {line[:1]: line for line in BASE.decode().splitlines()} | {tag: f"{tag}{value}\n{tag}{value}"}
        data = "".join(f"{lines[other]}\n" for other in "igrhlbwstdukvafmcP" if other in lines).encode()
        yield f"{tag} twice", "single lines stand once", data, "noncanonical"
    for tag, before in (("l", "\nd"), ("w", "\nd")):
        yield f"{tag} without a value", "what is empty is left out", swapped(before, f"\n{tag}{before}"), "noncanonical"
    for tag in "bst":
        yield f"{tag} without a value", "a text is not empty", swapped("\nd", f"\n{tag}\nd"), "malformed"
    for tag in "uk":
        yield f"{tag} without a time", "a time is there", swapped("\nP", f"\n{tag}\nP"), "malformed"
    yield "revision 1 spelled", "r is absent for 1", swapped("gru\n", "gru\nr1\n"), "noncanonical"
    yield "revision with a zero", "numbers are plain", swapped("gru\n", "gru\nr02\n"), "noncanonical"
    for number in ("", "x", "-2", "+2", "2.0", "٢", "0", "4294967296", "00000000002"):
        yield (
            f"revision {number!r}",
            "r is decimal, 2 to 2^32-1, of at most ten digits",
            swapped("gru\n", f"gru\nr{number}\n"),
            "malformed",
        )
    for value in ("a/b", "", ".a", "-a", "ä", "a" * 201, "a b"):
        yield f"id {value[:9]!r}", "ids name files", swapped("istrike", f"i{value}"), "malformed"
    for value in ("RU", "", "r", "ru_RU", "sr-latn", "ru-ru", "x-ru", "ru-" + "abcdefgh-" * 4):
        yield (
            f"language {value[:9]!r}",
            "BCP 47 in canonical case, at most 35 bytes",
            swapped("gru", f"g{value}"),
            "malformed",
        )
    for value in (
        "2026-02-30T12:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T12:00:60Z",
        "0000-11-23T12:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-11-23T12:00:00+",
        "2026-11-23t12:00:00z",
        "2026-11-23 12:00:00Z",
        "2026-11- 3T12:00:00Z",
        "2026-11-23T12:00Z",
        "٢026-11-23T12:00:00Z",
        "",
    ):
        yield (
            f"time {value!r}",
            "times are YYYY-MM-DDThh:mm:ssZ and exist, from 1970",
            swapped(TIME.decode(), value),
            "malformed",
        )
    for value in ("Machine", "", "a b", "-a", "a" * 33):
        failure = "malformed" if value else "noncanonical"
        yield (
            f"translation {value[:9]!r}",
            "v is a word of small letters and hyphens",
            swapped("\nP", f"\nv{value}\nP"),
            failure,
        )
    yield "correction without text", "c has a text", swapped("\nP", f"\nc{TIME.decode()}\nP"), "malformed"
    yield "correction with an empty text", "a text is not empty", swapped("\nP", f"\nc{TIME.decode()} \nP"), "malformed"
    yield from _bad_kinds()
    yield from _bad_related()
    yield "correction without a time", "c has a time", swapped("\nP", "\ncIt was Monday.\nP"), "malformed"


def _bad_kinds() -> Iterator[Case]:
    said = f"c{TIME.decode()} a\n"
    for value in ("Retraction", "a b", "-a", "a" * 33, "update\x1f"):
        rule = "a kind is a word of small letters and hyphens"
        yield f"kind {value[:9]!r}", rule, swapped("\nP", f"\n{said}n{value}\nP"), "malformed"
    for value, rule in (("", "what is empty is left out"), ("correction", "n is absent for a correction")):
        yield f"kind {value!r}", rule, swapped("\nP", f"\n{said}n{value}\nP"), "noncanonical"
    alone = "n stands after its c"
    yield "kind of nothing", alone, swapped("\nP", "\nnupdate\nP"), "malformed"
    yield "kind before its correction", alone, swapped("\nP", f"\nnupdate\n{said}P"), "malformed"
    yield "two kinds", alone, swapped("\nP", f"\n{said}nupdate\nnupdate\nP"), "malformed"
    yield "field in a correction", "no control characters", swapped("\nP", f"\n{said[:-1]}\x1fb\nP"), "malformed"
    gone = swapped("\nP", f"\n{said}nretraction\nP")
    bare = gone.partition(b"\nP")[0] + b"\n"
    yield "retraction with a body", "a retraction has no body", gone, "malformed"
    for name, before, line in (
        ("a lead", b"d2026", b"la\n"),
        ("a picture", b"c2026", b"m" + PICTURE),
        ("breaking news", b"c2026", b"k" + TIME + b"\n"),
        ("a recording", b"c2026", b"j" + RECORDING),
    ):
        yield f"retraction with {name}", "a retraction has no l, k, m", bare.replace(before, line + before), "malformed"


def _bad_related() -> Iterator[Case]:
    for value in ("", "a/b", ".a", "a" * 201, "a b"):
        yield f"related {value[:9]!r}", "f is a story's id", swapped("\nP", f"\nf{value}\nP"), "malformed"
    yield "related to itself", "f names no story twice, nor its own", swapped("\nP", "\nfstrike\nP"), "malformed"
    yield "related twice", "f names no story twice, nor its own", swapped("\nP", "\nfa\nfb\nfa\nP"), "malformed"


def _bad_marks() -> Iterator[Case]:
    yield "empty paragraph", "a text is not empty", BASE + b"P\n", "malformed"
    yield "nothing but marks", "a text is not empty", BASE + b"P\x01\x01\n", "malformed"
    yield "emphasis not closed", "marks are closed", BASE + b"P\x01a\n", "malformed"
    yield "strong not closed", "marks are closed", BASE + b"P\x02a\n", "malformed"
    yield "link not closed", "marks are closed", BASE + b"P\x03/a\x04b\n", "malformed"
    yield "link inside a link", "links do not nest", BASE + b"P\x03/a\x04b\x03/c\x04d\x05\x05\n", "malformed"
    yield "link inside a link, ended once", "links do not nest", BASE + b"P\x03/a\x04b\x03/c\x04d\x05\n", "malformed"
    yield "link without address", "a link has an address", BASE + b"P\x03\x04b\x05\n", "malformed"
    yield "address without end", "U+0004 ends an address", BASE + b"P\x03/a\x05\n", "malformed"
    yield "link that ends unbegun", "marks pair up", BASE + b"Pa\x05\n", "malformed"
    yield "link text unbegun", "marks pair up", BASE + b"P\x04a\n", "malformed"
    yield "mark inside an address", "no control characters in addresses", BASE + b"P\x03/a\x01\x04b\x05\n", "malformed"
    for address in (
        "javascript:a",
        "JavaScript:a",
        "data:text/html,x",
        "vbscript:a",
        "file:///etc",
        "blob:a",
        "a+b:c",
        "tel:*21*1%23",
        "TEL:%2A21",
        "tel:+",
        "tel:1;ext=2",
        " /a",
        "/a b",
        "/a\u00a0b",
        "/a\u2028b",
        '/a"b',
        "/a<b",
        "/a\\b",
        "/a`b",
        "?a",
        ":a",
        "(a",
    ):
        yield (
            f"address {address!r}",
            "addresses are harmless",
            BASE + f"P\x03{address}\x04b\x05\n".encode(),
            "malformed",
        )
    yield "strong before emphasis", "one order of marks", BASE + b"P\x02\x01a\x01\x02\n", "noncanonical"
    yield "strong closed before emphasis", "one order of marks", BASE + b"P\x01\x02a\x02\x01\n", "noncanonical"
    yield (
        "emphasis inside the link's beginning",
        "one order of marks",
        BASE + b"P\x03/a\x04\x01b\x05\x01\n",
        "noncanonical",
    )
    yield "emphasis closed before the link", "one order of marks", BASE + b"P\x01\x03/a\x04b\x01\x05\n", "noncanonical"
    yield "mark switched for nothing", "no empty stretch", BASE + b"Pa\x01\x01b\n", "noncanonical"
    yield "link around nothing", "no empty stretch", BASE + b"Pa\x03/a\x04\x05\n", "noncanonical"
    yield (
        "one emphasis in two",
        "stretches with the same marks are one",
        BASE + b"P\x01a\x01\x01b\x01\n",
        "noncanonical",
    )
    yield (
        "one link in two",
        "stretches with the same marks are one",
        BASE + b"P\x03/a\x04b\x05\x03/a\x04c\x05\n",
        "noncanonical",
    )


def _bad_blocks() -> Iterator[Case]:
    for tag, first in (("R", "Q"), ("A", "Q"), ("I", "U or O"), ("W", "T"), ("N", "S")):
        yield f"{tag} alone", f"{tag} follows {first}", BASE + f"{tag}a\n".encode(), "malformed"
    yield "item after a table", "I follows U or O", BASE + b"T0\nWa\nIa\n", "malformed"
    yield "item after a later line", "I follows U or O", BASE + b"Ua\nXb\nIc\n", "malformed"
    for tag in "2QUO":
        yield f"{tag} without text", "a text is not empty", BASE + f"{tag}\n".encode(), "malformed"
    yield "item without text", "a text is not empty", BASE + b"Ua\nI\n", "malformed"
    yield "attribution without text", "what is empty is left out", BASE + b"Qa\nA\n", "malformed"
    yield "attribution in the middle", "one attribution, last", BASE + b"Qa\nAb\nRc\n", "malformed"
    yield "two attributions", "one attribution, last", BASE + b"Qa\nAb\nAc\n", "malformed"
    yield "mark in an attribution", "an attribution is plain", BASE + b"Qa\nA\x01b\x01\n", "malformed"
    yield "table without rows", "a table has rows", BASE + b"T0\n", "malformed"
    yield "ragged table", "rows are equally wide", BASE + b"T0\nWa\x1fb\nWa\n", "malformed"
    yield "table of unknown kind", "T0 or T1", BASE + b"T2\nWa\n", "malformed"
    yield "table of no kind", "T0 or T1", BASE + b"T\nWa\n", "malformed"
    yield "cell of marks alone", "a text is not empty", BASE + b"T0\nW\x01\x01\n", "malformed"
    for name, old, new, failure in (
        ("too few fields", b"\x1f\n", b"\n", "malformed"),
        ("too many fields", b"\x1f\n", b"\x1f\x1f\n", "malformed"),
        ("no words", b"\x1fa\x1f", b"\x1f\x1f", "malformed"),
        ("no file", b"0f" * 32, b"", "malformed"),
        ("file in capitals", b"0f", b"0F", "malformed"),
        ("file cut", b"0f", b"0", "malformed"),
        ("foreign type", b"jpeg", b"svg+xml", "malformed"),
        ("too wide", b"g\x1f1\x1f", b"g\x1f65536\x1f", "malformed"),
        ("focus outside", b"\x1f0\x1f0\x1f", b"\x1f0\x1f1001\x1f", "malformed"),
        ("width not a number", b"g\x1f1\x1f", b"g\x1f\x1f", "malformed"),
        ("width with a zero", b"g\x1f1\x1f", b"g\x1f01\x1f", "noncanonical"),
    ):
        rule = "nine fields: hash, type, sizes, focus in thousandths, words, caption, credit"
        yield f"picture, {name}", rule, BASE + b"M" + PICTURE.replace(old, new, 1), failure
    yield from _bad_sounds()
    yield "embed without title", "E has two fields", BASE + b"E/a\n", "malformed"
    yield "embed with an empty title", "a text is not empty", BASE + b"E/a\x1f\n", "malformed"
    yield "embed with three fields", "E has two fields", BASE + b"E/a\x1fb\x1fc\n", "malformed"
    yield "embed without address", "E has an address", BASE + b"E\x1fa\n", "malformed"
    yield "embed of data", "addresses are harmless", BASE + b"Edata:text/html,x\x1fa\n", "malformed"


def _bad_sounds() -> Iterator[Case]:
    heard = swapped("\nP", f"\nj{RECORDING.decode()}P") + b"Sa\nNb\n"
    for name, old, new, failure in (
        ("without words", b"Nb\n", b"", "malformed"),
        ("with an empty word", b"Nb", b"N", "malformed"),
        ("without a title", b"Sa", b"S", "malformed"),
        ("with a title of two fields", b"Sa", b"Sa\x1fb", "malformed"),
        ("with a file in its title", b"Sa", b"S" + b"6f" * 32 + b"\x1faudio/ogg\x1f24\x1f9\x1fa", "malformed"),
        ("with a mark in its title", b"Sa", b"S\x01a\x01", "malformed"),
        ("with its words after others", b"Nb", b"Pb\nNb", "malformed"),
    ):
        yield f"sound {name}", "S has a title, then words", heard.replace(old, new, 1), failure
    rule = "as many j as S"
    yield "sound without a recording", rule, BASE + b"Sa\nNb\n", "malformed"
    yield "recording without a sound", rule, heard.partition(b"Sa")[0], "malformed"
    yield "two sounds and one recording", rule, heard + b"Sa\nNb\n", "malformed"
    file = RECORDING[2:-1]
    for name, old, new, failure in (
        ("of a field too few", b"\x1f9\n", b"\n", "malformed"),
        ("of a field too many", b"\x1f9\n", b"\x1f9\x1f\n", "malformed"),
        ("without files", b"j61" + file, b"j61", "malformed"),
        ("with a file twice", file, file * 2, "malformed"),
        ("with nine files", file, file * 9, "too-large"),
        ("of no time", b"j61", b"j0", "malformed"),
        ("of more than four hours", b"j61", b"j14401", "malformed"),
        ("of a time with a zero", b"j61", b"j061", "noncanonical"),
        ("of a foreign type", b"audio/ogg", b"video/ogg", "malformed"),
        ("in capitals", b"5e5e", b"5E5e", "malformed"),
        ("without a rate", b"\x1f12\x1f", b"\x1f0\x1f", "malformed"),
        ("of too high a rate", b"\x1f12\x1f", b"\x1f513\x1f", "malformed"),
        ("of no bytes", b"\x1f9\n", b"\x1f0\n", "malformed"),
        ("of too many bytes", b"\x1f9\n", b"\x1f64000001\n", "malformed"),
    ):
        rule = "a recording: seconds, then hash, type, rate and size of each file"
        yield f"recording {name}", rule, heard.replace(old, new, 1), failure


def _large_stories() -> Iterator[Vector]:
    before, after = BASE.split(b"d2026", 1)
    for tag in "bsta":
        data = (
            b"".join((before, f"{tag}a\n".encode() * 65, b"d2026", after))
            if tag != "a"
            else swapped("\nP", "\n" + "aa\n" * 65 + "P")
        )
        yield bad(f"65 lines {tag}", "at most 64", data, "too-large")
    many = "".join(f"f{at}\n" for at in range(65))
    yield bad("65 lines f", "at most 64", swapped("\nP", f"\n{many}P"), "too-large")
    sounds = swapped("\nP", "\n" + f"j{RECORDING.decode()}" * 65 + "P") + b"Sa\nNb\n" * 65
    yield bad("65 sounds", "at most 64", sounds, "too-large")
    yield bad("65 corrections", "at most 64", swapped("\nP", "\n" + f"c{TIME.decode()} a\n" * 65 + "P"), "too-large")
    yield bad("too many blocks", "at most 8,192 blocks", (BASE, (b"Pa\n", 8192)), "too-large")
    yield bad("too many cells", "at most 8,192 cells", (BASE, b"T0\n", (b"W\x1f\n", 4097)), "too-large")
    yield bad("value too long", "at most 262,144 characters", (BASE, b"P", (b"a", 262_145), b"\n"), "malformed")
    yield bad("too large", "at most 2,000,000 bytes", (BASE, (b"P" + b"a" * 99 + b"\n", 20_000)), "too-large")
