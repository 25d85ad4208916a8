"""The container file: what it starts does what it should, its commands work, and compose says the same."""

import json
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import recipe_kit as kit
import yaml

HOME = kit.PAGES.parents[1]
CONTAINERFILE = "Containerfile"


def instructions():
    """Name and words of each instruction, in order."""
    text = re.sub(r"^#.*\n", "", kit.printed(CONTAINERFILE), flags=re.MULTILINE)
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [tuple(line.split(" ", 1)) for line in lines]


def words_of(name):
    """The last instruction of that name, in its list form."""
    text = [words for instruction, words in instructions() if instruction == name][-1]
    return json.loads(text[text.index("[") :])


def test_it_runs_as_nobody_and_keeps_only_the_mirrors_folder():
    found = instructions()
    last = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    stage = found[last:]
    assert [words for name, words in stage if name == "USER"] == ["65532:65532"]
    assert [words for name, words in stage if name == "VOLUME"] == ["/mirror"]
    assert "pip" not in " ".join(words for _, words in stage)  # nothing that installs is left in the image
    assert all("--require-hashes" in words or "--no-deps" in words for _, words in found if "pip install" in words)


def test_what_it_copies_is_in_the_clone_and_all_that_the_build_needs():
    for name, words in instructions():
        if name == "COPY" and "--from" not in words:
            for source in words.split()[:-1]:
                assert (HOME / source).exists(), source
    copied = {source for name, words in instructions() if name == "COPY" for source in words.split()[:-1]}
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    assert {"pyproject.toml", "hatch_build.py", "src", project["readme"], *project["license-files"]} <= copied


def test_entry_point_and_health_check_do_what_they_should(tmp_path):
    paper = kit.Paper(tmp_path / "paper")
    change = {kit.INSTALLED: str(kit.PROGRAM), "/mirror": str(tmp_path / "mirror"), ":8080": "127.0.0.1:0"}
    start = [change.get(word, word) for word in words_of("ENTRYPOINT")]
    check = [change.get(word, word) for word in words_of("HEALTHCHECK")]
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    command = [*start, "--trust", paper.fingerprint, "--from", str(paper.folder)]
    with kit.running(command, tmp_path / "mirror", tmp_path / "log") as mirror:
        assert subprocess.run(check, capture_output=True, check=False).returncode == 0
        (address,) = re.findall(r"^serving at (http://.*)$", mirror.log.read_text(), re.MULTILINE)
        assert kit.curl(f"{address}en/").body == (paper.out / "en/index.html").read_bytes()
    assert subprocess.run(check, capture_output=True, check=False).returncode == 5


def test_compose_starts_the_same_thing():
    (service,) = yaml.safe_load(kit.printed("compose.yaml"))["services"].values()
    build = service["build"]
    assert ((kit.FILES / build["context"]).resolve() / build["dockerfile"]) == kit.FILES / CONTAINERFILE
    assert service["volumes"] == ["mirror:/mirror"]
    (port,) = service["ports"]
    assert f":{port.rpartition(':')[2]}" in words_of("ENTRYPOINT")
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    taken = subprocess.run([kit.PROGRAM, "mirror", "run", "--help"], capture_output=True, text=True, check=False).stdout
    assert all(word in taken for word in service["command"] if word.startswith("--"))


@pytest.mark.slow
def test_the_commands_that_build_it_work_in_a_fresh_environment(tmp_path):
    """All of ``RUN`` but for apt, which needs a machine of its own; packages come from this environment, offline."""
    runs = [words for name, words in instructions() if name == "RUN"]
    pip = [command.strip() for words in runs for command in words.split("&&") if "pip install" in command]
    made = [
        command.strip() for words in runs for command in words.split("&&") if "venv" in command and "pip" not in command
    ]
    assert any("python3 -m venv /opt/tamizdat" in command for command in made)
    assert len(pip) == 2
    for command in pip:
        words = shlex.split(command.replace("/source", str(HOME)))
        assert words[0] == "/opt/tamizdat/bin/pip"
        for word in words:
            if word.startswith(str(HOME)):
                assert Path(word).exists()
    target = tmp_path / "target"
    options = ["--no-index", "--no-build-isolation", "--target", str(target), "--quiet", "--disable-pip-version-check"]
    words = shlex.split(pip[1].replace("/source", str(HOME)).replace("/opt/tamizdat/bin/pip", ""))
    done = subprocess.run(
        [kit.PROGRAM.parent / "python", "-m", "pip", *words, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    environment = os.environ | {"PYTHONPATH": str(target)}
    for program in (target / "bin/tamizdat",):
        done = subprocess.run(
            [program, "mirror", "--help"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
