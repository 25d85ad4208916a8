"""What an attacker, or a slip, can put where a source reads: pipes, links, names, numbers, bombs in the settings."""

import json
import os
import time

import pytest

from tamizdat.errors import SourceError, StoryError
from tamizdat.sources.times import parse_time
from tamizdat.story import check_language, check_story_id

GOOD = {"id": "a", "lang": "en", "headline": "H"}


@pytest.mark.parametrize("kind", ["feed", "jsonl"])
@pytest.mark.parametrize("path", ["pipe", "/dev/zero", "a\0b", "x" * 5_000, "missing"])
def test_what_is_no_file_is_not_waited_for(take, tmp_path, kind, path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError) as caught:
        take(kind, path=path)
    assert str(caught.value).startswith(path[:50])


@pytest.mark.parametrize("path", ["pipe", "a\0b", "x" * 5_000])
def test_what_is_no_folder(take, tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is not a folder"):
        take("folder", path=path)


def test_nothing_outside_a_folder_of_json_lines_is_read(take, tmp_path):
    (tmp_path / "secret.txt").write_text(json.dumps(GOOD | {"id": "secret"}))
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "a.jsonl").symlink_to(tmp_path / "secret.txt")
    (folder / "b.jsonl").symlink_to("/dev/zero")
    (folder / "c.jsonl").mkdir()
    os.mkfifo(folder / "d.jsonl")
    (folder / "e.jsonl").write_text(json.dumps(GOOD))
    (folder / "f.jsonl").symlink_to("e.jsonl")
    taken = take("jsonl", path="archive")
    assert [story.story_id for story in taken.stories] == ["a"]
    assert taken.errors == [
        "archive/a.jsonl: lies outside the folder of the source",
        "archive/b.jsonl: lies outside the folder of the source",
        "archive/c.jsonl: there is no such file",
        "archive/d.jsonl: there is no such file",
        "archive/f.jsonl:1: a (en) was already at archive/e.jsonl:1",
    ]


def test_pipes_devices_and_loops_among_stories(take, tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    os.mkfifo(folder / "a.md")
    (folder / "b.md").symlink_to("/dev/zero")
    (folder / "c.md").symlink_to("c.md")
    (folder / "d.md").mkdir()
    os.mkfifo(folder / "z.jpg")
    (folder / "ok.md").write_text("# T\n\n![a](z.jpg) ![b](/dev/zero) ![c](%00.jpg) text")
    taken = take("folder", path="s", language="en")
    assert [story.story_id for story in taken.stories] == ["ok"]
    assert [error.partition(":")[0] for error in taken.errors] == ["s/a.md", "s/b.md", "s/c.md"]
    assert len(taken.notes) == 3


def test_names_of_files_that_are_no_text_or_hold_line_breaks(take, tmp_path):
    folder = tmp_path / "s"
    folder.mkdir()
    for name in (b"\xff\xfe.md", b"a\nnote: all is well\x1b[31m.md"):
        (folder / os.fsdecode(name)).write_text("# T\n\ntext")
    taken = take("folder", path="s", language="en")
    assert len(taken.stories) == 2
    assert all(ord(character) >= 32 for gathered in taken.gathered for character in gathered.where)


@pytest.mark.parametrize("key", ["title", "id", "language", "revision", "draft", "byline", "picture", "lead"])
def test_a_number_of_more_digits_than_python_writes(take, tmp_path, key):
    (tmp_path / "a.md").write_text(f"+++\n{key} = 0x{'f' * 6_000}\n+++\n# T\n")
    taken = take("folder", path=".", language="en")
    assert f"{key} is too long a number" in taken.errors[0]


SETTINGS = {
    "blank lines and a key that is not found": ("---", lambda size: "\n" * size + '"\\x41": 1'),
    "unknown keys": ("---", lambda size: "".join(f"k{n}: 1\n" for n in range(size // 9))),
    "brackets": ("---", lambda size: "[" * size),
    "lists in lists": ("---", lambda size: "- " * (size // 2)),
    "anchors": ("---", lambda size: "".join(f"- &a{n} b\n" for n in range(size // 10))),
    "keys of many parts": ("+++", lambda size: "a." * (size // 2) + "a = 1"),
    "quoted keys of many parts": ("+++", lambda size: '"a".' * (size // 4) + "a = 1"),
    "a text of one letter": ("+++", lambda size: f'a = "{"a" * size}"'),
    "tables": ("+++", lambda size: "".join(f"[a{n}]\n" for n in range(size // 8))),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_front_matter_takes_time_in_proportion(take, tmp_path, name):
    """Four times the text may cost eight times the processor time; sixteen times would be quadratic."""
    fence, make = SETTINGS[name]

    def cost(size):
        (tmp_path / "a.md").write_text(f"{fence}\n{make(size)}\n{fence}\n# T\n")
        began = time.process_time()
        take("folder", path=".", language="en")
        return time.process_time() - began

    first = cost(16_000)
    if first > 0.1:
        assert cost(64_000) < 8 * first


def test_aliases_are_refused(take, tmp_path):
    steps = zip("abcdefg", "bcdefgh", strict=True)
    bomb = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [{f'*{old}, ' * 9}*{old}]\n" for old, new in steps)
    (tmp_path / "a.md").write_text(f"---\n{bomb}---\n# T\n")
    taken = take("folder", path=".", language="en")
    assert taken.errors == ["./a.md:3: the front matter is not YAML: aliases (*name) are not read"]


def test_fields_and_keys_that_nobody_knows_are_counted_not_listed(take, tmp_path):
    unknown = {f"k{number}": 1 for number in range(100)}
    (tmp_path / "a.jsonl").write_text(json.dumps(GOOD | unknown))
    notes = take("jsonl", path="a.jsonl").notes
    assert (len(notes), notes[-1]) == (21, "a.jsonl:1: 80 more are no fields of a story: left out")
    (tmp_path / "a.md").write_text("---\n" + "".join(f"{key}: 1\n" for key in unknown) + "---\n# T\n")
    notes = take("folder", path=".", language="en").notes
    assert (len(notes), notes[-1]) == (21, "./a.md: 80 more are no keys that we know: left out")


@pytest.mark.parametrize("text", ["2026" + " " * 100_000 + "Z", "2026-01-01" + " " * 100_000 + "x", "9" * 1_000_000])
def test_a_long_text_is_no_time_and_is_not_repeated(text):
    with pytest.raises(StoryError) as caught:
        parse_time(text, "date")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("check", [check_language, check_story_id])
def test_refusals_do_not_repeat_what_is_long(check):
    with pytest.raises(StoryError) as caught:
        check("e!" * 1_000_000)
    assert len(str(caught.value)) < 300
