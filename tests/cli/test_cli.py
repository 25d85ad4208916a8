"""The command line as a user types it: real processes, real folders, a real web server on loopback."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

PASSPHRASE = "a passphrase for tests"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A rehearsal publication in three languages, published once to one folder."""
    folder = tmp_path_factory.mktemp("cli")
    made = run(folder, "init", "pub", "--name", "The Far Shore", "--languages", "en,ru,fa", "--rehearsal")
    assert made.returncode == 0, made.stderr
    stories = [
        {"id": "one", "lang": "en", "headline": "One", "paragraphs": ["First paragraph.", "Second  one."]},
        {"id": "two", "lang": "en", "headline": "Two", "paragraphs": ["Café society."]},
        {"id": "one", "lang": "ru", "headline": "Раз", "paragraphs": ["Первый абзац."]},
        {"id": "one", "lang": "fa", "headline": "یک", "paragraphs": ["بند نخست."]},
    ]
    (folder / "stories.jsonl").write_text("".join(json.dumps(story) + "\n" for story in stories))
    with (folder / "pub" / "tamizdat.toml").open("a") as settings:
        settings.write('[[sources]]\nkind = "jsonl"\npath = "../stories.jsonl"\n')
        settings.write('[[carriers]]\nkind = "directory"\npath = "../mirror"\n')
    published = run(folder, "publish", "-C", "pub", "--json")
    assert published.returncode == 0, published.stderr
    assert json.loads(published.stdout)["editions"]["en"] == {"edition": 1, "stories": 2, "new": True}
    return folder


@pytest.fixture(scope="module")
def address(room):
    handler = functools.partial(_Quiet, directory=str(room / "mirror"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tamizdat.cli.main", *arguments]
    variables = {**os.environ, "TAMIZDAT_PASSPHRASE": PASSPHRASE, **environment}
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def keys(room):
    shown = run(room, "keys", "show", "-C", "pub", "--json")
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)


def test_read_list_show_and_search_over_http(room, address, keys):
    where = ("--trust", keys["fingerprint"], "--from", address, "--language", "en")
    listed = json.loads(run(room, "read", "list", *where, "--json").stdout)
    assert {(story["story_id"], story["headline"]) for story in listed} == {("one", "One"), ("two", "Two")}
    shown = json.loads(run(room, "read", "show", "one", *where, "--json").stdout)
    assert shown["headline"] == "One"
    assert [block["text"] for block in shown["blocks"]] == ["First paragraph.", "Second  one."]
    found = json.loads(run(room, "read", "search", "CAFE", *where, "--json").stdout)
    assert [story["story_id"] for story in found] == ["two"]


def test_trust_by_words_and_by_root_file(room, address, keys):
    words = run(room, "read", "list", "--trust", keys["words"], "--from", address, "--language", "ru")
    assert "Раз" in words.stdout
    root = run(room, "read", "list", "--trust", "mirror/metadata/1.root.json", "--from", "mirror", "--language", "ru")
    assert "Раз" in root.stdout


def test_words_for_people(room, address, keys):
    shown = run(room, "read", "show", "one", "--trust", keys["fingerprint"], "--from", address, "--language", "fa")
    assert shown.returncode == 0
    assert "The Far Shore · fa · edition 1 · 1 story" in shown.stdout
    assert "REHEARSAL" in shown.stdout
    assert "News as of" in shown.stdout
    assert "بند نخست." in shown.stdout
    assert shown.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--language", "ka"), 2, "en, fa, ru"),
        (("--language", "en", "--from", "nowhere"), 2, "nowhere"),
    ],
)
def test_wrong_use_is_explained(room, keys, arguments, code, words):
    ran = run(room, "read", "list", "--trust", keys["fingerprint"], "--from", "mirror", *arguments)
    assert ran.returncode == code
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_mistyped_words_are_told_from_a_lying_mirror(room, keys):
    first, *rest = keys["words"].split("-")
    wrong = "-".join(["babab" if first != "babab" else "babad", *rest])
    typed = run(room, "read", "list", "--trust", wrong, "--from", "mirror", "--language", "en")
    assert typed.returncode == 2
    assert "mistyped" in typed.stderr
    other = run(room, "read", "list", "--trust", "0" * 64, "--from", "mirror", "--language", "en")
    assert other.returncode in {4, 5}
    assert "wrong-hash" in other.stderr or "fingerprint" in other.stderr


def test_unknown_story_names_the_command_that_lists(room, keys):
    ran = run(room, "read", "show", "nope", "--trust", keys["fingerprint"], "--from", "mirror", "--language", "en")
    assert ran.returncode == 2
    assert "read list" in ran.stderr


def test_audit_finds_the_altered_pack(room, keys, tmp_path):
    bad = Path(shutil.copytree(room / "mirror", tmp_path / "bad"))
    pack = next((bad / "en").glob("*.pack"))
    data = bytearray(pack.read_bytes())
    data[-3] ^= 1
    pack.write_bytes(data)
    good = run(room, "audit", "--trust", keys["fingerprint"], "mirror")
    assert good.returncode == 0
    assert "CURRENT" in good.stdout
    ran = run(room, "audit", "--trust", keys["fingerprint"], "mirror", str(bad), "--json")
    assert ran.returncode == 4
    mirrors = json.loads(ran.stdout)["mirrors"]
    assert [mirror["standing"] for mirror in mirrors] == ["current", "lies"]
    assert mirrors[1]["refused"][0]["path"] == f"en/{pack.name}"


def test_audit_finds_the_altered_page_and_quick_says_how_many_it_asked_for(room, keys, tmp_path):
    bad = Path(shutil.copytree(room / "mirror", tmp_path / "bad"))
    (bad / "fa" / "index.html").write_bytes(b"forged")
    ran = run(room, "audit", "--trust", keys["fingerprint"], str(bad), "mirror")
    assert ran.returncode == 4
    assert "altered: fa/index.html" in ran.stdout
    quick = run(room, "audit", "--quick", "--json", "--trust", keys["fingerprint"], "mirror")
    assert quick.returncode == 0
    trees = json.loads(quick.stdout)["mirrors"][0]["pages"]
    assert {tree["folder"] for tree in trees} == {"en", "fa", "ru", ""}
    assert all(tree["asked"] == tree["good"] > 0 for tree in trees)


def test_kept_library_is_encrypted_and_read_again(room, address, keys, tmp_path):
    kept = tmp_path / "library"
    where = ("--trust", keys["fingerprint"], "--from", address, "--language", "en", "--keep", str(kept))
    first = run(room, "read", "list", *where)
    assert first.returncode == 0, first.stderr
    assert "keep nothing" in first.stderr
    stored = b"".join(path.read_bytes() for path in kept.rglob("*") if path.is_file())
    assert b"First paragraph" not in stored
    assert b"headline" not in stored
    assert "One" in run(room, "read", "list", *where).stdout
    wrong = run(room, "read", "list", *where, TAMIZDAT_PASSPHRASE="wrong")
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_reading_leaves_nothing_on_the_disk(room, address, keys, tmp_path):
    """Promise 5: without --keep nothing is written, not even a cache in the home folder."""
    home = tmp_path / "home"
    home.mkdir()
    where = ("--trust", keys["fingerprint"], "--from", address, "--language", "en")
    before = sorted(room.rglob("*"))
    ran = run(room, "read", "show", "one", *where, HOME=str(home), TMPDIR=str(home), XDG_CACHE_HOME=str(home))
    assert ran.returncode == 0
    assert list(home.iterdir()) == []
    assert sorted(room.rglob("*")) == before


def test_hostile_bytes_never_steer_the_terminal(room, keys, tmp_path):
    bad = Path(shutil.copytree(room / "mirror", tmp_path / "bad"))
    for hostile in ("\\u001b]0;x\\u0007", "\\u009b2J", "\\ud800", "\\u202e"):
        (bad / "metadata" / "timestamp.json").write_text('{"signed": {"_type": "' + hostile + '"}, "signatures": []}')
        for command in (
            ("audit", str(bad)),
            ("read", "list", "--language", "en", "--from", str(bad), "--from", "mirror"),
        ):
            ran = run(room, *command, "--trust", keys["fingerprint"])
            assert "Traceback" not in ran.stderr
            assert not set(ran.stdout + ran.stderr) & set("\x1b\x07\x9b\u202e\ud800")


def test_warnings_are_told_to_machines_too(room, keys):
    ran = run(room, "read", "list", "--trust", keys["fingerprint"], "--from", "mirror", "--language", "en", "--json")
    assert "REHEARSAL" in ran.stderr
    assert json.loads(ran.stdout)


def test_init_refuses_a_folder_in_use(room):
    ran = run(room, "init", "pub", "--name", "X", "--languages", "en", "--rehearsal")
    assert ran.returncode == 2
    assert "not empty" in ran.stderr


def test_publish_names_file_and_line_of_a_bad_setting(room, tmp_path):
    run(tmp_path, "init", "pub", "--name", "X", "--languages", "en", "--rehearsal")
    with (tmp_path / "pub" / "tamizdat.toml").open("a") as settings:
        settings.write('[[sources]]\nkind = "telex"\n')
    ran = run(tmp_path, "publish", "-C", "pub")
    assert ran.returncode == 2
    assert "tamizdat.toml, line" in ran.stderr
    assert "telex" in ran.stderr


def test_publish_reports_bad_items_and_goes_on(tmp_path):
    run(tmp_path, "init", "pub", "--name", "X", "--languages", "en", "--rehearsal")
    (tmp_path / "s.jsonl").write_text('{"id": "a"}\n{"id": "b", "lang": "en", "headline": "B", "paragraphs": ["x"]}\n')
    with (tmp_path / "pub" / "tamizdat.toml").open("a") as settings:
        settings.write('[[sources]]\nkind = "jsonl"\npath = "../s.jsonl"\n')
    ran = run(tmp_path, "publish", "-C", "pub", "--json")
    assert ran.returncode == 3
    assert json.loads(ran.stdout)["editions"]["en"]["stories"] == 1
    assert "s.jsonl" in ran.stderr


def test_withdraw_takes_a_story_out(tmp_path):
    run(tmp_path, "init", "pub", "--name", "X", "--languages", "en", "--rehearsal")
    (tmp_path / "s.jsonl").write_text('{"id": "a", "lang": "en", "headline": "A", "paragraphs": ["x"]}\n')
    with (tmp_path / "pub" / "tamizdat.toml").open("a") as settings:
        settings.write('[[sources]]\nkind = "jsonl"\npath = "../s.jsonl"\n')
    assert run(tmp_path, "publish", "-C", "pub").returncode == 0
    ran = run(tmp_path, "withdraw", "a", "-C", "pub", "--json")
    assert json.loads(ran.stdout)["editions"]["en"] == {"edition": 2, "stories": 0, "new": True}
    again = json.loads(run(tmp_path, "publish", "-C", "pub", "--json").stdout)
    assert again["editions"]["en"]["stories"] == 0
