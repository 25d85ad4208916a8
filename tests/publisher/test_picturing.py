"""Pictures through a publish: every size on every mirror, made once, made again, and gone with their story."""

import sqlite3
from datetime import timedelta

import pytest

from picture_kit import CAPTION, CREDIT, MARK, marked_jpeg, opened, picture, saved
from publication_kit import NOW, Newsroom
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemError, ItemNote
from tamizdat.pictures.variants import Shown, variants
from tamizdat.pictures.words import Words
from tamizdat.publisher import picturing
from tamizdat.publisher.delivery import GRACE
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.page_memory import PAGE_TABLES
from tamizdat.publisher.pipeline import OUT_DIR, Publisher
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)
BODY = "![A second crane](second.jpg)\n"


class Room(Newsroom):
    """A newsroom with a folder of stories that have pictures."""

    def __init__(self, folder):
        super().__init__(folder)
        self.settings('[[sources]]\nkind = "folder"\npath = "stories"\n')
        self.stories = folder / "stories"
        self.stories.mkdir()

    def story(self, name, words="", *, language="en", body="Text.\n", file="lead.jpg"):
        front = f"title: {name}\ndate: 2026-11-23T10:00:00Z\npicture: {{file: {file}, alt: A crane{words}}}\n"
        (self.stories / f"{name}.{language}.md").write_text(f"---\n{front}---\n{body}", "utf-8")

    def picture(self, name="lead.jpg", data=None):
        (self.stories / name).write_bytes(data or marked_jpeg(picture((1400, 1050))))

    def read(self, language="en", now=NOW):
        mirror = open_inbound(str(self.carriers[0]))
        visit = sync([mirror], Anchor.parse(self.fingerprint), [language], MemoryLibrary(), now)
        return {name: story_from_bytes(data) for name, data in visit.editions[language].stories.items()}

    def files(self):
        """What the mirror holds of pictures, by path."""
        root = self.carriers[0]
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.glob("pictures/*")}

    @property
    def out(self):
        return self.folder / OUT_DIR


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path / "room")


@pytest.fixture
def made(monkeypatch):
    """Paths of all sizes, in the order in which they were asked for."""
    asked, make = [], picturing.make_variants

    def counted(whole, wanted):
        asked.extend(variant.path for variant in wanted)
        return make(whole, wanted)

    monkeypatch.setattr(picturing, "make_variants", counted)
    return asked


def paths(shown, *, lead=True):
    return {variant.path for variant in variants(shown).needed(lead=lead)}


def test_every_size_is_on_the_mirror_and_only_those_that_are_shown(room):
    room.picture()
    room.picture("second.jpg", saved(picture((900, 900)), "PNG"))
    room.story("a", body=f"Text.\n\n{BODY}")
    report = room.publish()
    story = room.read()["a"]
    assert not report.failed
    assert room.files().keys() == paths(story.picture) | paths(story.pictures[1], lead=False)
    for variant in variants(story.picture).needed(lead=True):
        with opened(room.files()[variant.path]) as image:
            assert image.size == (variant.width, variant.height)
    assert not [path for path, data in room.files().items() if MARK.encode() in data]


def test_a_picture_that_comes_with_credit_and_caption_gives_them_and_says_so_once(room):
    room.picture()
    room.story("a")
    notes = [fault for fault in room.publish().gathering.faults if isinstance(fault, ItemNote)]
    assert (room.read()["a"].picture.credit, room.read()["a"].picture.caption) == (CREDIT, CAPTION)
    assert room.read()["a"].picture.alt == "A crane"
    assert [CREDIT in str(note) or CAPTION in str(note) for note in notes] == [True, True]
    assert not room.publish(LATER).gathering.faults


def test_the_newsrooms_words_win_and_the_files_say_nothing_else(room):
    room.picture()
    room.story("a", ", credit: A reader, caption: A harbour")
    room.story("b", ", credit: A reader, caption: Порт", language="ru")
    assert not room.publish().gathering.faults
    assert room.read()["a"].picture.credit == "A reader"
    assert not [path for path, data in room.files().items() if b"Tesken" in data or b"Cranes" in data]
    assert room.read("ru")["b"].picture.file == room.read()["a"].picture.file


def test_one_original_with_and_without_its_words_is_two_pictures(room):
    room.picture()
    room.story("a")
    room.story("b", ", credit: A reader, caption: A harbour")
    room.publish()
    first, second = (room.read()[name].picture for name in "ab")
    assert first.file != second.file
    with_words = {path for path, data in room.files().items() if b"Tesken" in data}
    assert with_words == paths(first)
    room.publish(LATER)
    assert [room.read(now=LATER)[name].picture for name in "ab"] == [first, second]


def test_nothing_is_made_twice(room, made):
    room.picture()
    room.story("a")
    room.story("b", language="ru")
    room.publish()
    assert len(made) == len(set(made)) == len(room.files()) - 1
    room.story("c")
    room.publish(LATER)
    assert len(made) == len(set(made))


def test_what_is_missing_or_cut_short_is_made_again_with_the_same_bytes(room):
    room.picture()
    room.story("a")
    room.publish()
    before = room.files()
    lost, short = (path for path in sorted(before) if path.endswith(("640.avif", "card.jpg")))
    for root in (room.out, room.carriers[0]):
        (root / lost).unlink()
        (root / short).write_bytes(before[short][:100])
    report = room.publish(LATER)
    assert not report.failed
    assert room.files() == before


def test_sizes_are_made_again_without_the_original(room):
    room.picture()
    room.story("a")
    room.publish()
    before = room.files()
    for file in room.out.glob("pictures/*-*"):
        file.unlink()
    with room.publisher()._open_ledger() as ledger, ledger.transaction():
        found = picturing.Pictures(ledger, room.publisher()._out, room.out)
        assert found.make_missing(lambda count: None, lambda: None) == []
    assert {path: (room.out / path).read_bytes() for path in before} == before


def test_a_picture_goes_with_the_last_story_that_shows_it(room):
    room.picture()
    room.story("a")
    room.story("b")
    room.publish()
    (room.stories / "a.en.md").unlink()
    room.publish(LATER)
    assert room.files().keys() == paths(room.read(now=LATER)["b"].picture)
    (room.stories / "b.en.md").unlink()
    room.publish(LATER)
    assert not room.files()
    assert not list(room.out.glob("pictures/*"))
    with Ledger(room.folder / LEDGER_FILE)._db as db:
        assert db.execute("SELECT count(*) FROM variant").fetchone() == (0,)


def test_withdrawn_words_are_not_remembered(room):
    room.picture()
    room.story("a")
    room.publish()
    assert b"Tesken" in (room.folder / LEDGER_FILE).read_bytes()
    room.publisher().withdraw("a", (), LATER)
    assert not room.files()
    assert b"Tesken" not in (room.folder / LEDGER_FILE).read_bytes()


def test_another_focus_is_another_set_and_the_old_one_waits_for_readers(room):
    room.picture()
    room.story("a", ", focus: [0.5, 0.1]")
    room.publish()
    before = room.files()
    room.story("a", ", focus: [0.5, 0.9]")
    room.publish(LATER)
    now = room.read(now=LATER)["a"].picture
    assert now.focus == (500, 900)
    assert room.files().keys() == paths(now) | before.keys()
    room.publish(LATER + GRACE + timedelta(hours=1))
    assert room.files().keys() == paths(now)


def test_a_broken_picture_is_reported_and_the_rest_goes_on(room):
    room.picture()
    room.picture("broken.jpg", b"no picture")
    room.story("a", ", credit: X, caption: Y")
    room.story("b", file="broken.jpg")
    faults = [str(fault) for fault in room.publish().gathering.faults]
    assert len(faults) == 1
    assert "picture left out" in faults[0]
    assert room.read()["b"].picture is None
    assert room.files().keys() == paths(room.read()["a"].picture)


def test_sizes_that_cannot_be_made_are_reported_and_tried_again(room, monkeypatch):
    room.picture()
    room.picture("other.jpg", saved(picture((700, 500)), "JPEG"))
    room.story("a", ", credit: X, caption: Y")
    room.story("b", file="other.jpg")
    make = picturing.make_variants

    def failing(whole, wanted):
        if wanted[0].part.width > 700:
            raise ItemError("no memory", where="picture")
        return make(whole, wanted)

    monkeypatch.setattr(picturing, "make_variants", failing)
    report = room.publish()
    stories = room.read()
    whole = variants(stories["a"].picture).whole.path
    assert [str(fault) for fault in report.gathering.faults] == [f"{whole}: picture: no memory"]
    assert report.failed
    assert not [place.fault for place in report.pushed if place.fault]
    assert room.files().keys() == {whole} | paths(stories["b"].picture)
    monkeypatch.undo()
    assert not room.publish(LATER).failed
    assert room.files().keys() == paths(stories["a"].picture) | paths(stories["b"].picture)


def test_a_whole_picture_that_is_lost_is_said_once_not_for_each_size(room):
    room.picture()
    room.story("a")
    room.publish()
    for file in room.out.glob("pictures/*"):
        file.unlink()
    (room.stories / "lead.jpg").unlink()
    (room.stories / "broken.en.md").write_text("---\ntitle: [\n---\n")  # so that nothing is removed
    (room.stories / "a.en.md").unlink()
    report = room.publish(LATER)
    lost = [place.fault for place in report.pushed if place.fault]
    assert len(lost) == 1
    assert lost[0].endswith(".jpg is lost")


def test_a_publish_that_was_killed_leaves_its_sizes_for_the_next(room, made, monkeypatch):
    room.picture()
    room.story("a")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Publisher, "_press", killed)
        with pytest.raises(KeyboardInterrupt):
            room.publish()
    once = list(made)
    assert once
    assert not room.publish().failed
    assert made == once
    assert room.files().keys() == paths(room.read()["a"].picture)


def test_few_pictures_are_under_way_at_once(monkeypatch):
    monkeypatch.setattr(picturing.os, "cpu_count", lambda: 2)
    taken = []
    jobs = (taken.append(n) or n for n in range(100))
    results = picturing._in_parallel(lambda job: job * 2, jobs)
    for count, result in enumerate(results):
        assert result == count * 2
        assert len(taken) - count <= 5
    assert count == 99


def test_a_ledger_of_format_1_keeps_its_pictures_and_their_names(room):
    room.picture()
    room.story("a", ", credit: X, caption: Y")
    room.publish()
    before = room.read()["a"]
    db = sqlite3.connect(room.folder / LEDGER_FILE)
    made = db.execute("SELECT origin, file, width, height FROM picture").fetchall()
    used = db.execute("SELECT language, story_id, file FROM picture_use").fetchall()
    pages = [line.split()[2] for line in PAGE_TABLES.splitlines() if line.startswith("CREATE TABLE")]
    for table in ("picture", "picture_use", "original", "variant", *pages):
        db.execute(f"DROP TABLE {table}")
    db.execute("CREATE TABLE picture_use (language, story_id, file, PRIMARY KEY (language, story_id, file))")
    db.execute("CREATE TABLE picture (origin PRIMARY KEY, file, width, height)")
    db.executemany("INSERT INTO picture VALUES (?, ?, ?, ?)", made)
    db.executemany("INSERT INTO picture_use VALUES (?, ?, ?)", used)
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()
    ledger = Ledger(room.folder / LEDGER_FILE)
    shown = before.picture
    assert ledger.shown_pictures() == [Shown(shown.file, shown.width, shown.height, shown.focus)]
    assert ledger.memory.picture(made[0][0], Words()) == made[0][1:]
    ledger.close()
    assert not room.publish(LATER).failed
    assert room.read(now=LATER)["a"] == before
