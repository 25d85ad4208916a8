"""NITF and XHTML as they stand inside other XML, made HTML for :mod:`tamizdat.markup`. No I/O."""

import io
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from tamizdat.errors import SourceError
from tamizdat.markup import plain_text
from tamizdat.sources.fields import as_line
from tamizdat.sources.xml_tree import Node, read_elements

_RENAMED: Final = {
    "bq": "blockquote", "block": "div", "hl1": "h2", "hl2": "h2", "lang": "span", "nitf-table": "div",
    "nitf-table-metadata": "div", "tagline": "p", "note": "div", "fn": "div", "sub": "span", "sup": "span",
    "credit": "footer", "nitf-col": "div", "custom-table": "div", "table-reference": "div", "abstract": "div",
}  # fmt: skip
_KEPT: Final = frozenset({
    "a", "blockquote", "br", "caption", "cite", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "b", "strong", "li", "ol", "p", "pre", "q", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "span",
    "figure", "figcaption", "img", "small", "video", "audio", "source", "iframe", "footer", "section", "article", "del",
    "s", "picture", "script", "style", "template", "head", "aside", "header", "main", "object", "embed",
})  # fmt: skip
_ATTRIBUTES: Final = frozenset({
    "href", "src", "alt", "title", "class", "colspan", "rowspan", "width", "height", "srcset", "data-src", "cite",
})  # fmt: skip
_MEDIA: Final = frozenset({"media-reference", "media-caption", "media-producer", "media-object", "media-metadata"})
_VOID: Final = frozenset({"br", "hr", "img", "source", "embed"})


@dataclass(frozen=True, slots=True)
class Article:
    """What an NITF document says of its story."""

    headline: str = ""
    subheadlines: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    dateline: str = ""
    abstract: str = ""
    html: str = ""


def read_nitf(nitf: Node) -> Article:
    """The parts of ``<nitf>``: head of the body, content, and what stands at its end."""
    body = nitf if nitf.tag == "body" else nitf.find("body") or Node("body", {}, nitf.line)
    head = body.find("body.head") or Node("body.head", {}, nitf.line)
    hedline = head.find("hedline") or Node("hedline", {}, nitf.line)
    content = body.find("body.content") or Node("body.content", {}, nitf.line)
    end = body.find("body.end")
    dateline = head.find("dateline")
    return Article(
        headline=as_line(hedline.text("hl1")),
        subheadlines=tuple(filter(None, (as_line(each.text()) for each in hedline.all("hl2")))),
        byline=tuple(filter(None, (as_line(" ".join(each.text().split())) for each in head.all("byline")))),
        dateline=as_line(" ".join(dateline.text().split())) if dateline else "",
        abstract=plain_text(html_of(abstract)) if (abstract := head.find("abstract")) else "",
        html=html_of(content) + (html_of(end) if end else ""),
    )


def nitf_in(text: str) -> Article:
    """What a text says that is an NITF document; its headlines and abstract begin the HTML. Raises SourceError."""
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    for root in read_elements(stream, lambda tag, _depth: tag == "nitf", name="nitf", prefix=lambda _: ""):
        found = read_nitf(root)
        lines = (f"<p>{escape(line)}</p>" for line in filter(None, (*found.subheadlines, found.abstract)))
        first = f"<h2>{escape(found.headline)}</h2>" if found.headline else ""
        return replace(found, html=first + "".join(lines) + found.html)
    raise SourceError("holds no <nitf>", source="nitf")


def unread_of(node: Node) -> list[str]:
    """What :func:`html_of` passes over below ``node``, by name and line: a medium's own bytes, and data about it."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.tag == "media-object" and part.text().strip():
            found.append(f"{part.tag} (line {part.line})")
        elif part.tag == "media-metadata":
            said = as_line(part.attributes.get("value", "") or part.text())
            name = as_line(part.attributes.get("name", ""))
            found += [f"{part.tag} {name[:60]} (line {part.line})"] if said else []
        waiting += reversed(part.children)
    return found


def html_of(node: Node) -> str:
    """The element as HTML. Elements that HTML does not know lose their tags, never their text."""
    pieces: list[str] = []
    waiting: list[Node | str] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            pieces.append(part)
        elif part.tag == "media":
            pieces.append(_media(part))
        else:
            tag = _RENAMED.get(part.tag, part.tag)
            inside = [each if isinstance(each, Node) else escape(each) for each in part.parts]
            if tag in _KEPT:
                pieces.append(f"<{tag}{_attributes(part)}>")
                inside += [] if tag in _VOID else [f"</{tag}>"]
            waiting += reversed(inside)
    return "".join(pieces)


def _attributes(node: Node) -> str:
    kept = ((name, value) for name, value in node.attributes.items() if name in _ATTRIBUTES)
    return "".join(f' {name}="{escape(value)}"' for name, value in kept)


def _media(media: Node) -> str:
    """``<media>``: a picture with its caption and maker, or something to play."""
    reference = media.find("media-reference") or Node("media-reference", {}, media.line)
    address = reference.attributes.get("source", "")
    alternate = reference.attributes.get("alternate-text", "") or as_line(reference.text())
    captions = " ".join(html_of(each) for each in media.all("media-caption"))
    producer = " ".join(escape(as_line(each.text())) for each in media.all("media-producer"))
    caption = f"<figcaption>{captions} <small>{producer}</small></figcaption>" if captions or producer else ""
    others = (part for part in media.parts if isinstance(part, str) or part.tag not in _MEDIA)
    rest = "".join(escape(part) if isinstance(part, str) else html_of(part) for part in others)
    caption += f"<div>{rest}</div>" if rest.strip() else ""
    kind = media.attributes.get("media-type", "image").lower()
    if kind in {"audio", "video"}:
        return f'<figure><{kind} src="{escape(address)}" title="{escape(alternate)}"></{kind}>{caption}</figure>'
    if not address:
        return f"<div>{captions} {producer} {escape(alternate)} {rest}</div>"
    return f'<figure><img src="{escape(address)}" alt="{escape(alternate)}">{caption}</figure>'
