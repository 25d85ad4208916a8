"""IPTC's own examples as a judge: each imports whole, or says exactly what it left out.

``TAMIZDAT_IPTC`` names a folder with checkouts of IPTC's repositories ``newsinjson`` and ``newsml-g2``. They are not
part of this project.
"""

import json
import os
import re
from pathlib import Path

import pytest
from lxml import etree

from tamizdat.errors import SourceError
from tamizdat.markup import plain_text

ROOT = os.environ.get("TAMIZDAT_IPTC", "")
pytestmark = pytest.mark.skipif(not ROOT, reason="TAMIZDAT_IPTC does not name a folder with IPTC's examples")

# What docs/reference/sources.md calls technical: forms of files, identifiers of the format, the choice of renditions.
TECHNICAL = re.compile(
    r"(^|\.)(\$?schema|\$?standard(\..*)?|type|mimetype|contenttype|role|representationtype|charcount|wordcount|version|"
    r"versioncreated|firstcreated|contentcreated|pubstatus|language|renditions.*|rel|creator|uri|embargoed(until)?|associations\[\]\.name)$"
)
WORDS = re.compile(r"\w+")


def examples(repository, pattern):
    found = sorted((Path(ROOT) / repository).glob(pattern)) if ROOT else []
    return [file for file in found if "schema" not in file.name]


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, f"{path}[]")
    elif isinstance(value, str) and WORDS.search(value):
        yield path, value


def words_of(taken):
    return set(WORDS.findall(" ".join(plain_text(repr((each.story, each.origin))) for each in taken.gathered)))


def told(path, notes):
    """Whether a note names the leaf, or what it stands in, by its path."""
    parts = path.split(".")
    ways = {".".join(parts[:end]).lower() for end in range(1, len(parts) + 1)}
    ways |= {way.replace("associations[]", "association") for way in ways}
    return any(re.search(rf"(?<![\w.]){re.escape(way)}(?![\w.\[])", note) for way in ways for note in notes)


@pytest.mark.parametrize(
    "file", examples("newsinjson", "examples/**/*.json"), ids=lambda file: "/".join(file.parts[-2:])
)
def test_ninjs(take, file):
    value = json.loads(file.read_text("utf-8"))
    taken = take("ninjs", path=str(file), language="en")
    assert taken.errors == []
    assert taken.gathered or taken.notes
    said, notes = words_of(taken), [note.lower() for note in taken.notes]
    # Those notes have the words themselves: who made it stands in fields of its own in ninjs.
    said |= set(WORDS.findall(" ".join(note for note in taken.notes if "byline and dateline left out: " in note)))
    missing = {}
    for path, text in leaves(value):
        inside = path.removeprefix("[].").removeprefix("items[].")
        if TECHNICAL.search(inside.lower()) or set(WORDS.findall(plain_text(text))) <= said:
            continue
        other_form = re.match(r"bodies\[\]|body_", inside) and any(
            " left out: it says other words" in note for note in notes
        )
        media = inside.startswith("associations") and any("left out" in note for note in notes)
        if not (told(inside, notes) or other_form or (media and told(inside, notes))):
            missing[inside] = text[:80]
    assert missing == {}


ENVELOPE = re.compile(
    r"^(newsMessage/header/.*|.*/(versionCreated|firstCreated|contentCreated|contentModified|embargoed|generator|"
    r"fileName|hash|timestamp|channel))$"
)
PARTS = frozenset({"contentSet", "contentMeta", "groupSet"})


def elements(root):
    """Path below its item, and words, of every element that has words of its own."""
    for element in root.iter("*"):
        own = " ".join([element.text or "", *(child.tail or "" for child in element)])
        if WORDS.search(own):
            tags = [etree.QName(each).localname for each in (element, *element.iterancestors())][::-1]
            yield "/".join(tags), own


@pytest.mark.parametrize("file", examples("newsml-g2", "releases/2.35/examples/*.xml"), ids=lambda file: file.name)
def test_newsml(take, file):
    root = etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
    if etree.QName(root).localname in PARTS:
        with pytest.raises(SourceError, match="holds no item of NewsML-G2"):
            take("newsml", path=str(file), language="en")
        return
    taken = take("newsml", path=str(file), language="en")
    said, notes = words_of(taken), [*taken.notes, *taken.errors]
    missing = {}
    for path, text in elements(root):
        if ENVELOPE.match(path) or set(WORDS.findall(text)) <= said:
            continue
        inside = re.sub(r"^.*?(newsItem|packageItem|conceptItem|knowledgeItem|planningItem|catalogItem)/", "", path)
        foreign = inside.startswith("contentSet/inlineXML") and any("inlineXML <" in note for note in notes)
        inner = inside.removeprefix("contentSet/inlineXML/")
        if not (foreign or any(f"{inner} (line" in note or f"{inner} left out" in note for note in notes)):
            missing[inside] = text.strip()[:80]
    assert missing == {}


def test_there_is_something_to_judge():
    assert len(examples("newsinjson", "examples/**/*.json")) > 30
    assert len(examples("newsml-g2", "releases/2.35/examples/*.xml")) > 30
