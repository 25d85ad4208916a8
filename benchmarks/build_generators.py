"""Hugo, Pelican and Eleventy as they are run: a full build, and the least they do after one change."""

import re
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from benchmarks import build_peers
from benchmarks.build_run import Usage, Watcher, measured
from tamizdat.story import Story


class Generator(ABC):
    """A generator of static sites. It is found by name on the ``PATH``, or else left out."""

    name: ClassVar[str]
    program: ClassVar[str]
    ask_version: ClassVar[str] = "--version"
    given: ClassVar[str]
    """What it was given, in a sentence for the page."""
    after_change: ClassVar[str]
    """How it rebuilds after a change."""
    env: ClassVar[Mapping[str, str]] = {}
    arguments: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def version(cls) -> str:
        """Which version is installed; empty if none is."""
        if not shutil.which(cls.program):
            return ""
        said = subprocess.run([cls.program, cls.ask_version], capture_output=True, text=True, check=True).stdout
        found = re.search(r"\d+\.\d+\.\d+", said)
        return found[0] if found else said.strip()

    @staticmethod
    @abstractmethod
    def write(folder: Path, stories: Iterable[Story]) -> None:
        """The site's sources."""

    @staticmethod
    @abstractmethod
    def file(story: Story) -> str:
        """The source of one story."""

    def build(self, folder: Path) -> Usage:
        """Everything, from nothing, into ``folder/public``."""
        return measured([self.program, *self.arguments], folder, self.env)[0]

    @abstractmethod
    def change(self, folder: Path, file: Path, text: str) -> Usage:
        """The build after ``file`` has been given another text."""


class Hugo(Generator):
    """https://gohugo.io"""

    name, program, ask_version, arguments = "Hugo", "hugo", "version", ("--quiet",)
    given = "Go templates; what is the same on many pages through `partialCached`"
    after_change = "`hugo server --renderToDisk --disableFastRender`: renders all pages from what it has in memory"
    write = staticmethod(build_peers.hugo)
    file = staticmethod(build_peers.hugo_file)

    def change(self, folder: Path, file: Path, text: str) -> Usage:
        """A warm server that renders to disk. ``hugo --watch`` would leave old what other pages say of the story."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        serve = ["server", "--renderToDisk", "--disableFastRender", "--disableLiveReload", "--port", port]
        with Watcher([self.program, *serve], folder, r"^Total in|Press Ctrl\+C") as server:
            return server.rebuilt(file, text)


class Pelican(Generator):
    """https://getpelican.com"""

    name, program, arguments = "Pelican", "pelican", ("-q",)
    given = "Jinja templates, Markdown without extensions; no JSON feeds of sections, no feeds of months"
    after_change = "a new run with its cache of what it has read (`LOAD_CONTENT_CACHE`)"
    write = staticmethod(build_peers.pelican)
    file = staticmethod(build_peers.pelican_file)

    def change(self, folder: Path, file: Path, text: str) -> Usage:
        """Once to fill the cache, once with it."""
        cached = ["-e", "CACHE_CONTENT=true", "LOAD_CONTENT_CACHE=true", "GZIP_CACHE=false"]
        command = [self.program, *self.arguments, *cached]
        measured(command, folder)
        file.write_text(text, "utf-8")
        return measured(command, folder)[0]


class Eleventy(Generator):
    """https://www.11ty.dev"""

    name, program, arguments = "Eleventy", "eleventy", ("--quiet",)
    given = "Nunjucks templates, front matter in JSON, Markdown that is not read as a template first"
    after_change = (
        "`eleventy --watch --incremental`: renders the story and all lists, not the stories that it is related to"
    )
    env: ClassVar = {"NODE_OPTIONS": "--max-old-space-size=16384"}
    write = staticmethod(build_peers.eleventy)
    file = staticmethod(build_peers.eleventy_file)

    def change(self, folder: Path, file: Path, text: str) -> Usage:
        """A warm process that knows which templates use which stories."""
        with Watcher([self.program, "--watch", "--incremental"], folder, "Watching", self.env) as watcher:
            return watcher.rebuilt(file, text)


GENERATORS: tuple[Callable[[], Generator], ...] = (Hugo, Pelican, Eleventy)
