"""``make demo``: sign a sample publication, serve three mirrors, read the news through them, and say who lied.

With ``--check`` everything that should be seen is looked for, nothing waits, and the exit code tells.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from checks import differences
from mirrors import FORGED_HEADLINE, FORGED_QUOTE, served, tamper
from newsroom import PASSPHRASE, Newsroom, make_newsroom

HERE: Final = Path(__file__).parents[1]
WORK: Final = HERE / ".demo"
COMMAND: Final = Path(sys.executable).with_name("tamizdat")
ORDER: Final = ("tampering", "stale", "honest")
"""The reader's order: the liar first, so that it has every chance."""
SHOWN: Final = (("en", "water-tests"), ("ru", "tarn-road"), ("fa", "harbour-strike"))


class Paper:
    """Calm output: bold and dim where a person looks on, plain text otherwise."""

    def __init__(self) -> None:
        self._styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def line(self, text: str = "") -> None:
        """One line, out at once: other programs write in between."""
        print(text, flush=True)

    def part(self, number: int, text: str) -> None:
        """The beginning of a part."""
        self.line()
        self.line(self.bold(f"{number}  {text}"))

    def bold(self, text: str) -> str:
        """Bold."""
        return f"\x1b[1m{text}\x1b[0m" if self._styled else text

    def dim(self, text: str) -> str:
        """Dim."""
        return f"\x1b[2m{text}\x1b[0m" if self._styled else text


@dataclass(slots=True)
class Reader:
    """Runs the real command, and shows it."""

    paper: Paper
    words: str
    addresses: Mapping[str, str]
    heard: str = ""
    """All that the commands said, for the checks."""

    def arguments(self, *command: str, language: str = "", mirrors: tuple[str, ...] = ORDER) -> list[str]:
        """A whole command line, without the program."""
        roads = [part for name in mirrors for part in ("--from", self.addresses[name])]
        return [*command, "--trust", self.words, *roads, *(("--language", language) if language else ())]

    def run(self, arguments: list[str], expect: int = 0) -> None:
        """Run and show. Ends the demo if the exit code is not the one to ``expect``."""
        self.paper.line()
        self.paper.line(self.paper.dim(f"$ {shown_command('tamizdat', arguments)}"))
        self.paper.line()
        result = quietly(arguments)
        self.heard += result.stderr + result.stdout
        for text in (result.stderr, result.stdout):
            if text:
                print(text, end="", flush=True)
        if result.returncode != expect:
            raise SystemExit(f"tamizdat ended with {result.returncode} where {expect} was due")

    def json(self, arguments: list[str], expect: int = 0) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Run without a word; what ``--json`` gives."""
        result = quietly([*arguments, "--json"])
        if result.returncode != expect:
            raise SystemExit(f"tamizdat {shlex.join(arguments)} ended with {result.returncode}:\n{result.stderr}")
        return json.loads(result.stdout)


def quietly(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run ``tamizdat`` as any user would, without a passphrase or a proxy in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TAMIZDAT_")}
    environment = {**kept, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONUTF8": "1"}
    command = [str(COMMAND), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)  # noqa: S603 - our own words


def shown_command(program: str, arguments: list[str]) -> str:
    """A command line to copy, broken before each option."""
    words = [shlex.quote(program)]
    for word in arguments:
        words.append(f"\\\n    {word}" if word in {"--trust", "--from", "--language"} else shlex.quote(word))
    return " ".join(words)


@dataclass(slots=True)
class Findings:
    """What was looked for, and what of it was not there."""

    looked: int = 0
    missing: list[str] = field(default_factory=list)

    def expect(self, seen: object, what: str) -> None:
        """Count ``what`` as missing unless it was ``seen``."""
        self.looked += 1
        if not seen:
            self.missing.append(what)


def main() -> int:
    """Run the demo; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="check all that should be seen, and do not wait")
    parser.add_argument("--folder", type=Path, default=WORK, help="where to work (it is emptied first)")
    options = parser.parse_args()
    # An end from outside must end the web servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work: Path = options.folder
    shutil.rmtree(work, ignore_errors=True)
    folders = {name: work / "mirrors" / name for name in ("honest", "tampering", "stale")}
    paper = Paper()
    paper.line(paper.bold("THE FAR SHORE") + paper.dim("   a newsroom that does not exist, signed here and now"))

    paper.part(1, "The newsroom signs its news")
    now = datetime.now(UTC).replace(microsecond=0)
    newsroom = make_newsroom(
        work / "far-shore", stale=folders["stale"], current=[folders["honest"], folders["tampering"]], now=now
    )
    show_newsroom(paper, newsroom)
    tricks = tamper(folders["tampering"], folders["stale"])
    with served(folders, work / "logs") as addresses:
        paper.part(2, "Three mirrors carry it, and nobody has to trust them")
        show_mirrors(paper, newsroom, addresses, tricks)
        reader = Reader(paper, newsroom.words, addresses)
        read_the_news(paper, reader)
        paper.part(6, "An audit asks every mirror for every file")
        reader.run(["audit", "--trust", newsroom.words, *(addresses[name] for name in ORDER)], expect=4)
        if options.check:
            return report(paper, check(newsroom, reader))
        what_next(paper, newsroom, reader)
        wait(paper)
    return 0


def show_newsroom(paper: Paper, newsroom: Newsroom) -> None:
    """What was signed, and what a reader has to know."""
    editions = newsroom.report.editions
    count = sum(edition.stories for edition in editions)
    paper.line(f"   {count} stories in {len(editions)} languages: one signed edition for each language.")
    paper.line("   All that a reader has to get from the newsroom itself is the fingerprint of its keys,")
    paper.line("   in digits or in words:")
    paper.line()
    paper.line(f"      {newsroom.fingerprint}")
    paper.line(f"      {newsroom.words}")


def show_mirrors(paper: Paper, newsroom: Newsroom, addresses: Mapping[str, str], tricks: list[str]) -> None:
    """Where the mirrors are, and what is wrong with them."""
    paper.line(f"   honest     {addresses['honest']}   the edition of today")
    paper.line(f"   stale      {addresses['stale']}   the edition of {newsroom.stale_time:%Y-%m-%d}, truly signed")
    paper.line(f"   tampering  {addresses['tampering']}   the edition of today, changed:")
    for trick in tricks:
        paper.line(f"      {trick}")


def read_the_news(paper: Paper, reader: Reader) -> None:
    """A list, a story in three languages, a search."""
    paper.part(3, "A reader asks all three, the liar first, and prints the news")
    reader.run(reader.arguments("read", "list", language="en"))
    paper.part(4, "A corrected story, one with a credit line, and the breaking one, right to left")
    for language, story in SHOWN:
        reader.run(reader.arguments("read", "show", story, language=language))
    paper.part(5, "A search happens on the reader's machine; no mirror learns the words")
    reader.run(reader.arguments("read", "search", "bread prices", "--quiet", language="en"))


def check(newsroom: Newsroom, reader: Reader) -> Findings:
    """Look for all that the demo promises to show."""
    found = Findings()
    check_mirrors(found, newsroom, reader)
    check_words(found, newsroom, reader)
    with ThreadPoolExecutor(2) as pool:
        for missing in pool.map(lambda language: unequal(newsroom, reader, language), newsroom.languages):
            found.expect(not missing, "\n   ".join(missing))
    found.expect(len(newsroom.languages) == 27, "27 languages")
    return found


def check_mirrors(found: Findings, newsroom: Newsroom, reader: Reader) -> None:
    """Each mirror was found to be what it is, with the reason."""
    audit = reader.json(
        ["audit", "--trust", newsroom.fingerprint, *(reader.addresses[name] for name in ORDER)], expect=4
    )
    standings = {mirror["mirror"].rstrip("/"): mirror for mirror in audit["mirrors"]}
    for name, due in (("honest", "current"), ("stale", "lags"), ("tampering", "lies")):
        mirror = standings[reader.addresses[name].rstrip("/")]
        found.expect(mirror["standing"] == due, f"the audit finds that {name} {due}, not {mirror['standing']}")
        found.expect(bool(mirror["refused"]) == (due == "lies"), f"files refused of {name}: {mirror['refused']}")
    liar = standings[reader.addresses["tampering"].rstrip("/")]
    refused = {entry["path"]: entry["failure"] for entry in liar["refused"]}
    for place in ("en/", ".ru.json", "fa/", "uk/", "az/", ".ka.json", ".be.json"):
        found.expect(any(place in path for path in refused), f"the audit refuses {place} of the tampering mirror")
    found.expect({"wrong-hash", "wrong-signature"} <= set(refused.values()), f"both reasons: {refused}")


def check_words(found: Findings, newsroom: Newsroom, reader: Reader) -> None:
    """What the commands said to a person."""
    liar, laggard = (reader.addresses[name].rstrip("/") for name in ("tampering", "stale"))
    lines = reader.heard.splitlines()
    said = reader.heard
    lies = [line for line in lines if line.startswith("mirror") and liar in line and "LIES" in line]
    found.expect(len(lies) == 1 + len(SHOWN), f"the tampering mirror is named as lying in each language: {lies}")
    lags = [line for line in lines if line.startswith("mirror") and laggard in line and "lags" in line]
    found.expect(len(lags) == 1 + len(SHOWN), f"the stale mirror is named as lagging each time: {lags}")
    found.expect(f"{newsroom.stale_time:%Y-%m-%d %H:%M}" in " ".join(lags), "and since when it lags")
    for reason in ("refused en/", "refused metadata/2.ru.json", "refused fa/", "wrong-hash", "wrong-signature"):
        found.expect(reason in said, f"the reason {reason!r}")
    found.expect("!! Three leaders of harbour strike freed" in said, "the breaking mark in the list")
    found.expect("Correction, " in said and "as 41; it is 14" in said, "the correction")
    found.expect("With reporting by " in said, "the credit line")
    found.expect("\u200f" in said, "a right-to-left mark before Persian lines")
    found.expect("REHEARSAL" in said, "that this is a rehearsal")
    found.expect(FORGED_HEADLINE not in said and FORGED_QUOTE not in said, "nothing of what the liar wrote")


def unequal(newsroom: Newsroom, reader: Reader, language: str) -> list[str]:
    """Stories of one language that did not come out of the reader as they went in."""
    files = {file.parent.name: file for file in newsroom.stories.glob(f"*/{language}.md")}
    listed = [entry["story_id"] for entry in reader.json(reader.arguments("read", "list", language=language))]
    if sorted(listed) != sorted(files) or listed[0] != "harbour-strike":
        return [f"{language}: the list is {listed}"]
    faults: list[str] = []
    for name, file in files.items():
        story = reader.json(reader.arguments("read", "show", name, language=language))
        faults += [f"{language}/{name}: {fault}" for fault in differences(file, story)]
    return faults


def report(paper: Paper, found: Findings) -> int:
    """The outcome of the check; the exit code."""
    paper.line()
    for missing in found.missing:
        paper.line(f"NOT SEEN: {missing}")
    if found.missing:
        paper.line(f"demo: {len(found.missing)} of {found.looked} things that should be seen were not there")
        return 1
    paper.line(paper.bold(f"demo: all {found.looked} things that should be seen were there"))
    return 0


def what_next(paper: Paper, newsroom: Newsroom, reader: Reader) -> None:
    """Commands to copy."""
    program = str(COMMAND.relative_to(HERE)) if COMMAND.is_relative_to(HERE) else str(COMMAND)
    folder = newsroom.folder.relative_to(HERE) if newsroom.folder.is_relative_to(HERE) else newsroom.folder
    paper.part(7, "Your turn: the mirrors go on until you press Ctrl-C. In another terminal, from this folder:")
    tries = {
        "Read in another of the languages": reader.arguments("read", "list", language="uk"),
        "Believe the liar alone: there is no news, rather than false news": reader.arguments(
            "read", "show", "tarn-road", language="en", mirrors=("tampering",)
        ),
        "Read what the stale mirror has, and how loudly that is said": reader.arguments(
            "read", "list", language="en", mirrors=("stale",)
        ),
    }
    for title, arguments in tries.items():
        paper.line()
        paper.line(f"   {title}:")
        paper.line(shown_command(program, arguments))
    paper.line()
    paper.line(f"   Change a story in {folder}/stories, publish, and read again:")
    paper.line(f"TAMIZDAT_PASSPHRASE={shlex.quote(PASSPHRASE)} {program} publish -C {folder}")
    paper.line()
    paper.line(f"   What the mirrors saw of all this: {folder.parent}/logs. What they hold: {folder.parent}/mirrors.")


def wait(paper: Paper) -> None:
    """Until Ctrl-C; not at all where nobody could press it."""
    if not sys.stdin.isatty():
        paper.line("   (Nobody is at the keyboard, so the mirrors end here.)")
        return
    try:
        signal.pause()
    except KeyboardInterrupt:
        paper.line()


if __name__ == "__main__":
    sys.exit(main())
