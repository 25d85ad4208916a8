"""One mapping between the editors' blocks and the readers', both ways."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from tamizdat.errors import StoryError
from tamizdat.markup.line import has_ink
from tamizdat.newsroom.stories.blocks import BodyBlock
from tamizdat.newsroom.stories.mapping import raw_body, story_body
from tamizdat.newsroom.stories.richtext import line_of, text_blocks
from tamizdat.story import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    Run,
    SoundBlock,
    Table,
    plain,
    rich,
)


class Library:
    """Pictures by key, as the library knows them: without the words of a story."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._recordings: list[Recording] = []

    def key_of(self, picture: Picture) -> int:
        self._pictures.append(replace(picture, alt="—", caption="", credit=""))
        return len(self._pictures)

    def sound_key_of(self, block: SoundBlock) -> int:
        self._recordings.append(block.recording)
        return len(self._recordings)

    def recording_of(self, key: int) -> Recording:
        return self._recordings[key - 1]

    def picture_of(self, key: int) -> Picture:
        return self._pictures[key - 1]


def _seen(block: Block) -> bool:
    """Whether every text of the block shows something; what does not, no editor can write."""
    match block:
        case Paragraph(text) | Heading(text, _):
            return has_ink(plain(text))
        case ListBlock(texts, _) | Quote(texts, _) | SoundBlock(_, texts):
            return all(has_ink(plain(text)) for text in texts)
        case Table(rows, _, _):
            return all(has_ink(plain(cell)) for row in rows for cell in row if cell)
        case _:
            return True


BODIES = st.lists(strategies.blocks().filter(_seen), max_size=8).map(tuple)


@given(BODIES)
def test_a_body_comes_back_as_it_was(body):
    library = Library()
    raw = raw_body(body, library.key_of, library.sound_key_of)
    assert story_body(raw, library.picture_of, recording_of=library.recording_of) == body


@given(BODIES)
def test_what_wagtail_stores_comes_back_as_it_was(body):
    """Through Wagtail's own values, as when a page is saved and loaded again."""
    library = Library()
    # Which pictures the library has is the database's; the others are Wagtail's own to keep.
    words = tuple(block for block in body if not isinstance(block, PictureBlock | SoundBlock))
    block = BodyBlock()
    value = block.to_python(raw_body(words, library.key_of))
    assert story_body(block.get_prep_value(value), library.picture_of) == words


@given(BODIES)
def test_a_body_has_one_stored_form(body):
    library = Library()
    raw = raw_body(body, library.key_of, library.sound_key_of)
    read = story_body(raw, library.picture_of, recording_of=library.recording_of)
    again = raw_body(read, lambda _picture: 0, lambda _sound: 0)
    assert [item["type"] for item in raw] == [item["type"] for item in again]
    assert [item["value"] for item in raw if item["type"] not in {"picture", "sound"}] == [
        item["value"] for item in again if item["type"] not in {"picture", "sound"}
    ]


def test_neighbouring_texts_are_one_block():
    body = (
        Paragraph(rich("a")),
        Heading(rich("b"), 3),
        ListBlock((rich("c"),)),
        Quote((rich("d"),)),
        Paragraph(rich("e")),
    )
    assert [item["type"] for item in raw_body(body, Library().key_of)] == ["text", "quote", "text"]


_TWO, _THREE = Run("two", strong=True), Run("three", emphasis=True)


@pytest.mark.parametrize(
    ("html", "blocks"),
    [
        ('<p data-block-key="k3">One <b>two</b> <i>three</i></p>', [Paragraph((Run("One "), _TWO, Run(" "), _THREE))]),
        ('<p>a</p><p data-block-key="x"></p><p>b</p>', [Paragraph(rich("a")), Paragraph(rich("b"))]),
        ('<h3>h</h3><ol><li>x</li><li></li></ol><ul></ul>', [Heading(rich("h"), 3), ListBlock((rich("x"),), True)]),
        ('<p><a href="https://a.example/?b=1&amp;c">l</a></p>', [Paragraph((Run("l", href="https://a.example/?b=1&c"),))]),
        ("<p>one<br/>line</p>", [Paragraph(rich("one line"))]),
        ("<div>foreign <u>words</u></div>", [Paragraph(rich("foreign words"))]),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", None),
        ("", []),
    ],
)  # fmt: skip
def test_the_editors_html_is_read(html, blocks):
    read = text_blocks(html)
    if blocks is None:
        assert "".join(plain(text) for block in read for text in block.items) == "ab"
    else:
        assert list(read) == blocks


@given(st.text())
def test_any_stored_html_is_read_or_refused_as_a_story(html):
    try:
        text_blocks(html)
        line_of(html)
    except StoryError as error:
        assert error.detail


def test_a_link_that_no_story_carries_names_its_block():
    raw = [{"type": "text", "value": "<p>fine</p>"}, {"type": "text", "value": '<p><a href="javascript:x()">y</a></p>'}]
    with pytest.raises(StoryError) as error:
        story_body(raw, Library().picture_of)
    assert error.value.fields["field"] == "block 2: link"


def test_the_librarys_words_stand_where_the_story_has_none():
    found = Picture(alt="from the library", credit="Harbour Wire", origin="0" * 64)
    value = {"picture": {"image": 1, "decorative": False, "alt_text": ""}, "caption": "c", "credit": ""}
    (block,) = story_body([{"type": "picture", "value": value}], lambda _key: found)
    assert (block.picture.alt, block.picture.credit, block.picture.caption) == ("from the library", "Harbour Wire", "c")
