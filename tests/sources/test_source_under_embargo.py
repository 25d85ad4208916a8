"""A source knows which stories wait as soon as it yields the first: other languages of them wait, too."""

import json

import pytest

from conftest import NOW
from tamizdat.sources.port import EmbargoSource
from tamizdat.sources.registry import open_source

LATER, OVER = "2026-11-24T06:00:00+00:00", "2026-11-23T06:00:00+00:00"
_NEWSML = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/"
 guid="{id}" version="{version}" xml:lang="{language}">
<itemMeta><itemClass qcode="ninat:text"/>{embargo}{status}</itemMeta>
<contentMeta><headline>Bread</headline></contentMeta>
<contentSet><inlineData contenttype="text/plain">It is 61.</inlineData></contentSet></newsItem>"""


def ninjs(*items):
    return json.dumps(
        [
            {"uri": story_id, "language": language, "version": version, "headline": "Bread", "type": "text"}
            | {"body_text": "It is 61.", "pubstatus": status, **({"embargoed": embargo} if embargo else {})}
            for story_id, language, version, embargo, status in items
        ]
    )


def newsml(*items):
    made = "".join(
        _NEWSML.format(
            id=story_id,
            language=language,
            version=version,
            embargo=f"<embargoed>{embargo}</embargoed>" if embargo else "",
            status=f'<pubStatus qcode="stat:{status}"/>',
        )
        for story_id, language, version, embargo, status in items
    )
    return f'<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>{made}</itemSet></newsMessage>'


@pytest.mark.parametrize(("kind", "written"), [("ninjs", ninjs), ("newsml", newsml)])
def test_what_waits_is_known_before_the_first_story(tmp_path, kind, written):
    items = [
        ("free", "en", "1", "", "usable"),
        ("waits", "en", "1", LATER, "usable"),
        ("over", "en", "1", OVER, "usable"),
        ("lifted", "en", "1", LATER, "usable"),
        ("lifted", "en", "2", "", "usable"),
        ("gone", "en", "1", LATER, "usable"),
        ("gone", "en", "2", "", "canceled"),
    ]
    (tmp_path / "f").write_text(written(*items), "utf-8")
    source = open_source(kind, base_dir=tmp_path, now=NOW, path="f", embargoed=True)
    assert isinstance(source, EmbargoSource)
    assert next(source.stories(lambda _fault: None)).story.story_id == "free"
    assert source.under_embargo == {"waits"}


def test_what_cannot_wait_says_nothing_of_it(tmp_path):
    source = open_source("jsonl", base_dir=tmp_path, now=NOW, path="f")
    assert not isinstance(source, EmbargoSource)
