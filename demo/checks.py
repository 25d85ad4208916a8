"""``make demo CHECK=1``: all that the demo promises to show, looked for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from came_out import differences
from mirrors import FORGED_HEADLINE, FORGED_QUOTE
from newsroom import Newsroom
from reading import ORDER, SHOWN, Reader


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
