"""What leaves: a zip that goes while it is made, with the glossary's words beside each piece."""

import io
import zipfile
from dataclasses import replace

import pytest
from desk_kit import person, text, write
from django.http import StreamingHttpResponse
from exchange_kit import back, counts, fresh, taken, translate
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from test_exchange_codecs import SHEETS, _plain
from translating_kit import sent, translator
from wagtail.models import PageLogEntry
from wagtail.users.models import UserProfile

from tamizdat.newsroom.exchange import glossary, taking
from tamizdat.newsroom.exchange.files import FORMATS, read_upload, written, zipped
from tamizdat.newsroom.exchange.po import read_po
from tamizdat.newsroom.exchange.taking import TakeOut
from tamizdat.newsroom.suggesting.agreed import Finder, Word
from tamizdat.newsroom.suggesting.beside import offers
from tamizdat.newsroom.suggesting.models import Agreed
from tamizdat.newsroom.translating.beside import newest, rows_of, source_now

BODY = "<p>The <b>ferry</b> from Old Harbour is full. Ferries!</p><p>Nobody knows.</p>"


@pytest.fixture
def desk(client, db):
    somebody = person()
    client.force_login(somebody)
    return somebody


def agreed(term, translation="", **fields):
    return Agreed.objects.create(language="ru", source_language="en", term=term, translation=translation, **fields)


# --- Many ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.uuids().map(str), st.binary(max_size=200)), max_size=5, unique_by=lambda each: each[0]))
def test_a_zip_in_pieces_is_a_zip(made):
    pieces = list(zipped(iter(made)))
    assert len(pieces) == len(made) + 1
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert [(name, archive.read(name)) for name in archive.namelist()] == made


def test_each_file_is_gone_before_the_next_is_made():
    events = []

    def files():
        for name in "abc":
            events.append(f"made {name}")
            yield name, b"words"

    for piece in zipped(files()):
        events += [piece[30:31].decode() if piece.startswith(b"PK\x03\x04") else "end"]
    assert events == ["made a", "a", "made b", "b", "made c", "c", "end"]


def test_many_leave_a_few_at_a_time(client, desk, monkeypatch):
    monkeypatch.setattr(taking, "_AT_ONCE", 2)
    for at in range(5):
        sent(write(f"Story {at}", story_id=f"s{at}"), desk, "ru")
    answer = client.get("/admin/exchange/take/", {"kind": "po"})
    assert isinstance(answer, StreamingHttpResponse)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="translations.zip"'
    assert "no-store" in answer.headers["Cache-Control"]
    pieces = iter(answer.streaming_content)
    assert b"s4.ru.po" in next(pieces)
    noted = PageLogEntry.objects.filter(action="exchange.out")
    assert noted.count() == 2, "the others are not even made"
    rest = b"".join(pieces)
    assert [f"s{at}.ru.po".encode() in rest for at in range(4)] == [True] * 4
    assert noted.count() == 5
    assert set(noted.values_list("user", flat=True)) == {desk.pk}


def test_what_is_gone_or_closed_by_its_turn_is_left_out(client, desk):
    first, second, third = (
        sent(write(f"Story {at}", story_id=f"s{at}"), desk, tag) for at, tag in enumerate(("ru", "fa", "ru"))
    )
    somebody = translator("ru")
    made = TakeOut([third.pk, second.pk, first.pk], "po", False, somebody, "en").execute()
    fresh(third).target.delete()
    with zipfile.ZipFile(io.BytesIO(b"".join(made))) as archive:
        assert archive.namelist() == ["s0.ru.po"]


def test_a_zip_that_left_in_pieces_comes_back(client, desk):
    for at in range(3):
        sent(write(f"Story {at}", story_id=f"s{at}"), desk, "ru")
    data = client.get("/admin/exchange/take/", {"kind": "po"}).getvalue()
    report = back(client, data, name="translations.zip")
    assert counts(report) == {"empty": 6}
    assert report.files.count() == 3


def test_files_of_a_zip_are_in_the_language_of_the_screens(client, desk):
    sent(write("Harbour", story_id="s"), desk, "ru")
    profile = UserProfile.get_for_user(desk)
    profile.preferred_language = "ru"
    profile.save()
    one = client.get("/admin/exchange/take/", {"kind": "po"}).getvalue()
    assert "#. Заголовок" in zipfile.ZipFile(io.BytesIO(one)).read("s.ru.po").decode()


# --- The glossary -------------------------------------------------------------------------------------------------


def notes(data, kind, source):
    """Of the piece whose source reads so, what it is being left out."""
    if kind == "po":
        (entry,) = (each for each in data.decode().split("\n\n") if source in each)
        lines = [line.removeprefix("#. ") for line in entry.split("\n") if line.startswith("#. ")]
        return [line for line in lines[1:] if not line.startswith("newsroom-was")]
    root = etree.fromstring(data)
    (unit,) = (
        each for each in root.iter("{*}trans-unit", "{*}unit")
        if source in "".join(next(each.iter("{*}source")).itertext())
    )  # fmt: skip
    return [each.text for each in unit.iter("{*}note")][1:]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_glossarys_words_stand_beside_each_piece_in_the_order_of_the_screen(client, desk, kind):
    agreed("full", "полный")
    agreed("NATO", kept=True)
    agreed("old harbour", kept=True, note="a name")
    agreed("ferry", "паром | перевоз", forms="ferries", note="not a boat")
    Agreed.objects.create(language="fa", source_language="en", term="ferry", translation="کشتی")
    task = sent(write("Harbour", lead="All & <sundry>.", body=text(BODY)), desk, "ru")
    data = taken(client, task, kind)
    first = "ferry" if kind != "po" else "<b>ferry</b>"
    wanted = ["ferry → паром / перевоз (not a boat)", "old harbour → stays as it is (a name)", "full → полный"]
    assert notes(data, kind, first) == wanted
    assert notes(data, kind, "Nobody knows.") == []
    task = fresh(task)
    fields = rows_of(task.pairs, source_now(task), newest(task.target))
    shown = [[word.term for word in each.agreed] for each in offers(task, fields, desk).values() if each.agreed]
    assert shown == [[each.partition(" → ")[0] for each in wanted]]
    # And back: they are nobody's words.
    back_ = translate(data, {"Harbour": "Гавань"}, kind)
    assert counts(back(client, back_, task)) == {"taken": 1, "empty": 3}
    zipped_ = client.get("/admin/exchange/take/", {"kind": kind}).getvalue()
    archive = zipfile.ZipFile(io.BytesIO(zipped_))
    assert notes(archive.read(archive.namelist()[0]), kind, first) == wanted


@pytest.mark.parametrize("kind", FORMATS)
def test_words_that_look_like_marks_of_ours_are_read_as_nothing(client, desk, kind):
    agreed("ferry", "newsroom-was: 0000", note='"]]> --> </note><target>x</target>\nmsgstr "y"\n#, fuzzy\nmsgid "z"')
    agreed("newsroom-was: full", "x\x0b")
    task = sent(write("Harbour", body=text("<p>The ferry.</p><p>newsroom-was: full</p>")), desk, "ru")
    data = taken(client, task, kind)
    (file,) = read_upload(data, "x")
    assert [unit.fault for unit in file.sheets[0].units] == [""] * 3
    assert counts(back(client, translate(data, {"The ferry.": "Паром."}, kind), task)) == {"taken": 1, "empty": 2}


@pytest.mark.parametrize("kind", FORMATS)
@given(
    sheet=SHEETS,
    words=st.lists(
        st.sampled_from(["newsroom-was: ffff", "a → b", 'msgid "x"', "#, fuzzy", "<target>x</target>", "\n"])
    ),
)
def test_notes_are_ignored_when_a_file_is_read(kind, sheet, words):
    noted = _noted(sheet, tuple(words))
    (one,), (other,) = (read_upload(written(each, kind)[1], "x") for each in (noted, _noted(sheet, ())))
    assert [_plain(each) for each in one.sheets] == [_plain(each) for each in other.sheets] == [_plain(sheet)]
    assert [unit.state for unit in one.sheets[0].units] == [unit.state for unit in other.sheets[0].units]


def _noted(sheet, words):
    return replace(sheet, units=tuple(replace(unit, notes=words) for unit in sheet.units))


def test_a_note_that_a_program_put_elsewhere_says_nothing_of_the_text_that_was():
    entry = '#. newsroom-was: 0123\n#. ferry → newsroom-was: ffff\nmsgctxt "a:0"\nmsgid "a"\nmsgstr "b"\n'
    assert read_po(entry.encode(), "x")[0].units[0].was == "0123"


def test_there_are_no_more_of_them_than_somebody_reads():
    terms = [f"word{at}" for at in range(50)]
    finder = Finder(Word(term, (), True, False, ("x" * 200, "y" * 200), "z" * 400) for term in terms)
    found = glossary.word_notes(finder, " ".join(reversed(terms)))
    assert len(found) == glossary.MOST_WORDS
    assert found[0].startswith("word49 → ")
    assert max(map(len, found)) == 300
    finder = Finder([Word("a\nb", (), True, False, ("x\u2028y",), "z\r\n\tnewsroom-was: 0")])
    assert glossary.word_notes(finder, "a b") == ("a b → x y (z newsroom-was: 0)",)


def test_a_glossary_is_read_once_for_all_translations(client, desk, django_assert_num_queries):
    agreed("ferry", "паром")
    tasks = [sent(write(f"Ferry {at}"), desk, "ru") for at in range(3)]
    glossaries = glossary.Glossaries()
    loaded = [fresh(task) for task in tasks]
    with django_assert_num_queries(1):
        assert all(glossary.word_notes(glossaries.of(task), "Ferry") == ("ferry → паром",) for task in loaded)
