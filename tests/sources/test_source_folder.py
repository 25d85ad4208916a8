"""A folder of Markdown: layouts, front matter, pictures that must stay inside, and every fault with file and line."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, Take
from tamizdat.errors import ItemError, SourceError
from tamizdat.sources.folder import names_in_path
from tamizdat.sources.front_matter import split_front_matter
from tamizdat.sources.registry import open_source
from tamizdat.story import Embed, Paragraph, Picture, PictureBlock, rich

PIXELS = b"\x89PNG picture"
FULL = """---
id: water-1
language: en
title: "Lead: found"
lead: In *short*
date: 2026-11-20 10:15:00 +0300
updated: 2026-11-21
byline: [A, B]
dateline: Kaldra
sections: society
tags:
  - water
  - health
with_reporting_by: [RW]
breaking_until: 2026-11-22T00:00:00Z
revision: 2
picture:
  file: pics/tap.jpg
  alt: A tap
  caption: Cap
  credit: X
  focus: [0.5, 0.3]
corrections:
  - at: 2026-11-21T09:30:00Z
    text: It was 14, not 41.
  - at: 2026-11-21T10:30:00Z
    text: Tap water, not rain.
    kind: clarification
related: [bread-1, water-2, bread-1]
---
Text.
"""


@pytest.fixture
def stories(tmp_path):
    def write(**files):
        for name, content in files.items():
            put(tmp_path, name, content)
        return tmp_path

    return write


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def one(take, tmp_path, text, **settings):
    put(tmp_path, "s/story.md", text)
    return take("folder", path="s", **({"language": "en"} | settings))


def test_a_story_with_everything(take, tmp_path):
    put(tmp_path, "s/pics/tap.jpg", PIXELS)
    taken = one(take, tmp_path, FULL)
    assert (taken.errors, taken.notes) == ([], [])
    (gathered,) = taken.gathered
    story = gathered.story
    assert gathered.dated
    assert (story.story_id, story.language, story.headline, story.lead) == (
        "water-1",
        "en",
        "Lead: found",
        "In *short*",
    )
    assert story.published.isoformat() == "2026-11-20T07:15:00+00:00"
    assert story.updated.isoformat() == "2026-11-21T00:00:00+00:00"
    assert (story.byline, story.sections, story.topics) == (("A", "B"), ("society",), ("water", "health"))
    assert (story.agencies, story.revision, story.dateline) == (("RW",), 2, "Kaldra")
    assert story.picture == Picture("A tap", caption="Cap", credit="X", focus=(500, 300))
    assert story.picture.origin == "pics/tap.jpg"
    assert story.corrections[0].text == "It was 14, not 41."
    assert [each.kind for each in story.corrections] == ["correction", "clarification"]
    assert story.related == ("bread-1", "water-2")


def test_of_a_retracted_story_only_headline_and_reason_go_out(take, tmp_path):
    put(tmp_path, "s/pics/tap.jpg", PIXELS)
    taken = one(take, tmp_path, FULL.replace("kind: clarification", "kind: retraction"))
    (story,) = taken.stories
    assert story.retracted
    assert (story.headline, story.corrections[1].text) == ("Lead: found", "Tap water, not rain.")
    assert (story.lead, story.body, story.picture, story.breaking_until) == ("", (), None, None)


def test_the_same_in_toml(take, tmp_path):
    put(tmp_path, "s/pics/tap.jpg", PIXELS)
    text = (
        '+++\nid = "water-1"\ntitle = "T"\ndate = 2026-11-20T10:15:00+03:00\nupdated = 2026-11-21\nrevision = 2\n'
        'draft = false\nauthors = ["A"]\n[picture]\nfile = "pics/tap.jpg"\nalt = "A tap"\nfocus = [0.5, 0.3]\n'
        '[[corrections]]\nat = 2026-11-21T09:30:00Z\ntext = "C"\n+++\nText.\n'
    )
    (story,) = one(take, tmp_path, text).stories
    assert story.published.isoformat() == "2026-11-20T07:15:00+00:00"
    assert (story.revision, story.byline, story.picture.focus) == (2, ("A",), (500, 300))
    assert story.corrections[0].text == "C"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("war/ru.md", ("war", "ru")),
        ("fa/war.md", ("war", "fa")),
        ("en/prs.md", ("prs", "en")),
        ("tarn-road/prs.md", ("tarn-road", "prs")),
        ("war.ru.md", ("war", "ru")),
        ("a.b.sr-Latn.md", ("a.b", "sr-Latn")),
        ("ru/2026/war.md", ("war", "ru")),
        ("war/index.md", ("war", "")),
        ("ru/war/index.md", ("war", "ru")),
        ("war/index.ru.md", ("war", "ru")),
        ("2026/war.md", ("war", "")),
        ("war.md", ("war", "")),
        ("v1.2.md", ("v1.2", "")),
        ("war/pt-br.md", ("war", "pt")),
    ],
)
def test_layouts(path, expected):
    assert names_in_path(path) == expected


def test_order_and_what_is_passed_over(take, tmp_path):
    names = [
        "b.md",
        "a/x.md",
        "a.md",
        "Z.md",
        "é.markdown",
        ".hidden.md",
        ".git/x.md",
        "README.md",
        "a/readme.md",
        "n.txt",
    ]
    for name in names:
        put(tmp_path, f"s/{name}", f"---\nid: {len(name)}-{names.index(name)}\ntitle: {name}\n---\nx")
    put(tmp_path, "s/draft.md", "---\ntitle: d\ndraft: true\n---\nx")
    taken = take("folder", path="s", language="en")
    assert [story.headline for story in taken.stories] == ["Z.md", "a.md", "a/x.md", "b.md", "é.markdown"]
    assert (taken.errors, taken.notes) == ([], [])


def test_the_first_heading_is_the_headline_if_none_is_given(take, tmp_path):
    taken = one(take, tmp_path, "\ufeff# A *title*\r\n\r\nText.\r\n")
    assert taken.stories[0].headline == "A title"
    assert taken.stories[0].body == (Paragraph(rich("Text.")),)
    assert not taken.gathered[0].dated
    assert taken.stories[0].published == NOW


def test_values_stay_what_was_written(take, tmp_path):
    (story,) = one(
        take, tmp_path, "---\nid: 007\ntitle: no\nlanguage: no\ntags: [1_0, 12:30, yes, null]\n---\nx"
    ).stories
    assert (story.story_id, story.headline, story.language) == ("007", "no", "no")
    assert story.topics == ("1_0", "12:30", "yes", "null")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("---\ntitle: T\n", 1, "not closed"),
        ("---\ntitle: [T\nx: y\n---\n", 3, "not YAML"),
        ("---\n- a\n---\n", 2, "keys and values"),
        ("---\na: &a [x]\ntitle: *a\n---\n", 3, "aliases"),
        ("---\na: " + "[" * 20_000 + "\n---\n", 1, "YAML"),
        ("---\na: " + "x" * 70_000 + "\n---\n", 1, "65536"),
        ("+++\ntitle = \n+++\n", 2, "not TOML"),
        ("+++\na = " + "[" * 20_000 + "\n+++\n", 1, "TOML"),
        ("---\ntitle: T\ndate: soon\n---\n", 3, "date"),
        ("---\ntitle: T\ndate: 1950-01-01\n---\n", 3, "1970"),
        ("---\ntitle: {a: b}\n---\n", 2, "title must be text"),
        ("+++\ntitle = true\n+++\n", 2, "title must be text"),
        ("---\ntitle: T\nrevision: two\n---\n", 3, "revision"),
        ("---\ntitle: T\ndraft: perhaps\n---\n", 3, "draft"),
        ("---\ntitle: T\ncorrections: x\n---\n", 3, "corrections"),
        ("---\ntitle: T\ncorrections:\n - at: x\n   text: y\n---\n", 3, "corrections"),
        ("---\ntitle: T\ncorrections:\n - at: 2026-01-01\n---\n", 3, "corrections"),
        ("---\ntitle: T\ncorrections:\n - at: 2026-01-01\n   text: y\n   kind: retracted\n---\n", 3, "one of"),
        (b"---\ntitle: T\n---\na\n\xff\n", 5, "UTF-8"),
        ("text without a title", 0, "headline"),
        ("---\ntitle: T\nlanguage: x!\n---\n", 0, "language"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_the_rest_goes_on(take, tmp_path, text, line, reason):
    put(tmp_path, "s/a.md", "# First\n")
    put(tmp_path, "s/z.md", "# Last\n")
    taken = one(take, tmp_path, text)
    assert [story.headline for story in taken.stories] == ["First", "Last"]
    (error,) = taken.errors
    assert error.startswith(f"s/story.md:{line}: " if line else "s/story.md: ")
    assert reason in error
    assert len(error) < 500


def test_no_language_anywhere(take, tmp_path):
    taken = one(take, tmp_path, "# T", language=None)
    assert "language" in taken.errors[0]


def test_two_files_for_one_story_are_reported(take, tmp_path):
    put(tmp_path, "s/a/en.md", "# One")
    put(tmp_path, "s/en/a.md", "# Two")
    taken = take("folder", path="s")
    assert [story.headline for story in taken.stories] == ["One"]
    assert taken.errors == ["s/en/a.md: a (en) is already in s/a/en.md"]


def test_unknown_keys_are_noted_with_their_line(take, tmp_path):
    taken = one(take, tmp_path, "---\ntitle: T\nlayout: post\npicture: {alt: A, file: x.jpg, colour: red}\n---\nx")
    assert "s/story.md:3: 'layout' is no key that we know: left out" in taken.notes
    assert any("picture.'colour'" in note for note in taken.notes)


# --- pictures ---


def test_pictures_in_the_body(take, tmp_path):
    put(tmp_path, "s/pics/лодка 1.jpg", PIXELS)
    taken = one(
        take,
        tmp_path,
        "# T\n\n![Boat](<pics/лодка 1.jpg>)\n\n![Web](https://e.org/x.jpg)\n\n![Root](/pics/лодка%201.jpg)",
    )
    origins = [block.picture.origin for block in taken.stories[0].body]
    assert origins == ["pics/лодка 1.jpg", "https://e.org/x.jpg", "pics/лодка 1.jpg"]
    source = open_source("folder", path="s", base_dir=tmp_path, now=NOW)
    assert source.open_picture(origins[0]) == PIXELS


OUTSIDE = (
    "../secret.jpg a/../../secret.jpg /../secret.jpg link.jpg up/secret.jpg %2e%2e/secret.jpg missing.jpg x%00.jpg ."
)


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_pictures_outside_the_folder_are_refused(take, tmp_path, address):
    put(tmp_path, "secret.jpg", PIXELS)
    put(tmp_path, "s/x.txt", "")
    (tmp_path / "s/link.jpg").symlink_to(tmp_path / "secret.jpg")
    (tmp_path / "s/up").symlink_to(tmp_path)
    taken = one(take, tmp_path, f'---\ntitle: T\n---\n<figure><img src="{address}" alt="A"><figcaption>Cap</figure>')
    assert taken.stories[0].body == (Paragraph(rich("Cap")),)
    assert "left out" in taken.notes[0]
    with pytest.raises(ItemError):
        open_source("folder", path="s", base_dir=tmp_path, now=NOW).open_picture(address.replace("%2e", "."))


def test_stories_behind_a_link_out_of_the_folder_are_refused(take, tmp_path):
    put(tmp_path, "secret.md", "# Secret")
    put(tmp_path, "s/x.md", "# X")
    (tmp_path / "s/a.md").symlink_to(tmp_path / "secret.md")
    taken = take("folder", path="s", language="en")
    assert [story.headline for story in taken.stories] == ["X"]
    assert taken.errors == ["s/a.md: lies outside the folder of the source"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("tap.jpg", "alt"),
        ("{file: tap.jpg}", "alt"),
        ("{file: no.jpg, alt: A}", "no such file"),
        ("{alt: A}", "no such file"),
    ],
)
def test_a_lead_picture_that_cannot_be_is_noted(take, tmp_path, value, reason):
    put(tmp_path, "s/tap.jpg", PIXELS)
    taken = one(take, tmp_path, f"---\ntitle: T\npicture: {value}\n---\nx")
    assert taken.stories[0].picture is None
    assert taken.notes[0].startswith("s/story.md:3: picture left out")
    assert reason in taken.notes[0]


@pytest.mark.parametrize("focus", ["[2, 0]", "[a, b]", "[1]", "5", "[nan, 0]", "[inf, 0]"])
def test_focus_must_be_two_parts(take, tmp_path, focus):
    put(tmp_path, "s/tap.jpg", PIXELS)
    taken = one(take, tmp_path, f"---\ntitle: T\npicture: {{file: tap.jpg, alt: A, focus: {focus}}}\n---\nx")
    assert "focus" in taken.errors[0]


def test_raw_html_takes_the_same_way(take, tmp_path):
    text = '# T\n\n<iframe src="https://v.example/1" title="Film"></iframe>\n\n<script>x</script>\n\n<img src="a.jpg">'
    taken = one(take, tmp_path, text)
    assert taken.stories[0].body == (Embed("https://v.example/1", "Film"),)
    assert "a.jpg" in taken.notes[0]
    assert not any(isinstance(block, PictureBlock) for block in taken.stories[0].body)


def test_no_folder(take):
    with pytest.raises(SourceError):
        take("folder", path="nowhere")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "---\n", "+++\n"]),
    st.one_of(st.text(), st.text("ab:=-[]{}&*!|>'\"#,?%@\n \t0129.TZ")),
    st.sampled_from(["", "\n---\n", "\n+++\n"]),
)
def test_nothing_raises(tmp_path, start, text, end):
    put(tmp_path, "s/a.md", (start + text + end).encode("utf-8", "surrogatepass"))
    Take(open_source("folder", path="s", base_dir=tmp_path, now=NOW, language="en"))
    with contextlib.suppress(ItemError):
        split_front_matter(start + text + end, "f")
