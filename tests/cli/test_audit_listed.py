"""``tamizdat audit``, ``read mirrors`` and ``check-evidence`` as typed.

Listed mirrors have names of the public network; a proxy on loopback leads each to its folder, as Tor would.
"""

import http.server
import json
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli.test_cli import run

MIRRORS = ("one.example", "two.example", "gone.example")


class Proxy(http.server.ThreadingHTTPServer):
    """A forward proxy for plain web addresses: each host is a folder of ``folder``, and who is asked is noted."""

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), _Ask)
        self.folder = folder
        self.asked = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    @property
    def hosts(self):
        return {urlsplit(address).hostname for address in self.asked}


class _Ask(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        parts = urlsplit(self.path)
        place = self.server.folder / str(parts.hostname)
        file = place / parts.path.lstrip("/")
        if not place.is_dir():
            self.send_error(502)
        elif not file.is_file():
            self.send_error(404)
        else:
            data = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def pub(tmp_path_factory):
    """A publication that lists three mirrors: one is whole, one lies about a page, one is gone."""
    folder = tmp_path_factory.mktemp("listed")
    made = run(folder, "init", "pub", "--name", "N", "--languages", "en,ru", "--rehearsal")
    assert made.returncode == 0, made.stderr
    stories = [{"id": "one", "lang": lang, "headline": "One", "paragraphs": ["First."]} for lang in ("en", "ru")]
    (folder / "stories.jsonl").write_text("".join(json.dumps(story) + "\n" for story in stories))
    with (folder / "pub" / "tamizdat.toml").open("a") as settings:
        settings.write('[[sources]]\nkind = "jsonl"\npath = "../stories.jsonl"\n')
        settings.write("".join(f'[[mirrors]]\nurl = "http://{host}/"\n' for host in MIRRORS))
    published = run(folder, "publish", "-C", "pub")
    assert published.returncode == 0, published.stderr
    for host in MIRRORS[:2]:
        shutil.copytree(folder / "pub" / "out", folder / "hosts" / host)
    (folder / "hosts" / "two.example" / "ru" / "index.html").write_bytes(b"<p>All is well.")
    return folder


@pytest.fixture
def proxy(pub):
    server = Proxy(pub / "hosts")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def through(proxy):
    return dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy"), proxy.address) | {"no_proxy": "", "NO_PROXY": ""}


ROOT = "pub/trust/1.root.json"


def test_mirrors_that_an_edition_lists_are_audited_in_a_table(pub, proxy):
    ran = run(pub, "audit", "--trust", ROOT, "--from", "pub/out", **through(proxy))
    assert ran.returncode == 4, ran.stderr
    header, *rows = ran.stdout.partition("\n\n")[0].split("\n")
    assert header.split()[:3] == ["mirror", "standing", "answers"]
    assert [row.split()[:3] for row in rows] == [
        ["pub/out", "CURRENT", "yes"],
        ["gone.example", "UNREACHABLE", "no"],
        ["one.example", "CURRENT", "yes"],
        ["two.example", "LIES", "yes"],
    ]
    assert "altered: ru/index.html" in ran.stdout
    assert proxy.hosts == set(MIRRORS)


def test_mirrors_of_the_settings_are_audited_beside_the_publications_own_copy(pub, proxy):
    ran = run(pub, "audit", "-C", "pub", "--json", **through(proxy))
    assert ran.returncode == 4, ran.stderr
    told = json.loads(ran.stdout)["mirrors"]
    assert [(m["mirror"], m["standing"]) for m in told] == [
        ("pub/out", "current"),
        ("http://one.example/", "current"),
        ("http://two.example/", "lies"),
        ("http://gone.example/", "unreachable"),
    ]
    assert [m["reachable"] for m in told] == [True, True, True, False]
    assert [m["differs"] for m in told] == [[], [], ["ru/index.html"], []]
    assert all(m["age_seconds"] >= 0 for m in told if m["reachable"])


def test_mirrors_that_are_named_are_audited_and_no_others(pub, proxy):
    ran = run(pub, "audit", "--trust", ROOT, "http://one.example", "http://one.example/", **through(proxy))
    assert ran.returncode == 0, ran.stderr
    assert proxy.hosts == {"one.example"}
    assert ran.stdout.count("\none.example ") == 1


def test_evidence_is_written_and_checked_by_somebody_else_without_a_network(pub, proxy, tmp_path):
    proof = tmp_path / "proof"
    ran = run(pub, "audit", "-C", "pub", "--evidence", str(proof), "--json", **through(proxy))
    assert ran.returncode == 4, ran.stderr
    written = [m["evidence"] for m in json.loads(ran.stdout)["mirrors"]]
    assert [bool(folder) for folder in written] == [False, False, True, False]
    folder = Path(written[2])
    assert (folder / "served" / "ru" / "index.html").read_bytes() == b"<p>All is well."
    elsewhere = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    asked = len(proxy.asked)
    shutil.copy(pub / ROOT, tmp_path / "root.json")
    checked = run(tmp_path, "check-evidence", "elsewhere", "--trust", "root.json", **through(proxy))
    assert checked.returncode == 0, checked.stderr
    assert "PROVED: ru/index.html" in checked.stdout
    assert "Evidence against http://two.example/" in checked.stdout
    assert len(proxy.asked) == asked
    (elsewhere / "served" / "ru" / "index.html").write_bytes((pub / "pub/out/ru/index.html").read_bytes())
    again = run(tmp_path, "check-evidence", "elsewhere", "--trust", "root.json", "--json")
    assert again.returncode == 4
    assert json.loads(again.stdout)["proved"] is False
    twice = run(pub, "audit", "-C", "pub", "--evidence", str(proof), **through(proxy))
    assert twice.returncode == 2
    assert "is there already" in twice.stderr


def test_evidence_is_said_in_words(pub, proxy, tmp_path):
    ran = run(pub, "audit", "-C", "pub", "--evidence", str(tmp_path / "proof"), **through(proxy))
    assert f"Evidence, 1 file proved: {tmp_path / 'proof' / 'two.example-'}" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "pub/out"), "--trust"),
        (("audit", "--trust", ROOT), "--from"),
        (("audit", "-C", "hosts"), "is hosts the folder of a publication"),
        (("check-evidence", "pub", "--trust", ROOT), "is no evidence"),
    ],
)
def test_what_is_missing_is_named(pub, arguments, words):
    ran = run(pub, *arguments)
    assert ran.returncode == 2
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


# --- Readers ------------------------------------------------------------------------------------------------------


def test_read_mirrors_lists_what_the_edition_names_and_asks_none_of_them(pub, proxy):
    where = ("--trust", ROOT, "--from", "pub/out", "--language", "ru")
    told = run(pub, "read", "mirrors", *where, "--json", **through(proxy))
    assert json.loads(told.stdout) == [
        {"url": f"http://{host}/", "onion": False} for host in ("gone.example", "one.example", "two.example")
    ]
    shown = run(pub, "read", "mirrors", *where, "--quiet", **through(proxy))
    assert shown.stdout.split() == [f"http://{host}/" for host in sorted(MIRRORS)]
    assert proxy.asked == []


@pytest.fixture
def kept(pub, tmp_path):
    """A reader's library, and how to read from it when the mirror that it came from is gone."""
    library, gone = tmp_path / "library", tmp_path / "gone"
    where = ("--trust", ROOT, "--language", "ru", "--keep", str(library))
    first = run(pub, "read", "list", *where, "--from", "pub/out")
    assert first.returncode == 0, first.stderr
    gone.mkdir()
    return ("read", "list", *where, "--from", str(gone))


def test_no_listed_mirror_is_asked_by_a_reader_who_did_not_ask_for_that(pub, proxy, kept):
    ran = run(pub, *kept, **through(proxy))
    assert ran.returncode == 0, ran.stderr
    assert "this is what you kept" in ran.stderr
    assert proxy.asked == []


def test_a_reader_whose_mirrors_all_fail_may_ask_those_that_the_kept_edition_lists(pub, proxy, kept):
    ran = run(pub, *kept, "--other-mirrors", **through(proxy))
    assert ran.returncode == 0, ran.stderr
    assert "this is what you kept" not in ran.stderr
    assert proxy.hosts == set(MIRRORS)


def test_a_reader_whose_mirror_serves_asks_no_others(pub, proxy, kept):
    ran = run(pub, *kept, "--from", "pub/out", "--other-mirrors", **through(proxy))
    assert ran.returncode == 0, ran.stderr
    assert proxy.asked == []


def test_a_mirror_that_is_asked_unbidden_is_checked_like_any_other(pub, proxy, kept):
    """Even if all that is listed lies, the reader shows what was kept and not what they serve."""
    with (pub / "hosts" / "one.example" / "metadata" / "timestamp.json").open("r+b") as stamp:
        right = stamp.read()
        stamp.seek(0)
        stamp.write(right.replace(b'"version"', b'"Version"'))
    try:
        ran = run(pub, *kept, "--other-mirrors", **through(proxy))
    finally:
        (pub / "hosts" / "one.example" / "metadata" / "timestamp.json").write_bytes(right)
    assert ran.returncode == 0, ran.stderr
    assert "mirror http://one.example/: LIES" in ran.stderr
    assert "One" in ran.stdout
