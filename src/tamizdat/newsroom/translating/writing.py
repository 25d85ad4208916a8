"""A translation's draft and its task, after somebody or something settled the rows."""

from collections.abc import Collection, Mapping, Sequence

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating.aligning import Pair, pairs_from
from tamizdat.newsroom.translating.beside import FieldRows, follow, saved, script_of
from tamizdat.newsroom.translating.fields import block_of, fields_of
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.parts import follow_parts, in_order, is_mark
from tamizdat.newsroom.translating.putting import put


def write(
    task: Task,
    source: StoryPage,
    target: StoryPage,
    fields: Sequence[FieldRows],
    settled: Mapping[str, list[Pair | None]],
    unsure: Collection[str],
) -> None:
    """Give ``target`` and ``task`` what became of the rows; neither is saved.

    ``unsure`` are blocks with rows that changed, and of which nobody said that they fit the source.
    """
    there, here = fields_of(source), fields_of(target)
    pairs, texts = saved(list(fields), settled)
    for key, field in there.items():
        if key not in task.pairs and key not in texts:  # it came in while somebody typed, or has no words
            pairs[key] = [Pair(piece, piece, done=False).stored() for piece in field.pieces]
            texts[key] = list(field.pieces)
    # What has no row, and has words: copies of a source that is gone, which nobody translated.
    texts |= {key: [] for key in here if key in task.pairs and key not in texts}
    gone = {
        key
        for key, stored in task.pairs.items()
        if key not in there and not texts.get(key) and _was_the_sources(key, stored)
    }
    put(target, source, texts, task.pairs.keys(), gone)
    kept = follow_parts(task.pairs, source, target, unsure)
    if script_of(task):
        in_order(target, source)
    follow(task, source, target)
    blocks = {block_of(key) for key in there}
    # Fields of blocks that the translator took away stay known, or the source would bring them back. What neither has
    # any more is forgotten: the source may bring it back.
    task.pairs = {
        key: stored
        for key, stored in {**task.pairs, **pairs}.items()
        if not is_mark(key) and (stored or block_of(key) in blocks)
    } | kept


def _was_the_sources(key: str, stored: Sequence[object]) -> bool:
    return not is_mark(key) and (not stored or any(pair.source is not None for pair in pairs_from(stored)))
