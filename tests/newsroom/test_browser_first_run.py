"""From nothing to a newsroom, as somebody does it: a command, a link, a browser."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser_kit import CHROMIUM, WHY, browsing

from tamizdat.config import load_config
from tamizdat.newsroom.first_run.folder import STAGE, is_publication
from tamizdat.trust.keyring import has_state, is_rehearsal

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason=WHY)]
PASSPHRASE = "six random words or so"
PASSWORD = "quiet harbour lamp"
LINK = re.compile(r"http://\S+/begin/\S+")
READY = re.compile(r"The newsroom is at (http://\S+/)")


class Started:
    """A newsroom that was started from the command line."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process

    def line(self, wanted: re.Pattern[str]) -> str:
        """The first that it prints like ``wanted``."""
        for line in self.process.stdout:
            if found := wanted.search(line):
                return found[found.lastindex or 0]
        raise AssertionError("it ended")


@contextmanager
def started(folder: Path, *options: str, **environ: str) -> Iterator[Started]:
    command = [sys.executable, "-m", "tamizdat.cli.main", "newsroom", str(folder), "--listen", "127.0.0.1:0", *options]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAMIZDAT", "DJANGO"))}
    process = subprocess.Popen(
        command,
        env={**kept, "PYTHONUNBUFFERED": "1", **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Started(process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(60) in {0, 2, -signal.SIGKILL, -signal.SIGTERM}


def base(link: str) -> str:
    return link.partition("/begin/")[0]


def answer_paper_and_keys(page, *, name: str = "ساحل دور") -> None:
    page.fill("#name", name)
    page.check("input[name=language][value=ru]")
    page.click("form button.first")
    page.check("input[name=kind][value=rehearsal]")
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.click("form button.first")


def answer_account(page) -> None:
    page.fill("#login", "orla")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("form button.first")


def appears(path: Path, seconds: float = 60.0) -> bool:
    """Whether ``path`` comes into being."""
    until, looking = time.monotonic() + seconds, threading.Event()
    while not path.exists() and time.monotonic() < until:
        looking.wait(0.05)
    return path.exists()


def test_from_an_empty_folder_to_a_newsroom_without_a_script_and_right_to_left(tmp_path):
    folder = tmp_path / "news"
    with started(folder) as newsroom:
        link = newsroom.line(LINK)
        phone = {"viewport": {"width": 390, "height": 800}, "locale": "fa", "java_script_enabled": False}
        with browsing(base(link), **phone) as (page, complaints):
            page.goto(link)
            assert page.locator("html").get_attribute("dir") == "rtl"
            page.click("button.choice.first")
            answer_paper_and_keys(page)
            answer_account(page)
            page.wait_for_url("**/admin/", timeout=180_000)
            assert "ساحل دور" in page.content()
            assert page.locator("form.login-form").count() == 0, "logged in"
        assert not complaints.found
        with browsing(base(link)) as (page, _complaints):
            assert page.goto(link).status == 404, "the wizard is gone"
            page.goto("/admin/")
            assert "/admin/login/" in page.url
        assert appears(folder / "out" / "metadata"), "the press has the passphrase and works"
    assert load_config(folder).publication.languages == ("fa", "ru")
    assert is_rehearsal(folder)
    assert not (folder / STAGE).exists()
    command_lines = " ".join(newsroom.process.args)
    assert PASSPHRASE not in command_lines


@pytest.mark.parametrize("moment", ["keys", "database"])
def test_killed_while_it_makes_things_it_goes_on(tmp_path, moment):
    folder = tmp_path / "news"
    with started(folder) as newsroom:
        link = newsroom.line(LINK)
        with browsing(base(link), locale="en") as (page, _complaints):
            page.goto(link)
            page.click("button.choice.first")
            answer_paper_and_keys(page, name="The Far Shore")
            answer_account(page)
            assert appears(folder / (STAGE if moment == "keys" else "tamizdat.toml"))
            newsroom.process.kill()
            newsroom.process.wait()
    was = is_publication(folder)
    with started(folder, TAMIZDAT_PASSPHRASE=PASSPHRASE) as newsroom:
        link = newsroom.line(LINK)
        with browsing(base(link), locale="en") as (page, _complaints):
            page.goto(link)
            page.click("button.choice.first")
            if not was:
                answer_paper_and_keys(page, name="The Far Shore")
            answer_account(page)
            page.wait_for_url("**/admin/", timeout=180_000)
    assert has_state(folder)


def test_the_sample_asks_nothing_and_can_be_looked_around_in(tmp_path):
    folder = tmp_path / "sample"
    with started(folder, "--sample") as newsroom:
        password = newsroom.line(re.compile(r"Password\s+(\S+)"))
        address = newsroom.line(READY)
        with browsing(address, locale="en") as (page, complaints):
            page.goto("/admin/")
            page.fill("#id_login", "editor")
            page.fill("#id_password", password)
            page.click("form.login-form button[type=submit]")
            page.wait_for_url("**/admin/")
        assert not complaints.found
        assert appears(folder / "out" / "fa" / "index.html"), "it is published"
    with started(folder, "--sample") as newsroom:
        assert newsroom.process.wait(60) == 2
