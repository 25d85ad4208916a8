"""``make demo CHECK=1``: all that the demo promises to show, looked for."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import urllib3
from came_out import differences
from mirrors import FORGED_HEADLINE, FORGED_PAGE, FORGED_QUOTE
from reading import ORDER, SHOWN, Reader

from newsroom import Newsroom
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import time_to_text
from tamizdat.reader.contents import in_order
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.shown import story_json
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

_MONTH: Final = re.compile(r'href="(archive/[0-9.-]+html)"')


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


def check(newsroom: Newsroom, reader: Reader) -> Findings:
    """Look for all that the demo promises to show."""
    found = Findings()
    check_mirrors(found, newsroom, reader)
    check_pages(found, newsroom, reader)
    check_words(found, reader)
    check_all_languages(found, newsroom, reader)
    check_commands(found, newsroom, reader)
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
    stale = standings[reader.addresses["stale"].rstrip("/")]
    found.expect(stale["checked_as_of"] == time_to_text(newsroom.stale_time), "since when the stale mirror lags")
    liar = standings[reader.addresses["tampering"].rstrip("/")]
    refused = {entry["path"]: entry["failure"] for entry in liar["refused"]}
    for place in ("en/", ".ru.json", "fa/", "uk/", "az/", ".ka.json", ".be.json"):
        found.expect(any(place in path for path in refused), f"the audit refuses {place} of the tampering mirror")
    # The snapshot names the hash of every role, so that even a role signed with another key falls by its hash already.
    # An index of another language may be longer than the one it stands for: then its size is reason enough.
    found.expect(set(refused.values()) - {"too-large"} == {"wrong-hash"}, f"the reason of every refusal: {refused}")
    wrong = {entry["path"]: entry["state"] for pages in liar["pages"] for entry in pages["findings"]}
    found.expect(any(FORGED_PAGE in path and state == "altered" for path, state in wrong.items()), "the forged page")
    found.expect(wrong.get("hu/index.html") == "older", "the front page of last week")
    honest = standings[reader.addresses["honest"].rstrip("/")]
    found.expect(all(pages["good"] == pages["pages"] for pages in honest["pages"]), "all pages of the honest mirror")


def check_pages(found: Findings, newsroom: Newsroom, reader: Reader) -> None:
    """The newspaper can be walked through from its first page, every story of every language is in it."""
    chooser = _page(reader, "index.html")
    for language in newsroom.languages:
        found.expect(f'href="{language}/index.html"' in chooser, f"a way from the first page to {language}")
        archive = _page(reader, f"{language}/archive.html")
        months = "".join(_page(reader, f"{language}/{path}") for path in _MONTH.findall(archive))
        names = [file.parent.name for file in newsroom.stories.glob(f"*/{language}.md")]
        missing = [name for name in names if f"/{name}.html" not in months]
        found.expect(not missing, f"{language}: pages of {', '.join(missing)} in the archive")


def _page(reader: Reader, path: str) -> str:
    answer = urllib3.request("GET", f"{reader.addresses['honest']}{path}")
    return answer.data.decode() if answer.status == HTTPStatus.OK else ""


def check_words(found: Findings, reader: Reader) -> None:
    """What the commands said to a person."""
    liar, laggard = (reader.addresses[name].rstrip("/") for name in ("tampering", "stale"))
    lines = reader.heard.splitlines()
    said = reader.heard
    lies = [line for line in lines if line.startswith("mirror") and liar in line and "LIES" in line]
    found.expect(len(lies) == 1 + len(SHOWN), f"the tampering mirror is named as lying in each language: {lies}")
    lags = [line for line in lines if line.startswith("mirror") and laggard in line and "lags" in line]
    found.expect(len(lags) == 1 + len(SHOWN), f"the stale mirror is named as lagging each time: {lags}")
    for reason in ("refused en/", "refused metadata/2.ru.json", "refused fa/", "wrong-hash"):
        found.expect(reason in said, f"the reason {reason!r}")
    found.expect("!! Three leaders of harbour strike freed" in said, "the breaking mark in the list")
    found.expect("Corrected on " in said and "as 41; it is 14" in said, "the correction")
    found.expect("При участии" in said, "the credit line")
    found.expect("Переведено" in said or "Машинный перевод" in said, "that a machine translated, and nobody checked it")
    found.expect("\u200f" in said, "a right-to-left mark before Persian lines")
    found.expect("REHEARSAL" in said, "that this is a rehearsal")
    found.expect(FORGED_HEADLINE not in said and FORGED_QUOTE not in said, "nothing of what the liar wrote")


def check_all_languages(found: Findings, newsroom: Newsroom, reader: Reader) -> None:
    """Every story of every language comes out as it went in: by one visit to all three mirrors, as commands make it."""
    mirrors = [open_inbound(reader.addresses[name]) for name in ORDER]
    now = datetime.now(UTC).replace(microsecond=0)
    visit = sync(mirrors, Anchor.parse(newsroom.words), newsroom.languages, MemoryLibrary(), now)
    found.expect(len(visit.editions) == 27, f"editions in 27 languages: {dict(visit.faults)}")
    for language, edition in visit.editions.items():
        stories = {story.story_id: story_json(story) for story in in_order(edition, now)}
        faults = unequal(newsroom, language, stories)
        found.expect(not faults, f"the news in {language} as it went in: {faults}")


def check_commands(found: Findings, newsroom: Newsroom, reader: Reader) -> None:
    """What the commands give to machines is the same."""
    for language, name in SHOWN:
        listed = [entry["story_id"] for entry in reader.json(reader.arguments("read", "list", language=language))]
        files = sorted(file.parent.name for file in newsroom.stories.glob(f"*/{language}.md"))
        found.expect(sorted(listed) == files, f"all of {files} in the list, not {listed}")
        story = reader.json(reader.arguments("read", "show", name, language=language))
        faults = differences(newsroom.stories / name / f"{language}.md", story)
        found.expect(not faults, f"{name} in {language} as it went in: {faults}")


def unequal(newsroom: Newsroom, language: str, stories: dict[str, dict[str, Any]]) -> list[str]:
    """How ``stories``, in the reader's order, differ from the files of their language."""
    files = {file.parent.name: file for file in newsroom.stories.glob(f"*/{language}.md")}
    if stories.keys() != files.keys() or next(iter(stories)) != "harbour-strike":
        return [f"the stories are {list(stories)}"]
    return [f"{name}: {fault}" for name, file in files.items() for fault in differences(file, stories[name])]
