"""Files that come back: of every block, from every program, late, broken and twice."""

import io
import json
import re
import zipfile
from dataclasses import replace
from itertools import count

import pytest
from desk_kit import picture, publish, text, write
from exchange_kit import WORDS, back, chosen, counts, fresh, names_of, shown, taken, texts, translate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_mapping import _seen
from translating_kit import sent

import strategies
from tamizdat.newsroom.exchange import views
from tamizdat.newsroom.exchange.codes import normal
from tamizdat.newsroom.exchange.files import FORMATS, written
from tamizdat.newsroom.exchange.models import Brought, BroughtFile
from tamizdat.newsroom.exchange.sheet import DONE, Unit, sheet_of
from tamizdat.newsroom.stories.mapping import raw_body
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task
from tamizdat.story import SoundBlock

pytestmark = pytest.mark.django_db
BODIES = st.lists(
    strategies.blocks().filter(lambda block: not isinstance(block, SoundBlock)).filter(_seen), min_size=1, max_size=5
)


@pytest.fixture
def source():
    body = text("<p>The ferry <b>sails</b> at <a href='https://a.example/?x=1&amp;y=2'>nine</a>.</p><p>It is full.</p>")
    return write("Harbour strike ends", story_id="harbour", lead="They sail again.", body=body)


def body_of(page):
    """The words of each block, without ids."""
    return [(each["type"], json.dumps(each["value"], sort_keys=True)) for each in page.body.get_prep_value()]


@pytest.mark.parametrize("kind", FORMATS)
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],  # each example writes pages: it is not made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(blocks=BODIES)
def test_every_block_and_mark_goes_out_and_comes_in(client, desk, kind, blocks):
    library = picture()
    page = write("Every block", lead="Lead & <more>", body=raw_body(blocks, lambda _each: library.pk))
    task = sent(page, desk, "fa")
    sheet = sheet_of(task)
    # Somebody elsewhere says of every text that it is its own translation.
    same = replace(sheet, units=tuple(replace(unit, target=unit.source, state=DONE) for unit in sheet.units))
    done = counts(back(client, written(same, kind)[1], task))
    assert done.get("broken", 0) == done.get("unknown", 0) == done.get("conflict", 0) == 0
    assert done["taken"] + done.get("empty", 0) == len(sheet.units)
    assert fresh(task).todo == done.get("empty", 0)
    target, before = newest(fresh(task).target), newest(page)
    assert (target.title, target.lead) == (before.title, before.lead)
    for unit in sheet_of(fresh(task)).units:
        assert normal(unit.target) == (normal(unit.source) if unit.state == DONE else ())
    # And again: nothing is new, nothing is saved.
    revision = fresh(task).target.latest_revision_id
    again = counts(back(client, taken(client, task, kind), task))
    assert set(again) <= {"unchanged", "empty"}
    assert fresh(task).target.latest_revision_id == revision


@pytest.mark.parametrize("kind", FORMATS)
def test_what_stands_in_a_page_stays_byte_for_byte(client, desk, source, kind):
    task = sent(publish(source), desk, "ru")
    sheet = sheet_of(task)
    same = replace(sheet, units=tuple(replace(unit, target=unit.source, state=DONE) for unit in sheet.units))
    back(client, written(same, kind)[1], task)
    (block,) = newest(fresh(task).target).body.get_prep_value()
    assert block["value"] == (
        '<p>The ferry <strong>sails</strong> at <a href="https://a.example/?x=1&amp;y=2">nine</a>.</p>'
        "<p>It is full.</p>"
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_links_to_stories_of_our_own_stay_what_they_are(client, desk, kind):
    there = write("There")
    page = write("Here", body=text(f'<p>See <a id="{there.pk}" linktype="page">there</a>.</p>'))
    task = sent(page, desk, "ru")
    sheet = sheet_of(task)
    same = replace(sheet, units=tuple(replace(unit, target=unit.source, state=DONE) for unit in sheet.units))
    assert counts(back(client, written(same, kind)[1], task)) == {"taken": 2}
    assert texts(task)[1] == f'<p>See <a id="{there.pk}" linktype="page">there</a>.</p>'


OMEGAT = """\ufeff<?xml version="1.0" encoding="UTF-8"?>\r
<x:xliff xmlns:x="urn:oasis:names:tc:xliff:document:1.2" version="1.2">\r
    <x:file datatype="html" target-language="ru" source-language="en" original="{original}">\r
        <x:body>\r
            <x:group>\r
                <x:trans-unit approved="no" id="{second}">\r
                    <x:source>\r
                        It is full.\r
                    </x:source>\r
                    <x:target>\r
                        Он полон.\r
                    </x:target>\r
                </x:trans-unit>\r
                <x:trans-unit id="{first}">\r
                    <x:source>The ferry <x:g id="1">sails</x:g> at <x:g id="2">nine</x:g>.</x:source>\r
                    <x:target>Паром <x:g id="2">в девять</x:g> <x:g id="1">отходит</x:g>.</x:target>\r
                </x:trans-unit>\r
            </x:group>\r
        </x:body>\r
    </x:file>\r
</x:xliff>\r
"""


def test_from_omegat_reordered_reindented_with_another_prefix(client, desk, source):
    task = sent(source, desk, "ru")
    original, first, second = names_of(taken(client, task, "xliff12"))
    data = OMEGAT.format(original=original, first=first, second=second)
    # OmegaT keeps the attributes of the codes that it copies.
    data = data.replace('g id="1"', 'g id="1" ctype="bold"').replace(
        'g id="2"', 'g id="2" ctype="link" equiv-text="&lt;a href=&quot;https://a.example/?x=1&amp;amp;y=2&quot;&gt;"'
    )
    assert counts(back(client, data.encode(), task)) == {"taken": 2}
    assert texts(task)[2:] == [
        '<p>Паром <a href="https://a.example/?x=1&amp;y=2">в девять</a> <strong>отходит</strong>.</p>',
        "<p>Он полон.</p>",
    ]


MEMOQ = """<?xml version="1.0" encoding="utf-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2" xmlns:mq="MQXliff">
<file original="{original}" source-language="en" target-language="ru" datatype="x-memoq"><body>
<trans-unit id="{first}" mq:status="ManuallyConfirmed"><source xml:space="preserve">\
The ferry <bpt id="1">&lt;b&gt;</bpt>\
sails<ept id="1">&lt;/b&gt;</ept> at <bpt id="2">&lt;a href="https://a.example/?x=1&amp;amp;y=2"&gt;</bpt>nine\
<ept id="2">&lt;/a&gt;</ept>.</source><seg-source><mrk mtype="seg" mid="0">The ferry</mrk></seg-source>\
<target xml:space="preserve"><mrk mtype="seg" mid="0">\
Паром <bpt id="1">&lt;b&gt;</bpt>идёт<ept id="1">&lt;/b&gt;</ept></mrk>\
 <mrk mtype="seg" mid="1"><bpt id="2">&lt;a href="https://b.example/"&gt;</bpt>\
в девять<ept id="2">&lt;/a&gt;</ept>.</mrk></target>\
<alt-trans><source>x</source><target>y</target></alt-trans><mq:minorversions/></trans-unit>
<trans-unit id="{second}"><source>It is full.</source>
<target state="needs-review-translation">Он полон?</target></trans-unit>
</body></file></xliff>"""


def test_from_memoq_native_codes_segments_and_a_link_of_its_own(client, desk, source):
    task = sent(source, desk, "ru")
    original, first, second = names_of(taken(client, task, "xliff12"))
    data = MEMOQ.format(original=original, first=first, second=second)
    assert counts(back(client, data.encode("utf-8"), task)) == {"taken": 1, "flagged": 1}
    rows = [row for field in shown(task).values() for row in field][2:]
    assert [(state, text) for state, _source, text in rows] == [
        ("same", '<p>Паром <strong>идёт</strong> <a href="https://b.example/">в девять</a>.</p>'),
        ("changed", "<p>Он полон?</p>"),
    ]


WEBLATE_2 = """<?xml version='1.0' encoding='UTF-8'?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="ru">
  <file id="f" original="{original}"><group id="g">
    <unit id="{first}">
      <originalData><data id="a">&lt;b&gt;</data><data id="b">&lt;/b&gt;</data>
      <data id="c">&lt;a href="https://a.example/?x=1&amp;amp;y=2"&gt;</data></originalData>
      <segment state="final"><source>The ferry <sc id="1" dataRef="a"/>sails<ec startRef="1" dataRef="b"/> at </source>
        <target order="3">Паром <sc id="1" dataRef="a"/>идёт<ec startRef="1"/>.</target></segment>
      <ignorable><source> </source></ignorable>
      <segment state="final"><source><pc id="2" dataRefStart="c">nine</pc>.</source>
        <target order="1"><pc id="2" dataRefStart="c">В девять</pc></target></segment>
    </unit>
    <unit id="{second}"><segment><source>It is full.</source><target>Он полон.</target></segment></unit>
  </group></file>
</xliff>"""


def test_from_a_program_of_xliff_2_that_cut_and_turned_the_sentence(client, desk, source):
    task = sent(source, desk, "ru")
    original, first, second = names_of(taken(client, task, "xliff21"))
    data = WEBLATE_2.format(
        original=original.replace("&", "&amp;").replace("&amp;amp;", "&amp;"), first=first, second=second
    )
    done = counts(back(client, data.encode(), task))
    assert done == {"taken": 2}
    assert texts(task)[2] == (
        '<p><a href="https://a.example/?x=1&amp;y=2">В девять</a> Паром <strong>идёт</strong>.</p>'
    )


POEDIT = """\ufeff# Переводчик
msgid ""
msgstr ""
"Project-Id-Version: \\n"
"X-Generator: Poedit 3.4\\n"
"X-Tamizdat: {original}\\n"
"Language: ru\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 ? 0 : 1);\\n"
#. Caption
#, fuzzy
#| msgid "It was full."
msgctxt "{second}"
msgid "It is full."
msgstr "Он "
"полон."

#: somewhere:1
msgctxt "{first}"
msgid ""
"The ferry <b>sails</b> at "
"<a href=\\"https://a.example/?x=1&amp;y=2\\">nine</a>."
msgstr ""
"Паром <a href='https://a.example/?x=1&amp;y=2'>в девять</a> "
"<b>отходит</b>."
#~ msgctxt "old:0"
#~ msgid "Gone"
#~ msgstr "Ушло"

msgid "Nobody's"
msgstr "Ничьё"
nonsense
"""


def test_from_poedit_wrapped_fuzzy_obsolete_with_bom_and_crlf(client, desk, source):
    task = sent(source, desk, "ru")
    original = re.search(rb"X-Tamizdat: (\S+)\\n", taken(client, task, "po"))[1].decode()
    _name, first, second = names_of(taken(client, task, "xliff12"))
    data = POEDIT.format(original=original, first=first, second=second).replace("\n", "\r\n")
    report = back(client, data.encode(), task, "ru.po")
    assert counts(report) == {"taken": 1, "flagged": 1, "unknown": 1}
    rows = [row for field in shown(task).values() for row in field][2:]
    assert [(state, text) for state, _source, text in rows] == [
        ("same", '<p>Паром <a href="https://a.example/?x=1&amp;y=2">в девять</a> <strong>отходит</strong>.</p>'),
        ("changed", "<p>Он полон.</p>"),
    ]
    page = client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    assert "Ничьё" in page


def test_ids_made_anew_are_found_by_the_source(client, desk, source):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, "xliff12"), {"It is full.": "Он полон."}, "xliff12")
    numbers = count()
    data = re.sub(rb'id="[^"]+:[0-9]+"', lambda _at: b'id="%d"' % next(numbers), data)
    assert counts(back(client, data, task))["taken"] == 1
    assert texts(task)[-1] == "<p>Он полон.</p>"


# --- What does not fit --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ('Паром <g id="9">x</g>', "9"),
        ("Паром", "0 links"),
        ('<g id="1">a</g><g id="2">b</g><g id="2">c</g>', "2 links"),
        ('<g id="2" equiv-text="&lt;a href=&quot;javascript:x&quot;&gt;">x</g>', "javascript"),
        ('<ept id="3"/>x<g id="2">y</g>', "3"),
    ],
)  # fmt: skip
def test_broken_marks_are_shown_and_the_rest_goes_on(client, desk, source, target, why):
    task = sent(source, desk, "ru")
    data = translate(taken(client, task, "xliff12"), WORDS, "xliff12").decode()
    _name, first, _second = names_of(data.encode())
    at = data.index(first)
    data = data[:at] + re.sub(
        r'<target state="needs-translation"(/>|></target>)',
        f'<target state="translated">{target}</target>',
        data[at:],
        count=1,
    )
    report = back(client, data.encode(), task)
    assert counts(report) == {"taken": 2, "broken": 1, "empty": 1}
    assert why in client.get(f"/admin/exchange/report/{report.pk}/").content.decode()
    chosen(client, report, 'Паром <b>идёт</b> <a href="https://a.example/">в девять</a>.')
    assert texts(task)[2] == '<p>Паром <strong>идёт</strong> <a href="https://a.example/">в девять</a>.</p>'


def test_a_headline_that_is_too_long_or_has_marks_is_shown(client, desk, source):
    task = sent(source, desk, "ru")
    for words in ("слово " * 60, "Забастовка <b>окончена</b>"):
        data = translate(taken(client, task, "po"), {"Harbour strike ends": words}, "po")
        assert counts(back(client, data, task)) == {"broken": 1, "empty": 3}


def test_of_another_story_or_language_or_none(client, desk, source):
    ru, fa = sent(source, desk, "ru", "fa")
    data = taken(client, ru, "xliff12")
    for file, place, why in (
        (data, fa, "another story"),
        (data.replace(b"harbour", b"elsewhere"), None, "no translation"),
        (data.replace(b'target-language="ru"', b'target-language="de"'), None, "de"),
    ):
        report = back(client, file, place)
        assert why in report.files.get().fault
    assert counts(back(client, translate(data, WORDS, "xliff12"))) == {"taken": 2, "empty": 2}


def test_translators_bring_back_their_languages_alone(client, desk, source):
    from translating_kit import translator  # noqa: PLC0415 - a helper of a neighbour

    ru, fa = sent(source, desk, "ru", "fa")
    files = {task: translate(taken(client, task, "po"), WORDS, "po") for task in (ru, fa)}
    client.force_login(translator("ru"))
    assert client.get(f"/admin/exchange/{fa.pk}/take/").status_code == 302
    assert client.post(f"/admin/exchange/{fa.pk}/").status_code == 302
    report = back(client, files[fa])
    assert "may not" in report.files.get().fault
    assert counts(back(client, files[ru])) == {"taken": 2, "empty": 2}
    archive = client.get("/admin/exchange/take/").getvalue()
    assert zipfile.ZipFile(io.BytesIO(archive)).namelist() == ["harbour.ru.xlf"]
    foreign = Brought.objects.create(name="x", by=desk)
    BroughtFile.objects.create(brought=foreign, name="x", task=fa, units=[{"id": "x"}])
    assert client.get(f"/admin/exchange/report/{foreign.pk}/").status_code == 302
    assert (
        client.post(f"/admin/exchange/choose/{foreign.files.get().pk}/", {"unit": ["x"], "do:0": "drop"}).status_code
        == 302
    )
    assert foreign.files.get().units


# --- Many ---------------------------------------------------------------------------------------------------------


def test_many_stories_leave_and_come_back_in_a_zip(client, desk):
    for at in range(3):
        sent(write(f"Story {at}", story_id=f"s{at}"), desk, "ru", "fa")
    answer = client.get("/admin/exchange/take/", {"kind": "po", "language": ["fa"], "open": "1"})
    archive = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert sorted(archive.namelist()) == ["s0.fa.po", "s1.fa.po", "s2.fa.po"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in archive.namelist():
            data = translate(archive.read(name), {f"Story {name[1]}": f"خبر {name[1]}"}, "po")
            made.writestr(f"../../{name}", data)
        made.writestr("__MACOSX/._s0.fa.po", b"junk")
        made.writestr("readme.txt", b"Hello")
        made.writestr("bad.xlf", b"<xliff version='1.2'><file>\n</oops>")
    report = back(client, out.getvalue(), name="from the agency.zip")
    assert counts(report) == {"taken": 3, "empty": 3}
    faults = {file.name: file.fault for file in report.files.all() if file.fault}
    assert set(faults) == {"readme.txt", "bad.xlf"}
    assert "line 2" in faults["bad.xlf"]
    assert {newest(fresh(task).target).title for task in Task.objects.filter(target__locale__language_code="fa")} == {
        "خبر 0", "خبر 1", "خبر 2",
    }  # fmt: skip


def test_a_zip_that_would_fill_the_memory_is_refused(client, desk, monkeypatch):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for at in range(9):
            made.writestr(f"{at}.po", b"\0" * 8_000_000)
    answer = client.post("/admin/exchange/", {"file": io.BytesIO(out.getvalue())}, follow=True)
    assert "holds more than 64,000,000 bytes" in answer.content.decode()
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as made:
        for at in range(1_001):
            made.writestr(f"{at}.po", b"")
    answer = client.post("/admin/exchange/", {"file": io.BytesIO(many.getvalue())}, follow=True)
    assert "more than 1,000 files" in answer.content.decode()
    large = io.BytesIO()
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x.po", b"\0" * 8_000_001)
        made.writestr("y.po", b'msgid "a"\nmsgstr "b"\n')
    report = back(client, large.getvalue())
    assert ["larger than" in file.fault for file in report.files.all()] == [True, False]


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xliff version="1.2">&b;</xliff>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xliff version="1.2"/>',
        b"<xliff version='1.2'>" + b"<g>" * 300,
        b"<xliff version='3.0'/>",
        b"<html/>",
        b"PK\x03\x04 not a zip",
    ],
)
def test_hostile_files_are_refused_in_a_sentence(client, desk, data):
    answer = client.post("/admin/exchange/", {"file": io.BytesIO(data)}, follow=True)
    assert answer.status_code == 200
    assert Task.objects.count() == 0
    page = answer.content.decode()
    assert "Nothing was taken." in page or "is no zip" in page


def test_it_costs_the_same_for_any_number_of_pieces(client, desk, django_assert_max_num_queries):
    body = text("".join(f"<p>Paragraph {at}.</p>" for at in range(200)))
    task = sent(write("Long", body=body), desk, "ru")
    data = translate(
        taken(client, task, "xliff12"), {f"Paragraph {at}.": f"Абзац {at}." for at in range(200)}, "xliff12"
    )
    with django_assert_max_num_queries(130):  # of two pages: the upload, and its report
        report = back(client, data, task)
    assert counts(report) == {"taken": 200, "empty": 1}
    with django_assert_max_num_queries(40):
        client.get(f"/admin/exchange/report/{report.pk}/")
    with django_assert_max_num_queries(40):
        client.get(f"/admin/exchange/{task.pk}/")


def test_a_report_of_many_open_pieces_comes_in_pages_and_choosing_stays_there(client, desk, monkeypatch):
    monkeypatch.setattr(views, "_PIECES", 3)
    ru, fa = sent(write("Harbour", story_id="harbour"), desk, "ru", "fa")
    unknown = [Unit(f"gone:{at}", (f"Gone {at}",), (f"Ушло {at}",), DONE) for at in range(5)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for task, units in ((ru, unknown), (fa, unknown[:1])):
            made.writestr(f"{task.pk}.po", written(replace(sheet_of(fresh(task)), units=tuple(units)), "po")[1])
        made.writestr("bad.xlf", b"<xliff/>")
    report = back(client, out.getvalue())
    address = f"/admin/exchange/report/{report.pk}/"
    first, second = (client.get(address, {"p": page}).content.decode() for page in (1, 2))
    assert [re.findall(r">(Ушло \d)</textarea>", page) for page in (first, second)] == [
        ["Ушло 0", "Ушло 1", "Ушло 2"],
        ["Ушло 3", "Ушло 4", "Ушло 0"],
    ]
    assert "Nothing was taken." in first
    assert "Nothing was taken." not in second
    assert '<a rel="next" href="?p=2">' in first
    file = report.files.get(task=ru)
    form = {"unit": ["gone:3", "gone:4"], "do:0": "drop", "do:1": "drop"}
    answer = client.post(f"/admin/exchange/choose/{file.pk}/?p=2", form)
    assert answer.headers["Location"] == f"{address}?p=2"
    answer = client.post(f"/admin/exchange/choose/{file.pk}/?p=//evil.example", {})
    assert answer.headers["Location"] == address
    assert re.findall(r">(Ушло \d)</textarea>", client.get(f"{address}?p=2").content.decode()) == ["Ушло 0"]
