"""The setting by which a language takes the interface of another."""

from pathlib import Path

import pytest

from tamizdat.config import parse_config
from tamizdat.errors import ConfigError
from tamizdat.locales import open_locale

HEAD = '[publication]\nname = "N"\nlanguages = ["ru", "pt-BR", "ar"]\n'
FILE = Path("tamizdat.toml")


def test_a_language_takes_the_interface_that_the_newsroom_names():
    publication = parse_config(HEAD + 'interface = { pt-BR = "ro", ru = "uk" }\n', FILE).publication
    chosen = {tag: open_locale(tag, publication.interface_in(tag)).interface for tag in publication.languages}
    assert chosen == {"ru": "uk", "pt-BR": "ro", "ar": "en"}


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ('interface = { pt = "en" }', "publication.interface.pt", "not among the publication's languages"),
        ('interface = { ar = "de" }', "publication.interface.ar", "there is no interface in 'de'; there is in az, ba,"),
        ('interface = { ar = "../en" }', "publication.interface.ar", "there is no interface in"),
        ('interface = "en"', "publication.interface", "must be texts by language"),
        ("interface = { ar = 1 }", "publication.interface", "must be texts by language"),
    ],
)
def test_what_cannot_be_chosen_is_named(line, key, says):
    with pytest.raises(ConfigError) as caught:
        parse_config(HEAD + line + "\n", FILE)
    assert (caught.value.fields["line"], caught.value.fields["key"]) == (4, key)
    assert says in caught.value.detail
