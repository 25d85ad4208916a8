"""Hypothesis strategies for stories: every kind of block, several scripts, marks, links, every header line.

Strategies here only make values that ``tamizdat.story`` accepts. ``stories()`` is the one most tests want.
"""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tamizdat.edition.canonical import story_to_bytes
from tamizdat.edition.pack import Put, Record, Removal
from tamizdat.story import (
    CLARIFICATION,
    CORRECTION,
    RETRACTION,
    UPDATE,
    Block,
    Correction,
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
    Story,
    Table,
    rich,
    withheld,
)

LANGUAGES = ("ru", "fa", "ka", "hy", "en", "sr-Latn", "ps", "prs", "uz", "kk")
_SAMPLES = (
    "Выборы отложены на неделю",
    "«Мы вернёмся», — сказала она",
    "انتخابات به تعویق افتاد",
    "می‌خواهیم بدانیم",  # zero width non-joiner, as Persian is written
    "არჩევნები გადაიდო",
    "Ընտրությունները հետաձգվել են",
    "Izbori su odgođeni",
    "Сайлау кейінге қалдырылды",
    "ټاکنې وځنډول شوې",
    "The vote has been put off",
    "e\u0301 is not é",  # nothing is normalised
    "🗳 100 % — no‑break\u00a0space\u2028separator",
    "  double  spaces stay ",
    "\ufeffa byte order mark",
)
_ANY = st.text(st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=("Cs",)), min_size=1)


def texts() -> st.SearchStrategy[str]:
    """One line of text that a story can carry."""
    return st.sampled_from(_SAMPLES) | st.builds(" ".join, st.lists(st.sampled_from(_SAMPLES), min_size=2)) | _ANY


def story_ids() -> st.SearchStrategy[str]:
    """Ids as they may stand in addresses and file names."""
    return st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,199}", fullmatch=True)


def times() -> st.SearchStrategy[datetime]:
    """Whole seconds, UTC, 1970 to 9999."""
    return st.integers(0, 253_402_300_799).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def urls() -> st.SearchStrategy[str]:
    """Addresses that a story may link to."""
    word = st.text("abcXYZ019-_~ёժ", min_size=1, max_size=8)
    web = st.builds(
        "{}://{}.example/{}?{}={}#{}".format, st.sampled_from(["http", "https"]), word, word, word, word, word
    )
    others = ["mailto:desk@news.example", "tel:+37410", "geo:41.7,44.8", "magnet:?xt=1", "#x", "/a/b", "../b", "b.html"]
    return web | st.sampled_from(others)


def runs() -> st.SearchStrategy[Run]:
    """A stretch of text with any marks."""
    return st.builds(Run, texts(), st.booleans(), st.booleans(), st.just("") | urls())


def rich_texts() -> st.SearchStrategy[RichText]:
    """Marked text in its normal form."""
    return st.lists(runs(), min_size=1, max_size=5).map(rich)


def pictures() -> st.SearchStrategy[Picture]:
    """Pictures whose bytes have been pressed."""
    return st.builds(
        Picture,
        alt=texts(),
        file=st.binary(min_size=32, max_size=32).map(bytes.hex),
        media_type=st.sampled_from(["image/jpeg", "image/png", "image/avif", "image/webp"]),
        width=st.integers(0, 65_535),
        height=st.integers(0, 65_535),
        caption=st.just("") | texts(),
        credit=st.just("") | texts(),
        focus=st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Tables with empty cells among others."""
    width = draw(st.integers(1, 4))
    cell = st.just(()) | rich_texts()
    rows = draw(st.lists(st.tuples(*[cell] * width), min_size=1, max_size=4))
    return Table(tuple(rows), draw(st.booleans()), draw(st.just("") | texts()))


def _tuples(items: st.SearchStrategy[RichText]) -> st.SearchStrategy[tuple[RichText, ...]]:
    return st.lists(items, min_size=1, max_size=4).map(tuple)


def recordings() -> st.SearchStrategy[Recording]:
    """Recordings in one form or several."""
    file = st.builds(
        SoundFile,
        st.binary(min_size=32, max_size=32).map(bytes.hex),
        st.sampled_from(["audio/ogg", "audio/mpeg"]),
        st.integers(1, 512),
        st.integers(1, 64_000_000),
    )
    files = st.lists(file, min_size=1, max_size=3, unique_by=lambda each: each.file)
    return st.builds(Recording, st.integers(1, 14_400), files.map(tuple))


def blocks() -> st.SearchStrategy[Block]:
    """A block of any kind."""
    return st.one_of(
        st.builds(Paragraph, rich_texts()),
        st.builds(Heading, rich_texts(), st.sampled_from([2, 3, 4])),
        st.builds(Quote, _tuples(rich_texts()), st.just("") | texts()),
        st.builds(ListBlock, _tuples(rich_texts()), st.booleans()),
        st.builds(PictureBlock, pictures()),
        tables(),
        st.builds(Embed, urls(), texts()),
        st.builds(SoundBlock, texts(), _tuples(rich_texts()), recordings()),
    )


def corrections() -> st.SearchStrategy[Correction]:
    """Corrections of every kind, those of later versions too. One in several retracts its story."""
    kinds = st.sampled_from([CORRECTION, CLARIFICATION, UPDATE, RETRACTION, "second-thought"])
    return st.builds(Correction, times(), texts(), kinds)


def _story(related: list[str], **fields: Any) -> Story:
    return Story(**withheld(fields), related=tuple(name for name in related if name != fields["story_id"]))


def stories(
    *, language: st.SearchStrategy[str] | None = None, story_id: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[Story]:
    """Any story; with ``language`` or ``story_id`` only such ones."""
    few = st.lists(texts(), max_size=3).map(tuple)
    return st.builds(
        _story,
        story_id=story_ids() if story_id is None else story_id,
        language=st.sampled_from(LANGUAGES) if language is None else language,
        headline=texts(),
        published=times(),
        body=st.lists(blocks(), max_size=6).map(tuple),
        revision=st.just(1) | st.integers(1, 2**32 - 1),
        lead=st.just("") | texts(),
        byline=few,
        dateline=st.just("") | texts(),
        sections=few,
        topics=few,
        updated=st.none() | times(),
        breaking_until=st.none() | times(),
        translation=st.just("") | st.from_regex(r"[a-z][a-z-]{0,31}", fullmatch=True),
        agencies=few,
        picture=st.none() | pictures(),
        corrections=st.just(()) | st.lists(corrections(), max_size=2).map(tuple),
        related=st.lists(story_ids(), max_size=2, unique=True),
    )


def records(language: str) -> st.SearchStrategy[list[Record]]:
    """Records of one pack of the edition in ``language``, each story id at most once."""
    put = stories(language=st.just(language)).map(lambda story: Put(story.story_id, story_to_bytes(story)))
    removal = st.binary(min_size=16, max_size=16).map(lambda key: Removal(key.hex()))
    return st.lists(put | removal, max_size=6, unique_by=lambda r: r.story_id if isinstance(r, Put) else r.key)
