"""Every catalogue is whole: no string is missing, no field is lost, and its plurals count as its language does."""

import gettext
import importlib.util
import re
import string
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

from tamizdat.locales import INTERFACE_LANGUAGES, script_of
from tamizdat.locales.catalogue import DERIVED

HOME = Path(__file__).parents[2]
CATALOGUES = HOME / "src" / "tamizdat" / "locales" / "catalogues"
LANGUAGES = [tag for tag in INTERFACE_LANGUAGES if tag not in DERIVED or (CATALOGUES / f"{tag}.po").exists()]
WHO_MADE_IT = {"original", "machine", "checked"}
# CLDR has no rule for these; Dari counts as Persian does.
COUNTS_LIKE = {"prs": "fa"}
UNCOUNTED = {"ba", "crh", "tg", "tt"}
# What may turn text round, hide in it, or drive a terminal. Zero-width joiners belong to Persian.
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff<>]")
# Names and signs that are Latin everywhere.
LATIN_WORDS = re.compile(r"\{\w+\}|\b(?:UTC|Tamizdat|Tor Browser|Tor|QR|VPN|USB|RSS|Atom|JSON|cookies?)\b")


@cache
def catalogue(tag):
    file = CATALOGUES / f"{tag}.po"
    assert file.exists(), f"{file.name} is not written yet"
    with file.open("rb") as opened:
        return read_po(opened, abort_invalid=True)


@cache
def header(tag):
    with (CATALOGUES / f"{tag}.po").open(encoding="utf-8") as lines:
        found = [re.fullmatch(r'"([\w-]+): (.*)\\n"\n', line) for line in lines]
    return {line[1]: line[2] for line in found if line}


def entries(tag):
    """(id, texts) of every message: one text, or as many as the language has numbers."""
    for message in catalogue(tag):
        if message.id:
            yield _name(message), message.string if message.pluralizable else (message.string,)


def _name(message):
    return message.id[0] if message.pluralizable else message.id


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_string_is_missing_and_none_is_unknown(tag):
    wanted = {_name(message): message.pluralizable for message in catalogue("en") if message.id}
    found = {_name(message): message.pluralizable for message in catalogue(tag) if message.id}
    assert sorted(wanted.keys() - found.keys()) == []
    assert sorted(found.keys() - wanted.keys()) == []
    assert found == wanted
    assert [name for name, texts in entries(tag) if not all(text.strip() for text in texts)] == []
    assert [_name(message) for message in catalogue(tag) if message.id and message.fuzzy] == []
    assert list(catalogue(tag).obsolete) == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_translation_has_the_same_fields(tag):
    wanted = {name: fields(texts[-1]) for name, texts in entries("en")}
    wrong = {name: text for name, texts in entries(tag) for text in texts if fields(text) != wanted.get(name)}
    assert wrong == {}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_fields_are_plain_names(tag):
    for name, texts in entries(tag):
        for text in texts:
            for _, field, spec, conversion in string.Formatter().parse(text):
                assert field is None or (re.fullmatch("[a-z]+", field) and not spec and not conversion), name


@pytest.mark.parametrize("tag", LANGUAGES)
def test_plural_forms_are_complete(tag):
    count = int(re.match(r"nplurals=(\d+);", header(tag)["Plural-Forms"])[1])
    assert {len(message.string) for message in catalogue(tag) if message.pluralizable} == {count}
    assert {rule(tag)(n) for n in range(1001)} == set(range(count))


def rule(tag):
    return gettext.c2py(re.search(r"plural=([^;]*);", header(tag)["Plural-Forms"])[1])


@pytest.mark.parametrize("tag", LANGUAGES)
def test_plurals_count_as_the_language_does(tag):
    if tag in UNCOUNTED:
        assert rule(tag)(5) == rule(tag)(2) == rule(tag)(21) == rule(tag)(100)
        return
    category = Locale.parse(COUNTS_LIKE.get(tag, tag).replace("-", "_")).plural_form
    pairs = {(category(n), rule(tag)(n)) for n in range(1001)}
    assert len(pairs) == len({name for name, _ in pairs}) == len({index for _, index in pairs}), sorted(pairs)


@pytest.mark.parametrize("tag", sorted(UNCOUNTED | COUNTS_LIKE.keys()))
def test_cldr_still_does_not_count_in(tag):
    try:
        assert not Locale.parse(tag).plural_form.rules
    except UnknownLocaleError:
        pass


@pytest.mark.parametrize("tag", LANGUAGES)
def test_headers_say_what_the_catalogue_is(tag):
    catalogue(tag)
    assert header(tag)["Language"] == tag
    assert header(tag)["Content-Type"] == "text/plain; charset=UTF-8"
    assert header(tag)["X-Translation"] in WHO_MADE_IT
    assert (header(tag)["X-Translation"] == "original") == (tag == "en")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_texts_are_clean(tag):
    for name, texts in entries(tag):
        for text in texts:
            assert text == text.strip(), name
            assert "  " not in text, name
            assert not HARMFUL.search(text), name
            assert unicodedata.is_normalized("NFC", text), name


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if script_of(tag) != "Latn"])
def test_texts_are_in_the_script_of_the_language(tag):
    names = {"Arab": "ARABIC", "Armn": "ARMENIAN", "Cyrl": "CYRILLIC", "Geor": "GEORGIAN"}
    ours = names[script_of(tag)]
    for name, texts in entries(tag):
        for text in texts:
            letters = [letter for letter in LATIN_WORDS.sub("", text) if letter.isalpha()]
            foreign = [letter for letter in letters if not unicodedata.name(letter).startswith(ours)]
            assert not foreign, (name, text)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_text_was_left_in_english(tag):
    english = dict(entries("en"))
    same = [name for name, texts in entries(tag) if texts == english.get(name) and len(texts[0].split()) > 2]
    assert tag == "en" or same == []


def test_what_is_compiled_is_what_is_written(tmp_path):
    spec = importlib.util.spec_from_file_location("hatch_build", HOME / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stale = []
    for source in sorted(CATALOGUES.glob("*.po")):
        module.compile_catalogue(source, tmp_path / "new.mo")
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != (tmp_path / "new.mo").read_bytes():
            stale.append(source.name)
    stale += [file.name for file in CATALOGUES.glob("*.mo") if not file.with_suffix(".po").exists()]
    assert not stale, f"run `make install`: {stale}"
