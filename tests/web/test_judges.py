"""What the judges are installed from names versions and hashes, and no place to fetch them from."""

import json
import re

from judging import HERE

LOCK = json.loads((HERE / "package-lock.json").read_text("utf-8"))


def test_every_package_has_a_hash_and_no_address():
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert len(packages) > 100
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_versions_are_exact_and_agree():
    wanted = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted == LOCK["packages"][""]["dependencies"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version
