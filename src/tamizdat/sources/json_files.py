"""Files of JSON: one, all of a folder, or one from the web."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

from tamizdat.errors import ItemError, SourceError
from tamizdat.limits import LIMITS
from tamizdat.sources.fetch import FeedState, Fetched, fetch
from tamizdat.sources.files import inside, is_folder, open_file
from tamizdat.sources.port import Report

_IN_MEMORY_BYTES: Final = 1 << 20


class JsonFile(NamedTuple):
    """What one file holds."""

    where: str
    """As messages name it."""
    base: str
    """The address that relative ones start from: of the web, or empty."""
    folder: Path | None
    """The folder it lies in, which nothing that it names may leave."""
    value: object


def json_files(location: str | Path, name: str, report: Report, *, newest_first: bool = False) -> Iterator[JsonFile]:
    """Read the file, each ``*.json`` of the folder (see :func:`folder_files`), or what is at the address.

    One is in memory at a time. A file of a folder that cannot be read is reported and passed over. Raises SourceError.
    """
    if isinstance(location, str):
        yield _from_web(location, name)
    elif not is_folder(location):
        yield JsonFile(name, "", location.parent, parse_json(read_bounded(location, name), name))
    else:
        for file in folder_files(location, name, (".json",), newest_first=newest_first):
            where = f"{name.rstrip('/')}/{file.name}"
            try:
                inside(location, file.name)
                yield JsonFile(where, "", location, parse_json(read_bounded(file, where), where))
            except SourceError as error:
                report(ItemError(error.detail, where=where, what=""))
            except ItemError as error:
                report(ItemError(error.detail, where=where, what=""))


def folder_files(folder: Path, name: str, endings: tuple[str, ...], *, newest_first: bool = False) -> list[Path]:
    """Files of these endings, sorted by the bytes of their names, or what changed last first. Raises SourceError.

    Hidden ones are passed over.
    """
    try:
        found = [file for file in folder.iterdir() if file.name.lower().endswith(endings) and file.name[0] != "."]
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", source=name) from error
    if not found:
        raise SourceError(f"holds no file that ends in {' or '.join(endings)}", source=name)
    if newest_first:
        return sorted(found, key=lambda file: (changed_at(file), os.fsencode(file.name)), reverse=True)
    return sorted(found, key=lambda file: file.name.encode("utf-8", "surrogateescape"))


def changed_at(file: Path) -> int:
    """When a file last changed, in nanoseconds; 0 for one that is gone."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def read_bounded(file: Path, where: str) -> bytes:
    """The bytes of a regular file of at most ``max_feed_bytes``. Raises SourceError."""
    try:
        with open_file(file, where) as stream:
            return _bounded(stream, where)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", source=where) from error


def fetch_bytes(url: str, home: str) -> tuple[bytes, Fetched]:
    """What is at ``url``, at most ``max_feed_bytes``, and what came with it. Raises SourceError."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
        stream = cast(BinaryIO, spool)
        about = fetch(url, LIMITS.max_feed_bytes, stream, home=home)
        stream.seek(0)
        return stream.read(), about or Fetched(url, "", FeedState())


def parse_json(data: bytes, where: str) -> object:
    """Any value of JSON in UTF-8. Raises SourceError."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SourceError(f"is not UTF-8 at byte {error.start + 1}", source=where) from error
    except json.JSONDecodeError as error:
        raise SourceError(f"is not JSON: {error.msg} at line {error.lineno}", source=where) from error
    except (ValueError, RecursionError) as error:
        raise SourceError("is not JSON that we read: nested too deep, or a number too long", source=where) from error


def _bounded(stream: BinaryIO, where: str) -> bytes:
    data = stream.read(LIMITS.max_feed_bytes + 1)
    if len(data) > LIMITS.max_feed_bytes:
        raise SourceError(f"is longer than {LIMITS.max_feed_bytes} bytes", source=where)
    return data


def _from_web(url: str, name: str) -> JsonFile:
    data, about = fetch_bytes(url, url)
    return JsonFile(name, about.url, None, parse_json(data, name))
