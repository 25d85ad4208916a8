"""What services that translate may do to us: refuse, stall, lie, lose marks. Each is said, and nothing is lost."""

import threading
from html import unescape
from pathlib import Path

import pytest
from desk_kit import person, text, write
from hypothesis import given, settings
from hypothesis import strategies as some
from machine_kit import FakeService, deepl, libre, served, set_to, upper
from newsroom_settings import ROOM

from tamizdat.config import parse_config
from tamizdat.errors import ConfigError, TranslatorError
from tamizdat.newsroom.suggesting.drafting import MOST_TRIES, draft_waiting
from tamizdat.newsroom.suggesting.machines import asking
from tamizdat.newsroom.suggesting.machines.asking import Service, is_loopback
from tamizdat.newsroom.suggesting.machines.deepl import FREE, PAID, DeepL
from tamizdat.newsroom.suggesting.machines.libretranslate import LibreTranslate
from tamizdat.newsroom.suggesting.machines.naming import named
from tamizdat.newsroom.suggesting.machines.opening import machine_name, open_machine
from tamizdat.newsroom.suggesting.machines.port import Pair, Wish
from tamizdat.newsroom.suggesting.machines.tags import returned, sent
from tamizdat.newsroom.suggesting.models import DONE, FAILED, WAITING, MachineDraft
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.sending import Send

pytestmark = pytest.mark.django_db
PAIR = Pair("en", "ru")


@pytest.fixture
def desk():
    return person()


def machine_of(kind, address):
    return LibreTranslate(address) if kind == "libretranslate" else DeepL("k:fx", address)


def in_place_of(answer, path, said):
    """A service that answers one address otherwise."""
    return lambda method, where, body, headers: said if where == path else answer(method, where, body, headers)


def draft_of(desk, answer, kind="libretranslate", body="<p>It is full.</p>"):
    """One translation that was asked for and tried once."""
    (task,) = Send(write("Harbour strike ends", body=text(body)), ("ru",), desk).execute()
    with served(answer, kind):
        MachineDraft.objects.create(page=task.target, by=desk, asked="2026-01-01T00:00Z", due="2026-01-01T00:00Z")
        draft_waiting()
    return MachineDraft.objects.get(page=task.target)


REFUSALS = [
    ("libretranslate", (400, {"error": "ru is not supported"}), False, "answers 400 (ru is not supported)"),
    ("libretranslate", (403, {"error": "Invalid API key"}), False, "translate_key_file, or TAMIZDAT_TRANSLATE_KEY"),
    ("libretranslate", (404, b"<html>"), False, "see translate_url"),
    ("libretranslate", (429, {"error": "Slowdown: 10 per 1 minute"}), True, "it is asked too often (Slowdown"),
    ("libretranslate", (500, {"error": "Cannot translate text"}), True, "answers 500"),
    ("libretranslate", (302, b""), False, "answers 302"),
    ("libretranslate", (200, b"<html>hello</html>"), False, "no JSON"),
    ("libretranslate", (200, b"[" * 100_000), False, "no JSON"),
    ("libretranslate", (200, b""), False, "without translated texts"),
    ("libretranslate", (200, {"translatedText": "one"}), False, "without translated texts"),
    ("libretranslate", (200, {"translatedText": ["one"]}), False, "gives 1 texts for 2"),
    ("libretranslate", (200, {"translatedText": ["one", 2]}), False, "without translated texts"),
    ("deepl", (400, {"message": "Bad request"}), False, "answers 400 (Bad request)"),
    ("deepl", (403, b""), False, "translate_key_file, or TAMIZDAT_TRANSLATE_KEY"),
    ("deepl", (413, b""), False, "it finds the text too long"),
    ("deepl", (429, {"message": "Too many requests"}), True, "it is asked too often"),
    ("deepl", (456, {"message": "Quota exceeded"}), False, "the quota of this key is used up"),
    ("deepl", (500, b"oops"), True, "answers 500"),
    ("deepl", (529, b""), True, "it is asked too often"),
    ("deepl", (200, {"translations": [{"text": "one"}]}), False, "gives 1 texts for 2"),
    ("deepl", (200, {"translations": "one"}), False, "without translated texts"),
    ("deepl", (200, {"translations": [{"text": "one"}, {}]}), False, "gives 1 texts for 2"),
]


@pytest.mark.parametrize(("kind", "said", "passing", "why"), REFUSALS)
def test_what_a_service_refuses_is_said_plainly_and_nothing_is_saved(desk, monkeypatch, kind, said, passing, why):
    monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k:fx")
    path, usual = ("/translate", libre()) if kind == "libretranslate" else ("/v2/translate", deepl())
    draft = draft_of(desk, in_place_of(usual, path, said), kind)
    assert draft.state == (WAITING if passing else FAILED)
    assert why in draft.fault
    assert draft.claimed_until is None
    task = Task.objects.get(target_id=draft.page_id)
    assert task.todo == 2
    assert newest(task.target).translation == ""


def test_what_passes_is_tried_again_but_not_for_ever(desk):
    draft = draft_of(desk, in_place_of(libre(), "/translate", (500, b"")))
    due = [draft.due]
    with served(in_place_of(libre(), "/translate", (500, b""))):
        assert draft_waiting() == 0, "not before its time"
        for _ in range(MOST_TRIES - 1):
            assert MachineDraft.objects.get().state == WAITING
            MachineDraft.objects.update(due="2026-01-01T00:00Z")
            draft_waiting()
            due.append(MachineDraft.objects.get().due)
    assert due == sorted(due)
    assert MachineDraft.objects.get().state == FAILED


def test_a_service_that_stalls_or_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(asking, "READ_SECONDS", 0.2)
    over = threading.Event()
    with FakeService(libre()) as service:
        service.before = lambda: over.wait(30)
        with pytest.raises(TranslatorError, match="translate_url") as caught:
            LibreTranslate(service.address).translate(Wish(PAIR, ["a"]))
        over.set()
    assert caught.value.fields["passing"]


def test_an_answer_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(asking, "MAX_ANSWER_BYTES", 1_000)
    with FakeService(lambda *_: (200, b" " * 2_000)) as service, pytest.raises(TranslatorError, match="more than 1000"):
        LibreTranslate(service.address).translate(Wish(PAIR, ["a"]))


def test_nobody_there():
    with FakeService(libre()) as service:
        address = service.address
    with pytest.raises(TranslatorError, match="does not answer") as caught:
        LibreTranslate(address).pair("en", "ru")
    assert caught.value.fields["passing"]
    assert "see translate_url" in str(caught.value)


def test_pieces_whose_marks_were_lost_are_left_to_people(desk):
    body = '<p>A <b>bold</b> word.</p><p>A <a href="https://x.example/">link</a>.</p><p>Plain.</p>'

    def careless(said):
        return upper(said).replace('<b id="n1">', "") if "bold" in said else upper(said)

    draft = draft_of(desk, libre(careless), body=body)
    assert (draft.state, draft.filled) == (DONE, 3)
    assert "1 pieces" in draft.fault
    task = Task.objects.get(target_id=draft.page_id)
    assert task.todo == 1
    assert "A <b>bold</b> word." in newest(task.target).body.get_prep_value()[0]["value"]


def test_long_stories_go_in_portions(desk):
    sizes = []

    def counting(method, path, body, headers):
        if path == "/translate":
            sizes.append(len(body["q"]))
        return libre()(method, path, body, headers)

    draft = draft_of(desk, counting, body="".join(f"<p>Paragraph {at}.</p>" for at in range(50)))
    assert draft.filled == 51
    assert sizes == [20, 20, 11]


def test_languages_are_called_what_services_call_them():
    with FakeService(libre()) as service:
        libre_translate = LibreTranslate(service.address)
        assert libre_translate.pair("en", "ru") == Pair("en", "ru")
        assert libre_translate.pair("en", "sr-Latn") == Pair("en", "sr", latin=True)
        assert libre_translate.pair("en", "prs") == Pair("en", "fa", instead="fa")
        with pytest.raises(TranslatorError, match="does not translate from ru into fa; into en, ru"):
            libre_translate.pair("ru", "fa")
        with pytest.raises(TranslatorError, match="does not translate from tk; from en, ru, sr"):
            libre_translate.pair("tk", "en")
    with FakeService(deepl()) as service:
        assert DeepL("k:fx", service.address).pair("en", "pt-BR") == Pair("EN", "PT-BR")
        assert DeepL("k:fx", service.address).pair("ru", "en") == Pair("RU", "EN-GB")
        assert DeepL("k:fx", service.address).pair("en", "zh-Hans") == Pair("EN", "ZH-HANS")
        with pytest.raises(TranslatorError, match="does not translate into prs"):
            DeepL("k:fx", service.address).pair("en", "prs")
    assert named("zh-Hans", ["en", "zh"]) == "zh"
    assert named("zh-Hant", ["zh"]) == "", "another script is no language to fall back to"
    assert named("sr-Latn", ["sr"]) == ""


def test_a_draft_in_latin_letters_is_made_of_the_cyrillic_one(desk):
    (task,) = Send(write("Love"), ("sr-Latn",), desk).execute()
    MachineDraft.objects.create(page=task.target, by=desk, asked="2026-01-01T00:00Z", due="2026-01-01T00:00Z")
    with served(libre(lambda said: "Љубав" if said == "Love" else upper(said))):
        draft_waiting()
    assert newest(Task.objects.get(pk=task.pk).target).title == "Ljubav"


def test_the_key_is_sent_as_each_service_wants_it(monkeypatch):
    with served(libre(key="secret"), translate_key_file="translate.key") as service:
        (ROOM / "translate.key").write_text("secret\n")
        try:
            assert open_machine().translate(Wish(PAIR, ["a"])) == ["A"]
        finally:
            (ROOM / "translate.key").unlink()
        assert service.requests[-1][2]["api_key"] == "secret"
        with pytest.raises(TranslatorError, match=r"translate_key_file: translate\.key cannot be read"):
            open_machine()
    with served(deepl(key="k"), "deepl"):
        monkeypatch.delenv("TAMIZDAT_TRANSLATE_KEY", raising=False)
        with pytest.raises(TranslatorError, match=r"set translate_key_file in \[newsroom\], or TAMIZDAT_TRANSLATE_KEY"):
            open_machine()
        monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k")
        assert open_machine().translate(Wish(PAIR, ["a"])) == ["A"]
    with set_to(translate="deepl"):
        assert open_machine()._service.url == PAID
        monkeypatch.setenv("TAMIZDAT_TRANSLATE_KEY", "k:fx")
        assert open_machine()._service.url == FREE
        assert machine_name() == "DeepL"
    assert machine_name() == ""
    with pytest.raises(TranslatorError, match="set translate in"):
        open_machine()


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ('translate = "babelfish"', "newsroom.translate"),
        ('translate = "libretranslate"', "newsroom.translate_url"),
        ('translate_url = "http://127.0.0.1:5000"', "newsroom.translate_url"),
        ('translate_key_file = "k"', "newsroom.translate_key_file"),
        ('translate = "deepl"\ntranslate_url = "ftp://x"', "newsroom.translate_url"),
        ('translate = "deepl"\ntranslate_url = "https://me:pw@x.example/"', "newsroom.translate_url"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(lines, key):
    head = '[publication]\nname = "N"\nlanguages = ["en"]\n[newsroom]\n'
    with pytest.raises(ConfigError) as caught:
        parse_config(head + lines, Path("tamizdat.toml"))
    assert caught.value.fields["key"] == key


def test_this_machine_is_not_looked_for_through_a_proxy(monkeypatch):
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with FakeService(libre()) as service:
        assert LibreTranslate(service.address).pair("en", "ru") == PAIR
    with pytest.raises(TranslatorError, match="does not answer"):
        Service("LibreTranslate", "http://translate.example", {}).get("/languages")
    assert [is_loopback(host) for host in ("127.0.0.1", "[::1]", "localhost", "10.0.0.1", "localhost.example")] == [
        True, True, True, False, False,
    ]  # fmt: skip


# --- Marks --------------------------------------------------------------------------------------------------------


def test_marks_come_back_as_they_were():
    inner = 'One <a href="https://x.example/?a=1&amp;b">two</a> <strong>three</strong> &lt;four&gt; &amp; five'
    given_away = sent(inner)
    assert "x.example" not in given_away.text
    assert returned(given_away.text, given_away) == inner.replace("strong", "b")
    assert returned(unescape(given_away.text), given_away) == inner.replace("strong", "b"), (
        "LibreTranslate undoes entities"
    )
    assert returned('<B id="n2">3</B> <a class="x" id="n1">2</a>', given_away) == (
        '<b>3</b> <a href="https://x.example/?a=1&amp;b">2</a>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "One two three",
        '<a id="n1">two',
        '<a id="n1">two</a>',
        '<a id="n1">two</a><b id="n2">3</b><b id="n2">3</b>',
        '<a id="n1">two<b id="n2"></a></b>',
        '<a id="n2">two</a><b id="n1">3</b>',
        '<a href="https://evil.example/">two</a><b id="n2">3</b>',
        '<a id="n1">two</a><b id="n2">3</b></b>',
    ],
)
def test_marks_that_are_not_all_there_are_no_translation(text):
    assert returned(text, sent('<a href="https://x.example/">two</a> <b>three</b>')) is None


def test_names_that_stay_are_guarded_as_whole_words():
    assert sent("Apple and Appleton &amp; R&amp;D", ["Apple", "R&D"]).text == (
        '<span translate="no">Apple</span> and Appleton &amp; <span translate="no">R&amp;D</span>'
    )
    given_away = sent("Apple <b>Apple</b>", ["Apple"])
    assert returned(given_away.text, given_away) == "Apple <b>Apple</b>"


@given(some.text(max_size=300), some.sampled_from(["x", "<b>x</b> y", '<a href="u">x</a><li>z</li>']))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_back_is_whole_or_nothing(said, inner):
    found = returned(said, sent(inner))
    if found is not None:
        assert found.count("<b>") == inner.count("<b>")
        assert found.count('<a href="u">') == inner.count('<a href="u">')
