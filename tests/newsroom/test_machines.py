"""A newsroom on several machines: what its addresses say is obeyed or refused; nothing starts without what it needs."""

import os
import shutil
from types import SimpleNamespace

import pytest
from desk_kit import person
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connections
from moving_kit import line, write_lines
from newsroom_settings import ROOM

from tamizdat.config import load_config
from tamizdat.errors import ConfigError, UsageError
from tamizdat.newsroom.addresses import database_settings
from tamizdat.newsroom.first_run import start
from tamizdat.newsroom.moving_in import uploads
from tamizdat.newsroom.moving_in.models import Move
from tamizdat.newsroom.place import Place

HEAD = '[publication]\nname = "The Far Shore"\nlanguages = ["en"]\n[[sources]]\nkind = "newsroom"\n[newsroom]\n'
POSTGRESQL = "postgresql://desk@db.example/news"


def said(folder, settings):
    """What ``[newsroom]`` says."""
    (folder / "tamizdat.toml").write_text(HEAD + settings, "utf-8")
    return load_config(folder).newsroom


def test_what_a_database_s_address_says_of_tls_reaches_the_library(tmp_path):
    address = f"{POSTGRESQL}?sslmode=verify-full&sslrootcert=/etc/news/a%20b.pem"
    made = database_settings(said(tmp_path, f'database = "{address}"\n'), None)
    assert made["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/etc/news/a b.pem"}
    assert made["NAME"] == "news"
    assert database_settings(said(tmp_path, f'database = "{POSTGRESQL}"\n'), None)["OPTIONS"] == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            f'database = "{POSTGRESQL}?sslmod=verify-full"',
            "'sslmod' after the . is not understood; there are channel_b",
        ),
        (f'database = "{POSTGRESQL}?password=secret"', "'password' after the . is not understood"),
        (f'database = "{POSTGRESQL}?sslmode"', "is not name=value"),
        (f'database = "{POSTGRESQL}?sslmode=disable&sslmode=verify-full"', "says something twice"),
        (f'database = "{POSTGRESQL}#sslmode=verify-full"', "or has a #"),
        (
            'mail = "smtps://mail.example?verify=yes"\nmail_from = "a@b.example"',
            "'verify' after the . is not understood",
        ),
        ('pictures = "s3://bucket/folder?region=eu"', "'region' after the . is not understood"),
    ],
)
def test_what_would_be_passed_over_is_refused(tmp_path, line, why):
    with pytest.raises(ConfigError, match=why):
        said(tmp_path, f"{line}\n")


@pytest.mark.skipif("TAMIZDAT_TEST_DATABASE" not in os.environ, reason="needs a PostgreSQL server")
@pytest.mark.django_db
def test_a_server_without_a_certificate_is_not_spoken_to():
    wary = {**connections["default"].settings_dict, "OPTIONS": {"sslmode": "verify-full"}}
    with pytest.raises(OperationalError, match="SSL"):
        connections["default"].__class__(wary).ensure_connection()


@pytest.fixture
def second(tmp_path):
    """The folder of a newsroom on a second machine, to which only the settings were copied."""
    (tmp_path / "tamizdat.toml").write_text(f'{HEAD}database = "{POSTGRESQL}"\n', "utf-8")
    return tmp_path


class _Started(Exception):  # noqa: N818 - no error: it got that far
    pass


@pytest.fixture
def begin(monkeypatch):
    def stop(*_arguments):
        raise _Started

    monkeypatch.setattr(start, "ask", stop)
    return lambda folder, only: start.start_only(folder, "127.0.0.1:0", lambda: "", lambda _said: None, (only,))


@pytest.mark.parametrize("only", ["web", "background", "press"])
def test_no_secret_is_invented_on_a_second_machine(second, begin, only):
    with pytest.raises(UsageError, match=r"lacks newsroom/secret\.key"):
        begin(second, only)
    assert not Place(second).secret_file.exists()
    Place(second).secret()
    shutil.copytree(ROOM / "trust", second / "trust")
    with pytest.raises(_Started):
        begin(second, only)


@pytest.mark.parametrize(("only", "needs"), [("web", True), ("background", True), ("press", False)])
def test_proofs_and_mirrors_need_what_was_signed_in_the_ceremony(second, begin, only, needs):
    Place(second).secret()
    with pytest.raises(UsageError if needs else _Started, match="trust/" if needs else None):
        begin(second, only)


@pytest.mark.django_db
def test_a_site_that_was_uploaded_elsewhere_is_left_to_the_workers_there(tmp_path, monkeypatch):
    file = write_lines(tmp_path / "site.jsonl", [line("story-1")])
    upload = SimpleUploadedFile("site.jsonl", file.read_bytes())
    move = uploads.ask_to_move(upload, "site", "", dry=False, by=person())
    here = ROOM / "newsroom" / move.file
    there = here.rename(tmp_path / "elsewhere.jsonl")
    monkeypatch.setattr(uploads, "connection", SimpleNamespace(vendor="postgresql"))
    uploads.move_waiting()
    assert Move.objects.get().state == Move.WAITING
    there.rename(here)
    uploads.move_waiting()
    assert Move.objects.get().state == Move.DONE
