"""The bucket recipe, with a real rclone and a folder for a bucket: what visitors find after each of its steps."""

import json
import os
import re
import shutil
import subprocess

import pytest
import recipe_kit as kit

pytestmark = pytest.mark.slow
RCLONE = shutil.which("rclone")
WATCHED = """#!/bin/sh
# rclone, and after each of its steps a visitor who looks at everything.
{rclone} "$@" || exit
{tamizdat} audit --json --trust {trust} {bucket} {before} >{looks}/$(ls {looks} | wc -l).json
exit 0
"""


@pytest.fixture
def bucket(tmp_path):
    """Run the script as printed; only the program's place is another."""
    if RCLONE is None:
        pytest.skip("rclone is not installed")
    script = tmp_path / "publish-to-bucket"
    script.write_text(kit.printed("publish-to-bucket", (kit.INSTALLED, kit.PROGRAM)))
    script.chmod(0o755)
    (tmp_path / "state").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bucket").mkdir()
    (tmp_path / "rclone.conf").write_text("[storage]\ntype = alias\nremote = " + str(tmp_path) + "\n")

    def run(paper, upstream=None, place="storage:bucket"):
        environment = kit.ENVIRONMENT | {
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "STATE_DIRECTORY": str(tmp_path / "state"),
            "RCLONE_CONFIG": str(tmp_path / "rclone.conf"),
            "TRUST": paper.fingerprint,
            "FROM": f"--from {upstream or paper.folder}",
            "BUCKET": place,
        }
        return subprocess.run([str(script)], env=environment, capture_output=True, text=True, check=False)

    return run


def files(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_bucket_is_the_mirrors_web_root(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    for _ in range(2):
        done = bucket(paper)
        assert done.returncode == 0, done.stderr
        assert files(tmp_path / "bucket") == files(tmp_path / "state/mirror/www")
        paper.news()


def test_at_every_step_there_is_a_whole_edition(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    assert bucket(paper).returncode == 0
    shutil.copytree(tmp_path / "bucket", tmp_path / "before")
    paper.news()
    looks = tmp_path / "looks"
    looks.mkdir()
    watched = tmp_path / "bin/rclone"
    names = {"rclone": RCLONE, "tamizdat": kit.PROGRAM, "trust": paper.fingerprint}
    watched.write_text(WATCHED.format(**names, bucket=tmp_path / "bucket", before=tmp_path / "before", looks=looks))
    watched.chmod(0o755)
    done = bucket(paper)
    assert done.returncode == 0, done.stderr
    seen = [json.loads((looks / f"{number}.json").read_text()) for number in range(len(list(looks.iterdir())))]
    found = [look["mirrors"][0] for look in seen]
    assert [here["timestamp_version"] for here in found] == [1, 1, 1, 1, 2, 2]
    for here in found:
        assert here["standing"] == "current"
        assert not here["missing"] + here["refused"] + here["faults"]
        # Pages that are overwritten are ahead of the timestamp for a moment, and nothing else.
        assert {finding["state"] for pages in here["pages"] for finding in pages["findings"]} <= {"newer"}


def test_nothing_is_sent_while_nothing_has_changed(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    assert bucket(paper).returncode == 0
    calls = tmp_path / "calls"
    (tmp_path / "bin/rclone").write_text(f'#!/bin/sh\necho "$1" >>{calls}\nexec {RCLONE} "$@"\n')
    (tmp_path / "bin/rclone").chmod(0o755)
    assert bucket(paper).returncode == 0
    assert not calls.exists()
    paper.news()
    assert bucket(paper).returncode == 0
    assert calls.read_text().split() == ["copy"] * 5 + ["sync"]


def test_a_place_that_compares_nothing_but_sizes_has_every_edition(bucket, tmp_path):
    """WebDAV, as many web hosts speak it; the timestamp has the same size for ever."""
    paper = kit.Paper(tmp_path / "paper")
    log = tmp_path / "served"
    with log.open("wb") as output:
        command = [RCLONE, "--config", "", "serve", "webdav", "--addr", "127.0.0.1:0", str(tmp_path / "bucket")]
        process = subprocess.Popen(command, stderr=output, env=kit.ENVIRONMENT)
    try:
        kit.until(lambda: re.search(r"(?:started|Server) on \[?(http://[\d.:]+)", log.read_text()), process)
        (address,) = re.findall(r"http://[\d.:]+", log.read_text())
        with (tmp_path / "rclone.conf").open("a") as conf:
            conf.write(f"[dav]\ntype = webdav\nurl = {address}\nvendor = other\n")
        for _ in range(3):
            done = bucket(paper, place="dav:")
            assert done.returncode == 0, done.stderr
            assert files(tmp_path / "bucket") == files(tmp_path / "state/mirror/www")
            paper.news()
    finally:
        process.terminate()
        process.wait(20)


def test_what_is_withdrawn_goes_from_the_bucket(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    assert bucket(paper).returncode == 0
    assert kit.files_with("News number 1", tmp_path / "bucket")
    paper.news()
    assert bucket(paper).returncode == 0
    assert not [file for file in kit.files_with("News number 1", tmp_path / "bucket") if file.suffix == ".html"]


def test_a_bucket_that_fails_is_sent_everything_the_next_time(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    assert bucket(paper, place="nowhere:bucket").returncode != 0
    assert not files(tmp_path / "bucket")
    assert bucket(paper).returncode == 0
    assert files(tmp_path / "bucket") == files(tmp_path / "state/mirror/www")


def test_without_a_whole_edition_the_bucket_stays_as_it_is(bucket, tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    assert bucket(paper).returncode == 0
    before = files(tmp_path / "bucket")
    done = bucket(paper, upstream=tmp_path / "nobody")
    assert done.returncode == 5
    assert files(tmp_path / "bucket") == before
