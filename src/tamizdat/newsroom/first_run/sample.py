"""A sample newspaper to look around in: what it is called, and where its stories lie."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from tamizdat.newsroom.first_run.answers import Paper

SAMPLE_LOGIN: Final = "editor"


def sample_paper() -> Paper:
    """An invented newspaper in three languages."""
    return Paper("The Far Shore", ("en", "ru", "fa"))


def sample_folder() -> Path:
    """The folder of its stories; they are files of the package, which is installed as files."""
    return Path(str(files("tamizdat.newsroom.first_run") / "sample" / "stories"))
