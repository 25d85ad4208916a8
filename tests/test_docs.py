"""Documentation that is true: every command and setting is there, examples run as printed, links lead somewhere."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tamizdat.cli import main
from tamizdat.config import TABLES, parse_config
from tamizdat.errors import ConfigError, TamizdatError

HOME = Path(__file__).parents[1]
DOCS = HOME / "docs"
COMMANDS = (DOCS / "reference" / "command-line.md").read_text("utf-8")
SETTINGS = (DOCS / "reference" / "settings.md").read_text("utf-8")
# keys.md is played by several devices at once: tests/cli does that.
PAGES = [HOME / "README.md", *sorted(page for page in (DOCS / "howto").glob("*.md") if page.name != "keys.md")]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```sh\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)\)")
PORT = "8000"
MIRROR_PORT = ":8080"

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Газета</title><link>https://example.org/</link><description/><language>ru</language>
<item><title>Паром снова ходит</title><link>https://example.org/ferry</link><guid>https://example.org/ferry</guid>
<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate>
<description>&lt;p&gt;Паром снова ходит &lt;em&gt;два раза в день&lt;/em&gt;.&lt;/p&gt;</description></item>
</channel></rss>
"""


# --- Commands and settings ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def commands():
    """Every command by its whole name, with its options."""
    if not {command.name for command in main.app.registered_commands} & {"publish"}:
        main._add_publisher_commands()

    def walk(command, name):
        subcommands = getattr(command, "commands", {})
        if not subcommands:
            yield name, [option for parameter in command.params for option in _options(parameter)]
        for part, subcommand in subcommands.items():
            # `tamizdat mirror DIR` is short for a word that nobody has to know.
            yield from walk(subcommand, name if (name, part) == ("tamizdat mirror", "run") else f"{name} {part}")

    return dict(walk(typer.main.get_command(main.app), "tamizdat"))


def _options(parameter):
    return [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]


def test_every_command_is_documented(commands):
    assert len(commands) > 10
    headings = re.findall(r"^### `(.*)`$", COMMANDS, re.MULTILINE)
    documented = {re.match(r"tamizdat(?: [a-z][a-z-]*)+", heading)[0] for heading in headings}
    assert documented == set(commands)


def test_every_option_is_documented(commands):
    named = set(re.findall(r"`(--?[A-Za-z-]+)`", COMMANDS))
    assert {option for options in commands.values() for option in options} <= named


def test_no_option_is_documented_that_is_not_there(commands):
    there = {option for options in commands.values() for option in options}
    assert set(re.findall(r"`(--?[A-Za-z][A-Za-z-]*)`", COMMANDS)) <= there | {"--help", "-h"}


def _shown():
    """(page, command) of every command of ours that a page shows, whether a test runs it or not."""
    for page in sorted([HOME / "README.md", *DOCS.rglob("*.md")]):
        for block in BLOCK.finditer(page.read_text("utf-8")):
            for line in block["code"].replace("\\\n", " ").splitlines():
                if found := re.match(r"(?:[A-Z_]+=\S+ )*tamizdat( [^|>&;#$]*)", line):
                    yield page.relative_to(HOME).as_posix(), found[1]


@pytest.mark.usefixtures("commands")
@pytest.mark.parametrize(("page", "command"), sorted(set(_shown())))
def test_every_command_that_is_shown_is_understood(page, command):
    """With ``--help`` it says what it would do, if it knows its options."""
    words = [*shlex.split(command), "--help"]
    result = CliRunner().invoke(main.app, words, prog_name="tamizdat")
    assert result.exit_code == 0, f"{page}: {result.output}"
    assert "Options" in result.output


def _settings_of(table):
    """The keys of a table, as the program itself names them to somebody who gave another."""
    headers = {
        "publication": '[publication]\nname = "N"\nlanguages = ["en"]\n',
        "sources": '[[sources]]\nkind = "folder"\npath = "p"\n',
        "carriers": '[[carriers]]\nkind = "directory"\npath = "p"\n',
        "mirrors": '[[mirrors]]\nurl = "https://m.example/"\n',
        "sections": '[[sections]]\nid = "s"\n',
        "front": "[[front]]\n",
        "site": "[site]\n",
        "notices": '[[notices]]\nreviewer = "R"\n',
        "newsroom": "[newsroom]\n",
    }
    text = headers["publication"] if table != "publication" else ""
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{text}{headers[table]}nothing = 1\n", Path("tamizdat.toml"))
    return caught.value.detail.partition("settings here: ")[2].split(", ")


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_documented(table):
    section = re.search(rf"^## `\[+{table}\]+`$(.*?)^## ", SETTINGS, re.MULTILINE | re.DOTALL)
    assert section, table
    documented = re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE)
    assert sorted(documented) == sorted(_settings_of(table))


def test_the_whole_example_of_settings_is_accepted():
    (example,) = re.findall(r"^```toml\n(.*?)^```$", SETTINGS, re.MULTILINE | re.DOTALL)
    assert tomllib.loads(example)
    parse_config(example, Path("tamizdat.toml"))


def test_every_exit_code_is_documented():
    def classes(base):
        yield base
        for child in base.__subclasses__():
            yield from classes(child)

    codes = {str(error.exit_code) for error in classes(TamizdatError) if error.__module__.startswith("tamizdat")}
    section = COMMANDS.partition("## Exit codes")[2].partition("\n## ")[0]
    assert codes <= set(re.findall(r"^\| (\d+) \|", section, re.MULTILINE))


# --- Links --------------------------------------------------------------------------------------------------------


def _pages():
    folders = [HOME, HOME / "spec", HOME / "vectors", HOME / "benchmarks"]
    return sorted({page for folder in folders for page in folder.glob("*.md")} | set(DOCS.rglob("*.md")))


@pytest.mark.parametrize("page", _pages(), ids=lambda page: page.relative_to(HOME).as_posix())
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    missing = []
    for link in LINK.findall(text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            missing.append(link)
    assert not missing


def _anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_the_index_names_every_page():
    index = (DOCS / "index.md").read_text("utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"index.md"}
    assert not {page for page in pages if f"({page})" not in index}


# --- Examples -----------------------------------------------------------------------------------------------------


def script_of(page, port):
    """One script of all examples of a page, in order, and what was left out. Each must end as its mark says."""
    parts, left_out = ["trap 'kill $(jobs -p) 2>/dev/null || :' EXIT"], []
    for found in BLOCK.finditer(page.read_text("utf-8")):
        mark, code = found["mark"] or "", found["code"].replace(PORT, str(port)).replace(MIRROR_PORT, ":0")
        if mark.startswith("not run: "):
            left_out.append(mark)
            continue
        wanted = re.fullmatch(r"exits (\d+)", mark)
        line = code.splitlines()[0]
        parts.append(f"set +e\n{code}\n[ $? = {wanted[1]} ] || exit 99\nset -e" if wanted else code)
        parts.append(f"printf '%s\\n' {_quoted('done: ' + line)}")
        if "http.server" in code:
            parts.append(f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do :; done")
        if mirror := re.match(r"tamizdat mirror (\S+) .*&$", code.strip()):
            parts.append(f"until tamizdat mirror status {mirror[1]} >/dev/null 2>&1; do :; done")
    return "\n".join(parts), left_out


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOME).as_posix())
def test_examples_run_as_printed(page, port, tmp_path):
    bash = shutil.which("bash")
    if not bash:
        pytest.skip("bash is not installed")
    script, _ = script_of(page, port)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "feed.xml").write_text(FEED, "utf-8")
    if page.name in {"read-safely.md", "check-a-mirror.md", "carry-by-hand.md"}:
        _make_edition(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TAMIZDAT_")}
    environment |= {
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    result = subprocess.run(
        [bash, "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("done: ") >= 1


def _make_edition(folder):
    """``edition``: a published rehearsal, which these pages take as given."""
    script, _ = script_of(DOCS / "howto" / "first-edition.md", 0)
    made = script.partition("rm news/")[0].replace("news/", "edition/").replace(" news", " edition")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", made], cwd=folder, env=environment, check=True, capture_output=True
    )


def test_pages_have_examples_and_say_why_some_are_not_run():
    for page in PAGES:
        blocks = list(BLOCK.finditer(page.read_text("utf-8")))
        assert blocks, page
        for block in blocks:
            assert re.fullmatch(r"|exits \d+|not run: \w.*", block["mark"] or ""), block["mark"]
