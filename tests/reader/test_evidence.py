"""Evidence against mirrors that lie: written by an audit, checked by anybody, with our tool and by hand."""

import hashlib
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from publication_kit import Newsroom, item
from reader.mirrors import MemoryMirror, flip
from reader.site_kit import LATER, NO_PRESS, STORY, audit, standing
from tamizdat.carriers.registry import open_inbound
from tamizdat.errors import UsageError
from tamizdat.reader.audit import audit_mirrors
from tamizdat.reader.evidence import check_new, write_evidence
from tamizdat.reader.evidence_check import check_evidence, checked_json, checked_lines
from tamizdat.reader.patience import Patience
from tamizdat.roads.trail import Standing
from tamizdat.trust.fingerprint import Anchor, to_words


def gathered(room, folder, *mirrors):
    """What an audit of these mirrors writes about those that lie."""
    roads = [mirror if hasattr(mirror, "fetch") else open_inbound(str(mirror)) for mirror in mirrors]
    anchor = Anchor.parse(room.fingerprint)
    result = audit_mirrors(roads, anchor, LATER, evidence=True)
    return result, write_evidence(folder, result, roads, anchor, LATER, Patience())


def checked(room, folder):
    return check_evidence(folder, Anchor.parse(room.fingerprint), LATER)


def proved(room, folder):
    """Path and signed hash of every file that the evidence proves to be a lie; all of it must."""
    found = checked(room, folder)
    assert found.proved, list(checked_lines(found))
    return {verdict.path: verdict.signed for verdict in found.verdicts}


def digest(data):
    return hashlib.sha256(data).digest()


# --- What can be proved -------------------------------------------------------------------------------------------


def test_an_altered_page_is_proved_by_its_signed_hash_and_its_bytes(room, bad, tmp_path):
    good = (bad / STORY).read_bytes()
    (bad / STORY).write_bytes(b"<p>All is well.")
    result, written = gathered(room, tmp_path / "evidence", room.mirror, bad)
    assert list(written) == [1]
    assert written[1].proved == 1
    folder = written[1].folder
    assert (folder / "served" / STORY).read_bytes() == b"<p>All is well."
    assert proved(room, folder) == {STORY: digest(good)}
    assert result.mirrors[0].trail.evidence == {}


def test_pages_outside_the_languages_and_pictures_are_proved_too(room, bad, tmp_path):
    (bad / "404.html").write_bytes(b"gone")
    _, written = gathered(room, tmp_path / "evidence", bad)
    assert proved(room, written[0].folder) == {"404.html": digest((room.mirror / "404.html").read_bytes())}


@pytest.mark.parametrize(
    "pattern",
    [
        "ru/*.index",
        "ru/*.pack",
        "ru/site/*.list",
        "metadata/*.ru.json",
        "*.site.list",
    ],
)
def test_every_file_that_is_named_by_a_hash_is_proved(room, bad, tmp_path, pattern):
    for file in bad.glob(pattern):
        file.write_bytes(flip(file.read_bytes(), 40))
    result, written = gathered(room, tmp_path / "evidence", bad, room.mirror)
    assert standing(result) is Standing.LIES
    found = proved(room, written[0].folder)
    assert found
    for path, signed in found.items():
        assert signed == digest((room.mirror / path).read_bytes())


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_a_file_that_no_hash_names_is_proved_by_its_signature(room, bad, tmp_path, role):
    for file in bad.glob(f"metadata/*.{role}.json"):
        file.write_bytes(flip(file.read_bytes(), 40))
    _, written = gathered(room, tmp_path / "evidence", bad, room.mirror)
    assert list(proved(room, written[0].folder).values()) == [None]


def test_a_file_that_is_longer_than_signed_is_asked_for_again(room, bad, tmp_path):
    pack = min(bad.glob("ru/*.pack"))
    pack.write_bytes(pack.read_bytes() + b"more")
    _, written = gathered(room, tmp_path / "evidence", bad, room.mirror)
    path = pack.relative_to(bad).as_posix()
    assert proved(room, written[0].folder) == {path: bytes.fromhex(pack.stem)}


def test_a_timestamp_and_a_root_that_nobody_signed_are_proved(room, bad, tmp_path):
    stamp = bad / "metadata" / "timestamp.json"
    stamp.write_bytes(stamp.read_bytes().replace(b'"version":', b'"version":1', 1))
    root = bad / "metadata" / "2.root.json"
    first = (bad / "metadata" / "1.root.json").read_bytes()
    root.write_bytes(first.replace(b'"version":1', b'"version":2', 1).replace(b'"version": 1', b'"version": 2', 1))
    _, written = gathered(room, tmp_path / "evidence", bad, room.mirror)
    folder = written[0].folder
    assert proved(room, folder) == {"metadata/timestamp.json": None, "metadata/2.root.json": None}
    # Another mirror's timestamp says nothing of this one's.
    assert [path.name for path in (folder / "signed" / "metadata").iterdir()] == ["1.root.json"]


def test_another_publication_is_proved_by_the_fingerprint_alone(room, tmp_path):
    other = Newsroom(tmp_path / "other")
    other.settings(NO_PRESS)
    other.write([item("a", "en")])
    other.publish()
    _, written = gathered(room, tmp_path / "evidence", other.carriers[0])
    assert proved(room, written[0].folder) == {"metadata/1.root.json": bytes.fromhex(room.fingerprint)}
    words = check_evidence(written[0].folder, Anchor.parse(to_words(room.fingerprint)), LATER)
    assert words.proved


@pytest.mark.parametrize("remembered", [16, 1])
def test_after_rotations_every_root_on_the_way_is_there(room, tmp_path, monkeypatch, remembered):
    """Roots are followed one by one, and the auditor remembers the last of them only."""
    monkeypatch.setattr("tamizdat.reader.kept._EARLIER_ROOTS", remembered)
    for _ in range(3):
        room.rotate("timestamp", 0, LATER)
    room.publish(LATER)
    room.put(room.pages, LATER)
    bad = shutil.copytree(room.mirror, tmp_path / "rotated")
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    assert proved(room, folder) == {STORY: digest((room.mirror / STORY).read_bytes())}
    roots = sorted(path.name for path in (folder / "signed" / "metadata").glob("*.root.json"))
    assert roots == [f"{version}.root.json" for version in (1, 2, 3, 4)]


def test_only_what_is_needed_is_there_and_nothing_of_it_is_trusted_unread(room, bad, tmp_path):
    """A few kilobytes convict, out of a whole site. Each signed file is needed, and an altered one is noticed."""
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad, room.mirror)
    folder = written[0].folder
    files = [path for path in (folder / "signed").rglob("*") if path.is_file()]
    assert len(files) < 10
    for file in files:
        data = file.read_bytes()
        file.write_bytes(flip(data))
        assert not checked(room, folder).proved, file
        file.unlink()
        assert not checked(room, folder).proved, file
        file.write_bytes(data)
    assert checked(room, folder).proved


# --- What is not --------------------------------------------------------------------------------------------------


def test_the_publications_own_bytes_prove_nothing(room, bad, tmp_path):
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    shutil.copy(room.mirror / STORY, folder / "served" / STORY)
    found = checked(room, folder)
    assert not found.proved
    assert "the very bytes that the publication signed" in "\n".join(checked_lines(found))
    assert checked_json(found)["files"][0]["proved"] is False


def test_bytes_at_a_path_that_nobody_signed_prove_nothing(room, bad, tmp_path):
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    for path in (
        "ru/more.html",
        "ru/" + "0" * 64 + ".pack",
        "more.html",
        "metadata/99.ru.json",
        "metadata/7.root.json",
        "ru/site/x.list",
    ):
        shutil.rmtree(folder / "served")
        (folder / "served" / path).parent.mkdir(parents=True)
        (folder / "served" / path).write_bytes(b"anything")
        found = checked(room, folder)
        assert not found.proved, path
        assert "proves nothing" in "\n".join(checked_lines(found))


def test_the_right_timestamp_and_root_prove_nothing(room, bad, tmp_path):
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    shutil.rmtree(folder / "served")
    shutil.copytree(folder / "signed" / "metadata", folder / "served" / "metadata")
    assert [verdict.path for verdict in checked(room, folder).verdicts if verdict.proved] == []


def test_a_right_file_is_not_proved_wrong_by_an_altered_one_beside_it(room, bad, tmp_path):
    """Who writes evidence could alter ``signed/`` instead of ``served/``."""
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    for name in ("timestamp.json", "1.targets.json"):
        shutil.rmtree(folder / "served")
        (folder / "served" / "metadata").mkdir(parents=True)
        right = folder / "signed" / "metadata" / name
        data = right.read_bytes()
        (folder / "served" / "metadata" / name).write_bytes(data)
        for altered in (flip(data), data.replace(b'"signed"', b' "signed"'), b"{}", b""):
            right.write_bytes(altered)
            assert not checked(room, folder).proved, (name, altered)
        right.write_bytes(data)


def test_two_timestamps_of_one_version_prove_that_a_key_was_used_twice(room, bad, tmp_path):
    twin = room.copy(tmp_path / "twin")
    twin.put(room.pages, LATER)
    (bad / STORY).write_bytes(b"forged")
    room.put(room.pages | {STORY: b"<p>Another."}, LATER)
    shutil.rmtree(bad)
    shutil.copytree(room.mirror, bad)
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    shutil.rmtree(folder / "served")
    (folder / "served" / "metadata").mkdir(parents=True)
    shutil.copy(twin.mirror / "metadata" / "timestamp.json", folder / "served" / "metadata")
    found = checked(room, folder)
    assert found.proved
    assert "another one of the same version is signed as well" in "\n".join(checked_lines(found))


def test_with_another_fingerprint_nothing_is_proved(room, bad, tmp_path):
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    found = check_evidence(written[0].folder, Anchor(bytes(32)), LATER)
    assert not found.proved


def test_a_folder_that_is_no_evidence_is_told(room, tmp_path):
    with pytest.raises(UsageError, match="is no evidence"):
        checked(room, tmp_path)
    (tmp_path / "served").mkdir()
    assert not checked(room, tmp_path).proved


def test_honest_mirrors_that_lag_or_lack_something_get_no_folder(room, bad, tmp_path):
    (bad / STORY).unlink()
    stale = shutil.copytree(room.mirror, tmp_path / "stale")
    room.edition(3)
    _, written = gathered(room, tmp_path / "evidence", bad, stale, room.mirror)
    assert written == {}
    assert not (tmp_path / "evidence").exists()


# --- Whoever is accused writes none of it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "https://../../../etc/",
        "https://a.example/ -o loot ; reboot /",
        "../..",
        "/",
        "https://a\nb\x1b[2J.example/';reboot;'/",
        "",
        "\udcff",
        "x" * 500,
    ],
)
def test_no_name_of_a_mirror_leads_out_of_the_folder_or_writes_lines(room, tmp_path, name):
    liar = MemoryMirror.of(name, room.mirror, lambda path, data: b"forged" if path == STORY else data)
    _, written = gathered(room, tmp_path / "evidence", liar)
    folder = written[0].folder
    assert folder.parent == tmp_path / "evidence"
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", folder.name)
    assert {path.name for path in tmp_path.iterdir()} >= {"evidence"}
    readme = (folder / "README.txt").read_text("utf-8")
    assert all(line.isprintable() for line in readme.split("\n"))
    (last,) = re.findall(
        r"^    ((?:curl -s|sha256sum) .*story-1.html.*)$", readme.partition("convicts itself")[2], re.MULTILINE
    )
    words = shlex.split(last)
    assert words[: words.index("|") if "|" in words else None][-1].endswith(STORY)
    assert len(words) == (5 if "|" in words else 2)
    assert checked(room, folder).proved
    assert all(line.isprintable() for line in checked_lines(checked(room, folder)))


def test_mirrors_of_like_names_have_folders_of_their_own(room, tmp_path):
    def lie(path, data):
        return b"forged" if path == STORY else data

    names = ("https://a.example/x", "https://a.example/x/", "http://a.example/x")
    _, written = gathered(room, tmp_path / "evidence", *(MemoryMirror.of(name, room.mirror, lie) for name in names))
    assert len({found.folder for found in written.values()}) == 3


def test_more_bytes_than_there_is_room_for_are_not_kept_and_that_is_said(room, bad, tmp_path, monkeypatch):
    monkeypatch.setattr("tamizdat.reader.audit.EVIDENCE_BYTES", 20)
    (bad / STORY).write_bytes(b"short")
    (bad / "ru" / "index.html").write_bytes(b"much longer than there is room for")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    assert list(proved(room, folder)) == [STORY]
    assert "not kept" in (folder / "README.txt").read_text("utf-8")
    assert json.loads((folder / "evidence.json").read_text("utf-8"))["bytes_not_kept"] == ["ru/index.html"]


def test_without_being_asked_nothing_is_kept(room, bad):
    (bad / STORY).write_bytes(b"forged")
    assert audit(room, bad).mirrors[0].trail.evidence == {}


def test_a_folder_in_use_is_refused(tmp_path):
    check_new(tmp_path / "new")
    check_new(tmp_path)
    (tmp_path / "file").write_text("")
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="is there already"):
            check_new(folder)


# --- By hand ------------------------------------------------------------------------------------------------------


def test_the_commands_of_the_readme_find_what_it_says(room, bad, tmp_path):
    """``sha256sum`` over the served bytes gives the one hash, over the signed page of an honest mirror the other."""
    good = (bad / STORY).read_bytes()
    (bad / STORY).write_bytes(b"forged")
    _, written = gathered(room, tmp_path / "evidence", bad)
    folder = written[0].folder
    readme = (folder / "README.txt").read_text("utf-8")
    assert f"signed:  {digest(good).hex()}" in readme
    here, there = re.findall(r"^    (sha256sum .*)$", readme, re.MULTILINE)
    for command, where in ((here, folder), (there, tmp_path)):
        ran = subprocess.run(["sh", "-c", command], cwd=where, capture_output=True, text=True, check=True)
        assert f"came:    {ran.stdout.split()[0]}" in readme
    listed = b"".join(path.read_bytes() for path in (folder / "signed" / "ru" / "site").iterdir())
    assert digest(good) in listed


def test_evidence_on_the_web_tells_how_to_ask_the_mirror_itself(room, tmp_path):
    liar = MemoryMirror.of("https://liar.example/", room.mirror, lambda path, data: b"x" if path == STORY else data)
    _, written = gathered(room, tmp_path / "evidence", liar)
    assert Path(written[0].folder).name.startswith("liar.example-")
    readme = (written[0].folder / "README.txt").read_text("utf-8")
    assert f"curl -s https://liar.example/{STORY} | sha256sum" in readme.replace("'", "")
    assert "It does not prove that this" in readme
