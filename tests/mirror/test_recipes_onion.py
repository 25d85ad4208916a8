"""The onion recipe: a real Tor, without a network, reads it and makes the address; the mirror listens where it says."""

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import recipe_kit as kit

from tamizdat.way_in import fault_of, is_onion

WITHOUT_NETWORK = "DisableNetwork 1\nSocksPort 0\nLog notice stdout\n"


@pytest.fixture
def torrc(tmp_path):
    if not shutil.which("tor"):
        pytest.skip("tor is not installed")
    with tempfile.TemporaryDirectory(prefix="onion-") as short:
        folder = Path(short)
        (folder / "service").mkdir(mode=0o700)
        changes = (("/var/lib/tor/mirror/", f"{folder}/service/"), (kit.SOCKET, f"{folder}/socket"))
        file = folder / "torrc"
        file.write_text(kit.printed("torrc", *changes) + WITHOUT_NETWORK + f"DataDirectory {folder}/data\n")
        yield file


def tor(torrc, *options):
    # Without the empty defaults, Debian's own would be read besides.
    (torrc.parent / "defaults").touch()
    return ["tor", "--defaults-torrc", str(torrc.parent / "defaults"), "-f", str(torrc), *options]


def test_tor_takes_the_settings(torrc):
    done = subprocess.run(
        tor(torrc, "--verify-config"), capture_output=True, text=True, env=kit.ENVIRONMENT, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "Configuration was valid" in done.stdout
    assert not re.findall(r"\[(?:warn|err)\].*(?:[Hh]idden|[Oo]nion).*", done.stdout)


def test_tor_makes_an_address_and_the_mirror_listens_where_it_leads(torrc, tmp_path):
    service = torrc.parent / "service"
    process = subprocess.Popen(tor(torrc), stdout=subprocess.DEVNULL, env=kit.ENVIRONMENT)
    try:
        kit.until(lambda: (service / "hostname").exists() and (service / "hostname").read_text(), process)
    finally:
        process.terminate()
        process.wait(60)
    name = (service / "hostname").read_text().strip()
    assert is_onion(f"http://{name}/")
    assert not fault_of(f"http://{name}/")  # so it can be listed under [[mirrors]]
    key = base64.b32decode(name.removesuffix(".onion").upper())
    assert key[:32] == (service / "hs_ed25519_public_key").read_bytes()[32:]

    (place,) = re.findall(r"^HiddenServicePort 80 unix:(.+)$", torrc.read_text(), re.MULTILINE)
    paper = kit.Paper(tmp_path / "paper")
    command = kit.command_of(kit.printed("tamizdat-mirror.service"), tmp_path / "state", kit.settings_for(paper, place))
    with kit.running(command, tmp_path / "state", tmp_path / "log"):
        # As Tor does: any local user may come to the socket.
        assert Path(place).stat().st_mode & 0o006 == 0o006
        answer = kit.curl(f"http://{name}/en/", "--unix-socket", place)
        assert (
            hashlib.sha256(answer.body).digest() == hashlib.sha256((paper.out / "en/index.html").read_bytes()).digest()
        )
        # A clock that is a little wrong tells a machine from all others, on the open web too.
        assert not {"date", "server", "last-modified"} & {field for field, _ in answer.fields}


def test_debians_tor_may_open_the_socket_that_its_settings_name():
    (place,) = re.findall(r"^HiddenServicePort 80 unix:(.+)$", kit.printed("torrc"), re.MULTILINE)
    assert f"\n{place} rw,\n" in kit.printed("apparmor-tor")
    assert f"--listen unix:{place} " in kit.printed("mirror.conf")
