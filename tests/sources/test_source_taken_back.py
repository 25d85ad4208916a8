"""Notices that take an item back are often shorter than the item: they are heard all the same."""

import json

import pytest

from conftest import NOW
from tamizdat.errors import ItemWithdrawn
from tamizdat.sources.registry import open_source

ITEM = {
    "uri": "urn:example:bread",
    "type": "text",
    "version": "3",
    "firstcreated": "2026-11-23T06:00:00Z",
    "versioncreated": "2026-11-23T07:00:00Z",
    "language": "ru",
    "headline": "Bread",
    "body_xhtml": "<p>It is 61.</p>",
}
NOTICE = {"uri": "urn:example:bread", "pubstatus": "canceled", "versioncreated": "2026-11-23T08:00:00Z"}
SHORT = {
    "without a version": {**NOTICE, "language": "ru"},
    "without a language": {**NOTICE, "version": "4"},
    "with nothing but its status": {"uri": "urn:example:bread", "pubstatus": "withheld"},
    "with a language that is none": {**NOTICE, "language": "x y!"},
    "with a version that is no number": {**NOTICE, "version": "3.1"},
    "with the item's own dates": {**ITEM, "pubstatus": "canceled"},
    "with the item's date alone": {
        "uri": "urn:example:bread", "pubstatus": "canceled", "firstcreated": "2026-11-23T06:00:00Z"
    },
    "with dates that are none": {**NOTICE, "versioncreated": "yesterday", "embargoed": "noon", "version": "4"},
    "with dates that are none, and no version": {**NOTICE, "firstcreated": "?", "versioncreated": "?"},
}  # fmt: skip
G2 = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:example:bread" {version} xml:lang="en">
<itemMeta><itemClass qcode="ninat:text"/>{meta}</itemMeta><contentMeta>{more}<headline>Bread</headline></contentMeta>
<contentSet><inlineData contenttype="text/plain">It is 61.</inlineData></contentSet></newsItem>"""
MADE = "<versionCreated>2026-11-23T{hour}:00:00Z</versionCreated>"
RUSSIAN = '<language tag="ru"/>'


def put(tmp_path, *items):
    for at, item in enumerate(items):
        if isinstance(item, str):
            (tmp_path / f"{at}.xml").write_text(item, "utf-8")
        else:
            (tmp_path / f"{at}.json").write_text(json.dumps(item), "utf-8")


def read(tmp_path, kind="ninjs", **more):
    heard = []
    source = open_source(kind, base_dir=tmp_path, now=NOW, path=".", embargoed=True, **more)
    stories = [gathered.story for gathered in source.stories(heard.append)]
    return [story.language for story in stories], [note for note in heard if isinstance(note, ItemWithdrawn)]


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("language", ["", "en"])
def test_a_short_notice_takes_back(tmp_path, name, language):
    put(tmp_path, ITEM)
    assert read(tmp_path)[0] == ["ru"]
    put(tmp_path, ITEM, SHORT[name])
    stories, taken_back = read(tmp_path, **({"language": language} if language else {}))
    assert stories == []
    assert [note.fields["language"] for note in taken_back] in (["ru"], [""])


def test_a_notice_alone_is_heard(tmp_path):
    put(tmp_path, SHORT["with nothing but its status"])
    _stories, (note,) = read(tmp_path, language="en")
    assert (note.fields["language"], note.fields["status"]) == ("", "withheld")


def test_what_is_sent_again_afterwards_stands(tmp_path):
    for again in (
        {**ITEM, "version": "5", "versioncreated": "2026-11-23T09:00:00Z"},
        {**ITEM, "version": None, "versioncreated": "2026-11-23T09:00:00Z"},
    ):
        for notice in ({**NOTICE, "version": "4"}, NOTICE):
            put(tmp_path, ITEM, notice, again)
            assert read(tmp_path) == (["ru"], [])


def test_a_later_notice_without_a_version_wins_over_one_with_a_version(tmp_path):
    again = {**ITEM, "version": "5", "versioncreated": "2026-11-23T09:00:00Z"}
    put(tmp_path, {**NOTICE, "version": "4"}, again, {**NOTICE, "versioncreated": "2026-11-23T10:00:00Z"})
    stories, taken_back = read(tmp_path)
    assert stories == []
    assert len(taken_back) == 1


def test_a_notice_with_a_language_leaves_the_others(tmp_path):
    put(tmp_path, ITEM, {**ITEM, "language": "en"}, {**NOTICE, "language": "ru"})
    stories, taken_back = read(tmp_path)
    assert stories == ["en"]
    assert [note.fields["language"] for note in taken_back] == ["ru"]


def test_a_notice_without_one_takes_back_what_is_older_alone(tmp_path):
    put(tmp_path, ITEM, {**ITEM, "language": "en", "version": "7"}, {**NOTICE, "version": "4"})
    stories, taken_back = read(tmp_path)
    assert stories == ["en"]
    assert [note.fields["language"] for note in taken_back] == ["ru"]


@pytest.mark.parametrize("version", ['version="4"', ""])
@pytest.mark.parametrize("made", [MADE.format(hour="08"), "", "<versionCreated>soon</versionCreated>"])
def test_newsml_names_the_language_of_the_text_or_takes_back_every_one(tmp_path, version, made):
    text = G2.format(version='version="3"', meta=MADE.format(hour="07"), more=RUSSIAN)
    put(tmp_path, text, G2.format(version=version, meta=made + '<pubStatus qcode="stat:canceled"/>', more=""))
    stories, taken_back = read(tmp_path, "newsml")
    assert stories == []
    assert [note.fields["language"] for note in taken_back] == [""]


def test_newsml_with_a_language_leaves_the_others(tmp_path):
    texts = [G2.format(version='version="3"', meta=MADE.format(hour="07"), more=more) for more in (RUSSIAN, "")]
    canceled = '<pubStatus qcode="stat:canceled"/>'
    put(tmp_path, *texts, G2.format(version="", meta=canceled, more=RUSSIAN))
    stories, taken_back = read(tmp_path, "newsml")
    assert stories == ["en"]
    assert [note.fields["language"] for note in taken_back] == ["ru"]


def test_newsml_sent_again_afterwards_stands(tmp_path):
    texts = [
        G2.format(version=f'version="{number}"', meta=MADE.format(hour=f"0{number}") + status, more=RUSSIAN)
        for number, status in ((3, ""), (4, '<pubStatus qcode="stat:withheld"/>'), (5, ""))
    ]
    put(tmp_path, *texts)
    assert read(tmp_path, "newsml") == (["ru"], [])
