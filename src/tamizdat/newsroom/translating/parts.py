"""What is in a block and is no words: which picture, which address, which recording, and whose they are.

A task keeps what they were in the source beside its pairs, under a key of their own for each block.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.fields import part_of
from tamizdat.newsroom.translating.putting import set_part

_PARTS: Final = {
    "picture": ("picture.image", "picture.decorative", "credit"),
    "embed": ("url",),
    "sound": ("recording",),
    "table": ("header",),
}
_SHOWN: Final = frozenset({"picture.image", "url", "recording"})
"""What words are about: if it is another one, somebody looks at them again."""
_MARK: Final = "/="
Parts = dict[str, Any]
"""Path -> value."""


def is_mark(key: str) -> bool:
    """Whether a key of a task's pairs is that of a block's parts."""
    return key.endswith(_MARK)


def mark_of(block: str) -> str:
    """The key of a block's parts."""
    return f"{block}{_MARK}"


def parts_of(page: StoryPage) -> dict[str, Parts]:
    """By block."""
    return {
        block["id"]: {path: part_of(block, path) for path in _PARTS[block["type"]]}
        for block in page.body.get_prep_value()
        if block["type"] in _PARTS
    }


def stored_parts(found: Mapping[str, Parts]) -> dict[str, Any]:
    """As they are kept among a task's pairs, in the form of pairs."""
    return {mark_of(block): [[path, value, True] for path, value in parts.items()] for block, parts in found.items()}


def _kept(pairs: Mapping[str, Any]) -> dict[str, Parts]:
    return {
        key.removesuffix(_MARK): {path: value for path, value, _done in stored}
        for key, stored in pairs.items()
        if is_mark(key)
    }


def exchanged(pairs: Mapping[str, Any], source: StoryPage) -> set[str]:
    """The blocks in which the source shows something else than when the translation was last saved."""
    before = _kept(pairs)
    return (
        {block for block, now in parts_of(source).items() if _differ(before.get(block, {}), now)} if before else set()
    )


def _differ(before: Parts, now: Parts) -> bool:
    return any(path in before and before[path] != value for path, value in now.items() if path in _SHOWN)


def follow_parts(
    pairs: Mapping[str, Any], source: StoryPage, target: StoryPage, unsure: Collection[str]
) -> dict[str, Any]:
    """Take over what is another one in the source, unless it was exchanged in the translation, too.

    Not in blocks that are ``unsure``: their words were not looked at since. Returns what the task is to keep.
    """
    before, now = _kept(pairs), parts_of(source)
    keep = {block for block in now if block in unsure and block in before and _differ(before[block], now[block])}
    raw = list(target.body.get_prep_value())
    for block in raw:
        old = before.get(block["id"], {})
        for path, value in now.get(block["id"], {}).items() if block["id"] not in keep else ():
            if path in old and part_of(block, path) == old[path]:
                set_part(block, path, value)
    target.body = raw
    return stored_parts({block: before[block] if block in keep else parts for block, parts in now.items()})


def caught_up(pairs: Mapping[str, Any], source: StoryPage, target: StoryPage) -> dict[str, Any]:
    """What the task is to keep after both were written anew elsewhere: where the translation has still what the source
    had, nobody has exchanged it there."""
    before, here = _kept(pairs), parts_of(target)
    found = {
        block: before[block] if block in before and here.get(block) == before[block] else parts
        for block, parts in parts_of(source).items()
    }
    return stored_parts(found)


def in_order(target: StoryPage, source: StoryPage) -> None:
    """Put the blocks in the order of the source's. What the translator added stays behind what it stands behind."""
    place = {block["id"]: at for at, block in enumerate(source.body.get_prep_value())}
    groups: list[tuple[int, list[Any]]] = [(-1, [])]
    for block in target.body.get_prep_value():
        if block["id"] in place:
            groups.append((place[block["id"]], [block]))
        else:
            groups[-1][1].append(block)
    body: Sequence[Any] = [block for _at, blocks in sorted(groups, key=lambda group: group[0]) for block in blocks]
    target.body = list(body)
