"""``tamizdat keys`` from the first key to the rehearsed loss, as a newsroom with three devices types it."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tamizdat.cli import keys
from tamizdat.cli.keys import app
from tamizdat.errors import CeremonyError, PassphraseError, TamizdatError, UsageError
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger, Published
from tamizdat.trust import keyfile
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyfile import Argon2
from tamizdat.trust.keyring import (
    Keyring,
    create_online_keys,
    create_rehearsal,
    load_keys,
    load_state,
    offline_keys_present,
)
from tamizdat.trust.loss import Loss

FAST = Argon2(64, 1)
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A passphrase in the environment, and keys that open at once."""
    monkeypatch.setenv("TAMIZDAT_PASSPHRASE", "p")
    made = keyfile.KeyFile.seal.__func__
    monkeypatch.setattr(
        keyfile.KeyFile, "seal", classmethod(lambda cls, *given: made(cls, *given[:4], FAST)), raising=True
    )


def run(*args, typed=None):
    """Run a command; the text that it printed. Raises what it raised."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], input=typed)
    if isinstance(result.exception, TamizdatError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def settings(folder):
    folder.mkdir()
    text = '[publication]\nname = "Over There"\nlanguages = ["en", "ru"]\n'
    (folder / "tamizdat.toml").write_text(text, "utf-8")


@pytest.fixture
def rehearsal(tmp_path):
    folder = tmp_path / "rehearsal"
    settings(folder)
    create_rehearsal(folder, ["en", "ru"], "p", "Over There", datetime.now(UTC), FAST)
    return folder


@pytest.fixture
def devices(tmp_path):
    """Three devices with a root and a targets key each."""
    places = [tmp_path / name for name in ("Anna", "Boris", "Clara")]
    for place in places:
        for role in ("root", "targets"):
            run("ceremony", "new-key", "--role", role, "--name", place.name, "--out", place)
    return places


@pytest.fixture
def newsroom(tmp_path, devices):
    """A publication after its first ceremony."""
    folder = tmp_path / "newsroom"
    settings(folder)
    create_online_keys(folder, ["en", "ru"], lambda _: "p", FAST)
    run("ceremony", "start", "-C", folder, *(public for place in devices for public in place.glob("*.public")))
    hold(folder, devices[:2])
    return folder


def hold(folder, devices):
    """Carry the request to the devices and the answers back. Keys that are not asked for do not hurt."""
    request, stick = folder / "ceremony" / "request.json", folder.parent / "stick"
    for old in stick.glob("*"):
        old.unlink()
    for place in devices:
        keys = [part for path in place.glob("*.key") for part in ("--key", path)]
        run("ceremony", "sign", request, *keys, "--out", stick, "--yes")
    return run("ceremony", "finish", "-C", folder, *stick.glob("answer-*.json"))


def test_first_ceremony_makes_a_publication_without_offline_keys_on_the_machine(newsroom):
    shown = json.loads(run("show", "-C", newsroom, "--json"))
    assert shown["fingerprint"] == load_state(newsroom).fingerprint
    assert shown["words"] == to_words(shown["fingerprint"])
    roles = {role["role"]: role for role in shown["roles"]}
    assert sorted(roles) == ["app", "en", "root", "ru", "snapshot", "targets", "timestamp"]
    assert roles["root"]["threshold"] == 2
    assert {key["name"] for key in roles["root"]["keys"]} == {"Anna", "Boris", "Clara"}
    assert roles["root"]["days_left"] in {364, 365}
    assert roles["ru"]["expires"] is None
    assert not shown["rehearsal"]
    assert offline_keys_present(newsroom) == []
    text = run("show", "-C", newsroom)
    assert shown["words"] in text
    assert "Anna" in text
    assert "REHEARSAL" not in text


def test_a_device_shows_the_request_and_signs_only_after_a_yes(newsroom, devices, tmp_path):
    run("renew", "-C", newsroom)
    request, out = newsroom / "ceremony" / "request.json", tmp_path / "out"
    key = next(devices[0].glob("root-*.key"))
    with pytest.raises(UsageError, match="nothing was signed"):
        run("ceremony", "sign", request, "--key", key, "--out", out, typed="n\n")
    assert not out.exists()
    text = run("ceremony", "sign", request, "--key", key, "--out", out, typed="y\n")
    assert to_words(load_state(newsroom).fingerprint) in text
    assert "Request code:" in text
    assert len(list(out.glob("answer-*-root-*.json"))) == 1


def test_a_device_whose_key_is_not_asked_signs_nothing(newsroom, devices, tmp_path):
    run("renew", "root", "-C", newsroom)
    request = newsroom / "ceremony" / "request.json"
    key = next(devices[0].glob("targets-*.key"))
    with pytest.raises(CeremonyError, match="does not ask"):
        run("ceremony", "sign", request, "--key", key, "--out", tmp_path / "out", "--yes")


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "app", "ru"])
@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_an_online_key_is_replaced(newsroom, devices, role, command):
    old = load_state(newsroom).keys_of(role)[0]
    more = ["--last-good", "7"] if command == "revoke" and role == "ru" else []
    run(command, role, "-C", newsroom, *more)
    assert load_state(newsroom).keys_of(role)[0] == old
    hold(newsroom, devices[1:])
    state = load_state(newsroom)
    assert state.keys_of(role)[0] != old
    assert Keyring.open(newsroom, lambda _: "p").signer(role).key.public == state.keys_of(role)[0].public
    assert old.keyid not in {file.keyid for file in load_keys(newsroom)}
    assert [(gone.language, gone.last_good) for gone in state.targets.retired] == (
        [("ru", 7 if more else 0)] if role == "ru" else []
    )
    assert ("retired in ru" in run("show", "-C", newsroom)) == (role == "ru")


def test_a_stolen_language_key_needs_its_last_good_edition(newsroom):
    with pytest.raises(UsageError, match="--last-good"):
        run("revoke", "ru", "-C", newsroom)
    assert len(load_keys(newsroom)) == 5


def test_a_stolen_machine_loses_all_its_keys_in_one_ceremony(newsroom, devices):
    old = load_state(newsroom)
    with pytest.raises(UsageError, match="--last-good ru=NUMBER"):
        run("revoke", "machine", "-C", newsroom, "--last-good", "en=3")
    for wrong in ("3", "ru=", "ru=-1", "ru=x"):
        with pytest.raises(UsageError, match="LANGUAGE=NUMBER"):
            run("revoke", "machine", "-C", newsroom, "--last-good", wrong)
    run("revoke", "machine", "-C", newsroom, "--last-good", "en=3", "--last-good", "ru=41")
    hold(newsroom, devices[1:])
    state = load_state(newsroom)
    for role in ("snapshot", "timestamp", "app", "en", "ru"):
        assert state.keys_of(role) != old.keys_of(role)
        assert Keyring.open(newsroom, lambda _: "p").signer(role)
    assert [(gone.language, gone.last_good) for gone in state.targets.retired] == [("en", 3), ("ru", 41)]
    assert len(load_keys(newsroom)) == 5
    with pytest.raises(UsageError, match="tamizdat keys add de"):
        run("rotate", "de", "-C", newsroom)


def test_a_lost_root_key_is_replaced_from_a_fourth_device(newsroom, devices, tmp_path):
    lost = next(key for key in load_state(newsroom).keys_of("root") if key.name == "Clara")
    run("ceremony", "new-key", "--role", "root", "--name", "Dora", "--out", tmp_path / "Dora")
    public = next((tmp_path / "Dora").glob("*.public"))
    run("rotate", "root", "-C", newsroom, "--key", lost.keyid, "--new", public)
    hold(newsroom, devices[:2])
    assert {key.name for key in load_state(newsroom).keys_of("root")} == {"Anna", "Boris", "Dora"}
    with pytest.raises(UsageError, match="Say --key with one of"):
        run("revoke", "root", "-C", newsroom)
    with pytest.raises(UsageError, match="made on its own device"):
        run("rotate", "root", "-C", newsroom, "--key", lost.keyid)


def test_a_lost_targets_key_goes(newsroom, devices):
    lost = next(key for key in load_state(newsroom).keys_of("targets") if key.name == "Clara")
    run("revoke", "targets", "-C", newsroom, "--key", lost.keyid)
    hold(newsroom, devices[:2])
    assert {key.name for key in load_state(newsroom).keys_of("targets")} == {"Anna", "Boris"}


def test_a_new_language_gets_a_key(newsroom, devices):
    run("add", "fa", "-C", newsroom)
    hold(newsroom, devices[:2])
    assert load_state(newsroom).targets.languages == ("en", "fa", "ru")
    with pytest.raises(UsageError, match="has a key already"):
        run("add", "fa", "-C", newsroom)


def test_steps_out_of_order_are_refused(newsroom, devices, tmp_path):
    with pytest.raises(UsageError, match="first keys already"):
        run("ceremony", "start", "-C", newsroom, next(devices[0].glob("*.public")))
    run("renew", "targets", "-C", newsroom)
    hold(newsroom, devices[:2])
    with pytest.raises(CeremonyError, match="another state"):
        run("ceremony", "finish", "-C", newsroom, *(tmp_path / "stick").glob("answer-*.json"))
    with pytest.raises(UsageError, match="renewed by itself"):
        run("renew", "snapshot", "-C", newsroom)
    with pytest.raises(UsageError, match="for root and targets"):
        run("rotate", "timestamp", "-C", newsroom, "--key", "00000000")
    with pytest.raises(UsageError, match="--role is root or targets"):
        run("ceremony", "new-key", "--role", "ru", "--name", "x", "--out", tmp_path)


def test_a_rehearsal_signs_everything_on_the_spot(rehearsal):
    assert "REHEARSAL" in run("show", "-C", rehearsal)
    before = load_state(rehearsal)
    for command in (
        ["renew"],
        ["rotate", "ru"],
        ["revoke", "ru", "--last-good", "0"],
        ["rotate", "root"],
        ["rotate", "targets"],
        ["revoke", "targets"],
        ["rotate", "timestamp"],
        ["add", "fa"],
    ):
        assert "Signed on the spot" in run(*command, "-C", rehearsal)
    after = load_state(rehearsal)
    assert (after.root.version, after.targets.version) == (6, 7)
    assert after.fingerprint == before.fingerprint
    assert len(after.keys_of("targets")) == 2
    assert len(Keyring.open(rehearsal, lambda _: "p").signers("root")) == 3


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp", "app", "ru"])
def test_rehearsing_a_loss_touches_nothing_and_opens_nothing(newsroom, role, monkeypatch):
    monkeypatch.delenv("TAMIZDAT_PASSPHRASE")
    before = {path: path.read_bytes() for path in newsroom.rglob("*") if path.is_file()}
    text = run("rehearse-loss", role, "-C", newsroom)
    assert {path: path.read_bytes() for path in newsroom.rglob("*") if path.is_file()} == before
    assert text.count(": yes") == 2
    assert "refused" in text


def test_rehearsing_the_loss_of_what_is_not_there_is_refused(newsroom):
    with pytest.raises(UsageError, match="no role de"):
        run("rehearse-loss", "de", "-C", newsroom)


def test_passphrases_by_role_come_first_and_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("TAMIZDAT_PASSPHRASE_ROOT", "for root")
    run("ceremony", "new-key", "--role", "root", "--name", "Anna", "--out", tmp_path)
    (key,) = load_keys_of(tmp_path)
    assert key.unlock("for root")
    monkeypatch.setenv("TAMIZDAT_PASSPHRASE_ROOT", "  ")
    with pytest.raises(PassphraseError):
        run("ceremony", "new-key", "--role", "root", "--name", "Anna", "--out", tmp_path)
    monkeypatch.delenv("TAMIZDAT_PASSPHRASE_ROOT")
    monkeypatch.delenv("TAMIZDAT_PASSPHRASE")
    with pytest.raises(PassphraseError, match="needs a passphrase"):
        run("ceremony", "new-key", "--role", "root", "--name", "Anna", "--out", tmp_path)


def load_keys_of(folder):
    return [keyfile.KeyFile.load(path) for path in folder.glob("*.key")]


def blocks(page):
    """The page's commands in order: ``(where, script)``."""
    return re.findall(r"^```sh (machine|device)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_command_of_the_how_to_works_as_printed(tmp_path):
    page = (ROOT / "docs" / "howto" / "keys.md").read_text("utf-8")
    stick = tmp_path / "stick"
    stick.mkdir()
    people = {name: tmp_path / name for name in ("machine", "Anna", "Boris", "Clara")}
    for place in people.values():
        place.mkdir()
        (place / "stick").symlink_to(stick)
    environment = {**os.environ, "TAMIZDAT_PASSPHRASE": "p", "PATH": f"{BIN}:{os.environ['PATH']}"}
    assert len(blocks(page)) >= 12
    for where, script in blocks(page):
        for name, place in people.items():
            # Two devices sign: the third stays where it is.
            if (where == "machine") != (name == "machine") or (name == "Clara" and "sign" in script):
                continue
            done = subprocess.run(
                ["/bin/sh", "-ec", script.replace("Anna", name)],
                cwd=place, env=environment, input="y\n", capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    state = load_state(people["machine"] / "news")
    # The last rotation of the page is left unfinished.
    assert (state.root.version, state.targets.version) == (3, 3)
    assert [(gone.language, gone.last_good) for gone in state.targets.retired] == [("en", 0), ("ru", 0)]
    assert offline_keys_present(people["machine"]) == []


def test_rotation_without_theft_takes_the_newest_edition_as_the_last_good_one(rehearsal):
    ledger = Ledger(rehearsal / LEDGER_FILE)
    with ledger.transaction():
        ledger.add_edition("ru", Published(12, datetime.now(UTC).replace(microsecond=0), 0, 0, b"\0" * 32, b""))
    ledger.close()
    run("rotate", "machine", "-C", rehearsal)
    retired = {gone.language: gone.last_good for gone in load_state(rehearsal).targets.retired}
    assert retired == {"en": 0, "ru": 12}


def test_a_rehearsed_recovery_that_fails_exits_with_1(newsroom, monkeypatch):
    monkeypatch.setattr(keys, "rehearse_loss", lambda *_: Loss((), comes_back=True, shut_out=False))
    result = CliRunner().invoke(app, ["rehearse-loss", "ru", "-C", str(newsroom)])
    assert result.exit_code == 1
    assert ": NO" in result.output
