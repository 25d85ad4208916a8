"""Sheets as gettext's PO, and PO from whichever program to sheets. Marks are tags.

The reader is our own because the packaged ones give up on a whole file for one bad line, and some open a file whose
name they take a text for.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tamizdat.errors import ItemError, SourceError
from tamizdat.newsroom.exchange.bounds import MAX_CHARS, Bounds, is_closed
from tamizdat.newsroom.exchange.codes import Tokens, light_html, printable, tokens_of
from tamizdat.newsroom.exchange.sheet import CHECK, DONE, TODO, Sheet, Unit, parsed_name

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "a": "", "b": "", "f": "", "v": ""}
_ESCAPED: Final = re.compile(r"\\(.)")
_WORD: Final = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?|msgstr\[\d{1,3}\])\s*(".*)', re.DOTALL)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Read once from the front, and nothing given back: a string that never ends costs its length, not its square.
_STRINGS: Final = re.compile(r'\s*+(?:"(?:[^"\\]|\\.)*+"\s*+)++')
_CHARSET: Final = re.compile(rb"charset=([A-Za-z0-9._-]{1,40})")
_CHARSETS: Final = re.compile(
    r"utf-?8|us-ascii|ascii|charset|iso-8859-\d{1,2}|koi8-[rut]|windows-125[0-8]|cp125[0-8]", re.IGNORECASE
)
_WAS: Final = "newsroom-was: "


def po(sheet: Sheet) -> str:
    """The sheet as PO: a context for each unit, *fuzzy* for what is to be looked at again."""
    header = (
        f"X-Tamizdat: {sheet.name}\\n", f"X-Source-Language: {sheet.source_language}\\n",
        f"Language: {sheet.language.replace('-', '_')}\\n", "MIME-Version: 1.0\\n",
        "Content-Type: text/plain; charset=UTF-8\\n", "Content-Transfer-Encoding: 8bit\\n",
    )  # fmt: skip
    lines = ['msgid ""', 'msgstr ""', *(f'"{each}"' for each in header)]
    for unit in sheet.units:
        lines += ["", *_entry(unit)]
    return "\n".join([*lines, ""])


def _entry(unit: Unit) -> Iterator[str]:
    yield from (f"#. {line}" for note in unit.notes for line in printable(note).splitlines() if line.strip())
    yield f"#. {_WAS}{unit.was}"
    if unit.state == CHECK:
        yield "#, fuzzy"
        if unit.before:
            yield f"#| msgid {_quoted(light_html(unit.before))}"
    yield f"msgctxt {_quoted(unit.id)}"
    yield f"msgid {_quoted(light_html(unit.source))}"
    yield f"msgstr {_quoted(light_html(unit.target) if unit.state != TODO else '')}"


def _quoted(text: str) -> str:
    for old, new in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(old, new)
    return f'"{printable(text)}"'


@dataclass(slots=True)
class _Entry:
    line: int
    words: dict[str, list[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    was: str = ""
    fault: str = ""

    def word(self, name: str) -> str:
        return "".join(self.words.get(name, ()))


def read_po(data: bytes, name: str, closed: Collection[str] = ()) -> list[Sheet]:
    """The one sheet of a file; without its units in a language that is ``closed``. A bad entry is a unit with a fault.

    Raises SourceError, which names file and line.
    """
    head: dict[str, str] = {}
    units: list[Unit] = []
    bounds = Bounds(name)
    for entry in _entries(_decoded(data, name).split("\n")):
        if not entry.word("msgid") and not entry.word("msgctxt") and not entry.fault:
            head = head or _head(entry.word("msgstr"))
            if is_closed(_language(head), closed):
                units = []
                break
            continue
        units.append(_unit(entry))
        bounds.count(units[-1])
    if not units and not head:
        raise SourceError("has no entry: is it PO?", source=name)
    story_id, task, revision = parsed_name(head.get("x-tamizdat", ""))
    return [Sheet(story_id, head.get("x-source-language", "")[:40], _language(head), task, revision, tuple(units))]


def _language(head: Mapping[str, str]) -> str:
    return head.get("language", "").replace("_", "-")[:40]


def _decoded(data: bytes, name: str) -> str:
    found = _CHARSET.search(data[:4_096])
    charset = found[1].decode() if found else "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-16"
    elif not _CHARSETS.fullmatch(charset):
        raise SourceError(f"is in {charset}, which is not read: save it as UTF-8", source=name)
    charset = "utf-8-sig" if charset.lower() in {"charset", "utf-8", "utf8", "ascii", "us-ascii"} else charset
    try:
        return data.decode(charset).replace("\r\n", "\n").replace("\r", "\n")
    except (UnicodeDecodeError, LookupError) as error:
        at = data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise SourceError(f"is not {charset} (line {at}): save it as UTF-8", source=name) from error


def _head(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, _colon, value in pairs}


def _entries(lines: list[str]) -> Iterator[_Entry]:
    """Entry by entry, however they are separated; obsolete ones are left out."""
    entry: _Entry | None = None
    open_word = ""
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        begins = not line or line.startswith("#") or re.match(r"msgctxt\b|msgid\b(?!_)", line) is not None
        if entry and begins and "msgstr" in entry.words:
            yield entry
            entry, open_word = None, ""
        if not line or line.startswith("#~"):
            continue
        entry = entry or _Entry(number)
        if line.startswith("#"):
            _comment(entry, line)
        else:
            open_word = _text(entry, line, open_word, number)
    if entry and (entry.words or entry.fault):
        yield entry


def _comment(entry: _Entry, line: str) -> None:
    if line.startswith("#,"):
        entry.flags |= {flag.strip() for flag in line[2:].split(",")}
    elif line[1:2] in {".", " "} and line[2:].lstrip().startswith(_WAS):
        entry.was = line.partition(_WAS)[2].strip()[:40]


def _text(entry: _Entry, line: str, open_word: str, number: int) -> str:
    """Take a line of text into the entry; the word that it belongs to."""
    found = _WORD.fullmatch(line)
    word = found[1].replace("msgstr[0]", "msgstr") if found else open_word
    text = found[2] if found else line
    strings = _STRING.findall(text) if _STRINGS.fullmatch(text) else []
    if not word or not strings:
        entry.fault = entry.fault or f"line {number} cannot be read"
        entry.words.setdefault("msgstr", [])
        return word
    entry.words.setdefault(word, []).extend(
        _ESCAPED.sub(lambda at: _ESCAPES.get(at[1], at[1]), each) for each in strings
    )
    return word


def _unit(entry: _Entry) -> Unit:
    target: Tokens = ()
    fault, raw = entry.fault, ""
    text = printable(entry.word("msgstr"))
    if len(text) > MAX_CHARS or len(entry.word("msgid")) > MAX_CHARS:
        fault, text = f"is longer than {MAX_CHARS} characters", text[:MAX_CHARS]
    try:
        target = tokens_of(text, strict=True) if not fault else ()
    except ItemError as error:
        fault = error.detail
    if fault:
        raw = text
    source = tokens_of(entry.word("msgid")[:MAX_CHARS])
    state = TODO if not text.strip() else CHECK if "fuzzy" in entry.flags else DONE
    return Unit(
        id=printable(entry.word("msgctxt"))[:300], source=source, target=target, state=state, was=entry.was,
        line=entry.line, fault=fault, raw=raw,
    )  # fmt: skip
