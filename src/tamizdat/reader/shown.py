"""Stories as JSON for machines: what ``--json`` prints."""

from typing import Any, assert_never

from tamizdat.edition.canonical import time_to_text
from tamizdat.story import (
    Block,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    RichText,
    SoundBlock,
    SoundFile,
    Story,
    Table,
    plain,
)


def summary_json(story: Story) -> dict[str, Any]:
    """What a list shows of a story."""
    fields: dict[str, Any] = {
        "story_id": story.story_id,
        "language": story.language,
        "headline": story.headline,
        "lead": story.lead,
        "published": time_to_text(story.published),
        "revision": story.revision,
        "sections": list(story.sections),
    }
    if story.breaking_until:
        fields["breaking_until"] = time_to_text(story.breaking_until)
    if story.corrections:
        fields["corrected"] = True
    if story.retracted:
        fields["retracted"] = True
    if story.translation:
        fields["translation"] = story.translation
    return fields


def story_json(story: Story) -> dict[str, Any]:
    """A whole story. Text with marks has ``text`` (plain) and ``runs``."""
    return summary_json(story) | {
        "byline": list(story.byline),
        "dateline": story.dateline,
        "topics": list(story.topics),
        "updated": time_to_text(story.updated) if story.updated else None,
        "with_reporting_by": list(story.agencies),
        "picture": _picture(story.picture) if story.picture else None,
        "corrections": [{"kind": c.kind, "at": time_to_text(c.at), "text": c.text} for c in story.corrections],
        "related": list(story.related),
        "blocks": [_block(block) for block in story.body],
    }


def _text(text: RichText) -> dict[str, Any]:
    fields: dict[str, Any] = {"text": plain(text)}
    if any(run.emphasis or run.strong or run.href for run in text):
        fields["runs"] = [
            {"text": run.text}
            | ({"emphasis": True} if run.emphasis else {})
            | ({"strong": True} if run.strong else {})
            | ({"href": run.href} if run.href else {})
            for run in text
        ]
    return fields


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "file": f"pictures/{picture.file}.jpg",
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "caption": picture.caption,
        "credit": picture.credit,
    }


def _sound_file(file: SoundFile) -> dict[str, Any]:
    return {"file": file.path, "media_type": file.media_type, "kilobits": file.kilobits, "bytes": file.size}


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text):
            return {"type": "paragraph"} | _text(text)
        case Heading(text, level):
            return {"type": "heading", "level": level} | _text(text)
        case Quote(paragraphs, attribution):
            return {"type": "quote", "paragraphs": [_text(p) for p in paragraphs], "attribution": attribution}
        case ListBlock(items, ordered):
            return {"type": "list", "ordered": ordered, "items": [_text(item) for item in items]}
        case PictureBlock(picture):
            return {"type": "picture"} | _picture(picture)
        case Table(rows, header, caption):
            cells = [[_text(cell) if cell else {"text": ""} for cell in row] for row in rows]
            return {"type": "table", "header": header, "caption": caption, "rows": cells}
        case Embed(url, title):
            return {"type": "embed", "url": url, "title": title}
        case SoundBlock(title, transcript, recording):
            return {
                "type": "sound",
                "title": title,
                "seconds": recording.seconds if recording else None,
                "files": [_sound_file(each) for each in recording.files] if recording else [],
                "transcript": [_text(text) for text in transcript],
            }
        case _:
            assert_never(block)
