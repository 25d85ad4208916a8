"""The demo's mirrors: plain web servers on loopback, and what the dishonest one does to its copy."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from tamizdat.edition.canonical import story_from_bytes, story_to_bytes
from tamizdat.edition.pack import Put, Record, decode_pack, encode_pack
from tamizdat.story import Quote, rich

FORGED_HEADLINE: Final = "Nothing happened in Port Imbel"
FORGED_PAGE: Final = "harbour-strike.html"
FORGED_QUOTE: Final = "Everything is in order."


@contextmanager
def served(folders: Mapping[str, Path], logs: Path) -> Iterator[dict[str, str]]:
    """Serve each folder with ``python -m http.server`` on a free loopback port; addresses by the folders' names."""
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        yield {name: stack.enter_context(_server(folder, logs / f"{name}.log")) for name, folder in folders.items()}


@contextmanager
def _server(folder: Path, log: Path) -> Iterator[str]:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,  # noqa: S603 - our own words
    ):
        try:
            greeting = process.stdout.readline() if process.stdout else ""
            address = greeting.partition("(")[2].partition(")")[0]
            if not address.startswith("http://"):
                raise SystemExit(f"a web server for {folder} did not start; see {log}")
            yield address
        finally:
            process.terminate()


def tamper(mirror: Path, stale: Path) -> list[str]:
    """Change copies as a hostile mirror would, each language in another way; what was done, a line each."""
    return [
        _forge_stories(mirror, "en"),
        _forge_number(mirror, "ru"),
        _swap_index(mirror, "fa", "ps"),
        _flip_bits(mirror, "uk"),
        _cut_short(mirror, "az"),
        _serve_old(mirror, stale, "ka"),
        _own_key(mirror, "be"),
        _forge_page(mirror, "en"),
        _serve_old_page(mirror, stale, "hu"),
    ]


def _packs(mirror: Path, language: str) -> list[Path]:
    return sorted((mirror / language).glob("*.pack"))


def _forge_stories(mirror: Path, language: str) -> str:
    """New words in every pack, packed as the newsroom would."""
    for pack in _packs(mirror, language):
        records = [_forged(record) for record in decode_pack(pack.read_bytes(), language)]
        pack.write_bytes(encode_pack(records))
    return f"{language}: a headline and a quotation rewritten, packed again like the newsroom's own"


def _forged(record: Record) -> Record:
    if not isinstance(record, Put):
        return record
    story = story_from_bytes(record.story)
    body = tuple(
        replace(block, paragraphs=(rich(FORGED_QUOTE),)) if isinstance(block, Quote) else block for block in story.body
    )
    headline = FORGED_HEADLINE if record.story_id == "harbour-strike" else story.headline
    return Put(record.story_id, story_to_bytes(replace(story, headline=headline, body=body)))


def _forge_number(mirror: Path, language: str) -> str:
    """A role that claims the next edition, with the signature of the last one."""
    role = _newest_role(mirror, language)
    role.write_bytes(role.read_bytes().replace(b'"edition":2', b'"edition":3', 1))
    return f"{language}: the signed file renumbered to edition 3"


def _swap_index(mirror: Path, language: str, other: str) -> str:
    (other_index,) = _current_index(mirror, other)
    for index in _current_index(mirror, language):
        index.write_bytes(other_index.read_bytes())
    return f"{language}: its table of contents exchanged for that of {other}"


def _flip_bits(mirror: Path, language: str) -> str:
    for pack in _packs(mirror, language):
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 0x10
        pack.write_bytes(data)
    return f"{language}: one bit flipped in every pack"


def _cut_short(mirror: Path, language: str) -> str:
    for pack in _packs(mirror, language):
        data = pack.read_bytes()
        pack.write_bytes(data[: len(data) * 2 // 3])
    return f"{language}: the last third of every pack cut off"


def _serve_old(mirror: Path, stale: Path, language: str) -> str:
    """Last week's role, truly signed, in the place of this week's."""
    _newest_role(mirror, language).write_bytes(_newest_role(stale, language).read_bytes())
    return f"{language}: last week's signed file under this week's name"


def _own_key(mirror: Path, language: str) -> str:
    """A signature that is not the newsroom's: as long as a true one, and worth nothing."""
    role = _newest_role(mirror, language)
    document = json.loads(role.read_bytes())
    for signature in document["signatures"]:
        signature["sig"] = hashlib.sha512(b"mine").hexdigest()
    role.write_bytes(json.dumps(document, separators=(",", ":"), sort_keys=True).encode())
    return f"{language}: signed with another key"


def _forge_page(mirror: Path, language: str) -> str:
    """The words of a web page; no browser can tell."""
    (page,) = mirror.glob(f"{language}/*/*/{FORGED_PAGE}")
    page.write_text(page.read_text("utf-8").replace("freed", "sentenced"), "utf-8")
    return f"{language}: a web page rewritten, which no browser can tell; an audit can"


def _serve_old_page(mirror: Path, stale: Path, language: str) -> str:
    """Last week's front page in the place of today's."""
    page = f"{language}/index.html"
    (mirror / page).write_bytes((stale / page).read_bytes())
    return f"{language}: last week's front page for the web"


def _newest_role(mirror: Path, language: str) -> Path:
    roles = (mirror / "metadata").glob(f"*.{language}.json")
    return max(roles, key=lambda file: int(file.name.partition(".")[0]))


def _current_index(mirror: Path, language: str) -> list[Path]:
    """The index that the newest role names."""
    target = json.loads(_newest_role(mirror, language).read_bytes())["signed"]["targets"][f"{language}/index"]
    return [mirror / language / f"{target['hashes']['sha256']}.index"]
