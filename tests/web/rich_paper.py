"""A newspaper that has everything: each kind of page and each part of a story, in any language of the interface.

Its prose is the catalogue's own: real words of each language, without anybody having to translate a story.
"""

import hashlib
import io
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count, cycle, islice
from pathlib import Path

from PIL import Image, ImageDraw

from tamizdat.locales import open_locale
from tamizdat.notices import Act, Notice, Who
from tamizdat.pictures.encode import make_variants
from tamizdat.pictures.strip import strip
from tamizdat.pictures.variants import variants, whole_path
from tamizdat.press.card import Card, Issue, story_path
from tamizdat.press.fixed_pages import chooser, not_found
from tamizdat.press.paper import Paper, Settings, Trust
from tamizdat.press.site import LanguageSite
from tamizdat.press.sitemap import root_maps
from tamizdat.publication import FrontPage, Publication, SectionLabel
from tamizdat.story import (
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
    Run,
    SoundBlock,
    SoundFile,
    Story,
    Table,
    rich,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BASE_URL = "https://far-shore.example/news/"
JUDGED = ("en", "ru", "fa", "ka", "ur", "ba")
"""The languages in which every judge must find nothing."""
ALSO = ("prs", "sr-Latn")
SECTIONS = ("politics", "culture", "science", "economy", "opinion", "regions")
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
ADDRESS = "https://example.org/a/very/long/address/that/nobody/would/ever/type?with=parameters&and=more&of=them"
_ISSUE = Issue(1_204, NOW)
_OLD_STORIES = 64


@dataclass(frozen=True)
class Pressed:
    """Every file of a site by its path, and where to find each kind of page of each language."""

    files: Mapping[str, bytes]
    kinds: Mapping[str, Mapping[str, str]]
    """By language (empty for pages of the whole site) and kind: a path."""

    def pages(self) -> dict[str, str]:
        """HTML by path."""
        return {path: data.decode() for path, data in self.files.items() if path.endswith(".html")}

    def write(self, folder: Path) -> None:
        for path, data in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def press(
    languages: tuple[str, ...],
    *,
    base_url: str = BASE_URL,
    stories: bool = True,
    rehearsal: bool = True,
    notices: int = 3,
    old: int = _OLD_STORIES,
) -> Pressed:
    """The whole site in ``languages``, its pictures and sound included."""
    about = {"base_url": base_url, "rehearsal": rehearsal, "notices": notices}
    papers = [paper(language, languages, **about) for language in languages]
    told = {
        language: {each.story_id: each for each in tell(language, old)} if stories else {} for language in languages
    }
    others: dict[str, dict[str, str]] = {}
    for language, all_of_it in told.items():
        for story in all_of_it.values():
            others.setdefault(story.story_id, {})[language] = f"{language}/{story_path(story)}"
    files = {"index.html": chooser(papers), "404.html": not_found(papers), **root_maps(papers)}
    kinds: dict[str, dict[str, str]] = {"": {"chooser": "index.html", "not-found": "404.html"}}
    for each in papers:
        mine = told[each.language]
        cards = [Card.of(story, _ISSUE) for story in mine.values()]
        pressed = LanguageSite(each).build(cards, mine.__getitem__, others, _ISSUE, NOW)
        pages = {f"{each.language}/{path}": data for path, data in pressed if data is not None}
        files |= pages
        kinds[each.language] = _kinds(each.language, pages)
    if stories:
        files |= picture_files()
        # What is in them matters to nobody here; that they are there does.
        files |= {each.path: bytes(each.size) for each in recording().files}
    return Pressed(files, kinds)


def _kinds(language: str, pages: Mapping[str, bytes]) -> dict[str, str]:
    """One page of each kind. Months are those of the language's calendar, so they are found by their form."""

    def found(pattern: str) -> str:
        return max((path for path in pages if re.fullmatch(f"{language}/{pattern}[.]html", path)), default="")

    fixed = ("about", "corrections", "safety", "verify", "error", "archive", "s/politics", "s/science")
    places = {name.replace("s/", "section-"): f"{language}/{name}.html" for name in fixed}
    places |= {"front": f"{language}/index.html", "topic": f"{language}/t/harbour.html"}
    places |= {"month": found(r"archive/\d+-\d+"), "month-part-2": found(r"archive/.*[.]2")}
    places |= {"section-month": found("s/politics/.*"), "long-part-2": found("2026/11[.]2/long")}
    places |= {
        name: found(f"2026/11/{name}")
        for name in ("everything", "long", "bare", "headline", "word", "machine", "retracted")
    }
    return {kind: path for kind, path in places.items() if path in pages}


# --- the paper ----------------------------------------------------------------------------------------------------


def paper(
    language: str, languages: tuple[str, ...], *, base_url: str = BASE_URL, rehearsal: bool = True, notices: int = 3
) -> Paper:
    """The newspaper in ``language``, with the first ``notices`` of three notices: of them one has expired."""
    said = words(language)
    settings = Settings(
        publication=Publication(
            said.few(2), languages, base_url=base_url, about={language: f"{said.sentence()}\n{said.sentence()}"}
        ),
        sections=tuple(
            SectionLabel(name, {language: label})
            for name, label in zip(SECTIONS, said.different(len(SECTIONS)), strict=True)
        ),
        notices=_notices(language)[:notices],
        taglines={language: said.few(6)},
        fronts=(FrontPage(language, ("everything",)),),
        colour="#8a1c1c",
        stories_in_feed=10,
        trust=Trust("3f8a" * 16, "bofad lusab " * 8 + "zazaz", rehearsal),
    )
    return settings.paper(language, NOW)


def _notices(language: str) -> tuple[Notice, ...]:
    said = words(language, 7)
    current = Notice(
        who=(Who.RESIDENTS, Who.CITIZENS),
        acts=(Act.SHARING, Act.LIKING, Act.COMMENTING),
        penalty={language: said.few(9), "en": "A fine, or up to two years in prison"},
        law={language: said.few(6), "en": "Law on Order in Information, article 14"},
        reviewer="Orla Venn",
        reviewed=date(2026, 10, 5),
        expires=date(2028, 10, 4),
        country="TM",
        since=date(2024, 3, 1),
        law_url="https://example.org/law/14",
        text={language: said.sentence(), "en": "Courts have punished likes made years before."},
    )
    expired = replace(
        current, country="BY", who=(Who.STATELESS,), acts=tuple(Act), expires=date(2026, 11, 1), law_url="", text={}
    )
    foreign = replace(
        current,
        country="",
        country_name={"en": "Vesmara"},
        penalty={"en": "A fine"},
        law={"": "Act 14/2024"},
        since=None,
    )
    return current, expired, foreign


# --- the stories --------------------------------------------------------------------------------------------------


class _Words:
    """Words and sentences of a language without end, always in the same order."""

    def __init__(self, language: str, start: int) -> None:
        texts = open_locale(language).texts.values()
        whole = [text for text in texts if "{" not in text and len(text) > 60]
        self._sentences = islice(cycle(whole), start, None)
        self.words = islice(cycle(word for text in whole for word in _bare(text)), start * 5, None)
        self._number = count()

    def sentence(self) -> str:
        return next(self._sentences)

    def few(self, number: int) -> str:
        """So many words, unlike any before them."""
        text = " ".join(islice(self.words, number))
        # Georgian has capitals for whole lines only; Unicode would give it one for the first letter.
        return text if "\u10d0" <= text <= "\u10ff" else text[:1].upper() + text[1:]

    def different(self, number: int) -> list[str]:
        """So many words, no two alike."""
        found: dict[str, None] = {}
        while len(found) < number:
            found[self.few(1)] = None
        return list(found)

    def chars(self, number: int) -> str:
        """A text of almost exactly ``number`` characters, cut between words."""
        text = self.few(4)
        while len(text) < number - 12:
            text += " " + next(self.words)
        return text[:number]


def _bare(text: str) -> list[str]:
    return [word for word in (part.strip(".,:;،۔؛—–-…!?«»„“”") for part in text.split()) if len(word) > 3]


def words(language: str, start: int = 0) -> _Words:
    return _Words(language, start)


def tell(language: str, old: int = _OLD_STORIES) -> Iterator[Story]:
    """Every story of the paper in ``language``; ``old`` of them are ordinary and of the months before."""
    said = words(language, 3)
    plain = Story("plain", language, said.few(7), NOW - timedelta(hours=3), body=(Paragraph(rich(said.sentence())),))
    yield everything(language)
    yield replace(plain, story_id="long", headline=said.few(6), body=tuple(_long(language)), picture=pictures()[1])
    yield replace(plain, story_id="bare", body=(), published=NOW - timedelta(hours=30))
    yield replace(
        plain,
        story_id="headline",
        headline=said.chars(200),
        lead=f"{said.sentence()} {LONG_WORD}",
        body=(Paragraph(rich(LONG_WORD)), Paragraph((Run(ADDRESS, href=ADDRESS),))),
        sections=("culture",),
        picture=pictures()[2],
    )
    yield replace(plain, story_id="word", headline=f"{LONG_WORD} {said.few(2)}", lead=said.sentence())
    yield Story(
        story_id="retracted",
        language=language,
        headline=said.few(7),
        published=NOW - timedelta(hours=4),
        byline=(said.few(2),),
        sections=("politics",),
        corrections=(Correction(NOW - timedelta(hours=2), said.sentence(), "retraction"),),
    )
    yield replace(
        plain,
        story_id="machine",
        headline=said.few(6),
        lead=said.sentence(),
        translation="machine",
        breaking_until=NOW + timedelta(hours=5),
        sections=("politics",),
    )
    for number in range(old):
        yield replace(
            plain,
            story_id=f"old-{number:02}",
            headline=said.few(5 + number % 7),
            lead=said.sentence() if number % 3 else "",
            published=NOW - timedelta(days=1 + number // 2, minutes=number),
            sections=("politics",) if number % 4 else ("culture", "economy"),
            topics=(said.few(2), "harbour") if number < 8 else (),
            picture=pictures()[number % 3] if number % 2 else None,
        )


def everything(language: str) -> Story:
    """A story with all that a story can have."""
    said = words(language, 11)
    landscape, portrait, small = (replace(each, alt=said.few(5)) for each in pictures())
    lead = replace(landscape, caption=said.sentence(), credit=said.few(2))
    body: tuple[Block, ...] = (
        Paragraph((Run(f"{said.few(4)} "), Run(said.few(3), emphasis=True), Run(" "), Run(said.few(2), strong=True))),
        Paragraph((Run(said.sentence() + " "), Run(said.few(2), href="https://example.org/report?a=1&b=2"))),
        Heading(rich(said.few(4)), 2),
        PictureBlock(replace(portrait, caption=said.few(5), credit=said.few(2))),
        Heading(rich(said.few(3)), 3),
        Quote((rich(said.sentence()), rich(said.sentence())), said.few(3)),
        ListBlock(tuple(rich(said.few(5)) for _ in range(3))),
        ListBlock(tuple(rich(said.few(4)) for _ in range(2)), ordered=True),
        Heading(rich(said.few(3)), 2),
        PictureBlock(small),
        _table(said, 8, said.few(4)),
        _table(said, 3, ""),
        Embed("https://video.example/watch?v=1&t=2", said.few(5)),
        SoundBlock(said.few(4), (rich(said.sentence()), rich(said.sentence())), recording()),
        Paragraph(rich(said.sentence())),
    )
    return Story(
        story_id="everything",
        language=language,
        headline=said.few(8),
        published=NOW - timedelta(hours=1),
        body=body,
        lead=said.sentence(),
        byline=(said.few(2), said.few(2)),
        dateline=said.few(1),
        sections=("politics", "economy"),
        topics=("harbour", "strike"),
        updated=NOW - timedelta(minutes=20),
        agencies=("Reed Quay Wire", "Tern Wire"),
        picture=lead,
        corrections=(
            Correction(NOW - timedelta(minutes=40), said.sentence()),
            Correction(NOW - timedelta(minutes=20), said.few(9)),
            Correction(NOW - timedelta(minutes=15), said.sentence(), "clarification"),
            Correction(NOW - timedelta(minutes=10), said.few(7), "update"),
        ),
        related=("long", "retracted"),
    )


def recording() -> Recording:
    """Four minutes of silence."""
    files = ((12, "audio/ogg"), (24, "audio/ogg"), (32, "audio/mpeg"))
    return Recording(245, tuple(SoundFile(f"{rate:02}" * 32, kind, rate, rate * 30_725) for rate, kind in files))


def _table(said: _Words, columns: int, caption: str) -> Table:
    head = tuple(rich(said.few(1)) for _ in range(columns))
    rows = (tuple(rich(f"{row * column:,}") if column else () for column in range(columns)) for row in range(3))
    return Table((head, *rows), header=True, caption=caption)


def _long(language: str) -> Iterator[Block]:
    """More than two pages hold: words in no order, which compress badly."""
    draw = random.Random(1)
    known = sorted(set(islice(words(language).words, 2_000)))
    for number in range(180):
        if number % 12 == 11:
            yield Heading(rich(" ".join(draw.choices(known, k=4))), 2)
        yield Paragraph(rich(" ".join(draw.choices(known, k=70)) + "."))


# --- the pictures -------------------------------------------------------------------------------------------------


@cache
def _drawn() -> tuple[tuple[Picture, bytes], ...]:
    """A landscape, a portrait, and one that is smaller than any size we make."""
    made = []
    for size in ((1600, 1200), (900, 1400), (240, 180)):
        image = Image.linear_gradient("L").resize(size).convert("RGB")
        ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill=(150, 60, 40))
        out = io.BytesIO()
        image.save(out, "PNG")
        stripped = strip(out.getvalue())
        file = hashlib.sha256(stripped.data).hexdigest()
        made.append((Picture("A drawing", file, width=stripped.width, height=stripped.height), stripped.data))
    return tuple(made)


def pictures() -> tuple[Picture, Picture, Picture]:
    (landscape, _), (portrait, _), (small, _) = _drawn()
    return landscape, portrait, small


@cache
def picture_files() -> dict[str, bytes]:
    """Every size that pages may show of every picture."""
    files: dict[str, bytes] = {}
    for picture, data in _drawn():
        files[whole_path(picture.file)] = data
        sizes = variants(picture)
        wanted = dict.fromkeys((*sizes.needed(lead=True)[1:], *sizes.needed(lead=False)[1:]))
        files |= {variant.path: made for variant, made in make_variants(data, wanted)}
    return files
