import json
import stat

import pytest
from ring import FAST, LATER, NOW, everybody, opened, publics

from tamizdat.errors import CeremonyError, PassphraseError, RootKeyPresentError, StoryError, UsageError
from tamizdat.trust import keyring
from tamizdat.trust.ceremony import answer, asked_keys, finish
from tamizdat.trust.changes import change_offline, first_keys, renew, replace_online
from tamizdat.trust.keyfile import KeyFile
from tamizdat.trust.keyring import (
    Keyring,
    create_online_keys,
    create_rehearsal,
    has_state,
    is_rehearsal,
    load_keys,
    load_state,
    offline_keys_present,
    refuse_offline_keys,
    save_finished,
    sign_on_the_spot,
    unlock,
)


@pytest.fixture
def folder(tmp_path):
    """A rehearsal in two languages, all under the passphrase ``p``."""
    create_rehearsal(tmp_path, ["fa", "ru"], "p", "Over There", NOW, FAST)
    return tmp_path


def offline(folder):
    return unlock([file for file in load_keys(folder) if file.role in {"root", "targets"}], lambda _: "p")


def test_a_rehearsal_is_complete_and_says_so(folder):
    state = load_state(folder)
    assert is_rehearsal(folder)
    assert state.rehearsal
    (folder / "trust" / "0.root.json").write_bytes(b"no version that we number")
    assert load_state(folder) == state
    (folder / "trust" / "0.root.json").unlink()
    assert state.targets.languages == ("fa", "ru")
    assert len(load_keys(folder)) == 3 + 3 + 3 + 2
    assert sorted(path.name for path in (folder / "trust").iterdir()) == ["1.root.json", "1.targets.json", "rehearsal"]
    assert stat.S_IMODE((folder / "keys" / "names.json").stat().st_mode) == 0o600


def test_names_of_people_are_not_in_what_is_published(folder):
    for path in (folder / "trust").glob("*.json"):
        assert b"rehearsal 1" not in path.read_bytes()
    assert load_state(folder).keys_of("root")[0].name.startswith("rehearsal ")


def test_only_the_keys_that_are_asked_for_are_opened(folder):
    asked = []

    def passphrase(file):
        asked.append(file.role)
        return "p"

    ring = Keyring.open(folder, passphrase)
    assert asked == []
    assert ring.signer("ru").key.role == "ru"
    assert asked == ["ru"]
    ring.unlock(["ru", "snapshot", "timestamp"])
    ring.unlock(["ru"])
    assert sorted(asked) == ["ru", "snapshot", "timestamp"]
    assert len(ring.signers("root")) == 3


def test_a_wrong_passphrase_names_the_file(folder):
    ring = Keyring.open(folder, lambda file: "wrong" if file.role == "ru" else "p")
    with pytest.raises(PassphraseError, match=r"keys/ru-[0-9a-f]{8}\.key"):
        ring.unlock(["fa", "ru"])


def test_a_missing_key_is_said(folder):
    for path in (folder / "keys").glob("ru-*.key"):
        path.unlink()
    ring = Keyring.open(folder, lambda _: "p")
    for role in ("ru", "de"):
        with pytest.raises(CeremonyError, match=f"sign as {role}"):
            ring.signer(role)


def test_online_keys_have_a_passphrase_each(tmp_path):
    made = create_online_keys(tmp_path, ["ru"], lambda role: f"for {role}", FAST)
    assert sorted(file.role for file in made) == ["app", "ru", "snapshot", "timestamp"]
    for file in load_keys(tmp_path):
        assert file.unlock(f"for {file.role}")
    assert not has_state(tmp_path)
    with pytest.raises(CeremonyError, match="run the ceremony first"):
        load_state(tmp_path)


def test_bad_languages_make_no_key(tmp_path):
    for languages, error in (([], UsageError), (["ru", "ru"], UsageError), (["../x"], StoryError)):
        with pytest.raises(error):
            create_online_keys(tmp_path, languages, lambda _: "p", FAST)
        with pytest.raises(error):
            create_rehearsal(tmp_path, languages, "p", "x", NOW, FAST)
    assert list(tmp_path.iterdir()) == []


# --- Offline keys where they must not be ----------------------------------------------------------------------------


def test_the_publishing_machine_refuses_root_and_targets_keys_under_any_name(tmp_path):
    create_online_keys(tmp_path, ["ru"], lambda _: "p", FAST)
    refuse_offline_keys(tmp_path)
    hidden, elsewhere = tmp_path / "a" / "b", tmp_path.parent / f"{tmp_path.name}-stick"
    hidden.mkdir(parents=True)
    elsewhere.mkdir()
    longest = "\N{CYRILLIC SMALL LETTER SHCHA}" * 100
    (hidden / "holiday.jpg").write_bytes(KeyFile.create("targets", longest, "p", FAST).to_bytes())
    KeyFile.create("root", "", "p", FAST).save(elsewhere)
    with pytest.raises(RootKeyPresentError, match=r"holiday\.jpg"):
        refuse_offline_keys(tmp_path)
    assert len(offline_keys_present(tmp_path, [elsewhere])) == 2
    assert [path.parent for path in offline_keys_present(elsewhere)] == [elsewhere]


def test_what_is_no_key_file_is_passed_over(tmp_path):
    (tmp_path / "text").write_bytes(b"x" * 500)
    (tmp_path / "list").write_bytes(json.dumps(["root"] * 100).encode())
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "public").write_bytes(opened("root").key.to_bytes() + b" " * 300)
    assert offline_keys_present(tmp_path) == []


def test_a_rehearsal_may_keep_them(folder):
    assert len(offline_keys_present(folder)) == 6
    refuse_offline_keys(folder)


# --- Keeping what a ceremony made -----------------------------------------------------------------------------------


def test_a_replaced_key_is_deleted_and_its_successor_signs(folder):
    old = Keyring.open(folder, lambda _: "p").signer("timestamp")
    fresh = KeyFile.create("timestamp", "", "p", FAST).save(folder / "keys")
    request = replace_online("x", load_state(folder), [fresh.key], LATER)
    sign_on_the_spot(folder, request, offline(folder).values())
    assert Keyring.open(folder, lambda _: "p").signer("timestamp").keyid == fresh.keyid
    assert old.keyid not in {file.keyid for file in load_keys(folder)}
    assert sorted(path.name for path in (folder / "trust").glob("*.root.json")) == ["1.root.json", "2.root.json"]


def test_a_crash_between_targets_and_root_leaves_the_old_state_and_finishing_again_helps(folder, monkeypatch):
    state, keys = load_state(folder), offline(folder)
    gone = state.keys_of("targets")
    fresh = KeyFile.create("targets", "Dora", "p", FAST).save(folder / "keys").unlock("p")
    request = change_offline("x", state, "targets", gone[0].keyid, fresh.key, LATER)
    # Signed by the newcomer and one other: not enough under the old root.
    roots = [key for key in keys.values() if key.key.role == "root"]
    finished = finish(request, [answer(request, key) for key in (*roots, fresh, keys[gone[1].keyid])])
    write = keyring.write_new

    def crash(path, data):
        if path.name.endswith(".root.json"):
            raise KeyboardInterrupt
        write(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(keyring, "write_new", crash)
        with pytest.raises(KeyboardInterrupt):
            save_finished(folder, finished)
    assert sorted(path.name for path in (folder / "trust").glob("2.*")) == ["2.targets.json"]
    assert load_state(folder).roots == state.roots
    assert load_state(folder).targets_file == state.targets_file
    save_finished(folder, finished)
    assert load_state(folder).root.version == 2
    assert load_state(folder).targets.version == 2


def test_a_file_of_another_ceremony_is_never_overwritten(folder):
    state, keys = load_state(folder), offline(folder)
    for time in (LATER, NOW):
        request = renew("x", state, time)
        finished = finish(request, [answer(request, key) for key in keys.values()])
        if time == LATER:
            save_finished(folder, finished)
    with pytest.raises(CeremonyError, match="exists already"):
        save_finished(folder, finished)
    assert load_state(folder).root.expires > load_state(folder).targets.expires.replace(year=2031)


def test_a_damaged_folder_is_said(folder):
    newest = folder / "trust" / "1.targets.json"
    kept = newest.read_bytes()
    newest.write_bytes(kept.replace(b"ru/*", b"en/*"))
    with pytest.raises(CeremonyError, match="targets is not signed"):
        load_state(folder)
    newest.write_bytes(kept)
    (folder / "keys" / "names.json").write_bytes(b"[]")
    with pytest.raises(CeremonyError, match="may be deleted"):
        load_state(folder)
    (folder / "keys" / "names.json").unlink()
    assert load_state(folder).keys_of("root")[0].name == ""
    (folder / "trust" / "1.root.json").rename(folder / "trust" / "2.root.json")
    with pytest.raises(CeremonyError, match="version of root is missing"):
        load_state(folder)


def test_a_folder_of_a_real_ceremony_is_no_rehearsal(tmp_path):
    ring = everybody()
    request = first_keys("x", publics(ring), NOW)
    keys = [key for keys in ring.values() for key in keys if key.key.public in asked_keys(request)]
    save_finished(tmp_path, finish(request, [answer(request, key) for key in keys]))
    assert not is_rehearsal(tmp_path)
    assert load_state(tmp_path).keys_of("root")
