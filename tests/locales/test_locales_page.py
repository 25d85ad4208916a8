"""docs/reference/locales.md says what is so."""

import re
import tomllib
from pathlib import Path

from tamizdat.config import parse_config
from tamizdat.locales import INTERFACE_LANGUAGES, is_right_to_left, open_locale, script_of
from tamizdat.locales.words import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "locales.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SCRIPTS = {"Arab": "Arabic", "Armn": "Armenian", "Cyrl": "Cyrillic", "Geor": "Georgian", "Latn": "Latin"}
AFGHAN = {"prs", "ps"}


def test_the_table_is_true_of_every_language():
    rows = {tag: rest for tag, *rest in ROW.findall(PAGE)}
    assert list(rows) == list(INTERFACE_LANGUAGES)
    for tag, (written, calendar, digits, made) in rows.items():
        assert written == SCRIPTS[script_of(tag)] + (", right to left" if is_right_to_left(tag) else "")
        solar = "Solar Hijri" + (", Afghan months" if tag in AFGHAN else "")
        assert calendar == (solar if WORDS[tag].solar else "Gregorian")
        ten = WORDS[tag].digits or "0123456789"
        assert digits == f"{ten[0]}–{ten[9]}"
        assert made == (open_locale(tag).made if tag != "sr-Latn" else "from `sr`, letter for letter")


def test_the_example_can_be_used():
    (example,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    publication = parse_config(example, Path("tamizdat.toml")).publication
    assert dict(publication.interface) == tomllib.loads(example)["publication"]["interface"]
