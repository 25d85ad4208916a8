"""``tamizdat init``, ``publish`` (also as ``gather``, ``press``, ``sign``, ``push``) and ``withdraw``."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from tamizdat.cli.ask import passphrase
from tamizdat.cli.newsroom import need_wagtail
from tamizdat.cli.progress import Bars
from tamizdat.cli.say import say, say_json
from tamizdat.config import FILE_NAME, NEWSROOM, load_config
from tamizdat.errors import ItemNote, UsageError
from tamizdat.publisher.newsroom import Newsroom
from tamizdat.publisher.pipeline import OUT_DIR, Publisher, Report
from tamizdat.publisher.pushes import PATIENCE, Pushed
from tamizdat.trust.fingerprint import to_words
from tamizdat.trust.keyring import Keyring, create_online_keys, create_rehearsal
from tamizdat.trust.roles import check_languages

Folder = Annotated[Path, typer.Option("-C", help="The publication's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_SETTINGS: Final = """\
# The settings of this publication. Every command that works on it reads this file.

[publication]
name = {name}
languages = {languages}
{base_url}
# Where stories come from. One table for each source; see docs/reference/sources.md.
#
# [[sources]]
# kind = "feed"                     # RSS or Atom
# url = "https://example.org/feed.xml"
# language = "{first}"
#
# [[sources]]
# kind = "folder"                   # Markdown with front matter
# path = "stories"
#
# [[sources]]
# kind = "jsonl"                    # one story a line
# path = "stories.jsonl"

# Where editions go, besides the folder `out`. One table for each place.
#
# [[carriers]]
# kind = "directory"
# path = "/srv/www/news"

# Sections, in the order of the newspaper, and what they are called.
#
# [[sections]]
# id = "politics"
# labels = {{ {first} = "Politics" }}

# Stories on top of the front page; the first is the lead. Newest first follows.
#
# [[front]]
# language = "{first}"
# pins = ["story-id"]
"""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is empty or not there yet.")],
    name: Annotated[str, typer.Option(help="The publication's name.")],
    languages: Annotated[str, typer.Option(help="Languages, like en,ru,sr-Latn.")],
    base_url: Annotated[str, typer.Option(help="Where the site will be found, if that is known.")] = "",
    rehearsal: Annotated[bool, typer.Option(help="Keep all keys in one place, to try things out.")] = False,
) -> None:
    """Make a publication: its settings and its keys."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; `tamizdat init` begins in a folder of its own")
    chosen = check_languages(tuple(part.strip() for part in languages.split(",") if part.strip()))
    if not name.strip():
        raise UsageError("--name is empty")
    text = _SETTINGS.format(
        name=json.dumps(name, ensure_ascii=False),
        languages=json.dumps(list(chosen)),
        first=chosen[0],
        base_url=f"base_url = {json.dumps(base_url)}\n" if base_url else "",
    )
    secret = passphrase(f"the keys of {name}", new=True) if rehearsal else ""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / FILE_NAME).write_text(text, "utf-8")
    load_config(folder)
    if rehearsal:
        state = create_rehearsal(folder, chosen, secret, name, datetime.now(UTC))
        say(f"{name}: a rehearsal. All its keys lie in {folder}/keys, and every reader is told so.")
        say(f"Fingerprint  {state.fingerprint}")
        say(f"In words     {to_words(state.fingerprint)}")
        say(f"Next: name your sources in {folder / FILE_NAME}, then: tamizdat publish -C {folder}")
        return
    create_online_keys(folder, chosen, lambda role: passphrase(f"the {role} key", role, new=True))
    say(f"{name}: the keys of this machine lie in {folder}/keys.")
    say("Next: the ceremony for the offline keys, on other devices (docs/howto/keys.md). On each device:")
    say("  tamizdat keys ceremony new-key --role root --name YOURS --out .")


def publish(folder: Folder = Path(), json_: Json = False) -> None:
    """Gather, press, sign, push. Exit code 3 if an item was left out, 5 if a carrier failed."""
    report = _run(folder, json_, lambda publisher, now: publisher.publish(now))
    _finish(report, json_, f"{folder / OUT_DIR} is the web root; to look at it: tamizdat serve {folder}")


def gather(folder: Folder = Path(), json_: Json = False) -> None:
    """The first step of publish alone: gather from the sources. Exit code 3 if an item was left out."""
    _finish(_run(folder, json_, lambda publisher, now: publisher.gather(now)), json_)


def press(folder: Folder = Path(), json_: Json = False) -> None:
    """The second step alone: editions and pages of what was gathered, unsigned, in the folder `out`."""
    _finish(_run(folder, json_, lambda publisher, now: publisher.press(now)), json_)


def sign(folder: Folder = Path(), json_: Json = False) -> None:
    """The third step alone: sign what was pressed, and what is about to expire."""
    _finish(_run(folder, json_, lambda publisher, now: publisher.sign(now)), json_)


def push(
    folder: Folder = Path(),
    wait: Annotated[float, typer.Option(help="Minutes that a carrier may take longer than the others.")] = (
        PATIENCE.longer_seconds / 60
    ),
    json_: Json = False,
) -> None:
    """The last step alone: bring every carrier to what was signed. Exit code 5 if one failed."""
    patience = replace(PATIENCE, longer_seconds=60 * wait)
    _finish(_run(folder, json_, lambda publisher, now: publisher.push(now, patience)), json_)


def withdraw(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="The story to take out for good.")],
    folder: Folder = Path(),
    language: Annotated[list[str], typer.Option(help="Only in this language. Repeatable; all without.")] = [],  # noqa: B006 - typer copies it
    json_: Json = False,
) -> None:
    """Take a story out of all editions for good, whatever the sources say, and publish that at once."""

    def work(publisher: Publisher, now: datetime) -> Report:
        return publisher.withdraw(story_id, tuple(language), now)

    _finish(_run(folder, json_, work), json_)


def _run(folder: Path, json_: bool, work: Callable[[Publisher, datetime], Report]) -> Report:
    newsroom = _newsroom(folder)
    with Bars(quiet=json_) as bars:
        keyring = Keyring.open(folder, lambda file: passphrase(f"the {file.role} key", file.role))
        publisher = Publisher(folder, keyring, bars, newsroom=newsroom)
        return work(publisher, datetime.now(UTC).replace(microsecond=0))


def _newsroom(folder: Path) -> Newsroom | None:
    """The newsroom, if the settings name it as a source. Raises UsageError where what it needs is not installed."""
    if not any(source.kind == NEWSROOM for source in load_config(folder).sources):
        return None
    need_wagtail()
    from tamizdat.newsroom.opening import open_newsroom  # noqa: PLC0415 - loads Django, which others do without

    return open_newsroom(folder)


def _finish(report: Report, json_: bool, last: str = "") -> None:
    gathering = report.gathering
    for fault in gathering.faults:
        say(f"{'note' if isinstance(fault, ItemNote) else 'left out'}: {fault}", err=True)
    for reminder in report.reminders:
        say(f"note: {reminder}", err=True)
    for place in report.pushed:
        if place.fault:
            say(f"carrier {place.carrier}: {place.fault}{_attempts(place)}", err=True)
    if json_:
        say_json(_json(report))
    else:
        for line in filter(None, (*_lines(report), last)):
            say(line)
    if gathering.failed:
        raise typer.Exit(3)
    if report.failed:
        raise typer.Exit(5)


def _lines(report: Report) -> list[str]:
    gathering = report.gathering
    lines = [
        f"{gathering.read} items read: {gathering.new} new, {gathering.changed} changed, {gathering.removed} removed"
    ]
    lines += [
        f"{edition.language}: edition {edition.number}{' (new)' if edition.new else ''}, "
        f"{edition.stories} {'story' if edition.stories == 1 else 'stories'}"
        for edition in report.editions
    ]
    lines += [
        f"{place.carrier}: {place.files} files, {place.bytes} bytes{_attempts(place)}"
        for place in report.pushed
        if not place.fault
    ]
    return lines


def _attempts(place: Pushed) -> str:
    return f" (attempt {place.attempts})" if place.attempts > 1 else ""


def _json(report: Report) -> dict[str, Any]:
    gathering = report.gathering
    return {
        "editions": {
            edition.language: {"edition": edition.number, "stories": edition.stories, "new": edition.new}
            for edition in report.editions
        },
        "read": gathering.read,
        "new": gathering.new,
        "changed": gathering.changed,
        "removed": gathering.removed,
        "faults": [
            {"kind": "note" if isinstance(fault, ItemNote) else "left out", "text": str(fault)}
            for fault in gathering.faults
        ],
        "reminders": list(report.reminders),
        "carriers": [
            {
                "carrier": place.carrier,
                "files": place.files,
                "bytes": place.bytes,
                "attempts": place.attempts,
                "seconds": round(place.seconds, 3),
                "fault": place.fault,
            }
            for place in report.pushed
        ],
    }
