"""What ninjs 3.1 and NewsML-G2 2.35 ask of what we write, of which they leave more open: what is not here is a fault.

IPTC's own schemas are no part of this project. Where they are at hand (``wire_out_kit.IPTC``) they judge the same
items, and what these rules refuse (``test_wire_rules.py``).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

# --- ninjs: a value is text, a number, one of a set, what a check passes, a list of one kind, or an object ---

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
_ADDRESS = re.compile(r"[^\s<>\"{}|\\^`]+")


def is_time(value: Any) -> bool:
    """Whole, with its zone."""
    return isinstance(value, str) and bool(_TIME.fullmatch(value))


def is_address(value: Any) -> bool:
    """With nothing in it that no address has."""
    return isinstance(value, str) and bool(_ADDRESS.fullmatch(value))


def is_count(value: Any) -> bool:
    """A whole number."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_STATUS = frozenset({"usable", "withheld", "canceled"})
_KIND = frozenset(["text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning"])
_SAID = {"role": str, "contentType": str, "value!": str}
_NAMED = {"name": str}
_ITEM: dict[str, Any] = {
    "uri!": is_address,
    "standard": {"name": frozenset({"ninjs"}), "version": frozenset({"3.1"}), "schema": is_address},
    "type": _KIND,
    "representationType": frozenset({"full", "partial"}),
    "version": str,
    "firstCreated": is_time,
    "versionCreated": is_time,
    "pubStatus": _STATUS,
    "language": str,
    "altIds": [{"role": str, "value": str}],
    "copyrightHolder": str,
    "usageTerms": str,
    "edNote": str,
    "headlines": [_SAID],
    "descriptions": [_SAID],
    "bodies": [_SAID],
    "people": [{"name": str, "rel": str}],
    "located": str,
    "by": str,
    "genres": [_NAMED],
    "subjects": [_NAMED],
    "infoSources": [_NAMED],
    "renditions": [
        {
            "name!": str,
            "href": is_address,
            "contentType": str,
            "width": is_count,
            "height": is_count,
            "sizeInBytes": is_count,
            "duration": is_count,
        }
    ],
}
_ITEM["associations"] = [{**_ITEM, "name!": str, "rel": str}]


def ninjs_faults(item: Any) -> list[str]:
    """Where an item is none."""
    return list(_faults(item, _ITEM, "item"))


def _faults(value: Any, rule: Any, where: str) -> Iterator[str]:
    if isinstance(rule, dict):
        yield from _object_faults(value, rule, where)
    elif isinstance(rule, list):
        if not isinstance(value, list):
            yield f"{where} is no list"
        for at, each in enumerate(value if isinstance(value, list) else ()):
            yield from _faults(each, rule[0], f"{where}[{at}]")
    elif isinstance(rule, frozenset):
        if value not in rule:
            yield f"{where} is {value!r}"
    elif not (isinstance(value, rule) if isinstance(rule, type) else rule(value)):
        yield f"{where} is {value!r}"


def _object_faults(value: Any, rule: dict[str, Any], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is no object"
        return
    rules = {name.rstrip("!"): each for name, each in rule.items()}
    yield from (f"{where} has no {name[:-1]}" for name in rule if name.endswith("!") and name[:-1] not in value)
    for name, each in value.items():
        if name in rules:
            yield from _faults(each, rules[name], f"{where}.{name}")
        else:
            yield f"{where} has a {name}"


# --- NewsML-G2: elements stand in an order, each so often; several names at one place may be mixed ---

_G2, _XHTML = "{http://iptc.org/std/nar/2006-10-01/}", "{http://www.w3.org/1999/xhtml}"
_MANY = 10**6
_OF_ITEM = (("catalogRef", 1, _MANY), ("rightsInfo", 0, _MANY), ("itemMeta", 1, 1), ("contentMeta", 0, 1))
_META = (
    ("itemClass", 1, 1), ("provider", 1, 1), ("versionCreated", 1, 1), ("firstCreated", 0, 1), ("pubStatus", 0, 1),
    ("title", 0, _MANY), ("edNote", 0, _MANY), ("signal", 0, _MANY), ("altRep", 0, _MANY), ("link", 0, _MANY),
)  # fmt: skip
_OF_WHOM = (("name", 0, _MANY),)
_INSIDE: dict[str, tuple[tuple[str, int, int], ...]] = {
    "newsMessage": (("header", 1, 1), ("itemSet", 1, 1)),
    "header": (("sent", 1, 1), ("sender", 0, 1)),
    "itemSet": (("newsItem packageItem", 1, _MANY),),
    "newsItem": (*_OF_ITEM, ("contentSet", 0, 1)),
    "packageItem": (*_OF_ITEM, ("groupSet", 0, 1)),
    "rightsInfo": (("copyrightHolder", 0, 1), ("usageTerms", 0, _MANY)),
    "itemMeta": _META,
    "contentMeta": (
        ("icon", 0, _MANY),
        ("infoSource creator altId", 0, _MANY),
        ("language genre subject headline dateline description", 0, _MANY),
    ),
    "contentSet": (("inlineXML", 1, _MANY),),
    "groupSet": (("group", 1, _MANY),),
    "group": (("itemRef", 0, _MANY),),
    "itemRef": (("itemClass", 0, 1), ("provider", 0, 1), ("pubStatus", 0, 1), ("title", 0, _MANY)),
    **dict.fromkeys(
        ["provider", "copyrightHolder", "infoSource", "creator", "genre", "subject"], (("name", 0, _MANY),)
    ),
}
"""What has elements in it. All else is empty or text."""
_ON_ITEM = {"standard!": "NewsML-G2", "standardversion!": "2.35", "conformance": "power", "guid!": is_address}
_ON_ITEM |= {"version": re.compile(r"[1-9]\d*"), "lang": None, "dir": frozenset({"ltr", "rtl"})}
_CODE = re.compile(r"[^\s:]+:\S+")
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "newsItem": _ON_ITEM,
    "packageItem": _ON_ITEM,
    "catalogRef": {"href!": is_address},
    "itemClass": {"qcode!": re.compile(r"ninat:\w+")},
    "pubStatus": {"qcode!": frozenset(f"stat:{status}" for status in _STATUS)},
    "signal": {"qcode!": _CODE},
    "altRep": {"contenttype": None},
    "link": {
        "rel": _CODE, "reluri": is_address, "residref": is_address, "href": is_address, "contenttype": None,
        "size": re.compile(r"\d+"), "lang": None,
    },
    "icon": {"href!": is_address, "contenttype": None, "width": re.compile(r"\d+"), "height": re.compile(r"\d+")},
    "altId": {"typeuri": is_address},
    "language": {"tag!": None},
    "description": {"role": _CODE},
    "inlineXML": {"contenttype": None},
    "groupSet": {"root!": None},
    "group": {"id!": None, "role!": _CODE},
    "itemRef": {"residref": is_address, "href": is_address, "contenttype": None},
}  # fmt: skip
_TEXTS: dict[str, Callable[[str], bool]] = {"versionCreated": is_time, "firstCreated": is_time, "sent": is_time}


def newsml_faults(data: bytes) -> list[str]:
    """Where a document is none."""
    root = etree.fromstring(data)
    known = root.tag.removeprefix(_G2) in {"newsItem", "packageItem", "newsMessage"}
    return list(_element_faults(root)) if known else [f"the document is a {root.tag}"]


def _element_faults(element: Any) -> Iterator[str]:
    name = element.tag.removeprefix(_G2)
    yield from _attribute_faults(name, element)
    if (check := _TEXTS.get(name)) and not check(element.text or ""):
        yield f"{name} is {element.text!r}"
    if name == "inlineXML":
        if [child.tag for child in element] != [f"{_XHTML}html"]:
            yield "inlineXML holds no html"
        return
    yield from _order_faults(name, [child.tag.removeprefix(_G2) for child in element])
    if name in _INSIDE and (element.text or "").strip():
        yield f"{name} holds text"
    for child in element:
        yield from _element_faults(child)


def _attribute_faults(name: str, element: Any) -> Iterator[str]:
    rules = _ATTRIBUTES.get(name, {})
    has = {etree.QName(key).localname: value for key, value in element.attrib.items()}
    yield from (f"{name} has no {key[:-1]}" for key in rules if key.endswith("!") and key[:-1] not in has)
    known = {key.rstrip("!"): rule for key, rule in rules.items()}
    for key, value in has.items():
        rule = known.get(key, False)
        if rule is None:
            continue
        if isinstance(rule, frozenset):
            passes = value in rule
        else:
            passes = bool(rule) and (value == rule if isinstance(rule, str) else _passes(rule, value))
        if not passes:
            yield f"{name} has {key} {value!r}"


def _passes(rule: Any, value: str) -> bool:
    return bool(rule.fullmatch(value) if isinstance(rule, re.Pattern) else rule(value))


def _order_faults(name: str, children: list[str]) -> Iterator[str]:
    left = list(children)
    for names, least, most in _INSIDE.get(name, ()):
        count = 0
        while left and left[0] in names.split():
            left.pop(0)
            count += 1
        if not least <= count <= most:
            yield f"{name} has {names} {count} times"
    if left:
        yield f"{name} has {left[0]} where it does not belong"
