"""The units of docs/mirrors: systemd takes them, and what they start runs."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import recipe_kit as kit

from tamizdat.mirror.http.limits import HTTP_LIMITS

MIRROR, BUCKET, TIMER = "tamizdat-mirror.service", "tamizdat-bucket.service", "tamizdat-bucket.timer"
DROP_INS = ("copy-only.conf", "low-ports.conf")
# prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN): what MemoryDenyWriteExecute does. Kernels before 6.3 do not know it, and
# then the mirror runs without.
DENY_WRITE_EXECUTE = "import ctypes; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)"


@pytest.fixture
def analyze(tmp_path):
    """Ask systemd-analyze about units as they are printed; only the programs that they start are other ones."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    for name in (MIRROR, BUCKET, TIMER):
        text = kit.printed(name)
        for program in (kit.INSTALLED, "/usr/local/bin/publish-to-bucket"):
            text = text.replace(program, "/bin/true")
        (tmp_path / name).write_text(text)

    def run(verb, unit, *drop_ins):
        for name in drop_ins:
            folder = tmp_path / f"{unit}.d"
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(kit.printed(name).replace(kit.INSTALLED, "/bin/true"))
        # Without --man=no it looks for pages, without the path for units of the machine.
        words = ["systemd-analyze", *verb, str(tmp_path / unit)]
        environment = kit.ENVIRONMENT | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "SYSTEMD_COLORS": "0"}
        return subprocess.run(words, capture_output=True, text=True, env=environment, check=False)

    return run


def complaints(done, tmp_path):
    """Lines about our units; the machine's own units may have faults of theirs."""
    return [line for line in (done.stdout + done.stderr).splitlines() if "tamizdat" in line or str(tmp_path) in line]


@pytest.mark.parametrize(
    ("unit", "drop_ins"), [(MIRROR, ()), (MIRROR, DROP_INS[:1]), (MIRROR, DROP_INS[1:]), (BUCKET, ()), (TIMER, ())]
)
def test_systemd_has_nothing_to_complain_about(analyze, tmp_path, unit, drop_ins):
    done = analyze(["verify", "--man=no"], unit, *drop_ins)
    # A user of the machine's is made by a command of the page.
    assert not [line for line in complaints(done, tmp_path) if "User" not in line]


@pytest.mark.parametrize(("unit", "drop_ins", "most"), [(MIRROR, (), 12), (MIRROR, DROP_INS[1:], 20), (BUCKET, (), 15)])
def test_little_is_left_that_a_broken_in_service_could_do(analyze, unit, drop_ins, most):
    """The number is systemd's own: 100 is a service without any bounds, and what needs a network cannot be 0."""
    done = analyze(["security", "--offline=true", f"--threshold={most}", "--no-pager"], unit, *drop_ins)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bounds_leave_room_for_what_the_mirror_promises():
    unit = kit.printed(MIRROR)
    files = int(re.search(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)[1])
    assert files * 3 // 4 - 128 >= HTTP_LIMITS.max_connections
    assert int(re.search(r"^MemoryMax=(\d+)M$", unit, re.MULTILINE)[1]) > 150


def test_what_the_unit_starts_runs_without_the_rights_that_it_takes(tmp_path):
    """The command as printed, without memory that can be written and then executed."""
    paper = kit.Paper(tmp_path / "paper")
    with tempfile.TemporaryDirectory(prefix="unit-") as short:
        socket = Path(short) / "socket"
        command = kit.command_of(kit.printed(MIRROR), tmp_path / "state", kit.settings_for(paper, socket))
        assert command[1:3] == ["mirror", str(tmp_path / "state")]
        with kit.running(command, tmp_path / "state", tmp_path / "log", DENY_WRITE_EXECUTE) as mirror:
            answer = kit.curl("http://mirror/en/", "--unix-socket", str(socket))
            assert answer.body == (paper.out / "en/index.html").read_bytes()
            log = mirror.log.read_text()
            assert log.startswith(f"serving at unix:{socket}\nholding editions en 1, ru 1 (")
        assert mirror.process.returncode == 0
        assert not socket.exists()


def test_files_of_a_copy_that_another_server_serves_may_be_read_by_it(tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    # As the service, too: what was copied before it became the copying half of a pair stays as it is.
    mask = int(re.search(r"^UMask=(\d+)$", kit.printed(MIRROR), re.MULTILINE)[1], 8)
    unit = kit.printed("copy-only.conf")
    assert "UMask" not in unit
    command = kit.command_of(unit, tmp_path / "state", kit.settings_for(paper, "/run/nowhere/socket"))
    with kit.running(command, tmp_path / "state", tmp_path / "log", f"import os; os.umask({mask})") as mirror:
        assert "serving" not in mirror.log.read_text()
        for file in (mirror.www, *mirror.www.rglob("*")):
            wanted = 0o755 if file.is_dir() else 0o644
            assert file.stat().st_mode & 0o777 == wanted, file
