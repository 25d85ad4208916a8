"""How the words of a translation get into its draft, whose blocks and tables take the shape that the source's have."""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.fields import PAGE, RICH, block_of, key_of, paths, steps

_ROWS: Final = "rows."


def put(
    page: StoryPage,
    source: StoryPage,
    texts: Mapping[str, Sequence[str]],
    known: Collection[str],
    gone: Collection[str],
) -> None:
    """Give the page these words. Blocks and cells that are new in the source (none of ``known``) come in there.

    ``known`` and ``gone`` are fields' keys; ``gone`` are those of which neither the source nor ``texts`` has anything
    any more. Blocks that are gone with all their words go, and so do rows and columns. What the translator added stays;
    what the translator took away, and for which there are no words, does not come back.
    """
    for name in PAGE:
        if name in texts:
            setattr(page, name, " ".join(texts[name]))
    there = {block["id"]: block for block in source.body.get_prep_value()}
    wanted = {block_of(key) for key, given in texts.items() if given}
    over = {block_of(key) for key in gone} - there.keys() - wanted
    raw = _merged(page.body.get_prep_value(), list(there.values()), {block_of(key) for key in known} - wanted)
    for block in raw:
        table = there.get(block["id"]) if block["type"] == "table" else None
        if table:
            _grow(block, table, {key for key, given in texts.items() if given}, known)
        _say(block, texts)
        if table:
            _trim(block, table, gone)
    page.body = [block for block in raw if block["id"] not in over and (block["type"] != "text" or block["value"])]


def _merged(target: Sequence[Any], source: Sequence[Any], known: set[str]) -> list[Any]:
    merged = deepcopy(list(target))
    before = ""
    for block in source:
        ids = [each["id"] for each in merged]
        if block["id"] not in ids and block["id"] not in known:
            merged.insert(ids.index(before) + 1 if before in ids else 0 if not before else len(merged), deepcopy(block))
        before = block["id"]
    return merged


def _say(block: Any, texts: Mapping[str, Sequence[str]]) -> None:
    for path, kind, _label in paths(block):
        given = texts.get(key_of(block, path))
        if given is not None:
            set_part(block, path, ("" if kind == RICH else " ").join(given))


def set_part(block: Any, path: str, value: Any) -> None:
    """Give a stored block another value at ``path``."""
    way = ["value", *steps(path)]
    inner = block
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value


def _cell(block: Any, at: int, nth: int) -> str:
    return key_of(block, f"{_ROWS}{at}.{nth}")


def _grow(block: Any, like: Any, given: Collection[str], known: Collection[str]) -> None:
    """Make room for every cell that has words, and for those that are new in the source."""
    rows: list[list[str]] = block["value"]["rows"]
    wanted = [
        (at, nth)
        for at, row in enumerate(like["value"]["rows"])
        for nth in range(len(row))
        if (key := _cell(block, at, nth)) in given or key not in known
    ]
    high = max([len(rows), *(at + 1 for at, _nth in wanted)])
    wide = max([*map(len, rows), *(nth + 1 for _at, nth in wanted)], default=0)
    rows += ([] for _more in range(high - len(rows)))
    for row in rows:
        row.extend([""] * (wide - len(row)))


def _trim(block: Any, like: Any, gone: Collection[str]) -> None:
    """Take away last rows and columns that the source had, and of which nothing is left."""
    rows: list[list[str]] = block["value"]["rows"]
    there = like["value"]["rows"]
    wide = max(map(len, there), default=0)
    while len(rows) > max(1, len(there)) and not any(rows[-1]) and _any_gone(block, gone, [len(rows) - 1], None):
        rows.pop()
    while rows and len(rows[0]) > max(1, wide) and not any(row[-1] for row in rows):
        if not _any_gone(block, gone, range(len(rows)), len(rows[0]) - 1):
            break
        for row in rows:
            row.pop()


def _any_gone(block: Any, gone: Collection[str], ats: Collection[int], nth: int | None) -> bool:
    rows = block["value"]["rows"]
    return any(
        _cell(block, at, each) in gone for at in ats for each in (range(len(rows[at])) if nth is None else [nth])
    )
