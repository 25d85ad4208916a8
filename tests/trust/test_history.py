"""Roles of other days: who may vouch for the past, and that the present stays as it is."""

import pytest
from adversary import NOW, Newsroom, Reader, edit, new_key, sign
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.errors import Failure, TrustError
from tamizdat.trust.claims import edition_claim
from tamizdat.trust.history import open_past


@pytest.fixture
def newsroom():
    """Editions 1, 2 and 3 of ru; the newest is current."""
    made = Newsroom()
    made.edition("ru", 2)
    made.edition("ru", 3)
    return made


def trusted_by(newsroom):
    reader = Reader(newsroom)
    reader.visit(newsroom.mirror(), "ru/index")
    return reader.refresh.trusted


def retire(newsroom, last_good):
    """The key of ru is replaced; the old one counts up to ``last_good``."""
    old = newsroom.keys["ru"][0]
    newsroom.authorise("ru", [new_key()])
    public = old.public_key.keyval["public"]
    listed = newsroom.signed["targets"].unrecognized_fields.setdefault("x-tamizdat-retired", [])
    listed += [
        {"language": "fa", "public": public, "last_good": 99},
        {"language": "ru", "public": public, "last_good": last_good},
    ]
    newsroom.publish("targets", "ru")
    return old


def refused(trusted, role, version, data):
    before = {name: file.data for name, file in trusted._held().items()}
    with pytest.raises(TrustError) as error:
        open_past(trusted, role, version, data)
    assert {name: file.data for name, file in trusted._held().items()} == before
    assert trusted.findings == ()
    return error.value.failure


def test_an_older_role_is_proof_of_what_was_signed_and_changes_nothing(newsroom):
    trusted = trusted_by(newsroom)
    before = {name: file.data for name, file in trusted._held().items()}
    for version in (1, 2):
        past = open_past(trusted, "ru", version, newsroom.files[f"{version}.ru.json"])
        assert edition_claim(past.targets.targets["ru/index"]).number == version
        assert past.retired is False
    assert {name: file.data for name, file in trusted._held().items()} == before
    assert open_past(trusted, "app", 1, newsroom.files["1.app.json"]).retired is False


def test_a_newer_role_is_proof_before_any_timestamp_names_it(newsroom):
    trusted = trusted_by(newsroom)
    newsroom.edition("ru", 4)
    past = open_past(trusted, "ru", 4, newsroom.files["4.ru.json"])
    assert edition_claim(past.targets.targets["ru/index"]).number == 4
    assert trusted.named("ru").version == 3


def test_a_role_of_nobodys_proves_nothing(newsroom):
    trusted = trusted_by(newsroom)
    genuine = newsroom.files["2.ru.json"]
    older = newsroom.copy("ru")
    older.version = 2
    assert refused(trusted, "ru", 2, sign(older, [new_key()])) is Failure.WRONG_SIGNATURE
    assert refused(trusted, "ru", 2, sign(older, newsroom.keys["fa"])) is Failure.WRONG_LANGUAGE
    assert (
        refused(trusted, "ru", 2, edit(genuine, lambda found: found["signed"]["targets"].clear()))
        is Failure.WRONG_SIGNATURE
    )
    assert refused(trusted, "ru", 1, genuine) is Failure.MIX_AND_MATCH
    assert refused(trusted, "ru", 2, b"{}") is Failure.MALFORMED
    assert refused(trusted, "xx", 2, genuine) is Failure.NOT_FOUND


def test_without_trusted_targets_there_is_no_proof(newsroom):
    reader = Reader(newsroom)
    refresh = reader.until(newsroom.mirror(), "targets")
    assert refused(refresh.trusted, "ru", 2, newsroom.files["2.ru.json"]) is Failure.NOT_FOUND


def test_a_retired_key_vouches_up_to_its_last_good_edition_and_that_is_said(newsroom):
    retire(newsroom, last_good=2)
    trusted = trusted_by(newsroom)
    for version in (1, 2):
        assert open_past(trusted, "ru", version, newsroom.files[f"{version}.ru.json"]).retired is True
    assert refused(trusted, "ru", 3, newsroom.files["3.ru.json"]) is Failure.WRONG_SIGNATURE


def test_a_retired_key_of_one_language_does_not_speak_for_another(newsroom):
    old = retire(newsroom, last_good=9)
    trusted = trusted_by(newsroom)
    foreign = newsroom.copy("fa")
    foreign.version = 7
    foreign.targets = {"fa/index": foreign.targets["fa/index"]}
    assert open_past(trusted, "fa", 7, sign(foreign, [old])).retired is True  # the list says fa/99
    newsroom.signed["targets"].unrecognized_fields["x-tamizdat-retired"].pop(0)
    newsroom.publish("targets")
    assert refused(trusted_by(newsroom), "fa", 7, sign(foreign, [old])) is Failure.WRONG_SIGNATURE


def test_a_retired_key_vouches_only_for_a_role_with_an_index(newsroom):
    old = retire(newsroom, last_good=9)
    bare = newsroom.copy("ru")
    bare.version, bare.targets = 2, {}
    trusted = trusted_by(newsroom)
    assert refused(trusted, "ru", 2, sign(bare, [old])) is Failure.WRONG_SIGNATURE
    silent = newsroom.copy("ru")
    silent.version = 2
    del silent.targets["ru/index"].unrecognized_fields["custom"]
    assert refused(trusted, "ru", 2, sign(silent, [old])) is Failure.MALFORMED
    assert (
        refused(trusted, "ru", 2, edit(newsroom.files["2.ru.json"], lambda found: found["signatures"].clear()))
        is Failure.WRONG_SIGNATURE
    )


@given(st.binary(max_size=60) | st.integers(0, 10_000))
def test_hostile_bytes_are_refused_with_our_own_error(damage):
    newsroom = Newsroom()
    retire(newsroom, last_good=9)
    trusted = trusted_by(newsroom)
    data = newsroom.files["1.ru.json"]
    if isinstance(damage, int):
        at = damage % len(data)
        damage = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    try:
        open_past(trusted, "ru", 1, damage)
    except TrustError:
        pass
    assert trusted.checked_as_of == NOW
