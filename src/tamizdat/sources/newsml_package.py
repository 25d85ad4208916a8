"""Packages of NewsML-G2: which items belong together. Pictures beside one text become that story's. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from tamizdat.errors import ItemNote
from tamizdat.sources.port import Gathered, Origin, Report
from tamizdat.sources.xml_tree import Node
from tamizdat.story import PictureBlock

Found = tuple[str, Gathered]
"""The guid of an item, and what became of it."""


def references(node: Node) -> list[str]:
    """What a package or group names, in its order, groups within groups included."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.tag == "itemRef":
            found.append(part.attributes.get("residref", ""))
        waiting += reversed(part.children)
    return found


def together(packages: Sequence[Node], found: Sequence[Found], report: Report) -> Iterator[Gathered]:
    """What was found, in order, with pictures in the text beside which a package gives them.

    A picture that several texts could have, or none, stays a story of its own.
    """
    known = dict(found)
    texts: dict[str, list[str]] = {}
    for package in packages:
        for group in (package, *_groups(package)):
            named = [guid for guid in dict.fromkeys(references(group)) if guid in known]
            pictures = [guid for guid in named if _is_picture(known[guid])]
            others = [guid for guid in named if guid not in pictures]
            for guid in pictures if len(others) == 1 else ():
                # A picture that must wait longer than the text would be seen too early in it.
                if _embargo(known[guid]) in {None, _embargo(known[others[0]])}:
                    texts.setdefault(guid, []).append(others[0])
    # Of a package and its groups whichever leaves one text alone counts.
    home = {guid: set(named).pop() for guid, named in texts.items() if len(set(named)) == 1}
    for guid, gathered in found:
        if guid in home:
            report(ItemNote(_told(gathered, known[home[guid]]), where=gathered.where, what=gathered.story.story_id))
            continue
        yield _with(gathered, [known[other] for other, at in home.items() if at == guid])


def _groups(package: Node) -> Iterator[Node]:
    for groups in package.all("groupSet"):
        yield from groups.all("group")


def _is_picture(gathered: Gathered) -> bool:
    """Whether it is a picture and nothing else."""
    return gathered.story.picture is not None and not gathered.story.body and not gathered.story.lead


def _embargo(gathered: Gathered) -> datetime | None:
    return gathered.origin.embargoed if gathered.origin else None


def _told(picture: Gathered, text: Gathered) -> str:
    """Where a picture went, and what it said of itself that stays behind."""
    origin = picture.origin
    rights = [origin.rights, origin.usage_terms] if origin else []
    said = "; ".join(filter(None, (picture.story.headline, *rights)))[:300]
    return f"no story of its own: the picture went to {text.story.story_id}, beside which its package gives it ({said})"


def _with(gathered: Gathered, pictures: Sequence[Gathered]) -> Gathered:
    """The story with these pictures: the first one in front if it has none yet, the others after its text."""
    story = gathered.story
    there = {picture.origin for picture in story.pictures}
    new = [each.story.picture for each in pictures if each.story.picture and each.story.picture.origin not in there]
    lead = story.picture or next(iter(new), None)
    after = tuple(PictureBlock(picture) for picture in new if picture is not lead)
    parts = tuple(each.story.story_id for each in pictures)
    if not parts:
        return gathered
    origin = replace(gathered.origin, parts=parts) if gathered.origin else Origin(parts=parts)
    return replace(gathered, story=replace(story, picture=lead, body=(*story.body, *after)), origin=origin)
