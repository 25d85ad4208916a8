"""The newsroom's own screens in every language of ours, also where Django and Wagtail have none."""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from desk_kit import person
from django.conf import settings
from django.utils import translation
from people_kit import own_account
from wagtail.admin.localization import WAGTAILADMIN_PROVIDED_LANGUAGES
from wagtail.users.models import UserProfile

from tamizdat.locales import INTERFACE_LANGUAGES
from tamizdat.locales.catalogue import DERIVED, SOURCE_LANGUAGE

CATALOGUES = Path(settings.LOCALE_PATHS[0])
WRITTEN = sorted(set(INTERFACE_LANGUAGES) - {SOURCE_LANGUAGE, *DERIVED})
NEWSROOM = CATALOGUES.parents[1] / "newsroom"
# What code fills in, and what a browser would take for a tag.
FILLED = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+[^>]*>")
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]")


def file_of(tag):
    return CATALOGUES / tag.replace("-", "_") / "LC_MESSAGES" / "django.po"


@cache
def catalogue(tag):
    with file_of(tag).open("rb") as opened:
        return read_po(opened, abort_invalid=True)


def texts(tag):
    """(what the code says, every form of it in the language)."""
    for message in catalogue(tag):
        if message.id:
            said = message.id[1] if message.pluralizable else message.id
            yield said, message.string if message.pluralizable else (message.string,)


@pytest.mark.parametrize("tag", WRITTEN)
def test_nothing_is_left_out_and_nothing_that_is_filled_in_is_lost(tag):
    for said, forms in texts(tag):
        assert all(forms), f"{said!r} is not translated"
        for form in forms:
            lost = set(FILLED.findall(said)) - set(FILLED.findall(form))
            # In a form for one or two the number may be a word.
            assert not lost or (len(forms) > 1 and lost <= {"%(n)s", "%(n)d", "%(count)s", "%(count)d", "%d"}), form
            assert set(FILLED.findall(form)) <= set(FILLED.findall(said)), form
            assert not HARMFUL.search(form), form


def test_no_text_hides_inside_another_text_where_translators_programs_do_not_look():
    for file in NEWSROOM.rglob("*.py"):
        inside = (each for text in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(text, ast.JoinedStr)
                  for each in ast.walk(text) if isinstance(each, ast.Call))  # fmt: skip
        names = [each.func.id for each in inside if isinstance(each.func, ast.Name)]
        assert not {"_", "gettext", "ngettext", "pgettext"} & set(names), file


def test_no_text_hides_behind_a_name_that_translators_programs_do_not_know():
    """xgettext finds ``gettext_lazy("...")`` and ``_("...")``; what is called otherwise stays English for ever."""
    renamed = re.compile(r"\b(?:n|p|np)?gettext\w* as (?!_\b)\w+")
    code = {path.relative_to(NEWSROOM): path.read_text("utf-8") for path in NEWSROOM.rglob("*.py")}
    assert len(code) > 100
    assert not {path: found for path, text in code.items() if (found := renamed.findall(text))}


def test_catalogues_have_what_the_code_says_and_nothing_else(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("needs xgettext (the package gettext)")
    copy = tmp_path / "newsroom"
    shutil.copytree(NEWSROOM, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "ru", "-v0"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin"})
    with (copy / "locale" / "ru" / "LC_MESSAGES" / "django.po").open("rb") as opened:
        said = {message.id for message in read_po(opened) if message.id}
    assert said, "the extraction found nothing"
    for tag in WRITTEN:
        there = {message.id for message in catalogue(tag) if message.id}
        assert there == said, f"{tag}: run make messages, and translate"


@pytest.mark.parametrize("tag", INTERFACE_LANGUAGES)
@pytest.mark.django_db
def test_editors_read_our_screens_in_their_language(room, client, tag):
    desk = person()
    client.force_login(desk)
    assert own_account(client, **{"locale-preferred_language": tag}).status_code == 302
    assert own_account(client).status_code == 302, "it is saved again without another choice"
    assert UserProfile.objects.get(user=desk).preferred_language == tag
    page = client.get("/admin/translating/").content.decode()
    assert f'lang="{tag.lower()}"' in page or f'lang="{tag}"' in page
    with translation.override(tag):
        heading = translation.gettext("Send for translation"), translation.gettext("Translations")
    assert heading[1] in page
    if tag != SOURCE_LANGUAGE:
        assert heading[0] != "Send for translation"


@pytest.mark.django_db
def test_what_wagtail_speaks_can_be_chosen_too(client):
    client.force_login(person())
    form = client.get("/admin/account/").content.decode()
    for tag in {"de", "id-id", "tr", "zh-hant"} & dict(WAGTAILADMIN_PROVIDED_LANGUAGES).keys():
        assert f'<option value="{tag}">' in form, tag
    assert form.count('value="ru"') == 1


def test_serbian_in_latin_letters_is_serbian():
    with translation.override("sr"):
        cyrillic = translation.gettext("Breaking news")
    with translation.override("sr-Latn"):
        latin = translation.gettext("Breaking news")
    change = DERIVED["sr-Latn"][1]
    assert latin == change(cyrillic) != cyrillic
