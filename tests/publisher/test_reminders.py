"""Expired notices: a publish names them and goes on."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from publication_kit import NOW, PASSPHRASE, Newsroom, item

NOTICE = """[[notices]]
who = ["residents"]
acts = ["reading"]
penalty = {{ en = "Prison" }}
law = {{ en = "A law" }}
reviewer = "Somebody"
{more}
"""
EXPIRED = 'country = "TM"\nreviewed = 2019-01-01\nexpires = 2020-01-01'
CURRENT = 'country = "BY"\nreviewed = 2026-01-01\nexpires = 2026-11-23'
NAMELESS = 'country_name = { en = "Vesmara" }\nreviewed = 2019-01-01\nexpires = 2020-01-01'
LAST_DAY = NOW.replace(hour=23, minute=59)


@pytest.fixture
def room(tmp_path):
    made = Newsroom(tmp_path / "room")
    made.write([item("a", "en")])
    made.settings("".join(NOTICE.format(more=more) for more in (CURRENT, EXPIRED, NAMELESS)))
    return made


def named(report):
    return [reminder.split(" expired")[0] for reminder in report.reminders]


def test_expired_notices_are_named_and_no_others(room):
    report = room.publish(LAST_DAY)
    assert not report.failed
    assert named(report) == ["tamizdat.toml: notice 2 (TM)", "tamizdat.toml: notice 3 (Vesmara)"]
    assert "have Somebody or another lawyer check it again, then set reviewed and expires" in report.reminders[0]


def test_the_day_after_the_last_one_counts(room):
    assert named(room.publish(LAST_DAY + timedelta(minutes=1)))[0] == "tamizdat.toml: notice 1 (BY)"


def test_every_command_that_makes_pages_names_them(room):
    room.publish(NOW)
    assert len(room.publisher().press(NOW).reminders) == 2
    assert len(room.publisher().withdraw("a", (), NOW).reminders) == 2


def test_the_command_says_so_and_does_not_fail(room):
    def publish(*options):
        command = [sys.executable, "-m", "tamizdat.cli.main", "publish", "-C", str(room.folder), *options]
        environment = os.environ | {"TAMIZDAT_PASSPHRASE": PASSPHRASE}
        return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)

    done = publish()
    assert done.returncode == 0, done.stderr
    assert "note: tamizdat.toml: notice 2 (TM) expired on 2020-01-01, and pages say so;" in done.stderr
    assert "expired" not in done.stdout
    assert any("notice 2 (TM)" in reminder for reminder in json.loads(publish("--json").stdout)["reminders"])
