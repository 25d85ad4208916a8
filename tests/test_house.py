"""The house rules, as far as a program can tell."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
LONGEST = 600
# What a work tree holds besides the project's files; for copies without git.
NOT_OURS = re.compile(
    r"^(\.git|\.venv|\.demo|\..*_cache|\.hypothesis|\.coverage.*|build|dist|.*\.egg-info)(/|$)|__pycache__"
)
# Spelled in two parts, so that this file keeps the rule.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb." + "debian.org",
    "archive.ubuntu" + ".com",
    "crates" + ".io",
]
MACHINE_PATH = re.compile(r"(?<![\w.~<-])/(work|root|Users)/\w|(?<![\w.~<}-])/home/(?!you/)\w")
SUPPRESSED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no (?:cover|branch))(?P<rest>.*)")
WITH_REASON = re.compile(r"^(?::\s*[A-Z]+\d+(?:[, ]+[A-Z]+\d+)*|\[[\w, -]+\])?\s*(?:-|#|\()\s*\w")
KINDS = {"added", "changed", "fixed", "removed", "security"}


def our_files() -> list[str]:
    """Paths of all files that are or will be the project's, relative to it."""
    git = shutil.which("git")
    if git and (HOME / ".git").exists():
        command = [git, "-C", str(HOME), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    else:
        found = [file.relative_to(HOME).as_posix() for file in HOME.rglob("*") if file.is_file()]
        found = [name for name in found if not NOT_OURS.search(name)]
    return sorted(name for name in found if name and (HOME / name).is_file())


def texts(*endings):
    for name in our_files():
        if not endings or name.endswith(endings):
            try:
                yield name, (HOME / name).read_text("utf-8")
            except UnicodeDecodeError:
                continue  # a picture, a pack: no text of ours


def test_layers_and_forbidden_imports_hold():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or pytest.fail("no import-linter")
    result = subprocess.run([command, "--no-logo"], cwd=HOME, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_code_file_is_longer_than_somebody_reads():
    long = {name: text.count("\n") for name, text in texts(".py") if text.count("\n") > LONGEST}
    assert not long


def test_no_file_is_a_drawer_for_leftovers():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [name for name in our_files() if drawers & {part.partition(".")[0] for part in Path(name).parts}]


def test_no_registry_is_named_and_no_path_of_somebodys_machine():
    found = [
        f"{name}: {mark}"
        for name, text in texts()
        for mark in [*(host for host in REGISTRIES if host in text), *(m[0] for m in MACHINE_PATH.finditer(text))]
    ]
    assert not found


def test_every_suppression_says_why():
    bare = [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts(".py")
        for number, line in enumerate(text.splitlines(), 1)
        if (found := SUPPRESSED.search(line)) and not WITH_REASON.match(found["rest"]) and name != "tests/test_house.py"
    ]
    assert not bare


@pytest.mark.parametrize(
    ("line", "says_why"),
    [
        ("x = 1  # noqa: S105 - printed by the demo", True),
        ("x = 1  # type: ignore[attr-defined] # not in typeshed", True),
        ("x = 1  # noqa: S105", False),
        ("x = 1  # noqa", False),
        ("x = 1  # type: ignore[attr-defined]", False),
    ],
)
def test_that_rule_can_tell(line, says_why):
    found = SUPPRESSED.search(line)
    assert found
    assert bool(WITH_REASON.match(found["rest"])) is says_why


def test_every_skipped_or_failing_test_says_why():
    bare = [
        f"{name}: {call[0]}"
        for name, text in texts(".py")
        if name.startswith("tests/") and name != "tests/test_house.py"
        for call in re.finditer(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail)\b(?:\(\s*\))?(?!\()[^\n]*", text)
    ]
    calls = [
        f"{name}: {call[0]}"
        for name, text in texts(".py")
        if name != "tests/test_house.py"
        for call in re.finditer(r"pytest\.mark\.(?:skip|skipif|xfail)\((?:[^()]|\([^()]*\))*\)", text)
        if "reason=" not in call[0]
    ]
    assert not bare + calls


def test_every_public_name_has_a_docstring_and_every_module_of_ours():
    ours = [(name, text) for name, text in texts(".py") if name.startswith("src/") and "/migrations/" not in name]
    bare = [name for name, text in ours if text and not text.startswith('"""')]
    assert not bare


def test_changelog_fragments_are_there_and_named_as_agreed():
    fragments = sorted((HOME / "changelog.d").glob("*.md"))
    assert fragments
    for fragment in fragments:
        assert re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", fragment.name), fragment.name
        assert fragment.read_text("utf-8").strip()


def test_requirements_are_pinned_and_hashed():
    for name in ("reader", "publish", "sound", "mirror", "newsroom", "scale", "dev"):
        text = (HOME / "requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert lines
        assert not [line for line in lines if "==" not in line or "--hash=sha256:" not in line]


def test_what_is_installed_is_what_is_tested():
    """Packages that no test has are those of large newsrooms alone."""
    files = (HOME / "requirements").glob("*.txt")
    pins = {file.stem: set(re.findall(r"(?m)^([\w.-]+)==(\S+)", file.read_text("utf-8"))) for file in files}
    tested = pins.pop("dev")
    names = {name for name, _version in tested}
    for stem, wanted in pins.items():
        assert {pin for pin in wanted - tested if pin[0] in names} == set(), stem
        assert stem == "scale" or wanted <= tested, stem


def test_the_licence_is_the_whole_agpl():
    text = (HOME / "LICENSE").read_text("utf-8")
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text.splitlines()[0]
    assert "END OF TERMS AND CONDITIONS" in text
