"""A disk may do to a mirror's folder what it likes: nothing wrong is served, and nobody has to come and help."""

import os
import shutil
import sqlite3
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from mirror_kit import Mirror, Road, copy_of, files
from mirrors import MemoryMirror, flip
from site_kit import SiteRoom

from publication_kit import CHEAP, NOW, PASSPHRASE
from tamizdat.errors import LibraryError
from tamizdat.mirror.database import Database
from tamizdat.mirror.folder import MirrorFolder
from tamizdat.mirror.status import is_healthy, read_status
from tamizdat.mirror.trust_store import version_of
from tamizdat.trust.changes import replace_online
from tamizdat.trust.keyfile import KeyFile
from tamizdat.trust.keyring import load_keys, load_state, sign_on_the_spot, unlock

LATER = NOW + timedelta(hours=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A publication, its upstream at edition 1 and 2, and a mirror's folder with edition 2."""
    folder = tmp_path_factory.mktemp("made")
    room = SiteRoom(folder / "news")
    room.old = files(room.mirror)
    for role in ("timestamp", "snapshot"):
        new = KeyFile.create(role, "another", PASSPHRASE, CHEAP).save(folder / "news/keys")
        request = replace_online("Test", load_state(room.folder), [new.key], NOW, {})
        offline = unlock([key for key in load_keys(room.folder) if key.role == "root"], lambda _: PASSPHRASE)
        sign_on_the_spot(room.folder, request, offline.values())
    room.edition(2, "en")
    room.new = files(room.mirror)
    with Mirror(folder / "mirror", room.fingerprint, LATER) as mirror:
        assert mirror.look(copy_of(room.mirror)).fault == ""
        room.served = mirror.served()
    room.copied = folder / "mirror"
    return room


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made.copied, tmp_path / "mirror")


def opened(made, folder):
    return Mirror(folder, made.fingerprint, LATER)


def upstream(files_there):
    return Road(MemoryMirror("newsroom", dict(files_there)))


def spoil(file):
    file.write_bytes(flip(file.read_bytes(), len(file.read_bytes()) // 2))


def rewrite(file):
    """Other bytes whose signatures are as good."""
    file.write_bytes(file.read_bytes() + b" ")


def kept_files(made):
    return sorted(path.name for path in (made.copied / "trust").iterdir())


def test_the_publication_has_several_roots_and_all_are_served(made):
    assert {f"metadata/{version}.root.json" for version in (1, 2, 3)} <= made.served.keys()


@pytest.mark.parametrize("harm", [spoil, lambda file: file.write_bytes(b""), lambda file: file.unlink(), rewrite])
def test_whatever_happens_to_the_signed_files_that_are_remembered_the_mirror_goes_on(made, folder, harm):
    for name in kept_files(made):
        harm(folder / "trust" / name)
        with opened(made, folder) as mirror:
            assert mirror.served() == made.served
            assert mirror.look(upstream(made.old)).fault, f"without {name} an older edition is taken"
            assert mirror.served() == made.served
            assert mirror.look(upstream(made.new)).fault == ""
            assert mirror.served() == made.served


def test_a_first_root_that_was_spoilt_but_not_in_what_is_signed_is_not_another_publication(made, folder):
    """Its JSON may be written otherwise, and its signatures are good then; only the fingerprint is wrong."""
    for name in (".json", "root%201.json"):
        root = folder / "trust" / name
        root.write_bytes(root.read_bytes() + b" ")
        with opened(made, folder) as mirror:
            assert mirror.look(upstream(made.new)).fault == ""
            assert mirror.served() == made.served


def test_without_any_memory_of_signed_files_an_upstream_cannot_roll_back(made, folder):
    shutil.rmtree(folder / "trust")
    with opened(made, folder) as mirror:
        assert mirror.look(upstream(made.old)).fault
        assert mirror.served() == made.served
        assert mirror.copier.held_version == version_of(made.served["metadata/timestamp.json"])


def test_a_spoilt_root_is_never_served(made, folder):
    """The register may have lost the file at the same time: then it is planned from what is remembered."""
    for name in kept_files(made):
        if name.startswith("root%20"):
            spoil(folder / "trust" / name)
    with opened(made, folder) as mirror:
        for version in (1, 2, 3):
            mirror.copier.register.lose(mirror.copier.holding.find(f"metadata/{version}.root.json"))
        assert mirror.look(upstream(made.new)).fault == ""
        assert mirror.served() == made.served


def what_can_be_had(mirror):
    """Bytes by path, as the server would get them. Whatever is found to be damaged is noted by that."""
    found = {}
    with suppress(LibraryError):
        for file in mirror.copier.register.held():
            with suppress(LibraryError):
                found[file.path] = mirror.copier.holding.read(file)
    return found


def pages_of_register(file):
    return range(0, file.stat().st_size, 4096)


def test_a_register_that_is_damaged_anywhere_is_found_out_again_without_upstreams(made, folder):
    register = folder / "register.sqlite"
    whole = register.read_bytes()
    for at in pages_of_register(register):
        register.write_bytes(whole[:at] + os.urandom(4096) + whole[at + 4096 :])
        with opened(made, folder) as mirror:
            assert what_can_be_had(mirror).items() <= made.served.items()
            mirror.look(folder / "nowhere")
            assert mirror.served() == made.served
            assert files(mirror.www) == made.served


@pytest.mark.slow
def test_a_flipped_bit_anywhere_in_the_register_does_no_lasting_harm(made, folder):
    """Most are found out by the file that is not there then; none may keep a newer edition out."""
    register = folder / "register.sqlite"
    whole = register.read_bytes()
    content = [at for at in range(len(whole)) if whole[at]]
    for at in content[:: max(1, len(content) // 150)]:
        register.write_bytes(flip(whole, at))
        with opened(made, folder) as mirror:
            assert set(what_can_be_had(mirror).values()) <= set(made.served.values())
            looked = mirror.look(upstream(made.new))
            if looked.fault:  # then it says so, and the next look is as good as the first one ever
                looked = mirror.look(upstream(made.new))
            assert looked.fault == ""
            assert mirror.served() == made.served, at
        shutil.rmtree(folder / "www")
        shutil.copytree(made.copied / "www", folder / "www")


def test_a_register_that_breaks_while_the_mirror_runs_is_made_anew_and_the_mirror_woken(made, folder):
    with opened(made, folder) as mirror:
        register = mirror.copier.register
        for damage in ("DROP TABLE file", "UPDATE file SET digest = 7", "UPDATE file SET size = 'much'"):
            register._db.execute(damage)
            woken = mirror.damages
            assert mirror.copier.holding.find("en/index.html") is None
            assert mirror.damages > woken
            mirror.look(folder / "nowhere")
            assert mirror.served() == made.served


def test_a_register_with_a_full_disk_is_not_thrown_away(made, folder):
    class Full(sqlite3.Connection):
        def execute(self, sql, *more):
            if "journal_mode" in sql:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return super().execute(sql, *more)

    before = (folder / "register.sqlite").read_bytes()
    connect = sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **more: connect(*a, **more, factory=Full))
        with pytest.raises(LibraryError, match="full"):
            Database(folder / "register.sqlite", "", 1)
    assert (folder / "register.sqlite").read_bytes() == before


def test_folders_that_are_removed_while_the_mirror_runs_are_made_again(made, folder):
    with opened(made, folder) as mirror:
        for name in ("incoming", "trust", "www"):
            shutil.rmtree(folder / name)
            assert what_can_be_had(mirror) == ({} if name == "www" else made.served)
            assert mirror.look(upstream(made.new)).fault == ""
            assert mirror.served() == made.served


def test_what_waits_in_incoming_may_be_altered_or_deleted(made, tmp_path):
    for harm in (spoil, lambda file: file.unlink()):
        with Mirror(tmp_path / harm.__name__, made.fingerprint, LATER) as mirror:
            withheld = next(path for path in made.served if path.endswith(".pack"))
            assert mirror.look(upstream({path: data for path, data in made.new.items() if path != withheld})).fault
            waiting = sorted(mirror.folder.incoming.iterdir())
            assert len(waiting) > 10
            for file in waiting[::2]:
                harm(file)
            for _ in range(3):
                looked = mirror.look(upstream(made.new))
                assert what_can_be_had(mirror).items() <= made.new.items()
            assert looked.fault == ""
            assert mirror.served().items() <= made.new.items()
            assert mirror.served().keys() >= {path for path in made.served if path.startswith(("en/", "ru/"))} & (
                made.new.keys()
            )


def test_a_file_of_an_older_edition_that_is_lost_keeps_no_news_out(made, tmp_path):
    with Mirror(tmp_path / "mirror", made.fingerprint, LATER) as mirror:
        assert mirror.look(upstream(made.old)).fault == ""
        assert mirror.look(upstream(made.new)).fault == ""
        parting = mirror.served().keys() - made.served.keys()
        old = next(path for path in parting if path.endswith(".index"))
        (mirror.www / old).unlink()
        with pytest.raises(LibraryError):
            mirror.copier.holding.read(mirror.copier.holding.find(old))
        gone = {path: data for path, data in made.new.items() if path != old}
        assert mirror.look(upstream(gone)).fault == ""
        assert mirror.copier.register.lost == 0


def test_a_withdrawn_page_that_cannot_be_deleted_is_deleted_later(made, folder):
    """Another web server may serve the folder: what lies there is read."""
    with opened(made, folder) as mirror:
        register = mirror.copier.register
        with register.transaction():
            register.begin_plan()
            register.add_leaving(["en/2026/11/story-1.html"])
        (mirror.www / "en/2026/11/story-1.html").unlink()
        (mirror.www / "en/2026/11/story-1.html").mkdir()  # os.unlink refuses it
        (mirror.www / "en/2026/11/story-1.html").rmdir()
        shutil.copyfile(made.copied / "www/en/index.html", mirror.www / "en/2026/11/story-1.html")
        register.decide()
        register.finish(LATER.timestamp())  # and here the process dies
    with opened(made, folder) as mirror:
        mirror.look(folder / "nowhere")
        assert not (mirror.www / "en/2026/11/story-1.html").exists()


def test_a_clock_that_was_wrong_for_a_while_does_not_keep_old_content_for_years(made, tmp_path):
    with Mirror(tmp_path / "mirror", made.fingerprint, NOW) as mirror:
        mirror.look(upstream(made.old))
        mirror.now = LATER
        mirror.look(upstream(made.new))
        register = mirror.copier.register
        register._db.execute("UPDATE parting SET gone_by = gone_by + 1e9")
        mirror.look(folder_without := tmp_path / "nowhere")
        mirror.now = LATER + timedelta(hours=1)
        mirror.look(folder_without)
        assert mirror.served() == made.served


def test_whoever_asks_how_a_mirror_is_keeps_none_from_starting(made, folder):
    ended = threading.Event()

    def ask():
        while not ended.is_set():
            read_status(folder, LATER)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(100):
            with MirrorFolder(folder):
                pass
    finally:
        ended.set()
        for thread in asking:
            thread.join()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"held": 5}', '{"held": {"editions": 3}}', '{"held": {"expires": "soon"}}', "\0" * 99]
)
def test_a_spoilt_status_is_no_trouble(made, folder, text):
    (folder / "status.json").write_text(text, "utf-8")
    assert not is_healthy(read_status(folder, LATER))
