"""The wizard without a browser: who may use it, what it refuses, and a folder that is a publication or none."""

import html
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamizdat.config import FILE_NAME, load_config, parse_config
from tamizdat.errors import CeremonyError, UsageError
from tamizdat.newsroom.first_run.answers import (
    COLOURS,
    Account,
    Keys,
    Paper,
    account_of,
    keys_of,
    paper_of,
    settings_text,
)
from tamizdat.newsroom.first_run.folder import STAGE, is_publication, make_publication
from tamizdat.newsroom.first_run.screens import SCREENS, texts
from tamizdat.newsroom.first_run.serving import open_door
from tamizdat.newsroom.first_run.wizard import COOKIE, Wizard
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import KEYS, TRUST, has_state, is_rehearsal

CHEAP = Argon2(memory_kib=64, iterations=1)
NOW = datetime(2026, 11, 28, 8, 0, 0, tzinfo=UTC)
PAPER = Paper("The Far Shore", ("fa", "en"))
KEYS_ANSWER = Keys(rehearsal=True, passphrase="six random words or so")
TOKEN = "the-token-of-the-link"


class Work:
    """Notes what it was asked to make."""

    folder = "DIR"

    def __init__(self, *, refuses: bool = False, fails: bool = False):
        self.made: list[object] = []
        self.refuses, self.fails = refuses, fails

    def keys(self, paper, keys):
        if self.fails:
            raise CeremonyError("cannot be written: No space left on device", file="keys")
        self.made.append((paper, keys))

    def database(self):
        self.made.append("database")

    def sample(self):
        return PAPER, KEYS_ANSWER, Account("editor", "", "a secret for all")

    def fill(self):
        self.made.append("sample")

    def account(self, account):
        self.made.append(account)
        if self.refuses:
            self.refuses = False
            return "", False
        return "/arrival/ticket/", True


class Browser:
    """Somebody at ``wizard``, with a cookie jar of one."""

    def __init__(self, wizard: Wizard, **environ: str):
        self.wizard, self.environ, self.cookie = wizard, environ, ""

    def ask(self, path: str, fields: object = None, **environ: str) -> tuple[int, dict[str, str], str]:
        body = urlencode(fields, doseq=True).encode() if fields is not None else b""
        path, _, query = path.partition("?")
        got: dict[str, object] = {}

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            got["status"], got["headers"] = int(status[:3]), dict(headers)

        asked = {
            "REQUEST_METHOD": "POST" if fields is not None else "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "127.0.0.1:8700",
            "HTTP_COOKIE": self.cookie,
            "wsgi.input": io.BytesIO(body),
            **self.environ,
            **environ,
        }
        page = b"".join(self.wizard(asked, start)).decode()
        headers = got["headers"]
        for morsel in SimpleCookie(headers.get("Set-Cookie", "")).values():
            self.cookie = f"{morsel.key}={morsel.value}"
        self.wizard.sent()
        return got["status"], headers, page

    def begin(self, do: str = "paper", screens: str = "en") -> str:
        return self.ask(f"/begin/{TOKEN}", {"do": do, "screens": screens})[1]["Location"]

    def wait(self) -> tuple[int, dict[str, str], str]:
        """Until nothing is being made any more."""
        while True:
            said = self.ask("/begin/making")
            if 'class="works"' not in said[2]:
                return said


PAPER_FORM = {"name": "ساحل دور", "first": "fa", "language": ["en", "ru"], "colour": COLOURS[3], "own_colour": ""}
KEYS_FORM = {"kind": "rehearsal", "passphrase": "six random words or so", "again": "six random words or so"}
ACCOUNT_FORM = {
    "login": "orla",
    "shown": "Orla V.",
    "password": "quiet harbour lamp",
    "again": "quiet harbour lamp",
}


def test_from_the_link_to_the_newsroom():
    work = Work()
    wizard = Wizard(TOKEN, work)
    browser = Browser(wizard)
    assert browser.begin(screens="fa") == "/begin/paper"
    assert 'dir="rtl"' in browser.ask("/begin/paper")[2]
    assert browser.ask("/begin/paper", PAPER_FORM)[1]["Location"] == "/begin/keys"
    assert browser.ask("/begin/keys", KEYS_FORM)[1]["Location"] == "/begin/account"
    assert not work.made, "nothing is made before the last answer"
    assert browser.ask("/begin/account", ACCOUNT_FORM)[1]["Location"] == "/begin/making"
    status, headers, _page = browser.wait()
    assert (status, headers["Location"]) == (303, "/arrival/ticket/")
    assert wizard.finished.is_set()
    assert wizard.passphrase == KEYS_FORM["passphrase"]
    assert work.made == [
        (Paper("ساحل دور", ("fa", "en", "ru"), COLOURS[3]), Keys(rehearsal=True, passphrase=KEYS_FORM["passphrase"])),
        "database",
        Account("orla", "Orla V.", "quiet harbour lamp", "fa"),
    ]


def test_real_keys_are_told_what_comes_next():
    browser = Browser(Wizard(TOKEN, Work()))
    browser.begin()
    browser.ask("/begin/paper", PAPER_FORM)
    browser.ask("/begin/keys", {**KEYS_FORM, "kind": "ceremony"})
    browser.ask("/begin/account", ACCOUNT_FORM)
    status, _headers, page = browser.wait()
    assert status == 200
    assert "keys ceremony new-key --role root" in page
    assert "keys ceremony start -C DIR" in page
    assert not browser.wizard.finished.is_set()
    assert browser.ask("/begin/enter", {})[1]["Location"] == "/arrival/ticket/"
    assert browser.wizard.finished.is_set()


def test_nobody_without_the_link_sees_a_form():
    browser = Browser(Wizard(TOKEN, Work()))
    for path in ("/", "/begin/", "/begin/paper", "/begin/account", "/begin/x", "/admin/", f"/begin/{TOKEN}x"):
        status, _headers, page = browser.ask(path)
        assert status == 403
        assert "<form" not in page
    assert browser.ask("/begin/account", ACCOUNT_FORM)[0] == 403


def test_the_link_works_once_and_for_one_browser():
    wizard = Wizard(TOKEN, Work())
    first, second = Browser(wizard), Browser(wizard)
    assert first.ask(f"/begin/{TOKEN}")[0] == 200, "looking takes nothing: programs look at links, too"
    assert second.ask(f"/begin/{TOKEN}")[0] == 200
    first.begin()
    assert second.ask(f"/begin/{TOKEN}")[0] == 403
    assert second.ask(f"/begin/{TOKEN}", {"do": "paper"})[0] == 403
    second.cookie = f"{COOKIE}=guessed"
    assert second.ask("/begin/paper", PAPER_FORM)[0] == 403
    assert first.ask("/begin/paper")[0] == 200


def test_another_site_cannot_answer_for_somebody():
    browser = Browser(Wizard(TOKEN, Work()))
    browser.begin()
    assert browser.ask("/begin/paper", PAPER_FORM, HTTP_ORIGIN="https://elsewhere.example")[0] == 403
    assert browser.ask("/begin/paper", PAPER_FORM, HTTP_ORIGIN="null")[0] == 403
    assert browser.ask("/begin/paper", PAPER_FORM, HTTP_ORIGIN="http://127.0.0.1:8700")[0] == 303


def test_steps_cannot_be_left_out():
    work = Work()
    browser = Browser(Wizard(TOKEN, work))
    browser.begin()
    assert browser.ask("/begin/account", ACCOUNT_FORM)[1]["Location"] == "/begin/paper"
    assert browser.ask("/begin/making")[1]["Location"] == "/begin/paper"
    assert browser.ask("/begin/enter", {})[1]["Location"] == "/begin/paper"
    assert not work.made


def test_a_publication_without_accounts_is_asked_for_one_and_nothing_else():
    work = Work()
    browser = Browser(Wizard(TOKEN, work, only_account=True))
    assert browser.begin(do="sample") == "/begin/account"
    assert browser.ask("/begin/paper")[1]["Location"] == "/begin/account"
    browser.ask("/begin/account", ACCOUNT_FORM)
    browser.wait()
    assert work.made == ["database", Account("orla", "Orla V.", "quiet harbour lamp", "en")]


def test_a_password_that_is_guessed_first_is_asked_for_again():
    work = Work(refuses=True)
    browser = Browser(Wizard(TOKEN, work))
    browser.begin()
    browser.ask("/begin/paper", PAPER_FORM)
    browser.ask("/begin/keys", KEYS_FORM)
    browser.ask("/begin/account", ACCOUNT_FORM)
    assert browser.wait()[1]["Location"] == "/begin/account"
    assert texts("en")["fault_password"] in browser.ask("/begin/account")[2]
    browser.ask("/begin/account", ACCOUNT_FORM)
    assert browser.wait()[1]["Location"] == "/arrival/ticket/"
    assert [each for each in work.made if isinstance(each, tuple)] == [work.made[0]], "keys are made once"


def test_what_fails_is_said_and_can_be_tried_again():
    work = Work(fails=True)
    browser = Browser(Wizard(TOKEN, work))
    browser.begin()
    browser.ask("/begin/paper", PAPER_FORM)
    browser.ask("/begin/keys", KEYS_FORM)
    browser.ask("/begin/account", ACCOUNT_FORM)
    assert "No space left on device" in browser.wait()[2]
    work.fails = False
    browser.ask("/begin/again", {})
    assert browser.wait()[1]["Location"] == "/arrival/ticket/"


def test_the_sample_asks_nothing():
    work = Work()
    browser = Browser(Wizard(TOKEN, work))
    assert browser.begin(do="sample") == "/begin/making"
    assert "a secret for all" in browser.wait()[2]
    assert work.made == [(PAPER, KEYS_ANSWER), "database", "sample", Account("editor", "", "a secret for all")]


def test_secrets_never_come_back_in_a_page():
    browser = Browser(Wizard(TOKEN, Work()))
    browser.begin()
    browser.ask("/begin/paper", PAPER_FORM)
    page = browser.ask("/begin/keys", {**KEYS_FORM, "again": "something else entirely"})[2]
    assert texts("en")["fault_again"] in page
    assert KEYS_FORM["passphrase"] not in page
    browser.ask("/begin/keys", KEYS_FORM)
    page = browser.ask("/begin/account", {**ACCOUNT_FORM, "again": "x"})[2]
    assert ACCOUNT_FORM["password"] not in page
    twice = dict.fromkeys(("password", "again"), KEYS_FORM["passphrase"])
    page = browser.ask("/begin/account", {**ACCOUNT_FORM, **twice})[2]
    assert texts("en")["fault_same"] in page


def test_what_comes_too_early_for_the_newsroom_is_asked_to_come_again():
    """Browsers open connections in advance: one to the wizard may carry what is meant for the newsroom."""
    browser = Browser(Wizard(TOKEN, Work()))
    assert browser.ask("/arrival/ticket/")[0] == 403, "nobody was sent there yet"
    browser.begin()
    for name, form in (("paper", PAPER_FORM), ("keys", KEYS_FORM), ("account", ACCOUNT_FORM)):
        browser.ask(f"/begin/{name}", form)
    assert browser.wait()[0] == 303
    status, _headers, page = browser.ask("/arrival/ticket/")
    assert status == 200
    assert "stylesheet" not in page, "there will be nobody to ask for it"
    assert 'content="1; url=/arrival/ticket/"' in html.unescape(page)


def test_every_answer_is_strict():
    for _status, headers, _page in (Browser(Wizard(TOKEN, Work())).ask(path) for path in ("/", f"/begin/{TOKEN}")):
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert "script" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("language", SCREENS)
def test_every_language_of_the_screens_says_everything(language):
    assert texts(language).keys() == texts("en").keys()
    for key, text in texts("en").items():
        assert {part for part in ("{least}", "{most}", "{better}", "{at}", "{of}") if part in text} == {
            part for part in ("{least}", "{most}", "{better}", "{at}", "{of}") if part in texts(language)[key]
        }, key


@settings(max_examples=200)
@given(st.text(), st.sampled_from(["fa", "en", "sr-Latn", "zz", ""]), st.text(max_size=9))
def test_whatever_is_typed_is_refused_or_a_publication(name, first, colour):
    paper, faults = paper_of({"name": [name], "first": [first], "own_colour": [colour], "colour": [COLOURS[0]]})
    if not faults:
        config = parse_config(settings_text(paper), Path(FILE_NAME))
        assert config.publication.name == name.strip()
        assert config.publication.languages == (first,)
        assert [source.kind for source in config.sources] == ["newsroom"]


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from([*ACCOUNT_FORM, *KEYS_FORM]), st.lists(st.text(), max_size=2)))
def test_no_form_breaks_the_checks(fields):
    account_of(fields, "en")
    keys_of(fields)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.text(st.characters(max_codepoint=255), max_size=60), st.text(max_size=40))
def test_no_request_breaks_the_wizard(body, cookie, path):
    browser = Browser(Wizard(TOKEN, Work()))
    asked = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": cookie, "HTTP_COOKIE": cookie, "HTTP_ORIGIN": cookie}
    assert browser.ask(f"/begin/{path}", {}, **asked)[0] in {200, 403, 303}
    assert browser.ask(f"/begin/{TOKEN}", {}, **asked, HTTP_ACCEPT_LANGUAGE=cookie)[0] in {303, 403}


def test_a_rehearsal_is_whole(tmp_path):
    folder = tmp_path / "new" / "paper"
    assert not is_publication(folder)
    make_publication(folder, PAPER, KEYS_ANSWER, NOW, CHEAP)
    assert is_publication(folder)
    assert is_rehearsal(folder)
    assert has_state(folder)
    assert sorted(path.name for path in folder.iterdir()) == [KEYS, FILE_NAME, TRUST]
    assert load_config(folder).publication.name == "The Far Shore"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_real_keys_wait_for_their_ceremony(tmp_path):
    make_publication(tmp_path / "p", PAPER, Keys(rehearsal=False, passphrase="x" * 20), NOW, CHEAP)
    assert not has_state(tmp_path / "p")
    assert not is_rehearsal(tmp_path / "p")
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [KEYS, FILE_NAME]


@pytest.mark.parametrize("moved", range(4))
def test_a_crash_while_things_move_is_gone_on_from(tmp_path, moved):
    whole, folder = tmp_path / "whole", tmp_path / "folder"
    make_publication(whole, PAPER, KEYS_ANSWER, NOW, CHEAP)
    stage = folder / STAGE
    stage.mkdir(parents=True)
    (stage / "ready").touch()
    for at, name in enumerate((KEYS, TRUST, FILE_NAME)):
        (whole / name).rename((folder if at < moved else stage) / name)
    assert is_publication(folder)
    assert sorted(path.name for path in folder.iterdir()) == [KEYS, FILE_NAME, TRUST]
    assert has_state(folder)


def test_a_crash_before_it_is_whole_begins_anew(tmp_path):
    make_publication(tmp_path / "whole", PAPER, KEYS_ANSWER, NOW, CHEAP)
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "whole").rename(folder / STAGE)
    assert not is_publication(folder)
    assert not list(folder.iterdir())
    make_publication(folder, PAPER, KEYS_ANSWER, NOW, CHEAP)
    assert is_publication(folder)


@pytest.mark.slow
@pytest.mark.parametrize("after_files", [1, 3, 6, 9, 12])
def test_killed_at_any_moment_it_is_a_publication_or_nothing(tmp_path, after_files):
    """A real process, really killed, once it has made so many files."""
    program = (
        "import sys, os, signal\n"
        "from datetime import datetime, UTC\n"
        "from pathlib import Path\n"
        "from tamizdat.trust import files\n"
        "from tamizdat.newsroom.first_run import folder\n"
        "from tamizdat.newsroom.first_run.answers import Paper, Keys\n"
        "from tamizdat.trust.keyfile import Argon2\n"
        "made, real = [], os.fsync\n"
        "def fsync(descriptor):\n"
        "    real(descriptor); made.append(1)\n"
        "    if len(made) == int(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.fsync = fsync\n"
        "folder.make_publication(Path(sys.argv[1]), Paper('P', ('en',)), Keys(True, 'x' * 20), "
        "datetime(2026, 11, 28, tzinfo=UTC), Argon2(memory_kib=64, iterations=1))\n"
    )
    folder = tmp_path / "p"
    done = subprocess.run([sys.executable, "-c", program, str(folder), str(2 * after_files)], check=False)
    assert done.returncode == -signal.SIGKILL
    if not is_publication(folder):
        assert not list(folder.iterdir())
        make_publication(folder, PAPER, KEYS_ANSWER, NOW, CHEAP)
    assert has_state(folder)
    load_config(folder)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds something"):
        is_publication(tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear"


@pytest.mark.parametrize("listen", ["8700", "127.0.0.1", "localhost:x", "127.0.0.1:99999", "http://127.0.0.1:1", ":80"])
def test_an_address_that_is_none_is_said(listen):
    with pytest.raises(UsageError, match="HOST:PORT"):
        open_door(listen)


def test_a_taken_port_is_said():
    with open_door("127.0.0.1:0") as door:
        taken = f"127.0.0.1:{door.getsockname()[1]}"
        with pytest.raises(UsageError, match="choose another"):
            open_door(taken)


def test_the_newsrooms_processes_never_get_the_passphrase_by_environment(monkeypatch, tmp_path):
    from tamizdat.newsroom.processes import environment  # noqa: PLC0415 - after the settings

    monkeypatch.setenv("TAMIZDAT_PASSPHRASE", "x")
    monkeypatch.setenv("TAMIZDAT_PASSPHRASE_EN", "x")
    assert not [name for name in environment(tmp_path) if name.startswith("TAMIZDAT_PASSPHRASE")]
    assert json.dumps(environment(tmp_path)).count(str(tmp_path)) >= 1
    assert os.environ["TAMIZDAT_PASSPHRASE"] == "x"
