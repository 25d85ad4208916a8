"""The pages of docs/mirrors: files as they are, commands that a shell takes, and the first walk as it is printed."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import recipe_kit as kit

from test_docs import BLOCK

HOME = kit.PAGES.parents[1]
PAGES = sorted(kit.PAGES.glob("*.md"))
FILES = sorted(kit.FILES.iterdir())
RECIPES = ("systemd", "caddy", "nginx", "container", "bucket", "onion", "raspberry-pi")
# Files that are linked and not printed: the press's own settings for web servers, the same as in every web root.
LINKED = {"newspaper.conf", "newspaper.caddy", "low-ports.conf"}


def text_of(page):
    return (kit.PAGES / f"{page}.md").read_text("utf-8")


def commands(page):
    return [found["code"] for found in BLOCK.finditer(text_of(page))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_is_linked_and_printed_word_for_word(file):
    naming = [
        page
        for page in PAGES
        if f"(files/{file.name})" in page.read_text("utf-8") or f"files/{file.name} " in page.read_text("utf-8")
    ]
    assert naming
    if file.name in LINKED:
        return
    lines = [f"    {line}".rstrip() for line in file.read_text("utf-8").splitlines()]
    block = "\n\n" + "\n".join(lines) + "\n"
    linking = [page for page in PAGES if f"(files/{file.name})" in page.read_text("utf-8")]
    assert linking
    for page in linking:
        assert block in page.read_text("utf-8") or page.stem == "index", page.name


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_recipe_is_one_page_that_the_first_page_leads_to(recipe):
    assert f"]({recipe}.md)" in text_of("index")
    assert recipe == "raspberry-pi" or "## Stop, and leave no trace" in text_of(recipe)


def test_the_readme_leads_to_the_first_page():
    assert "(docs/mirrors/index.md)" in (HOME / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_shell_takes_every_command(page):
    blocks = commands(page.stem)
    assert blocks
    for code in blocks:
        done = subprocess.run(["bash", "-n", "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (code, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_name_files_that_are_there(page):
    for code in commands(page.stem):
        for name in re.findall(r"(?:docs/mirrors/files|requirements)/[\w.-]+", code):
            assert (HOME / name).is_file(), name


def test_what_is_installed_is_what_units_and_settings_name():
    """A file that a command puts somewhere is looked for there by whatever reads it."""
    put = {}
    for page in RECIPES:
        for code in commands(page):
            for line in code.splitlines():
                words = line.split()
                if "install" in words and "docs/mirrors/files" in line:
                    for word in words:
                        if word.startswith("docs/mirrors/files/"):
                            target = words[-1] + (Path(word).name if words[-1].endswith("/") else "")
                            put.setdefault(Path(word).name, set()).add(target)
    assert put["mirror.conf"] == {"/etc/tamizdat/mirror.conf"}
    assert put["publish-to-bucket"] == {"/usr/local/bin/publish-to-bucket"}
    for unit in ("tamizdat-mirror.service", "tamizdat-bucket.service"):
        for named in re.findall(r"^EnvironmentFile=(.*)$", kit.printed(unit), re.MULTILINE):
            assert put[Path(named).name] == {named}
    assert put["copy-only.conf"] == {"/etc/systemd/system/tamizdat-mirror.service.d/copy-only.conf"}
    assert put["low-ports.conf"] == {"/etc/systemd/system/tamizdat-mirror.service.d/low-ports.conf"}
    assert put["newspaper.caddy"] == {"/etc/caddy/newspaper.caddy"}
    assert "/etc/caddy/newspaper.caddy" in kit.printed("Caddyfile-files")
    assert put["newspaper.conf"] == {"/etc/nginx/newspaper.conf"}
    assert "/etc/nginx/newspaper.conf" in kit.printed("nginx-files.conf")
    assert f"-m venv {kit.INSTALLED.removesuffix('/bin/tamizdat')}\n" in text_of("systemd")


def test_all_fronts_and_the_onion_lead_to_the_socket_that_the_service_opens():
    (place,) = re.findall(r"--listen unix:(\S+)", kit.printed("mirror.conf"))
    folder = Path(place).parent.name
    assert f"\nRuntimeDirectory={folder}\n" in kit.printed("tamizdat-mirror.service")
    for name in ("nginx.conf", "Caddyfile", "torrc", "apparmor-tor"):
        assert place in kit.printed(name)


def labels(lines):
    """What stands before each line's first gap."""
    return [re.split(r"\s{2,}", line.strip())[0] for line in lines.splitlines()]


@pytest.mark.slow
def test_the_first_walk_runs_as_printed(tmp_path):
    """But for installing, and with the address and the fingerprint that a newsroom gives."""
    if not shutil.which("bash"):
        pytest.skip("bash is not installed")
    paper = kit.Paper(tmp_path / "paper")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/tamizdat").symlink_to(kit.PROGRAM.parents[1])
    installing, serving, status, _ = commands("index")
    assert "~/tamizdat/bin/pip install" in installing
    (words,) = re.findall(r"--trust (\S+)", serving)
    serving = serving.replace(words, paper.fingerprint).replace("https://news.example/", str(paper.folder))
    serving = serving.replace(":8080", "127.0.0.1:0")
    environment = kit.ENVIRONMENT | {"HOME": str(tmp_path / "home")}
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {serving}"], env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        kit.until(lambda: "holding editions" in log.read_text(), process)
        assert re.fullmatch(
            r"serving at http://127\.0\.0\.1:\d+/\nholding editions en 1, ru 1 \(\d+ files, \d+ bytes fetched\)\n",
            log.read_text(),
        )
        done = subprocess.run(["bash", "-c", status], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0
        # The same lines, in the same order, as on the page.
        shown = re.search(r"says how it is:\n\n((?:    .*\n)+)", text_of("index"))[1]
        assert labels(done.stdout)[1:] == labels(shown)[1:]
        assert done.stdout.startswith(f"{tmp_path}/home/mirror: well\n")
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 0
