"""``[[mirrors]]``: addresses that readers will be given, so what is wrong with one is said with file, line and key."""

from datetime import date
from pathlib import Path

import pytest

from tamizdat.config import MirrorSettings, parse_config
from tamizdat.errors import ConfigError
from tamizdat.limits import LIMITS

HEAD = '[publication]\nname = "N"\nlanguages = ["ru", "fa"]\n'
ONION = "nnwgw3dlnrvwy23mnnwgw3dlnrvwy23mnnwgw3dlnrvwy23mnnwhteid.onion"


def parsed(text):
    return parse_config(HEAD + text, Path("tamizdat.toml")).mirrors


def refused(text):
    with pytest.raises(ConfigError) as caught:
        parsed(text)
    fields = caught.value.fields
    assert fields["file"] == "tamizdat.toml"
    return fields["line"], fields["key"], caught.value.detail


def test_mirrors_are_tidied_and_keep_their_order():
    text = (
        '[[mirrors]]\nurl = "https://Two.example"\nlanguages = ["fa"]\nsince = 2026-11-20\n'
        '[[mirrors]]\nurl = "http://one.example:80/a"\n'
    )
    two, one = parsed(text)
    assert two == MirrorSettings("https://two.example/", ("fa",), date(2026, 11, 20))
    assert one == MirrorSettings("http://one.example/a/")
    assert [two.is_named_in("fa"), two.is_named_in("ru"), one.is_named_in("ru")] == [True, False, True]
    assert parsed("") == ()


@pytest.mark.parametrize(
    ("table", "line", "key", "words"),
    [
        ("", 4, "mirrors.url", "is missing"),
        ('url = "javascript:alert(1)"', 5, "mirrors.url", "does not begin with https:// or http://"),
        ('url = "https://me:pw@one.example/"', 5, "mirrors.url", "names a user"),
        ('url = "https://one.example/?from=tv"', 5, "mirrors.url", "mark whoever follows"),
        ('url = "http://192.168.1.1/"', 5, "mirrors.url", "not a name of the public network"),
        ('url = "http://mirror.local/"', 5, "mirrors.url", "local network"),
        ('url = "http://abc.onion/"', 5, "mirrors.url", "56 letters"),
        ('url = "https://one.example/"\nlanguages = ["de"]', 6, "mirrors.languages", "'de' is not one of"),
        ('url = "https://one.example/"\nlanguages = []', 6, "mirrors.languages", "is empty; leave it out"),
        ('url = "https://one.example/"\nsince = "2026-11-20"', 6, "mirrors.since", "a day without quotes"),
        ('url = "https://one.example/"\nkind = "web"', 6, "mirrors.kind", "is not a setting"),
    ],
)
def test_what_cannot_be_named_is_refused_with_its_place(table, line, key, words):
    found = refused(f"[[mirrors]]\n{table}\n")
    assert found[:2] == (line, key)
    assert words in found[2]


def test_the_same_mirror_twice_is_refused_however_it_is_spelled():
    text = '[[mirrors]]\nurl = "https://one.example/"\n\n[[mirrors]]\nurl = "https://ONE.example:443"\n'
    line, key, detail = refused(text)
    assert (line, key) == (8, "mirrors.url")
    assert "https://one.example/ stands twice" in detail


def test_a_mistyped_onion_address_is_refused():
    wrong = ONION.replace("m", "n", 1)
    assert parsed(f'[[mirrors]]\nurl = "http://{ONION}"\n')[0].url == f"http://{ONION}/"
    line, key, detail = refused(f'[[mirrors]]\nurl = "http://{wrong}"\n')
    assert (line, key) == (5, "mirrors.url")
    assert "checksum" in detail


def test_more_mirrors_than_an_edition_can_name_are_refused_at_the_first_too_many():
    tables = [f'[[mirrors]]\nurl = "https://m{at}.example/"\n' for at in range(LIMITS.max_ways_in + 1)]
    assert len(parsed("".join(tables[:-1]))) == LIMITS.max_ways_in
    line, key, detail = refused("".join(tables))
    assert (line, key) == (4 + 2 * LIMITS.max_ways_in, "mirrors")
    assert f"one more than the {LIMITS.max_ways_in}" in detail
