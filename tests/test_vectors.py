"""Every vector of ``vectors/``, read by the Python implementation; and the generator still writes them."""

import hashlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from edition.desk import applied
from tamizdat.edition.canonical import story_from_bytes, story_to_bytes, time_to_text
from tamizdat.edition.catchup import check_root, plan
from tamizdat.edition.codepage import decode_text
from tamizdat.edition.head import read_signed_head
from tamizdat.edition.index import Segment, read_index, read_shelf
from tamizdat.edition.listing import Leaf, read_listing
from tamizdat.edition.merkle import edition_root, root_from_proof
from tamizdat.edition.pack import Put, Removal, decode_pack
from tamizdat.edition.site import SiteTree
from tamizdat.edition.site_walk import TreeWalk, top_file
from tamizdat.edition.ways_in import read_ways_in
from tamizdat.edition.wire import Cursor
from tamizdat.errors import Failure, FormatError
from tamizdat.story import Embed, Heading, ListBlock, Paragraph, PictureBlock, Quote, SoundBlock, Table

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "vectors" / "edition").glob("*.json"))


BLOCKS = {
    Paragraph: "paragraph",
    Heading: "heading",
    Quote: "quote",
    ListBlock: "list",
    PictureBlock: "picture",
    Table: "table",
    Embed: "embed",
    SoundBlock: "sound",
}


def data_of(vector):
    """The bytes of a vector: written out, or parts and how often each stands there."""
    if "input" in vector:
        return bytes.fromhex(vector["input"])
    return b"".join(bytes.fromhex(part) * times for part, times in vector["parts"])


def as_json(value):
    """A story, and all that is in it, as vectors show it."""
    if isinstance(value, datetime):
        return time_to_text(value)
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if not hasattr(value, "__slots__"):
        return value
    named = {name: as_json(getattr(value, name)) for name in value.__slots__ if name != "origin"}
    return named | ({"type": BLOCKS[type(value)]} if type(value) in BLOCKS else {})


def read_story(vector):
    return as_json(story_from_bytes(data_of(vector)))


def read_pack(vector):
    records = decode_pack(data_of(vector), vector["language"])
    return [{"put": r.story_id, "story": r.story.hex()} if isinstance(r, Put) else {"removal": r.key} for r in records]


def read_codepage(vector):
    return decode_text(data_of(vector))


def head_json(head):
    return {
        "language": head.language,
        "number": head.number,
        "time": time_to_text(head.time),
        "count": head.count,
        "root": head.root.hex(),
    }


def read_head(vector):
    signed = read_signed_head(data_of(vector))
    return head_json(signed.head) | {"signatures": {keyid: value.hex() for keyid, value in signed.signatures}}


def segments_json(segments):
    return [[s.start, s.stop, s.size, s.digest.hex()] for s in segments]


def ways_json(ways):
    return [[way.kind, way.address or way.data.hex()] for way in ways]


def read_some_ways_in(vector):
    cursor = Cursor(data_of(vector), "ways in")
    ways = read_ways_in(cursor)
    cursor.end()
    return ways_json(ways)


def read_an_index(vector):
    index = read_index(data_of(vector))
    shelf = index.shelf
    return {
        "log_end": index.log_end,
        "head": head_json(index.head.head),
        "segments": segments_json(index.segments),
        "shelf": shelf and {"below": shelf.below, "size": shelf.size, "digest": shelf.digest.hex()},
        "sections": [list(pair) for pair in index.sections],
        "front": [[entry.story_id, entry.pinned] for entry in index.front],
        "about": [list(pair) for pair in index.about],
        "ways_in": ways_json(index.ways_in),
        "reserved": {str(kind): data.hex() for kind, data in index.reserved},
    }


def read_a_shelf(vector):
    return segments_json(read_shelf(data_of(vector)))


def read_proof(vector):
    siblings = [bytes.fromhex(sibling) for sibling in vector["proof"]]
    return root_from_proof(bytes.fromhex(vector["leaf"]), vector["position"], vector["count"], siblings).hex()


def read_plan(vector):
    segments = [Segment(*segment) for segment in vector["segments"]]
    return [[s.start, s.stop, s.size] for s in plan(vector["mark"], vector["log_end"], segments)]


def read_edition(vector):
    held = {story_id: bytes.fromhex(data) for story_id, data in vector["held"].items()}
    records = [
        Put(r["put"], bytes.fromhex(r["story"])) if "put" in r else Removal(r["removal"]) for r in vector["records"]
    ]
    now = applied(held, records, vector["language"])
    if "root" in vector:
        check_root(now, vector["count"], bytes.fromhex(vector["root"]))
    return {"stories": {story_id: data.hex() for story_id, data in now.items()}, "root": edition_root(now).hex()}


def read_a_listing(vector):
    return [[e.name, e.kind.name.lower(), e.size, e.digest.hex()] for e in read_listing(data_of(vector))]


def read_site(vector):
    folder = vector["folder"]
    if "numbered" in vector:
        leaf = Leaf(0, hashlib.sha256(b"").digest())
        tree = SiteTree.of(folder, {f"{folder}/{at}": leaf for at in range(vector["numbered"])})
        return {"root": tree.root.hex(), "listings": len(tree.paths())}
    held = {hashlib.sha256(data).digest(): data for data in map(bytes.fromhex, vector["listings"])}
    walk = TreeWalk(folder, top_file(folder, bytes.fromhex(vector["root"])), vector.get("languages", ()))
    while walk.wanted:
        for file in walk.wanted:
            walk.give(file, held[file.digest])
    if vector.get("make"):
        tree = SiteTree.of(folder, walk.files)
        assert tree.root.hex() == vector["root"]
        assert set(tree.files().values()) == set(held.values())
    return {path: [leaf.size, leaf.digest.hex()] for path, leaf in walk.files.items()}


READERS = {
    "story": read_story,
    "pack": read_pack,
    "codepage": read_codepage,
    "head": read_head,
    "index": read_an_index,
    "shelf": read_a_shelf,
    "proof": read_proof,
    "plan": read_plan,
    "edition": read_edition,
    "listing": read_a_listing,
    "site": read_site,
    "ways-in": read_some_ways_in,
}


def vectors():
    for file in FILES:
        content = json.loads(file.read_text("utf-8"))
        for vector in content["vectors"]:
            yield pytest.param(content["kind"], vector, id=f"{content['kind']}: {vector['name']}")


@pytest.mark.parametrize(("kind", "vector"), list(vectors()))
def test_vector(kind, vector):
    if "failure" in vector:
        with pytest.raises(FormatError) as caught:
            READERS[kind](vector)
        assert caught.value.failure is Failure(vector["failure"])
    else:
        assert READERS[kind](vector) == vector["expect"]


def test_every_kind_has_vectors_and_names_are_unique():
    kinds = {}
    for file in FILES:
        content = json.loads(file.read_text("utf-8"))
        names = [vector["name"] for vector in content["vectors"]]
        assert len(set(names)) == len(names)
        kinds[content["kind"]] = {"expect" if "expect" in vector else "failure" for vector in content["vectors"]}
    assert kinds == {kind: {"expect", "failure"} for kind in READERS}


def test_good_stories_are_spelled_as_we_spell_them():
    content = json.loads((ROOT / "vectors" / "edition" / "story.json").read_text("utf-8"))
    for vector in content["vectors"]:
        if "expect" in vector and not vector["name"].startswith("later"):
            data = data_of(vector)
            assert story_to_bytes(story_from_bytes(data)) == data


def test_the_generator_still_writes_these():
    ran = subprocess.run(
        [sys.executable, ROOT / "vectors" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
