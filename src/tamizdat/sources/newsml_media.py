"""Pictures, films and recordings of an item of NewsML-G2. The only I/O is asking whether a picture is there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from tamizdat.errors import ItemError
from tamizdat.markup.links import resolve
from tamizdat.sources.fields import Fields, as_line
from tamizdat.sources.newsml_item import Item, code_of, described
from tamizdat.sources.ninjs_media import Note, Place, media_of
from tamizdat.sources.xml_tree import Node
from tamizdat.story import Block, Embed, Picture, PictureBlock

_CAPTIONS: Final = ("caption", "description", "")
_OF_CLASS: Final = {"picture": "image", "graphic": "image", "video": "video", "audio": "audio"}
"""By an item's class, the kind of content that it is; the rest of its content stands for it or goes with it."""
_TYPES: Final = {"image": "picture", "video": "video", "audio": "audio"}
_SHOWN_CHARS: Final = 200


def media_in(
    item: Item, headline: str, lead: str, place: Place, note: Note
) -> tuple[Picture | None, tuple[Block, ...]]:
    """The picture that the item is or has, and what else it shows or plays. ``note`` hears of what it could not take.

    Several files of one kind are forms of one thing where the item is such a thing, or where they say which form they
    are (``rendition``). Pictures of a text that do not are several.
    """
    about = {
        "headline": headline,
        "description_text": lead or described(item, _CAPTIONS),
        "byline": item.text("contentMeta/creditline") or _credit(item),
    }
    shown: list[Picture | Embed] = []
    for kind, forms in _groups(item, note):
        renditions = [_rendition(each) for each in forms]
        uri = item.node.attributes.get("guid", "")
        found = media_of(
            Fields({**about, "type": kind, "uri": uri, "renditions": renditions}), place, note, words=headline
        )
        shown += [found.shown] if found else []
    lead_picture = next((each for each in shown if isinstance(each, Picture)), None)
    rest = (each for each in shown if each is not lead_picture)
    return lead_picture, tuple(each if isinstance(each, Embed) else PictureBlock(each) for each in rest)


def is_picture(item: Item) -> bool:
    """Whether the item is a picture, and no text that shows some."""
    return _own_kind(item) == "image"


def files_of(item: Item) -> tuple[str, ...]:
    """Where the files of an item are, in its own words."""
    return tuple(each.attributes.get("href", "") for each in item.all("contentSet/remoteContent"))


def origins_of(file: str, place: Place) -> Iterator[str]:
    """What ``Picture.origin`` may be of a file that an item has, or whose address stands in a text."""
    yield resolve(file, place.base)
    with suppress(ItemError):
        yield place.origin(file)


def _own_kind(item: Item) -> str:
    return _OF_CLASS.get(code_of(next(iter(item.all("itemMeta/itemClass")), None)).lower(), "")


def _groups(item: Item, note: Note) -> Iterator[tuple[str, Sequence[Node]]]:
    """The files of an item, those together that are forms of one thing, with its type."""
    remote = item.all("contentSet/remoteContent")
    own = _own_kind(item)
    kinds: dict[str, list[Node]] = {}
    for each in remote:
        kind = each.attributes.get("contenttype", "").partition("/")[0].lower() or own
        if kind in _TYPES:
            kinds.setdefault(kind, []).append(each)
        else:
            named = each.attributes.get("href") or each.attributes.get("residref", "")
            what = f"{as_line(each.attributes.get('contenttype', ''))[:60]} {as_line(named)[:_SHOWN_CHARS]}".strip()
            note(f"remoteContent {what} (line {each.line}) left out: it is no picture, film or recording")
    if own in {"video", "audio"} and own in kinds:
        kinds.pop("image", None)  # it stands for the film where that cannot be played
    for kind, forms in kinds.items():
        several = kind == "image" and own != "image" and not any("rendition" in each.attributes for each in forms)
        yield from ((_TYPES[kind], [each]) for each in forms) if several else [(_TYPES[kind], forms)]


def _rendition(node: Node) -> dict[str, str]:
    names = {"size": "sizeinbytes"}
    return {names.get(name, name): value for name, value in node.attributes.items()}


def _credit(item: Item) -> str:
    return next(iter([*item.names("contentMeta/creator"), *item.names("rightsInfo/copyrightHolder")]), "")
