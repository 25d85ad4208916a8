"""Blocks cut for pages: every word stays, in order, and no piece is heavier than there is room for."""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from strategies import blocks, rich_texts, runs
from tamizdat.markup.write import block_html
from tamizdat.press.body import LEAST_PIECE_BYTES, ListPart, SoundPart, cut, cut_text, page_html
from tamizdat.story import (
    Block,
    Embed,
    Heading,
    ListBlock,
    Paragraph,
    Picture,
    PictureBlock,
    Quote,
    Recording,
    RichText,
    Run,
    SoundBlock,
    SoundFile,
    Table,
    plain,
    rich,
)

LEAST = LEAST_PIECE_BYTES
ROOM = st.integers(LEAST, 9_000)
GEORGIAN = "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ"
KINDS = (Paragraph, Heading, ListBlock, Quote, Table, PictureBlock, Embed, SoundBlock)
RECORDING = Recording(61, tuple(SoundFile(f"{at}e" * 32, "audio/ogg", 12, 9) for at in range(3)))
LONG_ADDRESS = "https://far-shore.example/" + "a" * 4_000


def longer(draw: st.DrawFn, run: Run) -> Run:
    """The run said over and over, up to more than any piece holds."""
    return Run(run.text * draw(st.integers(1, 9_000 // len(run.text.encode()) + 1)), run.emphasis, run.strong, run.href)


@st.composite
def long_texts(draw: st.DrawFn) -> RichText:
    """Rich text of a few bytes or of many times a piece, with and without spaces, some with endless addresses."""
    text = [longer(draw, run) for run in draw(st.lists(runs(), min_size=1, max_size=4))]
    if draw(st.integers(0, 5)) == 0:
        text.append(Run("read on", href=LONG_ADDRESS))
    return rich(text)


@st.composite
def long_blocks(draw: st.DrawFn, *kinds: type[Block]) -> Block:
    """A block of one of ``kinds``, most of them too long for a piece."""
    text = long_texts()
    some = st.lists(text | rich_texts(), min_size=1, max_size=5).map(tuple)
    words = text.map(plain)
    kind = draw(st.sampled_from(kinds or KINDS))
    if kind is Heading:
        return Heading(draw(text), draw(st.sampled_from([2, 3, 4])))
    if kind is ListBlock:
        return ListBlock(draw(some), draw(st.booleans()))
    if kind is Quote:
        return Quote(draw(some), draw(st.just("") | words))
    if kind is PictureBlock:
        return PictureBlock(Picture(draw(words), "ab" * 32, caption=draw(st.just("") | words), credit=draw(words)))
    if kind is SoundBlock:
        return SoundBlock(draw(words), draw(some), RECORDING)
    if kind is Embed:
        return Embed(draw(st.just("https://video.example/1") | st.just(LONG_ADDRESS)), draw(words))
    if kind is Table:
        width = draw(st.integers(1, 4))
        cell = st.just(()) | text | rich_texts()
        rows = draw(st.lists(st.tuples(*[cell] * width), min_size=1, max_size=4))
        return Table(tuple(rows), draw(st.booleans()), draw(st.just("") | words))
    return Paragraph(draw(text))


def words_of(block: Block) -> Iterator[str]:
    """Every text of a block, in reading order."""
    match block:
        case Paragraph(text) | Heading(text):
            yield plain(text)
        case ListBlock(items):
            yield from map(plain, items)
        case Quote(paragraphs, attribution):
            yield from (*map(plain, paragraphs), attribution)
        case PictureBlock(picture):
            yield from (picture.alt, picture.caption, picture.credit)
        case Embed(_, title):
            yield title
        case SoundBlock(title, transcript):
            yield from (title, *map(plain, transcript))
        case Table(rows, _, caption):
            yield caption
            yield from (plain(cell) for row in rows for cell in row)


def weight(*texts: str | RichText) -> int:
    """Bytes of texts and addresses in a page."""
    runs_ = [run for text in texts for run in (rich(text) if isinstance(text, str) and text else text)]
    return sum(len(escape(run.text + run.href).encode()) for run in runs_)


def block_weight(block: Block) -> int:
    """Bytes of a block that may be noise: all but its tags."""
    match block:
        case Paragraph(text) | Heading(text):
            return weight(text)
        case ListBlock(items):
            return weight(*items)
        case Quote(paragraphs, attribution):
            return weight(*paragraphs, attribution)
        case PictureBlock(picture):
            return weight(picture.alt, picture.caption, picture.credit)
        case Embed(url, title):
            return weight(url, title)
        case SoundBlock(title, transcript):  # a title is the player's name, too
            return weight(title, title, *transcript)
        case Table(rows, _, caption):  # a caption is the table's name, too
            return weight(*(cell for row in rows for cell in row), caption, caption)


def columns(rows) -> list[str]:
    return ["".join(plain(row[at]) for row in rows) for at in range(len(rows[0]))]


slow_to_draw = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


# --- text ---------------------------------------------------------------------------------------------------------


def shorn(text: RichText) -> RichText:
    """The text without the addresses that no piece has room for."""
    return rich(Run(run.text, run.emphasis, run.strong, "" if len(run.href) > 2_000 else run.href) for run in text)


@slow_to_draw
@given(long_texts(), ROOM)
@example(rich(GEORGIAN * 300), LEAST)
@example(rich("&" * 4_000), LEAST)
@example(rich("a" * (LEAST - 20) + " " + "b" * LEAST), LEAST)
@example(rich([Run("go", href="https://x.example/" + "&" * 1_500), Run(" on " * 900)]), LEAST)
def test_pieces_of_a_text_join_to_the_whole_with_its_marks(text, room):
    pieces = list(cut_text(text, room))
    assert all(plain(piece) for piece in pieces)
    assert rich(run for piece in pieces for run in piece) == shorn(text)


@slow_to_draw
@given(long_texts(), ROOM)
@example(rich("&" * 4_000), LEAST)
@example(rich([Run(str(at) * 9, strong=at % 2 == 0) for at in range(900)]), LEAST)
def test_no_piece_of_a_text_is_too_heavy_and_few_are_light(text, room):
    pieces = list(cut_text(text, room))
    assert max(map(weight, pieces)) <= room
    # Otherwise a story of one word would go on over hundreds of pages.
    tags = 16 * max(map(len, pieces))
    assert all(weight(one) + weight(next_one) + 2 * tags > room // 2 for one, next_one in pairwise(pieces))


@given(st.integers(LEAST, 9_000))
def test_words_stay_whole_where_there_are_spaces(room):
    words = [GEORGIAN[at % 30 :] for at in range(600)]
    pieces = [plain(piece) for piece in cut_text(rich(" ".join(words)), room)]
    assert [word for piece in pieces for word in piece.split()] == words
    assert len(pieces) > 2


# --- blocks -------------------------------------------------------------------------------------------------------


@slow_to_draw
@given(long_blocks() | blocks(), ROOM)
@example(Table(((rich("a"),),), caption="x" * 2_000), LEAST)
def test_no_piece_of_a_block_is_too_heavy_or_empty(block, room):
    pieces = list(cut(block, room))
    assert max(map(block_weight, pieces)) <= room
    for piece in pieces:
        # A table may have nothing but empty cells, and then so may a piece of it.
        assert any(words_of(piece)) or not any(words_of(block))


@slow_to_draw
@given(long_blocks(Paragraph, Heading, ListBlock, Quote, Embed), ROOM)
@example(Quote((rich("word"),), "Orla Venn, harbour master, " * 200), LEAST)
def test_every_word_of_a_block_stays_in_order(block, room):
    joined = "".join(text for piece in cut(block, room) for text in words_of(piece))
    assert joined == "".join(words_of(block))


@slow_to_draw
@given(long_blocks() | blocks(), ROOM)
def test_what_fits_stays_as_it_is(block, room):
    assume(len(block_html(block).encode()) <= room)
    assert list(cut(block, room)) == [block]


# --- lists --------------------------------------------------------------------------------------------------------


def numbered(pieces) -> Iterator[tuple[int, str]]:
    """The items of a cut list with the numbers that readers see; what goes on as paragraphs belongs to the last."""
    number, text = 0, ""
    for piece in pieces:
        if isinstance(piece, Paragraph):
            text += plain(piece.text)
            continue
        if isinstance(piece, ListPart):
            assert piece.first == number + 1
        for item in piece.items:
            if number:
                yield number, text
            number, text = number + 1, plain(item)
    yield number, text


@slow_to_draw
@given(st.lists(long_texts() | rich_texts(), min_size=1, max_size=9).map(tuple), st.booleans(), ROOM)
def test_a_cut_list_goes_on_counting(items, ordered, room):
    pieces = list(cut(ListBlock(items, ordered), room))
    assert list(numbered(pieces)) == list(enumerate(map(plain, items), 1))
    assert all(piece.ordered == ordered for piece in pieces if isinstance(piece, ListBlock))


def test_readers_see_the_numbers_of_a_cut_list():
    items = tuple(rich(f"{at} " + "x" * 990) for at in range(1, 8))
    html = [page_html(piece, lambda _: "", "") for piece in cut(ListBlock(items, ordered=True), LEAST)]
    assert [text.partition("<li>")[0] for text in html] == [f'<ol start="{first}">' for first in (1, 3, 5, 7)]
    bullets = [page_html(piece, lambda _: "", "") for piece in cut(ListBlock(items), LEAST)]
    assert all(text.startswith("<ul><li>") for text in bullets)


# --- tables, quotations, pictures, embeds -------------------------------------------------------------------------

HEAD = (rich("Harbour"), rich("Ships"), ())


def table(rows: int, cell: str, head=HEAD, caption: str = "Ships by harbour") -> Table:
    return Table((head, *((rich(f"Quay {at}"), rich(cell), ()) for at in range(rows))), header=True, caption=caption)


@pytest.mark.parametrize("cell", ["some ships", "x" * 700, "x" * 3_500])
def test_the_header_and_caption_of_a_table_stand_in_each_piece(cell):
    whole = table(300, cell)
    pieces = list(cut(whole, LEAST))
    assert len(pieces) > 2
    assert all(piece.header and piece.rows[0] == HEAD and piece.caption == whole.caption for piece in pieces)
    assert all(len(piece.rows) > 1 for piece in pieces)
    assert columns([row for piece in pieces for row in piece.rows[1:]]) == columns(whole.rows[1:])


def test_a_long_header_that_still_leaves_room_stands_in_each_piece_too():
    head = tuple(rich(word * 20) for word in ("ერთი", "ორი", "სამი"))
    whole = table(90, GEORGIAN, head)
    assert weight(*head) > 600
    assert all(piece.rows[0] == head and piece.header for piece in cut(whole, LEAST))


def test_a_header_without_room_beside_it_stands_once():
    head = (rich("x" * 2_000), rich("y" * 2_500), ())
    pieces = list(cut(table(40, "some ships", head), LEAST))
    assert columns([row for piece in pieces for row in piece.rows]) == columns(table(40, "some ships", head).rows)
    assert not any(piece.header for piece in pieces)


@slow_to_draw
@given(long_blocks(Table), ROOM)
@example(Table((HEAD,), header=True, caption="Ships by harbour " * 300), LEAST)
def test_every_cell_of_a_table_stays_in_its_column(block, room):
    pieces = list(cut(block, room))
    before = [plain(piece.text) for piece in pieces if isinstance(piece, Paragraph)]
    tables = [piece for piece in pieces if isinstance(piece, Table)]
    assert "".join(before) == ("" if tables[0].caption else block.caption)
    assert {piece.caption for piece in tables} == {tables[0].caption}
    repeated = tables[0].header
    rows = [*tables[0].rows[:repeated], *(row for piece in tables for row in piece.rows[piece.header :])]
    assert columns(rows) == columns(block.rows)


def test_the_attribution_of_a_quotation_stands_below_its_last_words():
    pieces = list(cut(Quote((rich("word " * 900), rich("word " * 900)), "Orla Venn"), LEAST))
    assert [piece.attribution for piece in pieces] == [""] * (len(pieces) - 1) + ["Orla Venn"]
    assert len(pieces) > 2


def test_a_picture_keeps_what_describes_it():
    long = "A long quay with seven cranes. " * 200
    first, *more = cut(PictureBlock(Picture(long, "ab" * 32, caption="At dawn " * 400, credit="Desk")), LEAST)
    assert isinstance(first, PictureBlock)
    assert long.startswith(first.picture.alt.removesuffix("…"))
    assert "".join(plain(piece.text) for piece in more) == "At dawn " * 400 + "Desk" + long


@slow_to_draw
@given(long_blocks(SoundBlock), ROOM)
def test_a_recording_has_one_player_and_all_of_its_words(block, room):
    before, pieces = [], list(cut(block, room))
    while isinstance(pieces[0], Paragraph):
        before.append(plain(pieces.pop(0).text))
    first, *more = pieces
    assert (type(first), first.recording) == (SoundBlock, RECORDING)
    assert all((type(piece), piece.recording, piece.title) == (SoundPart, None, first.title) for piece in more)
    assert "".join(before) == ("" if first.title == block.title else block.title)
    words = "".join(plain(text) for piece in pieces for text in piece.transcript)
    assert words == "".join(map(plain, block.transcript))


def test_an_embed_leads_to_its_address_once():
    first, *more = cut(Embed("https://video.example/1", "A film " * 900), LEAST)
    assert (type(first), first.url) == (Embed, "https://video.example/1")
    assert {type(piece) for piece in more} == {Paragraph}
    assert {type(piece) for piece in cut(Embed(LONG_ADDRESS, "A film"), LEAST)} == {Paragraph}
