"""Pictures that must not go with their text stay out of it, wherever it shows them."""

import json
from pathlib import Path

import pytest

from tamizdat.sources.ids import story_id_from

LATER, SOONER, OVER = "2026-12-03T00:00:00Z", "2026-12-01T00:00:00Z", "2026-11-01T00:00:00Z"
PHOTO = {
    "uri": "urn:example:photo",
    "type": "picture",
    "headline": "A quay",
    "renditions": {"full": {"href": "https://wire.example/quay.jpg", "mimetype": "image/jpeg"}},
}


def item(photo, **more):
    text = '<p>One.</p><figure><img src="https://wire.example/quay.jpg" alt="A quay"/></figure><p>Two.</p>'
    said = {"uri": "urn:example:bread", "type": "text", "headline": "Bread", "language": "en", "body_xhtml": text}
    return {**said, "versioncreated": "2026-11-23T06:00:00Z", "associations": {"main": photo}, **more}


@pytest.fixture
def read(take, tmp_path):
    def run(photo, **more):
        (tmp_path / "n.json").write_text(json.dumps(item(photo, **more)), "utf-8")
        taken = take("ninjs", path="n.json", embargoed=True)
        (gathered,) = taken.gathered
        assert taken.errors == []
        return [picture.origin for picture in gathered.story.pictures], gathered.origin.parts, " ".join(taken.notes)

    return run


@pytest.mark.parametrize(
    ("photo", "text", "why"),
    [
        ({"embargoed": LATER}, {}, "under embargo until 2026-12-03"),
        ({"embargoedUntil": LATER}, {"embargoed": SOONER}, "under embargo until 2026-12-03"),
        ({"embargoed": "at noon"}, {}, "cannot be read"),
        ({"embargoed": ""}, {}, "its embargo says no time"),
        ({"embargoed": " "}, {}, "its embargo says no time"),
        ({"embargoed": True}, {}, "its embargo says no time"),
        ({"embargoed": False}, {}, "its embargo says no time"),
        ({"embargoedUntil": {"until": OVER}}, {}, "its embargo says no time"),
        ({"embargoed": OVER, "embargoedUntil": True}, {}, "its embargo says no time"),
        ({"pubstatus": "canceled"}, {}, "its status is canceled"),
        ({"pubstatus": "stat:canceled"}, {}, "its status is canceled"),
    ],
)
def test_a_picture_that_must_not_go_with_its_text_does_not(read, photo, text, why):
    pictures, parts, notes = read({**PHOTO, **photo}, **text)
    assert (pictures, parts) == ([], ())
    assert why in notes
    assert "urn:example:photo" in notes


@pytest.mark.parametrize(
    ("photo", "text"),
    [({}, {}), ({"embargoed": OVER}, {}), ({"embargoed": None}, {}), ({"embargoed": SOONER}, {"embargoed": SOONER}),
     ({"embargoed": SOONER}, {"embargoed": LATER})],
)  # fmt: skip
def test_what_may_go_with_it_does(read, photo, text):
    pictures, parts, notes = read({**PHOTO, **photo}, **text)
    assert pictures == ["https://wire.example/quay.jpg"]
    assert parts == (story_id_from("urn:example:photo"),)
    assert "under embargo" not in notes


@pytest.mark.parametrize("by", ["uri", "guid"])
def test_a_picture_that_was_taken_back_by_itself_stays_out(take, tmp_path, by):
    kill = {"uri": "urn:example:photo", "pubstatus": "canceled", "version": "2"}
    photo = {**{name: said for name, said in PHOTO.items() if name != "uri"}, by: "urn:example:photo"}
    other = {**PHOTO, "uri": "urn:example:other", "renditions": {"full": {"href": "https://wire.example/other.jpg"}}}
    said = [item(photo, associations={"main": photo, "second": other}), kill]
    (tmp_path / "n.json").write_text(json.dumps(said), "utf-8")
    taken = take("ninjs", path="n.json")
    (gathered,) = taken.gathered
    assert [picture.origin for picture in gathered.story.pictures] == ["https://wire.example/other.jpg"]
    assert gathered.origin.parts == (story_id_from("urn:example:other"),)
    assert "urn:example:photo left out: its source took it back by itself" in " ".join(taken.notes)
    (gathered,) = take("ninjs", path="n.json", withdrawn_pictures=True).gathered
    assert len(gathered.story.pictures) == 2
    (tmp_path / "n.json").write_text(json.dumps([*said, {**PHOTO, "version": "3", "language": "en"}]), "utf-8")
    assert len(take("ninjs", path="n.json").stories[0].pictures) == 2, "it stands again"


def test_pictures_of_a_package_are_known_by_their_ids(take, tmp_path):
    around = '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>{}</itemSet></newsMessage>'
    head = '<newsItem guid="{guid}" version="1" xml:lang="en"><itemMeta><itemClass qcode="ninat:{kind}"/></itemMeta>'
    head += "<contentMeta><headline>{guid}</headline></contentMeta><contentSet>{content}</contentSet></newsItem>"
    shown = '<remoteContent href="https://wire.example/quay.jpg" contenttype="image/jpeg"/>'
    words = '<inlineData contenttype="text/plain">It is 61.</inlineData>'
    package = '<packageItem guid="p" version="1"><groupSet root="r"><group id="r">{}</group></groupSet></packageItem>'
    named = "".join(f'<itemRef residref="urn:x:{name}"/>' for name in ("text", "photo"))
    items = [head.format(guid="urn:x:text", kind="text", content=words)]
    items += [head.format(guid="urn:x:photo", kind="picture", content=shown), package.format(named)]
    (tmp_path / "n.xml").write_text(around.format("".join(items)), "utf-8")
    (gathered,) = take("newsml", path="n.xml").gathered
    assert gathered.origin.parts == (story_id_from("urn:x:photo"),)
    words = words.replace("text/plain", "text/html").replace(
        "It", '&lt;img src="https://wire.example/quay.jpg" alt="Q"/>It'
    )
    (tmp_path / "n.xml").write_text(
        around.format("".join([head.format(guid="urn:x:text", kind="text", content=words), *items[1:]])), "utf-8"
    )
    (gathered,) = take("newsml", path="n.xml").gathered
    assert len(gathered.story.pictures) == 1
    assert gathered.origin.parts == (story_id_from("urn:x:photo"),), "the text shows it itself"
    kill = '<newsItem guid="urn:x:photo" version="2"><itemMeta><pubStatus qcode="stat:canceled"/></itemMeta></newsItem>'
    (tmp_path / "n.xml").write_text(around.format("".join([*items, kill])), "utf-8")
    (gathered,) = take("newsml", path="n.xml").gathered
    assert (gathered.story.picture, gathered.origin.parts) == (None, ()), "it was taken back by itself"


def test_a_picture_that_came_again_is_not_gone_though_it_names_no_language(take, tmp_path):
    """Pictures need none."""
    days = [f"2026-11-{day}T06:00:00Z" for day in (20, 21)]
    again = {**PHOTO, "version": "2", "versioncreated": days[1]}
    items = [{**PHOTO, "version": "1", "versioncreated": days[0], "pubstatus": "canceled"}, again, item(again)]
    for had, came in ((items, ["https://wire.example/quay.jpg"]), ([items[0], items[2]], [])):
        (tmp_path / "n.json").write_text(json.dumps(had), "utf-8")
        (gathered,) = take("ninjs", path="n.json").gathered
        assert [picture.origin for picture in gathered.story.pictures] == came


@pytest.mark.parametrize("shown", ["its own file", "its text", "its text in other words"])
def test_a_picture_that_was_taken_back_by_itself_stays_out_where_a_text_of_newsml_shows_its_file(take, tmp_path, shown):
    around = '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>{}</itemSet></newsMessage>'
    head = '<newsItem guid="urn:x:{name}" version="{version}" xml:lang="en"><itemMeta><itemClass qcode="ninat:{kind}"/>'
    head += '<pubStatus qcode="stat:{status}"/></itemMeta><contentMeta><headline>{name}</headline></contentMeta>'
    head += "<contentSet>{content}</contentSet></newsItem>"

    def file(name):
        there = f"{name}.jpg" if shown == "its text in other words" else f"./{name}.jpg"
        return f'<remoteContent href="{there}" contenttype="image/jpeg"/>'

    own, inside = "", ""
    for name in ("quay", "other"):
        (tmp_path / f"{name}.jpg").write_bytes(b"x")
        own += file(name)
        inside += f'&lt;img src="./{name}.jpg" alt="Q"/>'
    words = '<inlineData contenttype="text/html">&lt;p>It is 61.&lt;/p>{}</inlineData>'
    content = own + words.format("") if shown == "its own file" else words.format(inside)

    def origins(photo, version):
        text = head.format(name="text", version=1, kind="text", status="usable", content=content)
        items = [text, head.format(name="quay", version=1, kind="picture", status="usable", content=file("quay"))]
        items.append(head.format(name="quay", version=version, kind="picture", status=photo, content=""))
        items.append(head.format(name="again", version=1, kind="picture", status="usable", content=file("quay")))
        (tmp_path / "n.xml").write_text(around.format("".join(items)), "utf-8")
        taken = take("newsml", path="n.xml")
        stories = {story.headline: story for story in taken.stories}
        assert stories["again"].picture.origin == "quay.jpg", "under another id it was not taken back"
        is_told = "took it back by itself" in " ".join(taken.notes)
        return [Path(each.origin).name for each in stories["text"].pictures], is_told

    assert origins("usable", 2) == (["quay.jpg", "other.jpg"], False)
    assert origins("canceled", 2) == (["other.jpg"], True)


@pytest.mark.parametrize("options", [{}, {"language": "ru"}])
def test_a_picture_that_names_no_language_is_taken_back_by_a_notice_that_names_one(take, tmp_path, options):
    """That one has a default for texts says nothing of it."""
    kill = {"uri": PHOTO["uri"], "version": "2", "pubstatus": "canceled", "language": "en"}
    had = [{**PHOTO, "version": "1"}, item(PHOTO), {**PHOTO, "version": "3"}]
    for said, count in (([*had[:2], kill], 0), ([*had, kill], 1), (had, 1)):
        (tmp_path / "n.json").write_text(json.dumps(said), "utf-8")
        stories = take("ninjs", path="n.json", **options).stories
        (text,) = (story for story in stories if story.headline == "Bread")
        assert len(text.pictures) == count
