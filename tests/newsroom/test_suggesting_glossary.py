"""Agreed words: edited by whoever translates into the language, seen beside the text, told to machines, out and in."""

import csv
import io
from hashlib import sha256

import pytest
from desk_kit import person, text, write
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as some
from machine_kit import deepl, libre, served
from translating_kit import translate, translator

from tamizdat.newsroom.people.models import Person
from tamizdat.newsroom.suggesting.agreed import MOST_WORDS, Finder, Word, glossary, lacking
from tamizdat.newsroom.suggesting.drafting import draft_waiting
from tamizdat.newsroom.suggesting.models import Agreed, LentGlossary
from tamizdat.newsroom.suggesting.sheet import COLUMNS, read, written
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
TAGS = ("en", "fa")


@pytest.fixture
def desk():
    return person()


def a_word(term, *translations, forms=(), any_case=True, kept=False, note=""):
    return Word(term, tuple(forms), any_case, kept, (term,) if kept else translations, note)


def agreed(term, translation="", **more):
    return Agreed.objects.create(language="ru", source_language="en", term=term, translation=translation, **more)


def table(rows):
    return f"{','.join(COLUMNS)}\n{rows}".encode()


def test_words_are_found_whole_in_their_forms_and_in_the_capitals_that_matter():
    finder = Finder([
        a_word("Supreme Court", "Верховный суд", forms=("the High Court",)),
        a_word("Apple", "Эппл", any_case=False),
        a_word("court", "суд"),
        a_word("法院", "суд"),
    ])  # fmt: skip
    assert [each.term for each in finder.found("The supreme court and the high court met.")] == [
        "Supreme Court", "court",
    ]  # fmt: skip
    assert finder.found("An apple, an Appleton, courtship.") == []
    assert [each.term for each in finder.found("Apple sued.")] == ["Apple"]
    assert [each.term for each in finder.found("最高法院裁定")] == ["法院"]


def test_what_lacks_is_said_of_the_word_and_not_of_its_ending():
    court = a_word("Supreme Court", "Верховный суд", "ВС")
    assert lacking([court], "В Верховном суде решили") == []
    assert lacking([court], "ВС решил") == []
    assert lacking([court], "В высоком суде решили") == [court]
    name = a_word("Meduza", kept=True)
    assert lacking([name], "сказала Meduza") == []
    assert lacking([name], "сказала Медуза") == [name]


def test_the_screen_shows_what_is_agreed_and_what_lacks(client, desk):
    agreed("ferry", "паром", note="not “корабль”")
    (task,) = Send(write("The ferry sails", body=text("<p>Ferry.</p>")), ("ru",), desk).execute()
    client.force_login(desk)
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert screen.count("паром") == 2
    assert "not “корабль”" in screen
    assert "The glossary says" not in screen, "nobody has translated yet"
    translate(client, task, {"The ferry sails": "Корабль отходит", "Ferry.": "На пароме."})
    screen = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert screen.count("The glossary says: “ferry” is “паром”.") == 1


def test_whoever_translates_into_a_language_edits_its_glossary_and_no_other(client, desk):
    client.force_login(translator("ru"))
    form = {"term": "ferry", "source_language": "en", "translation": "паром", "any_case": "on", "forms": "", "note": ""}
    assert client.get("/admin/glossary/").headers["Location"] == "/admin/glossary/ru/"
    assert client.post("/admin/glossary/ru/", form).status_code == 302
    row = Agreed.objects.get()
    assert "паром" in client.get("/admin/glossary/ru/?q=fer").content.decode()
    assert "in the glossary already" in client.post("/admin/glossary/ru/", form).content.decode()
    assert (
        "Write the translation"
        in client.post("/admin/glossary/ru/", {**form, "term": "x", "translation": ""}).content.decode()
    )
    for address in ("/admin/glossary/fa/", "/admin/glossary/fa/table.csv"):
        assert client.get(address).status_code == 302
        assert client.get(address).headers["Location"] == "/admin/"
    assert client.post(f"/admin/glossary/word/{row.pk}/", {**form, "translation": "паромчик"}).status_code == 302
    assert Agreed.objects.get().translation == "паромчик"
    client.post(f"/admin/glossary/word/{row.pk}/", {"delete": "1"})
    assert not Agreed.objects.exists()
    other = Agreed.objects.create(language="fa", source_language="en", term="ferry", translation="کشتی")
    client.post(f"/admin/glossary/word/{other.pk}/", {"delete": "1"})
    assert Agreed.objects.count() == 1


def test_a_glossary_goes_out_and_comes_back(client, desk):
    client.force_login(desk)
    agreed("ferry", "паром|судно", forms="ferries\nferryboat", note='says "yes"; а,б')
    agreed("Meduza", kept=True, any_case=False)
    agreed("=cmd()", "-формула")
    before = glossary("en", "ru")
    data = client.get("/admin/glossary/ru/table.csv").content
    assert data.startswith(b"\xef\xbb\xbf")
    assert not any(cell.startswith(("=", "-")) for row in csv.reader(io.StringIO(data.decode())) for cell in row)
    Agreed.objects.all().delete()
    answer = client.post("/admin/glossary/ru/take/", {"table": SimpleUploadedFile("g.csv", data)})
    assert answer.status_code == 302
    assert sorted(map(repr, glossary("en", "ru"))) == sorted(map(repr, before))
    client.post("/admin/glossary/ru/take/", {"table": SimpleUploadedFile("g.csv", table("ferry,корабль,,,,,"))})
    assert Agreed.objects.get(term="ferry").translation == "корабль"
    assert Agreed.objects.count() == 3


def test_a_table_with_faults_changes_nothing_and_names_each_line(client, desk):
    client.force_login(desk)
    data = table('ferry,паром,,,,,\n"a\nb",x,,,,,\n,y,,,,,\nferry,z,,,,,\nname,,,xx,,,\nkept,k,,,maybe,,\n')
    answer = client.post("/admin/glossary/ru/take/", {"table": SimpleUploadedFile("g.csv", data)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert not Agreed.objects.exists()
    for line, said in (
        (5, "There is no term."),
        (6, "stands in line 2"),
        (7, "no translation"),
        (8, "neither yes nor no"),
    ):
        assert f"line {line}: " in page
        assert said in page
    assert "line 3:" not in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"term,translation\nx,\xff\n", "line 2: It is not UTF-8"),
        (b"word,translation\nx,y\n", "line 1: There is no column"),
        (b"term,colour\nx,y\n", "line 1: “colour” is no column"),
        (b"term,term\nx,y\n", "line 1: The column term stands twice"),
        (b"term,translation\nx,y,z\n", "line 2: 3 cells for 2 columns"),
        (b'term,translation\nx,"y\n', "line 2: It is no line of a table"),
        (b"term,translation\n" + b"x" * 201 + b",y\n", "line 2: term is longer than 200"),
        (b"term,translation,in\nx,y,ru\n", "line 2: in: “ru” is not one of en, fa"),
        (b"term,translation,kept\nx,y,yes\n", "line 2: “x” is kept as it is, and has a translation"),
        (b"", "line 1: There is no column"),
    ],
)
def test_every_fault_of_a_table_names_its_line(data, said):
    _lines, faults = read(data, TAGS, "en")
    assert str(faults[0]).startswith(said)


@pytest.mark.parametrize("between", [";", "\t"])
def test_tables_of_other_countries_are_read(between):
    lines, faults = read(f"term{between}translation\nferry{between}паром, судно\n".encode(), TAGS, "en")
    assert not faults
    assert lines[0].word.translations == ("паром, судно",)


def test_a_table_has_an_end():
    many = "term,translation\n" + "".join(f"w{at},x\n" for at in range(MOST_WORDS + 5))
    assert "at most" in str(read(many.encode(), TAGS, "en")[1][0])


_cells = some.text(
    some.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"], exclude_characters="|'"), min_size=1
)


@given(
    some.lists(some.tuples(_cells, _cells, some.booleans(), _cells), max_size=8, unique_by=lambda each: each[0][:200])
)
@settings(max_examples=150, deadline=None)
def test_any_words_come_back_from_their_table(rows):
    words = [a_word(t[:200], s[:200], any_case=flag, note=n[:400]) for t, s, flag, n in rows]
    lines, faults = read(written(("en", each) for each in words), TAGS, "en")
    assert not faults
    assert [line.word for line in lines] == words


@given(
    some.one_of(
        some.binary(max_size=400),
        some.text(max_size=400).map(lambda each: f"term,in\n{each}".encode("utf-8", "ignore")),
    )
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_break_the_reading_of_tables(data):
    lines, faults = read(data, TAGS, "en")
    assert all(line.word.term for line in lines)
    assert all(str(fault).startswith("line ") for fault in faults)


def test_machines_keep_what_stays_as_it_is_and_borrow_the_glossary(client, desk):
    agreed("Meduza", kept=True)
    agreed("ferry", "паром")
    (task,) = Send(write("Meduza took the ferry", body=text("<p>It was full.</p>")), ("ru",), desk).execute()
    client.force_login(desk)
    with served(libre()) as service:
        client.post(f"/admin/suggesting/machine/{task.pk}/")
        draft_waiting()
        assert '<span translate="no">Meduza</span> took the ferry' in service.texts()
    assert newest(Task.objects.get(pk=task.pk).target).title == "MEDUZA TOOK THE FERRY"


def test_deepl_is_lent_the_glossary_once(client, desk, monkeypatch):
    monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k:fx")
    agreed("ferry", "паром|судно")
    client.force_login(desk)

    def lent(service):
        return [body for method, path, body, _ in service.requests if (method, path) == ("POST", "/v2/glossaries")]

    with served(deepl(), "deepl") as service:
        for at in range(2):
            (task,) = Send(write(f"The ferry {at}"), ("ru",), desk).execute()
            client.post(f"/admin/suggesting/machine/{task.pk}/")
            assert draft_waiting() == 1
        assert [each["entries"] for each in lent(service)] == ["ferry\tпаром"]
        bodies = [body for _m, path, body, _h in service.requests if path == "/v2/translate"]
        assert {body["glossary_id"] for body in bodies} == {"g0"}
        agreed("island", "остров")
        (task,) = Send(write("The island"), ("ru",), desk).execute()
        client.post(f"/admin/suggesting/machine/{task.pk}/")
        assert draft_waiting() == 1
        assert len(lent(service)) == 2
        assert [path for method, path, _b, _h in service.requests if method == "DELETE"] == ["/v2/glossaries/g0"]


def _drafted(client, headline):
    (task,) = Send(write(headline), ("ru",), Person.objects.get(username="desk")).execute()
    client.post(f"/admin/suggesting/machine/{task.pk}/")
    return draft_waiting()


def test_a_glossary_that_is_gone_at_deepl_is_lent_anew(client, desk, monkeypatch):
    monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k:fx")
    agreed("ferry", "паром")
    client.force_login(desk)
    with served(deepl(), "deepl") as service:
        assert _drafted(client, "The ferry") == 1
        for gone in ("another", "and one more"):
            LentGlossary.objects.update(key=gone)
            assert _drafted(client, f"The ferry {gone}") == 1
        assert LentGlossary.objects.get().key == "g2"
        LentGlossary.objects.update(key="gone, too")
        agreed("island", "остров")
        assert _drafted(client, "The island") == 1
        assert LentGlossary.objects.get().key == "g3"
        asked = [body for _m, path, body, _h in service.requests if path == "/v2/translate"]
        assert [body["glossary_id"] for body in asked] == ["g0", "another", "g1", "and one more", "g2", "g3"]


def test_another_key_has_its_own_glossaries(client, desk, monkeypatch):
    agreed("ferry", "паром")
    client.force_login(desk)
    accounts = {f"DeepL-Auth-Key {key}": deepl(key=key) for key in ("one:fx", "two:fx")}
    with served(lambda *asked: accounts[asked[3]["Authorization"]](*asked), "deepl") as service:
        for key in ("one:fx", "two:fx"):
            monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", key)
            assert _drafted(client, f"The ferry {key[:3]}") == 1
        assert [path for _m, path, _b, _h in service.requests].count("/v2/translate") == 2
    assert LentGlossary.objects.count() == 2
    assert not LentGlossary.objects.filter(service__contains=":fx")


def test_what_was_lent_under_a_key_that_is_replaced_does_not_stay_there(client, desk, monkeypatch):
    agreed("ferry", "паром")
    client.force_login(desk)
    account = deepl(key="one:fx")

    def answer(method, path, body, _headers):  # whichever of its keys is shown
        return account(method, path, body, {"Authorization": "DeepL-Auth-Key one:fx"})

    with served(answer, "deepl") as service:
        for key in ("one:fx", "two:fx"):
            monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", key)
            assert _drafted(client, f"The ferry {key[:3]}") == 1
        assert [path for method, path, _b, _h in service.requests if method == "DELETE"] == ["/v2/glossaries/g0"]
        made = [path for method, path, _b, _h in service.requests if (method, path) == ("POST", "/v2/glossaries")]
        assert len(made) == 2
    lent = LentGlossary.objects.get()
    assert sha256(b"two:fx").hexdigest()[:16] in lent.service


def test_at_another_address_nothing_is_asked_of_what_was_lent_elsewhere(client, desk, monkeypatch):
    monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k:fx")
    agreed("ferry", "паром")
    client.force_login(desk)
    for at in range(2):
        with served(deepl(), "deepl") as service:
            assert _drafted(client, f"The ferry {at}") == 1
            assert not [path for method, path, _b, _h in service.requests if method == "DELETE"]
    assert LentGlossary.objects.count() == 2
