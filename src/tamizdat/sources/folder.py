"""A folder of Markdown files with front matter and pictures."""

import os
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from tamizdat.errors import ItemError, ItemNote, SourceError, StoryError
from tamizdat.limits import LIMITS
from tamizdat.sources.files import inside, is_folder
from tamizdat.sources.folder_story import Named, story_from_markdown
from tamizdat.sources.front_matter import split_front_matter
from tamizdat.sources.json_files import changed_at
from tamizdat.sources.languages import language_in_path
from tamizdat.sources.pictures import WebPictures, folder_picture
from tamizdat.sources.port import Gathered, Report

_ENDINGS: Final = (".md", ".markdown")
# A file's name may hold line breaks, and with them lines of its own in every report.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_SHOWN: Final = "\ufffd"


class FolderSource:
    """Every ``*.md`` and ``*.markdown`` under a folder, in the order of the bytes of their paths.

    Hidden files and folders, ``README.md`` and drafts are passed over. ``language`` is for files that name none.
    """

    complete = True

    def __init__(self, path: Path, *, name: str, now: datetime, language: str = "", newest_first: bool = False) -> None:
        self.name = name
        self._root = path
        self._now = now
        self._language = language
        self._newest_first = newest_first
        self._web = WebPictures()

    def stories(self, report: Report) -> Iterator[Gathered]:
        """See :meth:`tamizdat.sources.port.Source.stories`. One file is in memory at a time."""
        seen: dict[tuple[str, str], str] = {}
        for relative in self._files():
            where = f"{self.name.rstrip('/')}/{_CONTROL.sub(_SHOWN, relative)}"
            try:
                gathered = self._gathered(relative, where, report)
                if gathered is None:
                    continue
                key = (gathered.story.story_id, gathered.story.language)
                if key in seen:
                    raise ItemError(f"{key[0]} ({key[1]}) is already in {seen[key]}", where=where, what=key[0])
                seen[key] = where
                yield gathered
            except StoryError as error:
                report(ItemError(str(error), where=where, what=""))
            except ItemError as error:
                report(error)

    def open_picture(self, origin: str) -> bytes:
        """Read a picture of the folder, or fetch one from the web. Raises ItemError."""
        if origin.lower().startswith(("http://", "https://")):
            return self._web.open(origin)
        return folder_picture(self._root, origin)

    def sound_file(self, origin: str) -> Path:
        """A recording of the folder. Raises ItemError."""
        return inside(self._root, origin)

    def _files(self) -> list[str]:
        """Paths of story files, relative to the folder, sorted by their bytes, or what changed last first."""
        if not is_folder(self._root):
            raise SourceError("is not a folder", source=self.name)
        found: list[str] = []
        for folder, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            place = Path(folder).relative_to(self._root)
            found.extend((place / name).as_posix() for name in files if _is_story_file(name))
        if self._newest_first:
            return sorted(found, key=lambda name: (changed_at(self._root / name), os.fsencode(name)), reverse=True)
        return sorted(found, key=os.fsencode)

    def _gathered(self, relative: str, where: str, report: Report) -> Gathered | None:
        """The story in one file, or None for a draft. Raises ItemError or StoryError."""
        front = split_front_matter(self._text(relative, where), where)
        if front.flag_of("draft"):
            return None
        losses: list[tuple[str, str]] = []
        named = names_in_path(relative)
        story, dated = story_from_markdown(
            front,
            Named(named.story_id, named.language or self._language),
            self._now,
            lambda origin: self._picture_origin(relative, origin),
            lambda place, detail: losses.append((place, detail)),
        )
        for place, detail in dict.fromkeys(losses):
            report(ItemNote(detail, where=place, what=story.story_id))
        return Gathered(story, dated, where)

    def _text(self, relative: str, where: str) -> str:
        try:
            file = inside(self._root, relative)
        except ItemError as error:
            raise ItemError(error.detail, where=where, what="") from error
        try:
            with file.open("rb") as stream:
                data = stream.read(LIMITS.max_item_bytes + 1)
            if len(data) > LIMITS.max_item_bytes:
                raise ItemError(f"is longer than {LIMITS.max_item_bytes} bytes", where=where, what="")
            return data.decode("utf-8-sig")
        except OSError as error:
            raise ItemError(f"cannot be read ({error.strerror})", where=where, what="") from error
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ItemError("is not UTF-8 here", where=f"{where}:{line}", what="") from error

    def _picture_origin(self, relative: str, address: str) -> str:
        """Where the picture is, relative to the folder; web addresses stay. Raises ItemError."""
        if address.lower().startswith(("http://", "https://")):
            return address
        beside = PurePosixPath(relative).parent
        path = PurePosixPath(address.lstrip("/")) if address.startswith("/") else beside / address
        return inside(self._root, str(path)).relative_to(self._root.resolve()).as_posix()


def _is_story_file(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not name.startswith(".") and name.lower() != "readme.md"


def names_in_path(relative: str) -> Named:
    """Story id and language as the layout says: ``<id>/<lang>.md``, ``<lang>/<id>.md`` or ``<id>.<lang>.md``.

    ``index`` as a name stands for the folder it is in. The language is empty where the path names none.
    """
    path = PurePosixPath(unicodedata.normalize("NFC", relative))
    folders = path.parts[:-1]
    stem, dot, suffix = path.stem.rpartition(".")
    language = language_in_path(suffix) if dot else ""
    name = stem if language else path.stem
    if not language and folders and language_in_path(name) and not _better(folders[-1], name):
        return Named(folders[-1], language_in_path(name))
    if name == "index" and folders and not language_in_path(folders[-1]):
        name = folders[-1]
    for folder in reversed(folders):
        language = language or language_in_path(folder)
    return Named(name, language)


def _better(folder: str, stem: str) -> bool:
    """Whether the folder is more plainly a language than the file's name is: ``en/rom.md``."""
    return len(language_in_path(folder)) == 2 and len(stem) == 3
