"""``make demo``: sign a sample publication, serve three mirrors, read the news through them, and say who lied.

With ``--check`` everything that should be seen is looked for, nothing waits, and the exit code tells.
"""

import argparse
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from checks import Findings, check
from mirrors import served, tamper
from reading import COMMAND, ORDER, SHOWN, Paper, Reader, shown_command

from newsroom import PASSPHRASE, Newsroom, make_newsroom

HERE: Final = Path(__file__).parents[1]
WORK: Final = HERE / ".demo"


def main() -> int:
    """Run the demo; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="check all that should be seen, and do not wait")
    parser.add_argument("--folder", type=Path, default=WORK, help="where to work; what an earlier demo left there goes")
    options = parser.parse_args()
    # An end from outside must end the web servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work: Path = options.folder
    for leftover in ("far-shore", "mirrors", "logs"):
        shutil.rmtree(work / leftover, ignore_errors=True)
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
        what_next(paper, newsroom, reader, addresses)
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
    paper.line()
    paper.line("   The same folders hold the newspaper as web pages, for any browser and without scripts:")
    paper.line(f"      {addresses['honest']}index.html")
    paper.line("   A page proves nothing about its mirror, and says so; the audit below finds those that were changed.")


def read_the_news(paper: Paper, reader: Reader) -> None:
    """A list, a story in three languages, a search."""
    paper.part(3, "A reader asks all three, the liar first, and prints the news")
    reader.run(reader.arguments("read", "list", language="en"))
    paper.part(4, "A corrected story, one with a credit line, and the breaking one, right to left")
    for language, story in SHOWN:
        reader.run(reader.arguments("read", "show", story, language=language))
    paper.part(5, "A search happens on the reader's machine; no mirror learns the words")
    reader.run(reader.arguments("read", "search", "bread prices", "--quiet", language="en"))


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


def what_next(paper: Paper, newsroom: Newsroom, reader: Reader, addresses: Mapping[str, str]) -> None:
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
    paper.line("   Look at the newspaper in a browser, in any of its languages:")
    paper.line(f"{addresses['honest']}index.html")
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
