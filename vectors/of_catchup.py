"""Vectors for proofs, plans and what becomes of what was fetched."""

from collections.abc import Iterator

from samples import Vector

from tamizdat.edition.catchup import net, plan
from tamizdat.edition.index import Segment
from tamizdat.edition.merkle import edition_root, leaf_hash, proof_of, root_of
from tamizdat.edition.pack import Put, Record, Removal, removal_key

Triple = tuple[int, int, int]


def proofs() -> Iterator[Vector]:
    """Proofs of every shape up to nine leaves, and such as do not fit."""
    leaves = [leaf_hash(bytes([value])) for value in range(9)]
    for count in range(1, 10):
        for position in range(count):
            proof = [sibling.hex() for sibling in proof_of(leaves[:count], position)]
            fields = {"leaf": leaves[position].hex(), "position": position, "count": count, "proof": proof}
            yield {
                "name": f"leaf {position} of {count}",
                "rule": "siblings upwards",
                **fields,
                "expect": root_of(leaves[:count]).hex(),
            }
    base = {"leaf": leaves[0].hex(), "position": 0, "count": 2, "proof": ["00" * 32]}
    for name, rule, change in (
        ("too short", "as many as the shape needs", {"proof": []}),
        ("too long", "as many as the shape needs", {"proof": ["00" * 32] * 2}),
        (
            "too long for the last leaf",
            "a last node without a partner goes up as it is",
            {"position": 2, "count": 3, "proof": ["00" * 32] * 2},
        ),
        ("outside", "position below count", {"position": 2}),
        ("tree of none", "position below count", {"count": 0, "proof": []}),
        ("endless", "at most 64", {"count": 2**40, "proof": ["00" * 32] * 65}),
        ("short hash", "32 bytes", {"proof": ["00" * 31]}),
        ("long hash", "32 bytes", {"proof": ["00" * 33]}),
    ):
        yield {"name": name, "rule": rule, **base, **change, "failure": "malformed"}


def plans() -> Iterator[Vector]:
    """Which segments are fetched from which mark."""
    many: tuple[Triple, ...] = (
        (0, 4, 4000),
        (0, 8, 7000),
        (4, 6, 2200),
        (4, 8, 3900),
        (6, 7, 0),
        (6, 8, 1200),
        (7, 8, 1100),
    )
    for mark in range(9):
        yield _plan(
            f"from {mark}", "the cheapest chain; a request weighs 160 bytes, an empty segment nothing", mark, 8, many
        )
    whole = (0, 2, 1000)
    for name, rule, end, segments in (
        ("a request weighs 160: together", "size and 160", 2, ((0, 1, 500), (1, 2, 341), whole)),
        ("a request weighs 160: apart", "size and 160", 2, ((0, 1, 500), (1, 2, 339), whole)),
        ("tie: fewer segments", "fewer segments", 2, ((0, 1, 500), (1, 2, 340), whole)),
        ("tie: empty ones count as segments", "fewer segments", 2, ((0, 1, 1000), (1, 2, 0), whole)),
        ("tie: later stop", "the first segment stops later", 4, ((0, 1, 10), (0, 3, 10), (1, 4, 10), (3, 4, 10))),
        ("listed in any order", "order of listing means nothing", 4, ((3, 4, 10), (0, 3, 10), (1, 4, 10), (0, 1, 10))),
        ("dead end", "a chain reaches the end", 4, ((0, 2, 1), (0, 3, 1), (0, 4, 900), (3, 4, 900))),
        ("past the end", "a chain ends at the end of the log", 4, ((0, 9, 1), (0, 4, 900))),
        ("nothing left", "an empty segment is no file", 4, ((0, 4, 0),)),
        ("empty log", "nothing to fetch", 0, ()),
    ):
        yield _plan(name, rule, 0, end, segments)
    most = tuple((at, at + 1, 6_000_000) for at in range(53))
    yield _plan("as much as one visit may fetch", "at most 320,000,000 bytes", 0, 54, (*most, (53, 54, 2_000_000)))
    earlier: tuple[Triple, ...] = ((2, 4, 10), (1, 4, 10), (0, 1, 10), (0, 2, 10))
    yield _plan("tie: earlier start", "the first segment starts earlier", 3, 4, earlier)
    for name, mark, found in (
        ("no way", 0, [[4, 8, 10]]),
        ("gap", 0, [[0, 4, 10], [5, 8, 10]]),
        ("mark past the end", 9, [[0, 8, 10]]),
        ("no segments", 3, []),
    ):
        yield {
            "name": name,
            "rule": "a chain exists",
            "mark": mark,
            "log_end": 8,
            "segments": found,
            "failure": "malformed",
        }
    yield {
        "name": "more than one visit may fetch",
        "rule": "at most 320,000,000 bytes",
        "mark": 0,
        "log_end": 54,
        "segments": [*map(list, most), [53, 54, 2_000_001]],
        "failure": "too-large",
    }


def _plan(name: str, rule: str, mark: int, log_end: int, segments: tuple[Triple, ...]) -> Vector:
    chain = plan(mark, log_end, [Segment(*segment) for segment in segments])
    fields: Vector = {"mark": mark, "log_end": log_end, "segments": [list(segment) for segment in segments]}
    return {"name": name, "rule": rule, **fields, "expect": [[s.start, s.stop, s.size] for s in chain]}


def editions() -> Iterator[Vector]:
    """What was held, what was fetched, what is held then, and its root."""
    held = {"a": b"A1", "b": b"B1", "Z": b"Z1"}
    gone = Removal(removal_key("ru", "b"))
    cases: list[tuple[str, str, list[Record]]] = [
        ("nothing new", "what is held stays", []),
        ("new and corrected", "puts replace", [Put("a", b"A2"), Put("c", b"C1")]),
        ("removed", "removals remove", [gone]),
        (
            "removed, and what was never held",
            "an unknown key means nothing",
            [Removal("0" * 32), gone, Put("a", b"A2")],
        ),
        ("removal in another language", "the language is part of the key", [Removal(removal_key("uk", "b"))]),
        ("everything removed", "the root of nothing", [Removal(removal_key("ru", name)) for name in held]),
    ]
    for name, rule, records in cases:
        for order in (1, -1):
            put, removed = net(held, records[::order], "ru")
            now = {story_id: data for story_id, data in {**held, **put}.items() if story_id not in removed}
            yield {
                "name": name if order == 1 else f"{name}, the other way round",
                "rule": rule,
                "language": "ru",
                "held": {story_id: data.hex() for story_id, data in held.items()},
                "records": [
                    {"put": r.story_id, "story": r.story.hex()} if isinstance(r, Put) else {"removal": r.key}
                    for r in records[::order]
                ],
                "expect": {
                    "stories": {story_id: data.hex() for story_id, data in sorted(now.items())},
                    "root": edition_root(now).hex(),
                },
            }
    for name, count, root in (("another root", 1, "00" * 32), ("another number", 2, edition_root({"a": b"A1"}).hex())):
        yield {
            "name": name,
            "rule": "number and root are the head's",
            "language": "ru",
            "held": {},
            "records": [{"put": "a", "story": b"A1".hex()}],
            "count": count,
            "root": root,
            "failure": "wrong-root",
        }
