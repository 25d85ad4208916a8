"""What goes into a file comes out of it: every text, every mark, every state; and nothing from outside surprises us."""

import io
import shutil
import subprocess
from dataclasses import replace

import pytest
from babel.messages.pofile import read_po as babel_read
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from tamizdat.errors import SourceError
from tamizdat.newsroom.exchange.codes import Code, html_of, light_html, normal, tokens_of, was, well_formed
from tamizdat.newsroom.exchange.files import FORMATS, read_upload, written
from tamizdat.newsroom.exchange.po import po, read_po
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, TODO, Sheet, Unit, parsed_name
from tamizdat.newsroom.exchange.xliff_write import xliff_1, xliff_2

CONTROLS = [chr(code) for code in (*range(0x20), 0x7F)]
TEXT = st.text(
    st.one_of(
        st.sampled_from(" &<>\"\\'\u00a0\u200fa/#;=bآ"),
        st.characters(exclude_categories=["Cs", "Cn"], exclude_characters=CONTROLS),
    ),
    min_size=1,
    max_size=20,
)
HREF = st.sampled_from(['https://a.example/?x=1&y="2"', "https://b.example/<>'", "mailto:a@b.example", ""])


def _around(inner):
    return st.one_of(
        st.tuples(st.sampled_from("bi"), inner).map(lambda p: (Code("open", p[0]), *p[1], Code("close", p[0]))),
        st.tuples(HREF, inner).map(lambda p: (Code("open", "a", p[0]), *p[1], Code("close", "a"))),
        st.tuples(inner, inner).map(lambda p: (*p[0], *p[1])),
    )


INLINE = st.recursive(st.one_of(TEXT.map(lambda t: (t,)), st.just((Code("lone", "br"),))), _around, max_leaves=6)
POINTS = st.lists(INLINE, min_size=1, max_size=3).map(
    lambda items: tuple(each for item in items for each in (Code("open", "li"), *item, Code("close", "li")))
)
TOKENS = st.one_of(INLINE, POINTS)
UNITS = st.builds(
    Unit,
    id=st.builds("{}_:{}".format, st.uuids(), st.integers(0, 99)),
    source=TOKENS,
    target=TOKENS,
    state=st.sampled_from([TODO, CHECK, DONE]),
    was=st.just("0123456789abcdef"),
    before=st.one_of(st.just(()), TOKENS),
    notes=st.lists(TEXT, max_size=2).map(tuple),
)
SHEETS = st.builds(
    Sheet,
    story_id=st.just("harbour.2026~x"),
    source_language=st.just("en"),
    language=st.sampled_from(["ru", "fa", "sr-Latn"]),
    task=st.integers(1, 10**9),
    revision=st.just("77"),
    units=st.lists(UNITS, max_size=4, unique_by=lambda unit: unit.id).map(tuple),
)


def _plain(sheet):
    """What a file carries of a sheet. What nobody translated has no text; *fuzzy* is an assertion, *todo* is none."""

    def unit(each):
        target = () if each.state == TODO else normal(each.target)
        return Unit(each.id, normal(each.source), target, was=each.was)

    return replace(sheet, units=tuple(map(unit, sheet.units)))


@pytest.mark.parametrize("kind", FORMATS)
@given(sheet=SHEETS)
def test_what_goes_out_comes_in(kind, sheet):
    name, data = written(sheet, kind)
    assert name.startswith("harbour.2026~x.")
    (file,) = read_upload(data, name)
    assert not file.fault
    assert [_plain(each) for each in file.sheets] == [_plain(sheet)]
    for before, after in zip(sheet.units, file.sheets[0].units, strict=True):
        assert not after.fault
        if normal(before.target) and before.state == DONE:
            assert after.state == DONE
        if before.state == CHECK and normal(before.target):
            assert after.state != DONE


@given(TOKENS)
def test_marks_survive_html(tokens):
    for html in (html_of(tokens), light_html(tokens)):
        assert normal(tokens_of(html, strict=True)) == normal(tokens)
    assert was(tokens) == was(tokens_of(html_of(tokens)))
    assert well_formed(tokens) == tokens_of(html_of(tokens))


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(["<b>", "</b>", "<", ">", "&amp;", "&", "a ", "<a href='", '">'])).map("".join),
    )
)
def test_any_text_is_some_tokens_and_stays_what_it_is(text):
    tokens = tokens_of(text)
    assert tokens_of(html_of(tokens)) == tokens
    assert tokens_of(light_html(tokens)) == tokens


NOISE = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from(
            [
                b'msgid "a"\n', b'msgstr "b"\n', b'"c\\n"\n', b"#, fuzzy\n", b'#~ msgid "x"\n', b"\n",
                b'msgctxt "title:0"\n',
                b'msgid_plural "s"\n', b'msgstr[0] "x"\n', b'msgstr[1] "y"\n', b"#| msgid \"q\"\n", b"junk\n",
                b'"', b"\\",
                b"\xff", b"\x00", b'"Content-Type: text/plain; charset=idna\\n"\n',
            ]
        )
    ).map(b"".join),
    st.lists(
        st.sampled_from(
            [
                b'<xliff version="1.2">', b"<file>", b"<body>", b'<trans-unit id="title:0">', b"<source>",
                b"</source>",
                b"<target>", b"</target>", b"</trans-unit>", b"</body>", b"</file>", b"</xliff>", b'<g id="1">',
                b"</g>",
                b'<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0">', b'<unit id="a">',
                b"<segment>",
                b"</segment>", b"</unit>", b'<sc id="1"/>', b'<ec startRef="1"/>', b"<!DOCTYPE x>", b"&a;", b"words",
                b'<bpt id="1">&lt;b&gt;</bpt>', b'<ept id="1"/>', b'<it pos="open"/>', b"<mrk>", b"</mrk>",
                b"<ignorable>",
            ]
        )
    ).map(b"".join),
)  # fmt: skip


@given(NOISE)
@example(b'<xliff version="1.2"/>')
@example(b"\xff\xfe")
@example(b"PK\x03\x04")
def test_whatever_comes_in_is_a_sheet_or_a_fault(data):
    try:
        files = read_upload(data, "x")
    except SourceError as error:
        assert str(error).startswith("x: ")
        return
    for file in files:
        assert file.sheets or file.fault.startswith("x: ")


@given(SHEETS)
def test_others_read_our_po(sheet):
    catalog = babel_read(io.BytesIO(po(sheet).encode()), abort_invalid=True)
    ours = read_po(po(sheet).encode(), "x")[0].units
    assert len(list(catalog)) == len(sheet.units) + 1
    for unit, message in zip(ours, [each for each in catalog if each.id], strict=True):
        assert message.context == unit.id
        assert normal(tokens_of(str(message.id))) == normal(unit.source)
        assert normal(tokens_of(str(message.string))) == normal(unit.target)
        assert message.fuzzy == (unit.state == CHECK) or not unit.target


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="needs msgfmt (the package gettext)")
@settings(max_examples=25)
@given(sheet=SHEETS)
def test_gettext_finds_nothing_wrong_with_our_po(sheet):
    done = subprocess.run(
        ["msgfmt", "-c", "-o", "/dev/null", "-"], input=po(sheet).encode(), capture_output=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.decode().splitlines() if "warning" not in line]) == (
        0,
        [],
    ), done.stderr


@given(SHEETS)
def test_our_xliff_is_xml_in_which_every_code_has_a_number_of_its_own(sheet):
    for write in (xliff_1, xliff_2):
        root = etree.fromstring(write(sheet).encode())
        for side in root.iter("{*}source", "{*}target"):
            numbers = [each.get("id") for each in side.iter("{*}g", "{*}x", "{*}pc", "{*}ph")]
            assert len(set(numbers)) == len(numbers)


def test_a_name_says_where_a_file_comes_from():
    assert parsed_name("tamizdat:a%20b?task=7&revision=9") == ("a b", 7, "9")
    for foreign in ("", "story.html", "tamizdat:x?task=-1", "tamizdat:x?task=" + "9" * 50, "http://[x"):
        assert parsed_name(foreign)[1] == 0
