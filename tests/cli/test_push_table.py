"""What is seen of a push: a table on a terminal, plain lines and JSON elsewhere."""

import json
import os
import subprocess
import sys
import threading

import pytest

from publication_kit import PASSPHRASE, Newsroom, item
from tamizdat.cli.push_table import push_table, summary
from tamizdat.publisher.progress import Standing, Tally

DONE = [Tally(f"/srv/mirrors/{number:03}", Standing.DONE, 54, 120_000, 54, 120_000) for number in range(96)]
UNDER_WAY = [
    Tally("/srv/sending", Standing.SENDING, 10, 5_000, 54, 120_000),
    Tally("/media/stick", Standing.AGAIN, 3, 100, 54, 120_000, 4.2, "/media/stick: en/a.html: No space left on device"),
    Tally("/srv/[bold]gone", Standing.FAILED, fault="cannot be reached"),
    Tally("/srv/looking", Standing.LOOKING),
]


def lines(tallies, width=120, height=12, now=0.0):
    return push_table(tallies, now, width, height).plain.split("\n")


def test_problems_come_first_then_those_under_way_then_the_summary():
    found = lines([*DONE, *UNDER_WAY])
    assert len(found) == 12 - 1
    assert found[0].split() == ["Carrier", "Files", "Bytes"]
    assert [line.split()[0] for line in found[1:6]] == [
        "/media/stick", "/srv/[bold]gone", "/srv/sending", "/srv/looking", "/srv/mirrors/000",
    ]  # fmt: skip
    assert "trying again in 4 s" in found[1]
    assert "3/54" in found[1]
    assert "100 bytes of 120.0 kB" in found[1]
    assert "No space left" in found[1]
    assert found[-1] == "100 carriers: 1 trying again, 1 failed, 1 sending, 1 looking, 96 done"


def test_time_goes_on():
    assert "trying again in 1 s" in "\n".join(lines(UNDER_WAY, now=3.0))
    assert "trying again in 0 s" in "\n".join(lines(UNDER_WAY, now=9.0))


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@pytest.mark.parametrize("height", [1, 5, 40, 200])
def test_it_stays_within_the_terminal(width, height):
    found = lines([*DONE, *UNDER_WAY, Tally("/" + "漢字" * 90)], width, height)
    assert len(found) <= max(3, height - 1)
    table = push_table([*DONE, *UNDER_WAY], 0.0, width, height)
    assert all(line.cell_len <= width for line in table.split("\n"))


def test_long_names_keep_their_ends():
    assert lines([Tally(f"/srv/{'x' * 90}/alpha", Standing.SENDING)], 60)[1].split()[0].endswith("xx/alpha")


def test_summaries():
    assert summary([]) == "0 carriers"
    assert summary(UNDER_WAY[:1]) == "1 carrier: 1 sending"


# --- the command ---


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    made = Newsroom(tmp_path_factory.mktemp("table") / "room", ("en",), ("one", "two"))
    made.write([item("a", "en")])
    made.publish()
    return made


def run(room, *arguments, terminal=False):
    """Exit code, standard output, and standard error, which is a terminal or not."""
    command = [sys.executable, "-m", "tamizdat.cli.main", *arguments, "-C", str(room.folder)]
    variables = {**os.environ, "TAMIZDAT_PASSPHRASE": PASSPHRASE, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    reading, writing = os.openpty() if terminal else os.pipe()
    said = []

    def listen():
        try:
            while data := os.read(reading, 65_536):
                said.append(data)
        except OSError:  # the other side of a terminal was closed
            pass

    listener = threading.Thread(target=listen)
    listener.start()
    ran = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=writing, check=False, timeout=120)
    os.close(writing)
    listener.join(60)
    os.close(reading)
    return ran.returncode, ran.stdout.decode(), b"".join(said).decode()


def test_whoever_watches_sees_a_table(room):
    code, out, err = run(room, "push", terminal=True)
    assert code == 0
    assert "2 carriers: " in err
    assert str(room.carriers[0]) in err
    assert "1 files" in out


@pytest.mark.parametrize("arguments", [("push",), ("push", "--json")])
def test_nobody_watches(room, arguments):
    assert run(room, *arguments)[2] == ""


def test_json_says_how_each_carrier_fared(room):
    code, out, err = run(room, "push", "--json", terminal=True)
    assert (code, err) == (0, "")
    first, second = json.loads(out)["carriers"]
    assert {key: first[key] for key in ("carrier", "files", "attempts", "fault")} == {
        "carrier": str(room.carriers[0]), "files": 1, "attempts": 1, "fault": "",
    }  # fmt: skip
    assert 0 < first["seconds"] < 60
    assert first["bytes"] == (room.carriers[0] / "metadata" / "timestamp.json").stat().st_size
    assert second["carrier"] == str(room.carriers[1])


def test_a_failed_carrier_is_exit_code_5(tmp_path):
    room = Newsroom(tmp_path / "room", ("en",), ("one", "two"))
    room.write([item("a", "en")])
    room.carriers[0].write_bytes(b"no folder")
    code, out, err = run(room, "publish", terminal=False)
    assert code == 5
    assert f"carrier {room.carriers[0]}: " in err
    assert f"{room.carriers[1]}: " in out
    assert str(room.carriers[0]) not in out


def test_how_much_longer_a_carrier_may_take_can_be_said(room):
    assert run(room, "push", "--wait", "90")[0] == 0
    assert run(room, "push", "--wait", "for ever")[0] == 2
