import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import CeremonyError, PassphraseError, UsageError
from tamizdat.trust import files
from tamizdat.trust.keyfile import (
    KEY_FORMAT,
    MAX_KEY_FILE_BYTES,
    Argon2,
    KeyFile,
    PublicKey,
    grouped,
    is_line,
    key_code,
    key_id,
)

FAST = Argon2(64, 1)


def made(role="root", name="Anna"):
    return KeyFile.create(role, name, "open sesame", FAST)


def test_key_file_opens_with_its_passphrase_only(tmp_path):
    saved = made().save(tmp_path)
    loaded = KeyFile.load(saved.path)
    assert loaded == saved
    key = loaded.unlock("open sesame")
    assert key.key == loaded.key
    assert key.keyid == loaded.keyid == key_id(key.key.public)
    assert key.private.public_key().public_bytes_raw() == loaded.key.public
    with pytest.raises(PassphraseError) as caught:
        loaded.unlock("open sesame!")
    assert str(saved.path) in str(caught.value)


def test_secret_is_neither_in_the_file_nor_in_the_repr():
    sealed = made()
    key = sealed.unlock("open sesame")
    seed = key.private.private_bytes_raw()
    assert seed.hex().encode() not in sealed.to_bytes()
    assert seed.hex() not in repr(key)
    assert repr(seed)[2:-1] not in repr(key)


def test_an_unsaved_file_is_named_by_what_it_would_be_called():
    with pytest.raises(PassphraseError, match=r"root-[0-9a-f]{8}\.key"):
        made().unlock("wrong")


def test_accents_typed_in_either_way_are_one_passphrase():
    composed, decomposed = "caf\u00e9 \u0439", "cafe\u0301 \u0438\u0306"
    assert KeyFile.create("ru", "x", composed, FAST).unlock(decomposed)


def test_a_lone_surrogate_from_a_broken_terminal_is_a_passphrase_like_any_other():
    assert KeyFile.create("ru", "x", "\udcff", FAST).unlock("\udcff")


def test_default_cost_is_the_documented_one():
    assert Argon2() == Argon2(memory_kib=65_536, iterations=1)


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_empty_passphrase_is_refused(empty):
    with pytest.raises(PassphraseError):
        KeyFile.create("root", "Anna", empty, FAST)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[2J", "\u202eevil", "x" * 101])
def test_a_name_that_could_fool_a_terminal_is_refused(name):
    with pytest.raises(UsageError):
        KeyFile.create("root", name, "p", FAST)


def test_persian_names_keep_their_joiners():
    assert is_line("علی\u200cرضا")
    assert not is_line(3)


def test_file_is_private_and_never_overwritten(tmp_path):
    saved = made().save(tmp_path / "new" / "folder")
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700
    before = saved.path.read_bytes()
    with pytest.raises(CeremonyError, match="exists already"):
        saved.save(tmp_path / "new" / "folder")
    assert saved.path.read_bytes() == before
    assert [path.name for path in saved.path.parent.iterdir()] == [saved.filename]


def test_a_stick_without_hard_links_works_and_is_not_overwritten_either(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    saved = made().save(tmp_path)
    assert KeyFile.load(saved.path) == saved
    with pytest.raises(CeremonyError, match="exists already"):
        saved.save(tmp_path)


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(CeremonyError, match="No space left"):
        made().save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_write_over_replaces(tmp_path):
    files.write_over(tmp_path / "a", b"1")
    files.write_over(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("field", ["role", "name", "nonce", "sealed"])
def test_an_edited_file_does_not_open(field):
    sealed = made()
    fields = json.loads(sealed.to_bytes())
    fields[field] = {"role": "targets", "name": "Boris"}.get(field, "00" * (len(fields[field]) // 2))
    with pytest.raises(PassphraseError):
        KeyFile.from_bytes(json.dumps(fields).encode(), Path("k.key")).unlock("open sesame")


def test_another_public_key_in_its_place_does_not_open():
    fields, other = json.loads(made().to_bytes()), made()
    fields |= {"public": other.key.public.hex(), "keyid": other.keyid}
    with pytest.raises(PassphraseError):
        KeyFile.from_bytes(json.dumps(fields).encode(), Path("k.key")).unlock("open sesame")


BAD = [
    ("format", "tamizdat-key-v2"),
    ("role", "snap shot"),
    ("role", None),
    ("name", "\x07"),
    ("name", 7),
    ("keyid", "00000000"),
    ("public", "zz" * 32),
    ("public", "00" * 31),
    ("nonce", "٠٠" * 12),
    ("sealed", ""),
    ("cipher", "none"),
    ("kdf", None),
    ("kdf", {"name": "scrypt"}),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_wrong_field_is_refused_by_name_of_the_file(field, value):
    fields = json.loads(made().to_bytes())
    fields[field] = value
    with pytest.raises(CeremonyError, match=r"k\.key: "):
        KeyFile.from_bytes(json.dumps(fields).encode(), Path("k.key"))


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": 1_048_577},
        {"memory_kib": 7},
        {"memory_kib": True},
        {"memory_kib": 64.0},
        {"iterations": 17},
        {"iterations": 0},
        {"iterations": "1"},
        {"lanes": 4},
        {"lanes": None},
        {"salt": "00"},
    ],
)
def test_a_hostile_file_cannot_make_opening_costly(cost):
    fields = json.loads(made().to_bytes())
    fields["kdf"] |= cost
    with pytest.raises(CeremonyError):
        KeyFile.from_bytes(json.dumps(fields).encode(), Path("k.key"))


def test_a_file_that_is_missing_or_huge_is_refused(tmp_path):
    with pytest.raises(CeremonyError, match="cannot be read"):
        KeyFile.load(tmp_path / "none.key")
    (tmp_path / "huge.key").write_bytes(b" " * (MAX_KEY_FILE_BYTES + 1))
    with pytest.raises(CeremonyError, match="longer than"):
        KeyFile.load(tmp_path / "huge.key")


def test_public_file_has_no_secret_and_reads_back():
    sealed = made()
    data = sealed.key.to_bytes()
    assert b"sealed" not in data
    assert PublicKey.from_bytes(data, "x") == sealed.key
    assert PublicKey.from_bytes(sealed.to_bytes(), "x") == sealed.key


def test_code_that_people_compare_has_80_bits():
    assert grouped("0123456789abcdef0123456789abcdef") == "0123 4567 89ab cdef 0123"
    assert key_code(b"\0" * 32).replace(" ", "").startswith(key_id(b"\0" * 32))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_hostile_bytes_raise_our_error_only(data):
    with pytest.raises(CeremonyError):
        KeyFile.from_bytes(data, Path("k.key"))
    with pytest.raises(CeremonyError):
        PublicKey.from_bytes(data, "k.public")


@given(st.sampled_from(sorted(json.loads(made().to_bytes()))), json_values)
def test_any_value_in_any_field_is_read_or_refused(field, value):
    fields = json.loads(made().to_bytes()) | {field: value}
    try:
        found = KeyFile.from_bytes(json.dumps(fields).encode(), Path("k.key"))
    except CeremonyError:
        return
    assert json.loads(found.to_bytes())["format"] == KEY_FORMAT
