"""Archives into a mirror's folder: what is newest and whole is taken, everything else is named."""

import os
import random
import shutil
import signal
import sys
from datetime import timedelta

import pytest
from carry_kit import SOON, Steps, carry, changed, make_room
from mirror_kit import Mirror, files

from publication_kit import NOW, Newsroom, item
from tamizdat.errors import LibraryError, UsageError
from tamizdat.mirror.archive_import import Import, State, import_archives
from tamizdat.mirror.plan import Selection
from tamizdat.trust.fingerprint import Anchor
from tamizdat.trust.verify import ExpiryPolicy

POINTS = int(os.environ.get("TAMIZDAT_KILL_POINTS", "60"))


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    room = make_room(tmp_path_factory.mktemp("room"), 3)
    for number in (1, 2, 3):
        pieces = {"ru": Selection(frozenset({"ru"})), "plain": Selection(pages=False)}
        for name, selection in pieces.items():
            carry(room, room.editions / f"{number}-{name}.zip", room.editions / str(number), selection=selection)
    return room


def bring(room, into, *archives, now=SOON, at=lambda stage, step: None, **wishes):
    """Import archives, given by path or by their name among the editions."""
    paths = [room.editions / archive for archive in archives]
    wish = Import(paths, Anchor.parse(room.fingerprint), into, **wishes)
    return import_archives(wish, Steps(at), lambda: now)


def states(done):
    return {name.rpartition("/")[2]: state for name, (state, _) in done.archives.items()}


def held(into):
    return files(into / "www")


@pytest.mark.parametrize("ending", ["zip", "tar"])
def test_an_archive_becomes_a_mirror(room, tmp_path, ending):
    carry(room, tmp_path / f"news.{ending}", room.editions / "3")
    done = bring(room, tmp_path / "into", tmp_path / f"news.{ending}")
    assert done.fault == ""
    assert done.changed
    assert held(tmp_path / "into") == files(room.editions / "3")
    assert done.files == len(held(tmp_path / "into"))
    with Mirror(tmp_path / "into", room.fingerprint, SOON) as mirror:
        assert mirror.served() == files(room.editions / "3")


def test_the_newest_of_several_is_taken_in_whatever_order(room, tmp_path):
    done = bring(room, tmp_path / "into", "1.zip", "3.zip", "2.zip")
    assert held(tmp_path / "into") == files(room.editions / "3")
    assert states(done) == {"1.zip": State.OLDER, "2.zip": State.OLDER, "3.zip": State.TAKEN}


def test_again_changes_nothing_and_older_ones_are_no_news(room, tmp_path):
    bring(room, tmp_path / "into", "2.zip")
    before = held(tmp_path / "into")
    again = bring(room, tmp_path / "into", "2.zip")
    assert (again.fault, again.changed, states(again)) == ("", False, {"2.zip": State.TAKEN})
    older = bring(room, tmp_path / "into", "1.zip")
    assert older.fault
    assert states(older) == {"1.zip": State.OLDER}
    assert held(tmp_path / "into") == before


def test_broken_and_foreign_archives_are_named_and_the_others_go_on(room, tmp_path):
    other = Newsroom(tmp_path / "other", carriers=())
    other.write([item("lie")])
    other.publish()
    shutil.make_archive(str(tmp_path / "foreign"), "zip", other.folder / "out")
    (tmp_path / "text.zip").write_text("no archive")
    (tmp_path / "half.zip").write_bytes((room.editions / "3.zip").read_bytes()[:50_000])
    forged = changed(
        room.editions / "3.zip",
        tmp_path / "forged.zip",
        lambda name, data: data + b" " if name.endswith(("html", "html.gz")) else data,
    )
    named = [tmp_path / name for name in ("foreign.zip", "text.zip", "half.zip", "missing.zip")]
    done = bring(room, tmp_path / "into", *named, forged, "3.zip", "2.zip")
    assert done.fault == ""
    assert held(tmp_path / "into") == files(room.editions / "3")
    assert states(done) | {"forged.zip": None} == {
        "foreign.zip": State.REFUSED,
        "text.zip": State.BROKEN,
        "half.zip": State.BROKEN,
        "missing.zip": State.BROKEN,
        "forged.zip": None,  # whether it was asked for a page that it forges is chance: the other had it, too
        "3.zip": State.TAKEN,
        "2.zip": State.OLDER,
    }
    alone = bring(room, tmp_path / "other into", forged)
    assert states(alone) == {"forged.zip": State.REFUSED}
    assert alone.fault
    assert held(tmp_path / "other into") == {}


def test_if_the_newest_is_not_whole_the_next_is_taken(room, tmp_path):
    half = changed(room.editions / "3.zip", tmp_path / "half.zip", lambda n, data: None if n.endswith("pack") else data)
    done = bring(room, tmp_path / "into", half, "2.zip", "1.zip")
    assert held(tmp_path / "into") == files(room.editions / "2")
    assert states(done) == {"half.zip": State.BROKEN, "2.zip": State.TAKEN, "1.zip": State.OLDER}


def test_two_halves_make_a_whole(room, tmp_path):
    one = changed(room.editions / "3.zip", tmp_path / "1.zip", lambda n, data: None if n.endswith(".list") else data)
    two = changed(room.editions / "3.zip", tmp_path / "2.zip", lambda n, data: None if n.endswith(".pack") else data)
    done = bring(room, tmp_path / "into", one, two)
    assert done.fault == ""
    assert held(tmp_path / "into") == files(room.editions / "3")
    assert State.BROKEN in states(done).values()


def test_some_languages_or_no_pages_are_taken_as_they_are(room, tmp_path):
    done = bring(room, tmp_path / "ru", "3-ru.zip")
    assert (done.fault, done.looked.planned.editions) == ("", {"ru": 3})
    assert not (tmp_path / "ru" / "www" / "en").exists()
    done = bring(room, tmp_path / "plain", "3-plain.zip")
    assert done.looked.planned.editions == {"en": 3, "ru": 3}
    assert not list((tmp_path / "plain").rglob("*.html"))
    both = bring(room, tmp_path / "both", "3-plain.zip", "3-ru.zip", "3.zip")
    assert set(states(both).values()) == {State.TAKEN}
    assert held(tmp_path / "both") == files(room.editions / "3")


def test_what_the_folder_holds_does_not_get_lost_unasked(room, tmp_path):
    bring(room, tmp_path / "into", "2.zip")
    before = held(tmp_path / "into")
    for piece in ("3-ru.zip", "3-plain.zip"):
        done = bring(room, tmp_path / "into", piece)
        assert done.fault  # of English, or of pages, there is nothing newer
        assert held(tmp_path / "into") == before
    done = bring(room, tmp_path / "into", "3-ru.zip", selection=Selection(frozenset({"ru"})))
    assert done.fault == ""
    assert not (tmp_path / "into" / "www" / "en" / "index.html").exists()
    # The same edition in a smaller archive takes nothing away either.
    bring(room, tmp_path / "same", "3.zip")
    assert bring(room, tmp_path / "same", "3-ru.zip").fault == ""
    assert held(tmp_path / "same") == files(room.editions / "3")


def test_a_folder_of_archives_and_a_copied_folder_do_too(room, tmp_path):
    stick = tmp_path / "stick"
    stick.mkdir()
    for number in (1, 3):
        shutil.copyfile(room.editions / f"{number}.zip", stick / f"{number}.zip")
    (stick / "holiday.jpg").write_bytes(b"\xff\xd8")
    assert bring(room, tmp_path / "into", stick).fault == ""
    assert held(tmp_path / "into") == files(room.editions / "3")
    assert bring(room, tmp_path / "from folder", room.editions / "mirror 2").fault == ""
    assert held(tmp_path / "from folder") == files(room.editions / "2")
    assert states(bring(room, tmp_path / "into", tmp_path)) == {tmp_path.name: State.BROKEN}


def test_what_is_past_its_time_needs_a_word(room, tmp_path):
    later = NOW + timedelta(days=20)
    refused = bring(room, tmp_path / "into", "3.zip", now=later)
    assert states(refused) == {"3.zip": State.EXPIRED}
    assert "--expired" in refused.archives[str(room.editions / "3.zip")][1]
    assert held(tmp_path / "into") == {}
    done = bring(room, tmp_path / "into", "3.zip", now=later, policy=ExpiryPolicy.REPORT)
    assert [role for role, _ in done.looked.expired] == ["timestamp"]
    assert held(tmp_path / "into") == files(room.editions / "3")


def test_a_running_mirror_takes_archives_from_its_own_folder(room, tmp_path):
    with Mirror(tmp_path / "into", room.fingerprint, SOON), pytest.raises(UsageError, match="drop them there"):
        bring(room, tmp_path / "into", "3.zip")


def test_another_publications_folder_is_left_alone(room, tmp_path):
    other = Newsroom(tmp_path / "other", carriers=())
    other.write([item("theirs")])
    other.publish()
    with Mirror(tmp_path / "into", other.fingerprint, NOW) as mirror:
        mirror.look(other.folder)
    before = held(tmp_path / "into")
    with pytest.raises(UsageError, match="another publication"):
        bring(room, tmp_path / "into", "3.zip")
    assert held(tmp_path / "into") == before


def test_a_disk_that_gives_back_other_bytes_is_found_out(room, tmp_path):
    page = tmp_path / "into" / "www" / "en" / "index.html"

    def damage(stage, step):
        if (stage, step) == ("reading it back", 0):
            page.write_bytes(page.read_bytes().replace(b"Headline", b"Forgery!"))

    with pytest.raises(LibraryError, match=r"en/index.html: does not read back"):
        bring(room, tmp_path / "into", "3.zip", at=damage)
    assert bring(room, tmp_path / "into", "3.zip").fault == ""
    assert held(tmp_path / "into") == files(room.editions / "3")


def import_in_child(room, into, kill_at):
    """Import in a forked child; kill it at its ``kill_at``-th C call. The number of C calls if it lived."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        calls = 0

        def count(_frame, event, _function):
            nonlocal calls
            if event == "c_call":
                calls += 1
                if calls == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        code = 1
        try:
            sys.setprofile(count)
            bring(room, into, "3.zip")
            sys.setprofile(None)
            os.write(writing, str(calls).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return int(answer) if answer else None


@pytest.mark.slow
def test_killed_anywhere_it_goes_on(room, tmp_path):
    bring(room, tmp_path / "2", "2.zip")
    old, new = files(room.editions / "2"), files(room.editions / "3")
    total = import_in_child(room, shutil.copytree(tmp_path / "2", tmp_path / "whole"), kill_at=0)
    for point in random.Random(20261123).sample(range(1, total + 1), POINTS):
        into = shutil.copytree(tmp_path / "2", tmp_path / "into")
        import_in_child(room, into, kill_at=point)
        with Mirror(into, room.fingerprint, SOON) as mirror:
            served = mirror.served()
        assert all(data in {old.get(path), new.get(path)} for path, data in served.items())
        done = bring(room, into, "3.zip")
        assert done.fault == ""
        assert new.items() <= held(into).items()
        shutil.rmtree(into)
