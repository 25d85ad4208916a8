"""The one byte form of a story (spec/edition.md, "Story").

A story is lines of UTF-8; the first character of a line says what it is: lower case in the header, upper case or a
digit in the body. Marks inside text are control characters, which no text may hold, so nothing is ever escaped.
Hashes, slips and packs all speak of these bytes.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, assert_never

from tamizdat.edition.inline import FIELD, decode_runs, encode_runs, has_marks, strip_marks
from tamizdat.errors import Failure, FormatError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.story import (
    CORRECTION,
    Block,
    Correction,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    RichText,
    Run,
    SoundBlock,
    SoundFile,
    Story,
    Table,
)

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")
_HEADER_TAGS: Final = frozenset(ascii_lowercase)
_BODY_TAGS: Final = frozenset(ascii_uppercase + digits)
_BODY_START: Final = re.compile(rb"\n[^a-z]")
_HEADER_ORDER: Final = "igrhlbwstdukvafmjc"
_MANY: Final = "bstafjc"
_SOUND: Final = "S"
_KIND: Final = "n"
"""Says the kind of the correction on the line before it."""
_PICTURE_FIELDS: Final = 9
_SOUND_FILE_FIELDS: Final = 4


def time_to_text(when: datetime) -> str:
    """``2026-11-23T18:02:00Z``."""
    return when.isoformat()[:19] + "Z"


def time_from_text(text: str) -> datetime:
    """The inverse of :func:`time_to_text`. Raises FormatError."""
    if not _TIME.fullmatch(text):
        raise _malformed(f"{text[:40]!r} is not a time like 2026-11-23T18:02:00Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise _malformed(f"{text} is not a moment of the calendar") from error


# --- Writing ------------------------------------------------------------------------------------------------------


def story_to_bytes(story: Story) -> bytes:
    """The canonical bytes. Raises StoryError for a story that is too long or has a picture not yet pressed."""
    data = "".join(f"{line}\n" for line in _lines(story)).encode()
    if len(data) > LIMITS.max_story_bytes:
        raise StoryError(f"the story takes {len(data)} bytes, limit {LIMITS.max_story_bytes}", field="story")
    return data


def _lines(story: Story) -> list[str]:
    body = (line for block in story.body for line in _block_lines(block))
    return [*_header(story), *(_SOUND + line.rpartition(FIELD)[2] if line[0] == _SOUND else line for line in body)]


def _header(story: Story) -> Iterator[str]:
    yield f"i{story.story_id}"
    yield f"g{story.language}"
    if story.revision > 1:
        yield f"r{story.revision}"
    yield f"h{story.headline}"
    if story.lead:
        yield f"l{story.lead}"
    yield from (f"b{name}" for name in story.byline)
    if story.dateline:
        yield f"w{story.dateline}"
    yield from (f"s{section}" for section in story.sections)
    yield from (f"t{topic}" for topic in story.topics)
    yield f"d{time_to_text(story.published)}"
    if story.updated:
        yield f"u{time_to_text(story.updated)}"
    if story.breaking_until:
        yield f"k{time_to_text(story.breaking_until)}"
    if story.translation:
        yield f"v{story.translation}"
    yield from (f"a{agency}" for agency in story.agencies)
    yield from (f"f{other}" for other in story.related)
    if story.picture:
        yield f"m{_picture_fields(story.picture)}"
    yield from (f"j{_recording_fields(recording)}" for recording in story.recordings)
    for correction in story.corrections:
        yield f"c{time_to_text(correction.at)} {correction.text}"
        if correction.kind != CORRECTION:
            yield f"{_KIND}{correction.kind}"


def _picture_fields(picture: Picture) -> str:
    if not picture.file:
        raise StoryError("the picture's bytes have not been pressed", field="picture.file")
    numbers = (str(number) for number in (picture.width, picture.height, *picture.focus))
    return FIELD.join((picture.file, picture.media_type, *numbers, picture.alt, picture.caption, picture.credit))


def _recording_fields(recording: Recording | None) -> str:
    if recording is None:
        raise StoryError("the sound's files have not been made", field="sound")
    files = ((each.file, each.media_type, str(each.kilobits), str(each.size)) for each in recording.files)
    return FIELD.join((str(recording.seconds), *(value for fields in files for value in fields)))


def _block_lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"P{encode_runs(text)}"
        case Heading(text, level):
            yield f"{level}{encode_runs(text)}"
        case Quote(paragraphs, attribution):
            yield from _run_of_lines("QR", paragraphs)
            if attribution:
                yield f"A{attribution}"
        case ListBlock(items, ordered):
            yield from _run_of_lines("OI" if ordered else "UI", items)
        case PictureBlock(picture):
            yield f"M{_picture_fields(picture)}"
        case Table(rows, header, caption):
            yield f"T{int(header)}{caption}"
            yield from (f"W{FIELD.join(encode_runs(cell) for cell in row)}" for row in rows)
        case Embed(url, title):
            yield f"E{url}{FIELD}{title}"
        case SoundBlock(title, transcript, recording):
            yield f"{_SOUND}{_recording_fields(recording)}{FIELD}{title}"
            yield from (f"N{encode_runs(text)}" for text in transcript)
        case _:  # pragma: no cover - mypy proves that there is no other block
            assert_never(block)


def _run_of_lines(tags: str, texts: tuple[RichText, ...]) -> Iterator[str]:
    for position, text in enumerate(texts):
        yield f"{tags[min(position, 1)]}{encode_runs(text)}"


# --- Reading ------------------------------------------------------------------------------------------------------


def _malformed(detail: str) -> FormatError:
    return FormatError(Failure.MALFORMED, detail, what="story")


def story_from_bytes(data: bytes) -> Story:
    """The story in ``data``.

    Lines with tags from a later version are tolerated (a header line is left out, a body line becomes a paragraph);
    all others must be spelled canonically. Raises FormatError.
    """
    lines = split_lines(data)
    header_size = next((at for at, line in enumerate(lines) if line[0] not in _HEADER_TAGS), len(lines))
    try:
        fields, understood = _read_header(lines[:header_size])
        body, exact_body = _read_body(_with_recordings(lines[header_size:], fields.get("j", ())))
        if len(fields.get("j", ())) != sum(line[0] == _SOUND for line in lines[header_size:]):
            raise _malformed("has not as many recordings as it has sounds")
        story = _story(fields, body)
        exact = exact_body and list(_header(story)) == understood
    except StoryError as error:
        raise _malformed(str(error)) from error
    if not exact:
        raise FormatError(Failure.NONCANONICAL, "another spelling is the canonical one", what="story")
    return story


def story_header(data: bytes) -> bytes:
    """The canonical bytes of a story without its body, which :func:`split_story` reads again."""
    found = _BODY_START.search(data)
    return data[: found.start() + 1] if found else data


def split_story(data: bytes) -> tuple[Story, list[str]]:
    """The header of a story as a story without a body, and the lines of its body, unread.

    For bytes that :func:`story_to_bytes` wrote or :func:`story_from_bytes` has read: whether they are spelled
    canonically is not checked again. Raises FormatError for a header that cannot be read.
    """
    header = story_header(data)
    try:
        fields, _ = _read_header(split_lines(header))
        head = _story(fields, ())
    except StoryError as error:
        raise _malformed(str(error)) from error
    return head, _with_recordings(split_lines(data[len(header) :]), fields.get("j", ()))


def _with_recordings(lines: list[str], recordings: Sequence[str]) -> list[str]:
    """The lines of a body in which those that begin a sound have its recording, which stands in the header.

    Whoever knows no sounds shows its title and its words, and leaves the header's line out.
    """
    left = iter(recordings)
    for at, line in enumerate(lines):
        if line[0] == _SOUND:
            recording = next(left, None)
            if recording is None or FIELD in line:
                raise _malformed("a sound has no recording, or a title of several fields")
            lines[at] = f"{_SOUND}{recording}{FIELD}{line[1:]}"
    return lines


def split_lines(data: bytes) -> list[str]:
    """The lines of a canonical story, without their ends. Raises FormatError for what is not lines of text."""
    if len(data) > LIMITS.max_story_bytes:
        raise FormatError(Failure.TOO_LARGE, f"{len(data)} bytes, limit {LIMITS.max_story_bytes}", what="story")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _malformed("is not UTF-8") from error
    lines = text.split("\n")
    if lines.pop() or not all(lines):
        raise _malformed("has an empty line or does not end with a line end")
    return lines


def _read_header(lines: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Values by tag, and the lines whose tags this version knows."""
    fields: dict[str, list[str]] = {}
    understood: list[str] = []
    position = 0
    for line in lines:
        tag, value = line[0], line[1:]
        if tag == _KIND:
            _say_kind(value, fields, understood)
            continue
        place = _HEADER_ORDER.find(tag)
        if place < 0:
            continue
        if place < position or (tag in fields and tag not in _MANY):
            raise FormatError(Failure.NONCANONICAL, f"header line {tag!r} is out of order", what="story")
        position = place
        values = fields.setdefault(tag, [])
        if len(values) >= LIMITS.max_header_values:
            raise FormatError(Failure.TOO_LARGE, f"more than {LIMITS.max_header_values} lines {tag!r}", what="story")
        values.append(value)
        understood.append(line)
        if tag == "c":
            fields.setdefault(_KIND, []).append("")
    for tag in "ighd":
        if tag not in fields:
            raise _malformed(f"header line {tag!r} is missing")
    return fields, understood


def _say_kind(value: str, fields: dict[str, list[str]], understood: list[str]) -> None:
    """Note the kind of the correction that the line before it is."""
    if not (understood and understood[-1][0] == "c"):
        raise _malformed(f"header line {_KIND!r} follows no correction")
    fields[_KIND][-1] = value
    understood.append(_KIND + value)


def _story(fields: dict[str, list[str]], body: tuple[Block, ...]) -> Story:
    def one(tag: str) -> str:
        return fields.get(tag, [""])[0]

    def when(tag: str) -> datetime | None:
        return time_from_text(one(tag)) if tag in fields else None

    return Story(
        story_id=one("i"),
        language=one("g"),
        revision=_integer(one("r")) if "r" in fields else 1,
        headline=one("h"),
        lead=one("l"),
        byline=tuple(fields.get("b", ())),
        dateline=one("w"),
        sections=tuple(fields.get("s", ())),
        topics=tuple(fields.get("t", ())),
        published=time_from_text(one("d")),
        updated=when("u"),
        breaking_until=when("k"),
        translation=one("v"),
        agencies=tuple(fields.get("a", ())),
        related=tuple(fields.get("f", ())),
        recordings=tuple(_recording(value) for value in fields.get("j", ())),
        picture=_picture(one("m")) if "m" in fields else None,
        corrections=tuple(map(_correction, fields.get("c", ()), fields.get(_KIND, ()))),
        body=body,
    )


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise _malformed(f"{text[:20]!r} is not a whole number")
    return int(text)


def _correction(value: str, kind: str) -> Correction:
    when, space, text = value.partition(" ")
    if not space:
        raise _malformed("a correction has no text")
    return Correction(time_from_text(when), text, kind or CORRECTION)


def _recording(value: str) -> Recording:
    seconds, *parts = value.split(FIELD)
    if len(parts) % _SOUND_FILE_FIELDS:
        raise _malformed(f"a recording has {1 + len(parts)} fields, not 1 and {_SOUND_FILE_FIELDS} for each file")
    if len(parts) > _SOUND_FILE_FIELDS * LIMITS.max_sound_files:
        raise FormatError(Failure.TOO_LARGE, f"more than {LIMITS.max_sound_files} files of a sound", what="story")
    files = (parts[at : at + _SOUND_FILE_FIELDS] for at in range(0, len(parts), _SOUND_FILE_FIELDS))
    return Recording(
        _integer(seconds),
        tuple(SoundFile(file, kind, _integer(rate), _integer(size)) for file, kind, rate, size in files),
    )


def _picture(value: str) -> Picture:
    parts = value.split(FIELD)
    if len(parts) != _PICTURE_FIELDS or not parts[0]:
        raise _malformed(f"a picture has {len(parts)} fields, not {_PICTURE_FIELDS}")
    file, media_type, width, height, x, y, alt, caption, credit = parts
    return Picture(
        alt=alt,
        file=file,
        media_type=media_type,
        width=_integer(width),
        height=_integer(height),
        caption=caption,
        credit=credit,
        focus=(_integer(x), _integer(y)),
    )


def _read_body(lines: list[str]) -> tuple[tuple[Block, ...], bool]:
    """The blocks, and whether their lines are spelled canonically."""
    blocks: list[Block] = []
    exact = True
    for group in body_groups(lines):
        if len(blocks) >= LIMITS.max_blocks:
            raise FormatError(Failure.TOO_LARGE, f"more than {LIMITS.max_blocks} blocks", what="story")
        if is_plain_paragraph(group[0]):  # nearly every block; it has one spelling
            blocks.append(Paragraph((Run(group[0][1:]),)))
            continue
        block, understood = _block_of(group)
        blocks.append(block)
        exact = exact and list(_block_lines(block)) == understood
    return tuple(blocks), exact


def body_groups(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The lines of a body, block by block."""
    at, end = 0, len(lines)
    while at < end:
        start, followers = at, _FOLLOWERS.get(lines[at][0], "")
        at += 1
        while followers and at < end and lines[at][0] in followers:
            at += 1
        yield lines[start:at]


def is_plain_paragraph(line: str) -> bool:
    """Whether a line of the body is a paragraph without marks, and so all of its block."""
    # What can be printed holds no marks; asking that first is quick.
    return line[0] == "P" and (line.isprintable() or not has_marks(line))


def block_of(group: Sequence[str]) -> Block:
    """The block in the lines of one of :func:`body_groups`. Raises FormatError."""
    try:
        return _block_of(group)[0]
    except StoryError as error:
        raise _malformed(str(error)) from error


def _block_of(group: Sequence[str]) -> tuple[Block, list[str]]:
    """The block, and its lines; what a later version means by a line is lost, so its words stand for it."""
    tag, value = group[0][0], group[0][1:]
    block = _read_block(tag, value, group[1:])
    if block is not None:
        return block, list(group)
    words = strip_marks(value)
    return Paragraph(decode_runs(words)), [f"P{words}"]


_FOLLOWERS: Final = {"Q": "RA", "U": "I", "O": "I", "T": "W", _SOUND: "N"}


def _read_block(tag: str, value: str, following: Sequence[str]) -> Block | None:
    """The block that begins with this line, or None when its tag is from a later version."""
    match tag:
        case "P":
            return Paragraph(decode_runs(value))
        case "2" | "3" | "4":
            return Heading(decode_runs(value), int(tag))
        case "Q":
            return _quote(value, following)
        case "U" | "O":
            items = (value, *(line[1:] for line in following))
            return ListBlock(tuple(decode_runs(item) for item in items), ordered=tag == "O")
        case "M":
            return PictureBlock(_picture(value))
        case "T":
            return _table(value, following)
        case "E":
            url, separator, title = value.partition(FIELD)
            if not separator:
                raise _malformed("an embed has no title")
            return Embed(url, title)
        case "S":
            recording, _, title = value.rpartition(FIELD)
            words = tuple(decode_runs(line[1:]) for line in following)
            return SoundBlock(title, words, _recording(recording))
        case "R" | "I" | "A" | "W" | "N":
            raise _malformed(f"body line {tag!r} continues nothing")
        case _ if tag in _BODY_TAGS:
            return None
        case _:
            raise _malformed(f"body line {tag!r} begins with neither a capital letter nor a digit")


def _quote(value: str, following: Sequence[str]) -> Quote:
    attribution = ""
    further = following
    if following and following[-1][0] == "A":
        further, attribution = following[:-1], following[-1][1:]
        if not attribution:
            raise _malformed("a quote has an empty attribution")
    if any(line[0] == "A" for line in further):
        raise _malformed("a quote has an attribution in its middle")
    paragraphs = (value, *(line[1:] for line in further))
    return Quote(tuple(decode_runs(paragraph) for paragraph in paragraphs), attribution)


def _table(value: str, following: Sequence[str]) -> Table:
    flag, caption = value[:1], value[1:]
    if flag not in {"0", "1"}:
        raise _malformed("a table does not say whether it has a header")
    if sum(line.count(FIELD) + 1 for line in following) > LIMITS.max_table_cells:
        raise FormatError(Failure.TOO_LARGE, f"a table has more than {LIMITS.max_table_cells} cells", what="story")
    rows = tuple(tuple(decode_runs(cell) if cell else () for cell in line[1:].split(FIELD)) for line in following)
    return Table(rows, flag == "1", caption)
