"""Which file answers which path, in which coding, and what is said of it. Remembers what was asked lately."""

import base64
from collections import OrderedDict
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from tamizdat.carriers.port import is_safe_path
from tamizdat.edition.listing import COPY_SUFFIXES
from tamizdat.mirror.http.limits import HttpLimits
from tamizdat.mirror.http.reply import CORS, DATA_FIELDS, PAGE_FIELDS, Answer, Variant
from tamizdat.mirror.http.request import CODINGS, Taste
from tamizdat.mirror.port import Files, ServedFile
from tamizdat.mirror.totals import Totals
from tamizdat.press.served import cache_control, media_type

NEWS_PATH: Final = "metadata/timestamp.json"
"""The one signed file that ever changes: whoever asks for it wants to know whether there is news."""
ERROR_PAGE: Final = "404.html"
_TAG_BYTES: Final = 18
"""Of a file's SHA-256, in its entity tag: 24 characters."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The path is that of a folder without its last slash; ``location`` is where to look, relative to the path."""

    location: str


class Catalogue:
    """Answers of :class:`~tamizdat.mirror.port.Files`, remembered until these may have changed."""

    def __init__(self, files: Files, totals: Totals, limits: HttpLimits) -> None:
        self._files = files
        self._totals = totals
        self._limits = limits
        self._version = -1
        self._known: OrderedDict[tuple[str, Taste], Variant | Elsewhere] = OrderedDict()

    def choose(self, path: str, taste: Taste) -> Variant | Elsewhere | None:
        """What answers ``path`` for somebody of such a ``taste``; None if nothing does."""
        version = self._files.version
        if version != self._version:
            self._version = version
            self._known.clear()
        key = (path, taste)
        found = self._known.get(key)
        if found is not None:
            return found
        found = self._look(path, taste)
        # What is not there is not remembered: there is no end of such paths.
        if found is not None:
            self._known[key] = found
            if len(self._known) > self._limits.cache_entries:
                self._known.popitem(last=False)
        return found

    def error_page(self, taste: Taste) -> Variant | None:
        """What to show where there is nothing."""
        found = self.choose(ERROR_PAGE, taste)
        return found if isinstance(found, Variant) else None

    def _look(self, path: str, taste: Taste) -> Variant | Elsewhere | None:
        name = f"{path}index.html" if not path or path.endswith("/") else path
        if not is_safe_path(name):
            return None
        file = self._files.find(name)
        if file is not None:
            return self._variant(name, file, taste)
        if name == path and self._files.find(f"{path}/index.html") is not None:
            return Elsewhere(f"{path.rpartition('/')[2]}/")
        return None

    def _variant(self, path: str, file: ServedFile, taste: Taste) -> Variant:
        copies = [(coding, self._files.find(path + COPY_SUFFIXES[coding])) for coding in CODINGS]
        there = [(coding, copy) for coding, copy in copies if copy is not None]
        coding, chosen = "", file
        best = (taste.identity, -file.size)
        for name, copy in there:
            # Of what is liked alike, the shortest.
            if (rank := (getattr(taste, name), -copy.size)) > best and rank[0]:
                coding, chosen, best = name, copy, rank
        return self._described(path, chosen, coding, varies=bool(there))

    def _described(self, path: str, file: ServedFile, coding: str, *, varies: bool) -> Variant:
        kind = media_type(path)
        tag = f'"{base64.urlsafe_b64encode(file.digest[:_TAG_BYTES]).decode()}"'
        short: list[tuple[str, str]] = [
            ("ETag", tag),
            ("Cache-Control", cache_control(path)),
        ]
        if varies:
            short.append(("Vary", "Accept-Encoding"))
        fields = [("Content-Type", kind), *short]
        if coding:
            fields.append(("Content-Encoding", coding))
        if file.size > self._limits.small_file_bytes:
            fields.append(("Accept-Ranges", "bytes"))
        document = "html" in kind or "xml" in kind
        described = (*fields, *(PAGE_FIELDS if document else DATA_FIELDS))
        tally = self._totals.tally(self._files.language(path))
        whole = Answer(HTTPStatus.OK, described, file, 0, file.size, tally=tally)
        unchanged = Answer(HTTPStatus.NOT_MODIFIED, (*short, *CORS), tally=tally)
        return Variant(
            file=file,
            tag=tag.encode(),
            whole=replace(whole, head=whole.to_head()),
            unchanged=replace(unchanged, head=unchanged.to_head()),
        )
