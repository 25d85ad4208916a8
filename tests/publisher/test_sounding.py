"""Sound through a publish: three files on every mirror, made once, made again, signed, and gone with their story."""

import hashlib
import sqlite3
from collections.abc import Collection
from datetime import timedelta

import pytest

pytest.importorskip("av", reason="the extra `sound` is not installed")

from publication_kit import NOW, Newsroom
from sound_kit import MARK, marked, tone
from tamizdat.carriers.directory import DirectoryOutbound
from tamizdat.carriers.registry import open_inbound
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import ItemError, ItemNote
from tamizdat.publisher import sounding
from tamizdat.publisher.known import Known
from tamizdat.publisher.ledger import LEDGER_FILE, Ledger
from tamizdat.publisher.pipeline import OUT_DIR
from tamizdat.publisher.wholeness import Wholeness
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.library import MemoryLibrary
from tamizdat.reader.sync import sync
from tamizdat.sources.port import ChangingSource, Gathered, Gone, Source
from tamizdat.story import Heading, SoundBlock, Story, plain, rich
from tamizdat.trust.fingerprint import Anchor

LATER = NOW + timedelta(hours=1)


class Room(Newsroom):
    """A newsroom with a folder of stories that can be heard."""

    def __init__(self, folder):
        super().__init__(folder)
        self.settings('[[sources]]\nkind = "folder"\npath = "stories"\n')
        self.stories = folder / "stories"
        self.stories.mkdir()

    def story(self, name, file="talk.wav", *, language="en", text="Text.\n", more=""):
        words = "  transcript: |\n    Ilka: We wait.\n\n    A docker: We can.\n"
        front = (
            f"title: {name}\ndate: 2026-11-23T10:00:00Z\naudio:\n  file: {file}\n  title: On the quay\n{words}{more}"
        )
        (self.stories / f"{name}.{language}.md").write_text(f"---\n{front}---\n{text}", "utf-8")

    def recording(self, name="talk.wav", data=None):
        (self.stories / name).write_bytes(data or marked(tone(1.5)))

    def read(self, language="en", now=NOW):
        mirror = open_inbound(str(self.carriers[0]))
        visit = sync([mirror], Anchor.parse(self.fingerprint), [language], MemoryLibrary(), now)
        return {name: story_from_bytes(data) for name, data in visit.editions[language].stories.items()}

    def sounds(self, root=None):
        """What the mirror holds of sound, by path."""
        root = root or self.carriers[0]
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.glob("sound/*")}


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path / "room")
    made.recording()
    made.story("talk")
    return made


def test_a_recording_reaches_every_mirror_in_three_forms(room):
    report = room.publish()
    assert not report.failed
    block = room.read()["talk"].body[0]
    assert (block.title, [plain(text) for text in block.transcript]) == (
        "On the quay",
        ["Ilka: We wait.", "A docker: We can."],
    )
    files = room.sounds()
    assert {each.path: each.size for each in block.recording.files} == {path: len(data) for path, data in files.items()}
    assert all(hashlib.sha256(data).hexdigest() in path for path, data in files.items())
    assert not any(MARK in data for data in files.values())
    assert block.recording.seconds == 2


def test_the_files_are_signed_with_the_pages_and_not_in_packs(room):
    room.publish()
    (mirror,) = audit_mirrors([open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), NOW).mirrors
    assert all(not tree.findings for tree in mirror.trees)
    file = room.carriers[0] / next(path for path in room.sounds() if path.endswith(".mp3"))
    file.write_bytes(b"other words")
    (mirror,) = audit_mirrors([open_inbound(str(room.carriers[0]))], Anchor.parse(room.fingerprint), NOW).mirrors
    assert [finding.path for tree in mirror.trees for finding in tree.findings] == [f"sound/{file.name}"]
    assert all(len(path.read_bytes()) < 2_000 for path in room.carriers[0].glob("en/*.pack"))


def test_it_is_encoded_once(room, monkeypatch):
    room.publish()
    monkeypatch.setattr(sounding, "encode_apart", lambda _: pytest.fail("encoded again"))
    room.story("talk", text="Other text.\n")
    room.story("second")
    assert not room.publish(LATER).failed
    assert {block.recording.files for story in room.read(now=LATER).values() for block in story.body[:1]} == {
        room.read(now=LATER)["talk"].recordings[0].files
    }
    assert len(room.sounds()) == 3


def test_lost_files_are_made_again(room):
    room.publish()
    before = room.sounds()
    for path in (room.folder / OUT_DIR / "sound").iterdir():
        path.unlink()
    for path in (room.carriers[0] / "sound").iterdir():
        path.unlink()
    assert not room.publish(LATER).failed
    assert room.sounds() == before


def test_what_is_withdrawn_is_gone_at_once(room):
    room.publish()
    room.publisher().withdraw("talk", (), LATER)
    assert room.sounds() == {}
    assert room.sounds(room.folder / OUT_DIR) == {}
    with sqlite3.connect(room.folder / LEDGER_FILE) as database:
        assert database.execute("SELECT count(*) FROM sound").fetchone() == (0,)


def test_a_retraction_takes_its_recording_away(room):
    room.publish()
    room.story("talk", more="corrections:\n  - {at: 2026-11-23T12:00:00Z, text: Forged., kind: retraction}\n")
    room.publish(LATER)
    assert room.read(now=LATER)["talk"].retracted
    assert room.sounds() == {}


def test_of_what_cannot_be_encoded_the_words_stay_and_the_newsroom_is_told(room):
    room.recording(data=b"not sound at all")
    report = room.publish()
    (fault,) = [fault for fault in report.gathering.faults if isinstance(fault, ItemNote)]
    assert "sound left out, its words stay: talk.wav: is no recording that we read; export it as WAV" in str(fault)
    body = room.read()["talk"].body
    assert body[0] == Heading(rich("On the quay"), 3)
    assert [plain(block.text) for block in body[1:]] == ["Ilka: We wait.", "A docker: We can.", "Text."]
    room.recording()
    room.publish(LATER)
    assert isinstance(room.read(now=LATER)["talk"].body[0], SoundBlock)


@pytest.mark.parametrize(
    ("front", "says"),
    [
        ("audio: {file: talk.wav, title: T}", "has no transcript"),
        ("audio: {file: missing.wav, transcript: W}", "no such file"),
        ("audio: {file: ../../ledger.sqlite, transcript: W}", "outside the folder"),
        ("audio: {file: 'https://x.example/a.mp3', transcript: W}", "no such file"),
    ],
)
def test_a_recording_that_cannot_be_had_is_noted(room, front, says):
    (room.stories / "talk.en.md").write_text(f"---\ntitle: T\ndate: 2026-11-23\n{front}\n---\nText.\n", "utf-8")
    report = room.publish()
    assert any(says in str(fault) for fault in report.gathering.faults), report.gathering.faults
    assert not room.sounds()


def test_a_ledger_of_before_sound_learns_of_it(room, tmp_path):
    room.publish()
    ledger = room.folder / LEDGER_FILE
    with sqlite3.connect(ledger) as database:
        database.execute("DROP TABLE sound")
        database.execute("DROP TABLE sound_use")
        database.execute("PRAGMA user_version = 6")
    Ledger(ledger).close()
    with sqlite3.connect(ledger) as database:
        assert database.execute("SELECT count(*) FROM sound_use").fetchone() == (0,)


class Changing:
    """A source that knows its changes, with one story that can be heard."""

    name = "changing"
    complete = True
    mark = "1"

    def __init__(self, file):
        self.file = file

    def stories(self, report):
        yield Gathered(Story("a", "en", "H", NOW, (SoundBlock("T", (rich("W"),), origin="x"),)), True, "here")

    def changes(self, since, again: Collection, report):
        yield Gone("en", "b")
        yield from self.stories(report)

    def open_picture(self, origin):
        raise ItemError("none", where=origin)

    def sound_file(self, origin):
        return self.file


def test_a_source_that_knows_its_changes_still_does(room):
    out = DirectoryOutbound(room.folder / OUT_DIR)
    ledger = Ledger(room.folder / "another.sqlite")
    sounds = sounding.Sounds(ledger, out, Wholeness(out, room.folder / OUT_DIR, Known()))
    source = Changing(room.stories / "talk.wav")
    heard = sounds.of(source)
    notes = []
    with ledger.transaction():
        gone, changed = heard.changes("0", (), notes.append)
        assert gone == Gone("en", "b")
        assert changed.story.recordings
        source.file = room.stories / "talk.en.md"
        _, changed = heard.changes("0", (), notes.append)
        assert changed.story.body[0] == Heading(rich("T"), 3)
        sounds.note_failed("changing", heard)
        ledger.memory.set_mark("changing", "", "1", ())
        sounds.note_failed("changing", heard)
        assert ledger.memory.mark("changing", "").again == {("en", "a")}
    assert [type(note) for note in notes] == [ItemNote]
    ledger.close()


def test_a_source_without_sound_is_left_as_it_is(room):
    class Silent:
        name, complete = "silent", True

        def stories(self, report):
            return iter(())

        def open_picture(self, origin):
            raise ItemError("none", where=origin)

    silent: Source = Silent()
    assert sounding.Sounds(None, None, None).of(silent) is silent
    heard = sounding.Sounds(None, None, None).of(Changing(room.stories / "talk.wav"))
    assert isinstance(heard, ChangingSource)
    assert (heard.name, heard.complete, heard.mark) == ("changing", True, "1")
