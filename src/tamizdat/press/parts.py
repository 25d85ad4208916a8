"""Months of lists in parts, the oldest stories in the first: a full part stays as it is when news comes in."""

from collections.abc import Iterator
from typing import Final

from tamizdat.locales import Month
from tamizdat.press.card import Key
from tamizdat.press.stack import Stack

MONTH_STORIES: Final = 30
"""In one part of a month: on a page, in a document of the archive, in a map of the site."""


def parts(stack: Stack, month: Month) -> int:
    """How many parts a month has; 0 if no story is in it."""
    return -(-len(stack.months.get(month, ())) // MONTH_STORIES)


def all_parts(stack: Stack) -> Iterator[tuple[Month, int]]:
    """Every part of every month, in order of time."""
    for month in sorted(stack.months):
        yield from ((month, part) for part in range(1, parts(stack, month) + 1))


def part_keys(stack: Stack, month: Month, part: int) -> list[Key]:
    """The stories of a part, newest first."""
    keys = stack.months[month]
    end = len(keys) - (part - 1) * MONTH_STORIES
    return keys[max(0, end - MONTH_STORIES) : end]


def beside(stack: Stack, month: Month, part: int, step: int) -> tuple[Month, int] | None:
    """The part after (``step`` 1) or before (-1) this one in time."""
    if 1 <= part + step <= parts(stack, month):
        return month, part + step
    older, newer = stack.beside(month)
    if step > 0:
        return (newer, 1) if newer else None
    return (older, parts(stack, older)) if older else None
