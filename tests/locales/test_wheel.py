"""What is installed: compiled catalogues, and no sources of them."""

import subprocess
import sys
import zipfile
from gettext import GNUTranslations
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
FOLDER = "tamizdat/locales/catalogues/"


@pytest.mark.slow
def test_a_wheel_has_every_catalogue_compiled(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=HOME, check=True, capture_output=True)
    (made,) = tmp_path.glob("*.whl")
    sources = {file.stem for file in (HOME / "src" / FOLDER).glob("*.po")}
    with zipfile.ZipFile(made) as wheel:
        inside = {name.removeprefix(FOLDER) for name in wheel.namelist() if name.startswith(FOLDER)}
        assert inside == {f"{tag}.mo" for tag in sources}
        for tag in sources:
            with wheel.open(f"{FOLDER}{tag}.mo") as compiled:
                found = GNUTranslations(compiled)
            assert found.info()["language"] == tag
            assert found.info()["x-translation"]
            assert found.gettext("breaking") != "breaking"
